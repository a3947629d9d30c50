"""What the predictions rest on, in sentences, from the metrics.json that the training wrote."""

from collections.abc import Mapping
from typing import Any

from oncoloom.report.words import count, number, short_digest

NEVER = "A prediction is never a recommendation."
_EVENTS = {"response": "responses", "pfs": "progressions or deaths", "os": "deaths"}
_NAMES = {"response": "Response", "pfs": "Progression-free survival", "os": "Overall survival"}


def rests_on(metrics: dict[str, Any] | None, model_version: str) -> str:
    """Patients, events, discrimination, the simplest model not beaten; what is unknown is said."""
    name = f"Model {short_digest(model_version)}"
    if not metrics:
        return f"{name}; its metrics were not given to this report. {NEVER}"
    figures = metrics.get("out_of_fold")
    endpoints = figures if isinstance(figures, dict) else {}
    parts = [f"{name}{_simplest(metrics)}."]
    parts += [_endpoint(key, endpoints[key]) for key in ("response", "pfs", "os") if key in endpoints]
    parts.append("Figures of patients that the model had not seen, with 95 % intervals.")
    parts.append(_held_out(metrics))
    return " ".join([*(part for part in parts if part), NEVER])


def _simplest(metrics: Mapping[str, Any]) -> str:
    simplest = metrics.get("simplest_not_beaten")
    return f" ({str(simplest).replace('_', ' ')}, the simplest that was not beaten)" if simplest else ""


def _endpoint(key: str, figures: Mapping[str, Any]) -> str:
    """``Response: 180 responses of 534 patients, ROC AUC 0.72 (0.67–0.78), calibration slope 1.04.``"""
    said = []
    if "n" in figures:
        events = figures.get("n_events")
        of = f"{int(events):,} {_EVENTS[key]} of " if events is not None else ""
        said.append(f"{of}{count(int(figures['n']), 'patient')}")
    measure, label = ("roc_auc", "ROC AUC") if key == "response" else ("c_index", "C-index")
    if figures.get(measure) is not None:
        said.append(f"{label} {number(figures[measure])}{_limits(figures.get(f'{measure}_ci95'))}")
    if figures.get("calibration_slope") is not None:
        said.append(f"calibration slope {number(figures['calibration_slope'])}")
    return f"{_NAMES[key]}: {', '.join(said)}." if said else ""


def _limits(limits: Any) -> str:
    return (
        f" ({number(limits[0])}–{number(limits[1])})" if isinstance(limits, list) and len(limits) == 2 else ""
    )


def _held_out(metrics: Mapping[str, Any]) -> str:
    """Discrimination in cohorts that took no part in the training."""
    cohorts = metrics.get("cohorts")
    said = []
    for name, one in sorted(cohorts.items()) if isinstance(cohorts, dict) else []:
        figures = one.get("endpoints", {}).get(metrics.get("endpoint"), {})
        for measure, label in (("roc_auc", "ROC AUC"), ("c_index", "C-index")):
            if figures.get(measure) is not None:
                limits = _limits(figures.get(f"{measure}_ci95"))
                patients = count(int(figures["n"]), "patient")
                said.append(f"{name} {label} {number(figures[measure])}{limits}, {patients}")
    return f"Held-out cohorts: {'; '.join(said)}." if said else ""
