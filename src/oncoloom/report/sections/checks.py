"""The checks of the samples: figure, limit, verdict."""

from dataclasses import dataclass
from typing import Any

from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import Check
from oncoloom.report.words import number, percent, sentence

Value = float | int | str | bool | None


@dataclass(frozen=True, slots=True)
class Kind:
    """How the figure of a check is printed, which side of the limit is good, and what being outside means."""

    word: str
    unit: str
    better: str
    consequence: str


# Found by a word in the check's name, first match wins; order = severity, worst first.
KINDS: tuple[Kind, ...] = (
    Kind("concordance", "%", "higher", "The samples may not be of one person."),
    Kind("identity", "%", "higher", "The samples may not be of one person."),
    Kind("swap", "%", "higher", "The samples may not be of one person."),
    Kind("contamination", "%", "lower", "Faint variants can belong to another person."),
    Kind("tumor in normal", "%", "lower", "Somatic variants can be missed."),
    Kind("tumor_in_normal", "%", "lower", "Somatic variants can be missed."),
    Kind("purity", "%", "higher", "Subclonal variants and losses can be missed."),
    Kind("depth", "×", "higher", "Faint variants can be missed."),
    Kind("callable", "%", "higher", "Variants in the rest are not seen."),
    Kind("covered", "%", "higher", "Variants in the rest are not seen."),
    Kind("duplicate", "%", "lower", "Fewer independent fragments than reads."),
    Kind("insert", "bp", "higher", "Mates overlap; fewer bases are independent."),
    Kind("sex", "", "", "Marrow transplant, loss of Y, or another person's sample."),
)
TITLES: dict[str, str] = {
    "identity": "Identity, tumor against normal",
    "tumor_in_normal": "Tumor in the normal",
    "tumor_depth": "Mean depth, tumor",
    "normal_depth": "Mean depth, normal",
    "callable_fraction": "Target bases deep enough",
    "tumor_duplicates": "Duplicates, tumor",
    "normal_duplicates": "Duplicates, normal",
    "insert_size": "Insert size",
}
_OTHER = Kind("", "", "", "")


def kind_of(check: str) -> Kind:
    """How to print the check of that name."""
    name = check.lower()
    return next((kind for kind in KINDS if kind.word in name), _OTHER)


def severity(check: str) -> int:
    """Rank of a check, 0 the worst to fail."""
    name = check.lower()
    return next((rank for rank, kind in enumerate(KINDS) if kind.word in name), len(KINDS))


def build_checks(inputs: ReportInputs) -> tuple[Check, ...]:
    """All checks, worst verdict first."""
    order = {"stop": 0, "overridden": 1, "warn": 2, "not assessable": 3, "pass": 4}
    rows = sorted(inputs.qc["checks"], key=lambda row: (order[row["status"]], severity(row["check"])))
    return tuple(_check(row) for row in rows)


def _check(row: dict[str, Any]) -> Check:
    kind = kind_of(row["check"])
    sign = {"higher": "≥ ", "lower": "≤ "}.get(kind.better, "")
    limit = figure(row.get("limit"), kind)
    return Check(
        check=check_title(row["check"]),
        status=row["status"],
        found=figure(row.get("value"), kind) or "–",
        limit=f"{sign}{limit}" if limit and isinstance(row.get("limit"), int | float) else limit or "–",
        sentence=sentence(row.get("sentence") or ""),
    )


def check_title(name: str) -> str:
    """A check's name as a heading."""
    if name in TITLES:
        return TITLES[name]
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def figure(value: Value, kind: Kind) -> str:
    """A value with the unit of its kind; text stays as it is, nothing stays nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if kind.unit == "%" and 0 <= value <= 1:
        return percent(value)
    if kind.unit == "×":
        return f"{value:,.0f}×"
    if kind.unit == "bp":
        return f"{value:,.0f} bp"
    return number(value)


def depth_of(inputs: ReportInputs, role: str) -> float | None:
    """Mean depth of the tumor or normal sample, from its check."""
    for row in inputs.qc["checks"]:
        name = row["check"].lower()
        if "depth" in name and role in name and isinstance(row.get("value"), int | float):
            return float(row["value"])
    return None
