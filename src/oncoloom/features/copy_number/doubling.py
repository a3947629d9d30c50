"""A genome too quiet to fit: what its clonal peak says if the main level is two copies, and if it is four."""

from dataclasses import dataclass, replace

import numpy as np

from oncoloom.features.copy_number.bins import Floats
from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.copy_number.purity_ploidy import CONFIDENT_GAP, TAUS
from oncoloom.features.copy_number.sex_copies import SexCopies
from oncoloom.features.copy_number.snv_evidence import MOST_SAID, SomaticSites, snv_log_likelihood
from oncoloom.features.copy_number.states import DENSITY_BAF, DENSITY_LOG2, OUTLIER, assign_states
from oncoloom.features.copy_number.verdict import altered_segments
from oncoloom.kernels.purity_grid import N_STATES, log_ploidy_prior, state_densities, state_prior

_REACH, _STEP = 0.08, 0.01
_LEAST_PURITY = 0.05
LEAST_HALF = 0.03  # of an interval, as of a fit: fractions are biased by more than counts know
_INTERVAL_FALL = 1.92


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of the clonal peak: copies of the main level, purity with its interval, log units below."""

    copies: int
    purity: float
    lower: float
    upper: float
    below: float


def read_peak(sites: SomaticSites, segments: Segments, peak: float, *, sex: SexCopies) -> tuple[Reading, ...]:
    """Purity if the main level is two copies and if it is four, the likelier one first.

    Parameters
    ----------
    peak
        Allele fraction of the clonal somatic SNVs in balanced segments at the main level.

    Notes
    -----
    On one of two copies the peak f means a purity of 2f; on one of four (mutated after the doubling)
    2f / (1 − 2f), on two of four (before it) f / (1 − f). Around each, the prior of the ploidy, the
    likelihood of the altered segments and that of the SNVs (at most 12 log units) are added. Segments at the
    main level say nothing here: they would have a doubled genome pay for being quiet. Mutations from before
    *and* after the doubling, or levels of altered segments, tell the readings apart; else nothing does.
    """
    starts = {2: [2 * peak], 4: [2 * peak / (1 - 2 * peak) if peak < 0.5 else 2.0, peak / (1 - peak)]}
    points: dict[int, list[_Point]] = {}
    for copies, purities in starts.items():
        grid = np.concatenate([np.arange(one - _REACH, one + _REACH, _STEP) for one in purities])
        grid = np.unique(np.round(grid[(grid >= _LEAST_PURITY) & (grid <= 1.0)], 2))
        if len(grid):
            points[copies] = _scored(sites, segments, copies, grid, sex)
    best = {copies: max(own, key=lambda one: one.total) for copies, own in points.items()}
    most = max(one.by_snvs for one in best.values())
    limited = {n: one.by_segments + max(one.by_snvs - most, -MOST_SAID) for n, one in best.items()}
    found = []
    for copies, own in points.items():
        inside = [one.purity for one in own if one.total >= best[copies].total - _INTERVAL_FALL]
        below = round(max(limited.values()) - limited[copies], 2)
        purity = best[copies].purity
        low, high = min(*inside, purity - LEAST_HALF), max(*inside, purity + LEAST_HALF)
        found.append(Reading(copies, purity, round(max(low, 0.0), 2), round(min(high, 1.0), 2), below))
    return tuple(sorted(found, key=lambda one: one.below))


@dataclass(frozen=True, slots=True)
class _Point:
    purity: float
    by_segments: float
    by_snvs: float

    @property
    def total(self) -> float:
        return self.by_segments + self.by_snvs


def _scored(
    sites: SomaticSites, segments: Segments, copies: int, grid: Floats, sex: SexCopies
) -> list[_Point]:
    """The purities of a grid, if the main level is so many copies."""
    points = []
    prior = np.empty(N_STATES)
    state_prior(float(copies), prior)
    table = _altered_levels(segments)
    for purity in grid.tolist():
        states = assign_states(
            segments,
            purity=purity,
            ploidy=float(copies),
            center=segments.main_log2(),
            tau=TAUS[0],
            weights=None,
            sex=sex,
        )
        unseen = (states.minor < 0) & (states.total == copies)  # without sites: as balanced as the others
        balanced = replace(states, minor=np.where(unseen, copies // 2, states.minor))
        by_segments = log_ploidy_prior(float(copies)) + _fit(table, purity, float(copies), prior)
        points.append(_Point(purity, by_segments, snv_log_likelihood(sites, balanced, purity)))
    return points


def _altered_levels(segments: Segments) -> Floats:
    """(n, 6) altered autosomal segments as the kernel reads them, log2 against the main level."""
    chosen = altered_segments(segments)[segments.autosome]
    table = segments.levels().table()[chosen]
    table[:, 0] -= segments.main_log2()
    return np.ascontiguousarray(table)


def _fit(table: Floats, purity: float, copies: float, prior: Floats) -> float:
    """Log likelihood of altered segments, a twentieth of them of no state."""
    density = np.empty((len(table), N_STATES))
    state_densities(table, purity, copies, np.array(TAUS[0]), density)
    uniform = np.where(np.isnan(table[:, 2]), DENSITY_LOG2, DENSITY_LOG2 * DENSITY_BAF)
    whole = (1 - OUTLIER) * (density @ prior) + OUTLIER * uniform
    return float((table[:, 4] * np.log(whole)).sum())


def cannot_be_told(readings: tuple[Reading, ...]) -> str | None:
    """Why doubling cannot be told, with both readings; None where one of them is excluded."""
    if len(readings) < 2 or readings[1].below >= CONFIDENT_GAP:
        return None
    words = {2: "two", 4: "four"}
    told = ", ".join(f"{one.purity:.2f} if the main level is {words[one.copies]} copies" for one in readings)
    return f"doubling cannot be told: purity {told}"
