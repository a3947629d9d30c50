"""A shard of evidence: what `call --evidence-only` writes and `call-finish` puts together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from oncoloom import __version__
from oncoloom.calling.alleles import Allele
from oncoloom.calling.candidate_store import (
    CANDIDATE_SCHEMA,
    CELL_SCHEMA,
    CandidatePart,
    CandidateStore,
    no_candidates,
)
from oncoloom.calling.options import Mode
from oncoloom.calling.pon.file import N_COUNTS, PanelHeader
from oncoloom.calling.shard_tables import joined_regions
from oncoloom.calling.stored_frames import stored_in
from oncoloom.calling.table_store import SHARD_TABLES, TableStore, contig_order
from oncoloom.calling.tile_evidence import PackedCandidates
from oncoloom.calling.tile_sums import SampleSums
from oncoloom.errors import InputError
from oncoloom.files import atomic_path, read_json, write_json

SHARD_VERSION = 8


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
    off_target : bool
        Fragments between the targets are counted, too.
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
    off_target: bool = False

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
            "off_target": self.off_target,
        }


@dataclass(frozen=True, slots=True)
class EvidenceShard:
    """All evidence of one shard (or of a whole call); what is large lies in stores.

    Attributes
    ----------
    off_target
        Without rows unless it was asked for.
    callable_bp
        Bases that could have been called.
    screened
        Alleles that were weighed.
    """

    header: ShardHeader
    candidates: CandidateStore
    callable_regions: TableStore
    coverage: TableStore
    off_target: TableStore
    repeats: TableStore
    phases: TableStore
    sums: dict[str, SampleSums]
    callable_bp: int
    screened: int


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


_CANDIDATES = "candidates"
_STORES = (_CANDIDATES, *(kind.name for kind in SHARD_TABLES))


def write_shard(shard: EvidenceShard, folder: Path) -> None:
    """Write a shard's parts and its header; ``shard.json`` comes last, so that a folder with it is whole."""
    stores = {_CANDIDATES: shard.candidates.stored}
    stores |= {kind.name: getattr(shard, kind.name).stored for kind in SHARD_TABLES}
    parts = {}
    for name, stored in stores.items():
        with atomic_path(_parts_path(folder, name)) as temporary, temporary.open("wb") as handle:
            parts[name] = [one.write(handle) for one in stored]
    write_json(
        folder / "shard.json",
        {
            "header": shard.header.as_dict(),
            "parts": parts,
            "callable_bp": shard.callable_bp,
            "screened": shard.screened,
            "sums": {role: sums.as_dict() for role, sums in shard.sums.items()},
        },
    )


def _parts_path(folder: Path, name: str) -> Path:
    return folder / f"{name}.parts"


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
            off_target=bool(head["off_target"]),
        )
        sums = {role: SampleSums.from_dict(one) for role, one in value["sums"].items()}
        screened, callable_bp = int(value["screened"]), int(value["callable_bp"])
        stored = {name: stored_in(_parts_path(folder, name), value["parts"][name]) for name in _STORES}
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("not a shard's header", path=path, found=repr(error)) from error
    contigs = tuple(name for name, _ in header.contigs)
    return EvidenceShard(
        header=header,
        candidates=CandidateStore(contigs, stored[_CANDIDATES]),
        **{
            kind.name: TableStore(kind, contig_order(kind, contigs), stored[kind.name])
            for kind in SHARD_TABLES
        },
        sums=sums,
        callable_bp=callable_bp,
        screened=screened,
    )


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
    stored = [one for shard in shards for one in shard.candidates.stored]
    sums: dict[str, SampleSums] = {}
    for shard in shards:
        for role, one in shard.sums.items():
            sums.setdefault(role, SampleSums()).add(one)
    merged = EvidenceShard(
        header=first.header,
        candidates=CandidateStore(tuple(name for name, _ in first.header.contigs), stored),
        **{
            kind.name: TableStore.joined([getattr(shard, kind.name) for shard in shards])
            for kind in SHARD_TABLES
        },
        sums=sums,
        callable_bp=sum(shard.callable_bp for shard in shards),
        screened=sum(shard.screened for shard in shards),
    )
    if len(shards) > 1:
        for _ in joined_regions(merged.callable_regions):
            pass  # overlaps are found early, not when the last file is written
    return merged


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
