"""A trial's curves with the model's two predictions at the horizon; differences on an axis of their own."""

from oncoloom.report.plots.differences import Look, difference_axis, differences_plot
from oncoloom.report.plots.kaplan_meier import (
    HEIGHT,
    TOP,
    Curve,
    curve_point,
    kaplan_meier_plot,
    product_limit,
)
from oncoloom.report.svg import Drawing
from oncoloom.report.trial_model import ModelShare, TrialArm, TrialComparison
from oncoloom.report.words import MONTH_DAYS

APART_PX, LABEL_ENDS_PX = 8.0, 320.0
DIFFERENCES = Look(width=262.0, row=44.0)


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
    """Differences of the model and the trial, each with its interval, on one axis with an ink zero."""
    told = "; ".join(f"{row.label}: {row.text}" for row in one.differences)
    return differences_plot(
        one.differences,
        (one.first_name, one.second_name),
        f"Difference at {one.horizon_months:g} months, {one.heading}: {told}.",
        difference_axis(one.differences, DIFFERENCES.width),
        DIFFERENCES,
    )
