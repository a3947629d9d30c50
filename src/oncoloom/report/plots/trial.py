"""A trial's curves with the model's two predictions at the horizon; differences on an axis of their own."""

from collections.abc import Sequence

from oncoloom.report.plots.kaplan_meier import (
    HEIGHT,
    TOP,
    Curve,
    curve_point,
    kaplan_meier_plot,
    product_limit,
)
from oncoloom.report.svg import Drawing
from oncoloom.report.trial_model import ModelShare, TrialArm, TrialComparison, TrialDifference
from oncoloom.report.words import MONTH_DAYS

APART_PX, LABEL_ENDS_PX = 8.0, 320.0
DIFFERENCE_WIDTH, ROW_PX, AXIS_PX, MAX_NAME = 262.0, 44.0, 36.0, 14


def trial_plot(one: TrialComparison) -> Drawing:
    """Kaplan-Meier curves of both arms; the model's intervals at the horizon, one left and one right."""
    curves = [_curve(arm) for arm in (one.first, one.second)]
    drawing = kaplan_meier_plot(curves, f"{one.trial}, share {one.endpoint_words}")
    if one.horizon_months is None or (one.model_first is None and one.model_second is None):
        return drawing
    x, _ = curve_point(curves, one.horizon_months * MONTH_DAYS, 0)
    drawing.line(x, TOP, x, TOP + HEIGHT, "s-mid", 1, "2 3")
    for share, shift in ((one.model_first, -APART_PX), (one.model_second, APART_PX)):
        if share is not None:
            _draw_share(drawing, share, x + shift)
    right = x < LABEL_ENDS_PX
    drawing.text(x + (6 if right else -6), TOP + 12, "model", "t", "start" if right else "end", halo=True)
    return drawing


def _curve(arm: TrialArm) -> Curve:
    months, events = arm.rows()
    return product_limit(arm.therapy, [month * MONTH_DAYS for month in months], events)


def _draw_share(drawing: Drawing, share: ModelShare, x: float) -> None:
    def y(value: float) -> float:
        return TOP + HEIGHT * (1 - value)

    if share.lo90 is not None and share.hi90 is not None:
        drawing.line(x, y(share.lo90), x, y(share.hi90), "s-ink", 1.4)
    if share.lo50 is not None and share.hi50 is not None:
        drawing.line(x, y(share.lo50), x, y(share.hi50), "s-ink", 6)
    drawing.line(x - 7, y(share.estimate), x + 7, y(share.estimate), "s-ink", 2.4)


def difference_plot(one: TrialComparison) -> Drawing:
    """Differences of shares in points, each with its interval, on one axis with an ink zero."""
    rows = one.differences
    low, high, step = _range(rows)
    height = ROW_PX * len(rows) + AXIS_PX
    drawing = Drawing(DIFFERENCE_WIDTH, height, _alt(one))

    def x(value: float) -> float:
        return DIFFERENCE_WIDTH * (value - low) / (high - low)

    ticks = [low + step * n for n in range(round((high - low) / step) + 1)]
    for number, row in enumerate(rows):
        top = ROW_PX * number
        drawing.text(0, top + 12, row.label, "t ti b")
        drawing.text(DIFFERENCE_WIDTH, top + 12, row.text.replace(" points", ""), "t ti", "end")
        for tick in ticks:
            drawing.line(x(tick), top + 18, x(tick), top + 38, "s-ink" if tick == 0 else "s-hair")
        if row.lower is not None and row.upper is not None:
            drawing.line(x(row.lower), top + 28, x(row.upper), top + 28, "s-ink", 1.4)
        if not row.label.startswith("Trial"):
            drawing.line(x(row.value), top + 21, x(row.value), top + 35, "s-ink", 2.4)
        else:
            drawing.circle(x(row.value), top + 28, 4.5, "f-ink")
    bottom = ROW_PX * len(rows)
    drawing.line(0, bottom, DIFFERENCE_WIDTH, bottom, "s-mid")
    for tick in ticks:
        anchor = "start" if tick == ticks[0] else "end" if tick == ticks[-1] else "middle"
        drawing.line(x(tick), bottom, x(tick), bottom + 4, "s-mid")
        drawing.text(x(tick), bottom + 17, _signed(tick), "t", anchor)
    short = max(len(one.first_name), len(one.second_name)) <= MAX_NAME
    drawing.text(0, bottom + 32, f"{one.second_name if short else 'second'} better", "t")
    drawing.text(DIFFERENCE_WIDTH, bottom + 32, f"{one.first_name if short else 'first'} better", "t", "end")
    return drawing


def _range(rows: Sequence[TrialDifference]) -> tuple[float, float, float]:
    """Axis of whole steps that holds zero and every interval."""
    ends = [0.0] + [end for row in rows for end in (row.value, row.lower, row.upper) if end is not None]
    step = 20.0 if max(ends) - min(ends) > 40 else 10.0
    low, high = (step * (min(ends) // step), step * -(-max(ends) // step))
    return (low - step if low == 0 else low), (high + step if high == 0 else high), step


def _signed(value: float) -> str:
    return "0" if value == 0 else f"{value:+.0f}".replace("-", "−")


def _alt(one: TrialComparison) -> str:
    told = "; ".join(f"{row.label}: {row.text}" for row in one.differences)
    return f"Difference at {one.horizon_months:g} months, {one.heading}: {told}."
