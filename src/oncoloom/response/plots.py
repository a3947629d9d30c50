"""Plots of a training or validation as SVG: calibration, candidates side by side, curves by thirds."""

import numpy as np

from oncoloom.response.datamodule import FloatArray
from oncoloom.response.survival_metrics import KaplanMeier, kaplan_meier
from oncoloom.response.svg import GREY, MID, Axes, Canvas
from oncoloom.shares import wilson_interval

DASHES = ("", "6 2.5", "1.5 2.5")
NAMES = {"response": "Response", "pfs": "PFS", "os": "OS"}
_FREE = {"pfs": "free of progression", "os": "alive"}


def calibration_plot(probability: FloatArray, label: FloatArray, *, title: str) -> str:
    """Predicted against observed share in up to ten equal-count groups, with Wilson 95 % intervals."""
    canvas = Canvas(440, 420, title)
    canvas.text(20, 28, title, bold=True)
    top = max(0.6, float(probability.max(initial=0.0)))
    top = 1.0 if top > 0.6 else 0.6
    axes = Axes(70, 76, 340, 270, (0, top), (0, 1))
    axes.frame(
        canvas,
        [0, 0.2, 0.4, 0.6, *([0.8, 1.0] if top > 0.6 else [])],
        [0, 0.25, 0.5, 0.75, 1],
        "predicted",
        "observed",
    )
    canvas.line(axes.x(0), axes.y(0), axes.x(top), axes.y(top), color=MID, dash="6 2.5")
    order = np.argsort(probability, kind="stable")
    groups = min(10, max(1, probability.size // 10))
    for part in np.array_split(order, groups):
        if part.size == 0:
            continue
        x, n, k = axes.x(float(probability[part].mean())), part.size, float(label[part].sum())
        low, high = wilson_interval(k, n)
        canvas.line(x, axes.y(low), x, axes.y(high), width=1.5)
        canvas.dot(x, axes.y(k / n), radius=3.5)
    canvas.text(70, 404, f"{probability.size} patients, {int(label.sum())} with the event", color=GREY)
    return canvas.render()


def roc_plot(curves: list[tuple[str, FloatArray]], label: FloatArray, *, title: str) -> str:
    """ROC curves of up to three scores, told apart by dashes."""
    canvas = Canvas(440, 420, title)
    canvas.text(20, 28, title, bold=True)
    axes = Axes(70, 76, 340, 270, (0, 1), (0, 1))
    axes.frame(canvas, [0, 0.5, 1], [0, 0.25, 0.5, 0.75, 1], "1 - specificity", "sensitivity")
    canvas.line(axes.x(0), axes.y(0), axes.x(1), axes.y(1), color=MID)
    for i, (name, score) in enumerate(curves[:3]):
        order = np.argsort(-score, kind="stable")
        hits = np.cumsum(label[order]) / max(label.sum(), 1)
        misses = np.cumsum(1 - label[order]) / max((1 - label).sum(), 1)
        last = np.append(np.diff(score[order]) != 0, True)  # ties are one step
        points = [(axes.x(0), axes.y(0))]
        points += [
            (axes.x(float(m)), axes.y(float(h))) for m, h in zip(misses[last], hits[last], strict=True)
        ]
        canvas.path(points, dash=DASHES[i])
        y = axes.top + axes.height - 58 + 20 * i
        canvas.path([(axes.x(0.35), y - 4), (axes.x(0.35) + 28, y - 4)], dash=DASHES[i])
        canvas.text(axes.x(0.35) + 36, y, name)
    return canvas.render()


def candidates_plot(
    rows: list[tuple[str, float, tuple[float, float] | None, bool]], *, label: str, title: str
) -> str:
    """Each candidate's figure with its interval; the champion is the filled mark."""
    height = 96 + 30 * len(rows)
    canvas = Canvas(520, height, title)
    canvas.text(20, 28, title, bold=True)
    values = [v for _, value, interval, _ in rows for v in (value, *(interval or ()))]
    low, high = np.floor(min(values) * 20) / 20, np.ceil(max(values) * 20) / 20
    axes = Axes(180, 48, 270, 30 * len(rows), (float(low), float(max(high, low + 0.05))), (0, 1))
    axes.frame(canvas, round_ticks(*axes.x_range), [], label, "")
    for i, (name, value, interval, champion) in enumerate(rows):
        y = axes.top + 30 * i + 15
        canvas.text(20, y + 4, name.replace("_", " "), bold=champion)
        if interval is not None:
            canvas.line(axes.x(interval[0]), y, axes.x(interval[1]), y, width=2)
        canvas.dot(axes.x(value), y, filled=champion)
        canvas.text(510, y + 4, f"{value:.3f}", anchor="end", bold=champion)
    return canvas.render()


def round_ticks(low: float, high: float) -> list[float]:
    """Three to six ticks at multiples of 0.05, inside a range whose ends are multiples of 0.05."""
    first, last = round(low * 20), round(high * 20)
    step = max(1, -(-(last - first) // 5))
    return (
        [n / 20 for n in range(first, last + 1, step)] if last - first > 1 else [low, (low + high) / 2, high]
    )


def thirds_plot(
    risk: FloatArray, time: FloatArray, event: FloatArray, *, title: str, endpoint: str = ""
) -> str:
    """Kaplan-Meier curves by third of predicted mortality, with numbers at risk."""
    canvas = Canvas(520, 480, title)
    canvas.text(20, 28, title, bold=True)
    months = time / 30.4375
    last = max(6.0, float(np.floor(np.quantile(months, 0.9) / 6) * 6))
    axes = Axes(130, 76, 350, 260, (0, last), (0, 1))
    pace = next(step for step in (2, 3, 6, 12, 24, 48) if last / step <= 7 or step == 48)
    ticks = [float(t) for t in np.arange(0, last + 1e-9, pace)]
    axes.frame(canvas, ticks, [0, 0.25, 0.5, 0.75, 1], "months", _FREE.get(endpoint, "free of the event"))
    third = np.searchsorted(np.quantile(risk, [1 / 3, 2 / 3]), risk, side="right")
    for k, name in enumerate(("low risk", "middle", "high risk")):
        mine = third == k
        if not mine.any():
            continue
        curve = kaplan_meier(months[mine], event[mine])
        canvas.path(_steps(curve, axes, last), dash=DASHES[k])
        y = 400 + 20 * k
        canvas.path([(20, y - 4), (44, y - 4)], dash=DASHES[k])
        canvas.text(50, y, name)
        for tick in ticks:
            canvas.text(axes.x(tick), y, str(int((months[mine] >= tick).sum())), anchor="middle")
    canvas.text(20, 384, "at risk", color=GREY)
    return canvas.render()


def _steps(curve: KaplanMeier, axes: Axes, last: float) -> list[tuple[float, float]]:
    points, level = [(axes.x(0), axes.y(1.0))], 1.0
    for t, s in zip(curve.times, curve.survival, strict=True):
        if t > last:
            break
        points += [(axes.x(float(t)), axes.y(level)), (axes.x(float(t)), axes.y(float(s)))]
        level = float(s)
    return [*points, (axes.x(last), axes.y(level))]
