"""Indels in repeats that the reads show no more often than a slipping polymerase does: told before scoring.

Most indel candidates of a genome are these. A candidate goes where each sample shows it in at most a tenth of
its depth, in no more reads than slippage at the typical rate of that unit and length explains well, and where
no other candidate lies in reach: it might compete with that for the same reads. What goes is counted, and
teaches the rate of slippage as if it had been scored.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele
from oncoloom.calling.candidate_evidence import allele_arrays
from oncoloom.calling.rivals import LONGEST_SPAN_BP, RIVAL_DISTANCE_BP
from oncoloom.calling.sample_reads import ReferenceWindow, SampleReads
from oncoloom.calling.slippage import REPEAT_RATE, indel_context
from oncoloom.kernels.arrays import EVENT_CLIP, EVENT_DELETION, EVENT_SNV

MOST_SHARE = 0.1
LEAST_TAIL = 0.05  # probability that slippage shows an indel in as many reads, or in more
_MOST_BP = 4_095


def slipped_alleles(
    alleles: Sequence[Allele], samples: Sequence[SampleReads], window: ReferenceWindow, start: int
) -> set[Allele]:
    """Those of the alleles (sorted) that slippage explains in every sample, without others beside them.

    `start`: where depths begin.
    """
    indels = [one for one in alleles if one.is_indel and min(len(one.ref), len(one.alt)) == 1]
    if not indels:
        return set()
    slack = allele_arrays(indels, window).slack.tolist()
    rate = np.array([indel_context(one, s)[2] for one, s in zip(indels, slack, strict=True)])
    explained = rate >= REPEAT_RATE
    anchor = np.array([one.pos for one in indels], np.int64)
    change = np.array([len(one.alt) - len(one.ref) for one in indels], np.int64)
    key = _keys(anchor, change < 0, np.abs(change))
    for sample in samples:
        depth = sample.depth[np.clip(anchor - start, 0, len(sample.depth) - 1)]
        reads = _reads_with(key, sample)
        explained &= reads <= MOST_SHARE * depth
        few = np.flatnonzero(explained)
        explained[few] = poisson_tail(reads[few], depth[few] * rate[few]) >= LEAST_TAIL
    slipped = {one for one, slips in zip(indels, explained.tolist(), strict=True) if slips}
    return slipped - _contested(slipped, alleles)


def _contested(slipped: set[Allele], alleles: Sequence[Allele]) -> set[Allele]:
    """Those with another candidate so near that each may be the other's rival."""
    others = [one for one in alleles if one not in slipped]
    found: set[Allele] = set()
    mine = sorted(slipped)
    at = np.array([one.pos for one in mine], np.int64)
    for reach, pos in (
        (RIVAL_DISTANCE_BP, [one.pos for one in others]),
        (RIVAL_DISTANCE_BP + LONGEST_SPAN_BP, [one.pos for one in others if one.is_indel]),
    ):
        near = np.searchsorted(pos, at + reach, side="right") > np.searchsorted(pos, at - reach)
        found.update(mine[x] for x in np.flatnonzero(near).tolist())
    return found


def poisson_tail(least: NDArray[np.int64], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) probability of `least` events or more."""
    term = np.exp(-mean)
    below = np.zeros(len(mean))
    for k in range(int(least.max(initial=0))):
        below += np.where(k < least, term, 0.0)
        term = term * mean / (k + 1)
    return 1.0 - below


def _keys(
    anchor: NDArray[np.int64], is_deletion: NDArray[np.bool_], length: NDArray[np.int64]
) -> NDArray[np.int64]:
    return (2 * anchor + is_deletion) * (_MOST_BP + 1) + np.minimum(length, _MOST_BP)


def _reads_with(key: NDArray[np.int64], sample: SampleReads) -> NDArray[np.int64]:
    """(n,) reads with an indel at each place, of that kind and length, whatever is inserted."""
    events = sample.events
    index = np.flatnonzero((events.kind != EVENT_SNV) & (events.kind != EVENT_CLIP))
    shown = _keys(
        events.anchor[index].astype(np.int64),
        events.kind[index] == EVENT_DELETION,
        events.value[index].astype(np.int64),
    )
    shown.sort()
    return np.searchsorted(shown, key, side="right") - np.searchsorted(shown, key, side="left")
