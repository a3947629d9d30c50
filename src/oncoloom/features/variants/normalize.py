"""One spelling for one variant: checked against the reference, trimmed, left-aligned (Tan 2015)."""

from dataclasses import dataclass

from oncoloom.reference_data.fasta import Reference


@dataclass(frozen=True, slots=True)
class Allele:
    """A biallelic variant; `pos` is 1-based as in VCF."""

    chrom: str
    pos: int
    ref: str
    alt: str


def variant_class(ref: str, alt: str) -> str:
    """Kind of a normalized change: snv, mnv, insertion, deletion, complex.

    Examples
    --------
    >>> variant_class("C", "CAG"), variant_class("AT", "CA"), variant_class("ATG", "CC")
    ('insertion', 'mnv', 'complex')
    """
    if len(ref) == len(alt):
        return "snv" if len(ref) == 1 else "mnv"
    if ref[0] == alt[0] or ref[-1] == alt[-1]:
        if len(ref) == 1:
            return "insertion"
        if len(alt) == 1:
            return "deletion"
    return "complex"


def reference_agrees(allele: Allele, reference: Reference) -> bool:
    """Whether REF is what the reference holds there; an ambiguity code of the FASTA agrees with anything."""
    if allele.chrom not in reference.lengths:
        return False
    start = allele.pos - 1
    found = reference.bases(allele.chrom, start, start + len(allele.ref))
    return (
        start >= 0
        and len(found) == len(allele.ref)
        and all(a == b or b not in "ACGT" or a not in "ACGT" for a, b in zip(allele.ref, found, strict=True))
    )


def left_align(allele: Allele, reference: Reference) -> Allele:
    """The same change at its leftmost place with the fewest bases.

    At the first base of a contig, where nothing precedes, the anchor base follows (VCF 4.3 §1.4.1): never POS
    0.
    """
    start, ref, alt = allele.pos - 1, allele.ref, allele.alt
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
        if not (ref and alt) and start > 0 and ref != alt:
            start -= 1
            base = reference.bases(allele.chrom, start, start + 1)
            ref, alt = base + ref, base + alt
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        ref, alt, start = ref[1:], alt[1:], start + 1
    if not ref or not alt:  # at the contig's first base: anchor on the base that follows
        base = reference.bases(allele.chrom, start + len(ref), start + len(ref) + 1)
        ref, alt = ref + base, alt + base
    return Allele(allele.chrom, start + 1, ref, alt)
