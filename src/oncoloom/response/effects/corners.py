"""Corners: one or two inputs, each above or below a threshold, for effects that jump instead of bending."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from oncoloom.response.array_types import BoolArray, FloatArray, IntArray

SHARES = (0.2, 0.35, 0.5, 0.65, 0.8)  # thresholds of a number alone: these shares of the rows lie below
PAIR_SHARES = (0.3, 0.5, 0.7)  # the same where two inputs meet
MIN_SHARE = 0.08  # a corner must hold this share of the rows, and leave it
NONE = -1  # no second input
_NAMES = ("columns", "thresholds", "signs", "center", "scale")
_Row = tuple[tuple[int, int], tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Corners:
    """r flags: 1 where every named input lies on its side of its threshold; centered and scaled.

    An input that is exactly 0, the training mean, is one that is missing: the flag is then at its mean, too.

    Attributes
    ----------
    columns
        (r, 2) inputs; the second is -1 where there is only one.
    thresholds, signs
        (r, 2); sign 1 = above the threshold, -1 = at or below it.
    center, scale
        (r,) share of the training rows inside, of those of whom it is known, and the spread of that flag.
    """

    columns: IntArray
    thresholds: FloatArray
    signs: FloatArray
    center: FloatArray
    scale: FloatArray

    def __len__(self) -> int:
        return len(self.center)

    def expand(self, x: FloatArray) -> FloatArray:
        """(n, r) of inputs (n, p)."""
        inside, known = _flags(x, self.columns, self.thresholds, self.signs)
        return np.asarray(np.where(known, inside - self.center, 0.0) / self.scale, dtype=np.float64)

    def take(self, which: IntArray) -> "Corners":
        """Some of them."""
        return Corners(*(getattr(self, name)[which] for name in _NAMES))

    def joined(self, other: "Corners") -> "Corners":
        """These and then the others."""
        return Corners(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in _NAMES))

    def arrays(self) -> dict[str, FloatArray]:
        """All arrays by name, float64."""
        return {f"corner_{name}": getattr(self, name).astype(np.float64) for name in _NAMES}

    @classmethod
    def from_arrays(cls, arrays: dict[str, FloatArray]) -> "Corners":
        """The corners whose :meth:`arrays` these are."""
        return cls(
            arrays["corner_columns"].astype(np.int64).reshape(-1, 2),
            arrays["corner_thresholds"].reshape(-1, 2),
            arrays["corner_signs"].reshape(-1, 2),
            arrays["corner_center"],
            arrays["corner_scale"],
        )


def no_corners() -> Corners:
    """None."""
    return _built(np.zeros((0, 1)), [])


def offered_corners(x: FloatArray, sources: IntArray, modifiers: IntArray, min_distinct: int) -> Corners:
    """All corners that modifiers of the training rows x (n, p) offer.

    Numbers (`min_distinct` different values or more) are cut at shares of their rows, others between their
    values. Two-valued inputs stand in pairs only: alone they are in the model as they are. `sources` (p,)
    numbers the raw column of each input; two inputs of one raw column are no pair. A corner that fewer than
    8 % of the rows lie in, or outside of, is left out.
    """
    rows: list[_Row] = []
    cuts: dict[int, list[float]] = {}
    for j in (int(one) for one in modifiers):
        values = np.unique(x[x[:, j] != 0, j])
        if values.size < 2:
            continue
        if values.size >= min_distinct:
            alone, cuts[j] = _cut(x[:, j], SHARES), _cut(x[:, j], PAIR_SHARES)
        else:
            cuts[j] = [float(t) for t in (values[1:] + values[:-1]) / 2]
            alone = cuts[j] if values.size > 2 else []
        rows += [((j, NONE), (t, 0.0), (1.0, 0.0)) for t in alone]
    inputs = list(cuts)
    for a, i in enumerate(inputs):
        for j in inputs[a + 1 :]:
            if sources[i] != sources[j]:
                sides = product(cuts[i], cuts[j], (1.0, -1.0), (1.0, -1.0))
                rows += [((i, j), (s, t), (u, v)) for s, t, u, v in sides]
    return _built(x, rows)


def _cut(values: FloatArray, shares: tuple[float, ...]) -> list[float]:
    return [float(t) for t in np.unique(np.quantile(values, shares))]


def _built(x: FloatArray, rows: list[_Row]) -> Corners:
    columns = np.array([one[0] for one in rows], dtype=np.int64).reshape(-1, 2)
    thresholds = np.array([one[1] for one in rows], dtype=np.float64).reshape(-1, 2)
    signs = np.array([one[2] for one in rows], dtype=np.float64).reshape(-1, 2)
    inside, known = _flags(x, columns, thresholds, signs)
    center = inside.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    keep = (center >= MIN_SHARE) & (center <= 1 - MIN_SHARE)
    scale = np.sqrt(center * (1 - center))
    return Corners(columns[keep], thresholds[keep], signs[keep], center[keep], scale[keep])


def _flags(
    x: FloatArray, columns: IntArray, thresholds: FloatArray, signs: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """(n, r) inside, 0 where it is not known, and whether it is known."""
    inside = np.ones((len(x), len(columns)), dtype=bool)
    known = np.ones_like(inside)
    for side in (0, 1):
        used = columns[:, side] != NONE
        value = x[:, columns[used, side]]
        inside[:, used] &= (value > thresholds[used, side]) == (signs[used, side] > 0)
        known[:, used] &= value != 0
    return (inside & known).astype(np.float64), known
