"""Alleles that are what one strand makes of another allele.

Behind a homopolymer a sequencer loses the phase: reads that come through a long tract repeat its base where
another stands, with qualities that do not know of it, and are clipped from there on. Reads of the other
strand, which meet the tract from its far side, read the same molecules rightly. Aligned, the two halves are
two alleles that exclude each other: in competition the true one keeps the reads of one strand only, and
looks like an error of that strand.
"""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.arrays import STATISTIC

LEAST_FRAGMENTS = 20  # of both alleles: chance splits so many by strand once in a million pairs
READ_SHARE = 0.75  # at least, of the true allele's fragments, on the strand that reads it
MISREAD_SHARE = 0.9  # at least, of the other's fragments, on the opposite one


def without_misreadings(
    counts: NDArray[np.int32], borders: NDArray[np.int64], rivals: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Alleles that compete with a misreading of themselves, and the rivals that are none.

    A rival is a misreading where, after both have competed, its fragments lie on one strand and those of the
    allele on the other, most of its reads are clipped and most of the allele's are not.

    Parameters
    ----------
    counts
        (n, len(STATISTICS)) int32: statistics of all samples together after competition.
    borders, rivals
        As `rivals.choose_rivals` returns them: (n + 1,) and indexes.

    Returns
    -------
    Indexes of the alleles that lost a rival, and the rivals left to them: borders (n + 1,) over all
    alleles, of which the others have none, and indexes.
    """
    owner = np.repeat(np.arange(len(counts)), np.diff(borders))
    forward, reverse = counts[:, STATISTIC["alt_forward"]], counts[:, STATISTIC["alt_reverse"]]
    fragments = forward + reverse
    clipped = 2 * counts[:, STATISTIC["alt_clipped_reads"]] > counts[:, STATISTIC["alt_reads"]]
    enough = fragments >= LEAST_FRAGMENTS
    true_one = enough & ~clipped
    misreading = enough & clipped
    apart = np.zeros(len(rivals), bool)
    for own, other in ((forward, reverse), (reverse, forward)):
        read = true_one & (own >= READ_SHARE * fragments)
        misread = misreading & (other >= MISREAD_SHARE * fragments)
        apart |= read[owner] & misread[rivals]
    lost = np.unique(owner[apart])
    kept = ~apart & np.isin(owner, lost)
    sizes = np.bincount(owner[kept], minlength=len(counts))
    return lost, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), rivals[kept]
