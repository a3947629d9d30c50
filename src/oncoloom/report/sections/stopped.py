"""The page of a patient whom a check stopped: cause, figure against limit, what to do, all checks."""

from typing import Any

from oncoloom import __version__
from oncoloom.report.inputs import ReportInputs, source_date
from oncoloom.report.model import Measure, Sentence, Stopped
from oncoloom.report.sections.checks import build_checks, check_title, kind_of
from oncoloom.report.sections.identity import build_identity
from oncoloom.report.words import sentence, short_digest

_IDENTITY_WORDS = ("concordance", "identity", "swap")
_NOTHING = (
    "No variant, no evidence and no prediction is given, and nothing of this patient enters the cohort."
)


def build_stopped(inputs: ReportInputs) -> Stopped:
    """The "not reported" page; it holds nothing but this patient's own checks."""
    failed = [row for row in inputs.qc["checks"] if row["status"] == "stop"]
    first = failed[0] if failed else None
    cause = sentence(first.get("sentence") or check_title(first["check"])) if first else ""
    return Stopped(
        oncoloom_version=__version__,
        simulated=inputs.config.report.simulated,
        report_date=source_date(),
        identity=build_identity(inputs),
        heading=_heading(first),
        text=f"{cause} {_NOTHING}".strip(),
        measure=_measure(first),
        steps=_steps(first),
        checks=build_checks(inputs),
        lineage=f"checks {short_digest(inputs.digests['checks'])}",
    )


def _is_identity(row: dict[str, Any] | None) -> bool:
    return row is not None and any(word in row["check"].lower() for word in _IDENTITY_WORDS)


def _heading(row: dict[str, Any] | None) -> str:
    if row is None:
        return "Stopped by a check"
    if _is_identity(row):
        return "Identity check failed: tumor and normal are not from one person"
    return f"Check failed: {check_title(row['check'])}"


def _measure(row: dict[str, Any] | None) -> Measure | None:
    """The figure against its limit, where both are numbers."""
    if row is None:
        return None
    value, limit = row.get("value"), row.get("limit")
    if not isinstance(value, int | float) or not isinstance(limit, int | float):
        return None
    kind = kind_of(row["check"])
    scale = 100 if kind.unit == "%" and max(value, limit) <= 1 else 1
    unit = "%" if scale == 100 else ""
    better = "lower" if kind.better == "lower" else "higher"
    side = "below" if value < limit else "above"
    found, bound = scale * value, scale * limit
    space = " %" if unit else ""
    return Measure(
        label=check_title(row["check"]),
        value=round(found, 4),
        limit=round(bound, 4),
        unit="%" if scale == 100 else "",
        better=better,
        alt=f"{check_title(row['check'])}: {found:.0f}{space}, {side} the limit of {bound:.0f}{space}.",
    )


def _steps(row: dict[str, Any] | None) -> tuple[Sentence, ...]:
    lift = Sentence(
        lead="To lift the stop,",
        text="write the check into override_checks and the reason into override_reason of patients.tsv, "
        "and run again. Every later page will print the reason.",
    )
    if _is_identity(row):
        return (
            Sentence(
                lead="Do not treat on this sample.",
                text="A swap of samples is likely; the laboratory looks for it in the same run.",
            ),
            Sentence(
                lead="Take the blood sample again,",
                text="label it at the bedside, and sequence it. "
                "The tumor sample can be used again once its owner is proven.",
            ),
            lift,
        )
    return (
        Sentence(lead="Do not treat on this sample.", text="The check below says what is wrong with it."),
        Sentence(lead="Mend the cause", text="in the laboratory or in the sample sheet, and run again."),
        lift,
    )
