"""Confounders as a line, as bins, and as cells of two of them: the inputs of the propensity.

A therapy is often given by a rule (above a limit; in a corner of two findings) that no line follows. Bins are
sixths of a number, the values of a flag; cells are pairs of bins of different raw columns.
"""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import FloatArray, IntArray

LINE, BINS, CELLS = 0, 1, 2
CUT_SHARES = tuple(k / 6 for k in range(1, 6))
MAX_COLUMNS = 200  # more confounders: no cells, 1,000 patients could not fill them


@dataclass(frozen=True, slots=True)
class CellBasis:
    """A fitted expansion of d confounders.

    Attributes
    ----------
    cuts
        (d, c) upper limits of the bins of each, padded with infinity.
    pairs
        (r, 4) column, bin, other column, other bin of each cell.
    groups
        (d + b + r,) LINE, BINS or CELLS of each column.
    """

    cuts: FloatArray
    pairs: IntArray
    groups: IntArray

    def expand(self, x: FloatArray) -> FloatArray:
        """(n, d) -> (n, d + b + r): the values, 0/1 of every bin, 0/1 of every cell."""
        bins = self._bins(x)
        flags = [bins[:, j] == k for j, k in self._places]
        a, p, b, q = self.pairs.T
        cells = (bins[:, a] == p) & (bins[:, b] == q)
        return np.concatenate([x, np.array(flags, dtype=np.float64).reshape(-1, len(x)).T, cells], axis=1)

    @property
    def _places(self) -> list[tuple[int, int]]:
        n_bins = np.isfinite(self.cuts).sum(axis=1) + 1
        return [(j, k) for j, n in enumerate(n_bins) for k in range(n)]

    def _bins(self, x: FloatArray) -> IntArray:
        return np.asarray((x[:, :, None] > self.cuts[None]).sum(axis=2), dtype=np.int64)

    def arrays(self) -> dict[str, FloatArray]:
        """All arrays by name, float64."""
        return {
            "cuts": self.cuts,
            "pairs": self.pairs.astype(np.float64),
            "groups": self.groups.astype(np.float64),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, FloatArray], d: int) -> "CellBasis":
        """The basis of d confounders whose :meth:`arrays` these are."""
        return cls(
            arrays["cuts"].reshape(d, -1),
            arrays["pairs"].astype(np.int64).reshape(-1, 4),
            arrays["groups"].astype(np.int64),
        )


def fit_cells(x: FloatArray, sources: IntArray) -> CellBasis:
    """Bins and cells of confounders (n, d); columns of one raw column (`sources` (d,)) make no cells."""
    cuts = np.full((x.shape[1], len(CUT_SHARES)), np.inf)
    for j in range(x.shape[1]):
        values = np.unique(x[:, j])
        few = values.size <= len(CUT_SHARES) + 1
        limits = (values[1:] + values[:-1]) / 2 if few else np.unique(np.quantile(x[:, j], CUT_SHARES))
        limits = limits[(limits >= values[0]) & (limits < values[-1])]
        cuts[j, : limits.size] = limits
    draft = CellBasis(cuts, np.zeros((0, 4), dtype=np.int64), np.zeros(0, dtype=np.int64))
    places = draft._places
    pairs = [(a, p, b, q) for a, p in places for b, q in places if a < b and sources[a] != sources[b]]
    if x.shape[1] + len(places) + len(pairs) > MAX_COLUMNS:
        pairs = []
    groups = np.repeat([LINE, BINS, CELLS], [x.shape[1], len(places), len(pairs)]).astype(np.int64)
    return CellBasis(cuts, np.array(pairs, dtype=np.int64).reshape(-1, 4), groups)
