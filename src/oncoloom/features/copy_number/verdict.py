"""What may be said of purity and ploidy: confident, ambiguous, or too quiet to fit."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.copy_number.purity_ploidy import (
    AMBIGUOUS_GAP,
    CONFIDENT_GAP,
    LEAST_PURITY,
    TAUS,
    PurityFit,
    fit_purity_ploidy,
)

State = Literal["confident", "ambiguous", "too quiet"]

MIN_ALTERED_SHARE = 0.05
MIN_ALTERED_SEGMENTS, ALTERED_BINS = 3, 30
_ALTERED_LOG2, _ALTERED_BAF = 0.06, 0.46
MIN_FIT_SEGMENTS = 3
_TOO_FEW = "too few copy-number changes to fit"


@dataclass(frozen=True, slots=True)
class PurityVerdict:
    """The fit (None where none was tried), what may be said of it, and why not more."""

    state: State
    fit: PurityFit | None
    reason: str | None
    altered_share: float

    @property
    def fit_is_faint(self) -> bool:
        """Whether the fit says no more than that the tumor hardly shows."""
        return self.fit is not None and self.fit.best.purity <= LEAST_PURITY

    @property
    def several_fit(self) -> bool:
        """Whether the solutions fit, but more than one does."""
        fit = self.fit
        return fit is not None and fit.tau != TAUS[-1] and not self.fit_is_faint and fit.gap < CONFIDENT_GAP

    @property
    def confident(self) -> bool:
        """Whether whole copies, scars and cell fractions may rest on it."""
        return self.state == "confident"


def altered_segments(segments: Segments) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Autosomal segments off the commonest level of depth, or out of allelic balance, beyond their error."""
    off = np.abs(segments.log2 - segments.main_log2())
    with np.errstate(invalid="ignore"):
        unbalanced = (segments.baf < _ALTERED_BAF) & (segments.baf + 3 * segments.baf_sd < 0.5)
    return segments.autosome & ((off > np.maximum(_ALTERED_LOG2, 3 * segments.log2_sd)) | unbalanced)


def judge_purity(segments: Segments) -> PurityVerdict:
    """Fit purity and ploidy, and say how far the answer may be trusted.

    Too quiet: under 5 % of the autosomes altered, or fewer than three altered segments of 30 bins; a gap
    under 3 to the next solution; the largest spread of levels; purity at the lower end of the grid.
    Ambiguous: a gap of 3 to 10.
    """
    usable = segments.autosome & (segments.n_bins >= 2)
    if int(usable.sum()) < MIN_FIT_SEGMENTS:
        return PurityVerdict("too quiet", None, f"{int(usable.sum())} autosomal segments", 0.0)
    altered = altered_segments(segments)
    share = float(segments.length[altered].sum() / segments.length[segments.autosome].sum())
    long_enough = int((altered & (segments.n_bins >= ALTERED_BINS)).sum())
    if share < MIN_ALTERED_SHARE:
        reason = (
            f"{_TOO_FEW}: {100 * share:.0f} % of the autosomes, {100 * MIN_ALTERED_SHARE:.0f} % are needed"
        )
        return PurityVerdict("too quiet", None, reason, share)
    if long_enough < MIN_ALTERED_SEGMENTS:
        reason = f"{_TOO_FEW}: {long_enough} of {ALTERED_BINS} bins, {MIN_ALTERED_SEGMENTS} are needed"
        return PurityVerdict("too quiet", None, reason, share)
    fit = fit_purity_ploidy(segments.levels())
    return _judged(fit, share)


def judge_again(verdict: PurityVerdict, fit: PurityFit) -> PurityVerdict:
    """The verdict on a fit that more evidence has changed."""
    return _judged(fit, verdict.altered_share)


def _judged(fit: PurityFit, share: float) -> PurityVerdict:
    best = fit.best
    if fit.tau == TAUS[-1]:
        return PurityVerdict("too quiet", fit, "the segments' levels fit no whole copies", share)
    if best.purity <= LEAST_PURITY:
        reason = f"no purity above {LEAST_PURITY:g} fits: the tumor hardly shows in its copy number"
        return PurityVerdict("too quiet", fit, reason, share)
    if fit.gap < AMBIGUOUS_GAP:
        return PurityVerdict("too quiet", fit, f"several solutions fit alike: {_told(fit)}", share)
    if fit.gap < CONFIDENT_GAP:
        return PurityVerdict("ambiguous", fit, f"two solutions fit nearly alike: {_told(fit)}", share)
    return PurityVerdict("confident", fit, None, share)


def _told(fit: PurityFit) -> str:
    return " or ".join(f"purity {one.purity:.2f} with ploidy {one.ploidy:.1f}" for one in fit.solutions[:3])
