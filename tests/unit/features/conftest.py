"""A small reference with genes: one on each strand of contig 7, none on contig 8."""

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

_CODONS = ["GCT", "GAC", "AAA", "CTG", "TCA", "GTT", "CCA", "ATC", "GGA", "CAT", "AGA", "TTC", "ACG", "CAA"]


@dataclass(frozen=True)
class SmallGenome:
    """Paths and sequences of the small genome; gene intervals 0-based half-open."""

    fasta: Path
    gff: Path
    sequences: dict[str, str]


def _reverse_complement(bases: str) -> str:
    return bases.translate(str.maketrans("ACGT", "TGCA"))[::-1]


def _coding(rng: random.Random, n_codons: int) -> str:
    return "ATG" + "".join(rng.choice(_CODONS) for _ in range(n_codons - 2)) + "TAA"


@pytest.fixture(scope="session")
def genome(tmp_path_factory) -> SmallGenome:
    """Contig `7`: BRAF (plus, two exons) and TP53 (minus, two exons); contig `8` without genes."""
    rng = random.Random(7)
    folder = tmp_path_factory.mktemp("genome")

    def noise(n):
        return "".join(rng.choice("ACGT") for _ in range(n))

    first, second = _coding(rng, 100), _coding(rng, 80)
    flipped = _reverse_complement(second)
    seven = (
        noise(200) + first[:120] + "GT" + noise(96) + "AG" + first[120:] + noise(200)
        + flipped[:150] + "CT" + noise(96) + "AC" + flipped[150:] + noise(200)
    )  # fmt: skip
    sequences = {"7": seven, "8": noise(500)}
    fasta = folder / "ref.fa"
    fasta.write_text("".join(f">{name}\n{bases}\n" for name, bases in sequences.items()))
    one = _gene("BRAF", "ENST1", "+", [(200, 320), (420, 600)])
    two = _gene("TP53", "ENST2", "-", [(800, 950), (1050, 1140)])
    gff = folder / "genes.gff3"
    gff.write_text("##gff-version 3\n" + one + two)
    return SmallGenome(fasta, gff, sequences)


def _gene(name: str, transcript: str, strand: str, coding: list[tuple[int, int]]) -> str:
    low, high = coding[0][0] + 1, coding[-1][1]
    head = f"chr7\town\t{{}}\t{{}}\t{{}}\t.\t{strand}\t{{}}\t{{}}\n"
    text = head.format("gene", low, high, ".", f"ID=gene:{name};Name={name};biotype=protein_coding")
    text += head.format(
        "mRNA",
        low,
        high,
        ".",
        f"ID=transcript:{transcript};Parent=gene:{name};biotype=protein_coding;tag=MANE_Select",
    )
    done = 0
    phases = {}
    for start, end in coding if strand == "+" else coding[::-1]:
        phases[start] = (3 - done % 3) % 3
        done += end - start
    for start, end in coding:
        text += head.format("exon", start + 1, end, ".", f"Parent=transcript:{transcript}")
        text += head.format(
            "CDS", start + 1, end, phases[start], f"ID=CDS:{name};Parent=transcript:{transcript}"
        )
    return text
