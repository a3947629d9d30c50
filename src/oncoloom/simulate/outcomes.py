"""The declared truth of the demo: how response, progression and death depend on patient and therapy.

Response is logistic; given response, progression is exponential; a progression may be a death, else death
follows after a second exponential time. Everything has a closed form, so each patient's true probability
under every therapy is known exactly: that is what the model's treatment choice is judged against.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

_Floats = NDArray[np.float64]
HORIZONS_DAYS = (183, 365)


@dataclass(frozen=True, slots=True)
class Therapy:
    """A therapy of the simulated trial: its name, class and share of the randomization."""

    name: str
    therapy_class: str
    share: float


THERAPIES: tuple[Therapy, ...] = (
    Therapy("PD-1 inhibitor", "immunotherapy", 0.4),
    Therapy("platinum chemotherapy", "chemotherapy", 0.4),
    Therapy("targeted therapy", "targeted", 0.2),
)
MAIN_PAIR = ("PD-1 inhibitor", "platinum chemotherapy")
# Declared effect modifiers: what the therapies truly differ by.
MODIFIERS: tuple[str, ...] = (
    "pdl1_tps", "tmb", "msi_score", "hrd_sum",
    "driver_EGFR", "driver_STK11", "driver_BRCA1", "driver_BRCA2", "driver_BRAF", "driver_ERBB2",
)  # fmt: skip
_DIES_AT_PROGRESSION = 0.25


def response_probabilities(traits: pl.DataFrame) -> _Floats:
    """True P(complete or partial response), shape (n_patients, n_therapies), columns as `THERAPIES`."""
    return 1 / (1 + np.exp(-_logits(traits)))


def event_probabilities(traits: pl.DataFrame, endpoint: str, horizon_days: int) -> _Floats:
    """True P(event of ``pfs`` or ``os`` by `horizon_days`), shape (n_patients, n_therapies)."""
    p = response_probabilities(traits)
    progression, death = _rates(traits)
    by_response = [
        _event_by(horizon_days, progression * factor, death, endpoint) for factor in _RESPONSE_FACTORS
    ]
    return (1 - p) * by_response[0] + p * by_response[1]


def draw_outcomes(
    rng: np.random.Generator, traits: pl.DataFrame, therapy: NDArray[np.int64]
) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
    """Observed outcomes under the therapy that each patient got (index into `THERAPIES`).

    Follow-up ends 12 to 36 months after day 0, or earlier for the one in ten who are lost. Days are whole.
    """
    n = len(therapy)
    rows = np.arange(n)
    response = rng.random(n) < response_probabilities(traits)[rows, therapy]
    progression_rate, death_rate = _rates(traits)
    factor = np.where(response, _RESPONSE_FACTORS[1], _RESPONSE_FACTORS[0])
    progression = rng.exponential(1 / (progression_rate[rows, therapy] * factor))
    dies = rng.random(n) < _DIES_AT_PROGRESSION
    death = progression + np.where(dies, 0.0, rng.exponential(1 / death_rate[:, 0]))
    censored = rng.uniform(365, 1096, n)
    lost = rng.random(n) < 0.1
    censored = np.where(lost, censored * rng.uniform(0.1, 1, n), censored)
    return {
        "response": response.astype(np.int64),
        "pfs_days": np.maximum(1, np.ceil(np.minimum(progression, censored))),
        "pfs_event": (progression <= censored).astype(np.int64),
        "os_days": np.maximum(1, np.ceil(np.minimum(death, censored))),
        "os_event": (death <= censored).astype(np.int64),
    }


_RESPONSE_FACTORS = (1.4, 0.4)  # of the progression rate: without, with a response


def _column(traits: pl.DataFrame, name: str) -> _Floats:
    return traits[name].cast(pl.Float64).to_numpy()


def _prognosis(traits: pl.DataFrame) -> _Floats:
    """What helps under every therapy, in logits; about zero for the typical patient."""
    albumin = (_column(traits, "albumin_g_dl") - 3.95) / 0.41
    inflammation = (np.log(_column(traits, "nlr")) - 1.22) / 0.53
    return (
        0.40 * albumin
        - 0.25 * inflammation
        - 0.35 * (_column(traits, "ecog") - 0.8)
        - 0.35 * _column(traits, "prior_systemic_therapy")
    )


def _logits(traits: pl.DataFrame) -> _Floats:
    prognosis = _prognosis(traits)
    pdl1 = (_column(traits, "pdl1_tps") / 100 - 0.25) / 0.35
    burden = (np.log(_column(traits, "tmb")) - 1.8) / 0.9
    unstable = np.minimum(_column(traits, "msi_score") / 0.4, 1.2)
    scars = (_column(traits, "hrd_sum") - 20) / 15
    driver = {name: _column(traits, name) for name in MODIFIERS if name.startswith("driver_")}
    brca = np.maximum(driver["driver_BRCA1"], driver["driver_BRCA2"])
    checkpoint = (
        -1.05 + prognosis + 1.25 * pdl1 + 0.45 * burden + 1.9 * unstable
        - 1.6 * driver["driver_EGFR"] - 1.3 * driver["driver_STK11"]
    )  # fmt: skip
    platinum = -0.62 + 0.8 * prognosis - 0.5 * unstable + 0.55 * scars + 0.9 * brca
    matched = (
        -1.7 + 0.7 * prognosis
        + 2.7 * driver["driver_EGFR"] + 2.2 * driver["driver_BRAF"] + 1.9 * driver["driver_ERBB2"]
    )  # fmt: skip
    return np.column_stack([checkpoint, platinum, matched])


def _rates(traits: pl.DataFrame) -> tuple[_Floats, _Floats]:
    """Rates a day: progression before the response factor (n, therapies), death after it (n, 1)."""
    prognosis = _prognosis(traits)[:, None]
    progression = np.exp(-0.32 * _logits(traits) - 0.1 * prognosis) / 330
    death = np.exp(-0.35 * prognosis) / 360
    return progression, death


def _event_by(days: float, progression: _Floats, death: _Floats, endpoint: str) -> _Floats:
    if endpoint == "pfs":
        return 1 - np.exp(-progression * days)
    if endpoint != "os":
        raise ValueError(f"no closed form for endpoint {endpoint!r}")
    gap = death - progression
    gap = np.where(np.abs(gap) < 1e-9, 1e-9, gap)
    second = 1 - (death * np.exp(-progression * days) - progression * np.exp(-death * days)) / gap
    first = 1 - np.exp(-progression * days)
    return _DIES_AT_PROGRESSION * first + (1 - _DIES_AT_PROGRESSION) * second
