"""A shard of evidence: what `call --evidence-only` writes and `call-finish` puts together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom import __version__
from oncoloom.calling.alleles import Allele
from oncoloom.calling.candidate_store import (
    CANDIDATE_SCHEMA,
    CELL_SCHEMA,
    CandidatePart,
    CandidateStore,
    PartBytes,
    StoredPart,
    no_candidates,
)
from oncoloom.calling.options import Mode
from oncoloom.calling.pon.file import N_COUNTS, PanelHeader
from oncoloom.calling.tile_sums import SampleSums, coverage_bin_bp
from oncoloom.errors import InputError
from oncoloom.files import atomic_path, read_json, write_json

SHARD_VERSION = 6
CALLABLE_SCHEMA = pl.Schema({"contig": pl.String(), "start": pl.Int64(), "end": pl.Int64()})
COVERAGE_SCHEMA = pl.Schema(
    {
        "role": pl.String(),
        "contig": pl.String(),
        "start": pl.Int64(),
        "end": pl.Int64(),
        "depth": pl.Int64(),
        "callable": pl.Int64(),
        "gc": pl.Int64(),
    }
)
REPEAT_SCHEMA = pl.Schema(
    {
        "role": pl.String(),
        "contig": pl.String(),
        "start": pl.Int64(),
        "end": pl.Int64(),
        "unit": pl.String(),
        "length": pl.Int32(),
        "count": pl.Int64(),
    }
)


@dataclass(frozen=True, slots=True)
class ShardHeader:
    """What must be equal in all shards of one call.

    Attributes
    ----------
    samples : dict
        role -> sample name.
    contigs : tuple of (name, length)
    reference : str
        Content digest.
    resources : dict
        name -> content digest of further files (population_af, alleles, targets, panel_of_normals).
    panel : PanelHeader or None
        Of the panel of normals.
    further : tuple of str
        Sample names of the patient's further tumors, in the first tumor's header.
    """

    mode: Mode
    samples: dict[str, str]
    options: dict[str, Any]
    reference: str
    contigs: tuple[tuple[str, int], ...]
    assay_bp: int
    resources: dict[str, str]
    panel: PanelHeader | None = None
    further: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "shard_version": SHARD_VERSION,
            "tool_version": __version__,
            "mode": self.mode,
            "samples": self.samples,
            "options": self.options,
            "reference": self.reference,
            "contigs": [list(contig) for contig in self.contigs],
            "assay_bp": self.assay_bp,
            "resources": self.resources,
            "panel": None if self.panel is None else self.panel.as_dict(),
            "further": list(self.further),
        }


@dataclass(frozen=True, slots=True)
class EvidenceShard:
    """All evidence of one shard (or of a whole call)."""

    header: ShardHeader
    candidates: CandidateStore
    callable_regions: pl.DataFrame
    coverage: pl.DataFrame
    repeats: pl.DataFrame
    phases: pl.DataFrame
    sums: dict[str, SampleSums]
    screened: int

    @property
    def callable_bp(self) -> int:
        """Bases that could have been called."""
        return int((self.callable_regions["end"] - self.callable_regions["start"]).sum())


@dataclass(frozen=True, slots=True)
class PackedCandidates:
    """A tile's own candidates, their histograms without the empty cells.

    Attributes
    ----------
    row, cell, count
        Candidate, category * N_BINS + bin, and how many; ascending.
    """

    alleles: list[Allele]
    row: NDArray[np.int64]
    cell: NDArray[np.int32]
    count: NDArray[np.int32]
    tumor: NDArray[np.int32]
    normal: NDArray[np.int32]
    unit: NDArray[np.int32]
    units: NDArray[np.float64]
    slippage_rate: NDArray[np.float64]


def pack_part(parts: Sequence[tuple[str, PackedCandidates, set[Allele]]]) -> CandidatePart:
    """Candidates of tiles (contig, candidates, alleles that were asked for) as a part of a store."""
    contigs = pl.Series([contig for contig, _, _ in parts], dtype=pl.String)
    sizes = [len(packed.alleles) for _, packed, _ in parts]
    alleles = [one for _, packed, _ in parts for one in packed.alleles]
    n = len(alleles)
    if not n:
        return no_candidates()
    columns: dict[str, object] = {
        "contig": contigs.gather(np.repeat(np.arange(len(parts)), sizes)),
        "pos": np.array([one.pos for one in alleles], np.int64),
        "ref": [one.ref for one in alleles],
        "alt": [one.alt for one in alleles],
        "forced": [one in forced for _, packed, forced in parts for one in packed.alleles],
        "population_af": pl.repeat(None, n, dtype=pl.Float64, eager=True),
        "panel": np.zeros((n, N_COUNTS), np.int32),
        "n_cells": np.concatenate(
            [np.bincount(packed.row, minlength=len(packed.alleles)) for _, packed, _ in parts]
        ),
    }
    for name in ("unit", "units", "slippage_rate", "tumor", "normal"):
        columns[name] = np.concatenate([getattr(packed, name) for _, packed, _ in parts])
    cells = {name: np.concatenate([getattr(one, name) for _, one, _ in parts]) for name in CELL_SCHEMA}
    frame = pl.DataFrame(columns).select(list(CANDIDATE_SCHEMA)).cast(CANDIDATE_SCHEMA)
    return CandidatePart(frame, pl.DataFrame(cells, schema=CELL_SCHEMA))


_TABLES = ("callable_regions", "coverage", "repeats", "phases")
_CANDIDATES = "candidates.parts"


def write_shard(shard: EvidenceShard, folder: Path) -> None:
    """Write a shard's tables and its header; ``shard.json`` comes last, so that a folder with it is whole."""
    for name in _TABLES:
        with atomic_path(folder / f"{name}.parquet") as temporary:
            getattr(shard, name).write_parquet(temporary, compression="zstd", statistics=False)
    with atomic_path(folder / _CANDIDATES) as temporary, temporary.open("wb") as handle:
        for one in shard.candidates.stored:
            handle.write(one.source.at(one.start, sum(one.sizes)))
    write_json(
        folder / "shard.json",
        {
            "header": shard.header.as_dict(),
            "parts": [[one.n, *one.sizes, one.first, one.last] for one in shard.candidates.stored],
            "screened": shard.screened,
            "sums": {role: sums.as_dict() for role, sums in shard.sums.items()},
        },
    )


def read_shard(folder: Path) -> EvidenceShard:
    """Read what :func:`write_shard` wrote.

    Raises
    ------
    InputError
        If the folder is no shard, is incomplete, or was written by another version.
    """
    folder = Path(folder)
    path = folder / "shard.json"
    value = read_json(path)
    try:
        head = value["header"]
        if head["shard_version"] != SHARD_VERSION or head["tool_version"] != __version__:
            raise InputError(
                "this shard was written by another version",
                path=path,
                expected=f"oncoloom {__version__}",
                found=str(head["tool_version"]),
                remedy="make the shards again with `oncoloom call --evidence-only`",
            )
        header = ShardHeader(
            mode=head["mode"],
            samples=dict(head["samples"]),
            options=dict(head["options"]),
            reference=head["reference"],
            contigs=tuple((str(name), int(length)) for name, length in head["contigs"]),
            assay_bp=int(head["assay_bp"]),
            resources=dict(head["resources"]),
            panel=None if head["panel"] is None else PanelHeader.from_dict(head["panel"]),
            further=tuple(str(name) for name in head["further"]),
        )
        sums = {role: SampleSums.from_dict(one) for role, one in value["sums"].items()}
        screened = int(value["screened"])
        stored = _stored_parts(value["parts"], folder / _CANDIDATES)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("not a shard's header", path=path, found=repr(error)) from error
    candidates = CandidateStore(tuple(name for name, _ in header.contigs), stored)
    return EvidenceShard(
        header=header, candidates=candidates, sums=sums, screened=screened, **_read_tables(folder)
    )


def _stored_parts(listed: Sequence[Sequence[int]], path: Path) -> list[StoredPart]:
    """Parts of a shard's file, as its header lists them."""
    source, stored, start = PartBytes(path=path), [], 0
    for n, *sizes, first, last in listed:
        two = (int(sizes[0]), int(sizes[1]))
        stored.append(StoredPart(source, start, two, int(n), int(first), int(last)))
        start += sum(two)
    found = path.stat().st_size if path.is_file() else None
    if found != start:
        raise InputError(
            "a shard's candidates are missing or cut", path=path, expected=f"{start} bytes", found=str(found)
        )
    return stored


def _read_tables(folder: Path) -> dict[str, pl.DataFrame]:
    tables = {}
    for name in _TABLES:
        path = folder / f"{name}.parquet"
        try:
            tables[name] = pl.read_parquet(path, glob=False)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise InputError("a shard's table is missing or broken", path=path, found=str(error)) from error
    return tables


def merge_shards(shards: Sequence[EvidenceShard], paths: Sequence[Path]) -> EvidenceShard:
    """One evidence of several shards, the same as if they had been called at once.

    Raises
    ------
    InputError
        If the shards differ in samples, options, reference or resources, or overlap.
    """
    first = shards[0]
    for shard, path in zip(shards[1:], paths[1:], strict=True):
        _check_equal(first.header, shard.header, path)
    order = {name: index for index, (name, _) in enumerate(first.header.contigs)}
    stored = [one for shard in shards for one in shard.candidates.stored]
    sums: dict[str, SampleSums] = {}
    for shard in shards:
        for role, one in shard.sums.items():
            sums.setdefault(role, SampleSums()).add(one)
    return EvidenceShard(
        header=first.header,
        candidates=CandidateStore(tuple(order), stored),
        callable_regions=_joined(pl.concat([shard.callable_regions for shard in shards]), order),
        coverage=_merged_bins(
            pl.concat([shard.coverage for shard in shards]), order, coverage_bin_bp(first.header.assay_bp)
        ),
        repeats=_sorted(pl.concat([shard.repeats for shard in shards]), order, ["role", "length"]),
        phases=_sorted_pairs(pl.concat([shard.phases for shard in shards]), order),
        sums=sums,
        screened=sum(shard.screened for shard in shards),
    )


def _check_equal(first: ShardHeader, other: ShardHeader, path: Path) -> None:
    mine, theirs = first.as_dict(), other.as_dict()
    for key in mine:
        if mine[key] != theirs[key]:
            raise InputError(
                f"this shard differs from the first one in its {key}",
                path=path,
                expected=str(mine[key])[:200],
                found=str(theirs[key])[:200],
                remedy="make all shards with the same inputs and options",
            )


def _sorted(frame: pl.DataFrame, order: dict[str, int], further: list[str]) -> pl.DataFrame:
    key = pl.col("contig").replace_strict(order, return_dtype=pl.Int64)
    return frame.sort(key, "start", "end", *further)


def _sorted_pairs(frame: pl.DataFrame, order: dict[str, int]) -> pl.DataFrame:
    key = pl.col("contig").replace_strict(order, return_dtype=pl.Int64)
    return frame.sort(key, "pos", "ref", "alt", "next_pos", "next_ref", "next_alt")


def _joined(frame: pl.DataFrame, order: dict[str, int]) -> pl.DataFrame:
    rows: list[tuple[str, int, int]] = []
    for contig, start, end in _sorted(frame, order, []).iter_rows():
        if rows and rows[-1][0] == contig and rows[-1][2] >= start:
            rows[-1] = (contig, rows[-1][1], max(end, rows[-1][2]))
        else:
            rows.append((contig, start, end))
    return pl.DataFrame(rows, schema=CALLABLE_SCHEMA, orient="row")


def _merged_bins(frame: pl.DataFrame, order: dict[str, int], bin_bp: int) -> pl.DataFrame:
    """Bins that a tile or shard border has cut are put together again."""
    frame = _sorted(frame, order, ["role"])
    cut = (
        (pl.col("start") != pl.col("end").shift(1).over("role", "contig")).fill_null(value=True)
        | (pl.col("start") % bin_bp == 0)
    ).alias("new")
    frame = frame.with_columns(cut).with_columns(pl.col("new").cum_sum().over("role", "contig").alias("bin"))
    merged = frame.group_by("role", "contig", "bin", maintain_order=True).agg(
        pl.col("start").min(), pl.col("end").max(), pl.col("depth", "callable", "gc").sum()
    )
    return _sorted(merged.select(list(COVERAGE_SCHEMA)), order, ["role"])
