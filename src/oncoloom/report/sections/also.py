"""Figures beside the findings, each with interval or with the reason why it is not there."""

from typing import Any

from oncoloom.features.schema import missing_reason_column
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import AlsoItem
from oncoloom.report.words import count, number, percent
from oncoloom.shares import wilson_interval

_MSI = {"MSI-H": "unstable (MSI-H)", "MSS": "stable", "indeterminate": "indeterminate"}
HRD_DEFICIENT = 42


def build_also(inputs: ReportInputs) -> tuple[AlsoItem, ...]:
    """TMB, MSI, HRD, purity, germline."""
    row = inputs.features
    return (
        _tmb(row),
        _msi(row),
        _hrd(row),
        _purity(row),
        _germline(),
    )


def _missing(label: str, row: dict[str, Any], feature: str) -> AlsoItem:
    reason = row[missing_reason_column(feature)] or "reason not recorded"
    return AlsoItem(label=label, text=f"not given: {reason}", missing_reason=reason)


def _tmb(row: dict[str, Any]) -> AlsoItem:
    if row["tmb"] is None:
        return _missing("TMB", row, "tmb")
    low, high = row["tmb_lower"], row["tmb_upper"]
    limits = f" ({number(low)}–{number(high)})" if low is not None and high is not None else ""
    return AlsoItem(
        label="TMB", text=f"{number(row['tmb'])}/Mb{limits}", value=row["tmb"], lower=low, upper=high
    )


def _msi(row: dict[str, Any]) -> AlsoItem:
    if row["msi_status"] is None and row["msi_score"] is None:
        return _missing("MSI", row, "msi_status")
    state = _MSI.get(row["msi_status"] or "", "state not given")
    score, loci = row["msi_score"], row["msi_n_loci"]
    if score is None or not loci:
        return AlsoItem(label="MSI", text=state, value=row["msi_status"])
    low, high = row.get("msi_score_lower"), row.get("msi_score_upper")
    if low is None or high is None:  # a cohort table gives score and loci alone
        low, high = wilson_interval(round(score * loci), loci)
    text = f"{state}, score {score:.2f} ({low:.2f}–{high:.2f}), {count(loci, 'locus', 'loci')}"
    return AlsoItem(label="MSI", text=text, value=score, lower=low, upper=high)


def _hrd(row: dict[str, Any]) -> AlsoItem:
    if row["hrd_sum"] is None:
        return _missing("HRD", row, "hrd_sum")
    low, high = row["hrd_sum_lower"], row["hrd_sum_upper"]
    limits = f" ({low}–{high})" if low is not None and high is not None else ""
    verdict = "deficient" if row["hrd_sum"] >= HRD_DEFICIENT else "not deficient"
    lost = [gene for gene in ("BRCA1", "BRCA2") if row[f"{gene.lower()}_biallelic"]]
    both = "".join(f"; both copies of {gene} lost" for gene in lost)
    return AlsoItem(
        label="HRD",
        text=f"{row['hrd_sum']}{limits}, {verdict} (from {HRD_DEFICIENT}){both}",
        value=float(row["hrd_sum"]),
        lower=low,
        upper=high,
    )


def _purity(row: dict[str, Any]) -> AlsoItem:
    if row["purity"] is None:
        return _missing("Purity", row, "purity")
    low, high = row["purity_lower"], row["purity_upper"]
    limits = f" ({100 * low:.0f}–{100 * high:.0f})" if low is not None and high is not None else ""
    ploidy = f", ploidy {row['ploidy']:.1f}" if row["ploidy"] is not None else ""
    return AlsoItem(
        label="Purity",
        text=f"{percent(row['purity'])}{limits}{ploidy}",
        value=row["purity"],
        lower=low,
        upper=high,
    )


def _germline() -> AlsoItem:
    reason = "no consent recorded, not reported"
    return AlsoItem(label="Germline", text=reason, missing_reason=reason)
