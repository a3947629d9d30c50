"""The scale on which risks are added and shifted, and the way back to probabilities."""

import numpy as np

from oncoloom.response.array_types import FloatArray
from oncoloom.response.timegrid import cumulative_hazard


def risk_scale(eta: FloatArray, edges: FloatArray, days: FloatArray) -> FloatArray:
    """Logits of bins (M, n, K) to risk on an additive scale (M, n, T).

    Survival: log cumulative hazard at `days`; response (no edges): the logit, T = 1.
    """
    if not edges.size:
        return eta
    return np.asarray(np.log(np.maximum(cumulative_hazard(eta, edges, days), 1e-12)), dtype=np.float64)


def to_probability(risk: FloatArray, *, survival: bool) -> FloatArray:
    """Event probability of a risk on the scale of :func:`risk_scale`."""
    if survival:
        return np.asarray(-np.expm1(-np.exp(np.clip(risk, -30, 5))), dtype=np.float64)
    return np.asarray(1 / (1 + np.exp(-np.clip(risk, -30, 30))), dtype=np.float64)
