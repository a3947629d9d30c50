"""Reads over a place as tables and pictures need them: bases, qualities, gaps, clips, fragments.

Nothing here decides anything: reads, mates, events and likelihoods are those of the caller's own kernels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele, text_of
from oncoloom.calling.candidate_evidence import weigh_candidates
from oncoloom.calling.options import CallOptions
from oncoloom.calling.sample_reads import ReferenceWindow, SampleReads
from oncoloom.kernels.arrays import READ_FATES, USED
from oncoloom.kernels.read_scan import NIBBLE_TO_CODE

SUPPORTS = 1.0  # nats from which on a fragment counts for an allele or against it, as in the caller


@dataclass(frozen=True, slots=True)
class ShownRead:
    """One read, cut to the view. Positions are 0-based.

    Attributes
    ----------
    fragment : int
        Number of its fragment in this pile-up: mates share it, and it says nothing else.
    mate : int
        1 or 2; 0 for a read without a mate.
    start, end : int
        Aligned, whole.
    ratio : float or None
        Log likelihood ratio of its fragment for the allele in focus, nats; None where it cannot say.
    group : str
        ``alt``, ``ref`` or ``none``: what the fragment says about the allele in focus.
    quality : int or None
        Base quality on the locus.
    place : int or None
        Which base of the read lies there, from 1 (as sequenced forward on the reference).
    mismatches : tuple of (position, base, quality)
    deletions, skips : tuple of (position, bases)
    insertions : tuple of (position of the base before, inserted bases)
    clip_left, clip_right : str
        Clipped bases.
    """

    fragment: int
    mate: int
    start: int
    end: int
    length: int
    reverse: bool
    orientation: str
    mapq: int
    ratio: float | None
    group: str
    quality: int | None
    place: int | None
    mismatches: tuple[tuple[int, str, int], ...]
    deletions: tuple[tuple[int, int], ...]
    skips: tuple[tuple[int, int], ...]
    insertions: tuple[tuple[int, str], ...]
    clip_left: str
    clip_right: str


@dataclass(frozen=True, slots=True)
class Pileup:
    """One sample's reads over a view.

    Attributes
    ----------
    depth : tuple of int
        Fragments at the callable mapping quality over each base of the view.
    fates : dict
        Reads over the locus by what became of them (`kernels.arrays.READ_FATES`), zeros left out.
    n_reads : dict
        Used reads over the locus by group, shown or not.
    shown : tuple of ShownRead
        Sorted by group (alternative first) and start.
    """

    depth: tuple[int, ...]
    fates: dict[str, int]
    n_reads: dict[str, int]
    shown: tuple[ShownRead, ...]


def pile_up(
    reads: SampleReads,
    window: ReferenceWindow,
    *,
    tile_start: int,
    view: tuple[int, int],
    locus: tuple[int, int],
    allele: Allele | None,
    options: CallOptions,
    most: int,
) -> Pileup:
    """The reads of a sample over `locus`, at most `most` of them shown within `view` (0-based half-open).

    Shown are first those that support `allele`, up to two thirds, then others; fragments are chosen by a
    hash of their names, so the same reads are shown whenever they are asked for.
    """
    columns = reads.columns
    over = np.flatnonzero((columns.pos < locus[1]) & (columns.end > locus[0]))
    if allele is not None and allele.is_indel:  # clipped reads beside an indel speak, too
        over = np.flatnonzero((columns.pos <= locus[1]) & (columns.end >= locus[0]))
    fates = {
        name: int(n)
        for name, n in zip(
            READ_FATES, np.bincount(reads.fate[over], minlength=len(READ_FATES)).tolist(), strict=True
        )
        if n
    }
    used = over[reads.fate[over] == USED]
    ratios = fragment_ratios(reads, window, allele, options)
    groups = [_group(ratios[i]) for i in used.tolist()]
    n_reads = {name: groups.count(name) for name in ("alt", "ref", "none")}
    chosen = _choose(used, groups, columns.name_hash, most)
    numbers: dict[int, int] = {}
    for i, _ in chosen:
        numbers.setdefault(int(columns.name_hash[i]), len(numbers) + 1)
    shown = tuple(
        _shown(reads, window, i, numbers[int(columns.name_hash[i])], group, ratios[i], view, locus)
        for i, group in chosen
    )
    low, high = view[0] - tile_start, view[1] - tile_start
    inside = reads.depth[max(0, low) : max(0, high)]
    depth = [0] * max(0, -low) + inside.tolist()
    depth += [0] * (view[1] - view[0] - len(depth))
    return Pileup(tuple(depth), fates, n_reads, shown)


def fragment_ratios(
    reads: SampleReads, window: ReferenceWindow, allele: Allele | None, options: CallOptions
) -> NDArray[np.float64]:
    """(n,) float64: each read's fragment's log ratio for `allele` against the reference; NaN: no word.

    The kernel leaves its last candidate's fragments in the scratch; here it has one candidate.
    """
    out = np.full(len(reads.columns), np.nan)
    if allele is None:
        return out
    weigh_candidates([allele], window, reads, None, options)
    stamped = np.flatnonzero(reads.scratch.stamp_of == 1)
    out[stamped] = np.clip(reads.scratch.entry_ratio[reads.scratch.entry_of[stamped]], -13.0, 13.0)
    return out


def _group(ratio: float) -> str:
    if ratio > SUPPORTS:
        return "alt"
    return "ref" if ratio < -SUPPORTS else "none"


def _choose(
    used: NDArray[np.int64], groups: Sequence[str], name_hash: NDArray[np.uint64], most: int
) -> list[tuple[int, str]]:
    """Reads to show with their groups, in the order in which they are shown."""
    by_group: dict[str, list[int]] = {"alt": [], "ref": [], "none": []}
    for i, group in zip(used.tolist(), groups, strict=True):
        by_group[group].append(i)
    rest = by_group["ref"] + by_group["none"]
    n_alt = min(len(by_group["alt"]), max(2 * most // 3, most - len(rest)))
    kept = {
        *_by_hash(by_group["alt"], name_hash, n_alt),
        *_by_hash(rest, name_hash, most - n_alt),
    }
    return [(i, name) for name in ("alt", "none", "ref") for i in by_group[name] if i in kept]


def _by_hash(index: list[int], name_hash: NDArray[np.uint64], n: int) -> list[int]:
    return sorted(index, key=lambda i: (int(name_hash[i]), i))[:n]


def _shown(
    reads: SampleReads,
    window: ReferenceWindow,
    i: int,
    fragment: int,
    group: str,
    ratio: float,
    view: tuple[int, int],
    locus: tuple[int, int],
) -> ShownRead:
    columns = reads.columns
    bases, quality = read_bases(reads, i)
    mismatches: list[tuple[int, str, int]] = []
    deletions: list[tuple[int, int]] = []
    skips: list[tuple[int, int]] = []
    insertions: list[tuple[int, str]] = []
    at, q, clips = int(columns.pos[i]), 0, ["", ""]
    on_locus: tuple[int, int] | None = None
    for step, (op, n) in enumerate(read_cigar(reads, i)):
        if op in (0, 7, 8):
            low, high = max(at, view[0], window.start), min(at + n, view[1])
            if low < high:
                mine = bases[q + low - at : q + high - at]
                different = np.flatnonzero(mine != window.code[low - window.start : high - window.start])
                mismatches += [
                    (low + d, text_of(mine[d : d + 1]), int(quality[q + low - at + d]))
                    for d in different.tolist()
                ]
            if on_locus is None and at < locus[1] and at + n > locus[0]:
                on_locus = (q + max(locus[0] - at, 0) + 1, int(quality[q + max(locus[0] - at, 0)]))
            at, q = at + n, q + n
        elif op == 1:
            if view[0] <= at <= view[1]:
                insertions.append((at - 1, text_of(bases[q : q + n])))
            q += n
        elif op in (2, 3):
            if at < view[1] and at + n > view[0]:
                (deletions if op == 2 else skips).append((at, n))
            at += n
        elif op == 4:
            clips[0 if q == 0 and step <= 1 else 1] = text_of(bases[q : q + n])
            q += n
    flag = int(columns.flag[i])
    reverse = bool(flag & 0x10)
    orientation = ""
    if flag & 1:
        orientation = "F1R2" if bool(flag & 0x40) != reverse else "F2R1"
    return ShownRead(
        fragment=fragment,
        mate=(1 if flag & 0x40 else 2) if flag & 1 else 0,
        start=int(columns.pos[i]),
        end=int(columns.end[i]),
        length=len(bases),
        reverse=reverse,
        orientation=orientation,
        mapq=int(columns.mapq[i]),
        ratio=None if np.isnan(ratio) else round(float(ratio), 1),
        group=group,
        quality=on_locus[1] if on_locus else None,
        place=on_locus[0] if on_locus else None,
        mismatches=tuple(mismatches),
        deletions=tuple(deletions),
        skips=tuple(skips),
        insertions=tuple(insertions),
        clip_left=clips[0],
        clip_right=clips[1],
    )


def read_cigar(reads: SampleReads, i: int) -> list[tuple[int, int]]:
    """CIGAR of read i as (operation code, length)."""
    columns = reads.columns
    at = int(columns.cigar_at[i])
    words = columns.arena[at : at + 4 * int(columns.n_cigar[i])].tobytes()
    return [(word & 15, word >> 4) for word in np.frombuffer(words, "<u4").tolist()]


def read_bases(reads: SampleReads, i: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Base codes and qualities of read i."""
    columns = reads.columns
    n, seq, qual = int(columns.l_seq[i]), int(columns.seq_at[i]), int(columns.qual_at[i])
    packed = columns.arena[seq : seq + (n + 1) // 2]
    nibbles = np.stack([packed >> 4, packed & 15], axis=1).reshape(-1)[:n]
    return NIBBLE_TO_CODE[nibbles], columns.arena[qual : qual + n]
