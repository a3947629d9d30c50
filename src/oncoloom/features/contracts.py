"""Tables that features are made of and that the report reads: variants, segments, assessability."""

import polars as pl

from oncoloom.tables import Column, TableSchema

_TEXT, _INT, _FLOAT = pl.String(), pl.Int32(), pl.Float64()

VARIANTS_TABLE = TableSchema(
    name="variants",
    version=2,
    description="Patient × variant × chosen transcript. `pos` is 1-based as in VCF.",
    columns=(
        Column("patient_id", _TEXT, "Patient"),
        Column("sample_id", _TEXT, "Tumor sample"),
        Column("chrom", _TEXT, "Contig, spelled as in the reference", nullable=True),
        Column("pos", pl.Int64(), "Position of the first base of `ref`, 1-based", nullable=True),
        Column("ref", _TEXT, "Reference allele, left-aligned", nullable=True),
        Column("alt", _TEXT, "Alternative allele", nullable=True),
        Column("variant_class", _TEXT, "Kind of change", allowed=("snv", "mnv", "insertion", "deletion", "complex", "unknown")),
        Column("gene", _TEXT, "HGNC symbol", nullable=True),
        Column("transcript", _TEXT, "Chosen transcript", nullable=True),
        Column("consequence", _TEXT, "Sequence Ontology term, most severe first", nullable=True),
        Column("hgvs_c", _TEXT, "Coding change", nullable=True),
        Column("hgvs_p", _TEXT, "Protein change with its p. prefix, three-letter", nullable=True),
        Column("hgvs_p_short", _TEXT, "Protein change, one-letter, e.g. p.V600E", nullable=True),
        Column("depth", _INT, "Tumor fragments over the site", "fragments", nullable=True, legal=(0, 10_000_000)),
        Column("ref_count", _INT, "Tumor fragments with the reference allele", "fragments", nullable=True, legal=(0, 10_000_000)),
        Column("alt_count", _INT, "Tumor fragments with the alternative allele", "fragments", nullable=True, legal=(0, 10_000_000)),
        Column("af", _FLOAT, "Allele fraction in the tumor", "fraction", nullable=True, legal=(0, 1)),
        Column("normal_depth", _INT, "Normal fragments over the site", "fragments", nullable=True, legal=(0, 10_000_000)),
        Column("normal_alt_count", _INT, "Normal fragments with the alternative allele", "fragments", nullable=True, legal=(0, 10_000_000)),
        Column("cancer_cell_fraction", _FLOAT, "Tumor cells with the variant", "fraction", nullable=True, legal=(0, 1)),
        Column("cancer_cell_fraction_lower", _FLOAT, "Lower limit of the 95 % highest density", "fraction", nullable=True, legal=(0, 1)),
        Column("cancer_cell_fraction_upper", _FLOAT, "Upper limit of the 95 % highest density", "fraction", nullable=True, legal=(0, 1)),
        Column("clonality", _TEXT, "Whether all tumor cells carry it", nullable=True, allowed=("clonal", "subclonal", "indeterminate")),
        Column("origin", _TEXT, "Where the variant arose", allowed=("somatic", "germline", "unknown")),
        Column("filters", _TEXT, "PASS, filter names joined by `;`, or `not filtered`"),
        Column("posterior", _FLOAT, "Calibrated probability that the call is real", nullable=True, legal=(0, 1)),
        Column("population_af", _FLOAT, "Allele frequency in the population resource, where the allele is in it", "fraction", nullable=True, legal=(0, 1)),
        Column("driver", pl.Boolean(), "A driver alteration by the rules of docs/methods"),
        Column("driver_rule", _TEXT, "Id of the rule that says so", nullable=True),
        Column("driver_evidence", _TEXT, "Rows of the embedded tables that the rule rests on", nullable=True),
        Column("driver_reason", _TEXT, "Why it is a driver, or why a change of this kind in this gene is none", nullable=True),
        Column("biallelic", pl.Boolean(), "Both copies of the gene are hit; null where that cannot be told", nullable=True),
        Column("labels", _TEXT, "Cautions, joined by `;`, e.g. possible clonal hematopoiesis", nullable=True),
        Column("hotspot", _TEXT, "Known hotspot at this residue, e.g. BRAF V600", nullable=True),
        Column("caller", _TEXT, "Who called it: oncoloom, or the tool of an imported file"),
    ),
    sort_by=("patient_id", "sample_id", "chrom", "pos", "ref", "alt"),
)  # fmt: skip

SEGMENTS_TABLE = TableSchema(
    name="segments",
    version=2,
    description="Copy-number segments; coordinates 0-based half-open.",
    columns=(
        Column("patient_id", _TEXT, "Patient"),
        Column("sample_id", _TEXT, "Tumor sample"),
        Column("chrom", _TEXT, "Contig"),
        Column("start", pl.Int64(), "0-based start", "bp", legal=(0, 1e10)),
        Column("end", pl.Int64(), "End, exclusive", "bp", legal=(0, 1e10)),
        Column("n_bins", _INT, "Bins in the segment", nullable=True, legal=(0, 1e9)),
        Column("log2", _FLOAT, "Log2 copy ratio", nullable=True),
        Column("log2_lower", _FLOAT, "Lower 95 % limit of log2", nullable=True),
        Column("log2_upper", _FLOAT, "Upper 95 % limit of log2", nullable=True),
        Column("n_hets", _INT, "Germline heterozygous sites in the segment", nullable=True, legal=(0, 1e9)),
        Column("baf", _FLOAT, "Mirrored B-allele fraction", "fraction", nullable=True, legal=(0, 0.5)),
        Column("baf_lower", _FLOAT, "Lower 95 % limit of baf", "fraction", nullable=True, legal=(0, 0.5)),
        Column("baf_upper", _FLOAT, "Upper 95 % limit of baf", "fraction", nullable=True, legal=(0, 0.5)),
        Column("copies", _FLOAT, "Total copies as measured, not rounded", "copies", nullable=True, legal=(0, 10_000)),
        Column("total_cn", _FLOAT, "Total copies", "copies", nullable=True, legal=(0, 10_000)),
        Column("minor_cn", _FLOAT, "Minor copies", "copies", nullable=True, legal=(0, 10_000)),
        Column("subclonal", pl.Boolean(), "Fits no whole copies: in a part of the tumor cells", nullable=True),
        Column("gene", _TEXT, "Genes of interest inside, joined by `,`", nullable=True),
        Column("caller", _TEXT, "oncoloom, or the tool of an imported file"),
    ),
    sort_by=("patient_id", "sample_id", "chrom", "start"),
)  # fmt: skip

ASSESSABILITY_TABLE = TableSchema(
    name="assessability",
    version=2,
    description="Patient × gene × alteration class: what was seen, and what could not be.",
    columns=(
        Column("patient_id", _TEXT, "Patient"),
        Column("sample_id", _TEXT, "Tumor sample"),
        Column("gene", _TEXT, "HGNC symbol"),
        Column("alteration_class", _TEXT, "Kind of alteration", allowed=("small variant", "amplification", "deep deletion", "fusion", "exon skipping", "expression", "promoter")),
        Column("state", _TEXT, "Verdict", allowed=("detected", "not detected", "not assessable", "not tested")),
        Column("cause", _TEXT, "Why not assessable or not tested, in one sentence", nullable=True),
        Column("covered_fraction", _FLOAT, "Share of the bases that decide (coding, introns, splice flanks) with enough depth", "fraction", nullable=True, legal=(0, 1)),
        Column("detection_limit_af", _FLOAT, "Allele fraction found with 95 % power", "fraction", nullable=True, legal=(0, 1)),
    ),
    sort_by=("patient_id", "sample_id", "gene", "alteration_class"),
)  # fmt: skip

COVERAGE_TABLE = TableSchema(
    name="coverage",
    version=1,
    description="Coverage of every assessed gene's coding bases and of every target of the assay.",
    columns=(
        Column("patient_id", _TEXT, "Patient"),
        Column("sample_id", _TEXT, "Tumor sample"),
        Column("role", _TEXT, "Which of the patient's samples", allowed=("tumor", "normal")),
        Column("kind", _TEXT, "What is covered", allowed=("gene", "target")),
        Column("name", _TEXT, "HGNC symbol, or contig:first-last (1-based) of the target"),
        Column("bases", pl.Int64(), "Bases of it", "bp", legal=(1, 1e10)),
        Column("mean_depth", _FLOAT, "Mean fragments over it, from the caller's bins", "fragments", nullable=True, legal=(0, 1e7)),
        Column("callable_fraction", _FLOAT, "Share with enough depth in all samples of the patient", "fraction", nullable=True, legal=(0, 1)),
    ),
    sort_by=("patient_id", "sample_id", "role", "kind", "name"),
)  # fmt: skip

HOTSPOTS_TABLE = TableSchema(
    name="hotspots",
    version=1,
    description="Alleles that were genotyped because they were asked for (known hotspots), seen or not.",
    columns=(
        Column("patient_id", _TEXT, "Patient"),
        Column("sample_id", _TEXT, "Tumor sample"),
        Column("chrom", _TEXT, "Contig"),
        Column("pos", pl.Int64(), "Position of the first base of `ref`, 1-based"),
        Column("ref", _TEXT, "Reference allele, left-aligned"),
        Column("alt", _TEXT, "Alternative allele"),
        Column("gene", _TEXT, "HGNC symbol", nullable=True),
        Column("hotspot", _TEXT, "Known hotspot at this residue, e.g. BRAF V600", nullable=True),
        Column("hgvs_p_short", _TEXT, "Protein change, one-letter, e.g. p.V600E", nullable=True),
        Column("state", _TEXT, "Verdict", allowed=("detected", "marked", "not detected", "not covered")),
        Column("depth", _INT, "Tumor fragments over the site", "fragments", legal=(0, 10_000_000)),
        Column("alt_count", _INT, "Tumor fragments with the allele", "fragments", legal=(0, 10_000_000)),
        Column("needed", _INT, "Fragments with the allele from which on it would pass", "fragments", nullable=True, legal=(0, 10_000_000)),
        Column("limit_af", _FLOAT, "Allele fraction found with 95 % power at this depth", "fraction", nullable=True, legal=(0, 1)),
        Column("filters", _TEXT, "PASS, or filter names joined by `;`"),
        Column("posterior", _FLOAT, "Probability that the call is real", nullable=True, legal=(0, 1)),
    ),
    sort_by=("patient_id", "sample_id", "chrom", "pos", "ref", "alt"),
)  # fmt: skip
