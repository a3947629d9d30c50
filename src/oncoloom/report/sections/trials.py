"""Randomized trials beside the model's predictions: for which pairs of therapies, which trials are shown."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations

from oncoloom.errors import UsageError
from oncoloom.knowledge.trials.biomarkers import PDL1
from oncoloom.knowledge.trials.clinic_row import line_of_therapy
from oncoloom.knowledge.trials.figures import figures_of
from oncoloom.knowledge.trials.matching import (
    NONE_FOUND,
    Found,
    Query,
    TrialMatch,
    find_trials,
    fitting,
    line_words,
)
from oncoloom.knowledge.trials.response_rates import rates_for
from oncoloom.knowledge.trials.therapies import Therapy, read_therapy
from oncoloom.knowledge.trials.tumor_types import todays_code, type_name
from oncoloom.knowledge.trials.words import ENDPOINT_WORDS, citation, ratio_words
from oncoloom.report.disease_names import UNKNOWN
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import Predictions, TherapyPrediction
from oncoloom.report.sections.model_difference import COMPARED
from oncoloom.report.sections.patient_biomarkers import patient_biomarkers
from oncoloom.report.sections.trial_comparison import build_comparison
from oncoloom.report.trial_model import NoTrial, PublishedRate, RandomizedEvidence, TrialComparison, TrialRow
from oncoloom.report.words import count, listed, percent_interval

COMPARED_THERAPIES, SHOWN, TABLE_ROWS = 4, 2, 6
SCOPE = (
    "304 published curves of phase III trials of 2014 to 2017 in breast, lung, colorectal and prostate "
    "cancer are embedded. None found means none among these."
)
_Pair = tuple[TherapyPrediction, TherapyPrediction]
_MODEL_ENDPOINTS = {"OS": "os", "PFS": "pfs", "rPFS": "pfs"}


def build_randomized_evidence(inputs: ReportInputs, predictions: Predictions) -> RandomizedEvidence:
    """Trials for each pair of therapies, further trials that chose patients like this one, response rates."""
    code = inputs.sheet.get("oncotree_code", UNKNOWN)
    try:
        code = todays_code(code)
    except UsageError:
        return RandomizedEvidence(
            text=f"Randomised trials were not looked up: the tumor type is not known. {SCOPE}"
        )
    question = Query(code, patient_biomarkers(inputs), (), line_of_therapy(inputs.clinic))
    pairs = [(pair, _search(question, pair)) for pair in _pairs(predictions)]
    chosen = _chosen(pairs, predictions)
    drawn = [one for one in chosen if _is_predicted(one[1], predictions)][:SHOWN]
    listed_only = [match for pair, match in chosen if (pair, match) not in drawn]
    comparisons = tuple(
        build_comparison(match, *pair, predictions, inputs.comparisons) for pair, match in drawn
    )
    further = _further(question, {match.comparison.trial for _, match in chosen})
    return RandomizedEvidence(
        text=f"Looked up for {type_name(code)}{_known(question)}. {SCOPE}",
        page_one=_page_one(comparisons),
        comparisons=comparisons,
        more_comparisons=tuple(_row(match) for match in listed_only[:TABLE_ROWS]),
        n_more_left_out=max(0, len(listed_only) - TABLE_ROWS),
        none=tuple(_none(pair, found) for pair, found in pairs if not fitting(found.matches)),
        further=tuple(_row(match) for match in further[:TABLE_ROWS]),
        n_further_left_out=max(0, len(further) - TABLE_ROWS),
        rates=_rates(question, predictions),
    )


def _pairs(predictions: Predictions) -> list[_Pair]:
    """Pairs of the therapies on page one, the given or planned one first in its pairs."""
    names = predictions.shown_first[:COMPARED_THERAPIES]
    by_name = {one.therapy: one for one in predictions.therapies}
    ordered = sorted((by_name[name] for name in names), key=lambda one: not one.received)
    return [pair for pair in combinations(ordered, 2) if not (_unknown(pair[0]) or _unknown(pair[1]))]


def _unknown(prediction: TherapyPrediction) -> bool:
    therapy = read_therapy(prediction.therapy)
    return bool(therapy.unknown) or not therapy.agents


def _search(question: Query, pair: _Pair) -> Found:
    return find_trials(replace(question, therapies=tuple(read_therapy(one.therapy) for one in pair)))


def _best_curves(found: Found, predictions: Predictions) -> list[TrialMatch]:
    """One curve a trial, in order of the match: the endpoint that the model predicts, its main one first."""
    main = next((p.endpoint for p in predictions.panels if p.id == predictions.main_panel), "")
    predicted = {panel.endpoint for panel in predictions.panels}

    def preference(match: TrialMatch) -> tuple[bool, bool]:
        endpoint = _MODEL_ENDPOINTS.get(match.comparison.endpoint, "")
        return endpoint != main, endpoint not in predicted

    by_trial: dict[str, list[TrialMatch]] = {}
    for match in fitting(found.matches):
        by_trial.setdefault(match.comparison.trial, []).append(match)
    return [min(matches, key=preference) for matches in by_trial.values()]


def _chosen(pairs: list[tuple[_Pair, Found]], predictions: Predictions) -> list[tuple[_Pair, TrialMatch]]:
    """The curves of all pairs, each curve once, those that fit wholly first."""
    out: dict[str, tuple[_Pair, TrialMatch]] = {}
    for pair, found in pairs:
        for match in _best_curves(found, predictions):
            out.setdefault(match.comparison.curve, (pair, match))
    return sorted(out.values(), key=lambda one: (one[1].kind != "fits", -one[1].therapy_level))


def _is_predicted(match: TrialMatch, predictions: Predictions) -> bool:
    """Whether the model predicts the curve's endpoint: only then can the two stand side by side."""
    endpoint = _MODEL_ENDPOINTS.get(match.comparison.endpoint)
    return any(panel.endpoint == endpoint for panel in predictions.panels)


def _none(pair: _Pair, found: Found) -> NoTrial:
    names = f"{pair[0].therapy} against {pair[1].therapy}"
    text = f"{NONE_FOUND[0].upper()}{NONE_FOUND[1:]}."
    nearest = next(iter(found.matches), None)
    if nearest is not None and nearest.mismatches:
        text += f" {nearest.comparison.trial} compares them, but: {'; '.join(nearest.mismatches)}."
    return NoTrial(therapies=names, text=text)


def _further(question: Query, taken: set[str]) -> list[TrialMatch]:
    """Trials whose patients were chosen by a biomarker that this patient has, one curve each."""
    matches = [
        match
        for match in find_trials(question).matches
        if match.kind == "fits" and match.n_conditions_met > 0 and match.comparison.trial not in taken
    ]
    first: dict[str, TrialMatch] = {}
    for match in matches:
        first.setdefault(match.comparison.trial, match)
    return list(first.values())


def _row(match: TrialMatch) -> TrialRow:
    one = match.comparison
    figures = figures_of(one, swapped=match.swapped)
    return TrialRow(
        trial=one.trial,
        comparison=f"{figures.first.arm.name} against {figures.second.arm.name}",
        population=f"{one.population}; {one.setting}",
        endpoint=ENDPOINT_WORDS[one.endpoint],
        hazard_ratio=ratio_words(figures.ratio),
        citation=citation(one),
    )


def _known(question: Query) -> str:
    known = question.biomarkers
    markers = [*sorted(known.states), *([PDL1] if known.pdl1_percent is not None else [])]
    names = [known.text_of(marker) for marker in markers]
    line = "" if question.line is None else f", {line_words(question.line)}"
    return (f" with {listed(names)}" if names else ", no biomarker known") + line


def _page_one(comparisons: tuple[TrialComparison, ...]) -> str:
    """What page one must not hide: a trial that the model contradicts comes first."""
    against = [one for one in comparisons if one.verdict == "disagree"]
    if against:
        names = _by_difference(against, "disagrees", lambda one: f"{one.trial} ({one.heading})")
        return f"{names}. The trial outranks the model."
    agreed = [one for one in comparisons if one.verdict == "agree"]
    if agreed:
        return f"{_by_difference(agreed, 'agrees', lambda one: one.trial)}: see Randomised evidence."
    n = len(comparisons)
    return f"{count(n, 'randomised trial')} beside it, under Randomised evidence." if n else ""


def _by_difference(
    comparisons: Sequence[TrialComparison], verb: str, name: Callable[[TrialComparison], str]
) -> str:
    """Which of the model's differences agrees or disagrees with which trials."""
    by_label: dict[str, list[str]] = {}
    for one in comparisons:
        by_label.setdefault(one.differences[0].label, []).append(name(one))
    said = "; ".join(f"{COMPARED[label]} {verb} with {listed(names)}" for label, names in by_label.items())
    return said[:1].upper() + said[1:]


def _rates(question: Query, predictions: Predictions) -> tuple[PublishedRate, ...]:
    """Published rates of every checkpoint therapy that the model predicts a response for."""
    out = []
    for one in predictions.therapies:
        therapy: Therapy = read_therapy(one.therapy)
        for rate in rates_for(question.tumor_type, therapy, question.biomarkers):
            interval = percent_interval(rate.share, rate.lower, rate.upper)
            basis = "" if rate.interval_basis == "as published" else f"; {rate.interval_basis}"
            out.append(
                PublishedRate(
                    therapy=one.therapy,
                    trial=f"{rate.trial}, {rate.drug}",
                    population=rate.population,
                    n=rate.n,
                    share=rate.share,
                    lower=rate.lower,
                    upper=rate.upper,
                    text=f"{interval} of {rate.n:,}",
                    citation=", ".join(part for part in (rate.citation, rate.registration) if part) + basis,
                )
            )
    return tuple(out)
