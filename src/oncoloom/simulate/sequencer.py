"""The sequencer: base qualities that age along the read, errors at the rate they claim, noisy sites."""

import numpy as np
from numpy.typing import NDArray

QUALITY_BINS = np.array([2, 12, 23, 37], dtype=np.uint8)
_POOL = 6000
# Chance to stay in, or fall to, each bin from the bin before, in the first and in the last cycle.
_EARLY = np.array(
    [
        [0.6, 0.16, 0.12, 0.12],
        [0.006, 0.12, 0.17, 0.704],
        [0.001, 0.03, 0.209, 0.76],
        [0.00006, 0.003, 0.01, 0.98694],
    ]
)
_LATE = np.array(
    [
        [0.82, 0.08, 0.05, 0.05],
        [0.02, 0.22, 0.25, 0.51],
        [0.006, 0.07, 0.304, 0.62],
        [0.0005, 0.01, 0.043, 0.9465],
    ]
)
_START = np.array([0.004, 0.01, 0.036, 0.95])
_BASES = np.frombuffer(b"ACGT", dtype=np.uint8)


def quality_pool(rng: np.random.Generator, length: int, *, second: bool) -> NDArray[np.uint8]:
    """Quality strings in the order of the cycles, shape (n, length): a Markov chain over four bins.

    The second read of a pair ages faster.
    """
    cumulative = np.cumsum(_START)
    state = np.searchsorted(cumulative, rng.random(_POOL)).clip(max=3)
    out = np.empty((_POOL, length), dtype=np.uint8)
    for cycle in range(length):
        age = min(1.0, (cycle / length) ** 1.5 * (1.25 if second else 0.8))
        steps = np.cumsum((1 - age) * _EARLY + age * _LATE, axis=1)
        state = (rng.random(_POOL)[:, None] > steps[state]).sum(axis=1).clip(max=3)
        out[:, cycle] = QUALITY_BINS[state]
    return out


def add_errors(rng: np.random.Generator, bases: NDArray[np.uint8], quals: NDArray[np.uint8]) -> None:
    """Change bases in place at the rate that each quality claims (Q2 counts as one in two)."""
    rates = np.zeros(64, dtype=np.float32)
    rates[QUALITY_BINS] = 10 ** (-QUALITY_BINS.astype(float) / 10)
    rates[2] = 0.5
    for low in range(0, len(bases), 20_000):  # a slab at a time, so that the draws stay in the cache
        part = slice(low, low + 20_000)
        rows, columns = np.nonzero(rng.random(quals[part].shape, dtype=np.float32) < rates[quals[part]])
        rows += low
        bases[rows, columns] = other_base(bases[rows, columns], rng.integers(1, 4, len(rows)))


def other_base(bases: NDArray[np.uint8], step: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Another base each: `step` (1 to 3) places further in ACGT, wrapping round."""
    index = np.searchsorted(_BASES, bases)
    other: NDArray[np.uint8] = _BASES[(index + step) % 4]
    return other
