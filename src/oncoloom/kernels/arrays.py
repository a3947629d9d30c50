"""Codes, grids and look-up tables that every kernel shares: one place, so that CPU and GPU twins agree."""

import numpy as np
from numpy.typing import NDArray

# Base codes inside kernels: A 0, C 1, G 2, T 3, anything else 4.
BASES = "ACGTN"
NOT_A_BASE = 4

# What a read can be left out for, in the order in which it is asked.
USED, UNMAPPED, SECONDARY, SUPPLEMENTARY, QC_FAIL, DUPLICATE, MAPQ_ZERO, NO_QUALITY, NO_MAPQ = range(9)
MAPQ_LOW = 9
READ_FATES = (
    "used",
    "unmapped",
    "secondary",
    "supplementary",
    "qc_fail",
    "duplicate",
    "mapq_zero",
    "no_base_qualities",
    "mapq_unavailable",
    "mapq_low",  # above 0, below the limit that was asked for
)

# Kinds of events that a read shows against the reference.
EVENT_SNV, EVENT_INSERTION, EVENT_DELETION, EVENT_CLIP = 0, 1, 2, 3
# Clips from so many bases on, most of them of this quality, are events.
LEAST_CLIP_BP, CLIP_QUALITY = 8, 20

# Log-likelihood ratios (alternative against background, nats) of a fragment are kept as a histogram.
CAP_NATS = 13.0
BIN_NATS = 0.1
N_BINS = 261

# Histograms a candidate has. Fragments of the tumor by orientation, of the normal, then reads by strand.
(
    TUMOR_F1R2,
    TUMOR_F2R1,
    TUMOR_UNORIENTED,
    NORMAL_FRAGMENTS,
    TUMOR_FORWARD,
    TUMOR_REVERSE,
    NORMAL_FORWARD,
    NORMAL_REVERSE,
) = range(8)
N_CATEGORIES = 8

# Sums over the reads that show one allele, for the alternative and for the reference (`alt_`, `ref_`).
READ_SUMS = (
    "reads",
    "mapq_sum",
    "low_mapq_reads",  # mapping quality below LOW_MAPQ
    "clipped_reads",
    "mismatch_sum",  # further substitutions that the reads show
    "indel_sum",  # further insertions and deletions
    "cycle_sum",  # bases from the read's 5' end
    "insert_reads",  # those of a pair with a known template of at most MOST_INSERT_BP
    "insert_sum",  # their template lengths
)
LOW_MAPQ, MOST_INSERT_BP = 30, 2_000
# Counts a candidate has in one sample (columns of the statistics array).
STATISTICS = (
    "ref",  # fragments with L < -1
    "alt",  # fragments with L > 1
    "other",  # fragments over the site that show another base or allele
    "ambiguous",  # fragments with |L| <= 1 that do not show another allele
    "ref_forward",
    "ref_reverse",
    "alt_forward",
    "alt_reverse",
    "ref_f1r2",
    "ref_f2r1",
    "alt_f1r2",
    "alt_f2r1",
    "discordant",  # fragments whose mates disagree
    "concordant",  # fragments both of whose reads show the alternative
    "weak_alt",  # fragments with L > 0.7: what is left to see of an allele that reads tell badly
    "alt_starts",  # distinct 5' ends of alternative fragments, up to MOST_STARTS
    "alt_end_distance",  # median distance of the alternative reads to the nearer aligned end, -1 none
    "alt_end_distance_max",
    "alt_end_distance_sd",  # tenths of a base
    "alt_quality_sum",  # base qualities of the alternative bases (substitutions)
    "sampled",  # 1 where the site was deeper than the limit and fragments were sampled
    "neighbors",  # other candidates with two fragments within 60 bp, or inside the deleted bases
    *(f"alt_{name}" for name in READ_SUMS),
    *(f"ref_{name}" for name in READ_SUMS),
)
MOST_STARTS = 8
N_STATISTICS = len(STATISTICS)
N_ENTRY_COLUMNS = 6  # of a fragment: seen ref, alt, other; reverse; orientation; 5p end
STATISTIC = {name: index for index, name in enumerate(STATISTICS)}
# The same as constants, which Numba can read.
DISCORDANT, CONCORDANT, WEAK_ALT = (STATISTIC[name] for name in ("discordant", "concordant", "weak_alt"))
ALT_STARTS, END_MEDIAN = STATISTIC["alt_starts"], STATISTIC["alt_end_distance"]
END_MAX, END_SD = STATISTIC["alt_end_distance_max"], STATISTIC["alt_end_distance_sd"]
ALT_QUALITY_SUM, SAMPLED = STATISTIC["alt_quality_sum"], STATISTIC["sampled"]
ALT_READS, REF_READS = STATISTIC["alt_reads"], STATISTIC["ref_reads"]

# Share of base errors that are transitions; each of the two transversions has half of the rest.
TRANSITION_SHARE = 0.45
TRANSVERSION_SHARE = 0.275


def _fraction_grid() -> NDArray[np.float64]:
    low = np.geomspace(0.003, 0.06, 20)
    high = np.concatenate([np.geomspace(0.07, 0.3, 12), np.linspace(0.34, 0.94, 13), [0.97, 1.0]])
    return np.concatenate([low, high])


# 47 allele fractions, dense below 0.06; 0.42, 0.5 and 0.97 are exact members because genotypes use them.
FRACTIONS = _fraction_grid()
for _exact in (0.35, 0.42, 0.5):
    FRACTIONS[np.argmin(np.abs(FRACTIONS - _exact))] = _exact
N_FRACTIONS = FRACTIONS.shape[0]


def fraction_weights(power: float, highest: float) -> NDArray[np.float64]:
    """Prior weights of `FRACTIONS` for a density ``df / f**power`` up to `highest`; they sum to 1.

    Cells are bounded by the midpoints between neighbours.
    """
    edges = np.concatenate([[FRACTIONS[0]], (FRACTIONS[1:] + FRACTIONS[:-1]) / 2, [1.0]])
    weights = np.diff(edges) / FRACTIONS**power
    weights[highest < FRACTIONS] = 0.0
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def bin_centers() -> NDArray[np.float64]:
    """(N_BINS,) float64: the log-likelihood ratio that each histogram bin stands for, in nats."""
    return -CAP_NATS + BIN_NATS * np.arange(N_BINS, dtype=np.float64)


def log_mixture_table(fractions: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, N_BINS) float64: ``log(1 + f (e^L - 1))`` for each fraction f and bin center L."""
    ratio = np.exp(bin_centers())[None, :] - 1.0
    f = np.minimum(fractions, 1.0 - 1e-9)[:, None]
    return np.log1p(f * ratio)


def read_likelihood_table() -> NDArray[np.float32]:
    """(2, 2, 94, 256) float32: log ratio of a read by [alt seen?, transition?, base quality, MAPQ].

    A read that shows the reference or the alternative base, mapping doubt included: a read from elsewhere
    shows this very allele with probability 0.03 (CALLING.md section 1).
    """
    quality = np.arange(94, dtype=np.float64)
    error = np.minimum(10.0 ** (-quality / 10.0) + 1e-4, 0.75)
    table = np.empty((2, 2, 94, 256), dtype=np.float32)
    for transition, share in enumerate((TRANSVERSION_SHARE, TRANSITION_SHARE)):
        support = np.log((1.0 - error) / (error * share))
        for seen, plain in enumerate((-support, support)):
            table[seen, transition] = with_mapping_doubt(plain[:, None], np.arange(256)[None, :])
    return table


def with_mapping_doubt(log_ratio: NDArray[np.float64], mapq: NDArray[np.int64]) -> NDArray[np.float64]:
    """Log ratios of reads that may lie elsewhere (MAPQ as Phred, not better than 1e-5)."""
    miss = np.maximum(10.0 ** (-np.asarray(mapq, dtype=np.float64) / 10.0), 1e-5)
    ratio = np.exp(log_ratio)
    elsewhere = np.where(ratio > 1.0, 0.03 * ratio, 0.97)
    return np.log(((1.0 - miss) * ratio + miss * elsewhere) / ((1.0 - miss) + miss * elsewhere))
