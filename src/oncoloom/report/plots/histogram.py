"""Tumor mutational burden of a cohort on a log axis."""

from collections.abc import Sequence
from math import ceil, floor, log10
from statistics import median

from oncoloom.report.svg import Drawing
from oncoloom.report.words import number

WIDTH, TOP, HEIGHT = 266.0, 36.0, 150.0
TICKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)
HIGH = 10.0
BINS_A_DECADE = 10
LABEL_GAP = 24.0  # px that a tick's number needs


def tmb_histogram(values: Sequence[float]) -> Drawing:
    """Patients by TMB; `values` per Mb, not empty. Zeros stand in the first bin."""
    low = max(0.3, min((value for value in values if value > 0), default=0.3) * 0.9)
    first, last = floor(log10(low) * 2) / 2, ceil(log10(max(max(values), 20.0)) * 2) / 2
    bins = [0] * max(1, round((last - first) * BINS_A_DECADE))
    for value in values:
        place = 0 if value <= 0 else int((log10(value) - first) * BINS_A_DECADE)
        bins[min(len(bins) - 1, max(0, place))] += 1
    middle, share = median(values), sum(value >= HIGH for value in values) / len(values)
    high = f"{100 * share:.0f} % at or above {HIGH:.0f}"
    alt = f"TMB of {len(values)} patients: median {number(middle)} per Mb, {high}."
    drawing = Drawing(WIDTH, TOP + HEIGHT + 40, alt)
    bottom, tallest = TOP + HEIGHT, max(bins)
    step = _round_up(tallest / 5)
    top = step * ceil(tallest / step)

    def y(n: int) -> float:
        return bottom - HEIGHT * n / (1.08 * top)

    ticks = range(step, top + 1, step)
    for tick in ticks:
        drawing.line(0, y(tick), WIDTH, y(tick), "s-hair")
    wide = WIDTH / len(bins)
    for index, n in enumerate(bins):
        drawing.rect(index * wide + 0.5, y(n), wide - 1, bottom - y(n), "f-mid")
    for tick in ticks:  # over the bars, which may reach the left edge
        words = f"{tick} patients" if tick == ticks[-1] else str(tick)
        drawing.text(0, y(tick) - 4, words, "t", halo=True)
    drawing.line(0, bottom, WIDTH, bottom, "s-ink")

    def x(value: float) -> float:
        return WIDTH * (log10(value) - first) / (last - first)

    labeled = -LABEL_GAP
    for tick_value in TICKS:
        if 0 <= x(tick_value) <= WIDTH:
            drawing.line(x(tick_value), bottom, x(tick_value), bottom + 4, "s-mid")
            if 8 < x(tick_value) < WIDTH - 8 and x(tick_value) - labeled >= LABEL_GAP:
                labeled = x(tick_value)
                drawing.text(x(tick_value), bottom + 17, f"{tick_value:g}", "t", "middle")
    drawing.text(0, bottom + 34, "mutations per Mb, log scale", "t")
    if middle > 0:
        drawing.line(x(middle), TOP - 20, x(middle), bottom, "s-ink", 2)
        side, gap = ("end", -5) if x(middle) > 90 else ("start", 5)
        drawing.text(x(middle) + gap, TOP - 12, f"median {number(middle)}", "t ti b", side, halo=True)
    drawing.line(x(HIGH), TOP - 4, x(HIGH), bottom, "s-ink", 1.3, "4 3")
    drawing.text(x(HIGH) + 5, TOP + 4, f"{100 * share:.0f} % ≥ {HIGH:.0f}", "t ti", halo=True)
    return drawing


def _round_up(value: float) -> int:
    """The next of 1, 2, 3, 4, 5, 10, 20, 30, … from `value` on."""
    scale = 1
    while scale * 10 < value:
        scale *= 10
    return next(step * scale for step in (1, 2, 3, 4, 5, 10) if step * scale >= value)
