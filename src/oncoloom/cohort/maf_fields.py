"""Fields of a MAF: every spelling of their names, what counts as missing, and names of genome builds."""

import re

# What we call a field -> the spellings of it, compared without case.
SPELLINGS: dict[str, tuple[str, ...]] = {
    "gene": ("Hugo_Symbol", "Gene_Symbol", "Gene"),
    "entrez": ("Entrez_Gene_Id", "Entrez_Id", "EntrezGeneId"),
    "sample": ("Tumor_Sample_Barcode", "Sample_Barcode", "Tumor_Sample", "SAMPLE_ID"),
    "chrom": ("Chromosome", "Chrom", "Chr"),
    "start": ("Start_Position", "Start_pos", "Start"),
    "end": ("End_Position", "End_pos", "End"),
    "class": ("Variant_Classification", "Mutation_Type"),
    "type": ("Variant_Type",),
    "ref": ("Reference_Allele", "Ref_Allele"),
    "alt": ("Tumor_Seq_Allele2", "Tumor_Allele", "Variant_Allele"),
    "alt_1": ("Tumor_Seq_Allele1",),
    "hgvs_c": ("HGVSc", "cDNA_Change", "Codon_Change"),
    "hgvs_p": ("HGVSp_Short", "HGVSp", "Protein_Change", "Amino_Acid_Change", "AAChange"),
    "transcript": ("Transcript_ID", "i_transcript_name", "Annotation_Transcript"),
    "depth": ("t_depth", "Tumor_Depth"),
    "ref_count": ("t_ref_count", "Tumor_Ref_Count"),
    "alt_count": ("t_alt_count", "Tumor_Alt_Count"),
    "normal_depth": ("n_depth",),
    "normal_alt_count": ("n_alt_count",),
    "af": ("t_af", "t_vaf", "tumor_f", "VAF", "i_TumorVAF_WU"),
    "filter": ("FILTER",),
    "status": ("Mutation_Status",),
    "build": ("NCBI_Build",),
}
MISSING = ("", "NA", "N/A", ".", "__UNKNOWN__", "Unknown")
# TCGA-TSS-participant-type…: the first twelve letters name the patient, types 10 to 14 are normals.
TCGA_BARCODE = re.compile(r"(TCGA-[A-Z0-9]{2}-[A-Z0-9]{4})-(\d{2})[A-Z]?(?:-.*)?")
TCGA_NORMAL = r"^TCGA-[A-Z0-9]{2}-[A-Z0-9]{4}-1[0-4][A-Z]?(-|$)"
COUNTED_FILTERS = ("PASS", "not filtered")
# GRCh37-lite, GRCh37.p13, b37, hs37d5, hg19, 37.1 …: patches and decoys do not move a position.
_BUILD_37 = re.compile(r"(?:grch|hs|b)?37\b.*|hs37d5.*|grch37.*|hg19.*")
_BUILD_38 = re.compile(r"(?:grch|hs|b)?38\b.*|hs38.*|grch38.*|hg38.*")


_BUILD_36 = re.compile(r"(?:ncbi|grch)?36(?:\..*)?|hg18.*")


def build_name(text: str) -> str:
    """One name for the spellings of a build: `37`, `38`, `36`, or the text itself.

    Examples
    --------
    >>> [build_name(name) for name in ("hg19", "NCBI36", "mm10")]
    ['37', '36', 'mm10']
    """
    if _BUILD_36.fullmatch(text.strip().casefold()):
        return "36"
    return str(genome_build(text) or text)


def genome_build(text: str) -> int | None:
    """37 or 38 for any spelling of a human build, None for another one.

    Examples
    --------
    >>> [genome_build(name) for name in ("hg19", "GRCh37-lite", "38", "mm10")]
    [37, 37, 38, None]
    """
    folded = text.strip().casefold()
    if _BUILD_37.fullmatch(folded):
        return 37
    return 38 if _BUILD_38.fullmatch(folded) else None
