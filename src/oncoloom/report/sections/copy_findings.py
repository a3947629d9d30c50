"""Copy-number findings: amplified oncogenes and deeply deleted suppressors, neighbors as one finding."""

from typing import Any

import polars as pl

from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import Figure, Finding
from oncoloom.report.sections.driver_reasons import NOT_LOADED, driver_reason, short_reason
from oncoloom.report.words import listed, number

COPY_CLASSES = ("amplification", "deep deletion")
NEIGHBORS_BP = 5_000_000  # genes of one copy class nearer than this are one finding: one amplicon
NAMED_NEIGHBORS = 3


def copy_findings(inputs: ReportInputs) -> list[Finding]:
    """A finding an amplicon or deletion, amplifications first, those of most copies before others."""
    found = inputs.drivers.filter(pl.col("alteration_class").is_in(list(COPY_CLASSES)))
    out: list[Finding] = []
    for kind in COPY_CLASSES:
        rows = found.filter(pl.col("alteration_class") == kind).sort("chrom", "pos", "gene").to_dicts()
        out += [_copy_finding(group, inputs) for group in _neighbors(rows)]
    return sorted(out, key=lambda one: (one.alteration_class, -(one.copies or 0), one.name))


def _neighbors(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Genes beside each other on one contig, in groups."""
    groups: list[list[dict[str, Any]]] = []
    for row in rows:
        last = groups[-1][-1] if groups else None
        near = (
            last is not None
            and row["pos"] is not None
            and last["pos"] is not None
            and (last["chrom"], row["pos"] - last["pos"] <= NEIGHBORS_BP) == (row["chrom"], True)
        )
        if near:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _copy_finding(rows: list[dict[str, Any]], inputs: ReportInputs) -> Finding:
    """The finding of one amplicon or deletion, told by its gene of most (fewest) copies."""
    kind = rows[0]["alteration_class"]
    sign = -1 if kind == "amplification" else 1
    first = min(rows, key=lambda row: (sign * (row["log2"] or 0.0), row["gene"]))
    others = [row["gene"] for row in rows if row is not first]
    named = listed([first["gene"], *others[:NAMED_NEIGHBORS]])
    more = f" and {len(others) - NAMED_NEIGHBORS} more" if len(others) > NAMED_NEIGHBORS else ""
    segment = _segment_of(first, inputs.segments)
    reason = driver_reason(first)
    why, why_detail = short_reason(first, None)
    size = f"{_size(segment['end'] - segment['start'])} segment" if segment else ""
    return Finding(
        tier=None,
        gene=first["gene"],
        name=f"{named}{more} {kind}",
        detail=" · ".join(part for part in (_copies_text(first), size) if part),
        alteration_class=kind,
        copies=first["copies"],
        figures=(*_copy_figures(first), *_segment_figures(segment), *_all_genes(rows)),
        because=reason.text,
        driver=reason,
        why=why,
        why_detail=why_detail,
        therapies=(NOT_LOADED,),
    )


def _all_genes(rows: list[dict[str, Any]]) -> tuple[Figure, ...]:
    if len(rows) == 1:
        return ()
    words = [row["gene"] + (f" {row['copies']:.0f}" if row["copies"] is not None else "") for row in rows]
    return (Figure(label="Genes and copies", text=listed(words)),)


def _size(bases: int) -> str:
    return f"{number(bases / 1e6)} Mb" if bases >= 100_000 else f"{number(bases / 1e3)} kb"


def _segment_of(row: dict[str, Any], segments: pl.DataFrame) -> dict[str, Any] | None:
    for segment in segments.iter_rows(named=True):
        if row["gene"] in {name.strip() for name in (segment["gene"] or "").split(",")}:
            return segment
    if row["chrom"] is None:
        return None
    over = segments.filter(
        (pl.col("chrom") == row["chrom"]) & (pl.col("start") < row["pos"]) & (pl.col("end") >= row["pos"])
    )
    return over.row(0, named=True) if over.height else None


def _copies_text(row: dict[str, Any]) -> str:
    if row["copies"] is not None:
        return f"{row['copies']:.0f} copies"
    return f"log2 ratio {row['log2']:.2f}" if row["log2"] is not None else ""


def _copy_figures(row: dict[str, Any]) -> tuple[Figure, ...]:
    if row["copies"] is None:
        return ()
    low, high = row["copies_lower"], row["copies_upper"]
    limits = "" if low is None or high is None else f" ({low:.1f}–{high:.1f})"
    return (Figure(label="Copies", text=f"{row['copies']:.1f}{limits}"),)


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
