"""Penalties of one training set, and how large a network its number of rows carries.

All on the scale of the summed log-likelihood with standardized inputs: prior standard deviation of a
coefficient = 1 / sqrt(penalty).
"""

from dataclasses import dataclass

RIDGE_GRID: tuple[float, ...] = (3.0, 10.0, 30.0, 100.0, 200.0, 400.0, 800.0)
NETWORK_LINEAR_GRID: tuple[float, ...] = (3.0, 10.0, 30.0, 100.0)  # each costs a whole row of networks
LASSO_GRID: tuple[float, ...] = (1.0, 3.0, 8.0, 20.0)
ELASTIC_RIDGE = 3.0  # the ridge part of the elastic net
EMPIRICAL_RIDGE = 10.0  # of the main effects while the interactions' penalty is estimated
NETWORK_RIDGE = 10.0  # of the network's linear part where nothing is searched
NETWORK_OUTPUT = 30.0  # of the network's output there: hard, so that it must earn each departure
MANY_ROWS, SOME_ROWS = 5000, 1500
BATCH_ROWS = 1024
EPOCHS = 25
VARYING_GRID: tuple[float, ...] = (0.0, 0.1)  # a tenth: ten times the penalty of a constant effect


@dataclass(frozen=True, slots=True)
class Penalty:
    """Chosen on one set of training rows.

    Attributes
    ----------
    ridge, interaction
        Of the inputs' coefficients in the ridge and linear candidates; of their interactions with therapy.
    lasso
        L1 penalty of the elastic net.
    network_linear, network_output
        Of the network's linear part and of its output.
    network_varying
        Prior variance of the network's effects that change with time, relative to constant ones; 0 =
        proportional hazards.
    """

    ridge: float
    interaction: float
    lasso: float = 3.0
    network_linear: float = NETWORK_RIDGE
    network_output: float = NETWORK_OUTPUT
    network_varying: float = 0.0


@dataclass(frozen=True, slots=True)
class NetworkSize:
    """Units of each layer, penalty of the hidden weights, and how it is trained.

    `batch_rows` 0 = full batch with the caller's number of steps; else `steps` mini-batches.
    """

    width: int
    hidden: float
    batch_rows: int
    steps: int
    learning_rate: float


def network_size(n_rows: int) -> NetworkSize:
    """16 units, 32 from 1,500 rows, 48 and mini-batches above 5,000 (fixed before any benchmark was run)."""
    if n_rows > MANY_ROWS:
        steps = EPOCHS * -(-n_rows // BATCH_ROWS)
        return NetworkSize(48, 1.0, BATCH_ROWS, steps, 0.01)
    return NetworkSize(32 if n_rows >= SOME_ROWS else 16, 3.0, 0, 0, 0.02)


def output_grid(n_rows: int) -> tuple[float, ...]:
    """Penalties of the network's output to try: many rows carry a freer network."""
    return (1.0, 5.0, 20.0) if n_rows > MANY_ROWS else (10.0, 30.0, 100.0)
