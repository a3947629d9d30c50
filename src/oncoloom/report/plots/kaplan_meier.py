"""Kaplan-Meier curves: 2 px lines told apart by dashes, censor ticks, numbers at risk below the same ticks."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from oncoloom.report.svg import Drawing
from oncoloom.report.words import MONTH_DAYS

DASHES = ("", "6 2.5", "1.5 2.5", "9 2.5 1.5 2.5", "3 2", "12 4")
MAX_CURVES = len(DASHES)
MIN_PATIENTS = 5
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
        Day from which on a patient was observed; None counts as 0.
    """
    starts = [0.0 if value is None else float(value) for value in (entry or [None] * len(time))]
    survival, days, values = 1.0, [], []
    for day in sorted({t for t, happened in zip(time, event, strict=True) if happened}):
        at_risk = sum(start < day <= end or start == end == day for start, end in zip(starts, time, strict=True))
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
    height = TOP + HEIGHT + 46 + RISK_PX * len(curves)
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
            y = bottom + 50 + RISK_PX * row
            drawing.text(x, y, f"{curve.at_risk(month * MONTH_DAYS)}", "t ti", anchor)
    drawing.text(LEFT - 14, bottom + 17, "Months", "t", "end")
    drawing.text(0, bottom + 34, "At risk", "t")
    for row, curve in enumerate(curves):
        _draw_curve(drawing, curve, horizon, DASHES[row])
        y = bottom + 46 + RISK_PX * row
        drawing.line(0, y, 30, y, "s-ink", 2, DASHES[row])
    _names(drawing, curves, horizon)
    return drawing


def _horizon(curves: Sequence[Curve]) -> int:
    """Months of the axis: a multiple of six that nine of ten patients of the longest group lie within."""
    longest = max(sorted(end for _, end in curve.spans)[int(0.9 * (len(curve.spans) - 1))] for curve in curves)
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


def _names(drawing: Drawing, curves: Sequence[Curve], horizon: int) -> None:
    """Direct labels, each above or below its curve where it meets the fewest other curves and labels."""
    boxes: list[_Box] = []
    for curve in curves:
        name = curve.name if len(curve.name) <= 26 else curve.name[:25] + "…"
        width = 6.7 * len(name)
        spots = [
            (_x(share * horizon * MONTH_DAYS, horizon), shift)
            for share in (0.3, 0.4, 0.5, 0.2, 0.6, 0.7, 0.1)
            for shift in (-7.0, 17.0)
        ]
        boxes.append(min((_box(curve, x, width, shift, horizon) for x, shift in spots), key=lambda box: _cost(box, curves, boxes, horizon)))
        left, baseline, _ = boxes[-1]
        drawing.text(left, baseline, name, "t ti b", halo=True)


_Box = tuple[float, float, float]  # left, baseline, right


def _box(curve: Curve, x: float, width: float, shift: float, horizon: int) -> _Box:
    """A label that touches no point of its own curve over its width."""
    days = [(x + width * part / 6 - LEFT) * horizon * MONTH_DAYS / (WIDTH - LEFT) for part in range(7)]
    heights = [_y(curve.at(max(0.0, day))) for day in days]
    baseline = min(heights) + shift if shift < 0 else max(heights) + shift
    return x, baseline, x + width


def _cost(box: _Box, curves: Sequence[Curve], taken: Sequence[_Box], horizon: int) -> float:
    left, baseline, right = box
    cost = 1000.0 if right > WIDTH or not TOP + 6 < baseline < TOP + HEIGHT - 3 else 0.0
    for curve in curves:
        for part in range(13):
            x = left + (right - left) * part / 12
            day = (x - LEFT) * horizon * MONTH_DAYS / (WIDTH - LEFT)
            if baseline - 13 < _y(curve.at(day)) < baseline + 4:
                cost += 10
    for other_left, other_baseline, other_right in taken:
        if left < other_right and other_left < right and abs(baseline - other_baseline) < 14:
            cost += 300
    return cost


def _alt(curves: Sequence[Curve], title: str, horizon: int) -> str:
    at = 12 if horizon >= 12 else horizon
    parts = [f"{curve.name} {100 * curve.at(at * MONTH_DAYS):.0f} %" for curve in curves]
    return f"{title}: at {at} months {', '.join(parts)}."
