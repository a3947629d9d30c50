"""Log ratios of reads at indel candidates: weighed where they are met, or kept, listed and given in turns.

The loop over the reads of a candidate (`indel_evidence`) is the one place that decides which read is weighed.
Whoever weighs many reads at once (a graphics card, the pair-HMM) lets it run twice: first to list the reads,
then with their ratios given.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.compiling import kernel

WEIGH, KEEP, LIST, GIVEN = 0, 1, 2, 3
VISIT, CANDIDATE, READ = 0, 1, 2  # columns of a listed visit
POOR_NATS = 20.0  # two good bases wrong, beyond what the qualities promise


class ReadRatios(NamedTuple):
    """What passes between the turns.

    Attributes
    ----------
    mode : (1,) int64
        WEIGH: ratios are used and forgotten. KEEP: they are kept, and reads that fit no haplotype are listed.
        LIST: nothing is weighed, every read is listed. GIVEN: ratios are taken from `ratio`.
    seen : (2,) int64
        Visits so far, and how many of them are listed; both go on where there is no more room.
    ratio : (k,) float64
        Penalty without the candidate minus penalty with it, of every visit.
    listed : (m, 3) int64
        Visit, candidate (index into `chosen`), read.
    """

    mode: NDArray[np.int64]
    seen: NDArray[np.int64]
    ratio: NDArray[np.float64]
    listed: NDArray[np.int64]


@kernel
def fits_poorly(penalty: float, costs: NDArray[np.float32], begin: int, stop: int) -> bool:
    """Whether a read's lowest penalty lies far above what its qualities let expect.

    costs: penalty of a mismatch by base, ``log(3 (1 - e) / e)``, from which the error rate e follows.
    """
    if penalty <= POOR_NATS:
        return False
    expected = 0.0
    for u in range(begin, stop):
        expected += costs[u] * 3.0 / (3.0 + np.exp(costs[u]))
    return penalty > expected + POOR_NATS


@kernel
def keep_ratio(candidate: int, read: int, plain: float, listed: bool, ratios: ReadRatios) -> None:  # noqa: FBT001
    """Keep a visit's ratio, and list the visit where it is to be weighed otherwise."""
    visit, n = ratios.seen[0], ratios.seen[1]
    ratios.seen[0] += 1
    if visit < ratios.ratio.shape[0]:
        ratios.ratio[visit] = plain
    if listed:
        ratios.seen[1] += 1
        if n < ratios.listed.shape[0]:
            ratios.listed[n, VISIT] = visit
            ratios.listed[n, CANDIDATE] = candidate
            ratios.listed[n, READ] = read
