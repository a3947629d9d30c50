"""Features of a patient's MAF rows, and how they meet what the clinic's table says of the same features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.cohort.assemble import Filled
from oncoloom.cohort.maf_fields import COUNTED_FILTERS
from oncoloom.cohort.maf_spectra import spectra_cells
from oncoloom.cohort.mapping import MafRules
from oncoloom.features.drivers.flags import FUSION_GENES
from oncoloom.features.schema import DRIVER_GENES
from oncoloom.features.tmb.rate import compute_tmb
from oncoloom.reference_data.consequence_terms import CODING, NONSYNONYMOUS

MIN_TMB_CALLABLE_MB = 0.67  # Vega 2021: below it a rate says nothing
_UNCLEAR_SHARE = 0.1
COUNTED_ORIGINS = ("somatic", "unknown")
# Feature of the schema to the figure of a rate.
_TMB_FIGURES = {
    "tmb": "value",
    "tmb_lower": "lower",
    "tmb_upper": "upper",
    "tmb_all_coding": "all_coding",
    "tmb_all_coding_lower": "all_coding_lower",
    "tmb_all_coding_upper": "all_coding_upper",
    "tmb_probability_high": "probability_high",
    "tmb_level": "level",
}
NOT_SEQUENCED = "no variants of this patient: not sequenced, or none found"


@dataclass(slots=True)
class PatientFeatures:
    """Feature to a value or None a patient, and the reason of each None; patients in the order asked for."""

    values: dict[str, list[Any]] = field(default_factory=dict)
    reasons: dict[str, list[str | None]] = field(default_factory=dict)
    filtered: dict[str, int] = field(default_factory=dict)

    def put(self, name: str, values: list[Any], reason: str) -> None:
        """Add a feature; each None gets `reason`."""
        self.values[name] = values
        self.reasons[name] = [reason if value is None else None for value in values]


def count_features(
    variants: pl.DataFrame,
    patients: Sequence[str],
    sequenced: Sequence[bool],
    rules: MafRules,
    *,
    counted_for_btmb: pl.Series | None = None,
    tested: Sequence[frozenset[str] | None] | None = None,
    reference: Path | None = None,
) -> PatientFeatures:
    """Count features per patient.

    Parameters
    ----------
    variants
        Variants table; `patient_id` in `patients`, one sample a patient, drivers marked.
    sequenced
        Which patients have a known absence: a patient without rows counts 0 if sequenced, null if not.
    counted_for_btmb
        One flag a row of `variants`; None where blood TMB was not asked for.
    tested
        Genes looked at a patient, None for all; the mapping's `genes_tested` for everyone where not given.
    reference
        FASTA of the MAF's build, for mutational spectra; without it those are null.

    Notes
    -----
    Somatic means: not germline, and FILTER either PASS or never applied. A locus counts once, however many
    genes the MAF lists for it. Counts by class are null where a tenth of a patient's variants have none.
    """
    out = PatientFeatures()
    somatic = pl.col("origin").is_in(COUNTED_ORIGINS)
    passed = pl.col("filters").is_in(COUNTED_FILTERS)
    counted = variants.filter(somatic & passed)
    out.filtered = {
        "germline": variants.filter(~somatic).height,
        "did not pass the filters": variants.filter(somatic & ~passed).height,
    }
    distinct = counted.unique(
        ["patient_id", "chrom", "pos", "ref", "alt", "hgvs_p_short"], maintain_order=True
    )
    changing = distinct.filter(pl.col("consequence").is_in(NONSYNONYMOUS))
    coding = distinct.filter(pl.col("consequence").is_in(CODING))
    seen = _Counter(patients, sequenced)
    unclear = _unclear(distinct)
    out.put("n_somatic", seen.rows(distinct), NOT_SEQUENCED)
    out.put("n_nonsynonymous", seen.rows(changing, unclear), NOT_SEQUENCED)
    out.put("max_somatic_af", _highest_af(distinct, patients), "no allele fraction in the MAF")
    if counted_for_btmb is not None:
        chosen = variants.filter(counted_for_btmb & somatic & passed)
        out.put("btmb", seen.rows(chosen), NOT_SEQUENCED)
    for name, cells in spectra_cells(counted, patients, sequenced, reference, NOT_SEQUENCED).items():
        out.values[name], out.reasons[name] = [value for value, _ in cells], [why for _, why in cells]
    if rules.callable_mb is not None:
        _put_tmb(out, seen.rows(changing, unclear), seen.rows(coding, unclear), rules.callable_mb)
    _tell_unclear(out, patients, sequenced, unclear)
    if tested is None:
        tested = [_genes_tested(variants, rules)] * len(patients)
    _put_drivers(out, counted.filter(pl.col("driver")), seen, tested)
    return out


def _unclear(distinct: pl.DataFrame) -> dict[str, str]:
    """Patients of whose variants a tenth or more have no known class, with the reason for their nulls."""
    counts = distinct.group_by("patient_id").agg(pl.col("consequence").null_count().alias("n"), pl.len())
    return {
        patient: f"Variant_Classification of {n} of {whole} variants is not known"
        for patient, n, whole in counts.iter_rows()
        if n and n >= _UNCLEAR_SHARE * whole
    }


def _tell_unclear(
    out: PatientFeatures, patients: Sequence[str], sequenced: Sequence[bool], unclear: Mapping[str, str]
) -> None:
    for name in ("n_nonsynonymous", *(name for name in _TMB_FIGURES if name in out.values)):
        for at, (patient, known) in enumerate(zip(patients, sequenced, strict=True)):
            if known and patient in unclear:
                out.reasons[name][at] = unclear[patient]


def _genes_tested(variants: pl.DataFrame, rules: MafRules) -> frozenset[str] | None:
    if rules.genes_tested == "all":
        return None
    if rules.genes_tested == "seen":
        return frozenset(variants["gene"].drop_nulls().to_list())
    return frozenset(rules.genes_tested)


class _Counter:
    def __init__(self, patients: Sequence[str], sequenced: Sequence[bool]) -> None:
        self._patients = patients
        self._sequenced = sequenced

    def rows(self, frame: pl.DataFrame, unclear: Mapping[str, str] | None = None) -> list[int | None]:
        """Rows a patient; 0 for a sequenced patient without any, None for one not sequenced or `unclear`."""
        counts = dict(frame.group_by("patient_id").len().iter_rows())
        return [
            int(counts.get(patient, 0)) if known and patient not in (unclear or {}) else None
            for patient, known in zip(self._patients, self._sequenced, strict=True)
        ]


def _highest_af(frame: pl.DataFrame, patients: Sequence[str]) -> list[float | None]:
    highest = dict(frame.group_by("patient_id").agg(pl.col("af").max()).iter_rows())
    return [highest.get(patient) for patient in patients]


def _put_tmb(
    out: PatientFeatures, changing: list[int | None], coding: list[int | None], callable_mb: float
) -> None:
    pairs = list(zip(changing, coding, strict=True))
    rates = [
        None if n is None or m is None else compute_tmb(n, m, round(callable_mb * 1e6), MIN_TMB_CALLABLE_MB)
        for n, m in pairs
    ]
    why = next((rate.reason for rate in rates if rate is not None and rate.reason), NOT_SEQUENCED)
    for name, figure in _TMB_FIGURES.items():
        out.put(name, [getattr(rate, figure) if rate else None for rate in rates], why)


def _put_drivers(
    out: PatientFeatures, drivers: pl.DataFrame, seen: _Counter, tested: Sequence[frozenset[str] | None]
) -> None:
    for gene in DRIVER_GENES:
        hits = seen.rows(drivers.filter(pl.col("gene") == gene))
        cells = [_driver_flag(gene, n, genes) for n, genes in zip(hits, tested, strict=True)]
        out.values[f"driver_{gene}"] = [flag for flag, _ in cells]
        out.reasons[f"driver_{gene}"] = [reason for _, reason in cells]


def _driver_flag(gene: str, hits: int | None, tested: frozenset[str] | None) -> tuple[int | None, str | None]:
    """1 found, 0 looked at and not found, else None with its reason."""
    if hits is None:
        return None, NOT_SEQUENCED
    if hits:
        return 1, None
    if tested is not None and gene not in tested:
        return None, f"{gene} is not on the panel"
    if gene in FUSION_GENES:
        return None, f"fusions of {gene} are not in a MAF"
    return 0, None


def merge_features(filled: Filled, found: PatientFeatures) -> list[str]:
    """Bring features of the variants into a filled table; returns notes on where the two differ.

    A value of the table itself stands; the variants fill its nulls. A driver is found where either found
    it. A feature that both give is compared, and the number of patients who differ is a note.
    """
    notes = []
    for name, values in found.values.items():
        table = filled.column(name)
        reasons = filled.reasons.get(name) or [None] * filled.n
        either = name.startswith("driver_")
        both = [(a, b) for a, b in zip(table, values, strict=True) if a is not None and b is not None]
        unlike = sum(1 for a, b in both if _unlike(a, b))
        if both:
            notes.append(f"{name}: table and variants agree in {len(both) - unlike} of {len(both)} patients")
        merged = [_merge(a, b, either=either) for a, b in zip(table, values, strict=True)]
        filled.values[name] = merged
        filled.reasons[name] = [
            None if value is not None else new or old
            for value, old, new in zip(merged, reasons, found.reasons[name], strict=True)
        ]
    return notes


def _unlike(table: Any, variants: Any) -> bool:
    if isinstance(table, str) or isinstance(variants, str):
        return bool(table != variants)
    return bool(abs(table - variants) > 1e-3)


def _merge(table: Any, variants: Any, *, either: bool) -> Any:
    if table is None or variants is None:
        return variants if table is None else table
    return max(table, variants) if either else table
