"""Mutational burden of one tumor on the distribution of its type: 5-95 %, middle half, median."""

from math import ceil, floor, log10

from oncoloom.report.genome_model import Burden
from oncoloom.report.svg import Drawing
from oncoloom.report.words import number

WIDTH, LEFT, TOP, ROW_PX, FOOT_PX = 658.0, 150.0, 26.0, 26.0, 40.0
LEAST, MOST = 0.1, 100.0
KEY = "line 5–95 %, bar middle half, tick median"
NAME_PX = 6.6  # of a letter, 12 px


def is_drawn(burden: Burden) -> bool:
    """Whether there is a figure of this tumor or of its type to draw."""
    return burden.quantiles is not None or burden.published is not None or burden.tmb is not None


def burden_strip(burden: Burden) -> Drawing:
    """A row of the project's tumors, one of the published median, and this tumor's line through both."""
    rows = [name for name, there in (("own", burden.quantiles), ("published", burden.published)) if there]
    bottom = TOP + ROW_PX * max(1, len(rows))
    drawing = Drawing(WIDTH, bottom + FOOT_PX, burden.alt)
    low, high = _limits(burden)

    def x(value: float) -> float:
        inside = min(max(value, 10.0**low), 10.0**high)
        return LEFT + (WIDTH - LEFT - 20) * (log10(inside) - low) / (high - low)

    for exponent in range(low, high + 1):
        place = x(10.0**exponent)
        drawing.line(place, TOP - 4, place, bottom, "s-hair")
        drawing.text(place, bottom + 16, f"{10.0**exponent:g}", "t", "middle")
    drawing.text(WIDTH, bottom + 34, "mutations per Mb, log scale", "t", "end")
    if burden.quantiles is not None:
        drawing.text(LEFT, bottom + 34, KEY, "t")
    for index, name in enumerate(rows):
        y = TOP + ROW_PX * (index + 0.5)
        if name == "own" and burden.quantiles is not None:
            q = burden.quantiles
            drawing.text(0, y + 4, f"{burden.n_tumors or 0:,} tumors", "t ti")
            drawing.line(x(q.p5), y, x(q.p95), y, "s-mid", 1.4)
            drawing.line(x(q.p25), y, x(q.p75), y, "s-mid", 8)
            drawing.line(x(q.median), y - 8, x(q.median), y + 8, "s-ink", 2.4)
        if name == "published" and burden.published is not None:
            drawing.text(0, y + 4, "published median", "t ti")
            drawing.circle(x(burden.published.median), y, 5, "s-ink", 1.6)
    if burden.tmb is not None:
        _patient(
            drawing,
            burden,
            x(burden.tmb),
            x(burden.lower or burden.tmb),
            x(burden.upper or burden.tmb),
            bottom,
        )
    return drawing


def _limits(burden: Burden) -> tuple[int, int]:
    """Whole decades that hold every figure, at least 0.1 to 100."""
    values = [burden.tmb, burden.lower, burden.upper]
    if burden.quantiles is not None:
        values += [burden.quantiles.p5, burden.quantiles.p95]
    if burden.published is not None:
        values.append(burden.published.median)
    known = [value for value in values if value is not None and value > 0]
    return floor(log10(min([LEAST, *(max(value, 0.01) for value in known)]))), ceil(
        log10(max([MOST, *known]))
    )


def _patient(drawing: Drawing, burden: Burden, at: float, low: float, high: float, bottom: float) -> None:
    """The tumor's line through all rows, its interval as a bar on the axis, its figure above."""
    drawing.line(low, bottom, high, bottom, "s-ink", 4)
    drawing.line(at, TOP - 6, at, bottom, "s-ink", 2)
    words = f"this tumor {number(burden.tmb or 0.0)}"
    half = NAME_PX * len(words) / 2
    middle = min(max(at, half), WIDTH - half)
    drawing.text(middle, TOP - 12, words, "t ti b", "middle", halo=True)
