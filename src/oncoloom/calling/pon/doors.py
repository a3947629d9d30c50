"""What is checked of normals before a panel is built from them: one sample once, and one assay."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.tiles import Tile
from oncoloom.errors import InputError, SampleSwapError, UsageError
from oncoloom.logs import logger
from oncoloom.reads.alignments import AlignmentSource
from oncoloom.reads.columns import ReadColumns
from oncoloom.reads.door_checks import check_alignments
from oncoloom.reads.reference import Reference

PROBES, PROBE_BP = 64, 1_000
_MIX = np.uint64(0x9E3779B97F4A7C15)
LEAST_SHARE_OF_MEDIAN = 0.5  # of the probes that a normal of the same assay has reads in


@dataclass(frozen=True, slots=True)
class Normal:
    """An open normal. `sample` serves messages and checks; it never enters the panel."""

    path: Path
    sample: str
    source: AlignmentSource


def open_normals(paths: Sequence[Path], reference: Reference, tiles: Sequence[Tile]) -> list[Normal]:
    """Open and check the normals; files with the same reads under two names are used once, which is said.

    Raises
    ------
    UsageError
        If there is no file.
    InputError, ReferenceMismatchError
        If one of them cannot be read, or is of another reference or assay.
    SampleSwapError
        If a file or a sample name is given twice.
    """
    if not paths:
        raise UsageError("no normals given", remedy="oncoloom pon --normals a.bam b.bam …")
    _check_paths(paths)
    normals: list[Normal] = []
    for path in paths:
        facts, warnings = check_alignments(Path(path), reference, role="normal")
        for warning in warnings:
            logger.warning(warning)
        normals.append(Normal(facts.path, facts.sample, facts.source))
    _check_names(normals)
    probes = _probes(tiles)
    digests, shares = [], []
    for one in normals:
        digest, share = _look(one.source, probes)
        digests.append(digest)
        shares.append(share)
    _check_assay(normals, shares)
    return _each_once(normals, digests)


def _check_paths(paths: Sequence[Path]) -> None:
    resolved = [Path(path).resolve() for path in paths]
    for index, path in enumerate(resolved):
        if path in resolved[:index]:
            raise SampleSwapError(
                "a normal was given twice",
                path=paths[index],
                remedy="name each file once: its noise would count twice",
            )


def _check_names(normals: Sequence[Normal]) -> None:
    seen: dict[str, Path] = {}
    for one in normals:
        if one.sample in seen:
            raise SampleSwapError(
                "two normals carry the same sample name",
                path=f"{seen[one.sample]}, {one.path}",
                expected="a sample name (SM) of its own in each file",
                remedy="give each sample once; merge its files first: samtools merge",
            )
        seen[one.sample] = one.path


def _probes(tiles: Sequence[Tile]) -> list[tuple[str, int, int]]:
    """Up to 64 places of the assay, evenly spread."""
    places = [(tile.contig, start, end) for tile in tiles for start, end in tile.intervals]
    chosen = np.unique(np.linspace(0, len(places) - 1, min(PROBES, len(places))).astype(int))
    out = []
    for index in chosen.tolist():
        contig, start, end = places[index]
        middle = (start + end) // 2
        out.append((contig, max(start, middle - PROBE_BP // 2), min(end, middle + PROBE_BP // 2)))
    return out


def _look(source: AlignmentSource, probes: Sequence[tuple[str, int, int]]) -> tuple[tuple[int, int], float]:
    """Digest of the reads in the probes, whatever their names, and the share of probes with any read."""
    n, total, seen = 0, 0, 0
    for probe in probes:
        columns = source.read_region(*probe)
        seen += len(columns) > 0
        n += len(columns)
        total += int(_hashes(columns).sum(dtype=np.uint64))
    return (n, total & 0xFFFFFFFFFFFFFFFF), seen / len(probes)


def _hashes(columns: ReadColumns) -> NDArray[np.uint64]:
    """(n,) of place, flag, mapping quality, mate and template length: a renamed copy has the same ones."""
    out = np.zeros(len(columns), np.uint64)
    for values in (columns.pos, columns.flag, columns.mapq, columns.mate_pos, columns.template_length):
        out = (out ^ values.astype(np.int64).view(np.uint64)) * _MIX
        out ^= out >> np.uint64(29)
    return out


def _check_assay(normals: Sequence[Normal], shares: Sequence[float]) -> None:
    usual = float(np.median(shares))
    for one, share in zip(normals, shares, strict=True):
        if share == 0.0 or share < LEAST_SHARE_OF_MEDIAN * usual:
            raise InputError(
                "this normal has hardly any reads in the assay: it was made with other targets",
                path=one.path,
                expected=f"reads in about {100 * usual:.0f} % of the targets, as in the other normals",
                found=f"reads in {100 * share:.0f} % of them",
                remedy="build a panel for each assay, or give --targets of what all normals share",
            )


def _each_once(normals: Sequence[Normal], digests: Sequence[tuple[int, int]]) -> list[Normal]:
    kept: dict[tuple[int, int], Normal] = {}
    for one, digest in zip(normals, digests, strict=True):
        if digest in kept and digest[0] > 0:
            logger.warning(
                "%s holds the same reads as %s under another sample name: used once",
                one.path,
                kept[digest].path,
            )
        else:
            kept[digest] = one
    return list(kept.values())
