"""Alleles as values: what is replaced by what, left-aligned and trimmed."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.sample_reads import ReferenceWindow
from oncoloom.kernels.arrays import BASES

_LETTERS = (BASES + "N" * 256)[:256].encode("ascii")
_CODES = bytes(BASES.find(chr(byte)) if chr(byte) in BASES else 4 for byte in range(256))


class Allele(NamedTuple):
    """A normalised change of the reference; sorted by place, then by bases.

    Attributes
    ----------
    pos : int
        0-based position of the first base of `ref` (VCF POS - 1).
    ref, alt : str
        As in a VCF: an indel keeps the base before it.
    """

    pos: int
    ref: str
    alt: str

    @property
    def is_indel(self) -> bool:
        """Whether it changes the length."""
        return len(self.ref) != len(self.alt)

    @property
    def first_changed(self) -> int:
        """0-based position of the first base that differs from the reference."""
        shared = 0
        while shared < min(len(self.ref), len(self.alt)) and self.ref[shared] == self.alt[shared]:
            shared += 1
        return self.pos + shared

    @property
    def end(self) -> int:
        """0-based end of `ref`, exclusive."""
        return self.pos + len(self.ref)


def replaced_bases(pos: int, ref: str, alt: str) -> tuple[int, int]:
    """Reference bases [start, end) that an allele replaces (none for an insertion, before `start`)."""
    return pos + (1 if ref[0] == alt[0] else 0), pos + len(ref)


class AllelePlaces(NamedTuple):
    """Alleles as columns.

    Attributes
    ----------
    pos, end, first_changed : (n,) int64
        As those of `Allele`.
    change : (n,) int64
        Bases that each adds (negative: takes away).
    """

    pos: NDArray[np.int64]
    end: NDArray[np.int64]
    first_changed: NDArray[np.int64]
    change: NDArray[np.int64]


def places_of(alleles: Sequence[Allele]) -> AllelePlaces:
    """The alleles' places, and by how much they change the length."""
    refs, alts = [one.ref for one in alleles], [one.alt for one in alleles]
    pos = np.array([one.pos for one in alleles], np.int64)
    n_ref, n_alt = np.array([*map(len, refs)], np.int64), np.array([*map(len, alts)], np.int64)
    shared = np.array([ref[0] == alt[0] for ref, alt in zip(refs, alts, strict=True)], bool)
    first = pos + shared
    for c in np.flatnonzero(shared & (np.minimum(n_ref, n_alt) > 1)).tolist():
        first[c] = alleles[c].first_changed
    return AllelePlaces(pos, pos + n_ref, first, n_alt - n_ref)


def text_of(codes: NDArray[np.uint8]) -> str:
    """Bases of codes as text."""
    return codes.tobytes().translate(_LETTERS).decode("ascii")


def codes_of(text: str) -> NDArray[np.uint8]:
    """Codes of bases (upper case)."""
    return np.frombuffer(bytearray(text, "ascii").translate(_CODES), np.uint8)


def reference_text(window: ReferenceWindow, start: int, end: int) -> str:
    """Reference bases [start, end), 0-based, of the window."""
    return window.text[start - window.start : end - window.start]


def _left_shift(ref: str, alt: str, at: int, text: str) -> int:
    """By how many bases an allele moves left, of which one side is a single base; `at`: its place in `text`.

    Each step takes the last base off both sides and puts the one before it in front, as long as both end on
    the same base. The first base of `text` has none before it.
    """
    longer, single = (ref, alt) if len(ref) > 1 else (alt, ref)
    n, shift = len(longer), 0
    while shift < at:
        last = longer[n - 1 - shift] if shift < n else text[at - 1 - shift + n]
        if last != (text[at - shift] if shift else single):
            break
        shift += 1
    return shift


def normalize(allele: Allele, window: ReferenceWindow) -> Allele:
    """The allele as ``bcftools norm`` writes it: trimmed right, shifted left, trimmed left (Tan 2015)."""
    pos, ref, alt = allele.pos, allele.ref, allele.alt
    shared, most = 0, min(len(ref), len(alt)) - 1
    while shared < most and ref[-1 - shared] == alt[-1 - shared]:
        shared += 1
    ref, alt = ref[: len(ref) - shared], alt[: len(alt) - shared]
    if most >= 0 and min(len(ref), len(alt)) == 1 and len(ref) != len(alt):
        shift = _left_shift(ref, alt, pos - window.start, window.text)
        before = reference_text(window, pos - shift, pos)
        ref, alt, pos = (before + ref)[: len(ref)], (before + alt)[: len(alt)], pos - shift
    shared, most = 0, min(len(ref), len(alt)) - 1
    while shared < most and ref[shared] == alt[shared]:
        shared += 1
    return Allele(pos + shared, ref[shared:], alt[shared:])
