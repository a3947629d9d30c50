"""Where a read lies and how: the alignment a sound aligner would give, from knowing where it came from.

An indel near a read's end is soft-clipped, or mismatches are aligned through it, when that scores better
under the usual affine scores (match 1, mismatch 4, gap 6 + 1 a base, clip 5); so the reads carry the same
reference bias that real ones do.
"""

import numpy as np
from numpy.typing import NDArray

from oncoloom.simulate.haplotypes import Haplotype

MATCH, INSERTION, DELETION, SOFT_CLIP = 0, 1, 2, 4
_MISMATCH, _GAP_OPEN, _GAP_EXTEND, _CLIP = 4, 6, 1, 5
Cigar = tuple[tuple[int, int], ...]  # (operation, length)


def align(haplotype: Haplotype, reference: NDArray[np.uint8], start: int, length: int) -> tuple[int, Cigar]:
    """0-based position and CIGAR of the read that begins at `start` of a haplotype.

    Parameters
    ----------
    haplotype
        Molecule without sequencing errors.
    reference : (n,) uint8
        ASCII bases of the contig.
    start, length
        In haplotype bases.
    """
    bases = haplotype.bases[start : start + length]
    blocks = _blocks(haplotype.places[start : start + length])
    blocks = _mend_right(bases, reference, blocks)
    flipped = [(length - low - n, -(place + n) + 1, n) for low, place, n in reversed(blocks)]
    flipped = _mend_right(bases[::-1], _Reversed(reference), flipped)
    blocks = [(length - low - n, -(place + n) + 1, n) for low, place, n in reversed(flipped)]
    return blocks[0][1], _cigar(blocks, length)


class _Reversed:
    """A reference read from right to left: position p of it is base -p of the reference."""

    def __init__(self, reference: NDArray[np.uint8]) -> None:
        self._reference = reference

    def __getitem__(self, where: slice) -> NDArray[np.uint8]:
        low, high = -where.stop + 1, -where.start + 1
        return self._reference[max(low, 0) : high][::-1]


_Block = tuple[int, int, int]  # read offset, reference position, length


def _blocks(places: NDArray[np.int32]) -> list[_Block]:
    """Stretches of a read that lie on the reference without a gap."""
    mapped = np.flatnonzero(places >= 0)
    breaks = np.flatnonzero((np.diff(mapped) != 1) | (np.diff(places[mapped]) != 1)) + 1
    parts = np.split(mapped, breaks)
    return [(int(part[0]), int(places[part[0]]), len(part)) for part in parts]


def _mend_right(
    bases: NDArray[np.uint8], reference: NDArray[np.uint8] | _Reversed, blocks: list[_Block]
) -> list[_Block]:
    """Drop the gap before the last block while aligning straight on, or clipping, scores at least as well."""
    while len(blocks) > 1:
        (low, place, n), (next_low, next_place, next_n) = blocks[-2:]
        gap = (next_low - low - n) + (next_place - place - n)
        kept = next_n - _GAP_OPEN - _GAP_EXTEND * gap
        tail = bases[low + n :]
        onward = reference[place + n : place + n + len(tail)]
        same = tail[: len(onward)] == onward
        scores = np.cumsum(np.where(same, 1, -_MISMATCH))
        through = int(scores[-1]) if len(onward) == len(tail) and len(tail) else -(10**6)
        best = int(np.argmax(scores)) if len(scores) else -1
        clipped = (max(int(scores[best]), 0) if best >= 0 else 0) - _CLIP
        if max(through, clipped) < kept:
            break
        before_clip = best + 1 if best >= 0 and scores[best] > 0 else 0
        more = len(tail) if through >= clipped else before_clip
        blocks = [*blocks[:-2], (low, place, n + more)]
    return blocks


def _cigar(blocks: list[_Block], length: int) -> Cigar:
    out: list[tuple[int, int]] = []
    if blocks[0][0]:
        out.append((SOFT_CLIP, blocks[0][0]))
    read_at, reference_at = blocks[0][0], blocks[0][1]
    for low, place, n in blocks:
        if low > read_at:
            out.append((INSERTION, low - read_at))
        if place > reference_at:
            out.append((DELETION, place - reference_at))
        out.append((MATCH, n))
        read_at, reference_at = low + n, place + n
    if read_at < length:
        out.append((SOFT_CLIP, length - read_at))
    return tuple(out)
