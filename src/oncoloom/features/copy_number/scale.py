"""Purity and ploidy that copies are told by: the fit where it is confident, else somatic SNVs."""

from dataclasses import dataclass

from oncoloom.features.copy_number.clonal_sites import purity_of_snvs, somatic_sites
from oncoloom.features.copy_number.doubling import Reading, cannot_be_told, read_peak
from oncoloom.features.copy_number.gene_calls import CopyScale
from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.copy_number.purity_ploidy import TAUS, PurityFit, Solution, with_evidence
from oncoloom.features.copy_number.sex_copies import SexCopies
from oncoloom.features.copy_number.snv_evidence import MIN_SNVS, MOST_SAID, SomaticSites, snv_log_likelihood
from oncoloom.features.copy_number.states import CopyStates, assign_states
from oncoloom.features.copy_number.verdict import PurityVerdict, judge_again
from oncoloom.features.purity import Purity
from oncoloom.features.variants.calls import CallSet


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

    `verdict` is that on the fit, after somatic SNVs were asked where it was ambiguous; `readings` those of a
    genome too quiet to fit.
    """

    verdict: PurityVerdict
    purity: Purity
    ploidy: Ploidy
    scale: CopyScale | None
    states: CopyStates | None
    readings: tuple[Reading, ...] = ()


def scale_segments(calls: CallSet, segments: Segments, verdict: PurityVerdict, *, sex: SexCopies) -> Scaled:
    """Purity and copies of the segments.

    A confident fit gives both. Where the copy number is too quiet to fit, the main level is taken as two
    copies, or as four where that fits better, and the purity is that of the somatic SNVs there; its interval
    holds both readings where neither is excluded, and the ploidy stays null. An ambiguous fit gives neither.
    """
    return scale_sites(somatic_sites(calls, segments), segments, verdict, sex=sex)


def scale_sites(sites: SomaticSites, segments: Segments, verdict: PurityVerdict, *, sex: SexCopies) -> Scaled:
    """The same of somatic SNVs that are laid on the segments already."""
    verdict = told_apart(sites, segments, verdict, sex=sex)
    if verdict.confident:
        return _fitted(segments, verdict, sex=sex)
    if verdict.state == "too quiet" and (verdict.fit is None or verdict.fit_is_faint):
        purity, doubtful = purity_of_snvs(sites, segments)
        readings: tuple[Reading, ...] = ()
        if purity.value is not None:
            readings = read_peak(sites, segments, purity.value / 2, sex=sex)
            if doubtful is None:
                return _by_snvs(segments, verdict, readings, sex=sex)
        reasons = (verdict.reason, doubtful or purity.reason, cannot_be_told(readings))
        reason = "; ".join(one for one in reasons if one is not None)
        unknown = Purity(None, None, None, reason)
        return Scaled(verdict, unknown, Ploidy(None, None, None, reason), None, None, readings)
    else:
        reason = verdict.reason or "no solution"
    nothing = Ploidy(None, None, None, verdict.reason)
    return Scaled(verdict, Purity(None, None, None, reason), nothing, None, None)


def told_apart(
    sites: SomaticSites, segments: Segments, verdict: PurityVerdict, *, sex: SexCopies
) -> PurityVerdict:
    """The verdict after the somatic SNVs were asked, where several solutions fit nearly alike."""
    fit = verdict.fit
    asked = fit is not None and not verdict.confident and verdict.several_fit
    if fit is None or not asked or len(sites) < MIN_SNVS:
        return verdict
    said = [
        snv_log_likelihood(sites, _states_at(segments, fit, one, sex=sex), one.purity)
        for one in fit.solutions
    ]
    top = max(said)
    limited = [max(one - top, -MOST_SAID) for one in said]
    return judge_again(verdict, with_evidence(segments.levels(), fit, limited))


def _states_at(segments: Segments, fit: PurityFit, one: Solution, *, sex: SexCopies) -> CopyStates:
    return assign_states(
        segments,
        purity=one.purity,
        ploidy=one.ploidy,
        center=segments.mean_log2(),
        tau=fit.tau,
        weights=None,
        sex=sex,
    )


def _fitted(segments: Segments, verdict: PurityVerdict, *, sex: SexCopies) -> Scaled:
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
        sex=sex,
    )
    return Scaled(
        verdict,
        Purity(best.purity, *fit.purity_interval, None, "copy number"),
        Ploidy(best.ploidy, *fit.ploidy_interval, None),
        CopyScale(best.purity, best.ploidy, center, fit.tau[0], sex),
        states,
    )


def _by_snvs(
    segments: Segments, verdict: PurityVerdict, readings: tuple[Reading, ...], *, sex: SexCopies
) -> Scaled:
    best, center = readings[0], segments.main_log2()
    states = assign_states(
        segments,
        purity=best.purity,
        ploidy=float(best.copies),
        center=center,
        tau=TAUS[0],
        weights=None,
        sex=sex,
    )
    untold = cannot_be_told(readings)
    held = readings if untold is not None else readings[:1]
    purity = Purity(
        best.purity,
        min(one.lower for one in held),
        max(one.upper for one in held),
        None,
        "allele fractions",
    )
    reason = "; ".join(one for one in (verdict.reason, untold) if one is not None)
    return Scaled(
        verdict,
        purity,
        Ploidy(None, None, None, reason),
        CopyScale(best.purity, float(best.copies), center, 0.0, sex),
        states,
        readings,
    )
