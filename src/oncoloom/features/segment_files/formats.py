"""Layouts of other tools' segment files: what a column is called, and what its level means."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SegmentFormat:
    """Column names of one tool's file; several spellings of a name are tried in order.

    Parameters
    ----------
    level
        The relative copy level; `scale` says in what unit, `scale_is_usual` that users change it (seg files
        are mostly log2, and sometimes log10 or copies).
    alleles
        Copies of the two alleles.
    """

    chrom: tuple[str, ...]
    start: tuple[str, ...]
    end: tuple[str, ...]
    sample: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    total: tuple[str, ...] = ()
    minor: tuple[str, ...] = ()
    alleles: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    baf: tuple[str, ...] = ()
    baf_sites: tuple[str, ...] = ()
    bins: tuple[str, ...] = ()
    gene: tuple[str, ...] = ()
    one_based: bool = True
    numbered_sex: bool = False
    scale: str = "log2"
    scale_is_usual: bool = False

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of the columns that say how many copies there are; a file needs one of them."""
        return (*self.level, *self.total, *self.alleles[0])


FORMATS: dict[str, SegmentFormat] = {
    "cnvkit": SegmentFormat(
        ("chromosome",), ("start",), ("end",), level=("log2",), total=("cn",), alleles=(("cn1",), ("cn2",)),
        baf=("baf",), bins=("probes",), gene=("gene",), one_based=False,
    ),
    "purecn": SegmentFormat(
        ("chrom", "chr"), ("loc.start", "start"), ("loc.end", "end"), ("ID", "Sampleid"), ("seg.mean",),
        ("C",), ("M",), bins=("num.mark",), gene=("gene.symbol",), numbered_sex=True,
    ),
    "ascat": SegmentFormat(
        ("chr", "chromosome"), ("startpos", "start"), ("endpos", "end"), ("sample",),
        alleles=(("nMajor",), ("nMinor",)), numbered_sex=True,
    ),
    "purple": SegmentFormat(
        ("chromosome",), ("start",), ("end",), total=("copyNumber",), minor=("minorAlleleCopyNumber",),
        baf=("observedBAF", "baf"), baf_sites=("bafCount",), bins=("depthWindowCount",),
    ),
    "seg": SegmentFormat(
        ("chrom", "chromosome", "chr"),
        ("loc.start", "start", "start.bp", "start position", "start_position"),
        ("loc.end", "end", "end.bp", "end position", "end_position"),
        ("ID", "sample", "tumor_sample_barcode"), ("seg.mean", "segment_mean", "seg.cn", "mean"),
        bins=("num.mark", "num_probes", "num_markers", "num.markers", "num markers"), numbered_sex=True,
        scale_is_usual=True,
    ),
    "scarhrd": SegmentFormat(
        ("Chromosome",), ("Start_position", "Start"), ("End_position", "End"), ("SampleID",),
        total=("total_cn",), alleles=(("A_cn",), ("B_cn",)), numbered_sex=True,
    ),
    "facets": SegmentFormat(
        ("chrom",), ("loc.start", "start"), ("loc.end", "end"), ("ID", "sample"), ("cnlr.median",),
        ("tcn.em", "tcn"), ("lcn.em", "lcn"), bins=("num.mark",), numbered_sex=True,
    ),
    "sequenza": SegmentFormat(
        ("chromosome",), ("start.pos",), ("end.pos",), ("sample",), ("depth.ratio",), ("CNt",),
        alleles=(("A",), ("B",)), baf=("Bf",), baf_sites=("N.BAF",), bins=("N.ratio",), scale="ratio",
    ),
    "gatk": SegmentFormat(
        ("CONTIG",), ("START",), ("END",), level=("MEAN_LOG2_COPY_RATIO", "LOG2_COPY_RATIO_POSTERIOR_50"),
        baf=("MINOR_ALLELE_FRACTION_POSTERIOR_50",), bins=("NUM_POINTS_COPY_RATIO",),
    ),
}  # fmt: skip
