"""Copy number from segments of another tool (`oncoloom import segments`), where there are no reads."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from oncoloom.errors import InputError
from oncoloom.features.contracts import SEGMENTS_TABLE
from oncoloom.features.copy_number.bins import is_autosome
from oncoloom.features.copy_number.gene_calls import (
    ABOVE_PLOIDY,
    MIN_DELETION_BINS,
    RELATIVE_AMPLIFICATION_LOG2,
    RELATIVE_DELETION_LOG2,
    GeneCopies,
    GeneState,
    Parts,
)
from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.copy_number.sex_copies import SexCopies
from oncoloom.features.copy_number.states import CopyStates
from oncoloom.reference_data.contigs import bare_name, rename_contigs, require_shared
from oncoloom.tables import Tally, read_table

NO_PURITY = "imported segments carry no purity"
ONE_X_BELOW = -0.5  # log2 of chromosome X from where on it counts as single
_LEAST_COVERED = 0.9  # of a gene's coding bases, in segments
_DELETED_BELOW, _NEARER = 0.5, 0.5


def read_imported_segments(path: Path, sample_id: str, lengths: dict[str, int], tally: Tally) -> pl.DataFrame:
    """One sample's segments, contigs spelled as in the reference; `tally` counts those on none of them.

    Raises
    ------
    InputError
        If the table holds several samples and none of that id; segments overlap, or end behind their contig.
    ReferenceMismatchError
        If no contig is in the reference.
    """
    table = read_table(path, SEGMENTS_TABLE)
    samples = table["sample_id"].unique(maintain_order=True).to_list()
    if len(samples) > 1 and sample_id not in samples:
        raise InputError(
            "no segments of this sample", path=path, expected=sample_id, found=", ".join(samples[:4])
        )
    own = table.filter(pl.col("sample_id") == (sample_id if sample_id in samples else samples[0]))
    names = rename_contigs(own["chrom"].to_list(), lengths)
    require_shared(names, lengths, path=path, what="segments")
    own = own.with_columns(pl.col("chrom").replace_strict(names, return_dtype=pl.String()))
    tally.drop("segments on contigs that the reference lacks", own["chrom"].null_count())
    own = own.drop_nulls("chrom")
    tally.kept = own.height
    order = {name: n for n, name in enumerate(lengths)}
    own = own.sort(pl.col("chrom").replace_strict(order, return_dtype=pl.Int64), "start", "end")
    _refuse_misplaced(own, path, lengths)
    return own


def _refuse_misplaced(table: pl.DataFrame, path: Path, lengths: dict[str, int]) -> None:
    last_contig, last_end = "", 0
    for contig, start, end in table.select("chrom", "start", "end").iter_rows():
        if contig == last_contig and start < last_end - 1:  # files may share an end
            raise InputError(
                "segments overlap",
                path=path,
                record=f"{contig}:{start + 1}-{end}",
                expected=f"a start at or behind {last_end}",
                remedy="give the final segments of one solution",
            )
        if end > lengths[contig]:
            raise InputError(
                "a segment ends behind its contig",
                path=path,
                record=f"{contig}:{start + 1}-{end}",
                expected=f"at most {lengths[contig]}",
                remedy="these are segments of another reference: import those made on this one",
            )
        last_contig, last_end = contig, end


def as_segments(table: pl.DataFrame) -> tuple[Segments, CopyStates | None]:
    """The rows as measured segments, with copies where the file has any (NaN and -1: unknown)."""

    def column(name: str, missing: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return table[name].cast(pl.Float64).fill_null(missing).to_numpy().astype(np.float64)

    n = table.height
    contig = table["chrom"].to_numpy().astype(np.str_)
    index = np.arange(n, dtype=np.int64)
    segments = Segments(
        contig,
        table["start"].to_numpy().astype(np.int64),
        table["end"].to_numpy().astype(np.int64),
        index,
        index + 1,
        column("log2", np.nan),
        np.full(n, np.nan),
        column("baf", np.nan),
        np.full(n, np.nan),
        np.zeros(n, dtype=np.int64),
        np.array([is_autosome(name) for name in contig.tolist()], dtype=np.bool_),
    )
    copies = column("total_cn", np.nan)
    if np.isnan(copies).all():
        return segments, None
    known = np.isfinite(copies)
    total = np.where(known, np.rint(np.nan_to_num(copies)), -1).astype(np.int64)
    minor = np.where(known, np.rint(column("minor_cn", -1.0)), -1).astype(np.int64)
    return segments, CopyStates(copies, total, minor, np.zeros(n, dtype=np.bool_))


def imported_gene_copies(
    table: pl.DataFrame,
    intervals: dict[str, Parts],
    *,
    ploidy: float,
    amplification_min_copies: float,
    sex: SexCopies,
) -> dict[str, GeneCopies]:
    """Copy level of genes: mean over the segments on their coding exons, by overlap.

    Judged by copies where the segments have them, else by log2 (≥ 1, ≤ -1). A gene whose exons are not nine
    tenths in segments cannot be assessed; a deep deletion needs three bins where the file counts them. On X
    a log2 is judged against the chromosome's own level: a man's only X lies at -1 beside a woman's. Half the
    copies are an amplification where normal cells have one.
    """
    rows = list(table.select("chrom", "start", "end", "log2", "total_cn", "n_bins").iter_rows())
    x_level = main_level_of_x(table) or 0.0
    x_level = x_level if x_level <= ONE_X_BELOW else 0.0
    out: dict[str, GeneCopies] = {}
    for gene, parts in intervals.items():
        hits = [
            (min(end, b) - max(start, a), log2, copies, n)
            for contig, a, b in parts
            for chrom, start, end, log2, copies, n in rows
            if chrom == contig and start < b and end > a
        ]
        if hits:
            size = sum(b - a for _, a, b in parts)
            below = x_level if bare_name(parts[0][0]) == "X" else 0.0
            normal = float(sex.normal_copies([parts[0][0]])[0])
            limits = _Limits(ploidy, amplification_min_copies, normal, RELATIVE_DELETION_LOG2 + below)
            out[gene] = _one(gene, hits, size, limits)
    return out


@dataclass(frozen=True, slots=True)
class _Limits:
    """What a gene's level is judged by; `normal` copies are NaN where unknown."""

    ploidy: float
    min_copies: float
    normal: float
    deleted_log2: float

    @property
    def amplified_from(self) -> float:
        """Copies; those of two normal ones where the normal copies are unknown or none."""
        half = self.normal / 2 if self.normal > 0 else 1.0
        return max(self.min_copies, self.ploidy + ABOVE_PLOIDY) * half - _NEARER


def _one(
    gene: str,
    hits: list[tuple[int, float | None, float | None, int | None]],
    size: int,
    limits: _Limits,
) -> GeneCopies:
    log2 = _mean([(bp, value) for bp, value, _, _ in hits])
    copies = _mean([(bp, value) for bp, _, value, _ in hits])
    n_bins = sum({n for *_, n in hits if n is not None})
    counted = any(n is not None for *_, n in hits)
    covered = sum(bp for bp, value, total, _ in hits if value is not None or total is not None) / size
    state = _state(log2, copies, limits)
    few = state == "deep deletion" and counted and n_bins < MIN_DELETION_BINS
    assessable = covered >= _LEAST_COVERED and not few
    level = 0.0 if log2 is None else log2
    return GeneCopies(
        gene, level, level, level, copies, n_bins, state if assessable else "neither", assessable
    )


def main_level_of_x(table: pl.DataFrame) -> float | None:
    """Median log2 of chromosome X by length; None without levels there."""
    own = table.filter(pl.col("chrom").map_elements(bare_name, return_dtype=pl.String) == "X")
    own = own.drop_nulls("log2").sort("log2")
    if own.height == 0:
        return None
    covered = (own["end"] - own["start"]).cum_sum()
    return float(own["log2"][int((covered < covered[-1] / 2).sum())])


def _mean(values: list[tuple[int, float | None]]) -> float | None:
    known = [(bp, value) for bp, value in values if value is not None]
    whole = sum(bp for bp, _ in known)
    return sum(bp * value for bp, value in known) / whole if whole else None


def _state(log2: float | None, copies: float | None, limits: _Limits) -> GeneState:
    if copies is not None:
        if copies >= limits.amplified_from:
            return "amplification"
        return "deep deletion" if copies < _DELETED_BELOW else "neither"
    if log2 is None:
        return "neither"
    if log2 >= RELATIVE_AMPLIFICATION_LOG2:
        return "amplification"
    return "deep deletion" if log2 <= limits.deleted_log2 else "neither"
