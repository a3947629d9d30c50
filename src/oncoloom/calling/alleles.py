"""Alleles as values: what is replaced by what, left-aligned and trimmed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.sample_reads import ReferenceWindow
from oncoloom.kernels.arrays import BASES


@dataclass(frozen=True, slots=True, order=True)
class Allele:
    """A normalised change of the reference.

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


def text_of(codes: NDArray[np.uint8]) -> str:
    """Bases of codes as text."""
    return "".join(BASES[code] for code in codes)


def codes_of(text: str) -> NDArray[np.uint8]:
    """Codes of bases (upper case)."""
    return np.array([BASES.index(letter) if letter in BASES else 4 for letter in text], dtype=np.uint8)


def reference_text(window: ReferenceWindow, start: int, end: int) -> str:
    """Reference bases [start, end), 0-based, of the window."""
    return text_of(window.code[start - window.start : end - window.start])


def normalize(allele: Allele, window: ReferenceWindow) -> Allele:
    """The allele as ``bcftools norm`` writes it: trimmed right, shifted left, trimmed left (Tan 2015)."""
    pos, ref, alt = allele.pos, allele.ref, allele.alt
    while ref and alt and ref[-1] == alt[-1] and (len(ref) > 1 or len(alt) > 1):
        if pos <= window.start and min(len(ref), len(alt)) == 1:
            break  # the contig's first base: nothing is left of it
        ref, alt = ref[:-1], alt[:-1]
        if not ref or not alt:
            pos -= 1
            before = reference_text(window, pos, pos + 1)
            ref, alt = before + ref, before + alt
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        ref, alt, pos = ref[1:], alt[1:], pos + 1
    return Allele(pos, ref, alt)
