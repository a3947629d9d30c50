"""Slow, obvious survival statistics: the readable specification of response.survival_metrics."""

from fractions import Fraction
from itertools import pairwise


def naive_kaplan_meier(times, events, day):
    """S(day) as an exact fraction, counting patients one by one."""
    survival = Fraction(1)
    for t in sorted({t for t, e in zip(times, events, strict=True) if e}):
        if t > day:
            break
        at_risk = sum(1 for u in times if u >= t)
        deaths = sum(1 for u, e in zip(times, events, strict=True) if e and u == t)
        survival *= Fraction(at_risk - deaths, at_risk)
    return survival


def naive_concordance(times, events, risks):
    """Harrell's C by looking at every pair; None if no pair is comparable."""
    good = all_pairs = Fraction(0)
    for i in range(len(times)):
        for j in range(len(times)):
            first = events[i] and (times[i] < times[j] or (times[i] == times[j] and not events[j]))
            if not first:
                continue
            all_pairs += 1
            if risks[i] > risks[j]:
                good += 1
            elif risks[i] == risks[j]:
                good += Fraction(1, 2)
    return None if all_pairs == 0 else good / all_pairs


def naive_auc(scores, labels):
    """Share of (responder, other) pairs in the right order, ties half."""
    pairs = [
        (a > b) + Fraction(a == b) / 2
        for a, la in zip(scores, labels, strict=True)
        for b, lb in zip(scores, labels, strict=True)
        if la and not lb
    ]
    return None if not pairs else sum(pairs, Fraction(0)) / len(pairs)


def naive_exposure(time, event, edges):
    """Lived fraction and event of each bin for one patient."""
    exposure, events = [], []
    done = False
    for low, high in pairwise(edges):
        lived = min(max((time - low) / (high - low), 0.0), 1.0)
        here = bool(event) and not done and time <= high
        if here:
            lived, done = 1.0, True
        exposure.append(lived)
        events.append(1.0 if here else 0.0)
    return exposure, events
