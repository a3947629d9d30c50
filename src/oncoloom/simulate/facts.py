"""Real facts that the synthetic genome keeps: transcripts, coding exon lengths and hotspot codons."""

import csv
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

from oncoloom.bundled import bundled_path

_BASES = "TCAG"
_AMINO_ACIDS = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
CODON_TABLE: dict[str, str] = {
    "".join(codon): _AMINO_ACIDS[index] for index, codon in enumerate(product(_BASES, repeat=3))
}


@dataclass(frozen=True, slots=True)
class GeneFacts:
    """One gene as `resources/demo/genes.tsv` has it.

    Attributes
    ----------
    strand
        ``+`` or ``-``, as on the real genome.
    exon_lengths
        Coding bases of each coding exon in transcript order; their sum is 3 × (protein length + 1).
    hotspots
        1-based residue to codon.
    """

    symbol: str
    gene_id: str
    transcript_id: str
    strand: str
    exon_lengths: tuple[int, ...]
    hotspots: dict[int, str]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


@cache
def demo_genes() -> tuple[GeneFacts, ...]:
    """The dozen genes of the demo, in file order."""
    folder = bundled_path("resources", "demo")
    codons: dict[str, dict[int, str]] = {}
    for row in _rows(folder / "hotspots.tsv"):
        codons.setdefault(row["symbol"], {})[int(row["residue"])] = row["codon"]
    return tuple(
        GeneFacts(
            symbol=row["symbol"],
            gene_id=row["gene_id"],
            transcript_id=row["transcript_id"],
            strand=row["strand"],
            exon_lengths=tuple(int(length) for length in row["coding_exon_lengths"].split(",")),
            hotspots=codons.get(row["symbol"], {}),
        )
        for row in _rows(folder / "genes.tsv")
    )


def translate(codons: str) -> str:
    """Amino acids of a coding sequence, ``*`` for a stop."""
    return "".join(CODON_TABLE[codons[at : at + 3]] for at in range(0, len(codons) - 2, 3))
