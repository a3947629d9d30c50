"""The page of `oncoloom evidence --html`: one file with the strip, the verdicts and the counts."""

from pathlib import Path
from typing import Any

from oncoloom.calling.look.model import STATES, LocusLook, probability
from oncoloom.calling.look.text import look_text
from oncoloom.files import write_text
from oncoloom.report.html import drawn, render
from oncoloom.report.plots.pileup import LEGEND, pileup_strip
from oncoloom.report.strip import strip_of

MOST_ROWS = 60
_NOTICE = "Reads of one patient. Research use. Not a medical device."


def write_evidence_page(look: LocusLook, path: Path) -> None:
    """Write the page; nothing in it is loaded from elsewhere."""
    write_text(path, evidence_page(look))


def evidence_page(look: LocusLook) -> str:
    """The page as HTML: strip, what became of each allele, counts, and the text pile-up below."""
    value = look.as_dict()
    strip = strip_of(value, most=MOST_ROWS)
    return render(
        "evidence.html.j2",
        notice=_NOTICE,
        title=f"Evidence: {look.locus}",
        locus=look.locus,
        strip=drawn(pileup_strip(strip)),
        legend=LEGEND,
        place=_place(look),
        notes=look.notes,
        alleles=[_allele(one) for one in look.alleles],
        neighbors=[
            {
                "place": f"{one.pos:,}",
                "change": f"{one.ref}>{one.alt}",
                "state": STATES[one.state],
                "filters": ", ".join(name for name in one.filters if name != "PASS"),
                "af": "–" if one.af is None else f"{one.af:.3g}",
            }
            for one in look.neighbors
        ],
        text=look_text(look),
    )


def _place(look: LocusLook) -> list[tuple[str, str]]:
    within = {True: "within", False: "outside", None: "not given"}[look.in_targets]
    rows = [
        ("Place", f"{look.contig}:{look.start:,}" + (f"–{look.end:,}" if look.end > look.start else "")),
        ("Targets", within),
        ("Callable", f"{look.callable_bases} of {look.end - look.start + 1} bases"),
    ]
    for role, sample in look.samples.items():
        low, high = sample.depth
        depth = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        rows.append((f"Depth, {role}", f"{depth} fragments; callable from {sample.least_depth}"))
        bases = ", ".join(f"{name} {n:,}" for name, n in sample.bases.items())
        rows.append((f"Reads by base, {role}", bases or "none"))
    return rows


def _allele(one: Any) -> dict[str, Any]:
    marks = [name for name in one.filters if name != "PASS"]
    return {
        "name": f"{one.pos:,} {one.name}",
        "state": STATES[one.state] + (f": {', '.join(marks)}" if marks else ""),
        "reasons": one.reasons,
        "posteriors": ", ".join(
            f"{name.replace('_', ' ')} {probability(value)}" for name, value in one.posterior.items()
        ),
        "counts": [
            {
                "role": role,
                "alt": f"{count.alt:,} of {count.depth:,}",
                "af": "–" if count.af is None else f"{count.af:.3g}",
                "strands": f"{count.forward} / {count.reverse}",
                "orientations": f"{count.f1r2} / {count.f2r1}",
                "quality": "–"
                if count.base_quality is None
                else "{0}–{2}, median {1}".format(*count.base_quality),
                "mapq": "–" if count.mapq is None else f"{count.mapq:g}",
                "distance": "–" if count.end_distance is None else f"{count.end_distance}",
                "discordant": f"{count.discordant}",
            }
            for role, count in one.counts.items()
        ],
    }
