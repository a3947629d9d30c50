"""The hand-made map against the curves, row by row."""

import csv
import re

import pytest

from oncoloom.knowledge.trials.figures import at_month, figures_of, pair_of
from oncoloom.knowledge.trials.tables import arm_labels, comparisons, curve_names
from oncoloom.knowledge.trials.therapies import class_of, group_of_drug, read_therapy
from oncoloom.knowledge.trials.tumor_types import lineage, todays_code, type_name

REGISTRY = re.compile(r"NCT\d{8}|ISRCTN\d{7,8}|UMIN-?C?\d{9}|ACTRN\d{14}|NTR\d{4}|EudraCT\d{4}-\d{6}-\d{2}")


def rows():
    return pytest.mark.parametrize("one", comparisons(), ids=lambda one: one.curve)


def test_every_curve_has_one_row():
    names = [one.curve for one in comparisons()]
    assert names == sorted(set(names))
    assert set(names) == set(curve_names())
    assert len(names) == 304


@rows()
def test_row_agrees_with_its_curve(one):
    assert {one.experimental.label, one.control.label} == set(arm_labels(one.curve))
    assert one.experimental.label != one.control.label
    figures = figures_of(one)
    assert min(figures.first.n, figures.second.n) >= 25
    assert figures.ratio is not None


@rows()
def test_row_says_who_and_what(one):
    for code in (*one.tumor_types, *one.excluded_types):
        assert todays_code(code) == code
        assert type_name(code)
    for code in one.excluded_types:
        assert any(kept in lineage(code)[1:] for kept in one.tumor_types)
    assert one.experimental.name != one.control.name
    for arm in (one.experimental, one.control):
        therapy = read_therapy(arm.therapy)
        assert therapy.agents
        assert not therapy.unknown
    assert all(REGISTRY.fullmatch(number) for number in one.registration.split("|") if number)
    assert one.population
    assert (one.published_hazard_ratio is None) == (one.published_ratio == "")


def test_curves_of_one_trial_name_the_same_registration():
    by_trial = {}
    for one in comparisons():
        by_trial.setdefault(one.trial, set()).add(one.registration)
    assert {trial for trial, numbers in by_trial.items() if len(numbers) > 1} == set()


def test_every_drug_of_the_map_has_a_class_and_a_group():
    drugs = {
        drug
        for one in comparisons()
        for arm in (one.experimental, one.control)
        for agent in read_therapy(arm.therapy).agents
        for drug in agent.drugs
    }
    assert len(drugs) > 80
    assert all(class_of(drug) and group_of_drug(drug) for drug in drugs)
    assert class_of("pembrolizumab") == class_of("nivolumab") == "PD-1 inhibitor"


def agrees(one):
    """Whether the curve lies on the printed ratio's side of 1, read the way round it was printed."""
    printed = one.published_hazard_ratio
    if one.published_ratio == "control/experimental":
        printed = 1 / printed
    return (figures_of(one).ratio.ratio - 1) * (printed - 1) > 0


def test_direction_agrees_with_the_published_side_of_one():
    judged = [
        one
        for one in comparisons()
        if one.randomized and one.published_ratio not in ("", "unknown") and one.published_hazard_ratio != 1
    ]
    assert len(judged) >= 282
    against = sorted(one.curve for one in judged if not agrees(one))
    assert 1 - len(against) / len(judged) >= 0.97, against
    # None of those against is significant: they are curves near 1, or with few events.
    for one in judged:
        ratio = figures_of(one).ratio
        if not agrees(one):
            assert ratio.lower < 1 < ratio.upper


@pytest.mark.realdata
def test_hazard_ratio_of_every_curve_is_the_measured_one(shared):
    path = shared / "data" / "clinical" / "kmdata" / "measured_hr.csv"
    with path.open(encoding="utf-8") as lines:
        measured = {row["curve"]: row for row in csv.DictReader(lines)}
    assert len(measured) == 304
    for one in comparisons():
        row = measured[one.curve]
        swapped = one.experimental.label == row["reference_arm"]
        figures = figures_of(one, swapped=swapped)
        assert figures.first.arm.label == row["other_arm"]
        assert figures.ratio.ratio == pytest.approx(float(row["cox_hr"]), abs=1e-3), one.curve
        assert figures.ratio.log_error == pytest.approx(float(row["log_hr_se"]), abs=1e-4)
        assert figures.first.n + figures.second.n == int(row["n"])
        assert figures.first.n_events + figures.second.n_events == int(row["events"])
        assert row["published_hr"] == "" or one.published_hazard_ratio is not None


@pytest.mark.realdata
def test_map_departs_from_the_source_only_where_it_says_so(shared):
    path = shared / "data" / "clinical" / "kmdata" / "trials.csv"
    with path.open(encoding="utf-8") as lines:
        source = {row["curve"]: row for row in csv.DictReader(lines)}
    organs = {"Breast": "BREAST", "Lung": "LUNG", "Colorectal": "BOWEL", "Prostate": "PROSTATE"}
    for one in comparisons():
        row = source[one.curve]
        differs = []
        if one.publication.pubmed_id != row["pubmed_id"]:
            differs.append("publication")
        if one.endpoint.upper() != row["outcome"].upper():
            differs.append("endpoint")
        homes = {lineage(code)[-1] for code in one.tumor_types}
        if homes != {organs[name] for name in row["cancer"].split("/")}:
            differs.append("tumor type")
        if row["published_hr"] and float(row["published_hr"]) != one.published_hazard_ratio:
            differs.append("ratio")
        assert not differs or "source" in one.note, (one.curve, differs)


def test_nobody_is_progression_free_and_dead():
    """Time axes in the wrong unit: a curve of survival below that of the same arms without progression."""
    curves = {}
    for one in comparisons():
        if one.randomized:
            key = (one.trial, one.experimental, one.control, one.conditions, one.population)
            curves.setdefault(key, []).append(one)
    n_compared = 0
    for same in curves.values():
        for alive in (one for one in same if one.endpoint == "OS"):
            for free in (one for one in same if one.endpoint in ("PFS", "rPFS", "DFS", "EFS", "RFS")):
                for month in (6, 12):
                    one, other = (at_month(pair_of(curve), month) for curve in (alive, free))
                    for arm in ("first", "second"):
                        if getattr(one, arm) and getattr(other, arm):
                            n_compared += 1
                            assert getattr(one, arm).value > getattr(other, arm).value - 0.02, free.curve
    assert n_compared > 200


def test_every_curve_shown_was_followed_for_months():
    assert all(pair_of(one).first_group.time[-1] > 6 for one in comparisons() if one.randomized)
