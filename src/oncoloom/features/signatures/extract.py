"""De novo signatures of a cohort: how many are stable, and what they look like."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oncoloom.errors import NotAssessableError
from oncoloom.features.signatures.matrix import SignatureMatrix
from oncoloom.features.signatures.nmf import factorize

MIN_TUMORS = 100
MOST_MUTATIONS = 10_000  # of a tumor: beyond, hypermutated tumors would make the factors
MIN_MEAN_SILHOUETTE, MIN_SILHOUETTE = 0.8, 0.2


@dataclass(frozen=True, slots=True)
class Solution:
    """Signatures found with one number of factors.

    Attributes
    ----------
    signatures : (c, k) float64
        Mean over resamples of matched factors; columns sum to one.
    silhouette : (k,) float64
        Stability of each: 1 = the same in every resample, below 0 = nearer to another's.
    divergence : float
        Mean Kullback–Leibler divergence of the resamples from their fit.
    """

    signatures: NDArray[np.float64]
    silhouette: NDArray[np.float64]
    divergence: float

    @property
    def stable(self) -> bool:
        """Mean silhouette at least 0.8 and none below 0.2."""
        return bool(self.silhouette.mean() >= MIN_MEAN_SILHOUETTE and self.silhouette.min() >= MIN_SILHOUETTE)


@dataclass(frozen=True, slots=True)
class Extraction:
    """Solutions by number of factors; `chosen` is the stable one with the smallest error, None where there is
    none, with `reason`."""

    solutions: dict[int, Solution]
    chosen: int | None
    reason: str | None


def extract_signatures(
    spectra: NDArray[np.int64],
    factors: range,
    *,
    seed: int,
    xp: Any = np,
    n_resamples: int = 30,
    max_steps: int = 2000,
    tolerance: float = 1e-4,
) -> Extraction:
    """De novo signatures of a cohort's spectra.

    Parameters
    ----------
    spectra
        (n, c) counts, a row a tumor.
    factors
        Numbers of signatures to try, each at least 2.
    xp
        Array module (`nmf.array_module`); what is random is drawn by NumPy, so that it does not matter.

    Raises
    ------
    NotAssessableError
        Under 100 tumors: too few for a stable answer.
    """
    if len(spectra) < MIN_TUMORS:
        raise NotAssessableError(
            f"{len(spectra)} tumors are too few for de novo signatures: the answer would not be stable",
            expected=f"{MIN_TUMORS} tumors or more",
        )
    solutions = {
        k: _solve(spectra, k, seed=seed, xp=xp, n=n_resamples, max_steps=max_steps, tolerance=tolerance)
        for k in factors
    }
    stable = [k for k, solution in solutions.items() if solution.stable]
    if not stable:
        return Extraction(solutions, None, "no number of signatures gave a stable answer")
    return Extraction(solutions, min(stable, key=lambda k: (solutions[k].divergence, k)), None)


def match_signatures(found: NDArray[np.float64], matrix: SignatureMatrix) -> list[tuple[str, float]]:
    """The most similar known signature of each found one, with its cosine similarity."""
    unit = found / np.linalg.norm(found, axis=0)
    known = matrix.values / np.linalg.norm(matrix.values, axis=0)
    similar = unit.T @ known
    best = similar.argmax(axis=1)
    return [(matrix.names[j], float(similar[i, j])) for i, j in enumerate(best)]


def resample(spectra: NDArray[np.int64], rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """(n, c, tumors) bootstrap catalogues; tumors above 10,000 mutations are drawn down to as many."""
    total = spectra.sum(axis=1)
    kept = total > 0
    shares = spectra[kept] / total[kept, None]
    size = np.minimum(total[kept], MOST_MUTATIONS)
    return np.stack([rng.multinomial(size, shares).T.astype(np.float64) for _ in range(n)])


def _solve(
    spectra: NDArray[np.int64], k: int, *, seed: int, xp: Any, n: int, max_steps: int, tolerance: float
) -> Solution:
    rng = np.random.default_rng([seed, k])
    catalogues = resample(spectra, rng, n)
    _, c, tumors = catalogues.shape
    w = rng.gamma(1.0, 1.0, (n, c, k)) + 1e-3
    h = rng.gamma(1.0, 1.0, (n, k, tumors)) * (catalogues.sum(axis=(1, 2)) / (k * tumors * c))[:, None, None]
    found, _, divergence = factorize(
        xp.asarray(catalogues),
        xp.asarray(w),
        xp.asarray(h + 1e-3),
        xp=xp,
        max_steps=max_steps,
        tolerance=tolerance,
    )
    factors = np.asarray(found.get() if hasattr(found, "get") else found)
    errors = np.asarray(divergence.get() if hasattr(divergence, "get") else divergence)
    groups = _match(factors)
    mean = np.stack([factors[np.arange(n), :, groups[:, j]].mean(axis=0) for j in range(k)], axis=1)
    return Solution(mean / mean.sum(axis=0), _silhouettes(factors, groups), float(errors.mean()))


def _match(factors: NDArray[np.float64]) -> NDArray[np.int64]:
    """(r, k) which factor of each resample belongs to each group: greedy by cosine to the groups' means."""
    n, _, k = factors.shape
    unit = factors / np.linalg.norm(factors, axis=1, keepdims=True)
    groups = np.zeros((n, k), np.int64)
    groups[0] = np.arange(k)
    center = unit[0].copy()
    for _ in range(3):  # the means move as resamples join; three rounds settle them
        for r in range(n):
            similar = center.T @ unit[r]
            for _ in range(k):
                group, factor = np.unravel_index(int(similar.argmax()), similar.shape)
                groups[r, group] = factor
                similar[group, :], similar[:, factor] = -np.inf, -np.inf
        center = np.stack([unit[np.arange(n), :, groups[:, j]].sum(axis=0) for j in range(k)], axis=1)
        center /= np.linalg.norm(center, axis=0)
    return groups


def _silhouettes(factors: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """(k,) mean silhouette of each group, with one less cosine similarity as distance [Rousseeuw 1987]."""
    n, _, k = factors.shape
    unit = factors / np.linalg.norm(factors, axis=1, keepdims=True)
    members = np.stack([unit[np.arange(n), :, groups[:, j]] for j in range(k)])  # (k, r, c)
    if n < 2:
        return np.ones(k)
    distance = 1 - np.einsum("arc,bsc->arbs", members, members)
    between = distance.mean(axis=3)  # (k, r, k): mean distance of a member to each group
    own = between[np.arange(k), :, np.arange(k)] * n / (n - 1)
    between[np.arange(k), :, np.arange(k)] = np.inf
    other = between.min(axis=2)
    return np.asarray(((other - own) / np.maximum(np.maximum(own, other), 1e-12)).mean(axis=1))
