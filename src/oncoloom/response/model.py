"""A trained model: everything needed to predict one patient, as plain values and arrays."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from oncoloom.response.calibration import LogitCalibration
from oncoloom.response.conformal import OutcomeSets
from oncoloom.response.datamodule import CohortArrays, FloatArray, IntArray, to_arrays
from oncoloom.response.design import Design
from oncoloom.response.effects.effect_model import EffectModel
from oncoloom.response.explanation.similar_curves import SimilarCurves
from oncoloom.response.predictors import Predictor
from oncoloom.response.reach import TrainingReach
from oncoloom.response.similar import SimilarPatients
from oncoloom.response.therapies import TherapyCodes
from oncoloom.response.timegrid import cumulative_hazard, survival_quantile

Z90, Z50 = 1.6448536269514722, 0.6744897501960817


@dataclass(frozen=True, slots=True)
class EndpointModel:
    """One endpoint: its predictor and what turns the predictor's score into a calibrated statement.

    Attributes
    ----------
    served_by
        Candidate whose predictor this is.
    edges
        (K + 1,) days; empty for response.
    calibration
        Response only.
    shifts
        (A,) shift of each therapy on the complementary log-log scale; survival only.
    event_share
        Survival: the conformal share q whose quantile is the lower bound of the time.
    contribution_sd
        Raw column to the standard deviation, on the logit scale, that is lost when it is missing.
    curves
        Survival: how similar treated patients fared; None in models of before.
    n_treated, n_events
        (A,) training patients with this outcome known, and events, by therapy.
    """

    name: str
    served_by: str
    predictor: Predictor
    edges: FloatArray
    calibration: LogitCalibration
    shifts: FloatArray
    outcome_sets: OutcomeSets
    event_share: float
    contribution_sd: dict[str, float]
    n_treated: tuple[int, ...]
    n_events: tuple[int, ...]
    similar: SimilarPatients
    curves: SimilarCurves | None = None

    def spread(self, missing_sources: list[str]) -> float:
        """Variance on the logit scale from what is missing."""
        return float(sum(self.contribution_sd.get(source, 0.0) ** 2 for source in missing_sources))

    def response_scale(self, eta: FloatArray) -> FloatArray:
        """(M, n) calibrated logits of members from eta (M, n, 1)."""
        return self.calibration.slope * eta[:, :, 0] + self.calibration.intercept

    def hazard_scale(self, eta: FloatArray, shift: FloatArray, day: float) -> FloatArray:
        """(M, n) calibrated log cumulative hazards at `day` from eta (M, n, K); shift (n,)."""
        hazard = cumulative_hazard(eta, self.edges, np.array([day]))[:, :, 0]
        return np.asarray(np.log(np.maximum(hazard, 1e-12)) + shift[None, :], dtype=np.float64)

    def time_lower_bound(self, eta: FloatArray, shift: FloatArray) -> FloatArray:
        """(n,) days that such a patient passes with 90 % probability; eta (M, n, K)."""
        wanted = -np.expm1(np.log1p(-min(self.event_share, 1 - 1e-9)) * np.exp(-shift))
        return survival_quantile(eta.mean(axis=0), self.edges, wanted)


@dataclass(frozen=True, slots=True)
class ResponseModel:
    """A model folder in memory.

    Attributes
    ----------
    endpoint, champion
        What the champion was judged by, and its name.
    horizons_days
        Horizons of pfs and os predictions.
    essential
        Raw columns of which a patient may lack one at most.
    facts
        Plain values for model card and lineage: versions, digests, seed, declared features, counts.
    effects
        Differences between therapies.
    """

    endpoint: str
    champion: str
    design: Design
    therapies: TherapyCodes
    endpoints: dict[str, EndpointModel]
    horizons_days: tuple[int, ...]
    essential: tuple[str, ...]
    reach: TrainingReach
    facts: dict[str, Any] = field(default_factory=dict)
    effects: EffectModel = field(default_factory=EffectModel)

    def arrays_of(self, frame: pl.DataFrame) -> CohortArrays:
        """A cohort table as arrays, therapies and categories in this model's spelling."""
        words: dict[str, list[str]] = {
            "therapy": list(self.therapies.names),
            "therapy_class": list(self.therapies.classes),
            "tumor_type": list(self.facts.get("tumor_types", [])),
        }
        for column in self.design.columns:
            if column.part == "level":
                words.setdefault(column.source, []).append(column.level)
        return to_arrays(frame).respelled(words)

    def received_codes(self, arrays: CohortArrays) -> tuple[FloatArray, FloatArray, IntArray]:
        """Code (n, q) and place weights (n, A) of the therapy received, and its index (n,), -1 if unknown.

        An unknown therapy of a known class gets the class mean, any other the mean of all.
        """
        index = self.therapies.index(arrays.therapy)
        weights = np.zeros((len(arrays), len(self.therapies.names)))
        for i, k in enumerate(index):
            weights[i] = self.therapy_weights(int(k), arrays.therapy_class[i])
        return weights @ self.therapies.codes, weights, index

    def therapy_weights(self, index: int, therapy_class: str | None) -> FloatArray:
        """(A,) weights of the known therapies that stand for one: itself, its class's mean, or all."""
        n = np.array(self.therapies.n_treated, dtype=np.float64)
        if index >= 0:
            return np.eye(len(n))[index]
        mine = np.array([name == therapy_class for name in self.therapies.classes])
        weights = n * mine if mine.any() else n
        return weights / max(float(weights.sum()), 1.0)
