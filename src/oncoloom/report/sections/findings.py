"""Findings: driver alterations with the figures they rest on.

Until a knowledge base is loaded no tier and no therapy is given, and the page says so; nothing is invented.
"""

from typing import Any

import polars as pl

from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import Figure, Finding, Findings, Sentence, TherapyEvidence
from oncoloom.report.words import count, fraction, fraction_interval, listed, number, sentence
from oncoloom.shares import wilson_interval

NOT_LOADED = TherapyEvidence(
    therapy="not looked up",
    direction="not looked up",
    detail="no therapy evidence loaded",
    evidence="none loaded",
    evidence_detail="no knowledge base",
)
NOTE = "no knowledge base loaded: no tiers"
_COPY_CLASSES = ("amplification", "deep deletion")


def build_findings(inputs: ReportInputs) -> Findings:
    """Drivers that passed, amplifications and deep deletions, or the sentence that says why there is none."""
    rows = (*_small(inputs), *_copy_number(inputs), *_imported(inputs))
    marked = _filtered_hotspots(inputs.variants)
    if rows:
        return Findings(heading="Act on", note=NOTE, rows=rows, filtered_hotspots=marked)
    heading, text = _none(inputs)
    return Findings(heading=heading, note="", text=text, filtered_hotspots=marked)


def somatic(variants: pl.DataFrame) -> pl.DataFrame:
    """Variants that are not germline: germline findings need consent, which no input records yet."""
    return variants.filter(pl.col("origin") != "germline")


def passed(variants: pl.DataFrame) -> pl.DataFrame:
    """Somatic variants that passed; those of a file that was never filtered count as unfiltered, and stay."""
    return somatic(variants).filter(pl.col("filters").is_in(["PASS", "not filtered"]))


def n_of_unknown_origin(variants: pl.DataFrame) -> int:
    """Variants that passed of which no normal tells whether they are somatic: they are not called somatic."""
    return passed(variants).filter(pl.col("origin") == "unknown").height


def change_of(row: dict[str, Any]) -> str:
    """The shortest true name of a change: protein, coding, consequence, or place."""
    for key in ("hgvs_p_short", "hgvs_c"):
        if row[key]:
            return str(row[key])
    if row["consequence"]:
        return str(row["consequence"]).split("&")[0].replace("_", " ")
    return place_of(row)


def place_of(row: dict[str, Any]) -> str:
    """``7:55,191,822 T>G``, or empty where the source gave no place."""
    if row["chrom"] is None or row["pos"] is None:
        return ""
    alleles = f" {_short(row['ref'])}>{_short(row['alt'])}" if row["ref"] and row["alt"] else ""
    return f"{row['chrom']}:{row['pos']:,}{alleles}"


def _short(allele: str) -> str:
    return allele if len(allele) <= 8 else f"{allele[:4]}…({len(allele)})"


def _small(inputs: ReportInputs) -> list[Finding]:
    drivers = passed(inputs.variants).filter(pl.col("driver"))
    ordered = drivers.sort(
        [pl.col("hotspot").is_null(), pl.col("af").fill_null(0).neg(), "gene", "pos"], maintain_order=True
    )
    return [_small_finding(row, inputs) for row in ordered.iter_rows(named=True)]


def _small_finding(row: dict[str, Any], inputs: ReportInputs) -> Finding:
    low, high = _limits(row)
    change = change_of(row)
    rule = sentence(_because(row))
    return Finding(
        tier=None,
        gene=row["gene"] or "",
        name=f"{row['gene'] or 'no gene'} {change}",
        detail=_af_text(row, low, high),
        alteration_class="small variant",
        allele_fraction=row["af"],
        allele_fraction_lower=low,
        allele_fraction_upper=high,
        figures=_figures(row, low, high, inputs),
        because=rule,
        why=_why(row),
        why_detail=f"normal {_counts(row['normal_alt_count'], row['normal_depth'])}",
        therapies=(NOT_LOADED,),
    )


def _limits(row: dict[str, Any]) -> tuple[float | None, float | None]:
    if row["alt_count"] is None or not row["depth"]:
        return None, None
    return wilson_interval(min(row["alt_count"], row["depth"]), row["depth"])


def _af_text(row: dict[str, Any], low: float | None, high: float | None) -> str:
    if row["af"] is None:
        return "allele fraction not given"
    parts = [f"AF {fraction_interval(row['af'], low, high)}"]
    if row["alt_count"] is not None and row["depth"]:
        parts.append(f"{row['alt_count']:,} of {row['depth']:,}")
    if row["filters"] == "not filtered":
        parts.append("not filtered")
    return " · ".join(parts)


def _because(row: dict[str, Any]) -> str:
    if row["hotspot"]:
        return f"known hotspot {row['hotspot']}"
    rule = (row["driver_rule"] or "").replace("_", " ").replace(":", ": ")
    return f"driver by rule: {rule}" if rule else "driver by rule"


def _why(row: dict[str, Any]) -> str:
    """The rule in a few words: the residue of a hotspot, or the consequence."""
    if row["hotspot"]:
        return f"hotspot {row['hotspot'].removeprefix(row['gene'] or '').strip()}"
    consequence = (row["consequence"] or "driver by rule").split("&")[0]
    return str(consequence).removesuffix("_variant").replace("_", " ")


def _figures(
    row: dict[str, Any], low: float | None, high: float | None, inputs: ReportInputs
) -> tuple[Figure, ...]:
    pairs = [
        (
            "Allele fraction",
            fraction_interval(row["af"], low, high) if row["af"] is not None else "not given",
        ),
        ("Tumor fragments", _counts(row["alt_count"], row["depth"])),
        ("Normal fragments", _counts(row["normal_alt_count"], row["normal_depth"])),
        ("Consequence", (row["consequence"] or "not known").replace("_", " ").replace("&", ", ")),
        ("Coding change", row["hgvs_c"] or "not known"),
        ("Transcript", row["transcript"] or "not known"),
        ("Place", place_of(row) or "not given"),
        ("Tumor cells", _cells(row["cancer_cell_fraction"])),
        ("Posterior", posterior_text(row["posterior"])),
        ("Filters", row["filters"]),
        ("Caller", row["caller"]),
        ("Reference", inputs.config.reference.genome_build),
    ]
    return tuple(Figure(label=label, text=text) for label, text in pairs)


def _counts(alt: int | None, depth: int | None) -> str:
    if depth is None:
        return "not given"
    return f"{alt if alt is not None else '?'} of {depth:,}"


def _cells(value: float | None) -> str:
    return "not estimated" if value is None else f"{fraction(value)} of tumor cells"


def posterior_text(value: float | None) -> str:
    """A posterior probability; what rounds to one is said as a bound."""
    if value is None:
        return "not given"
    return "> 0.9999" if value > 0.9999 else f"{value:.4f}"


def _copy_number(inputs: ReportInputs) -> list[Finding]:
    found = inputs.assessability.filter(
        (pl.col("state") == "detected") & pl.col("alteration_class").is_in(list(_COPY_CLASSES))
    )
    rows = []
    for row in found.sort("gene", "alteration_class").iter_rows(named=True):
        segment = _segment_of(row["gene"], inputs.segments)
        copies = segment["total_cn"] if segment else None
        size = f"{_size(segment['end'] - segment['start'])} segment" if segment else ""
        detail = " · ".join(part for part in (_copies_text(segment), size) if part) or (row["cause"] or "")
        rows.append(
            Finding(
                tier=None,
                gene=row["gene"],
                name=f"{row['gene']} {row['alteration_class']}",
                detail=detail,
                alteration_class=row["alteration_class"],
                copies=copies,
                figures=_segment_figures(segment),
                because=_copy_rule(row["alteration_class"], inputs),
                why=_copy_rule(row["alteration_class"], inputs).rstrip("."),
                why_detail="by copy number",
                therapies=(NOT_LOADED,),
            )
        )
    return rows


def _size(bases: int) -> str:
    return f"{number(bases / 1e6)} Mb" if bases >= 100_000 else f"{number(bases / 1e3)} kb"


def _copy_rule(alteration_class: str, inputs: ReportInputs) -> str:
    if alteration_class == "amplification":
        return f"Copies at or above {inputs.config.features.amplification_min_copies:g}."
    return "No copy left."


def _segment_of(gene: str, segments: pl.DataFrame) -> dict[str, Any] | None:
    for row in segments.iter_rows(named=True):
        if gene in {name.strip() for name in (row["gene"] or "").split(",")}:
            return row
    return None


def _copies_text(segment: dict[str, Any] | None) -> str:
    if segment is None:
        return ""
    if segment["total_cn"] is not None:
        return f"{segment['total_cn']:.0f} copies"
    return f"log2 ratio {segment['log2']:.2f}" if segment["log2"] is not None else ""


def _segment_figures(segment: dict[str, Any] | None) -> tuple[Figure, ...]:
    if segment is None:
        return ()
    out = [Figure(label="Segment", text=f"{segment['chrom']}:{segment['start'] + 1:,}–{segment['end']:,}")]
    if segment["log2"] is not None:
        limits = (segment["log2_lower"], segment["log2_upper"])
        shown = "" if None in limits else f" ({limits[0]:.2f} to {limits[1]:.2f})"
        out.append(Figure(label="log2 ratio", text=f"{segment['log2']:.2f}{shown}"))
    if segment["n_bins"] is not None:
        out.append(Figure(label="Bins", text=f"{segment['n_bins']:,}"))
    return tuple(out)


def _imported(inputs: ReportInputs) -> list[Finding]:
    """Fusions, exon skipping and expression come by import; their verdict row is all there is to say."""
    found = inputs.assessability.filter(
        (pl.col("state") == "detected") & ~pl.col("alteration_class").is_in(["small variant", *_COPY_CLASSES])
    )
    return [
        Finding(
            tier=None,
            gene=row["gene"],
            name=f"{row['gene']} {row['alteration_class']}",
            detail=row["cause"] or "",
            alteration_class=row["alteration_class"],
            because="Imported finding.",
            why="imported",
            therapies=(NOT_LOADED,),
        )
        for row in found.sort("gene", "alteration_class").iter_rows(named=True)
    ]


def _filtered_hotspots(variants: pl.DataFrame) -> tuple[Sentence, ...]:
    """A known hotspot that a filter marked stays listed, with its reason."""
    marked = somatic(variants).filter(
        pl.col("hotspot").is_not_null() & ~pl.col("filters").is_in(["PASS", "not filtered"])
    )
    return tuple(
        Sentence(
            lead=f"{row['gene'] or ''} {change_of(row)}".strip(),
            text=f"{_counts(row['alt_count'], row['depth'])} fragments, "
            f"marked by {filter_words(row['filters'])}.",
        )
        for row in marked.sort("gene", "pos").iter_rows(named=True)
    )


def filter_words(filters: str) -> str:
    """Filter names as words: ``strand bias, weak evidence``."""
    return filters.replace(";", ", ").replace("_", " ")


def _none(inputs: ReportInputs) -> tuple[str, str]:
    seen = inputs.assessability.filter(pl.col("state").is_in(["detected", "not detected"]))
    n_called = len(passed(inputs.variants))
    noun = "variant" if n_of_unknown_origin(inputs.variants) else "somatic variant"
    found = count(n_called, f"{noun} was", f"{noun}s were")
    called = f"{found} found, none a driver by rule." if n_called else "Somatic variants: none found."
    if len(seen) == 0:
        return "Nothing actionable could be assessed", f"{_why_unassessed(inputs)} {called}"
    return "No finding to act on", called


def _why_unassessed(inputs: ReportInputs) -> str:
    if inputs.assessability.is_empty():
        if inputs.config.reference.gff is None:
            return "No gene models were given, so no gene could be told."
        return "No cancer gene lies in the assayed region."
    causes = inputs.assessability["cause"].drop_nulls().value_counts(sort=True)["cause"].to_list()
    return sentence(listed(causes[:1]) or "No gene could be assessed")
