"""What happens to single molecules before sequencing: polymerase slippage at repeats, deaminated bases."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from oncoloom.simulate.haplotypes import Haplotype
from oncoloom.simulate.library import Fragments
from oncoloom.simulate.reference import Microsatellite

_DEAMINATION = 8e-6  # a cytosine and molecule, before the patient's FFPE factor
_SLIP_LOSS_SHARE = 0.72


def slippage_rate(tract: Microsatellite) -> float:
    """Share of molecules whose tract is a unit off after amplification; grows with the tract's length."""
    units = (tract.end - tract.start) / len(tract.unit)
    rate = 6e-4 * np.exp(0.30 * (units - 7)) if len(tract.unit) == 1 else 6e-4 * np.exp(0.26 * (units - 5))
    return float(min(rate, 0.12))


def slipped(
    rng: np.random.Generator, haplotype: Haplotype, fragments: Fragments, tracts: list[Microsatellite]
) -> dict[int, Haplotype]:
    """Fragments (by index) that slipped at one of `tracts`, each as a molecule of its own."""
    places = np.maximum.accumulate(haplotype.places)
    out: dict[int, Haplotype] = {}
    for tract in tracts:
        low = int(np.searchsorted(places, tract.start))
        covers = np.flatnonzero(
            (fragments.start < low - 5) & (fragments.end > low + tract.end - tract.start + 5)
        )
        for index in covers[rng.random(len(covers)) < slippage_rate(tract)]:
            start, end = int(fragments.start[index]), int(fragments.end[index])
            gain = rng.random() > _SLIP_LOSS_SHARE
            out[int(index)] = _shifted(haplotype, start, low, end, len(tract.unit), gain=bool(gain))
    return out


def _shifted(haplotype: Haplotype, start: int, at: int, end: int, unit: int, *, gain: bool) -> Haplotype:
    """The molecule from `start` to `end` with a repeat unit more or less at `at`."""
    bases, places = haplotype.bases, haplotype.places
    if gain:
        inserted = np.full(unit, -1, dtype=np.int32)
        return Haplotype(
            np.concatenate([bases[start:at], bases[at : at + unit], bases[at:end]]),
            np.concatenate([places[start:at], inserted, places[at:end]]),
            0.0,
        )
    return Haplotype(
        np.concatenate([bases[start:at], bases[at + unit : end]]),
        np.concatenate([places[start:at], places[at + unit : end]]),
        0.0,
    )


def deaminated(
    rng: np.random.Generator, haplotype: Haplotype, fragments: Fragments, factor: float
) -> dict[int, Haplotype]:
    """Fragments with a deaminated cytosine: C>T where read 1 is the left one, G>A otherwise."""
    out: dict[int, Haplotype] = {}
    sizes = fragments.end - fragments.start
    hits = np.flatnonzero(rng.random(len(sizes)) < sizes * 0.2 * _DEAMINATION * factor)
    for index in hits:
        start, end = int(fragments.start[index]), int(fragments.end[index])
        old, new = ("C", "T") if fragments.first_is_left[index] else ("G", "A")
        sites = np.flatnonzero(haplotype.bases[start:end] == ord(old))
        if not sites.size:
            continue
        bases: NDArray[np.uint8] = haplotype.bases[start:end].copy()
        bases[sites[rng.integers(len(sites))]] = ord(new)
        out[int(index)] = replace(haplotype, bases=bases, places=haplotype.places[start:end], copies=0.0)
    return out
