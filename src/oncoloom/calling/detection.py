"""What depth could have shown: the allele fraction that is found with 95 % probability."""

from functools import lru_cache
from math import ceil

POWER = 0.95
_ROUNDS = 40  # halvings of the interval: 1e-12


def detection_limit(depth: float, least: int, *, min_af: float = 0.0, power: float = POWER) -> float | None:
    """Smallest allele fraction f with ``P(Binomial(depth, f) >= least) >= power``; None: no f has it.

    Parameters
    ----------
    depth
        Fragments over the site.
    least
        Fragments with the allele that a call needs at this depth (`needed_fragments` of the caller).
    min_af
        Lowest fraction that is called: with it a call needs ``ceil(min_af * depth)`` fragments, too, and the
        limit is never below it.

    Examples
    --------
    >>> round(detection_limit(100, 3), 3), detection_limit(2, 3)
    (0.062, None)
    """
    n = int(depth)
    wanted = max(least, ceil(min_af * n - 1e-9), 1)
    found = _limit(n, wanted, power)
    return None if found is None else max(found, min_af)


@lru_cache(maxsize=65_536)
def _limit(n: int, wanted: int, power: float) -> float | None:
    if n < wanted:
        return None
    from scipy.stats import binom  # three quarters of a second to import: only where an allele is asked for

    low, high = 0.0, 1.0
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        if binom.sf(wanted - 1, n, middle) >= power:
            high = middle
        else:
            low = middle
    return float(high)
