"""Purity and ploidy that copies are told by: the fit where it is confident, else somatic SNVs."""

from dataclasses import dataclass

from oncoloom.features.copy_number.clonal_sites import purity_of_snvs, somatic_sites
from oncoloom.features.copy_number.gene_calls import CopyScale
from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.copy_number.purity_ploidy import TAUS, PurityFit, Solution, with_evidence
from oncoloom.features.copy_number.snv_evidence import MIN_SNVS, MOST_SAID, SomaticSites, snv_log_likelihood
from oncoloom.features.copy_number.states import CopyStates, assign_states
from oncoloom.features.copy_number.verdict import PurityVerdict, judge_again
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
    """Purity, ploidy, and the copies that follow; `scale` and `states` are None without a purity.

    `verdict` is that on the fit, after somatic SNVs were asked where it was ambiguous.
    """

    verdict: PurityVerdict
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
    sites = somatic_sites(calls, segments)
    verdict = told_apart(sites, segments, verdict, male=male)
    if verdict.confident:
        return _fitted(segments, verdict, male=male)
    if verdict.state == "too quiet" and (verdict.fit is None or verdict.fit_is_faint):
        purity = purity_of_snvs(sites, segments)
        if purity.value is not None:
            return _by_snvs(segments, verdict, purity, male=male)
        reason = f"{verdict.reason}; {purity.reason}"
    else:
        reason = verdict.reason or "no solution"
    nothing = Ploidy(None, None, None, verdict.reason)
    return Scaled(verdict, Purity(None, None, None, reason), nothing, None, None)


def told_apart(
    sites: SomaticSites, segments: Segments, verdict: PurityVerdict, *, male: bool
) -> PurityVerdict:
    """The verdict after the somatic SNVs were asked, where several solutions fit nearly alike."""
    fit = verdict.fit
    asked = fit is not None and not verdict.confident and verdict.several_fit
    if fit is None or not asked or len(sites) < MIN_SNVS:
        return verdict
    said = [
        snv_log_likelihood(sites, _states_at(segments, fit, one, male=male), one.purity)
        for one in fit.solutions
    ]
    top = max(said)
    limited = [max(one - top, -MOST_SAID) for one in said]
    return judge_again(verdict, with_evidence(segments.levels(), fit, limited))


def _states_at(segments: Segments, fit: PurityFit, one: Solution, *, male: bool) -> CopyStates:
    return assign_states(
        segments,
        purity=one.purity,
        ploidy=one.ploidy,
        center=segments.mean_log2(),
        tau=fit.tau,
        weights=None,
        male=male,
    )


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
        verdict,
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
        verdict,
        purity,
        Ploidy(None, None, None, verdict.reason),
        CopyScale(purity.value, _TWO_COPIES, center, 0.0, male),
        states,
    )
