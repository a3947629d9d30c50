"""What a reader must know before trusting anything else: at most three lines, the worst first."""

from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import Override, Sentence
from oncoloom.report.sections.checks import check_title, kind_of, severity
from oncoloom.report.sections.passed import n_of_unknown_origin, passed
from oncoloom.report.words import count, lead_and_rest, percent

SHOWN = 3
LOW_PURITY = 0.3


def build_warnings(inputs: ReportInputs) -> tuple[Sentence, ...]:
    """All warnings, worst first: lifted stops, unknown origin, failed checks by severity, low purity."""
    ranked = [
        ((0 if row["status"] == "overridden" else 1, severity(row["check"])), _of_check(row, inputs))
        for row in inputs.qc["checks"]
        if row["status"] in ("overridden", "warn")
    ]
    checked = {kind_of(row["check"]).word for row in inputs.qc["checks"] if row["status"] == "warn"}
    if unknown := n_of_unknown_origin(inputs.variants):
        ranked.append(((1, -1), _unknown_origin(unknown, len(passed(inputs.variants)))))
    purity = inputs.features.get("purity")
    if purity is not None and purity < LOW_PURITY and "purity" not in checked:
        line = Sentence(
            lead=f"Low tumor purity, {percent(purity)}.",
            text=f"Variants of all tumor cells stand near AF {purity / 2:.2f}; fainter ones can be missed.",
        )
        ranked.append(((1, severity("purity")), line))
    return tuple(line for _, line in sorted(ranked, key=lambda pair: pair[0]))


def _unknown_origin(n: int, n_passed: int) -> Sentence:
    return Sentence(
        lead="No matched normal.",
        text=f"{n:,} of {count(n_passed, 'variant')} may be germline or somatic; nothing here tells which.",
    )


def build_override(inputs: ReportInputs) -> Override | None:
    """The lifted stop with its written reason."""
    raw = inputs.qc["override"]
    if not raw:
        return None
    checks = raw["checks"]
    names = checks.split(",") if isinstance(checks, str) else checks
    return Override(checks=tuple(check_title(name) for name in names), reason=raw["reason"])


def _of_check(row: dict[str, str], inputs: ReportInputs) -> Sentence:
    if row["status"] == "overridden":
        override = build_override(inputs)
        reason = override.reason if override else ""
        lead, _ = lead_and_rest(row.get("sentence") or check_title(row["check"]))
        return Sentence(lead=f"Stop lifted: {reason.rstrip('.')}.", text=lead)
    lead, rest = lead_and_rest(row.get("sentence") or check_title(row["check"]))
    return Sentence(lead=lead, text=rest or kind_of(row["check"]).consequence)
