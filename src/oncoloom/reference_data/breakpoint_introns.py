"""Introns in which the recurrent fusions of a gene break."""

from dataclasses import dataclass
from functools import cache

from oncoloom.reference_data.embedded import read_rows
from oncoloom.reference_data.gene_models import Transcript


@dataclass(frozen=True, slots=True)
class BreakpointIntrons:
    """Window of residues (1-based, inclusive) with the exon junctions of these introns; their numbers."""

    gene: str
    first_residue: int
    last_residue: int
    introns: str
    source: str

    def intervals(self, transcript: Transcript) -> list[tuple[str, int, int]]:
        """The introns of a transcript whose junction lies in the window, 0-based half-open."""
        found = []
        for (_, end), (start, _) in zip(transcript.exons, transcript.exons[1:], strict=False):
            before = end - 1 if transcript.strand == "+" else start  # last base of the exon 5' of the intron
            index = transcript.coding_index(before)
            if index is not None and self.first_residue <= index // 3 + 1 <= self.last_residue:
                found.append((transcript.contig, end, start))
        return found


@cache
def breakpoint_introns() -> dict[str, BreakpointIntrons]:
    """Gene to its introns; genes that are not here break in no listed place."""
    return {
        row["gene"]: BreakpointIntrons(
            row["gene"], int(row["first_residue"]), int(row["last_residue"]), row["introns"], row["source"]
        )
        for row in read_rows("fusions", "breakpoint_introns.tsv")
    }
