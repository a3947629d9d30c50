"""Patients that two cohorts share: a test on patients of the training set is no test.

Ids of public tables name nobody across files, so rows are matched on what is measured with many digits:
TMB and the altered share of the genome at the precision of the coarser table, together with sex, age and
tumor type. How many rows would match by chance is found by permuting one column; only far more than that
is called an overlap.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.errors import NotAssessableError

_EXACT = ("tmb", "fraction_genome_altered")
_MIN_ROWS = 20
_MAX_DECIMALS = 6
_PERMUTATIONS = 20
_TIMES_CHANCE, _AT_LEAST = 5.0, 3
# Two pipelines agree on the altered share of a genome to three decimals, however many are written.
_FINEST = {"tmb": 0.0, "fraction_genome_altered": 0.0006}
_AGE_YEARS, _BINNED_AGE_YEARS = 2.0, 4.0

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Rows of the second cohort that look like a row of the first.

    `rows` are 0-based row indices of the second cohort, `expected` the mean number of matches when TMB is
    permuted, `found` whether this is more than chance, `tolerances` what counted as equal a column.
    """

    rows: tuple[int, ...]
    expected: float
    found: bool
    tolerances: dict[str, float]


def find_overlap(first: pl.DataFrame, second: pl.DataFrame, *, seed: int = 0) -> Overlap:
    """Match the rows of two cohort tables.

    Parameters
    ----------
    first, second
        Cohort tables. Rows without TMB, altered genome share or age match nothing; sex and tumor type must
        be equal where both are known.

    Raises
    ------
    NotAssessableError
        If either cohort has fewer than 20 rows with all three figures.
    """
    left, right = _numbers(first), _numbers(second)
    for name, array in (("first", left), ("second", right)):
        n = int(np.isfinite(array).all(axis=1).sum())
        if n < _MIN_ROWS:
            raise NotAssessableError(
                f"an overlap cannot be looked for: the {name} cohort has {n} rows with TMB, altered genome "
                "share and age",
                expected=f"at least {_MIN_ROWS}",
            )
    tolerances = {
        name: max(_FINEST[name], 0.6 * 10.0 ** -min(_decimals(left[:, i]), _decimals(right[:, i])))
        for i, name in enumerate(_EXACT)
    }
    tolerances["age_years"] = max(_age_tolerance(left[:, 2]), _age_tolerance(right[:, 2]))
    limits = np.array(list(tolerances.values()))
    labels = (_labels(first), _labels(second))
    rows = _matches(left, right, limits, labels)
    rng = np.random.default_rng(seed)
    chance = []
    for _ in range(_PERMUTATIONS):
        shuffled = right.copy()
        shuffled[:, 0] = rng.permutation(shuffled[:, 0])
        chance.append(len(_matches(left, shuffled, limits, labels)))
    expected = float(np.mean(chance))
    found = len(rows) >= max(_AT_LEAST, _TIMES_CHANCE * expected)
    return Overlap(tuple(rows), expected, found, tolerances)


def _numbers(frame: pl.DataFrame) -> FloatArray:
    columns = frame.select(pl.col(name).cast(pl.Float64).fill_null(np.nan) for name in (*_EXACT, "age_years"))
    return columns.to_numpy().astype(np.float64)


def _labels(frame: pl.DataFrame) -> list[tuple[str | None, str | None]]:
    return list(frame.select("sex", "tumor_type").iter_rows())


def _decimals(values: FloatArray) -> int:
    """Digits after the point that most values are recorded with (9 in 10 need no more)."""
    known = values[np.isfinite(values)]
    for digits in range(_MAX_DECIMALS):
        if np.mean(np.abs(known - np.round(known, digits)) < 1e-9) > 0.9:
            return digits
    return _MAX_DECIMALS


def _age_tolerance(ages: FloatArray) -> float:
    steps = np.diff(np.unique(ages[np.isfinite(ages)]))
    binned = steps.size > 0 and float(np.median(steps)) >= _BINNED_AGE_YEARS
    return _BINNED_AGE_YEARS if binned else _AGE_YEARS


def _matches(
    left: FloatArray,
    right: FloatArray,
    limits: FloatArray,
    labels: tuple[list[tuple[str | None, str | None]], list[tuple[str | None, str | None]]],
) -> list[int]:
    order = np.argsort(left[:, 1], kind="stable")
    order = order[np.isfinite(left[order]).all(axis=1)]
    sorted_left = left[order]
    starts = np.searchsorted(sorted_left[:, 1], right[:, 1] - limits[1], side="left")
    stops = np.searchsorted(sorted_left[:, 1], right[:, 1] + limits[1], side="right")
    rows = []
    for row in np.flatnonzero(np.isfinite(right).all(axis=1)):
        near = np.abs(sorted_left[starts[row] : stops[row]] - right[row]) <= limits
        hits = order[starts[row] : stops[row]][near.all(axis=1)]
        if any(_agree(labels[0][hit], labels[1][row]) for hit in hits):
            rows.append(int(row))
    return rows


def _agree(one: tuple[str | None, ...], other: tuple[str | None, ...]) -> bool:
    return all(a is None or b is None or a == b for a, b in zip(one, other, strict=True))
