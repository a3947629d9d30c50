"""Invented candidates for the twins of the mixture kernel, and their histograms in both forms."""

import numpy as np

from oncoloom.calling.mixture import SiteClasses, SparseHistograms
from oncoloom.kernels.arrays import N_BINS, N_CATEGORIES


def dense_histograms(n, seed):
    """(n, 8, N_BINS) int64: a few dozen fragments a category, most against and some for the allele."""
    random = np.random.Generator(np.random.PCG64(seed))
    dense = np.zeros((n, N_CATEGORIES, N_BINS), np.int64)
    for c in range(n):
        for category in range(N_CATEGORIES):
            against = random.integers(20, 60, random.integers(5, 30))
            supports = random.integers(180, N_BINS, random.integers(0, 12))
            np.add.at(dense[c, category], np.concatenate([against, supports]), 1)
    return dense


def sparse(dense):
    """SparseHistograms of dense ones."""
    flat = dense.reshape(len(dense), -1)
    row, cell = np.nonzero(flat)
    borders = np.searchsorted(row, np.arange(len(dense) + 1)).astype(np.int64)
    return SparseHistograms(borders, cell.astype(np.int32), flat[row, cell].astype(np.int32))


def invented_candidates(n, seed):
    """Histograms and classes: substitutions of all damage classes and indels in and out of repeats."""
    classes = np.arange(n) % 5
    damage = np.array([-1, 0, 1, -1, -1], np.int8)[classes]
    rates = np.array([0.0, 0.0, 0.0, 1.5e-5, 0.02])[classes]
    return sparse(dense_histograms(n, seed)), SiteClasses(classes.astype(np.int64), damage, rates)
