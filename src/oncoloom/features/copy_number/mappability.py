"""A user's track of mappability: how much of each bin can be told from the rest of the genome."""

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from oncoloom.errors import InputError, ReferenceMismatchError
from oncoloom.features.copy_number.bins import DepthBins
from oncoloom.reference_data.contigs import rename_contigs

_COLUMNS = ("chrom", "start", "end", "value")
_HEAD = (b"#", b"track", b"browser")


def with_track(depth: DepthBins, track: pl.DataFrame) -> DepthBins:
    """The bins with their mean of a track (:func:`read_track`); bases that it leaves out count as 0."""
    mappable = np.zeros(len(depth))
    for (name,), rows in track.group_by("chrom", maintain_order=True):
        inside = depth.contig == name
        start, end, value = (rows[column].to_numpy().astype(np.float64) for column in _COLUMNS[1:])
        edges = np.column_stack([start, end]).ravel()
        summed = np.concatenate(([0.0], np.cumsum(value * (end - start))))
        at_edges = np.column_stack([summed[:-1], summed[1:]]).ravel()
        low, high = (np.interp(each[inside], edges, at_edges) for each in (depth.start, depth.end))
        mappable[inside] = (high - low) / (depth.end - depth.start)[inside]
    return replace(depth, mappable=np.clip(mappable, 0.0, 1.0))


def read_track(path: Path, contigs: dict[str, int]) -> pl.DataFrame:
    """Intervals of a BED (mappable regions, value 1) or bedGraph (value 0 to 1 in the fourth column), sorted.

    Returns
    -------
    DataFrame
        chrom (the reference's spelling), start, end (0-based half-open), value.

    Raises
    ------
    InputError
        If a line is no interval, its value is not between 0 and 1, or two intervals overlap.
    ReferenceMismatchError
        If no contig is in the reference.
    """
    table = _parsed(path)
    renamed = rename_contigs(table["chrom"].unique().to_list(), contigs)
    known = {name: own for name, own in renamed.items() if own is not None}
    if not known:
        raise ReferenceMismatchError(
            "no contig of the mappability track is in the reference",
            path=path,
            expected=", ".join(list(contigs)[:4]),
            found=", ".join(list(renamed)[:4]),
        )
    table = table.filter(pl.col("chrom").is_in(list(known))).with_columns(pl.col("chrom").replace(known))
    table = table.sort("chrom", "start", "end")
    before = pl.col("end").shift(1).over("chrom")
    bad = table.filter(pl.col("start") < before)
    if bad.height:
        raise InputError(
            "two intervals overlap",
            path=path,
            record=f"{bad['chrom'][0]}:{bad['start'][0]}-{bad['end'][0]}",
            remedy="merge them: bedtools merge",
        )
    return table.select(_COLUMNS)


def _parsed(path: Path) -> pl.DataFrame:
    raw = _bytes(path)
    lines = raw.splitlines()
    head = next((n for n, line in enumerate(lines) if line.strip() and not line.startswith(_HEAD)), None)
    if head is None:
        raise InputError("no interval in the mappability track", path=path)
    table = pl.read_csv(
        raw,
        separator="\t",
        has_header=False,
        infer_schema=False,
        skip_lines=head,
        quote_char=None,
        truncate_ragged_lines=True,
    )
    if table.width < 3:
        raise _fault(path, head + 1, "contig, start and end, separated by tabs", ", ".join(table.row(0)))
    value = pl.col(table.columns[3]).cast(pl.Float64, strict=False) if table.width == 4 else pl.lit(1.0)
    read = table.select(
        pl.col(table.columns[0]).str.strip_chars().alias("chrom"),
        pl.col(table.columns[1]).cast(pl.Int64, strict=False).alias("start"),
        pl.col(table.columns[2]).cast(pl.Int64, strict=False).alias("end"),
        value.alias("value"),
    )
    sound = (pl.col("start") >= 0) & (pl.col("end") > pl.col("start")) & pl.col("value").is_between(0, 1)
    bad = read.select(sound.fill_null(value=False).not_().arg_true())
    if bad.height:
        row = int(bad.item(0, 0))
        raise _fault(
            path,
            head + 1 + row,
            "0 ≤ start < end, and a value from 0 to 1",
            ", ".join(c or "" for c in table.row(row)),
        )
    return read


def _fault(path: Path, number: int, expected: str, found: str) -> InputError:
    return InputError(
        "not a line of a BED or bedGraph of mappability",
        path=path,
        record=f"line {number}",
        expected=expected,
        found=found[:80],
    )


def _bytes(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        raw.decode("utf-8")
    except FileNotFoundError as error:
        raise InputError("no such file", path=path) from error
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError("not a readable BED or bedGraph", path=path, found=str(error)) from error
    return raw
