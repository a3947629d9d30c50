"""Charts of the validation page, drawn from its JSON: calibration, decision and learning curves, thirds."""

from typing import Any

from oncoloom.response.plots import DASHES, round_ticks
from oncoloom.response.svg import GREY, MID, Axes, Canvas
from oncoloom.response.validation.html import plain_words
from oncoloom.shares import wilson_interval


def calibration_chart(bins: list[dict[str, Any]], title: str) -> str:
    """Predicted against observed share in groups of equal count, Wilson 95 % intervals."""
    canvas = Canvas(400, 380, title)
    canvas.text(16, 24, title, bold=True)
    top = 1.0 if max((one["predicted"] for one in bins), default=0) > 0.6 else 0.6
    axes = Axes(60, 64, 310, 250, (0, top), (0, 1))
    ticks = [0.0, 0.2, 0.4, 0.6] + ([0.8, 1.0] if top > 0.6 else [])
    axes.frame(canvas, ticks, [0, 0.25, 0.5, 0.75, 1], "predicted", "observed")
    canvas.line(axes.x(0), axes.y(0), axes.x(top), axes.y(top), color=MID, dash="6 2.5")
    for one in bins:
        x = axes.x(one["predicted"])
        low, high = wilson_interval(one["observed"] * one["n"], one["n"])
        canvas.line(x, axes.y(low), x, axes.y(high), width=1.5)
        canvas.dot(x, axes.y(one["observed"]), radius=3.5)
    return canvas.render()


def quarters_chart(horizons: dict[str, Any], title: str) -> str:
    """Predicted against observed survival by quarter, one mark per horizon and quarter."""
    canvas = Canvas(400, 380, title)
    canvas.text(16, 24, title, bold=True)
    axes = Axes(60, 64, 310, 250, (0, 1), (0, 1))
    axes.frame(canvas, [0, 0.25, 0.5, 0.75, 1], [0, 0.25, 0.5, 0.75, 1], "predicted", "observed")
    canvas.line(axes.x(0), axes.y(0), axes.x(1), axes.y(1), color=MID, dash="6 2.5")
    for k, (day, one) in enumerate(horizons.items()):
        for predicted, observed in one["predicted_and_observed_by_quarter"]:
            canvas.dot(axes.x(predicted), axes.y(observed), radius=4, filled=k == 0)
        canvas.dot(axes.x(0.05), axes.y(0.95 - 0.08 * k), radius=4, filled=k == 0)
        canvas.text(axes.x(0.09), axes.y(0.95 - 0.08 * k) + 4, f"day {day}")
    return canvas.render()


def decision_chart(curve: dict[str, Any], title: str) -> str:
    """Net benefit of the model (solid), of acting on all (dashed) and on none (the zero line)."""
    canvas = Canvas(400, 380, title)
    canvas.text(16, 24, title, bold=True)
    model, everyone, thresholds = curve["models"]["model"], curve["treat_all"], curve["thresholds"]
    best = max(*model, *everyone, 0.05)
    axes = Axes(60, 64, 310, 250, (thresholds[0], thresholds[-1]), (-0.05, best))
    ticks = [tick for tick in (0.0, 0.1, 0.2, 0.4, 0.6, 0.8) if tick <= best]
    axes.frame(canvas, [0.05, 0.25, 0.5, 0.75], ticks, "threshold", "net benefit")
    for k, (name, values) in enumerate((("model", model), ("act on all", everyone))):
        points = [(axes.x(t), axes.y(v)) for t, v in zip(thresholds, values, strict=True) if v >= -0.05]
        canvas.path(points, dash=DASHES[k])
        y = 78 + 18 * k
        canvas.path([(250, y - 4), (278, y - 4)], dash=DASHES[k])
        canvas.text(284, y, name)
    return canvas.render()


def comparison_chart(rows: list[dict[str, Any]], label: str, title: str) -> str:
    """The model's figure minus each other's, with the paired interval; right of zero the model is better."""
    shown = [row for row in rows if row["difference"] is not None and row["difference_ci95"]]
    canvas = Canvas(560, 84 + 24 * max(len(shown), 1), title)
    canvas.text(16, 24, title, bold=True)
    if not shown:
        return canvas.render()
    ends = [value for row in shown for value in row["difference_ci95"]]
    low, high = min(*ends, -0.05), max(*ends, 0.05)
    low, high = _down(low), -_down(-high)
    axes = Axes(170, 40, 320, 24 * len(shown), (low, high), (0, 1))
    axes.frame(canvas, round_ticks(low, high), [], label, "")
    canvas.line(axes.x(0), axes.top, axes.x(0), axes.top + axes.height, color=MID, dash="6 2.5")
    for i, row in enumerate(shown):
        y = axes.top + 24 * i + 12
        canvas.text(16, y + 4, plain_words(row["name"]))
        a, b = row["difference_ci95"]
        canvas.line(axes.x(a), y, axes.x(b), y, width=2)
        canvas.dot(axes.x(row["difference"]), y)
        canvas.text(552, y + 4, f"{row['difference']:+.3f}", anchor="end")
    return canvas.render()


def _down(value: float) -> float:
    return -round(-value * 20 + 0.4999) / 20


def thirds_chart(thirds: list[dict[str, Any]], title: str) -> str:
    """Kaplan-Meier curves by third of predicted mortality at whole months."""
    canvas = Canvas(520, 400, title)
    canvas.text(16, 24, title, bold=True)
    last = max([6, *(one["months"][-1] for one in thirds if one["months"])])
    axes = Axes(90, 64, 400, 220, (0, last), (0, 1))
    pace = next(s for s in (2, 3, 6, 12, 24, 48) if last / s <= 7 or s == 48)
    ticks = [float(t) for t in range(0, last + 1, pace)]
    axes.frame(canvas, ticks, [0, 0.25, 0.5, 0.75, 1], "months", "without the event")
    canvas.text(16, 330, "at risk", color=GREY)
    for k, one in enumerate(thirds):
        points: list[tuple[float, float]] = []
        for month, survival in zip(one["months"], one["survival"], strict=True):
            if points:
                points.append((axes.x(month), points[-1][1]))
            points.append((axes.x(month), axes.y(survival)))
        canvas.path(points, dash=DASHES[k])
        y = 348 + 18 * k
        canvas.path([(16, y - 4), (36, y - 4)], dash=DASHES[k])
        canvas.text(40, y, one["name"].replace(" risk", ""))
        for tick in ticks:
            if tick in one["months"] and tick > 0:
                canvas.text(axes.x(tick), y, str(one["at_risk"][int(tick)]), anchor="middle")
    return canvas.render()


def learning_chart(curves: dict[str, list[dict[str, Any]]], title: str) -> str:
    """Outer-fold score by number of training patients, with one standard error."""
    canvas = Canvas(420, 340, title)
    canvas.text(16, 24, title, bold=True)
    points = [one for curve in curves.values() for one in curve if one["score"] is not None]
    if not points:
        return canvas.render()
    scores = [one["score"] + s * (one["se"] or 0) for one in points for s in (-1, 1)]
    low, high = _down(min(scores)), -_down(-max(scores))
    most = max(one["n"] for one in points)
    axes = Axes(70, 64, 310, 210, (0, most * 1.05), (low, high))
    middle = [round(most * share) for share in (0.25, 0.5, 0.75, 1)]
    axes.frame(canvas, middle, round_ticks(low, high), "training patients", "score")
    for k, (name, curve) in enumerate(curves.items()):
        known = [one for one in curve if one["score"] is not None]
        canvas.path([(axes.x(one["n"]), axes.y(one["score"])) for one in known], dash=DASHES[k])
        for one in known:
            x, error = axes.x(one["n"]) + 3 * k, one["se"] or 0.0
            canvas.line(x, axes.y(one["score"] - error), x, axes.y(one["score"] + error), width=1.5)
        y = 236 + 18 * k
        canvas.path([(250, y - 4), (278, y - 4)], dash=DASHES[k])
        canvas.text(284, y, name.replace("_", " "))
    return canvas.render()
