"""Ungapped placements by plain loops, and invented batches of them."""

import numpy as np

from oncoloom.kernels.placement_core import PlacementBatch


def placement_penalty(read, costs, haplotype, at):
    """Summed costs of a read's mismatches where its first base lies at `at`."""
    total = 0.0
    for i, base in enumerate(read):
        j = at + i
        if not 0 <= j < len(haplotype):
            total += 1.0
        elif base > 3 or haplotype[j] > 3:
            total += 1.4
        elif base != haplotype[j]:
            total += float(costs[i])
    return total


def best_penalties(batch, worst):
    """(n,) lowest penalty of each pair, at most `worst`."""
    out = []
    for pair, (read, haplotype, _) in enumerate(batch.pairs.tolist()):
        mine = slice(*batch.read_at[read : read + 2])
        its = slice(*batch.haplotype_at[haplotype : haplotype + 2])
        places = batch.places[slice(*batch.place_at[pair : pair + 2])]
        found = [
            placement_penalty(batch.reads[mine], batch.costs[mine], batch.haplotypes[its], at)
            for at in places
        ]
        out.append(min([worst, *found]))
    return np.array(out)


def invented_placements(seed, n_pairs, *, longest=60):
    """Reads off four haplotypes at a few places each, right and wrong ones, some over the ends, with Ns."""
    rng = np.random.default_rng(seed)
    haplotypes = [
        rng.choice(5, 80 + 3 * h, p=[0.24, 0.24, 0.24, 0.24, 0.04]).astype(np.uint8) for h in range(4)
    ]
    reads, costs, pairs, places, borders = [], [], [], [], [0]
    for r in range(n_pairs):
        h = int(rng.integers(4))
        n, start = int(rng.integers(1, longest + 1)), int(rng.integers(-5, 70))
        at = np.clip(np.arange(start, start + n), 0, len(haplotypes[h]) - 1)
        codes = np.where(rng.random(n) < 0.1, rng.integers(0, 5, n), haplotypes[h][at]).astype(np.uint8)
        reads.append(codes)
        costs.append(rng.uniform(0, 9, n).astype(np.float32))
        pairs.append((r, h, int(rng.integers(0, n))))
        places.extend(int(p) for p in start + rng.integers(-3, 4, int(rng.integers(1, 9))))
        borders.append(len(places))
    return PlacementBatch(
        np.concatenate(reads),
        np.concatenate(costs),
        np.concatenate([[0], np.cumsum([len(read) for read in reads])]).astype(np.int64),
        np.concatenate(haplotypes),
        np.concatenate([[0], np.cumsum([len(one) for one in haplotypes])]).astype(np.int64),
        np.array(pairs, np.int64),
        np.array(places, np.int64),
        np.array(borders, np.int64),
    )
