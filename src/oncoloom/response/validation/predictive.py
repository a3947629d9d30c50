"""Is a score predictive of a treatment's benefit, or only prognostic? Its interaction with treatment.

A score that ranks survival equally in untreated patients tells who lives longer, not whom the treatment
helps. Not randomized: a contrast of cohorts, adjusted for what is given.
"""

from typing import Any

import numpy as np

from oncoloom.response.cox import CoxFit, fit_cox
from oncoloom.response.datamodule import CohortArrays, FloatArray
from oncoloom.response.design import transform
from oncoloom.response.feature_rules import rule_of
from oncoloom.response.model import ResponseModel
from oncoloom.response.survival_metrics import concordance
from oncoloom.response.timegrid import mortality

ADJUST_FOR: tuple[str, ...] = ("albumin_g_dl", "nlr")
MIN_TYPE = 20


def head_scores(model: ResponseModel, arrays: CohortArrays) -> dict[str, FloatArray]:
    """Head to (n,) score of benefit under the model's commonest therapy, whatever the patient received."""
    commonest = int(np.argmax(model.therapies.n_treated))
    x = model.design.encode(arrays)
    code = np.tile(model.therapies.codes[commonest], (len(x), 1))
    out = {}
    for name, one in model.endpoints.items():
        eta = one.predictor.eta(x, code).mean(axis=0)
        if name == "response":
            out[name] = eta[:, 0]
        else:
            out[name] = -np.log(np.maximum(mortality(eta, one.edges), 1e-12))
    return out


def interaction_with_treatment(
    model: ResponseModel, treated: CohortArrays, untreated: CohortArrays
) -> list[dict[str, Any]]:
    """Overall survival: hazard ratio per SD of each head's score, in treated, untreated, and their ratio.

    The ratio (interaction) with its 95 % interval, plain and adjusted for tumor type, albumin and NLR; below
    1 the score tells more under treatment.
    """
    groups = [part.take(np.flatnonzero(part.known("os"))) for part in (treated, untreated)]
    if min(len(part) for part in groups) < MIN_TYPE:
        return []
    time = np.concatenate([part.time["os"] for part in groups])
    event = np.concatenate([part.event["os"] for part in groups])
    arm = np.concatenate([np.ones(len(groups[0])), np.zeros(len(groups[1]))])
    adjust = np.concatenate([_adjustment(part, groups) for part in groups])
    scores = [head_scores(model, part) for part in groups]
    out = []
    for name in model.endpoints:
        value = np.concatenate([one[name] for one in scores])
        value = (value - value.mean()) / max(float(value.std()), 1e-9)
        row: dict[str, Any] = {"head": name, "n_treated": len(groups[0]), "n_untreated": len(groups[1])}
        for key, mine in (("treated", arm == 1), ("untreated", arm == 0)):
            row[f"hazard_ratio_{key}"] = _ratio(fit_cox(value[mine, None], time[mine], event[mine]), 0)
            row[f"concordance_{key}"] = concordance(time[mine], event[mine], -value[mine])
        plain = np.stack([value * arm, value, arm], axis=1)
        row["interaction"] = _ratio(fit_cox(plain, time, event), 0)
        row["interaction_adjusted"] = _ratio(fit_cox(np.hstack([plain, adjust]), time, event), 0)
        out.append(row)
    return out


def _ratio(fit: CoxFit | None, index: int) -> list[float] | None:
    return None if fit is None else list(fit.hazard_ratio(index))


def _adjustment(part: CohortArrays, groups: list[CohortArrays]) -> FloatArray:
    """(n, d) albumin, NLR (missing = mean) and indicators of tumor types that both cohorts hold."""
    columns = []
    for name in ADJUST_FOR:
        everyone = np.concatenate([_values(one, name) for one in groups])
        known = everyone[np.isfinite(everyone)]
        values = _values(part, name)
        if known.size and known.std() > 0:
            columns.append(np.where(np.isfinite(values), (values - known.mean()) / known.std(), 0.0))
    held = [one.categories["tumor_type"] for one in groups]
    common = [
        kind
        for kind in sorted({t for t in held[0] if t is not None})
        if min(sum(t == kind for t in types) for types in held) >= MIN_TYPE
    ][1:]  # the first is the reference: a Cox model has no intercept to hold a sum of one
    columns += [np.array([float(t == kind) for t in part.categories["tumor_type"]]) for kind in common]
    return np.stack(columns, axis=1) if columns else np.zeros((len(part), 0))


def _values(part: CohortArrays, name: str) -> FloatArray:
    """(n,) a column as models read it: capped, so that no outlier rules the adjustment."""
    rule = rule_of(name)
    assert rule is not None
    return transform(rule, part.numbers.get(name, np.full(len(part), np.nan)))
