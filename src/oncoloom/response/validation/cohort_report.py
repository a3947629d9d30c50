"""One cohort judged by itself: its flow, every endpoint's figures, and the everyday faults of its table."""

from collections import Counter
from typing import Any

import numpy as np

from oncoloom.response.abstention import patient_reach, plain_name, therapy_reason
from oncoloom.response.baselines.fitted import Baseline
from oncoloom.response.datamodule import CohortArrays
from oncoloom.response.model import ResponseModel
from oncoloom.response.validation.figures import MIN_JUDGED, endpoint_figures
from oncoloom.response.validation.judged import judge_cohort
from oncoloom.response.validation.perturb import perturbations


def cohort_report(model: ResponseModel, baselines: list[Baseline], arrays: CohortArrays) -> dict[str, Any]:
    """Everything said of a cohort: ``n, therapy_unknown, flow, endpoints, perturbations, candidates``.

    An endpoint without outcomes is said so; ``candidates`` repeats the judged endpoint's discrimination by
    name.
    """
    judged, unknown = judge_cohort(model, baselines, arrays)
    endpoints: dict[str, Any] = {}
    perturbed = {}
    for name in model.endpoints:
        if name not in judged:
            what = "response" if name == "response" else "outcome"
            endpoints[name] = {"n": 0, "n_events": 0, "note": f"no {what} recorded"}
            continue
        endpoints[name] = endpoint_figures(judged[name], model.horizons_days)
        if len(judged[name].arrays) >= MIN_JUDGED:
            perturbed[name] = perturbations(model, judged[name])
    return {
        "cohort_digest": arrays.digest,
        "n": len(arrays),
        "therapy_unknown": unknown,
        "flow": cohort_flow(model, arrays),
        "endpoints": endpoints,
        "perturbations": perturbed,
        "candidates": candidates(endpoints[model.endpoint], model.endpoint),
    }


def candidates(figures: dict[str, Any], endpoint: str) -> dict[str, dict[str, Any]]:
    """Name to ``{"roc_auc" or "c_index": value, "..._ci95": ..., "n": n}`` of the comparison's rows."""
    key = "roc_auc" if endpoint == "response" else "c_index"
    return {
        row["name"]: {key: row["value"], f"{key}_ci95": row["value_ci95"], "n": row["n"]}
        for row in figures.get("comparison", [])
    }


def cohort_flow(model: ResponseModel, arrays: CohortArrays) -> list[dict[str, Any]]:
    """Rows of the cohort, known outcomes, and why predictions under the therapy received are not shown."""
    out: list[dict[str, Any]] = [{"step": "rows of the cohort", "n": len(arrays)}]
    out += [{"step": f"{name} known", "n": int(arrays.known(name).sum())} for name in model.endpoints]
    reach = patient_reach(model, arrays, model.design.encode_raw(arrays))
    received = model.therapies.index(arrays.therapy)
    judged = model.endpoints[model.endpoint]
    day = None if model.endpoint == "response" else model.horizons_days[0]
    reasons = [
        therapy_reason(model, judged, int(k), day) or reason
        for k, reason in zip(received, reach.reasons, strict=True)
    ]
    kinds = Counter(reason.split("(")[0].split(":")[0].strip() for reason in reasons if reason)
    out.append({"step": "prediction not shown (abstained)", "n": sum(kinds.values())})
    out += [{"step": f"  {kind}", "n": n} for kind, n in sorted(kinds.items(), key=lambda one: -one[1])]
    missing = model.design.missing(arrays)
    for j, source in enumerate(model.design.sources):
        if missing[:, j].any():
            out.append({"step": f"{plain_name(source)} missing or unseen", "n": int(np.sum(missing[:, j]))})
    return out
