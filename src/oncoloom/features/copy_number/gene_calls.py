"""Copies of genes: amplified, deeply deleted, or neither, with interval."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from oncoloom.features.copy_number.bins import Bins, Ints
from oncoloom.features.copy_number.sex_copies import UNKNOWN_SEX, SexCopies
from oncoloom.features.copy_number.states import copies_at

GeneState = Literal["amplification", "deep deletion", "neither"]
Parts = list[tuple[str, int, int]]

# Relative thresholds where the purity is unknown: six copies, and no copy, in a tumor of half tumor cells.
RELATIVE_AMPLIFICATION_LOG2 = 1.0
RELATIVE_DELETION_LOG2 = -1.0
ABOVE_PLOIDY = 3.0  # copies; in a genome of four sets six copies are no amplification
MIN_BINS, MIN_DELETION_BINS = 2, 3
_LEAST_SHIFT = 0.4  # log2 that the interval must lie beyond
_HUBER_SD, _HUBER_STEPS, _HUBER_ERROR = 1.5, 8, 1.05  # the last: its error against that of a mean


@dataclass(frozen=True, slots=True)
class GeneCopies:
    """Copy level of one gene: log2 with 95 % interval, copies where the purity is known, its state."""

    gene: str
    log2: float
    log2_lower: float
    log2_upper: float
    copies: float | None
    n_bins: int
    state: GeneState
    assessable: bool
    copies_lower: float | None = None
    copies_upper: float | None = None


@dataclass(frozen=True, slots=True)
class CopyScale:
    """What turns log2 into copies: purity, copies at a log2 of `center`, spread of levels."""

    purity: float
    ploidy: float
    center: float
    tau: float
    sex: SexCopies = UNKNOWN_SEX


def gene_copies(
    bins: Bins, intervals: dict[str, Parts], *, scale: CopyScale | None, amplification_min_copies: float
) -> dict[str, GeneCopies]:
    """Copy level of each gene: robust weighted mean of the bins that overlap its coding exons.

    Off-target bins tell the level of a gene that no target covers, but a change of the gene alone would hide
    in their length: such a gene is not assessable.

    With a scale: amplified from `amplification_min_copies` copies *and* three more than the ploidy, half of
    that where normal cells have one copy; deeply deleted where no whole copy is nearest, on three bins that
    lie three errors below the level of one copy. Without, or on an X or Y of unknown normal copies: log2 ≥ 1
    or ≤ -1. Fewer than two bins: not assessable. A gene without a bin is left out.
    """
    out: dict[str, GeneCopies] = {}
    spans = bins.spans()
    for gene, parts in intervals.items():
        index = _own_bins(bins, _overlaps(bins, parts, spans))
        if len(index):
            out[gene] = _one(gene, bins, index, scale, amplification_min_copies)
    return out


def _one(gene: str, bins: Bins, index: Ints, scale: CopyScale | None, minimum: float) -> GeneCopies:
    level, error = _level(bins, index)
    tau = 0.0 if scale is None else scale.tau
    half = 1.96 * float(np.hypot(error, tau))
    low, high = level - half, level + half
    off_target = bins.off_target is not None and bool(bins.off_target[index].any())
    assessable = len(index) >= MIN_BINS and not off_target
    normal = 2.0 if scale is None else float(scale.sex.normal_copies([str(bins.contig[index[0]])])[0])
    if scale is None or not normal > 0:  # unknown, or a Y that the patient has not
        state = _relative_state(level, low, high)
        copies = copies_low = copies_high = None
    else:
        copies, copies_low, copies_high = (
            float(copies_at(one - scale.center, scale.purity, scale.ploidy, normal))
            for one in (level, low, high)
        )
        error = float(np.hypot(error, tau))
        state = _absolute_state(level, error, copies, scale, normal, minimum, len(index))
        if state == "amplification" and low <= _LEAST_SHIFT:
            state = "neither"
    return GeneCopies(
        gene, level, low, high, copies, len(index), state if assessable else "neither", assessable,
        copies_low, copies_high,
    )  # fmt: skip


def _relative_state(level: float, low: float, high: float) -> GeneState:
    if level >= RELATIVE_AMPLIFICATION_LOG2 and low > _LEAST_SHIFT:
        return "amplification"
    return "deep deletion" if level <= RELATIVE_DELETION_LOG2 and high < -_LEAST_SHIFT else "neither"


def _absolute_state(
    level: float, error: float, copies: float, scale: CopyScale, normal: float, minimum: float, n_bins: int
) -> GeneState:
    # whole copies: 5.5 and more are nearer to six; half as many where normal cells have one copy
    if copies >= max(minimum, scale.ploidy + ABOVE_PLOIDY) * normal / 2 - 0.5:
        return "amplification"
    mixed = scale.purity + normal * (1 - scale.purity)
    one_copy = scale.center + float(
        np.log2(mixed / normal * 2 / (scale.purity * scale.ploidy + 2 * (1 - scale.purity)))
    )
    deleted = copies < 0.5 and n_bins >= MIN_DELETION_BINS and level < one_copy - 3 * error
    return "deep deletion" if deleted else "neither"


def _own_bins(bins: Bins, index: Ints) -> Ints:
    """Target bins among those of a gene, where it has some."""
    if bins.off_target is None:
        return index
    on_target = index[~bins.off_target[index]]
    return on_target if len(on_target) else index


def _overlaps(bins: Bins, parts: Parts, spans: dict[str, tuple[int, int]]) -> Ints:
    """Indexes of bins that overlap any of the intervals; `spans` gives each contig's range of bins."""
    hit: set[int] = set()
    for contig, start, end in parts:
        low, high = spans.get(contig, (0, 0))
        first = low + int(np.searchsorted(bins.end[low:high], start, side="right"))
        last = low + int(np.searchsorted(bins.start[low:high], end, side="left"))
        hit.update(range(first, last))
    return np.array(sorted(hit), dtype=np.int64)


def _level(bins: Bins, index: Ints) -> tuple[float, float]:
    """Weighted mean over bins, those far off counting less (Huber 1964), with its standard error.

    It starts from the weighted median, and is nearly as exact as a mean where the noise is plain: six copies
    and five of a few bins are close together.
    """
    x, w = bins.log2[index], bins.weight[index]
    order = np.argsort(x, kind="stable")
    total = np.cumsum(w[order])
    level = float(x[order][int(np.searchsorted(total, total[-1] / 2))])
    sd = max(bins.sd, 0.02)
    for _ in range(_HUBER_STEPS):
        off = np.abs(x - level) * np.sqrt(w) / sd
        trust = w * np.minimum(1.0, _HUBER_SD / np.maximum(off, _HUBER_SD))
        level = float((trust * x).sum() / trust.sum())
    return level + 0.0, _HUBER_ERROR * sd / float(np.sqrt(w.sum()))
