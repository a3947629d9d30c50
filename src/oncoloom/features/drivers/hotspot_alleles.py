"""Known hotspots as alleles of a reference, so that the caller can genotype them whether seen or not.

A hotspot is a residue with its changes; an allele is what a codon must become. Each change is written with
the codons that need the fewest new bases (one or two), splice sites as every change of the two bases beside
the exon. The gene models must translate the residue as the hotspot says, else it is left out, and counted:
another build's or another transcript's numbers would name the wrong place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from oncoloom.features.consequence.coding import CODONS, CodingView, reverse_complement
from oncoloom.reference_data.curated_changes import curated_hotspots
from oncoloom.reference_data.drivers import Hotspot, hotspots
from oncoloom.reference_data.fasta import Reference
from oncoloom.reference_data.gene_models import GeneModels, Transcript
from oncoloom.tables import Tally

SPLICE_BASES = 2
MOST_CHANGED = 2  # bases of a codon; changes that need three are rare, and left to the candidates


@dataclass(frozen=True, slots=True, order=True)
class HotspotAllele:
    """A change of the reference that makes a hotspot's change; `pos` is 1-based as in a VCF."""

    contig: str
    pos: int
    ref: str
    alt: str
    name: str


def hotspot_alleles(models: GeneModels, reference: Reference) -> tuple[list[HotspotAllele], Tally]:
    """Alleles of the embedded hotspots and curated changes that these models hold, in order, each once."""
    found: dict[tuple[str, int, str, str], HotspotAllele] = {}
    tally = Tally()
    by_name, chosen = models.by_name(), models.chosen()
    for one in (*hotspots(), *curated_hotspots()):
        transcript = by_name.get(one.transcript) or chosen.get(one.gene)
        reason = _unusable(one, transcript, reference)
        if reason is not None or transcript is None:
            tally.drop(reason or "hotspots of genes without a model")
            continue
        view = CodingView(transcript, reference)
        own = _splice(one, view) if one.kind == "splice_site" else _residue(one, view)
        n_before = len(found)
        for allele in own:
            found.setdefault((allele.contig, allele.pos, allele.ref, allele.alt), allele)
        if len(found) == n_before:
            tally.drop("hotspots without an allele of one or two bases")
    order = {name: n for n, name in enumerate(reference.lengths)}
    alleles = sorted(found.values(), key=lambda one: (order[one.contig], one.pos, one.ref, one.alt))
    tally.kept = len(alleles)
    return alleles, tally


def _unusable(one: Hotspot, transcript: Transcript | None, reference: Reference) -> str | None:
    if one.kind == "in_frame_indel":
        return "stretches of in-frame indels: no single alleles"
    if transcript is None or not transcript.coding:
        return "hotspots of genes without a model"
    view = CodingView(transcript, reference)
    if not view.complete or one.first * 3 > len(view.sequence):
        return "hotspots outside their gene model"
    if one.kind == "single_residue" and view.protein[one.first - 1] != one.reference:
        return "hotspots whose residue is another one in the gene model"
    return None


def _residue(one: Hotspot, view: CodingView) -> Iterator[HotspotAllele]:
    """Alleles that turn the residue's codon into each of the changes."""
    transcript = view.transcript
    start = 3 * (one.first - 1)
    codon = view.sequence[start : start + 3]
    places = [transcript.genome_position(start + k) for k in range(3)]
    for amino in one.changes:
        distances = {
            other: sum(a != b for a, b in zip(codon, other, strict=True))
            for other, coded in CODONS.items()
            if coded == amino and other != codon
        }
        least = min(distances.values(), default=MOST_CHANGED + 1)
        if least > MOST_CHANGED:
            continue
        for other in sorted(name for name, n in distances.items() if n == least):
            changed = [k for k in range(3) if codon[k] != other[k]]
            first, last = changed[0], changed[-1]
            if abs(places[last] - places[first]) != last - first:
                continue  # an intron lies within the change
            low = min(places[first], places[last])
            old, new = codon[first : last + 1], other[first : last + 1]
            if transcript.strand == "-":
                old, new = reverse_complement(old), reverse_complement(new)
            name = f"{one.gene} p.{one.reference}{one.first}{amino}"
            yield HotspotAllele(transcript.contig, low + 1, old, new, name)


def _splice(one: Hotspot, view: CodingView) -> Iterator[HotspotAllele]:
    """Every change of the two intronic bases beside the exon's border in or next to the residue's codon."""
    transcript = view.transcript
    blocks = transcript.coding
    for (_, end), (start, _) in pairwise(blocks):
        for inside, bases in ((end - 1, range(end, end + SPLICE_BASES)), (start, range(start - 2, start))):
            index = view.coding_index(inside)
            if index is None or index // 3 + 1 != one.first:
                continue
            for at in bases:
                ref = view.reference.bases(transcript.contig, at, at + 1)
                if ref in "ACGT" and ref:
                    for alt in "ACGT".replace(ref, ""):
                        yield HotspotAllele(transcript.contig, at + 1, ref, alt, one.name)


def vcf_lines(alleles: list[HotspotAllele], reference: Reference) -> Iterator[str]:
    """A VCF of the alleles, without samples."""
    yield "##fileformat=VCFv4.3"
    yield '##INFO=<ID=HOTSPOT,Number=1,Type=String,Description="Gene and change, or splice site">'
    used = {one.contig for one in alleles}
    for name, length in reference.lengths.items():
        if name in used:
            yield f"##contig=<ID={name},length={length}>"
    yield "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
    for one in alleles:
        said = one.name.replace(" ", "_")
        yield f"{one.contig}\t{one.pos}\t.\t{one.ref}\t{one.alt}\t.\t.\tHOTSPOT={said}"
