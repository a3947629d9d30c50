"""A small problem of two endpoints for the Lightning ensemble, dropout and network on."""

import numpy as np

from oncoloom.response.ensemble import EnsembleData, EnsembleSettings


def two_endpoint_data(n: int, replicas: int = 3) -> EnsembleData:
    """Four inputs, two therapies, response and three bins of OS; replicas by random weights."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(n, 4))
    y = (rng.random(n) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    return EnsembleData(
        x=x[None],
        fold=np.zeros(replicas, dtype=np.int64),
        weight=rng.exponential(size=(replicas, n)),
        code=np.eye(2)[np.arange(n) % 2],
        is_drug=np.array([False, True]),
        modifiers=np.array([1]),
        exposure={"response": np.ones((n, 1)), "os": np.ones((n, 3)) * [1, 0.5, 0.2]},
        events={"response": y[:, None], "os": np.eye(3)[np.arange(n) % 3] * y[:, None]},
        multipliers=np.ones(4),
        feature_groups=np.arange(4),
        signs=np.array([1, 0, 0, 0]),
    )


def two_endpoint_settings(*, steps: int, batch_rows: int = 0, replicas: int = 3) -> EnsembleSettings:
    """Moderate penalties, the network with its dropout."""
    return EnsembleSettings(
        np.full(replicas, 5.0),
        np.full(replicas, 20.0),
        np.full(replicas, 40.0),
        {"response": 1.0, "os": 0.3},
        steps=steps,
        batch_rows=batch_rows,
    )
