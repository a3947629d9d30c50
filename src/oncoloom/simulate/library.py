"""The library: which fragments of which molecules were captured, and the artefacts of making it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.simulate.haplotypes import Haplotype
from oncoloom.simulate.reference import DemoGenome

READ_LENGTH = 150
_INSERT_MEAN, _INSERT_SD, _INSERT_MIN, _INSERT_MAX = 330.0, 60.0, 155, 620
_OFF_TARGET, _CAPTURE_SD, _SHOULDER = 0.004, 0.22, 70.0
_PANEL_SEED = 20260103


@dataclass(frozen=True, slots=True)
class Fragments:
    """Fragments of one molecule kind, in haplotype coordinates.

    Attributes
    ----------
    start, end : (n,) int64
        0-based half-open.
    first_is_left : (n,) bool
        Whether read 1 is the left one.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    first_is_left: NDArray[np.bool_]


def capture_profile(genome: DemoGenome) -> dict[str, NDArray[np.float64]]:
    """Relative chance that a fragment centered on each base is captured; mean 1 inside the targets.

    The same for every sample: efficiencies belong to the panel.
    """
    rng = np.random.default_rng(_PANEL_SEED)
    out: dict[str, NDArray[np.float64]] = {}
    inside_sum = inside_n = 0.0
    for contig, sequence in genome.sequences.items():
        places = np.arange(len(sequence))
        profile = np.full(len(sequence), _OFF_TARGET)
        for start, end in genome.targets[contig]:
            efficiency = float(np.exp(rng.normal(0, _CAPTURE_SD)))
            outside = np.maximum(np.maximum(start - places, places - end + 1), 0)
            profile = np.maximum(profile, efficiency * np.exp(-((outside / _SHOULDER) ** 2)))
        out[contig] = profile
        for start, end in genome.targets[contig]:
            inside_sum += float(profile[start:end].sum())
            inside_n += end - start
    return {contig: profile * (inside_n / inside_sum) for contig, profile in out.items()}


def gc_bias(sequence: str, strength: float) -> NDArray[np.float64]:
    """Factor on the chance of capture by the G+C share of the 300 bases around."""
    bases = np.frombuffer(sequence.encode(), dtype=np.uint8)
    strong = np.concatenate(([0], np.cumsum((bases == ord("G")) | (bases == ord("C")))))
    low = np.maximum(np.arange(len(bases)) - 150, 0)
    high = np.minimum(np.arange(len(bases)) + 150, len(bases))
    share = (strong[high] - strong[low]) / (high - low)
    factor: NDArray[np.float64] = np.exp(-strength * ((share - 0.45) / 0.25) ** 2)
    return factor


def draw_fragments(
    rng: np.random.Generator, haplotype: Haplotype, profile: NDArray[np.float64], per_base_and_copy: float
) -> Fragments:
    """Draw the fragments of one molecule kind: their number is Poisson, their middles follow `profile`.

    Parameters
    ----------
    profile : (n_reference,) float64
        Chance of capture by reference position of the fragment's middle.
    per_base_and_copy
        Expected fragments a base where the profile is 1, for one copy a cell.
    """
    places = np.maximum.accumulate(haplotype.places)
    weights = np.cumsum(profile[places])
    n = int(rng.poisson(weights[-1] * per_base_and_copy * haplotype.copies))
    middle = np.searchsorted(weights, rng.random(n) * weights[-1], side="right")
    insert = np.clip(np.round(rng.normal(_INSERT_MEAN, _INSERT_SD, n)), _INSERT_MIN, _INSERT_MAX)
    start = middle - insert.astype(np.int64) // 2
    end = start + insert.astype(np.int64)
    mapped = np.zeros(n, dtype=bool)
    inside = (start >= 0) & (end <= len(haplotype.places))
    mapped[inside] = True
    return Fragments(start[mapped], end[mapped], (rng.random(n) < 0.5)[mapped])


def mean_copies(per_contig: dict[str, list[Haplotype]], genome: DemoGenome) -> float:
    """Copies of the captured genome per cell, averaged over the targets."""
    total = bases = 0.0
    for contig, spans in genome.targets.items():
        size = sum(end - start for start, end in spans)
        total += size * sum(haplotype.copies for haplotype in per_contig[contig])
        bases += size
    return total / bases
