"""Where a gene's changes lie: known recurrent residues in grey, this patient's in ink with their names."""

from math import log10

from oncoloom.report.change_model import ChangedGene, FoundChange
from oncoloom.report.svg import Drawing

WIDTH, TOP, STEM_PX, BAR_PX, FOOT_PX = 658.0, 4.0, 44.0, 7.0, 20.0
LINE_PX, NAME_PX, COUNT_PX, GAP_PX = 14.0, 7.8, 6.8, 8.0
MOST_TUMORS = 1000.0  # stems of residues seen in so many tumors or more are of full height


def lollipop(gene: ChangedGene) -> Drawing:
    """The protein as a bar from its first to its last residue; stems grow with the logarithm of the tumors.

    Names of the patient's changes stand above in as many lines as they need, each over its stem.
    """
    residues = [*(one.residue for one in gene.known), *(one.residue for one in gene.found)]
    last = max(gene.length or 0, *residues)
    places = [WIDTH * (one.residue - 1) / max(1, last - 1) for one in gene.found]
    rows, lefts = _rows(places, [_label_px(one) for one in gene.found])
    names_px = LINE_PX * (max(rows) + 1)
    bar = TOP + names_px + STEM_PX
    drawing = Drawing(WIDTH, bar + BAR_PX + FOOT_PX, _alt(gene))
    for known in gene.known:
        x = WIDTH * (known.residue - 1) / max(1, last - 1)
        y = bar - 6 - (STEM_PX - 12) * min(1.0, log10(max(1, known.n_tumors)) / log10(MOST_TUMORS))
        drawing.line(x, bar, x, y, "s-mid")
        drawing.circle(min(max(x, 2), WIDTH - 2), y, 2, "f-mid")
    drawing.rect(0, bar, WIDTH, BAR_PX, "f-band")
    for x, row in zip(places, rows, strict=True):
        drawing.line(x, bar + BAR_PX, x, TOP + 14 + LINE_PX * row, "s-ink", 1.4)
        drawing.circle(min(max(x, 4), WIDTH - 4), bar - STEM_PX + 4, 4, "f-ink")
    for one, row, left in zip(gene.found, rows, lefts, strict=True):  # over the stems, which would cross them
        baseline = TOP + 10 + LINE_PX * row
        drawing.text(left, baseline, one.name, "t ti b", halo=True)
        drawing.text(left + NAME_PX * len(one.name) + 6, baseline, _tumors(one), "t", halo=True)
    foot = bar + BAR_PX + 14
    drawing.text(0, foot, "1", "t")
    words = f"{last:,} residues" if gene.length else f"residue {last:,}, length not known"
    drawing.text(WIDTH, foot, words, "t", "end")
    return drawing


def _tumors(one: FoundChange) -> str:
    return f"{one.n_tumors:,} tumors" if one.n_tumors else ""


def _label_px(one: FoundChange) -> float:
    return NAME_PX * len(one.name) + 6 + COUNT_PX * len(_tumors(one))


def _rows(places: list[float], widths: list[float]) -> tuple[list[int], list[float]]:
    """Line (0 on top) and left edge of each label, so that none meets another or the page's edge.

    A label stands in the lowest line in which it is free; those to the right of it are placed later.
    """
    ends: list[float] = []
    lines, lefts = [], []
    for x, width in zip(places, widths, strict=True):
        left = min(max(0.0, x - width / 2), WIDTH - width)
        line = next((at for at, end in enumerate(ends) if end + GAP_PX <= left), len(ends))
        if line == len(ends):
            ends.append(0.0)
        ends[line] = left + width
        lines.append(line)
        lefts.append(left)
    most = len(ends) - 1
    return [most - line for line in lines], lefts


def _alt(gene: ChangedGene) -> str:
    named = ", ".join(
        f"{one.name} ({one.n_tumors:,} tumors have this residue changed)" if one.n_tumors else one.name
        for one in gene.found
    )
    length = f" of {gene.length:,} residues" if gene.length else ""
    return f"{gene.gene}{length}: {named}."
