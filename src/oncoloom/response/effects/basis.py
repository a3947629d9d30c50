"""Inputs of the effect model: the design's columns, hinges of numbers, products and corners of modifiers.

Each hinge and product is freed of its linear part on the training rows, so that the groups (linear, hinges,
products) do not compete for the same signal and can each have a penalty of their own.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from oncoloom.response.array_types import FloatArray, IntArray
from oncoloom.response.effects.corners import Corners, no_corners

LINEAR, GENES, HINGES, PRODUCTS, CORNERS = 0, 1, 2, 3, 4  # groups, in the order in which models grow
KNOT_SHARES = (1 / 3, 2 / 3)
MIN_DISTINCT = 8  # fewer different values: no number to bend
MAX_PRODUCTS = 66  # pairs of 12 modifiers; with more modifiers products are left out
MIN_SPREAD = 0.05  # a product that hardly varies beyond its linear part


@dataclass(frozen=True, slots=True)
class EffectBasis:
    """A fitted expansion of p inputs to p + h + r + c columns.

    Attributes
    ----------
    hinge_column, hinge_knot
        (h,) input that is bent, and where.
    product_columns
        (r, 2) the two inputs of each product.
    linear_part
        (h + r, 3) intercept and slopes on the input(s), taken off; a hinge's third is 0.
    scale
        (h + r,) spread after that.
    groups
        (p + h + r + c,) group of each column; every corner is a group of its own, from `CORNERS` on.
    modifiers
        (m,) expanded columns whose effect may differ by therapy, ascending.
    corners
        c corners that the search found.
    """

    n_inputs: int
    hinge_column: IntArray
    hinge_knot: FloatArray
    product_columns: IntArray
    linear_part: FloatArray
    scale: FloatArray
    groups: IntArray
    modifiers: IntArray
    corners: Corners = field(default_factory=no_corners)

    def expand(self, x: FloatArray) -> FloatArray:
        """(n, p) standardized inputs -> (n, p + h + r + c)."""
        raw, first, second = self._raw(x)
        linear = self.linear_part[:, 0] + self.linear_part[:, 1] * first + self.linear_part[:, 2] * second
        return np.concatenate([x, (raw - linear) / self.scale, self.corners.expand(x)], axis=1)

    def with_corners(self, more: Corners) -> "EffectBasis":
        """The same with further columns, modifiers each."""
        at, first = len(self.groups), CORNERS + len(self.corners)
        return replace(
            self,
            corners=self.corners.joined(more),
            groups=np.append(self.groups, first + np.arange(len(more))),
            modifiers=np.append(self.modifiers, at + np.arange(len(more))),
        )

    def _raw(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        bent = x[:, self.hinge_column]
        left, right = x[:, self.product_columns[:, 0]], x[:, self.product_columns[:, 1]]
        raw = np.concatenate([np.maximum(bent - self.hinge_knot, 0.0), left * right], axis=1)
        none = np.zeros_like(bent)
        return raw, np.concatenate([bent, left], axis=1), np.concatenate([none, right], axis=1)

    def arrays(self) -> dict[str, FloatArray]:
        """All arrays by name, float64."""
        return {
            "n_inputs": np.array([self.n_inputs], dtype=np.float64),
            "hinge_column": self.hinge_column.astype(np.float64),
            "hinge_knot": self.hinge_knot,
            "product_columns": self.product_columns.astype(np.float64),
            "linear_part": self.linear_part,
            "scale": self.scale,
            "groups": self.groups.astype(np.float64),
            "modifiers": self.modifiers.astype(np.float64),
            **self.corners.arrays(),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, FloatArray]) -> "EffectBasis":
        """The basis whose :meth:`arrays` these are."""
        return cls(
            int(arrays["n_inputs"][0]),
            arrays["hinge_column"].astype(np.int64),
            arrays["hinge_knot"],
            arrays["product_columns"].astype(np.int64).reshape(-1, 2),
            arrays["linear_part"].reshape(-1, 3),
            arrays["scale"],
            arrays["groups"].astype(np.int64),
            arrays["modifiers"].astype(np.int64),
            Corners.from_arrays(arrays),
        )


def fit_basis(x: FloatArray, sources: IntArray, modifiers: IntArray, genes: IntArray) -> EffectBasis:
    """Fit the expansion on training rows.

    x (n, p); `sources` (p,) number of the raw column behind each input (inputs of one raw column are never
    multiplied with each other); `modifiers` and `genes` are columns of x.
    """
    hinges = [
        (j, knot)
        for j in range(x.shape[1])
        if np.unique(x[:, j]).size >= MIN_DISTINCT
        for knot in np.unique(np.quantile(x[:, j], KNOT_SHARES))
    ]
    pairs = [(i, j) for a, i in enumerate(modifiers) for j in modifiers[a + 1 :] if sources[i] != sources[j]]
    if len(pairs) > MAX_PRODUCTS:
        pairs = []
    draft = EffectBasis(
        x.shape[1],
        np.array([j for j, _ in hinges], dtype=np.int64),
        np.array([knot for _, knot in hinges], dtype=np.float64),
        np.array(pairs, dtype=np.int64).reshape(-1, 2),
        np.zeros((len(hinges) + len(pairs), 3)),
        np.ones(len(hinges) + len(pairs)),
        np.zeros(0, dtype=np.int64),
        np.zeros(0, dtype=np.int64),
    )
    linear_part, scale = _residuals(draft, x)
    bent, multiplied = scale[: len(hinges)] >= MIN_SPREAD, scale[len(hinges) :] >= MIN_SPREAD
    keep = np.concatenate([bent, multiplied])
    groups = np.concatenate(
        [
            np.where(np.isin(np.arange(x.shape[1]), genes), GENES, LINEAR),
            np.full(int(bent.sum()), HINGES),
            np.full(int(multiplied.sum()), PRODUCTS),
        ]
    ).astype(np.int64)
    hinge_column = draft.hinge_column[bent]
    of_modifiers = np.flatnonzero(np.isin(hinge_column, modifiers)) + x.shape[1]
    products = np.arange(int(multiplied.sum())) + x.shape[1] + hinge_column.size
    return EffectBasis(
        x.shape[1],
        hinge_column,
        draft.hinge_knot[bent],
        draft.product_columns[multiplied],
        linear_part[keep],
        scale[keep],
        groups,
        np.concatenate([modifiers, of_modifiers, products]).astype(np.int64),
    )


def _residuals(draft: EffectBasis, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    raw, first, second = draft._raw(x)
    part, scale = np.zeros((raw.shape[1], 3)), np.zeros(raw.shape[1])
    for k in range(raw.shape[1]):
        design = np.stack([np.ones(len(x)), first[:, k], second[:, k]], axis=1)
        part[k] = np.linalg.lstsq(design, raw[:, k], rcond=None)[0]
        scale[k] = float((raw[:, k] - design @ part[k]).std())
    return part, scale
