"""Kaplan-Meier curves: 2 px lines told apart by dashes, censor ticks, numbers at risk below."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from oncoloom.report.svg import Drawing
from oncoloom.report.words import MONTH_DAYS

DASHES = ("", "6 2.5", "1.5 2.5", "9 2.5 1.5 2.5", "3 2", "12 4")
MAX_CURVES = len(DASHES)
MIN_PATIENTS = 5
LETTER_PX = 6.9
WIDTH, LEFT, TOP, HEIGHT, RISK_PX = 372.0, 60.0, 10.0, 134.0, 17.0


@dataclass(frozen=True, slots=True)
class Curve:
    """A product-limit curve (Kaplan & Meier 1958) with late entry: a patient counts as at risk after `entry`.

    `days` and `survival` hold a point for each event time; `censored` the days of censoring.
    """

    name: str
    days: tuple[float, ...]
    survival: tuple[float, ...]
    censored: tuple[float, ...]
    spans: tuple[tuple[float, float], ...]

    def at_risk(self, day: float) -> int:
        """Patients under observation at `day`."""
        return sum(entry <= day <= end for entry, end in self.spans)

    def at(self, day: float) -> float:
        """Survival at `day`."""
        below = [value for when, value in zip(self.days, self.survival, strict=True) if when <= day]
        return below[-1] if below else 1.0

    @property
    def last(self) -> float:
        """Last day that anybody was observed."""
        return max(end for _, end in self.spans)


def product_limit(
    name: str, time: Sequence[float], event: Sequence[int], entry: Sequence[float | None] | None = None
) -> Curve:
    """The curve of one group.

    Parameters
    ----------
    time, event
        Days to event or censoring, and 1 for an event; equally long, not empty.
    entry
        Day from which on a patient was observed; None counts as 0. From day 0 on means at risk on day 0, too.
    """
    starts = [0.0 if value is None else float(value) for value in (entry or [None] * len(time))]
    survival, days, values = 1.0, [], []
    for day in sorted({t for t, happened in zip(time, event, strict=True) if happened}):
        at_risk = sum(
            (start < day or start <= 0 or start == end) and day <= end and start <= day
            for start, end in zip(starts, time, strict=True)
        )
        deaths = sum(t == day and bool(happened) for t, happened in zip(time, event, strict=True))
        survival *= 1 - deaths / at_risk if at_risk else 1.0
        days.append(float(day))
        values.append(survival)
    censored = tuple(sorted(float(t) for t, happened in zip(time, event, strict=True) if not happened))
    spans = tuple(zip(starts, (float(t) for t in time), strict=True))
    return Curve(name, tuple(days), tuple(values), censored, spans)


def kaplan_meier_plot(curves: Sequence[Curve], title: str) -> Drawing:
    """Curves of at most six groups on one axis of months."""
    horizon = _horizon(curves)
    spots = _label_spots(curves, horizon)
    row_px = RISK_PX if spots else 2 * RISK_PX
    height = TOP + HEIGHT + 46 + row_px * len(curves)
    drawing = Drawing(WIDTH, height, _alt(curves, title, horizon))
    bottom = TOP + HEIGHT
    for share in (0, 25, 50, 75, 100):
        y = bottom - HEIGHT * share / 100
        drawing.line(LEFT, y, WIDTH, y, "s-ink" if share == 0 else "s-hair")
        drawing.text(LEFT - 8, y + 4, "100 %" if share == 100 else str(share), "t", "end")
    step = 3 if horizon <= 18 else 6 if horizon <= 36 else 12
    for month in range(0, horizon + 1, step):
        x = _x(month * MONTH_DAYS, horizon)
        anchor = "end" if month == horizon else "middle"
        drawing.line(x, bottom, x, bottom + 4, "s-mid")
        drawing.text(x, bottom + 17, str(month), "t", anchor)
        for row, curve in enumerate(curves):
            y = bottom + 50 + row_px * row + (row_px - RISK_PX)
            drawing.text(x, y, f"{curve.at_risk(month * MONTH_DAYS)}", "t ti", anchor)
    drawing.text(LEFT - 14, bottom + 17, "Months", "t", "end")
    drawing.text(0, bottom + 34, "At risk", "t")
    for row, curve in enumerate(curves):
        _draw_curve(drawing, curve, horizon, DASHES[row])
        y = bottom + 46 + row_px * row
        drawing.line(0, y, 30, y, "s-ink", 2, DASHES[row])
        if spots:
            drawing.text(*spots[row], curve.name, "t ti b", halo=True)
        else:
            drawing.text(38, y + 4, curve.name, "t ti b")
    return drawing


def curve_point(curves: Sequence[Curve], day: float, share: float) -> tuple[float, float]:
    """Where a day and a share lie in the drawing of these curves."""
    return _x(day, _horizon(curves)), _y(share)


def _horizon(curves: Sequence[Curve]) -> int:
    """Months of the axis: a multiple of six that nine of ten patients of the longest group lie within."""
    longest = max(
        sorted(end for _, end in curve.spans)[int(0.9 * (len(curve.spans) - 1))] for curve in curves
    )
    months = max(6, min(60, 6 * ceil(longest / MONTH_DAYS / 6)))
    return months if months <= 36 else 12 * ceil(months / 12)


def _x(day: float, horizon: int) -> float:
    return LEFT + (WIDTH - LEFT) * day / (horizon * MONTH_DAYS)


def _y(share: float) -> float:
    return TOP + HEIGHT * (1 - share)


def _draw_curve(drawing: Drawing, curve: Curve, horizon: int, dash: str) -> None:
    end = min(curve.last, horizon * MONTH_DAYS)
    path = [f"M{_x(0, horizon):.1f} {_y(1):.1f}"]
    for day, value in zip(curve.days, curve.survival, strict=True):
        if day > end:
            break
        path.append(f"H{_x(day, horizon):.1f}V{_y(value):.1f}")
    path.append(f"H{_x(end, horizon):.1f}")
    drawing.path("".join(path), "s-ink", 2, dash)
    for day in curve.censored:
        if day <= end:
            x, y = _x(day, horizon), _y(curve.at(day))
            drawing.line(x, y - 3, x, y + 3, "s-ink", 1)


def _label_spots(curves: Sequence[Curve], horizon: int) -> list[tuple[float, float]] | None:
    """Left end and baseline of each curve's name; None where a name cannot stand nearest to its own curve."""
    spots: list[tuple[float, float]] = []
    taken: list[tuple[float, float, float]] = []
    for curve in curves:
        width = LETTER_PX * len(curve.name)
        found = next(
            (
                (x, baseline)
                for share in (40, 30, 50, 20, 60, 10, 45, 35, 55, 25, 65, 15, 70, 5)
                for x in (_x(share / 100 * horizon * MONTH_DAYS, horizon),)
                for baseline in _baselines(curve, x, width, horizon)
                if _is_clear((x, baseline, x + width), curve, curves, taken, horizon)
            ),
            None,
        )
        if found is None:
            return None
        spots.append(found)
        taken.append((found[0], found[1], found[0] + width))
    return spots


def _heights(curve: Curve, left: float, right: float, horizon: int) -> list[float]:
    """y of a curve over a label's width."""
    days = [
        (left + (right - left) * part / 12 - LEFT) * horizon * MONTH_DAYS / (WIDTH - LEFT)
        for part in range(13)
    ]
    return [_y(curve.at(day)) for day in days]


def _baselines(curve: Curve, x: float, width: float, horizon: int) -> tuple[float, float]:
    """Just above and just below the curve over the label's width."""
    heights = _heights(curve, x, x + width, horizon)
    return min(heights) - 6, max(heights) + 15


def _is_clear(
    box: tuple[float, float, float],
    own: Curve,
    curves: Sequence[Curve],
    taken: Sequence[tuple[float, float, float]],
    horizon: int,
) -> bool:
    """Whether a label lies inside, touches nothing, and its own curve is the nearest all along it."""
    left, baseline, right = box
    if right > WIDTH or not TOP + 8 < baseline < TOP + HEIGHT - 3:
        return False
    if any(left < end and start < right and abs(baseline - other) < 15 for start, other, end in taken):
        return False
    middle = baseline - 4
    mine = [abs(y - middle) for y in _heights(own, left, right, horizon)]
    for curve in curves:
        if curve is own:
            continue
        others = [abs(y - middle) for y in _heights(curve, left, right, horizon)]
        if any(theirs < 12 or theirs < ours + 3 for theirs, ours in zip(others, mine, strict=True)):
            return False
    return True


def _alt(curves: Sequence[Curve], title: str, horizon: int) -> str:
    at = 12 if horizon >= 12 else horizon
    parts = [f"{curve.name} {100 * curve.at(at * MONTH_DAYS):.0f} %" for curve in curves]
    return f"{title}: at {at} months {', '.join(parts)}."
