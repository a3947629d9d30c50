"""Invented batches for the kernel benchmarks: reads off haplotypes that differ by an indel,candidates."""

import numpy as np

from oncoloom.calling.mixture import SiteClasses, SparseHistograms
from oncoloom.kernels.arrays import N_BINS, N_CATEGORIES
from oncoloom.kernels.pair_hmm_core import BASE_OPENING, PairBatch
from oncoloom.kernels.placement_core import PlacementBatch

HAPLOTYPE_BP, N_HAPLOTYPES = 841, 8


def _reads(n_reads: int, read_bp: int, seed: int):
    """Haplotypes, and reads off them with errors at their qualities' rate; one in ten is shorter."""
    rng = np.random.default_rng(seed)
    haplotypes = np.repeat(rng.integers(0, 4, (1, HAPLOTYPE_BP)), N_HAPLOTYPES, axis=0).astype(np.uint8)
    for h in range(1, N_HAPLOTYPES):  # each has a deletion of h bases in the middle; the end is filled up
        haplotypes[h, 420:-h] = haplotypes[h, 420 + h :].copy()
    own = rng.integers(0, N_HAPLOTYPES, n_reads)
    start = rng.integers(420 - read_bp + 20, 400, n_reads)
    length = np.where(rng.random(n_reads) < 0.1, rng.integers(read_bp // 2, read_bp, n_reads), read_bp)
    error = 10.0 ** (-rng.choice([12, 23, 37], (n_reads, read_bp), p=[0.05, 0.1, 0.85]) / 10.0)
    bases = haplotypes[own[:, None], start[:, None] + np.arange(read_bp)]
    wrong = rng.random(bases.shape) < error
    bases = np.where(wrong, (bases + rng.integers(1, 4, bases.shape)) % 4, bases).astype(np.uint8)
    kept = np.arange(read_bp) < length[:, None]
    borders = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    return haplotypes, start, bases[kept], error[kept], borders


def pair_batch(n_reads: int, read_bp: int, band: int, seed: int = 1) -> PairBatch:
    """Every read with every haplotype, the band around the read's place."""
    haplotypes, start, bases, error, borders = _reads(n_reads, read_bp, seed)
    read, haplotype = np.divmod(np.arange(n_reads * N_HAPLOTYPES), N_HAPLOTYPES)
    opening = np.full(haplotypes.shape, BASE_OPENING, np.float32)
    opening[:, ::97] = 1e-3  # a repeat now and then
    return PairBatch(
        bases,
        (error / (3 * (1 - error))).astype(np.float32),
        borders,
        haplotypes.ravel(),
        opening.ravel(),
        np.arange(N_HAPLOTYPES + 1, dtype=np.int64) * HAPLOTYPE_BP,
        np.stack([read, haplotype, start[read] - band // 2], axis=1).astype(np.int64),
    )


def placement_batch(n_reads: int, read_bp: int, seed: int = 2) -> PlacementBatch:
    """Every read with every haplotype, at its place and at the place behind the haplotype's deletion."""
    haplotypes, start, bases, error, borders = _reads(n_reads, read_bp, seed)
    read, haplotype = np.divmod(np.arange(n_reads * N_HAPLOTYPES), N_HAPLOTYPES)
    places = np.stack([start[read], start[read] - haplotype], axis=1)
    pivot = np.clip(420 - start[read], 0, np.diff(borders)[read] - 1)
    return PlacementBatch(
        bases,
        np.log(3 * (1 - error) / error).astype(np.float32),
        borders,
        haplotypes.ravel(),
        np.arange(N_HAPLOTYPES + 1, dtype=np.int64) * HAPLOTYPE_BP,
        np.stack([read, haplotype, pivot], axis=1).astype(np.int64),
        places.ravel().astype(np.int64),
        np.arange(len(read) + 1, dtype=np.int64) * 2,
    )


def mixture_batch(n: int, fragments: int, seed: int = 3) -> tuple[SparseHistograms, SiteClasses]:
    """Candidates of all classes: `fragments` of the two samples each, one in eight for the allele."""
    rng = np.random.default_rng(seed)
    shape = (n, fragments)
    category = rng.integers(0, N_CATEGORIES, shape)
    against, supports = rng.integers(20, 60, shape), rng.integers(180, N_BINS, shape)
    bins = np.where(rng.random(shape) < 0.125, supports, against)
    cell = (category * N_BINS + bins + np.arange(n)[:, None] * (N_CATEGORIES * N_BINS)).ravel()
    found, counts = np.unique(cell, return_counts=True)
    row, cells = np.divmod(found, N_CATEGORIES * N_BINS)
    borders = np.searchsorted(row, np.arange(n + 1)).astype(np.int64)
    classes = np.arange(n) % 5
    return SparseHistograms(borders, cells.astype(np.int32), counts.astype(np.int32)), SiteClasses(
        classes.astype(np.int64),
        np.array([-1, 0, 1, -1, -1], np.int8)[classes],
        np.array([0.0, 0.0, 0.0, 1.5e-5, 0.02])[classes],
    )
