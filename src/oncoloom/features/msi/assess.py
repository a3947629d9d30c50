"""MSI of one tumor from its repeat lengths: paired with a normal, or alone against a baseline."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.features.msi.baseline import compare_to_baseline
from oncoloom.features.msi.histograms import NORMAL, TUMOR, LengthHistograms
from oncoloom.features.msi.paired import MIN_FRAGMENTS, compare_lengths
from oncoloom.features.msi.power import detection_power
from oncoloom.features.msi.verdict import MsiResult, MsiRules, judge, no_score, spread_of_shifts

NO_NORMAL = "no matched normal and no baseline of normals: repeat lengths have nothing to compare with"
LEAST_PURITY_ALONE = 0.3  # of a tumor without a normal that may be called stable
_LOCUS_SCHEMA: dict[str, type[pl.DataType]] = {
    "chrom": pl.String,
    "start": pl.Int64,
    "end": pl.Int64,
    "unit": pl.String,
    "tumor_fragments": pl.Int32,
    "normal_fragments": pl.Int32,
    "p_value": pl.Float64,
    "new_share": pl.Float64,
    "shift_z": pl.Float64,
    "unstable": pl.Boolean,
}


@dataclass(frozen=True, slots=True)
class Assessment:
    """Result of a tumor and its loci (a row an assessable locus)."""

    result: MsiResult
    loci: pl.DataFrame


def assess_msi(
    lengths: LengthHistograms,
    rules: MsiRules,
    *,
    purity: float | None,
    baseline: pl.DataFrame | None = None,
    seed: int = 0,
) -> Assessment:
    """MSI of a tumor; with a matched normal the baseline only tells the background.

    Parameters
    ----------
    purity
        Tumor cells among all cells, None where unknown: then nothing is called stable.
    """
    if not lengths.has_tumor:
        return Assessment(no_score(0, 0, "no tumor sample among the repeat lengths"), no_loci())
    if lengths.has_normal:
        return _paired(lengths, rules, purity, seed)
    if baseline is not None:
        return _alone(lengths, rules, baseline, purity, seed)
    return Assessment(no_score(0, 0, NO_NORMAL), no_loci())


def _paired(lengths: LengthHistograms, rules: MsiRules, purity: float | None, seed: int) -> Assessment:
    tests = compare_lengths(lengths.counts)
    use = tests.assessable
    n, k = int(use.sum()), int(tests.unstable[use].sum())
    loci = _locus_table(
        lengths,
        use,
        p_value=tests.p_value,
        new_share=tests.new_share,
        shift_z=tests.shift_z,
        unstable=tests.unstable,
    )
    if n < rules.min_loci:
        return Assessment(no_score(n, k, _why_few(lengths, n, rules)), loci)
    units = lengths.loci["unit"].str.len_bytes().to_numpy().astype(np.int64)
    power = None if purity is None else detection_power(lengths.counts[use], units[use], purity, seed=seed)
    spread = spread_of_shifts(tests.shift_z[use])
    return Assessment(judge(n, k, rules, power=power, shift_spread=spread), loci)


def _alone(
    lengths: LengthHistograms, rules: MsiRules, baseline: pl.DataFrame, purity: float | None, seed: int
) -> Assessment:
    tests = compare_to_baseline(lengths, baseline)
    use = tests.assessable
    n, k = int(use.sum()), int(tests.unstable.sum())
    loci = _locus_table(lengths, use, new_share=tests.new_share, unstable=tests.unstable)
    if n < rules.min_loci:
        return Assessment(no_score(n, k, _why_few(lengths, n, rules)), loci)
    told = MsiRules(rules.min_loci, rules.unstable_share, max(rules.background, tests.background))
    power = None
    if (
        purity is not None and purity >= LEAST_PURITY_ALONE
    ):  # below, stable was said wrongly (docs/benchmarks)
        units = lengths.loci["unit"].str.len_bytes().to_numpy().astype(np.int64)[use]
        loci_used = lengths.loci.filter(pl.Series(use))
        counts = lengths.counts[use].copy()
        counts[:, NORMAL] = _normal_of_baseline(loci_used, baseline, counts)

        def call(drawn: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
            some = LengthHistograms(loci_used[rows], drawn, has_tumor=True, has_normal=False)
            return compare_to_baseline(some, baseline).unstable

        power = detection_power(counts, units, purity, seed=seed, call=call)
    return Assessment(judge(n, k, told, power=power), loci)


def _normal_of_baseline(loci: pl.DataFrame, baseline: pl.DataFrame, counts: np.ndarray) -> np.ndarray:
    """(n, k) what a normal of the tumor's depth would show: its commonest allele's shape, rounded."""
    known = loci.join(baseline, on=["chrom", "start", "end", "unit"], how="left", maintain_order="left")
    depth = counts[:, TUMOR].sum(axis=1)
    shapes = np.array(known["share"].to_list())
    return np.asarray(np.rint(shapes * depth[:, None]).astype(np.int64))


def _why_few(lengths: LengthHistograms, n: int, rules: MsiRules) -> str:
    """Whether the assay holds too few microsatellites, or they were read too shallowly."""
    held = lengths.loci.height
    needed = f"{rules.min_loci} are needed"
    if held < rules.min_loci:
        return f"the assay holds {held} microsatellites that reads can tell the length of; {needed}"
    return f"{n} of {held} microsatellites have {MIN_FRAGMENTS} spanning fragments; {needed}"


def no_loci() -> pl.DataFrame:
    """A table of loci without rows."""
    return pl.DataFrame(schema=_LOCUS_SCHEMA)


def _locus_table(lengths: LengthHistograms, use: np.ndarray, **columns: np.ndarray) -> pl.DataFrame:
    table = lengths.loci.with_columns(
        pl.Series("tumor_fragments", lengths.counts[:, TUMOR].sum(axis=1)),
        pl.Series("normal_fragments", lengths.counts[:, NORMAL].sum(axis=1)),
        *[pl.Series(name, values) for name, values in columns.items()],
    ).filter(pl.Series(use))
    absent = [pl.lit(None).alias(name) for name in _LOCUS_SCHEMA if name not in table.columns]
    return table.with_columns(absent).select(
        pl.col(name).cast(dtype) for name, dtype in _LOCUS_SCHEMA.items()
    )
