"""Copy number over the genome."""

from collections.abc import Iterable
from typing import Any

from oncoloom.features.schema import missing_reason_column
from oncoloom.report.genome_model import Dots, Genome, Segment
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import Finding
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
    dots = inputs.copy_number.get("dots", {})
    unit = "copies" if frame["total_cn"].is_not_null().any() else "log2"
    marked = tuple(
        sorted({row.gene for row in findings if row.alteration_class in ("amplification", "deep deletion")})
    )
    segments = tuple(
        Segment(
            chrom=row["chrom"],
            start=row["start"],
            end=row["end"],
            copies=row["copies"] if row["copies"] is not None else row["total_cn"],
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
        bins=_dots(dots.get("bins", ())) if dots.get("unit") == unit else (),
        hets=_dots(dots.get("hets", ())),
        notes=notes,
    )


def _dots(parts: Iterable[dict[str, Any]]) -> tuple[Dots, ...]:
    return tuple(Dots(chrom=one["chrom"], at=tuple(one["at"]), value=tuple(one["value"])) for one in parts)


def _next_best(inputs: ReportInputs) -> str:
    """The solution that fits second best, or the other reading of a genome too quiet to fit."""
    readings = inputs.copy_number.get("readings", ())
    if inputs.copy_number.get("doubling_untold") and inputs.features["purity"] is not None:
        other, sets = readings[1], {2: "not doubled", 4: "doubled"}
        return f" if {sets[readings[0]['copies']]}; {percent(other['purity'])} if {sets[other['copies']]}"
    solutions = inputs.copy_number.get("solutions", ())
    if len(solutions) < 2 or inputs.features["ploidy"] is None:
        return ""
    return f"; next best {percent(solutions[1]['purity'])}, {solutions[1]['ploidy']:.1f}"


def _summary(inputs: ReportInputs, unit: str) -> str:
    row = inputs.features
    if row["purity"] is None:
        reason = row[missing_reason_column("purity")] or "reason not recorded"
        return f"Purity: {reason}"
    ploidy = f", ploidy {row['ploidy']:.1f}" if row["ploidy"] is not None else ""
    low, high = row["purity_lower"], row["purity_upper"]
    limits = f" ({100 * low:.0f}–{100 * high:.0f})" if low is not None and high is not None else ""
    doubled = ", genome doubled" if row["genome_doubled"] else ""
    relative = "" if unit == "copies" else ", relative copy number only"
    return f"Purity {percent(row['purity'])}{limits}{ploidy}{doubled}{_next_best(inputs)}{relative}"


def _alt(segments: tuple[Segment, ...], marked: tuple[str, ...], unit: str) -> str:
    level, step = (2.0, 0.5) if unit == "copies" else (0.0, 0.3)
    known = [
        (value - level, segment)
        for segment in segments
        if (value := segment.copies if unit == "copies" else segment.log2) is not None
    ]
    gains = sorted((one for one in known if one[0] > step), key=lambda one: -one[0])
    losses = sorted((one for one in known if one[0] < -step), key=lambda one: one[0])
    named = f"; {listed(marked)} marked" if marked else ""
    above, below = _outside(gains, "above", unit), _outside(losses, "below", unit)
    return f"Copy number: {above}, {below} the normal level{named}."


def _outside(found: list[tuple[float, Segment]], side: str, unit: str) -> str:
    """``2 segments above (MET at 9 copies, chromosome 7 at 4 copies)``: how many, and the farthest two."""
    words = []
    for _, segment in found[:2]:
        value = count(round(segment.copies or 0), "copy", "copies") if unit == "copies" else ""
        name = " and ".join(segment.genes[:2]) or f"chromosome {segment.chrom.removeprefix('chr')}"
        words.append(f"{name} at {value or f'log2 {segment.log2:+.1f}'}")
    shown = f" ({', '.join(words)})" if words else ""
    return f"{count(len(found), 'segment')} {side}{shown}"
