"""Reads over a place: reference letters, depth, and a lane of reads a sample.

A base that differs from the reference is a colored box with its letter in it, so that the color only repeats
what the letter says; a poor quality is a pale box. Everything else is form: an arrow is a strand, a hollow
read is badly placed, a dashed end is clipped, a thin line is deleted, a beam is inserted.
"""

from itertools import groupby

from oncoloom.report.strip import Strip, StripLane, StripRead
from oncoloom.report.svg import Drawing

WIDTH, ROW, BAR, DEPTH_PX, HEAD = 658.0, 9.0, 7.9, 26.0, 30.0
MOST_CELL, LEAST_LETTER_CELL = 12.0, 7.5
LOW_MAPQ = 20
GAP_COLUMNS = 2
BASE_STYLES = {"A": "f-sky", "C": "f-blue", "G": "f-orange", "T": "f-vermillion", "N": "f-mid"}
# Lowest quality of each step, and how opaque its boxes are.
SHADES = ((30, 1.0), (20, 0.75), (13, 0.45), (0, 0.2))
LEGEND = (
    "Boxes with letters: bases that differ from the reference, paler where their quality is low. "
    "Pointed end: strand. Hollow: mapping quality below 20. Dashed: clipped. Thin line: deleted. "
    "Beam: inserted, with its length. Bars: depth in fragments. Reads that support the allele stand first; "
    "a lane's counts weigh it against the reference alone, the caller against other alleles, too."
)


def pileup_strip(strip: Strip) -> Drawing:
    """The drawing of a strip, `WIDTH` px wide; a lane is as tall as its reads need."""
    columns = strip.view_end - strip.view_start + 1
    cell = min(MOST_CELL, WIDTH / columns)
    rows = [_rows(lane, strip) for lane in strip.lanes]
    heights = [18 + DEPTH_PX + 6 + ROW * max(1, len(packed)) + 10 for packed in rows]
    drawing = Drawing(WIDTH, HEAD + sum(heights), strip.alt)
    x0 = (WIDTH - cell * columns) / 2
    a, b = strip.start - strip.view_start, strip.end - strip.view_start + 1
    drawing.rect(x0 + a * cell, 14, (b - a) * cell, HEAD + sum(heights) - 14, "f-wash")
    _reference(drawing, strip, x0, cell)
    top = HEAD
    for lane, packed, height in zip(strip.lanes, rows, heights, strict=True):
        drawing.text(0, top + 11, lane.text, "t ti")
        _depth(drawing, lane, x0, cell, top + 18)
        _reads(drawing, packed, strip, x0, cell, top + 18 + DEPTH_PX + 6)
        top += height
    return drawing


def _reference(drawing: Drawing, strip: Strip, x0: float, cell: float) -> None:
    middle = x0 + (strip.start - strip.view_start + 0.5) * cell
    drawing.text(x0, 9, f"{strip.contig}:{strip.view_start:,}", "t")
    drawing.text(x0 + len(strip.reference) * cell, 9, f"{strip.view_end:,}", "t", "end")
    drawing.text(middle, 9, f"{strip.start:,}", "t ti b", "middle", halo=True)
    if cell >= LEAST_LETTER_CELL:
        for index, letter in enumerate(strip.reference):
            here = strip.start <= strip.view_start + index <= strip.end
            style = "ts ti b" if here else "ts"
            drawing.text(x0 + (index + 0.5) * cell, 24, letter, style, "middle")


def _depth(drawing: Drawing, lane: StripLane, x0: float, cell: float, top: float) -> None:
    highest = max((*lane.depth, 1))
    at = 0
    for depth, run in groupby(lane.depth):
        n = len(list(run))
        height = DEPTH_PX * depth / highest
        if depth:
            drawing.rect(x0 + at * cell, top + DEPTH_PX - height, n * cell, height, "f-band")
        at += n
    drawing.line(x0, top + DEPTH_PX, x0 + len(lane.depth) * cell, top + DEPTH_PX, "s-mid", 0.5)
    drawing.text(x0 + 2, top + 9, f"{max(lane.depth, default=0)}", "ts ti")


def _rows(lane: StripLane, strip: Strip) -> list[list[StripRead]]:
    """Reads laid into rows in their order; a row takes a further read where there is room behind its last."""
    rows: list[list[StripRead]] = []
    for _, same in groupby(lane.reads, key=lambda read: read.group == "alt"):
        first = len(rows)  # supporting reads share no row with others
        for read in same:
            for row in rows[first:]:
                if _span(read)[0] >= _span(row[-1])[1] + GAP_COLUMNS:
                    row.append(read)
                    break
            else:
                rows.append([read])
    return rows


def _span(read: StripRead) -> tuple[int, int]:
    return read.start - read.clip_left, read.end + read.clip_right


def _reads(
    drawing: Drawing, rows: list[list[StripRead]], strip: Strip, x0: float, cell: float, top: float
) -> None:
    for index, row in enumerate(rows):
        for read in row:
            _read(drawing, read, strip, x0, cell, top + index * ROW)


def _read(drawing: Drawing, read: StripRead, strip: Strip, x0: float, cell: float, y: float) -> None:
    first, last = strip.view_start - 1, strip.view_end

    def x(at: int) -> float:
        return x0 + (min(max(at, first), last) - first) * cell

    gaps = sorted((*read.deletions, *read.skips))
    at = read.start
    for place, n in (*gaps, (read.end, 0)):
        if place > at and place > first and at < last:
            _bar(drawing, read, x(at), x(place), y, points=(at == read.start, place == read.end))
        at = max(at, place + n)
    for place, n in gaps:
        if place + n > first and place < last:
            drawing.line(x(place), y + BAR / 2, x(place + n), y + BAR / 2, "s-ink", 1)
    for low, high in (
        (read.start - read.clip_left, read.start),
        (read.end, read.end + read.clip_right),
    ):
        if high > low and high > first and low < last:
            drawing.line(x(low), y + BAR / 2, x(high), y + BAR / 2, "s-mid", 2, dash="2 2")
    for place, base, quality in read.mismatches:
        if first <= place < last:
            _base(drawing, x(place), y, cell, base, quality)
    for place, n in read.insertions:
        if first <= place + 1 <= last:
            _beam(drawing, x(place + 1), y, n)


def _bar(
    drawing: Drawing, read: StripRead, x1: float, x2: float, y: float, *, points: tuple[bool, bool]
) -> None:
    """A stretch of a read; the end of its strand is pointed where it is in the view."""
    hollow = read.mapq < LOW_MAPQ
    tip = min(3.0, (x2 - x1) / 2)
    left = tip if read.reverse and points[0] else 0.0
    right = tip if not read.reverse and points[1] else 0.0
    middle, low = _short(y + BAR / 2), _short(y + BAR)
    top = _short(y)
    d = (
        f"M{_short(x1)} {middle}L{_short(x1 + left)} {top}H{_short(x2 - right)}L{_short(x2)} {middle}"
        f"L{_short(x2 - right)} {low}H{_short(x1 + left)}Z"
    )
    drawing.path(d, "s-mid" if hollow else "f-band", 0.8 if hollow else 0)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _base(drawing: Drawing, x: float, y: float, cell: float, base: str, quality: int) -> None:
    opacity = next(shade for least, shade in SHADES if quality >= least)
    drawing.rect(x, y, cell, BAR, "f-paper")
    drawing.rect(x, y, cell, BAR, BASE_STYLES.get(base, "f-mid"), opacity=opacity)
    if cell >= LEAST_LETTER_CELL:
        style = "ts ti" if opacity < 0.7 else ("ts f-paper" if base == "C" else "ts f-black")
        drawing.text(x + cell / 2, y + BAR - 0.6, base, f"{style} b", "middle")


def _beam(drawing: Drawing, x: float, y: float, n: int) -> None:
    drawing.line(x, y - 0.5, x, y + BAR + 0.5, "s-ink", 1.6)
    for edge in (y - 0.5, y + BAR + 0.5):
        drawing.line(x - 2, edge, x + 2, edge, "s-ink", 1)
    if n > 1:
        drawing.text(x + 2.5, y + BAR - 0.6, str(n), "ts ti b", halo=True)
