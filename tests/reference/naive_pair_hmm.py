"""The forward algorithm of the pair-HMM as a textbook writes it, without and with a band.

In the machine's widest float: float64 alone underflows where a long read fits nowhere.
"""

import numpy as np

from oncoloom.kernels.pair_hmm_core import PairBatch

EXTENSION, BASE_OPENING = 0.1, 2e-5


def forward_penalty(read, ratios, haplotype, opening, diagonals=None):
    """Minus log of the sum over all paths; columns outside the haplotype are bases that nothing matches.

    `diagonals`: (first, stop) of haplotype minus read position; without it every column is there that a path
    could use.
    """
    n, m = len(read), len(haplotype)
    low, high = (-2 * n, m + 2 * n) if diagonals is None else diagonals
    match, insertion, deletion = {}, {}, {}
    for j in range(low - 1, high - 1):  # before the first base: a free start, from which a match follows
        deletion[-1, j] = np.longdouble(1.0) / (1.0 - EXTENSION)

    def gap(j):
        return float(opening[j]) if 0 <= j < m else BASE_OPENING

    for i in range(n):
        for j in range(i + low, i + high):
            same = 0 <= j < m and read[i] == haplotype[j]
            p = 1.0 if same else float(ratios[i])
            before = (i - 1, j - 1)
            match[i, j] = p * (
                match.get(before, 0.0) * (1 - 2 * gap(j))
                + (insertion.get(before, 0.0) + deletion.get(before, 0.0)) * (1 - EXTENSION)
            )
            above = (i - 1, j)
            insertion[i, j] = match.get(above, 0.0) * gap(j + 1) + insertion.get(above, 0.0) * EXTENSION
            left = (i, j - 1)
            deletion[i, j] = match.get(left, 0.0) * gap(j) + deletion.get(left, 0.0) * EXTENSION
    total = sum(match[n - 1, j] + insertion[n - 1, j] for j in range(n - 1 + low, n - 1 + high))
    return -float(np.log(total))


def batch_of(reads, ratios, haplotypes, openings, pairs):
    """A `PairBatch` of lists of arrays."""
    return PairBatch(
        np.concatenate(reads).astype(np.uint8),
        np.concatenate(ratios).astype(np.float32),
        np.concatenate([[0], np.cumsum([len(read) for read in reads])]).astype(np.int64),
        np.concatenate(haplotypes).astype(np.uint8),
        np.concatenate(openings).astype(np.float32),
        np.concatenate([[0], np.cumsum([len(one) for one in haplotypes])]).astype(np.int64),
        np.array(pairs, np.int64).reshape(-1, 3),
    )


def invented_batch(seed, n_pairs, band, *, longest=60, shortest=5):
    """Reads of varied lengths off a haplotype with a repeat, some with an indel, errors and Ns; bands fit."""
    rng = np.random.default_rng(seed)
    haplotypes, openings = [], []
    for _ in range(3):
        codes = rng.integers(0, 4, 90)
        codes[40:48] = codes[40]
        opening = np.full(90, BASE_OPENING, np.float32)
        opening[40] = rng.choice([1e-3, 0.05])
        haplotypes.append(codes)
        openings.append(opening)
    haplotypes[2][60] = 4  # an N
    reads, ratios, pairs = [], [], []
    for r in range(n_pairs):
        h = int(rng.integers(3))
        n = int(rng.integers(shortest, longest + 1))
        start = int(rng.integers(-3, 90 - n + 4))
        codes = np.where(
            (np.arange(start, start + n) >= 0) & (np.arange(start, start + n) < 90),
            haplotypes[h][np.clip(np.arange(start, start + n), 0, 89)],
            rng.integers(0, 4, n),
        )
        if rng.random() < 0.5 and n > 20:
            cut, size = int(rng.integers(8, n - 8)), int(rng.integers(1, 3))
            codes = np.concatenate([codes[:cut], codes[cut + size :], rng.integers(0, 4, size)])
        wrong = rng.random(n) < 0.03
        codes[wrong] = rng.integers(0, 4, int(wrong.sum()))
        codes[rng.random(n) < 0.01] = 8
        codes[codes == 4] = 8
        error = 10.0 ** (-rng.integers(2, 42, n) / 10.0)
        reads.append(codes)
        ratios.append(error / (3 * (1 - error)))
        pairs.append((r, h, start - band // 2))
    return batch_of(reads, ratios, haplotypes, openings, pairs)
