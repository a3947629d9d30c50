"""Tumor mutational burden by tumor type: a dot a patient, types from the lowest median to the highest."""

from collections.abc import Mapping, Sequence
from math import ceil, cos, floor, log10, radians, sin
from statistics import median

from oncoloom.report.plots.crowding import shortened, wrapped
from oncoloom.report.svg import Drawing
from oncoloom.report.words import number

WIDTH, LEFT, TOP, HEIGHT, COUNTS_PX = 658.0, 64.0, 24.0, 170.0, 36.0
HIGH = 10.0
LEAST_PATIENTS, MAX_TYPES = 5, 20
NAME_LETTERS, SLANT, LETTER_PX, LINE_PX = 20, -40.0, 6.6, 14.0
LEVEL_FROM_PX, MAX_LINES = 78.0, 3  # columns as wide as this have level names, in lines
MAX_DOTS = 400  # of one type; more lie on each other


def shown_types(values: Mapping[str, Sequence[float]]) -> list[tuple[str, list[float]]]:
    """The most frequent `MAX_TYPES` types of at least `LEAST_PATIENTS`, by median, each's values sorted."""
    large = [(name, sorted(own)) for name, own in values.items() if len(own) >= LEAST_PATIENTS]
    large.sort(key=lambda item: (-len(item[1]), item[0]))
    return sorted(large[:MAX_TYPES], key=lambda item: (median(item[1]), item[0]))


def tmb_by_type(values: Mapping[str, Sequence[float]]) -> Drawing:
    """Sorted dots of each type over its width, a bar at the median, the share at or above 10 in its label.

    Parameters
    ----------
    values
        Tumor type to mutations per Mb of its patients; at least one type of `LEAST_PATIENTS`.
    """
    types = shown_types(values)
    everyone = [value for _, own in types for value in own]
    low = floor(log10(max(0.1, min((one for one in everyone if one > 0), default=0.3))))
    high = ceil(log10(max(max(everyone), 20.0)))
    step = min(120.0, (WIDTH - LEFT) / len(types))
    drawing = Drawing(WIDTH, TOP + HEIGHT + COUNTS_PX + _names_px(types, step), _alt(types))

    def y(value: float) -> float:
        inside = min(max(value, 10.0**low), 10.0**high)
        return TOP + HEIGHT * (high - log10(inside)) / (high - low)

    right = LEFT + step * len(types)
    for exponent in range(low, high + 1):
        drawing.line(LEFT, y(10.0**exponent), right, y(10.0**exponent), "s-hair")
        drawing.text(LEFT - 6, y(10.0**exponent) + 4, f"{10.0**exponent:g}", "t", "end")
    drawing.text(0, TOP + HEIGHT + 16, "n", "t")
    drawing.text(0, TOP + HEIGHT + 30, "≥ 10", "t")
    drawing.text(0, 12, "Mutations per Mb, log scale; a dot is a patient, a bar the median", "t ti b")
    for index, (name, own) in enumerate(types):
        left, wide = LEFT + step * index, step
        if index % 2:
            drawing.rect(left, TOP, wide, HEIGHT, "f-wash")
        drawing.path("".join(_dot(left, wide, at, y(own[at]), len(own)) for at in _drawn(len(own))), "f-mid")
        middle = y(median(own))
        drawing.line(left + 0.1 * wide, middle, left + 0.9 * wide, middle, "s-ink", 2.2)
        _label(drawing, name, own, left + wide / 2, wide)
    drawing.line(LEFT, y(HIGH), right, y(HIGH), "s-ink", 1, "4 3")
    return drawing


def _drawn(n: int) -> list[int]:
    """Ranks of the dots that are drawn: all, or `MAX_DOTS` evenly spaced with the ends."""
    if n <= MAX_DOTS:
        return list(range(n))
    return [round(at * (n - 1) / (MAX_DOTS - 1)) for at in range(MAX_DOTS)]


def _dot(left: float, wide: float, rank: int, y: float, n: int) -> str:
    """A disc as a path, so that thousands of dots are one element."""
    x = left + wide * (0.12 + 0.76 * (rank + 0.5) / n)
    return f"M{x - 1.5:.1f} {y:.1f}a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0z"


def _names_px(types: Sequence[tuple[str, list[float]]], step: float) -> float:
    """Height that the names below the columns need."""
    if step >= LEVEL_FROM_PX:
        lines = max(len(wrapped(name, int((step - 4) / LETTER_PX), MAX_LINES)) for name, _ in types)
        return LINE_PX * lines + 6
    longest = min(NAME_LETTERS, max(len(name) for name, _ in types))
    return LETTER_PX * longest * sin(radians(-SLANT)) + LINE_PX


def _label(drawing: Drawing, name: str, own: Sequence[float], x: float, wide: float) -> None:
    """Number of patients, share at or above 10, and the name below a column: level, or slanted if narrow."""
    bottom = TOP + HEIGHT
    share = sum(value >= HIGH for value in own) / len(own)
    drawing.text(x, bottom + 16, f"{len(own):,}", "t", "middle")
    drawing.text(x, bottom + 30, f"{100 * share:.0f} %", "t", "middle")
    if wide >= LEVEL_FROM_PX:
        for at, line in enumerate(wrapped(name, int((wide - 4) / LETTER_PX), MAX_LINES)):
            drawing.text(x, bottom + 46 + LINE_PX * at, line, "t ti", "middle")
        return
    room = int((x + 4) / (LETTER_PX * cos(radians(SLANT))))  # letters up to the page's left edge
    drawing.text(x + 4, bottom + 44, shortened(name, min(NAME_LETTERS, room)), "t ti", "end", turn=SLANT)


def _alt(types: Sequence[tuple[str, list[float]]]) -> str:
    (lowest, low), (highest, high) = types[0], types[-1]
    ends = f"{lowest} lowest (median {number(median(low))})"
    if len(types) > 1:
        ends += f", {highest} highest (median {number(median(high))})"
    return f"Mutations per Mb of {len(types)} tumor types: {ends}."
