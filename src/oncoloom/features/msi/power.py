"""What an unstable tumor would score at this purity and depth: simulated from the sample's own normal."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from oncoloom.features.msi.histograms import NORMAL, REACH_BP, TUMOR
from oncoloom.features.msi.paired import compare_lengths

MOST_LOCI, N_DRAWS = 300, 6
# An unstable allele's change in units, of length 1 to 4: slips shorten more often than they lengthen
# (assumed; four in five). Half of the unstable loci have both alleles changed.
_STEPS, _STEP_WEIGHTS = np.array([1, 2, 3, 4]), np.array([0.4, 0.3, 0.2, 0.1])
_SHORTER, _BOTH_ALLELES = 0.8, 0.5
_PSEUDO = 0.1  # fragments added to each length seen in the normal or next to it


Call = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]


def _paired(counts: NDArray[np.int64], _: NDArray[np.int64]) -> NDArray[np.bool_]:
    return compare_lengths(counts).unstable


def detection_power(
    counts: NDArray[np.int64], unit_bp: NDArray[np.int64], purity: float, *, seed: int, call: Call = _paired
) -> float:
    """Mean probability that a locus unstable in all tumor cells is called unstable.

    Parameters
    ----------
    counts
        (n, 2, k) fragments of tumor and normal at the assessable loci.
    unit_bp
        (n,) length of the repeat unit.
    purity
        Tumor cells among all cells.
    call
        Which loci are called unstable, of drawn counts and the rows of `counts` they stand for; default the
        paired test.
    """
    rng = np.random.default_rng(seed)
    chosen = np.arange(len(counts))
    if len(counts) > MOST_LOCI:
        chosen = np.sort(rng.choice(len(counts), MOST_LOCI, replace=False))
        counts, unit_bp = counts[chosen], unit_bp[chosen]
    shape = _smoothed(counts[:, NORMAL])
    depth = counts[:, TUMOR].sum(axis=1)
    found = [
        call(_draw(rng, shape, depth, counts[:, NORMAL], unit_bp, purity), chosen).mean()
        for _ in range(N_DRAWS)
    ]
    return float(np.mean(found))


def _draw(
    rng: np.random.Generator,
    shape: NDArray[np.float64],
    depth: NDArray[np.int64],
    normal: NDArray[np.int64],
    unit_bp: NDArray[np.int64],
    purity: float,
) -> NDArray[np.int64]:
    """Counts in which every locus is unstable in the tumor cells; the normal stays as it was observed."""
    n = len(shape)
    steps = rng.choice(_STEPS, n, p=_STEP_WEIGHTS) * np.where(rng.random(n) < _SHORTER, -1, 1)
    steps = np.where(unit_bp > 1, np.sign(steps), steps) * unit_bp
    changed = _moved(shape, np.clip(steps, -REACH_BP, REACH_BP))
    share = purity * np.where(rng.random(n) < _BOTH_ALLELES, 1.0, 0.5)
    mixed = (1 - share)[:, None] * shape + share[:, None] * changed
    return np.stack([rng.multinomial(depth, mixed), normal], axis=1)


def _smoothed(normal: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n, k) length distribution of the normal; lengths next to seen ones are possible, too."""
    seen = normal > 0
    near = seen.copy()
    near[:, 1:] |= seen[:, :-1]
    near[:, :-1] |= seen[:, 1:]
    weights = normal + _PSEUDO * near
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _moved(shape: NDArray[np.float64], steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each distribution moved by its steps; what would leave the range stays at its end."""
    n, k = shape.shape
    to = np.clip(np.arange(k)[None] + steps[:, None], 0, k - 1)
    out = np.zeros((n, k))
    np.add.at(out, (np.arange(n)[:, None], to), shape)
    return out
