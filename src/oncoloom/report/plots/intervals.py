"""Interval plot: tick = estimate, thick = 50 %, thin = 90 %, ring below = observed in similar patients."""

from oncoloom.report.layout import has_ring
from oncoloom.report.model import Interval, Measure
from oncoloom.report.svg import Drawing

TICKS = (0, 25, 50, 75, 100)
ROW_PX = 44.0
# height of a row and of its interval in it, by where it stands: page one, paired panels, a list of many
PLOT_SIZES = {"page one": (44.0, 14.0), "panel": (34.0, 9.0), "list": (36.0, 11.0)}
AXIS_PX = 20.0


def interval_row(interval: Interval | None, *, alt: str, height: float = ROW_PX, y: float = 14.0) -> Drawing:
    """One row on the 0–100 % axis; None draws the grid alone."""
    drawing = Drawing("100%", height, alt)
    for tick in TICKS:
        drawing.line(f"{tick}%", 0, f"{tick}%", height, "s-hair")
    if interval is None:
        return drawing
    _bar(drawing, interval.lo90, interval.hi90, y, 1.4)
    _bar(drawing, interval.lo50, interval.hi50, y, 6)
    at = _at(interval.estimate)
    drawing.line(at, y - 7, at, y + 7, "s-ink", 2.4)
    if interval.observed is not None and has_ring(interval):
        drawing.circle(_at(interval.observed), y + 16, 4, "s-ink f-paper", 1.5)
    return drawing


def _bar(drawing: Drawing, low: float | None, high: float | None, y: float, width: float) -> None:
    if low is not None and high is not None:
        drawing.line(_at(low), y, _at(high), y, "s-ink", width)


def _at(share: float) -> str:
    return f"{100 * min(1.0, max(0.0, share)):.2f}%"


def percent_axis() -> Drawing:
    """The axis under interval rows: first and last label turned inward, the unit in the last."""
    drawing = Drawing("100%", AXIS_PX)
    drawing.line("0%", 0.5, "100%", 0.5, "s-mid")
    for tick in TICKS:
        drawing.line(f"{tick}%", 0, f"{tick}%", 4, "s-mid")
        anchor = "start" if tick == 0 else "end" if tick == 100 else "middle"
        drawing.text(f"{tick}%", 17, f"{tick} %" if tick == 100 else str(tick), "t", anchor)
    return drawing


def measure_plot(measure: Measure, width: float = 658.0) -> Drawing:
    """The figure that stopped a patient, on a line with its limit."""
    drawing = Drawing(width, 118, measure.alt)
    low, high = _range(measure)
    space = " %" if measure.unit else ""

    def x(value: float) -> float:
        return width * (value - low) / (high - low)

    good = (x(measure.limit), width) if measure.better == "higher" else (0.0, x(measure.limit))
    drawing.rect(good[0], 62, good[1] - good[0], 22, "f-wash")
    side = "end" if x(measure.limit) > width / 2 else "start"
    shift = -6 if side == "end" else 6
    drawing.line(x(measure.limit), 34, x(measure.limit), 84, "s-ink", 1.3, "4 3")
    drawing.text(x(measure.limit) + shift, 46, f"limit {measure.limit:.0f}{space}", "t ti", side)
    drawing.line(x(measure.value), 18, x(measure.value), 84, "s-ink", 2.4)
    near_end = x(measure.value) > width * 0.75
    anchor, gap = ("end", -7) if near_end else ("start", 7)
    drawing.text(x(measure.value) + gap, 22, f"these samples {measure.value:.0f}{space}", "t ti b", anchor)
    drawing.line(0, 84.5, width, 84.5, "s-ink")
    ticks = _ticks(low, high)
    for tick in ticks:
        drawing.line(x(tick), 84, x(tick), 88, "s-mid")
        edge = "start" if tick == ticks[0] else "end" if tick == ticks[-1] else "middle"
        drawing.text(x(tick), 102, f"{tick:g}{space if tick == ticks[-1] else ''}", "t", edge)
    return drawing


def _range(measure: Measure) -> tuple[float, float]:
    if measure.unit == "%":
        worst = min(measure.value, measure.limit)
        low = 0.0 if measure.better == "lower" or worst < 40 else 40.0
        top = max(measure.value, measure.limit)
        return low, 100.0 if measure.better == "higher" or top > 20 else 20.0
    top = 1.25 * max(measure.value, measure.limit, 1.0)
    return 0.0, float(round(top))


def _ticks(low: float, high: float) -> list[float]:
    step = (high - low) / 5 if (high - low) % 6 else (high - low) / 6
    return [round(low + i * step, 6) for i in range(round((high - low) / step) + 1)]
