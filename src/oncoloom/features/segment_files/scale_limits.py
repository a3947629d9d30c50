"""What no file of a scale can hold: negative copies, a log ratio off center, levels no tumor reaches."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log as ln

import numpy as np

Fault = tuple[str, str]  # why, and which record
_GENOME = 1e9  # bases that a sample's segments must cover before their median is that of the genome
_FIRM_BINS, _FIRM_BP = 10, 1_000_000
_FIRM_RATIO = 100.0  # between the levels of a depth measurement and its noise floor, and 200 copies
_BROAD_BP = 30e6
_BROAD_RATIO = (0.1, 8.0)  # a broad region keeps a copy (pure, of five or more), and has no 17 copies
_CENTER_OF_RATIO, _CENTER_OF_COPIES = (0.5, 1.5), (0.8, 6.5)
_OFF_CENTER = 0.75
_LEAST_WHOLE = 3
_LEAST_FIT, _WORSE = 0.95, 4.0


@dataclass(frozen=True, slots=True)
class Level:
    """A segment's level as written, with what bears on its scale; `copies` None where the file has none."""

    value: float
    bp: int
    sample: str
    line: int
    is_y: bool
    bins: int | None
    copies: float | None


def why_impossible(levels: Sequence[Level], scale: str, base: float | None) -> Fault | None:
    """Why levels cannot be of `scale` (`base` of its logarithm), with the record that shows it; else None."""
    if _is_calls(levels):
        return "every level is a whole number, with negative ones: calls, no measured levels", _where(levels)
    if base is None:
        return _why_not_linear(levels, scale)
    return (
        _whole_copies(levels)
        or _off_center(levels)
        or _out_of_reach(levels, base)
        or _bent_against_copies(levels, scale)
    )


def _where(levels: Sequence[Level]) -> str:
    return f"line {levels[0].line}"


def _is_calls(levels: Sequence[Level]) -> bool:
    values = {one.value for one in levels}
    whole = all(value == int(value) for value in values)
    return whole and len(values) > _LEAST_WHOLE - 1 and min(values) < 0 and len(levels) > _LEAST_WHOLE


def _why_not_linear(levels: Sequence[Level], scale: str) -> Fault | None:
    least = min(levels, key=lambda one: one.value)
    if least.value < 0:
        return f"a level of {least.value:g} is below 0", f"line {least.line}"
    low, high = _CENTER_OF_RATIO if scale == "ratio" else _CENTER_OF_COPIES
    for sample, center in _centers(levels).items():
        if not low <= center <= high:
            first = next(one.line for one in levels if one.sample == sample)
            return f"the median level of a genome is {center:.2f}", f"line {first} on"
    return None


def _whole_copies(levels: Sequence[Level]) -> Fault | None:
    values = {one.value for one in levels}
    whole = all(value == int(value) for value in values) and min(values) >= 0 and max(values) > 1
    if whole and len(levels) >= _LEAST_WHOLE:
        return "every level is a whole number of copies", _where(levels)
    return None


def _off_center(levels: Sequence[Level]) -> Fault | None:
    centers = _centers(levels)
    for sample, center in centers.items():
        own = [one for one in levels if one.sample == sample]
        if center >= _OFF_CENTER and min(one.value for one in own) >= 0:
            why = f"the median level of a genome is {center:.2f}, and none is negative"
            return why, f"line {own[0].line} on"
    return None


def _centers(levels: Sequence[Level]) -> dict[str, float]:
    """Median level by length of each sample whose segments cover a genome's worth."""
    out = {}
    for sample in dict.fromkeys(one.sample for one in levels):
        own = sorted((one for one in levels if one.sample == sample), key=lambda one: one.value)
        covered = np.cumsum([one.bp for one in own])
        if covered[-1] >= _GENOME:
            out[sample] = own[int(np.searchsorted(covered, covered[-1] / 2))].value
    return out


def _out_of_reach(levels: Sequence[Level], base: float) -> Fault | None:
    limit = ln(_FIRM_RATIO) / ln(base)
    low, high = (ln(ratio) / ln(base) for ratio in _BROAD_RATIO)
    for one in levels:
        firm = one.bins >= _FIRM_BINS if one.bins is not None else one.bp >= _FIRM_BP
        broad = one.bp >= _BROAD_BP
        above = (firm and one.value > limit) or (broad and one.value > high)
        below = not one.is_y and ((firm and one.value < -limit) or (broad and one.value < low))
        if above or below:
            ratio = base**one.value
            return f"{one.value:g} would be {ratio:.3g} times the normal copies", f"line {one.line}"
    return None


def _bent_against_copies(levels: Sequence[Level], scale: str) -> Fault | None:
    """Copies and the true ratio lie on a line; on another logarithm's ratio they bend off it."""
    known = [one for one in levels if one.copies is not None and not one.is_y]
    if len({round(one.copies or 0.0) for one in known}) < _LEAST_WHOLE:
        return None
    misfits = {name: _misfit(known, base) for name, base in (("log2", 2.0), ("log10", 10.0), ("ln", np.e))}
    best = min(misfits, key=lambda name: misfits[name])
    if misfits[best] < 1 - _LEAST_FIT and misfits[scale] > _WORSE * misfits[best]:
        return f"beside the file's copies they lie on a line only as {best}", _where(known)
    return None


def _misfit(levels: Sequence[Level], base: float) -> float:
    """Share of the ratio's variance that a line over the copies leaves (weights: lengths)."""
    ratio = np.power(base, np.clip([one.value for one in levels], -10, 6))
    copies = np.array([one.copies for one in levels], dtype=np.float64)
    weight = np.array([float(one.bp) for one in levels])
    x = copies - np.average(copies, weights=weight)
    y = ratio - np.average(ratio, weights=weight)
    total = float(np.sum(weight * y * y))
    slope = float(np.sum(weight * x * y)) / max(float(np.sum(weight * x * x)), 1e-12)
    return float(np.sum(weight * (y - slope * x) ** 2)) / total if total > 0 else 1.0
