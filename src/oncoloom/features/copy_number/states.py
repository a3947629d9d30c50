"""Whole copies of both alleles of each segment, given purity and ploidy; subclonal segments."""

from dataclasses import dataclass

import numpy as np

from oncoloom.features.copy_number.bins import Floats, Ints
from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.copy_number.sex_copies import SexCopies
from oncoloom.kernels.purity_grid import (
    MOST_COPIES,
    N_STATES,
    expected_baf,
    expected_log2,
    state_densities,
)

OUTLIER, DENSITY_LOG2, DENSITY_BAF = 0.05, 0.15, 2.0  # as in kernels.purity_grid
_SUBCLONAL_POSTERIOR, _SUBCLONAL_SD = 0.5, 3.0


@dataclass(frozen=True, slots=True)
class CopyStates:
    """Copies of segments, arrays (n,): total as measured, total and minor as whole numbers (-1: unknown).

    `subclonal` segments fit no whole copies: a part of the tumor's cells, or an artifact.
    """

    copies: Floats
    total: Ints
    minor: Ints
    subclonal: np.ndarray[tuple[int], np.dtype[np.bool_]]


def copies_at(log2: float | Floats, purity: float, mean: float, normal: float | Floats = 2.0) -> Floats:
    """Total copies in tumor cells of a level of depth, at least 0.

    Parameters
    ----------
    log2
        Against the patient's own normal copies, and against the mean depth of the genome.
    mean
        Ploidy: copies that a log2 of 0 stands for.
    normal
        Copies in a normal cell.
    """
    mixed = 2.0 ** np.asarray(log2) * normal * (purity * mean + 2 * (1 - purity)) / 2
    return np.asarray(np.maximum(0.0, (mixed - normal * (1 - purity)) / purity), dtype=np.float64)


def assign_states(
    segments: Segments,
    *,
    purity: float,
    ploidy: float,
    center: float,
    tau: tuple[float, float],
    weights: tuple[float, ...] | None,
    sex: SexCopies,
) -> CopyStates:
    """The most probable whole copies of each segment.

    Parameters
    ----------
    center
        log2 of the segments that stands for `ploidy` copies.
    tau
        Spread of levels beyond sampling, of log2 and of the minor allele fraction.
    weights
        Learned weights of the states; None weighs all alike.

    Notes
    -----
    A segment without enough heterozygous sites has no minor copies, nor has an X or Y of which normal
    cells have another number than two. Above eight copies the measured copies are rounded, and the minor ones
    follow from the allele fraction. X and Y have no copies where those of normal cells are unknown.
    """
    normal = sex.normal_copies(segments.contig.tolist())
    copies = copies_at(segments.log2 - center, purity, ploidy, normal)
    table = np.ascontiguousarray(
        np.stack(
            [
                segments.log2 - center,
                segments.log2_sd**2,
                np.where(normal == 2, segments.baf, np.nan),
                segments.baf_sd**2,
                np.ones(len(segments)),
                segments.length,
            ],
            axis=1,
        )
    )
    density = np.empty((len(segments), N_STATES))
    state_densities(table, purity, ploidy, np.array(tau), density)
    weight = np.full(N_STATES, 1 / N_STATES) if weights is None else np.array(weights)
    known = np.isfinite(table[:, 2])
    inside = density * weight
    best = np.argmax(inside, axis=1)
    total, minor = _TOTALS[best], np.where(known, _MINORS[best], -1)
    uniform = np.where(known, DENSITY_LOG2 * DENSITY_BAF, DENSITY_LOG2)
    outlier = OUTLIER * uniform / ((1 - OUTLIER) * inside.sum(axis=1) + OUTLIER * uniform)
    subclonal = (outlier > _SUBCLONAL_POSTERIOR) | _far(table, total, minor, purity, ploidy, tau)
    beyond = (copies > MOST_COPIES + 0.5) | (normal != 2)
    total = np.where(beyond, np.rint(np.nan_to_num(copies, nan=-1)).astype(np.int64), total)
    minor = np.where(beyond & known, _minor_of(segments.baf, copies, purity), minor)
    minor = np.where(normal == 2, minor, -1)
    return CopyStates(copies, total, minor, np.asarray(subclonal & ~beyond))


_TOTALS = np.array([t for t in range(MOST_COPIES + 1) for _ in range(t // 2 + 1)], dtype=np.int64)
_MINORS = np.array([m for t in range(MOST_COPIES + 1) for m in range(t // 2 + 1)], dtype=np.int64)


def _far(
    table: Floats, total: Ints, minor: Ints, purity: float, ploidy: float, tau: tuple[float, float]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Segments more than three standard deviations from the level of their whole copies."""
    at = np.array([expected_log2(purity, ploidy, float(t)) for t in total])
    far = np.abs(table[:, 0] - at) > _SUBCLONAL_SD * np.sqrt(table[:, 1] + tau[0] ** 2)
    expected = np.array(
        [expected_baf(purity, float(t), float(max(m, 0))) for t, m in zip(total, minor, strict=True)]
    )
    with np.errstate(invalid="ignore"):
        baf_far = np.abs(table[:, 2] - expected) > _SUBCLONAL_SD * np.sqrt(table[:, 3] + tau[1] ** 2)
    return np.asarray(far | (baf_far & (minor >= 0)))


def _minor_of(baf: Floats, copies: Floats, purity: float) -> Ints:
    """Minor copies that an allele fraction says at a total of `copies`, at most half of it."""
    mixed = purity * copies + 2 * (1 - purity)
    with np.errstate(invalid="ignore"):
        minor = np.rint((baf * mixed - (1 - purity)) / purity)
    inside = np.clip(minor, 0, np.floor(np.rint(copies) / 2))
    return np.asarray(np.nan_to_num(inside, nan=-1), dtype=np.int64)
