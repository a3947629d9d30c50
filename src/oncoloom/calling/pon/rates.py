"""Rates that a panel of normals knows: how often noise is met, all in all and where others are clean."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.mixture import (
    CLASSES,
    DAMAGE,
    OPPORTUNITIES,
    SHARED_NOISE,
    SLIPPAGE,
    SOMATIC,
    STRAND,
    SiteClasses,
    SparseHistograms,
    score_candidates,
)
from oncoloom.calling.mixture_fit import fit_mixture

NOISE = {"shared_noise": SHARED_NOISE, "strand": STRAND, "damage": DAMAGE, "slippage": SLIPPAGE}
PSEUDO_SITES = 0.5
_PAIR = str.maketrans("ACGT", "TGCA")


@dataclass(slots=True)
class NormalScores:
    """What the rates of one normal are learned from, collected over the chunks that teach.

    Attributes
    ----------
    scores : list of (n, N_OUTPUTS) float32
    class_index : list of (n,) int8
    recurrent : list of (n,) bool
        Whether another normal is noisy at the allele, too.
    context : list of (n,) int16
        Index of the substitution in its trinucleotide, -1 for all else.
    """

    scores: list[NDArray[np.float32]] = field(default_factory=list)
    class_index: list[NDArray[np.int8]] = field(default_factory=list)
    recurrent: list[NDArray[np.bool_]] = field(default_factory=list)
    context: list[NDArray[np.int16]] = field(default_factory=list)


CONTEXTS = tuple(
    f"{a}[{ref}>{alt}]{b}" for ref in "CT" for alt in "ACGT" if alt != ref for a in "ACGT" for b in "ACGT"
)
_CONTEXT_INDEX = {name: index for index, name in enumerate(CONTEXTS)}


def context_of(before: str, ref: str, alt: str, after: str) -> int:
    """Index into `CONTEXTS` of a substitution between two bases, read from the pyrimidine's strand; -1 none.

    Examples
    --------
    >>> CONTEXTS[context_of("A", "C", "T", "G")], CONTEXTS[context_of("C", "G", "A", "T")]
    ('A[C>T]G', 'A[C>T]G')
    """
    if len(ref) != 1 or len(alt) != 1:
        return -1
    if ref in "AG":
        before, ref, alt, after = (x.translate(_PAIR) for x in (after, ref, alt, before))
    return _CONTEXT_INDEX.get(f"{before}[{ref}>{alt}]{after}", -1)


def noise_scores(histograms: SparseHistograms, classes: SiteClasses) -> NDArray[np.float32]:
    """(n, N_OUTPUTS): log likelihoods of one normal's candidates, its reads in the tumor's place.

    A normal has nothing somatic: that hypothesis is off. Germline leaves the fraction free; shared noise has
    the low fractions that it has everywhere.
    """
    scores = score_candidates(histograms, classes)
    scores[:, SOMATIC] = -1e9
    return np.maximum(scores, -1e9).astype(np.float32)


@dataclass(slots=True)
class RateSums:
    """Responsibilities of each kind of noise over all normals, at clean sites and where others are noisy."""

    clean: NDArray[np.float64] = field(default_factory=lambda: np.zeros((len(CLASSES), len(NOISE))))
    recurrent: NDArray[np.float64] = field(default_factory=lambda: np.zeros((len(CLASSES), len(NOISE))))
    recurrent_sites: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(CLASSES)))
    sites: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(CLASSES)))
    context_clean: NDArray[np.float64] = field(default_factory=lambda: np.zeros((len(CONTEXTS), len(NOISE))))
    context_all: NDArray[np.float64] = field(default_factory=lambda: np.zeros((len(CONTEXTS), len(NOISE))))
    context_sites: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(CONTEXTS)))


def learn_rates(normal: NormalScores, taught_bp: float, sums: RateSums) -> None:
    """Add one normal's noise to `sums`: rates by EM over its candidates, then responsibilities."""
    sums.sites += OPPORTUNITIES * taught_bp
    if not normal.scores:
        return
    scores = np.concatenate(normal.scores).astype(np.float64)
    index = np.concatenate(normal.class_index).astype(np.int64)
    recurrent, context = np.concatenate(normal.recurrent), np.concatenate(normal.context)
    posterior = fit_mixture(scores, index, taught_bp).posterior[:, list(NOISE.values())]
    for k in range(len(CLASSES)):
        sums.clean[k] += posterior[(index == k) & ~recurrent].sum(axis=0)
        sums.recurrent[k] += posterior[(index == k) & recurrent].sum(axis=0)
    known = context >= 0
    for h in range(len(NOISE)):
        weights = posterior[:, h]
        sums.context_all[:, h] += np.bincount(context[known], weights[known], len(CONTEXTS))
        clean = known & ~recurrent
        sums.context_clean[:, h] += np.bincount(context[clean], weights[clean], len(CONTEXTS))


def rates_by_class(sums: RateSums) -> dict[str, dict[str, dict[str, float]]]:
    """Per class and kind of noise: the rate per site, where no other normal is noisy, and where one is."""
    out: dict[str, dict[str, dict[str, float]]] = {}
    for k, name in enumerate(CLASSES):
        sites, dirty = float(sums.sites[k]), float(sums.recurrent_sites[k])
        out[name] = {}
        for h, kind in enumerate(NOISE):
            clean, found = float(sums.clean[k, h]), float(sums.recurrent[k, h])
            whole = (clean + found + PSEUDO_SITES) / max(sites, 1.0)
            out[name][kind] = {
                "all": _rounded(whole),
                "clean": _rounded((clean + PSEUDO_SITES) / max(sites - dirty, 1.0)),
                "recurrent": _rounded((found + PSEUDO_SITES * whole) / (dirty + PSEUDO_SITES)),
                "recurrent_share": _rounded((found + PSEUDO_SITES) / (clean + found + 2 * PSEUDO_SITES)),
            }
    return out


def rates_by_context(
    sums: RateSums, alt: NDArray[np.int64], depth: NDArray[np.int64]
) -> dict[str, dict[str, float]]:
    """Per substitution in its trinucleotide: error rate of bases at noisy alleles, strand and damage rates.

    Parameters
    ----------
    alt : (96,)
        Alternative fragments at alleles that are nobody's germline.
    depth : (96,)
        Fragments over all covered bases of the context.
    """
    out: dict[str, dict[str, Any]] = {}
    columns = list(NOISE)
    for c, name in enumerate(CONTEXTS):
        sites = max(float(sums.context_sites[c]), 1.0)
        row: dict[str, Any] = {
            "alt": int(alt[c]),
            "depth": int(depth[c]),
            "error_rate": _rounded(float(alt[c]) / max(float(depth[c]), 1.0)),
        }
        for kind in ("strand", "damage"):
            h = columns.index(kind)
            row[f"{kind}_rate"] = _rounded(float(sums.context_all[c, h]) / sites)
            row[f"{kind}_rate_clean"] = _rounded(float(sums.context_clean[c, h]) / sites)
        out[name] = row
    return out


def _rounded(value: float) -> float:
    return float(f"{value:.6g}") + 0.0


def context_triplets(triplets: NDArray[np.int64]) -> NDArray[np.int64]:
    """(96,) bases on which each substitution of `CONTEXTS` could be seen, from counts of 64 triplets."""
    out = np.zeros(len(CONTEXTS), np.int64)
    for c, name in enumerate(CONTEXTS):
        a, ref, b = ("ACGT".index(name[i]) for i in (0, 2, 6))
        out[c] = triplets[16 * a + 4 * ref + b] + triplets[16 * (3 - b) + 4 * (3 - ref) + (3 - a)]
    return out
