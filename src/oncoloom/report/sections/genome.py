"""Copy number over the genome."""

from oncoloom.features.schema import missing_reason_column
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import Finding, Genome, Segment
from oncoloom.report.words import count, listed, percent, sentence


def build_genome(inputs: ReportInputs, findings: tuple[Finding, ...]) -> Genome:
    """Segments with their unit: copies where purity was fitted, else log2 ratio; or why none."""
    frame = inputs.segments
    purity = inputs.features.get("purity")
    notes = tuple(sentence(note) for note in inputs.notes)
    if frame.is_empty():
        reason = inputs.features.get(missing_reason_column("fraction_genome_altered")) or inputs.features.get(
            missing_reason_column("purity")
        )
        text = sentence(f"No copy-number segments: {reason or 'none were given'}")
        return Genome(available=False, text=text, notes=notes)
    unit = "copies" if frame["total_cn"].is_not_null().any() else "log2"
    marked = tuple(
        sorted({row.gene for row in findings if row.alteration_class in ("amplification", "deep deletion")})
    )
    segments = tuple(
        Segment(
            chrom=row["chrom"],
            start=row["start"],
            end=row["end"],
            copies=row["total_cn"],
            log2=row["log2"],
            baf=row["baf"],
            genes=tuple(name.strip() for name in (row["gene"] or "").split(",") if name.strip()),
        )
        for row in frame.iter_rows(named=True)
    )
    return Genome(
        available=True,
        text=_summary(inputs, unit),
        alt=_alt(segments, marked, unit),
        unit=unit,
        segments=segments,
        marked_genes=marked,
        purity=purity,
        notes=notes,
    )


def _summary(inputs: ReportInputs, unit: str) -> str:
    row = inputs.features
    if row["purity"] is None:
        reason = row[missing_reason_column("purity")] or "reason not recorded"
        return f"Purity: {reason}"
    ploidy = f", ploidy {row['ploidy']:.1f}" if row["ploidy"] is not None else ""
    return f"Purity {percent(row['purity'])}{ploidy}" + (
        "" if unit == "copies" else ", relative copy number only"
    )


def _alt(segments: tuple[Segment, ...], marked: tuple[str, ...], unit: str) -> str:
    level = 2.0 if unit == "copies" else 0.0
    values = [segment.copies if unit == "copies" else segment.log2 for segment in segments]
    step = 0.5 if unit == "copies" else 0.3
    gains = sum(value is not None and value > level + step for value in values)
    losses = sum(value is not None and value < level - step for value in values)
    named = f", with {listed(marked)} marked" if marked else ""
    above, below = count(gains, "segment"), count(losses, "segment")
    return f"Copy number: {above} above and {below} below the normal level{named}."
