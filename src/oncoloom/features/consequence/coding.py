"""A transcript's own coordinates: genome position to coding position, coding sequence, translation."""

from dataclasses import dataclass
from functools import cached_property

from oncoloom.reference_data.fasta import Reference
from oncoloom.reference_data.gene_models import Transcript

_COMPLEMENT = str.maketrans("ACGTN", "TGCAN")
_BASES = "TCAG"
_AMINO = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
CODONS: dict[str, str] = {
    a + b + c: _AMINO[16 * i + 4 * j + k]
    for i, a in enumerate(_BASES)
    for j, b in enumerate(_BASES)
    for k, c in enumerate(_BASES)
}


def reverse_complement(bases: str) -> str:
    """The other strand, 5' to 3'."""
    return bases.translate(_COMPLEMENT)[::-1]


def translate(bases: str, *, to_stop: bool = False) -> str:
    """Amino acids of whole codons (standard code); X where a codon holds N; up to and with the first stop."""
    protein = []
    for at in range(0, len(bases) - 2, 3):
        amino = CODONS.get(bases[at : at + 3], "X")
        protein.append(amino)
        if to_stop and amino == "*":
            break
    return "".join(protein)


@dataclass(frozen=True)
class CodingView:
    """A coding transcript on a reference.

    Only transcripts whose coding sequence is complete at its start (phase 0) and a multiple of three get HGVS
    names; `complete` says so.
    """

    transcript: Transcript
    reference: Reference

    @cached_property
    def sequence(self) -> str:
        """Spliced coding sequence, 5' to 3'."""
        one = self.transcript
        text = "".join(self.reference.bases(one.contig, a, b) for a, b in one.coding)
        return reverse_complement(text) if one.strand == "-" else text

    @cached_property
    def complete(self) -> bool:
        """True where coding position 1 is the first base of a codon and every codon is whole."""
        one = self.transcript
        if not one.coding:
            return False
        first_phase = one.phases[0] if one.strand == "+" else one.phases[-1]
        return first_phase == 0 and len(self.sequence) % 3 == 0

    @cached_property
    def protein(self) -> str:
        """Amino acids with the stop."""
        return translate(self.sequence)

    def coding_index(self, position: int) -> int | None:
        """0-based index in the coding sequence of a 0-based genome position; None outside of it."""
        return self.transcript.coding_index(position)

    def hgvs_position(self, position: int) -> str | None:
        """HGVS c. position of a 0-based genome position within the transcript: `123`, `-12`, `*5`, `88+1`."""
        one = self.transcript
        exon = _containing(one.exons, position)
        if exon is not None:
            return self._exonic(position)
        before, after = _neighbors(one.exons, position)
        if before is None or after is None:
            return None
        left, right = position - before + 1, after - position
        left_anchor, right_anchor = self._exonic(before - 1), self._exonic(after)
        if left_anchor is None or right_anchor is None:
            return None
        if one.strand == "+":
            return f"{left_anchor}+{left}" if left <= right else f"{right_anchor}-{right}"
        return f"{right_anchor}+{right}" if right <= left else f"{left_anchor}-{left}"

    def nearest_coding_index(self, position: int) -> int | None:
        """Coding index of the coding base nearest to a genome position in an intron."""
        blocks = self.transcript.coding
        if not blocks:
            return None
        inside = self.coding_index(position)
        if inside is not None:
            return inside
        edges = [edge for a, b in blocks for edge in (a, b - 1)]
        return self.coding_index(min(edges, key=lambda edge: (abs(edge - position), edge)))

    def _exonic(self, position: int) -> str | None:
        index = self.coding_index(position)
        if index is not None:
            return str(index + 1)
        one = self.transcript
        low, high = one.coding[0][0], one.coding[-1][1]
        if low <= position < high:
            return None
        before_start = (position < low) == (one.strand == "+")
        if position < low:
            distance = sum(min(b, low) - max(a, position) for a, b in one.exons if a < low and b > position)
        else:
            distance = sum(
                min(b, position + 1) - max(a, high) for a, b in one.exons if b > high and a <= position
            )
        return f"-{distance}" if before_start else f"*{distance}"


def _containing(blocks: tuple[tuple[int, int], ...], position: int) -> tuple[int, int] | None:
    return next((block for block in blocks if block[0] <= position < block[1]), None)


def _neighbors(blocks: tuple[tuple[int, int], ...], position: int) -> tuple[int | None, int | None]:
    before = max((b for _, b in blocks if b <= position), default=None)
    after = min((a for a, _ in blocks if a > position), default=None)
    return before, after
