"""Read counts and allele fractions of MAF rows."""

import polars as pl

from oncoloom.cohort.maf_cells import MafCells

_NUMBER = r"^\d+(\.\d*)?$"
_FRAGMENTS = "a whole number of fragments"
_FIELDS = ("depth", "ref_count", "alt_count", "normal_depth", "normal_alt_count")


def read_counts(cells: MafCells, *, percent: bool) -> pl.DataFrame:
    """Columns `depth`, `ref_count`, `alt_count`, `af`, `normal_depth`, `normal_alt_count` of all rows.

    Depth is the sum of both counts where it is not given; the fraction alternate over depth.
    """
    frame = pl.DataFrame([cells.whole_numbers(name, _FRAGMENTS).alias(name) for name in _FIELDS])
    depth, ref, alt = pl.col("depth"), pl.col("ref_count"), pl.col("alt_count")
    summed = depth.is_null() | (depth == 0)
    frame = frame.with_columns(pl.when(summed).then(ref + alt).otherwise(depth).alias("depth"))
    frame = frame.with_columns(pl.when(depth > 0).then(depth).alias("depth"))
    given = _given_fractions(cells, percent=percent)
    above = frame.select((alt > depth).fill_null(value=False)).to_series() & given.is_null()
    cells.count(above, "more alternate than all fragments, allele fraction null")
    own = pl.when(alt <= depth).then(alt / depth)
    return frame.with_columns(af=pl.coalesce(pl.lit(given), own))


def is_percent(cells: MafCells) -> bool:
    """Whether allele fractions are in percent: some is above 1."""
    raw = cells.raw("af")
    numbers = raw.filter(raw.str.contains(_NUMBER)).cast(pl.Float64)
    largest = float(numbers.max() or 0.0)  # type: ignore[arg-type]
    if largest > 1:
        cells.notes.append(f"allele fractions are in percent (largest {largest:g}), divided by 100")
    return largest > 1


def _given_fractions(cells: MafCells, *, percent: bool) -> pl.Series:
    text = cells.cells("af")
    values = text.cast(pl.Float64, strict=False)
    if percent:  # divided by numpy: Polars multiplies by 0.01, which is another number in the last digit
        values = pl.Series(values.to_numpy() / 100.0, dtype=pl.Float64).fill_nan(None)
    legal = values.is_between(0, 1).fill_null(value=False)
    cells.fault(text.is_not_null() & ~legal, "af", "a fraction from 0 to 1, or percent to 100")
    return values.set(~legal, None)
