"""Which of the weighed candidates stand: assembled alleles need fitting reads, a block is one record."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele, AllelePlaces
from oncoloom.kernels.arrays import STATISTIC
from oncoloom.kernels.indel_evidence import LONG_INSERTION_BP

LEAST_ASSEMBLED_FRAGMENTS = 3  # as many as each of its k-mers had
LEAST_CLIPPED_SHARE = 0.5
MOST_DISCORDANT_SHARE = 0.1
LEAST_GERMLINE_FRAGMENTS = 3
LEAST_BLOCK_SHARE = 0.5


def reads_fit_assembly(counts: NDArray[np.int32], change: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the reads of assembled alleles are those that a true one leaves.

    There are three fragments, and half of the supporting reads are clipped; or the event is no long insertion
    and mates agree. What fails is the other copy of a repeat: its reads are aligned whole, with mismatches,
    and their mates often disagree.

    Parameters
    ----------
    counts : (n, N_STATISTICS)
        Summed over the samples.
    change : (n,)
        Bases that each allele adds.
    """
    fragments, reads = counts[:, STATISTIC["alt"]], counts[:, STATISTIC["alt_reads"]]
    clipped = counts[:, STATISTIC["alt_clipped_reads"]] >= LEAST_CLIPPED_SHARE * reads
    agreeing = counts[:, STATISTIC["discordant"]] <= MOST_DISCORDANT_SHARE * fragments
    fits = clipped | (agreeing & (change < LONG_INSERTION_BP))
    return np.asarray(fits & (fragments >= LEAST_ASSEMBLED_FRAGMENTS))


def settled(
    alleles: list[Allele],
    places: AllelePlaces,
    tumor: NDArray[np.int32],
    normal: NDArray[np.int32],
    assembled: Collection[Allele],
) -> NDArray[np.bool_]:
    """(n,) bool: which of the alleles (sorted) become records.

    A substitution inside a complex allele goes where at least half of the fragments that show it show the
    whole block; the block goes where the normal shows the substitution without it: then that is germline, and
    what is left of the block is a candidate of its own.
    """
    pos, change = places.pos, places.change
    mine = np.array([one in assembled for one in alleles], bool)
    stands = ~mine | reads_fit_assembly(tumor + normal, change)
    alt, alt_normal = (counts[:, STATISTIC["alt"]].astype(np.int64) for counts in (tumor + normal, normal))
    for b in np.flatnonzero(stands & (change != 0)).tolist():
        block = alleles[b]
        if not stands[b] or min(len(block.ref), len(block.alt)) == 1:
            continue
        parts = [
            c
            for c in range(*np.searchsorted(pos, [block.pos, block.end]).tolist())
            if not alleles[c].is_indel and alleles[c].end <= block.end
        ]
        if any(
            alt_normal[c] >= LEAST_GERMLINE_FRAGMENTS and alt_normal[b] < LEAST_BLOCK_SHARE * alt_normal[c]
            for c in parts
        ):
            stands[b] = False
            continue
        for c in parts:
            if alt[b] >= LEAST_BLOCK_SHARE * alt[c]:
                stands[c] = False
    return stands
