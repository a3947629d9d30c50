"""Genomes without a normal: what mappability by the reads, or by a track, does to bins and segments.

    python benchmarks/mappability.py [--genomes 10] [--seed N] [--record]

A genome of 12,000 bins of 10 kb on six chromosomes: a fifth of the bins shares 2 to 95 % of its reads with
other places, in runs of some bins. Doubtful reads come from both places, whose copies differ. Bins, their G+C
trend and counting noise are drawn anew for each genome.
"""

import argparse
from dataclasses import replace

import numpy as np
from measure import record, show

from oncoloom.features.copy_number.bins import DepthBins, mappable_share
from oncoloom.features.copy_number.correction import log_ratios
from oncoloom.features.copy_number.segmentation import segment_bins
from oncoloom.features.copy_number.sex_copies import FEMALE

N_CONTIGS, N_BINS, BIN_BP, READS = 6, 2_000, 10_000, 1_500


def draw(rng):
    """Bins as the caller counts them, true log2 levels, true mappable share."""
    n = N_CONTIGS * N_BINS
    contig = np.repeat([str(k + 1) for k in range(N_CONTIGS)], N_BINS)
    copies = np.concatenate(
        [np.repeat(rng.choice([1, 2, 2, 2, 3], 2), [600, N_BINS - 600]) for _ in range(N_CONTIGS)]
    )
    mappable = np.ones(n)
    while (mappable < 1).mean() < 0.2:
        at, size = int(rng.integers(0, n - 40)), int(rng.integers(2, 30))
        mappable[at : at + size] = rng.uniform(0.05, 0.98)
    level = (0.6 * copies + 0.8) / 2
    gc = np.clip(rng.normal(0.41, 0.05, n), 0.25, 0.65)
    usual = READS * np.exp(-(((gc - 0.43) / 0.2) ** 2))
    sure = rng.poisson(usual * mappable * level)
    doubtful = rng.poisson(usual * (1 - mappable) * (level + level.mean()) / 2)
    start = np.tile(np.arange(N_BINS) * BIN_BP, N_CONTIGS)
    size = np.full(n, float(BIN_BP))
    own = mappable_share(sure.astype(float), doubtful.astype(float))
    depth = DepthBins(
        contig, start, start + BIN_BP, sure * 200.0, None, gc, np.ones(n), size, own, 8 * size
    )  # fmt: skip
    return depth, np.log2(level), mappable


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--genomes", type=int, default=10)
    parser.add_argument("--seed", type=int, default=61_001)
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    figures = {"none": [], "the reads' own": [], "a track": []}
    for k in range(given.genomes):
        depth, truth, mappable = draw(np.random.default_rng([given.seed, k]))
        place = {
            (c, s): v for c, s, v in zip(depth.contig.tolist(), depth.start.tolist(), truth, strict=True)
        }
        n_true = 1 + int((np.diff(truth) != 0).sum())
        for name, one, by_track in (
            ("none", replace(depth, mappable=np.ones(len(depth))), False),
            ("the reads' own", depth, False),
            ("a track", replace(depth, mappable=mappable), True),
        ):
            bins = log_ratios(one, None, sex=FEMALE, by_track=by_track)
            expected = np.array(
                [place[c, s] for c, s in zip(bins.contig.tolist(), bins.start.tolist(), strict=True)]
            )
            off = bins.log2 - expected
            off = off - np.median(off)
            weighted = float(np.sqrt(np.average(off**2, weights=bins.weight)))
            figures[name].append((weighted, len(segment_bins(bins)), n_true, len(depth) - len(bins)))
    rows = [
        {"mappability": name, **dict(zip(("error of a bin", "segments", "true segments", "bins left out"),
         np.round(np.mean(values, axis=0), 3).tolist(), strict=True)), "genomes": given.genomes}
        for name, values in figures.items()
    ]  # fmt: skip
    show("mappability", list(rows[0]), [list(row.values()) for row in rows])
    if given.record:
        record("mappability", {"seed": given.seed, "rows": rows})


if __name__ == "__main__":
    main()
