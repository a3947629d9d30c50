"""Variants of the simulation: one allele each, left-aligned, and how protein changes become alleles."""

from dataclasses import dataclass

from oncoloom.simulate.facts import CODON_TABLE
from oncoloom.simulate.reference import DemoGenome, GeneModel
from oncoloom.simulate.sequence import reverse_complement


@dataclass(frozen=True, slots=True)
class Allele:
    """A change of the reference: `pos` 0-based, `ref` and `alt` as in VCF, left-aligned."""

    contig: str
    pos: int
    ref: str
    alt: str

    @property
    def end(self) -> int:
        """0-based end of the reference allele, exclusive."""
        return self.pos + len(self.ref)

    @property
    def is_snv(self) -> bool:
        """One base for another."""
        return len(self.ref) == len(self.alt) == 1


@dataclass(frozen=True, slots=True)
class GermlineVariant:
    """An inherited allele on haplotype 0, 1, or 2 for both."""

    allele: Allele
    haplotype: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class SomaticVariant:
    """An acquired allele.

    Attributes
    ----------
    haplotype
        0 or 1: the parental copy it arose on.
    multiplicity
        Copies of that haplotype that carry it.
    ccf
        Share of tumor cells that carry it; one of the sample's subclone levels.
    label
        What was planted, e.g. ``BRAF p.V600E``; empty for passengers.
    """

    allele: Allele
    haplotype: int
    multiplicity: int
    ccf: float
    label: str = ""

    def expected_af(self, purity: float, copies: tuple[int, int]) -> float:
        """Expected allele fraction in the tumor sample; `copies` of haplotypes 0 and 1 in tumor cells."""
        total = purity * sum(copies) + 2 * (1 - purity)
        return purity * self.multiplicity * self.ccf / total


def left_aligned(sequence: str, allele: Allele) -> Allele:
    """The leftmost, shortest way to write an allele (Tan, Abecasis, Kang 2015)."""
    pos, ref, alt = allele.pos, allele.ref, allele.alt
    while ref[-1] == alt[-1] and max(len(ref), len(alt)) > 1:
        ref, alt = ref[:-1], alt[:-1]
        if not ref or not alt:
            pos -= 1
            ref, alt = sequence[pos] + ref, sequence[pos] + alt
    while min(len(ref), len(alt)) > 1 and ref[0] == alt[0]:
        pos, ref, alt = pos + 1, ref[1:], alt[1:]
    return Allele(allele.contig, pos, ref, alt)


def protein_substitution(genome: DemoGenome, change: str) -> Allele:
    """The fewest-base change that makes a protein change such as ``BRAF:V600E`` or ``APC:R1450*``.

    Raises
    ------
    ValueError
        If the residue of the synthetic protein is not the one named.
    """
    symbol, _, text = change.partition(":")
    old, residue, new = text[0], int(text[1:-1]), text[-1]
    gene = genome.genes[symbol]
    places = gene.cds_positions[3 * residue - 3 : 3 * residue]
    codon = "".join(_coding_base(genome, gene, int(place)) for place in places)
    if CODON_TABLE[codon] != old:
        raise ValueError(f"{symbol} has {CODON_TABLE[codon]} at residue {residue}, not {old}")
    options = sorted(
        (sum(a != b for a, b in zip(codon, other, strict=True)), other)
        for other, amino in CODON_TABLE.items()
        if amino == new
    )
    changed = [at for at in range(3) if codon[at] != options[0][1][at]]
    low, high = sorted((int(places[changed[0]]), int(places[changed[-1]])))
    alt = options[0][1][changed[0] : changed[-1] + 1]
    if gene.facts.strand == "-":
        alt = reverse_complement(alt)
    return Allele(gene.contig, low, genome.sequences[gene.contig][low : high + 1], alt)


def coding_deletion(genome: DemoGenome, symbol: str, first: int, last: int) -> Allele:
    """Deletion of coding bases c.`first` to c.`last` (1-based, inclusive, in one exon)."""
    gene = genome.genes[symbol]
    low, high = sorted((int(gene.cds_positions[first - 1]), int(gene.cds_positions[last - 1])))
    sequence = genome.sequences[gene.contig]
    allele = Allele(gene.contig, low - 1, sequence[low - 1 : high + 1], sequence[low - 1])
    return left_aligned(sequence, allele)


def coding_duplication(genome: DemoGenome, symbol: str, base: int) -> Allele:
    """Duplication of coding base c.`base` (1-based)."""
    gene = genome.genes[symbol]
    place = int(gene.cds_positions[base - 1])
    sequence = genome.sequences[gene.contig]
    allele = Allele(gene.contig, place, sequence[place], sequence[place] * 2)
    return left_aligned(sequence, allele)


def repeat_change(genome: DemoGenome, contig: str, start: int, unit: str, shift: int) -> Allele:
    """A microsatellite that starts at `start` made longer or shorter by `shift` units."""
    sequence = genome.sequences[contig]
    anchor = sequence[start - 1]
    if shift < 0:
        return Allele(contig, start - 1, sequence[start - 1 : start - shift * len(unit)], anchor)
    return Allele(contig, start - 1, anchor, anchor + unit * shift)


def coding_effect(genome: DemoGenome, allele: Allele) -> str:
    """``stop``, ``missense``, ``synonymous``, ``splice`` or ``none`` for a single-base change.

    ``splice`` is within eight bases of a coding exon, outside it.
    """
    gene = next((gene for gene in genome.genes.values() if gene.contig == allele.contig), None)
    if gene is None:
        return "none"
    hits = (gene.cds_positions == allele.pos).nonzero()[0]
    if not hits.size:
        near = any(low - 8 <= allele.pos < high + 8 for low, high in gene.cds)
        return "splice" if near else "none"
    at = int(hits[0])
    places = gene.cds_positions[at - at % 3 : at - at % 3 + 3]
    codon = [_coding_base(genome, gene, int(place)) for place in places]
    before = CODON_TABLE["".join(codon)]
    codon[at % 3] = allele.alt if gene.facts.strand == "+" else reverse_complement(allele.alt)
    after = CODON_TABLE["".join(codon)]
    if after == before:
        return "synonymous"
    return "stop" if "*" in (before, after) or at < 3 else "missense"


def _coding_base(genome: DemoGenome, gene: GeneModel, place: int) -> str:
    base = genome.sequences[gene.contig][place]
    return base if gene.facts.strand == "+" else reverse_complement(base)
