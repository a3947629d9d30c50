"""Plain twins of the trial figures: loops over patients, no array tricks."""

from math import exp, log, sqrt


def naive_curve(time, event):
    """[(time, survival, Greenwood sum)] at each event time."""
    out, survival, greenwood = [], 1.0, 0.0
    for when in sorted({t for t, e in zip(time, event, strict=True) if e}):
        at_risk = sum(t >= when for t in time)
        deaths = sum(t == when and bool(e) for t, e in zip(time, event, strict=True))
        survival *= 1 - deaths / at_risk
        greenwood += deaths / (at_risk * (at_risk - deaths)) if at_risk > deaths else float("inf")
        out.append((when, survival, greenwood))
    return out


def naive_survival(time, event, month):
    """Survival at a month with its log-log limits (None where 0 or 1)."""
    before = [row for row in naive_curve(time, event) if row[0] <= month]
    share, greenwood = before[-1][1:] if before else (1.0, 0.0)
    if not 0 < share < 1:
        return share, None, None
    half = 1.959964 * sqrt(greenwood) / abs(log(share))
    return share, share ** exp(half), share ** exp(-half)


def naive_mean(time, event, months, slices=20_000):
    """Area under the curve to `months`, by thin slices."""
    curve = naive_curve(time, event)
    total, at, survival = 0.0, 0, 1.0
    for i in range(slices):
        now = (i + 0.5) * months / slices
        while at < len(curve) and curve[at][0] <= now:
            survival = curve[at][1]
            at += 1
        total += survival * months / slices
    return total


def naive_efron(coefficient, first, second):
    """Log partial likelihood with Efron's ties; first, second: [(time, event)]."""
    rows = [(t, e, 1.0) for t, e in first] + [(t, e, 0.0) for t, e in second]
    total = 0.0
    for when in sorted({t for t, e, _ in rows if e}):
        dying = [x for t, e, x in rows if t == when and e]
        at_risk = sum(exp(coefficient * x) for t, _, x in rows if t >= when)
        tied = sum(exp(coefficient * x) for x in dying)
        total += coefficient * sum(dying)
        total -= sum(log(at_risk - k / len(dying) * tied) for k in range(len(dying)))
    return total
