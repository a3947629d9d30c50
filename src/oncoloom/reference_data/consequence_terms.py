"""Consequence terms: one vocabulary (Sequence Ontology), and how MAF classes and csq names map to it."""

import re

# Most severe first; the order of Ensembl VEP's documented consequence table.
SEVERITY: tuple[str, ...] = (
    "transcript_ablation",
    "splice_acceptor_variant",
    "splice_donor_variant",
    "stop_gained",
    "frameshift_variant",
    "stop_lost",
    "start_lost",
    "inframe_insertion",
    "inframe_deletion",
    "inframe_altering_variant",
    "missense_variant",
    "coding_sequence_variant",
    "splice_region_variant",
    "start_retained_variant",
    "stop_retained_variant",
    "synonymous_variant",
    "5_prime_UTR_variant",
    "3_prime_UTR_variant",
    "non_coding_transcript_exon_variant",
    "intron_variant",
    "upstream_gene_variant",
    "downstream_gene_variant",
    "intergenic_variant",
)
_RANK = {term: rank for rank, term in enumerate(SEVERITY)}

TRUNCATING: frozenset[str] = frozenset(
    {
        "transcript_ablation",
        "splice_acceptor_variant",
        "splice_donor_variant",
        "stop_gained",
        "frameshift_variant",
    }
)
# What counts for TMB: the protein changes. Splice sites count, as MAF practice does.
NONSYNONYMOUS: frozenset[str] = TRUNCATING | {
    "stop_lost",
    "start_lost",
    "inframe_insertion",
    "inframe_deletion",
    "inframe_altering_variant",
    "missense_variant",
    "coding_sequence_variant",
}
CODING: frozenset[str] = NONSYNONYMOUS | {
    "synonymous_variant",
    "stop_retained_variant",
    "start_retained_variant",
}

# MAF Variant_Classification (GDC MAF specification) to SO.
MAF_CLASSES: dict[str, str] = {
    "Missense_Mutation": "missense_variant",
    "Nonsense_Mutation": "stop_gained",
    "Nonstop_Mutation": "stop_lost",
    "Frame_Shift_Del": "frameshift_variant",
    "Frame_Shift_Ins": "frameshift_variant",
    "In_Frame_Del": "inframe_deletion",
    "In_Frame_Ins": "inframe_insertion",
    "Silent": "synonymous_variant",
    "Splice_Site": "splice_donor_variant",
    "Splice_Region": "splice_region_variant",
    "Translation_Start_Site": "start_lost",
    "Start_Codon_SNP": "start_lost",
    "Start_Codon_Del": "start_lost",
    "Start_Codon_Ins": "start_lost",
    "De_novo_Start_InFrame": "5_prime_UTR_variant",
    "De_novo_Start_OutOfFrame": "5_prime_UTR_variant",
    "Stop_Codon_Del": "stop_lost",
    "Stop_Codon_Ins": "stop_gained",
    "3'UTR": "3_prime_UTR_variant",
    "5'UTR": "5_prime_UTR_variant",
    "3'Flank": "downstream_gene_variant",
    "5'Flank": "upstream_gene_variant",
    "Intron": "intron_variant",
    "RNA": "non_coding_transcript_exon_variant",
    "lincRNA": "non_coding_transcript_exon_variant",
    "IGR": "intergenic_variant",
}

# Names that `bcftools csq` prints (its consequence list in csq.c) to SO.
CSQ_NAMES: dict[str, str] = {
    "synonymous": "synonymous_variant",
    "missense": "missense_variant",
    "stop_lost": "stop_lost",
    "stop_gained": "stop_gained",
    "inframe_deletion": "inframe_deletion",
    "inframe_insertion": "inframe_insertion",
    "frameshift": "frameshift_variant",
    "splice_acceptor": "splice_acceptor_variant",
    "splice_donor": "splice_donor_variant",
    "start_lost": "start_lost",
    "splice_region": "splice_region_variant",
    "stop_retained": "stop_retained_variant",
    "5_prime_utr": "5_prime_UTR_variant",
    "3_prime_utr": "3_prime_UTR_variant",
    "non_coding": "non_coding_transcript_exon_variant",
    "intron": "intron_variant",
    "intergenic": "intergenic_variant",
    "inframe_altering": "inframe_altering_variant",
    "coding_sequence": "coding_sequence_variant",
    "feature_elongation": "coding_sequence_variant",
    "start_retained": "start_retained_variant",
}


def severity_rank(term: str) -> int:
    """Position of an SO term in `SEVERITY`; unknown terms rank last."""
    return _RANK.get(term, len(SEVERITY))


def most_severe(terms: list[str]) -> list[str]:
    """The terms without repeats, most severe first."""
    return sorted(dict.fromkeys(terms), key=lambda term: (severity_rank(term), term))


def consequence_of_maf_class(name: str) -> str | None:
    """SO term of a MAF `Variant_Classification`, whatever its case; None where it is not known.

    Files of annotators that write the SO term itself there are understood, too, and blanks for underscores.
    Of several terms the most severe counts.

    Examples
    --------
    >>> consequence_of_maf_class("Frame Shift Del"), consequence_of_maf_class("intron_variant,stop_gained")
    ('frameshift_variant', 'stop_gained')
    """
    terms = [_MAF_LOWER.get("_".join(one.lower().split())) for one in re.split("[&,;]", name)]
    known = [term for term in terms if term is not None]
    return most_severe(known)[0] if known else None


# Words that hand-made tables use for the classes.
_SHORT = {
    "missense": "missense_variant",
    "nonsense": "stop_gained",
    "frameshift": "frameshift_variant",
    "synonymous": "synonymous_variant",
}
_MAF_LOWER = (
    {term.lower(): term for term in SEVERITY} | {n.lower(): term for n, term in MAF_CLASSES.items()} | _SHORT
)
