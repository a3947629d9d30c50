"""The features of tumor mutational burden."""

from dataclasses import dataclass
from typing import Any

from oncoloom.features.row_inputs import RowInputs, Values, somatic, uncountable_reason, with_terms
from oncoloom.features.tmb.calibration import harmonize, read_calibration
from oncoloom.features.tmb.counts import BurdenCounts, count_burden
from oncoloom.features.tmb.rate import Rate, Tmb, compute_tmb, rate_of
from oncoloom.reference_data.consequence_terms import NONSYNONYMOUS

_REPAIR_GENES = ("MLH1", "MSH2", "MSH6", "PMS2", "POLD1", "POLE")


@dataclass(frozen=True, slots=True)
class Burden:
    """Burden of a sample: rates, what they were counted from, and the rate on an exome's scale."""

    tmb: Tmb
    counts: BurdenCounts | None
    callable_bp: int | None
    harmonized: Rate | None
    harmonized_reason: str | None
    equation: str | None


def measure_burden(inputs: RowInputs) -> Burden:
    """Count and rate the coding somatic variants of the callable coding sequence.

    Raises
    ------
    InputError
        If the calibration that the settings name cannot be read.
    """
    reason = _no_rate_reason(inputs)
    regions = inputs.calls.callable_regions
    if inputs.models is None or regions is None:
        return Burden(Tmb(reason=reason), None, None, None, reason, None)
    counts = count_burden(somatic(inputs), regions, inputs.targets)
    coding = inputs.models.coding_intervals()
    within = coding if inputs.targets is None else inputs.targets.intersection(coding).intervals
    size = regions.shared(within)
    settings = inputs.request.settings
    tmb = (
        Tmb(reason=reason)
        if reason is not None
        else compute_tmb(
            counts.n_nonsynonymous,
            counts.n_coding,
            size,
            settings.min_tmb_callable_mb,
            high_cutoff=settings.tmb_high_cutoff,
        )
    )
    rate, why, equation = _on_exome_scale(inputs, tmb, counts, size)
    return Burden(tmb, counts, size, rate, why, equation)


def burden(inputs: RowInputs) -> Values:
    """TMB with interval, its probability of being high, counts of somatic variants."""
    found = measure_burden(inputs)
    tmb, reason = found.tmb, uncountable_reason(inputs)
    variants, models = somatic(inputs), inputs.models
    no_genes = reason or ("no gene models for this reference" if models is None else None)
    highest = variants["af"].max() if variants.height else None
    af_reason = reason or (
        "no somatic variant" if not variants.height else "the calls give no allele fractions"
    )
    rate = found.harmonized
    return {
        "tmb": (tmb.value, tmb.reason),
        "tmb_lower": (tmb.lower, tmb.reason),
        "tmb_upper": (tmb.upper, tmb.reason),
        "tmb_all_coding": (tmb.all_coding, tmb.reason),
        "tmb_all_coding_lower": (tmb.all_coding_lower, tmb.reason),
        "tmb_all_coding_upper": (tmb.all_coding_upper, tmb.reason),
        "tmb_probability_high": (tmb.probability_high, tmb.reason),
        "tmb_level": (tmb.level, tmb.reason),
        "tmb_harmonized": (None if rate is None else rate.value, found.harmonized_reason),
        "tmb_harmonized_lower": (None if rate is None else rate.lower, found.harmonized_reason),
        "tmb_harmonized_upper": (None if rate is None else rate.upper, found.harmonized_reason),
        "n_somatic": (None if reason else variants.height, reason),
        "n_nonsynonymous": (
            None if no_genes else with_terms(variants, NONSYNONYMOUS).height,
            no_genes,
        ),
        "btmb": (None, "not a cell-free DNA assay"),
        "max_somatic_af": (None if reason else highest, af_reason),
    }


def burden_tally(inputs: RowInputs) -> dict[str, Any]:
    """What the burden was counted from, for `tally.json`: classes, callable bases, what was left out."""
    found = measure_burden(inputs)
    told: dict[str, Any] = {"callable_coding_bp": found.callable_bp, "equation": found.equation}
    if found.counts is not None:
        told |= {
            "by_class": found.counts.by_class,
            "n_nonsynonymous": found.counts.n_nonsynonymous,
            "n_coding": found.counts.n_coding,
            "n_panel": found.counts.n_panel,
            "left_out": found.counts.left_out,
        }
    return told


def burden_notes(inputs: RowInputs, row: dict[str, Any]) -> list[str]:
    """A hypermutated sample says so, with what may explain it; nothing was thinned out."""
    if row["tmb_level"] != "hypermutated" or row["tmb"] is None:
        return []
    genes = [gene for gene in _REPAIR_GENES if inputs.drivers.get(gene)]
    evidence = [f"a driver of {', '.join(genes)}"] if genes else []
    if row["msi_status"] == "MSI-H":
        evidence.append("MSI-H")
    explained = " and ".join(evidence) or "no POLE, POLD1 or mismatch-repair driver was found"
    return [f"hypermutated: {row['tmb']:.0f} per Mb, every variant counted ({explained})"]


def _no_rate_reason(inputs: RowInputs) -> str | None:
    reason = uncountable_reason(inputs)
    if reason is None and inputs.models is None:
        reason = "no gene models for this reference"
    if reason is None and inputs.calls.callable_regions is None:
        reason = "only a VCF was given: the callable size is unknown"
    return reason


def _on_exome_scale(
    inputs: RowInputs, tmb: Tmb, counts: BurdenCounts, size: int
) -> tuple[Rate | None, str | None, str | None]:
    """The rate that compares across assays, why there is none, and the equation that made it."""
    if tmb.value is None or tmb.lower is None or tmb.upper is None:
        return None, tmb.reason, None
    if inputs.request.assay != "panel":
        return Rate(tmb.value, tmb.lower, tmb.upper), None, "the coding sequence itself was measured"
    path = inputs.request.tmb_calibration
    if path is None:
        return None, "a panel without a calibration (oncoloom features tmb-calibrate)", None
    calibration = read_calibration(path)
    panel_rate = rate_of(counts.n_panel, size / 1e6)
    rate, why = harmonize(calibration, panel_rate, paired=inputs.calls.paired)
    return rate, why, calibration.equation
