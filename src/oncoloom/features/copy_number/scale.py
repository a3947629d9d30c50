"""Purity and ploidy that copies are told by: the fit where it is confident, else somatic SNVs."""

from dataclasses import dataclass

from oncoloom.features.copy_number.clonal_sites import purity_of_snvs
from oncoloom.features.copy_number.gene_calls import CopyScale
from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.copy_number.purity_ploidy import TAUS
from oncoloom.features.copy_number.states import CopyStates, assign_states
from oncoloom.features.copy_number.verdict import PurityVerdict
from oncoloom.features.purity import Purity
from oncoloom.features.variants.calls import CallSet

_TWO_COPIES = 2.0


@dataclass(frozen=True, slots=True)
class Ploidy:
    """Mean copies of the tumor genome with its interval; None with `reason`."""

    value: float | None
    lower: float | None
    upper: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Scaled:
    """Purity, ploidy, and the copies that follow; `scale` and `states` are None without a purity."""

    purity: Purity
    ploidy: Ploidy
    scale: CopyScale | None
    states: CopyStates | None


def scale_segments(calls: CallSet, segments: Segments, verdict: PurityVerdict, *, male: bool) -> Scaled:
    """Purity and copies of the segments.

    A confident fit gives both. Where the copy number is too quiet to fit, the main level is taken as two
    copies and the purity is that of the somatic SNVs there; the ploidy stays null. An ambiguous fit gives
    neither: the main level may be two or four copies.
    """
    if verdict.confident and verdict.fit is not None:
        return _fitted(segments, verdict, male=male)
    if verdict.state == "too quiet" and (verdict.fit is None or verdict.fit_is_faint):
        purity = purity_of_snvs(calls, segments)
        if purity.value is not None:
            return _by_snvs(segments, verdict, purity, male=male)
        reason = f"{verdict.reason}; {purity.reason}"
    else:
        reason = verdict.reason or "no solution"
    return Scaled(Purity(None, None, None, reason), Ploidy(None, None, None, verdict.reason), None, None)


def _fitted(segments: Segments, verdict: PurityVerdict, *, male: bool) -> Scaled:
    fit = verdict.fit
    assert fit is not None  # a confident verdict has one
    best, center = fit.best, segments.mean_log2()
    states = assign_states(
        segments,
        purity=best.purity,
        ploidy=best.ploidy,
        center=center,
        tau=fit.tau,
        weights=fit.state_weights,
        male=male,
    )
    return Scaled(
        Purity(best.purity, *fit.purity_interval, None, "copy number"),
        Ploidy(best.ploidy, *fit.ploidy_interval, None),
        CopyScale(best.purity, best.ploidy, center, fit.tau[0], male),
        states,
    )


def _by_snvs(segments: Segments, verdict: PurityVerdict, purity: Purity, *, male: bool) -> Scaled:
    assert purity.value is not None
    center, tau = segments.main_log2(), TAUS[0]
    states = assign_states(
        segments,
        purity=purity.value,
        ploidy=_TWO_COPIES,
        center=center,
        tau=tau,
        weights=None,
        male=male,
    )
    return Scaled(
        purity,
        Ploidy(None, None, None, verdict.reason),
        CopyScale(purity.value, _TWO_COPIES, center, 0.0, male),
        states,
    )
