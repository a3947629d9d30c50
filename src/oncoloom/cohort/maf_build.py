"""The genome build of a MAF's positions: one, or a declared one of several; never two in one table."""

from collections import Counter
from pathlib import Path

import polars as pl

from oncoloom.cohort.maf_cells import MafCells, by_value
from oncoloom.cohort.maf_fields import build_name
from oncoloom.errors import InputError

BUILDS = {"GRCh37": 37, "GRCh38": 38}


def one_build(cells: MafCells, declared: str | None, path: Path) -> pl.Series:
    """37 or 38 a row (null: not named, or no human build); rows of another build than the declared go out.

    A MAF without any build is of the declared one. Rows that name none beside rows that do are left out where
    the MAF names several builds; else they stay, without a build.

    Raises
    ------
    InputError
        If rows name several builds and none is declared, or no row is of the declared one.
    """
    names = by_value(cells.cells("build"), build_name, pl.String())
    living = names.filter(cells.alive)
    counts = Counter(living.drop_nulls().to_list())
    if len(counts) > 1 and declared is None:
        raise _mixed(cells, names, counts, path)
    if declared is not None and counts:
        wanted = str(BUILDS[declared])
        if wanted not in counts:
            raise InputError(
                f"no row of this MAF is on {declared}",
                path=path,
                found=_told(counts, living.null_count()),
                remedy="declare the build that its NCBI_Build names",
            )
        if len(counts) > 1:
            _note_halved(cells, names, wanted, declared)
        for other in sorted(counts.keys() - {wanted}):
            cells.leave_out(names == other, f"positions of genome build {other}, not {declared}")
        if len(counts) > 1:
            cells.leave_out(names.is_null(), "genome build not named in a MAF of several")
    elif declared is not None:
        return pl.Series([BUILDS[declared]], dtype=pl.Int64).new_from_index(0, cells.height)
    _note_unusable(cells, names, counts)
    return names.cast(pl.Int64, strict=False).set(~names.is_in(["37", "38"]), None)


def _note_halved(cells: MafCells, names: pl.Series, wanted: str, declared: str) -> None:
    """Samples of which a part is left out: their counts are too low."""
    samples = pl.DataFrame({"sample": cells.cells("sample"), "of": names == wanted}).filter(cells.alive)
    by_sample = samples.group_by("sample").agg(pl.col("of").fill_null(value=False).mean())
    n = by_sample.filter(pl.col("of").is_between(0, 1, closed="none")).height
    if n:
        cells.notes.append(f"{n} samples have rows of several builds: counted are those of {declared} alone")


def _mixed(cells: MafCells, names: pl.Series, counts: Counter[str], path: Path) -> InputError:
    first = [(cells.living(names == name)[0], name) for name in counts]
    lines = ", ".join(f"{cells.where(row)} ({name})" for row, name in sorted(first))
    known = " or ".join(name for name, number in BUILDS.items() if str(number) in counts)
    return InputError(
        "rows of several genome builds in one MAF: their positions cannot stand in one table",
        path=path,
        record=lines,
        expected="one NCBI_Build",
        found=_told(counts, names.filter(cells.alive).null_count()),
        remedy="lift the rows to one build"
        + (f", or take those of one: --build {known} (`maf: build:` of a mapping)" if known else ""),
    )


def _told(counts: Counter[str], nameless: int) -> str:
    told = [f"{build} in {n} rows" for build, n in sorted(counts.items())]
    return ", ".join([*told, f"none in {nameless} rows"] if nameless else told)


def _note_unusable(cells: MafCells, names: pl.Series, counts: Counter[str]) -> None:
    other = sorted(counts.keys() - {"37", "38"})
    if other:
        cells.notes.append(f"genome build {other[0]} is neither GRCh37 nor GRCh38: no driver known by place")
    if counts and len(counts) == 1:
        cells.count(names.is_null(), "rows that name no genome build, no driver known by place")
