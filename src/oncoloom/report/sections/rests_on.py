"""What the predictions rest on, in sentences, from the metrics that the training wrote."""

from typing import Any

from oncoloom.report.words import number, short_digest

NEVER = "A prediction is never a recommendation."


def rests_on(metrics: dict[str, Any] | None, model_version: str) -> str:
    """Patients, events, discrimination, and the simplest model that was not beaten; what is unknown is said."""
    name = f"Model {short_digest(model_version)}"
    if not metrics:
        return f"{name}; its metrics were not given to this report. {NEVER}"
    parts = [_trained_on(metrics), _judged_by(name, metrics), _simplest(metrics)]
    return " ".join([*(part for part in parts if part), NEVER])


def _trained_on(metrics: dict[str, Any]) -> str:
    patients = _first(metrics, "n_patients", "n_train", "n")
    if patients is None:
        return ""
    events = _first(metrics, "n_events", "events")
    tail = f", {int(events):,} with the event" if events is not None else ""
    return f"{int(patients):,} patients in training{tail}."


def _judged_by(name: str, metrics: dict[str, Any]) -> str:
    out = []
    for key, label in (
        ("auc", "ROC AUC"),
        ("roc_auc", "ROC AUC"),
        ("c_index", "C-index"),
        ("brier", "Brier score"),
        ("calibration_slope", "calibration slope"),
    ):
        value = _first(metrics, key)
        if value is not None:
            low, high = _first(metrics, f"{key}_lower"), _first(metrics, f"{key}_upper")
            limits = f" ({low:.2f}–{high:.2f})" if low is not None and high is not None else ""
            out.append(f"{label} {number(value)}{limits}")
    return f"{name}: {', '.join(out)}, on patients it had not seen." if out else f"{name}."


def _simplest(metrics: dict[str, Any]) -> str:
    simplest = metrics.get("simplest_not_beaten") or metrics.get("simplest_unbeaten")
    return f"The simplest model that was not beaten: {simplest}." if isinstance(simplest, str) else ""


def _first(metrics: dict[str, Any], *names: str) -> float | None:
    for name in names:
        value = metrics.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return None
