"""Differences on one axis: points of the good outcome, first therapy minus second, an ink zero."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oncoloom.report.difference_model import ShownDifference
from oncoloom.report.plots.crowding import shortened, wrapped
from oncoloom.report.svg import Drawing

TICK_ROOM, LETTER_PX, BOLD_LETTER_PX, LINE_PX, AXIS_PX = 46.0, 6.5, 6.9, 14.0, 22.0
BAR_TOP, BELOW_BAR, TICK_HALF, DOT = 16.0, 4.0, 7.0, 4.5
GAP, NAME_LINES = 12.0, 2


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of whole steps, in points."""

    low: float
    high: float
    step: float

    def ticks(self) -> list[float]:
        """Where ticks stand."""
        return [self.low + self.step * n for n in range(round((self.high - self.low) / self.step) + 1)]


@dataclass(frozen=True, slots=True)
class Look:
    """Sizes in CSS pixels; `is_lead_bold` sets the first row alone in 600, as what the words rest on."""

    width: float
    row: float
    is_lead_bold: bool = False


def difference_axis(rows: Iterable[ShownDifference], width: float) -> Axis:
    """The axis that holds zero, both its sides and every interval; steps as fine as their labels fit."""
    ends = [0.0]
    for row in rows:
        ends += [end for end in (row.value, row.lower, row.upper) if end is not None]
    for step in (10.0, 20.0, 50.0):
        low, high = step * (min(ends) // step), step * -(-max(ends) // step)
        low, high = (low - step if low == 0 else low), (high + step if high == 0 else high)
        if (high - low) / step * TICK_ROOM <= width:
            break
    return Axis(low, high, step)


def differences_plot(
    rows: Sequence[ShownDifference], names: tuple[str, str], alt: str, axis: Axis, look: Look
) -> Drawing:
    """A row for each difference, label and figures above its interval, "A better" at the axis' ends.

    Parameters
    ----------
    names
        First and second therapy: the right and the left end.
    alt
        What the drawing shows, in one sentence.
    axis
        From :func:`difference_axis`, of these rows or of all that are compared with them.
    """
    ends = [_end_label(name, look.width) for name in names]
    if ends[0] == ends[1]:  # names that differ only where they are cut
        ends = [["first better"], ["second better"]]
    bottom = look.row * len(rows)
    drawing = Drawing(look.width, bottom + AXIS_PX + LINE_PX * max(map(len, ends)), alt)
    for number, row in enumerate(rows):
        _draw_row(drawing, row, look.row * number, axis, look, is_bold=number == 0 or not look.is_lead_bold)
    drawing.line(0, bottom, look.width, bottom, "s-mid")
    ticks = axis.ticks()
    for tick in ticks:
        anchor = "start" if tick == ticks[0] else "end" if tick == ticks[-1] else "middle"
        x = _x(tick, axis, look)
        drawing.line(x, bottom, x, bottom + 4, "s-mid")
        drawing.text(x, bottom + 17, _signed(tick), "t", anchor)
    for lines, x, anchor in ((ends[1], 0.0, "start"), (ends[0], look.width, "end")):
        for number, line in enumerate(lines):
            drawing.text(x, bottom + 32 + LINE_PX * number, line, "t", anchor)
    return drawing


def _draw_row(
    drawing: Drawing, row: ShownDifference, top: float, axis: Axis, look: Look, *, is_bold: bool
) -> None:
    figures = row.text.replace(" points", "")
    letters = int((look.width - LETTER_PX * len(figures) - GAP) / BOLD_LETTER_PX)
    drawing.text(0, top + 12, shortened(row.label, letters), "t ti b" if is_bold else "t ti")
    drawing.text(look.width, top + 12, figures, "t ti b" if is_bold and look.is_lead_bold else "t ti", "end")
    for tick in axis.ticks():
        x = _x(tick, axis, look)
        drawing.line(x, top + BAR_TOP, x, top + look.row - BELOW_BAR, "s-ink" if tick == 0 else "s-hair")
    middle, at = top + (BAR_TOP + look.row - BELOW_BAR) / 2, _x(row.value, axis, look)
    if row.lower is not None and row.upper is not None:
        drawing.line(_x(row.lower, axis, look), middle, _x(row.upper, axis, look), middle, "s-ink", 1.4)
    if row.randomized:
        drawing.circle(at, middle, DOT, "f-ink")
    else:
        drawing.line(at, middle - TICK_HALF, at, middle + TICK_HALF, "s-ink", 2.4)


def _x(value: float, axis: Axis, look: Look) -> float:
    return look.width * (value - axis.low) / (axis.high - axis.low)


def _end_label(name: str, width: float) -> list[str]:
    """``NAME better`` in half the width, long names over two lines, longer ones cut."""
    letters = int((width - GAP) / 2 / LETTER_PX)
    lines = wrapped(name, letters, NAME_LINES)
    better = "better"
    if len(lines[-1]) + 1 + len(better) <= letters:
        return [*lines[:-1], f"{lines[-1]} {better}"]
    return [*lines, better]


def _signed(value: float) -> str:
    return "0" if value == 0 else f"{value:+.0f}".replace("-", "−")
