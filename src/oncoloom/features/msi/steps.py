"""MSI of one sample in the feature step, and from a plain file."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.config import FeaturesConfig
from oncoloom.errors import InputError, UsageError
from oncoloom.features.msi.assess import Assessment, assess_msi, no_loci
from oncoloom.features.msi.baseline import build_baseline, read_baseline
from oncoloom.features.msi.contracts import MSI_LOCI_TABLE
from oncoloom.features.msi.from_reads import holds_reads, read_lengths
from oncoloom.features.msi.histograms import histograms_of
from oncoloom.features.msi.verdict import MsiRules, no_score
from oncoloom.features.request import FeatureRequest
from oncoloom.tables import read_table

Values = dict[str, tuple[Any, str | None]]
_LEAST_VARIANTS = 3


def rules_of(settings: FeaturesConfig) -> MsiRules:
    """The rules that the config sets."""
    return MsiRules(settings.min_msi_loci, settings.msi_unstable_high, settings.msi_background)


def least_purity(fractions: Sequence[float]) -> float | None:
    """A purity that the tumor has at least: the median allele fraction of three somatic variants or more.

    A clonal heterozygous variant has half the purity, one with the other allele lost at most all of it.
    """
    return float(median(fractions)) if len(fractions) >= _LEAST_VARIANTS else None


def measure_msi(
    raw: pl.DataFrame | None,
    request: FeatureRequest,
    *,
    entry: str,
    purity: float | None,
    fractions: Sequence[float],
) -> Assessment:
    """MSI of a sample from the lengths that its caller gathered.

    Parameters
    ----------
    raw
        `features_raw` table; None by the VCF door.
    purity
        Fitted purity; where it is None, what the allele `fractions` of somatic variants say at least.
    """
    if raw is None:
        why = "only a VCF was given: repeat lengths need reads" if entry == "vcf" else "no repeat counts"
        return Assessment(no_score(0, 0, why), no_loci())
    baseline = None if request.msi_baseline is None else read_baseline(request.msi_baseline)
    return assess_msi(
        histograms_of(raw),
        rules_of(request.settings),
        purity=purity if purity is not None else least_purity(fractions),
        baseline=baseline,
    )


def msi_values(found: Assessment) -> Values:
    """Score with its limits, loci, status, spread of shifts."""
    result = found.result
    spread = result.reason or (
        "no matched normal: lengths have no shift" if result.shift_spread is None else None
    )
    compared = result.n_loci > 0 or result.score is not None
    return {
        "msi_score": (result.score, result.reason),
        "msi_score_lower": (result.lower, result.reason),
        "msi_score_upper": (result.upper, result.reason),
        "msi_n_loci": (result.n_loci if compared else None, result.reason),
        "msi_shift_spread": (result.shift_spread, spread),
        "msi_status": (result.status, result.reason),
    }


def msi_notes(found: Assessment) -> list[str]:
    """Why a status is indeterminate."""
    why = found.result.why
    return [] if why is None else [f"MSI indeterminate: {why}"]


def msi_loci_table(found: Assessment, request: FeatureRequest) -> pl.DataFrame:
    """The assessed loci as the `msi_loci` table."""
    names = {"patient_id": request.patient_id, "sample_id": request.sample_id}
    rows = found.loci.with_columns([pl.lit(value).alias(key) for key, value in names.items()])
    return rows.select([column.name for column in MSI_LOCI_TABLE.columns])


def msi_of_file(
    path: Path,
    *,
    normal: Path | None = None,
    reference: Path | None = None,
    targets: Path | None = None,
    baseline: Path | None = None,
    purity: float | None = None,
    settings: FeaturesConfig | None = None,
) -> dict[str, Any]:
    """MSI of a `features_raw` table, or straight from a tumor's alignment file.

    Raises
    ------
    UsageError
        If reads are given without a reference, or a second file beside a table.
    InputError, ReferenceMismatchError
        If a file is broken, or reads and reference do not belong together.
    """
    if holds_reads(path):
        if reference is None:
            raise UsageError("repeat lengths of reads need the reference", expected="--reference FASTA")
        files = {"tumor": path} | ({} if normal is None else {"normal": normal})
        raw = read_lengths(files, reference, targets)
    elif normal is not None or targets is not None:
        raise UsageError("--normal and --targets belong to alignment files", found=str(path))
    else:
        raw = read_table(path, FEATURES_RAW_TABLE)
    lengths = histograms_of(raw)
    if holds_reads(path) and lengths.loci.is_empty():
        lengths = lengths.with_roles(tumor=True, normal=normal is not None)
    found = assess_msi(
        lengths,
        rules_of(settings or FeaturesConfig()),
        purity=purity,
        baseline=None if baseline is None else read_baseline(baseline),
    )
    result = asdict(found.result)
    names = {"score": "msi_score", "lower": "msi_score_lower", "upper": "msi_score_upper"}
    names |= {"n_loci": "msi_n_loci", "status": "msi_status", "shift_spread": "msi_shift_spread"}
    return {names.get(key, key): value for key, value in result.items()}


def baseline_of_files(paths: Sequence[Path], *, reference: Path | None, targets: Path | None) -> pl.DataFrame:
    """The baseline of normals, each a `features_raw` table (its normal, or the only sample) or reads.

    Raises
    ------
    UsageError
        If reads are given without a reference.
    NotAssessableError
        If there are too few normals.
    """
    normals = []
    for path in paths:
        if holds_reads(path):
            if reference is None:
                raise UsageError("repeat lengths of reads need the reference", expected="--reference FASTA")
            raw = read_lengths({"normal": path}, reference, targets)
        else:
            raw = read_table(path, FEATURES_RAW_TABLE)
            raw = raw.filter(pl.col("role") == "normal")
            if raw.is_empty():
                raise InputError("no normal sample among the repeat lengths", path=path)
        normals.append(histograms_of(raw))
    return build_baseline(normals)
