"""The model card: what it is for, what it was trained on, how it did, after TRIPOD+AI (Collins 2024)."""

from typing import Any

import numpy as np

from oncoloom.response.datamodule import CohortArrays
from oncoloom.response.training import TrainingOutcome

_STANDING = "Research use; not a medical device. A therapy is never recommended, only its outcome predicted."
_INTENDED_USE = (
    "## Intended use\n\n"
    "Predicted probability of response, progression and death of a patient described by the features below, "
    "under the therapies below. Other therapies, patients outside the training range, and patients with two "
    "or more core features missing are abstained from."
)


def render_card(outcome: TrainingOutcome, version: str) -> str:
    """The card as Markdown; the same training gives the same bytes."""
    model, metrics = outcome.model, outcome.metrics
    parts = [
        f"# Model card: {model.endpoint}, champion {model.champion.replace('_', ' ')}",
        f"Version `{version}`. {_STANDING}",
        _INTENDED_USE,
        _participants(outcome),
        _predictors(outcome),
        _therapies(outcome),
        _performance(metrics),
        _selection(metrics),
        _limits(outcome),
    ]
    return "\n\n".join(parts) + "\n"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _participants(outcome: TrainingOutcome) -> str:
    arrays = outcome.bundle.arrays
    rows = [["patients", str(len(set(arrays.patient_id)))], ["rows (patient x therapy)", str(len(arrays))]]
    rows += [["cohorts", ", ".join(outcome.model.facts["training_cohorts"])]]
    for name in outcome.bundle.endpoints:
        known = arrays.known(name)
        n, events = int(known.sum()), int(np.nansum(arrays.event[name][known]))
        rows.append([f"{name}: known, events", f"{n}, {events} ({events / n:.0%})"])
        rows.append([f"{name}: smallest gap shown with 80 % power", _smallest_gap(n, events)])
    for reason, n in outcome.tally.as_dict()["filtered"].items():
        rows.append([f"left out: {reason}", str(n)])
    return "## Participants and outcomes\n\n" + _table(["what", "value"], rows)


def _smallest_gap(n: int, events: int) -> str:
    """Difference of event shares between two equal halves that a 5 % test finds with 80 % power."""
    p = events / n
    return f"{2.8 * float(np.sqrt(p * (1 - p) * 4 / n)):.0%} between two halves"


def _predictors(outcome: TrainingOutcome) -> str:
    arrays, declaration = outcome.bundle.arrays, outcome.declaration
    rows = []
    for name in declaration.features:
        missing = 1 - float(arrays.present(name).mean())
        inputs = ", ".join(
            outcome.model.design.columns[i].name for i in outcome.model.design.columns_of(name)
        )
        role = []
        if name in declaration.modifiers:
            role.append("effect modifier")
        if name in declaration.essential:
            role.append("core")
        rows.append(
            [
                name,
                _summary(arrays, name),
                f"{missing:.0%}",
                ", ".join(role) or "-",
                inputs or "constant: unused",
            ]
        )
    text = f"## Predictors\n\nChosen: {declaration.how}.\n\n"
    text += _table(["column", "training values", "missing", "role", "inputs"], rows)
    if declaration.left_out:
        text += f"\n\nNot used: {_by_reason(declaration.left_out)}."
    for one in outcome.metrics["leakage"]["suspects"]:
        text += (
            f"\n\n**`{one['column']}` alone separates {one['endpoint']} nearly perfectly** "
            f"({one['figure']:.3f} in {one['n']} patients, by {one['by']}): was it known at day 0?"
        )
    return text


def _by_reason(left_out: dict[str, str]) -> str:
    """Columns that share a reason stand together: ``known in 0% of the patients: a, b; …``."""
    groups: dict[str, list[str]] = {}
    for name, reason in sorted(left_out.items()):
        groups.setdefault(reason, []).append(name)
    return "; ".join(f"{reason}: {', '.join(names)}" for reason, names in groups.items())


def _summary(arrays: CohortArrays, name: str) -> str:
    if name in arrays.numbers:
        values = arrays.numbers[name][np.isfinite(arrays.numbers[name])]
        if values.size == 0:
            return "-"
        if set(np.unique(values)) <= {0.0, 1.0}:
            return f"{values.mean():.0%} yes"
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        return f"median {middle:.4g} ({low:.4g} to {high:.4g})"
    return f"{len({v for v in arrays.categories[name] if v is not None})} categories"


def _therapies(outcome: TrainingOutcome) -> str:
    codes = outcome.bundle.therapies
    rows = []
    for k, name in enumerate(codes.names):
        events = ", ".join(f"{one.name} {one.n_events[k]}" for one in outcome.model.endpoints.values())
        enough = all(one.n_treated[k] >= 20 for one in outcome.model.endpoints.values())
        note = "" if enough else "fewer than 20 treated: borrows from its class, abstained from"
        rows.append([name, codes.classes[k], str(codes.n_treated[k]), events, note])
    said = (
        "drawn by lot" if outcome.model.facts["randomized"] else "not randomized: differences are not causal"
    )
    return f"## Therapies\n\nAssignment: {said}.\n\n" + _table(
        ["therapy", "class", "n", "events", "note"], rows
    )


def _performance(metrics: dict[str, Any]) -> str:
    rows = []
    blocks = [("out of fold", metrics["out_of_fold"])]
    blocks += [(name, one["endpoints"]) for name, one in metrics["cohorts"].items()]
    for where, endpoints in blocks:
        for name, figures in endpoints.items():
            key = "roc_auc" if name == "response" else "c_index"
            if figures.get(key) is None:
                continue
            calibration = (
                figures.get("calibration_slope") if name == "response" else figures.get("d_calibration_p")
            )
            rows.append(
                [
                    where,
                    name,
                    str(figures["n"]),
                    str(figures["n_events"]),
                    _with_interval(figures[key], figures.get(f"{key}_ci95")),
                    "-" if calibration is None else f"{calibration:.2f}",
                ]
            )
    text = (
        "## Performance\n\nDiscrimination: ROC AUC for response, Harrell's C of mortality (the sum of the "
        "cumulative hazard over the event times) for survival, 95 % bootstrap. "
    )
    text += "Calibration: slope for response (1 is right), p of D-calibration for survival.\n\n"
    return text + _table(["cohort", "endpoint", "n", "events", "discrimination", "calibration"], rows)


def _with_interval(value: float, interval: Any) -> str:
    return f"{value:.3f}" if interval is None else f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"


def _selection(metrics: dict[str, Any]) -> str:
    rows = [
        [
            one["name"].replace("_", " "),
            f"{one['score']:.4f}",
            f"{one['behind_best']:.4f}",
            f"{one['paired_se']:.4f}",
            "not beaten" if one["tied"] else "beaten",
        ]
        for one in metrics["selection"]
    ]
    text = (
        "## How the champion was chosen\n\n"
        f"Score: {metrics['selection_score'].replace('_', ' ')} on the outer folds, simplest first; the "
        "champion is the simplest that the best does not beat by more than one paired standard error. "
        f"Inner folds alone chose: {', '.join(metrics['inner_choices'])}.\n\n"
    )
    return text + _table(["candidate", "score", "behind best", "paired se", "verdict"], rows)


def _limits(outcome: TrainingOutcome) -> str:
    return (
        "## Limits\n\n"
        "- The interval is that of the expected probability, not of the outcome.\n"
        "- Outcome sets hold both answers for many patients: there the data cannot tell.\n"
        "- Missing values sit at the training mean and widen the interval.\n"
        "- Calendar time is never a feature.\n"
        f"- Core features: {', '.join(outcome.model.essential) or 'none declared'}; two missing: abstains.\n"
        "- AUC does not see unit errors: units are checked at the door and by the training range only."
    )
