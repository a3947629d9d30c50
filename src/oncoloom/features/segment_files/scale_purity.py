"""What the broad gains and losses of a file mean for tumor purity, read by one logarithm or another.

A broad loss of -0.19 is a tumor of purity 0.25 as log2, of 0.71 as log10. One sample tells little: it may be
of low purity. Of a cohort some tumor is purer than 0.4; and no logarithm may ask for more than a pure one.
Small levels do not speak: waves and subclones of any purity make them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import pow

from oncoloom.features.segment_files.scale_limits import Level

LOW_PURITY = 0.4  # biopsies: about one in seven is below it
LEAST_SAMPLES = 5
_BROAD_BP = 30e6
_LEAST_LEVEL = 0.1
# Ratios that even a pure tumor hardly reaches over 30 Mb: one copy of four left; eight copies of two.
_DEEPEST, _HIGHEST = 0.25, 4.0


@dataclass(frozen=True, slots=True)
class Broad:
    """A sample's deepest and highest level that 30 Mb reach; None where it is within 0.1 of the center."""

    loss: float | None
    gain: float | None


def broad_levels(levels: Sequence[Level]) -> list[Broad]:
    """The samples that show a broad gain or loss; chromosome Y left out (most genomes have none)."""
    by_sample: dict[str, list[Level]] = {}
    for one in levels:
        if not one.is_y:
            by_sample.setdefault(one.sample, []).append(one)
    found = [
        Broad(_reached(own, descending=False), _reached(own, descending=True)) for own in by_sample.values()
    ]
    return [one for one in found if one.loss is not None or one.gain is not None]


def _reached(levels: list[Level], *, descending: bool) -> float | None:
    covered = 0.0
    for one in sorted(levels, key=lambda one: one.value, reverse=descending):
        covered += one.bp
        if covered >= _BROAD_BP:
            beyond = one.value > _LEAST_LEVEL if descending else one.value < -_LEAST_LEVEL
            return one.value if beyond else None
    return None


def highest_purity(samples: Sequence[Broad], base: float) -> float:
    """Highest purity that a loss, else a gain, of one copy of two would mean in a sample.

    Losses first: a gain is often of more than one copy. Above 1 it was of more copies.
    """
    return max((_purity(one, base) for one in samples), default=0.0)


def _purity(sample: Broad, base: float) -> float:
    if sample.loss is not None:
        return 2 * (1 - pow(base, sample.loss))
    return 2 * (pow(base, sample.gain or 0.0) - 1)


def is_of_low_purity(samples: Sequence[Broad], base: float) -> bool:
    """Whether every tumor of a cohort would be below a purity of 0.4."""
    return len(samples) >= LEAST_SAMPLES and highest_purity(samples, base) < LOW_PURITY


def is_beyond_purity(samples: Sequence[Broad], base: float) -> bool:
    """Whether some tumor's broad loss or gain is more than a pure one shows."""
    losses = [base**one.loss < _DEEPEST for one in samples if one.loss is not None]
    return any(losses) or any(base**one.gain > _HIGHEST for one in samples if one.gain is not None)
