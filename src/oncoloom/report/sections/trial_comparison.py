"""One trial beside the model: its figures, the two predictions at the horizon, and the verdict in words."""

import polars as pl

from oncoloom.knowledge.trials.agreement import (
    agreement_words,
    compare,
    transport_sd,
)
from oncoloom.knowledge.trials.figures import ArmFigures, TrialFigures, at_month, figures_of, pair_of
from oncoloom.knowledge.trials.matching import TrialMatch
from oncoloom.knowledge.trials.survival import Estimate, Group
from oncoloom.knowledge.trials.therapies import LEVEL_WORDS
from oncoloom.knowledge.trials.words import (
    ENDPOINT_WORDS,
    citation,
    months_words,
    proportional_words,
    ratio_words,
    short_at_words,
)
from oncoloom.report.difference_model import ShownDifference
from oncoloom.report.model import Interval, Panel, Predictions, TherapyPrediction
from oncoloom.report.sections.model_difference import COMPARED, ToldDifference, model_difference
from oncoloom.report.sections.shown_differences import shown_difference
from oncoloom.report.trial_model import (
    ModelShare,
    TrialArm,
    TrialComparison,
    TrialFigure,
    Verdict,
)
from oncoloom.report.words import MONTH_DAYS

_PANELS = {"OS": "os", "PFS": "pfs", "rPFS": "pfs"}
_NOT_COMPARED = "Model and trial are not compared:"


def build_comparison(
    match: TrialMatch,
    first: TherapyPrediction,
    second: TherapyPrediction,
    predictions: Predictions,
    comparisons: pl.DataFrame | None,
) -> TrialComparison:
    """A match beside the predictions under the two therapies; `first` is the arm asked about.

    `comparisons` holds the patient's rows of `oncoloom compare`; None where nobody compared.
    """
    one = match.comparison
    figures, pair = figures_of(one, swapped=match.swapped), pair_of(one, swapped=match.swapped)
    panel = _panel(one.endpoint, predictions)
    month = round(panel.horizon_days / MONTH_DAYS, 1) if panel and panel.horizon_days else None
    shares = [None if panel is None else therapy.panels.get(panel.id) for therapy in (first, second)]
    told = model_difference(comparisons, panel, (first.therapy, shares[0]), (second.therapy, shares[1]))
    trial = None if month is None else at_month(pair, month).difference
    verdict, lead, text = _verdict(match, told, trial, month)
    return TrialComparison(
        heading=f"{first.therapy} against {second.therapy}",
        first_name=first.therapy,
        second_name=second.therapy,
        fit="fits" if match.kind == "fits" else "fits in part",
        therapies_match=LEVEL_WORDS[match.therapy_level],
        trial=one.trial,
        endpoint=one.endpoint,
        endpoint_words=ENDPOINT_WORDS[one.endpoint],
        population=f"{one.population}; {one.setting}",
        first=_arm(figures.first, pair.first_group),
        second=_arm(figures.second, pair.second_group),
        horizon_months=month,
        model_first=_share(shares[0]),
        model_second=_share(shares[1]),
        differences=_differences(told, trial),
        figures=_figures(figures),
        verdict=verdict,
        verdict_lead=lead,
        verdict_text=text,
        proportional_text=proportional_words(figures),
        fits="; ".join(match.reasons),
        does_not_fit="; ".join(match.mismatches),
        not_known="; ".join(match.unknowns),
        note=one.note,
        citation=citation(one),
    )


def _panel(endpoint: str, predictions: Predictions) -> Panel | None:
    wanted = _PANELS.get(endpoint)
    return next((panel for panel in predictions.panels if panel.endpoint == wanted), None)


def _verdict(
    match: TrialMatch, told: ToldDifference, trial: Estimate | None, month: float | None
) -> tuple[Verdict, str, str]:
    if told.difference is None or month is None:
        return "not compared", _NOT_COMPARED, f"{told.reason}."
    if trial is None:
        return "not compared", _NOT_COMPARED, f"the trial was not followed to {month:g} months in both arms."
    verdict = compare(told.difference, trial, transport_sd(match))
    return verdict, *agreement_words(verdict, COMPARED[told.label])


def _differences(told: ToldDifference, trial: Estimate | None) -> tuple[ShownDifference, ...]:
    out, model = [], told.difference
    if model is not None:
        out.append(shown_difference(told.label, Estimate(model.value, model.lower90, model.upper90)))
    if trial is not None:
        out.append(shown_difference("Trial, 95 %", trial, randomized=True))
    return tuple(out)


def _arm(figures: ArmFigures, group: Group) -> TrialArm:
    return TrialArm(
        therapy=figures.arm.name,
        n=figures.n,
        n_events=figures.n_events,
        follow_up=" ".join(
            f"{month:.6g}{'' if event else '+'}" for month, event in zip(group.time, group.event, strict=True)
        ),
    )


def _share(interval: Interval | None) -> ModelShare | None:
    if interval is None:
        return None
    return ModelShare(
        estimate=interval.estimate,
        lo90=interval.lo90,
        hi90=interval.hi90,
        lo50=interval.lo50,
        hi50=interval.hi50,
    )


def _figures(figures: TrialFigures) -> tuple[TrialFigure, ...]:
    """Survival at a time leads where one ratio cannot stand for the follow-up."""
    first, second = figures.first, figures.second
    counts = TrialFigure(label="Patients, events", text=f"{_counts(first)} against {_counts(second)}")
    ratio = TrialFigure(label="Hazard ratio", text=ratio_words(figures.ratio))
    mean = TrialFigure(
        label=f"Mean, {figures.mean_horizon_months:.0f} months", text=months_words(figures.mean_difference)
    )
    shares = [
        TrialFigure(label=f"At {at.month:g} months", text=short_at_words(at))
        for at in figures.at
        if at.difference is not None
    ]
    return (
        (counts, *shares, mean, ratio) if figures.is_proportional is False else (counts, ratio, mean, *shares)
    )


def _counts(arm: ArmFigures) -> str:
    return f"{arm.n:,}, {arm.n_events:,}"
