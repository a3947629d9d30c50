"""Copy number by genomic position, B-allele fraction below on the same x."""

from collections import defaultdict

from oncoloom.report.genome_model import Dots, Genome, Segment
from oncoloom.report.svg import Drawing
from oncoloom.report.words import chromosome_key

WIDTH, LEFT, TOP, COPIES_PX, GAP, BAF_PX = 658.0, 34.0, 26.0, 168.0, 42.0, 96.0
MAX_COPIES = 10.0
UNLABELED = {"19", "21"}
LOW_PURITY = 0.3
Spans = dict[str, tuple[float, float, float]]  # contig to x of its start, px a base, x of its end


def copy_number_plot(genome: Genome) -> Drawing:
    """Segments in ink over alternating chromosomes, marked genes with dot and name."""
    with_baf = any(segment.baf is not None for segment in genome.segments)
    height = TOP + COPIES_PX + 26 + (GAP + BAF_PX if with_baf else 0)
    drawing = Drawing(WIDTH, height, genome.alt)
    spans = _spans(genome.segments)
    bottom = TOP + COPIES_PX
    _stripes(drawing, spans, TOP, bottom)
    low, high, ticks = _scale(genome)
    _grid(drawing, TOP, bottom, low, high, ticks)
    _draw_dots(drawing, genome.bins, spans, (TOP, bottom), (low, high))
    _segments(drawing, genome, spans, low, high)
    _genes(drawing, genome, spans, low, high)
    drawing.text(0, 11, "Copies" if genome.unit == "copies" else "log2 copy ratio", "t ti b")
    if with_baf:
        top = bottom + GAP
        _stripes(drawing, spans, top, top + BAF_PX)
        axis = _baf_axis(genome)
        _baf_grid(drawing, axis, top)
        _draw_dots(drawing, genome.hets, spans, (top, top + BAF_PX), axis)
        _baf(drawing, genome, spans, top, axis)
        bottom = top + BAF_PX
    _names(drawing, spans, bottom + 17)
    return drawing


def _spans(segments: tuple[Segment, ...]) -> Spans:
    """Contig to (x of its start, px a base, x of its end); widths as the segments cover."""
    ends: dict[str, int] = defaultdict(int)
    for segment in segments:
        ends[segment.chrom] = max(ends[segment.chrom], segment.end)
    total = sum(ends.values()) or 1
    spans, x = {}, LEFT
    for chrom in sorted(ends, key=chromosome_key):
        width = (WIDTH - LEFT) * ends[chrom] / total
        spans[chrom] = (x, width / max(1, ends[chrom]), x + width)
        x += width
    return spans


def _stripes(drawing: Drawing, spans: Spans, top: float, bottom: float) -> None:
    for index, (start, _, end) in enumerate(spans.values()):
        if index % 2:
            drawing.rect(start, top, end - start, bottom - top, "f-wash")


def _scale(genome: Genome) -> tuple[float, float, tuple[float, ...]]:
    if genome.unit == "copies":
        return 0.0, MAX_COPIES, (0, 2, 4, 6, 8, 10)
    return -2.0, 2.0, (-2, -1, 0, 1, 2)


def _grid(
    drawing: Drawing, top: float, bottom: float, low: float, high: float, ticks: tuple[float, ...]
) -> None:
    base = 2.0 if low == 0.0 else 0.0
    for tick in ticks:
        y = bottom - (bottom - top) * (tick - low) / (high - low)
        drawing.line(LEFT, y, WIDTH, y, "s-mid" if tick == base else "s-hair")
        drawing.text(LEFT - 8, y + 4, f"{tick:g}".replace("-", "−"), "t", "end")


def _value(segment: Segment, genome: Genome) -> float | None:
    return segment.copies if genome.unit == "copies" else segment.log2


def _y(value: float, low: float, high: float) -> float:
    inside = min(high, max(low, value))
    return TOP + COPIES_PX * (1 - (inside - low) / (high - low))


def _segments(drawing: Drawing, genome: Genome, spans: Spans, low: float, high: float) -> None:
    for segment in genome.segments:
        value = _value(segment, genome)
        if value is None:
            continue
        start, scale, _ = spans[segment.chrom]
        y = _y(value, low, high)
        left = start + segment.start * scale
        drawing.line(left, y, max(left + 1.5, start + segment.end * scale), y, "s-ink", 2.6)


def _genes(drawing: Drawing, genome: Genome, spans: Spans, low: float, high: float) -> None:
    """Dots and names of the marked genes; a name moves up until it meets no other."""
    taken: list[tuple[float, float, float]] = []
    for segment in genome.segments:
        value = _value(segment, genome)
        for gene in segment.genes:
            if gene not in genome.marked_genes or value is None:
                continue
            start, scale, _ = spans[segment.chrom]
            x, y = start + scale * (segment.start + segment.end) / 2, _y(value, low, high)
            words = f"{gene} {value:.0f}" if genome.unit == "copies" else f"{gene} {value:+.1f}"
            width = 7.2 * len(words)
            right = x + 10 + width < WIDTH
            left_edge = x + 9 if right else x - 9 - width
            label = y + 4
            while any(
                abs(label - other) < 14 and left_edge < end and start_x < left_edge + width
                for start_x, end, other in taken
            ):
                label -= 14
            taken.append((left_edge, left_edge + width, label))
            drawing.circle(x, y, 3.4, "f-ink")
            if abs(label - y - 4) > 1:
                drawing.line(x, y, left_edge if right else left_edge + width, label - 3, "s-ink")
            drawing.text(left_edge, label, words, "t ti b", halo=True)


def _draw_dots(
    drawing: Drawing, dots: tuple[Dots, ...], spans: Spans, y: tuple[float, float], axis: tuple[float, float]
) -> None:
    """One path of short strokes; dots beyond the axis lie on its edge."""
    (top, bottom), (low, high) = y, axis
    strokes = []
    for part in dots:
        if part.chrom not in spans:
            continue
        start, scale, end = spans[part.chrom]
        for at, value in zip(part.at, part.value, strict=True):
            inside = min(high, max(low, value))
            height = bottom - (bottom - top) * (inside - low) / (high - low)
            strokes.append(f"M{min(start + at * scale, end - 1):.1f} {height:.1f}h1.3")
    if strokes:
        drawing.path("".join(strokes), "s-mid", 1.3)


def _baf_axis(genome: Genome) -> tuple[float, float]:
    narrow = genome.purity is not None and genome.purity < LOW_PURITY
    return (0.2, 0.8) if narrow else (0.0, 1.0)


def _baf_grid(drawing: Drawing, axis: tuple[float, float], top: float) -> None:
    low, high = axis
    drawing.text(0, top - 14, "B-allele fraction", "t ti b")
    if low > 0:
        drawing.text(104, top - 14, "axis 0.2 to 0.8, purity under 30 %", "t")
    for tick in (low, 0.5, high):
        y = top + BAF_PX * (1 - (tick - low) / (high - low))
        drawing.line(LEFT, y, WIDTH, y, "s-mid" if tick == 0.5 else "s-hair")
        drawing.text(LEFT - 8, y + 4, f"{tick:.1f}", "t", "end")


def _baf(drawing: Drawing, genome: Genome, spans: Spans, top: float, axis: tuple[float, float]) -> None:
    low, high = axis
    for segment in genome.segments:
        if segment.baf is None:
            continue
        start, scale, _ = spans[segment.chrom]
        left = start + segment.start * scale
        right = max(left + 1.5, start + segment.end * scale)
        for value in (segment.baf, 1 - segment.baf):
            y = top + BAF_PX * (1 - (min(high, max(low, value)) - low) / (high - low))
            drawing.line(left, y, right, y, "s-ink", 2)


def _names(drawing: Drawing, spans: Spans, y: float) -> None:
    last, shared = LEFT - 4, _shared_prefix(list(spans))
    for chrom, (start, _, end) in spans.items():
        name = chrom.removeprefix("chr").removeprefix(shared)
        if name in UNLABELED:
            continue
        center, half = (start + end) / 2, (3.4 if name.isdigit() else 4.2) * len(name)
        left = min(max(center - half, LEFT), WIDTH - 2 * half)
        if left > last + 3:
            drawing.text(left + half, y, name, "t", "middle")
            last = left + 2 * half


def _shared_prefix(names: list[str]) -> str:
    """``demo_`` where every contig begins with it: labels say what tells them apart."""
    head = names[0][: names[0].find("_") + 1] if len(names) > 1 else ""
    return head if all(name.startswith(head) for name in names) else ""
