"""The simulated trial as tables: patients of the same generative model, therapies at random, outcomes."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.simulate.outcomes import (
    HORIZONS_DAYS,
    THERAPIES,
    draw_outcomes,
    event_probabilities,
    response_probabilities,
)
from oncoloom.simulate.traits import draw_traits

# Share of patients whose value was not measured, or not written down.
_UNKNOWN = {"pdl1_tps": 0.06, "albumin_g_dl": 0.03, "nlr": 0.03, "bmi": 0.05, "tmb": 0.03, "smoking": 0.04}
_NOT_EVALUABLE = 0.03


@dataclass(frozen=True, slots=True)
class TrialTables:
    """A simulated trial.

    Attributes
    ----------
    observed
        What a hospital would have on file: traits with gaps, therapy, outcomes.
    traits
        The complete traits behind it, in the same order.
    """

    observed: pl.DataFrame
    traits: pl.DataFrame


def simulate_trial(rng: np.random.Generator, n: int, prefix: str) -> TrialTables:
    """`n` patients named `prefix` and a number, therapy assigned at random by the declared shares."""
    ids = [f"{prefix}{number:04d}" for number in range(1, n + 1)]
    traits = draw_traits(rng, ids)
    shares = [therapy.share for therapy in THERAPIES]
    therapy = rng.choice(len(THERAPIES), size=n, p=shares)
    outcomes = draw_outcomes(rng, traits, therapy)
    observed = _with_gaps(rng, with_therapy(traits, therapy)).with_columns(
        **{name: pl.Series(values) for name, values in outcomes.items()}
    )
    evaluable = pl.Series(rng.random(n) >= _NOT_EVALUABLE)
    observed = observed.with_columns(response=pl.when(evaluable).then(pl.col("response")))
    return TrialTables(observed, traits)


def with_therapy(traits: pl.DataFrame, therapy: NDArray[np.int64]) -> pl.DataFrame:
    """`traits` with the names of the therapies (index into `THERAPIES`) after the tumor type."""
    at = traits.columns.index("tumor_type") + 1
    named = traits.with_columns(
        therapy=pl.Series([THERAPIES[index].name for index in therapy], dtype=pl.String()),
        therapy_class=pl.Series([THERAPIES[index].therapy_class for index in therapy], dtype=pl.String()),
    )
    order = [*traits.columns[:at], "therapy", "therapy_class", *traits.columns[at:]]
    return named.select(order)


def _with_gaps(rng: np.random.Generator, frame: pl.DataFrame) -> pl.DataFrame:
    known = {name: pl.Series(rng.random(frame.height) >= share) for name, share in _UNKNOWN.items()}
    return frame.with_columns(
        **{name: pl.when(mask).then(pl.col(name)).otherwise(None) for name, mask in known.items()}
    )


def treatment_effects(traits: pl.DataFrame) -> pl.DataFrame:
    """The truth by patient and therapy: probability of response, and of each event by each horizon."""
    columns: dict[str, NDArray[np.float64]] = {"response_probability": response_probabilities(traits)}
    for endpoint in ("pfs", "os"):
        for days in HORIZONS_DAYS:
            columns[f"{endpoint}_{days}_probability"] = event_probabilities(traits, endpoint, days)
    n = traits.height
    return pl.DataFrame(
        {
            "patient_id": np.repeat(traits["patient_id"].to_numpy(), len(THERAPIES)),
            "therapy": [therapy.name for therapy in THERAPIES] * n,
            **{name: np.round(values.ravel(), 6) for name, values in columns.items()},
        }
    )
