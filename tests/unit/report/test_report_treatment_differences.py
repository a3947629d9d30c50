"""Treatments compared in a report: what is said, how far, and what is never said."""

from dataclasses import replace

import polars as pl
from report_examples import PATIENT, default_tables, example_inputs, prediction

from oncoloom.report.html import report_html
from oncoloom.report.sections.registry import build_report
from oncoloom.response.effects.schema import COMPARISONS_TABLE

NAMES = ("osimertinib", "platinum + pemetrexed", "PD-1 inhibitor alone")


def compared(first, second, endpoint="pfs", **cells):
    """A row of the comparisons table of the example patient; differences are of events."""
    row = dict.fromkeys((column.name for column in COMPARISONS_TABLE.columns), None)
    return row | {
        "patient_id": PATIENT,
        "first": first,
        "second": second,
        "endpoint": endpoint,
        "horizon_days": None if endpoint == "response" else 365,
        "source": "randomized",
        "probability_first": 0.42,
        "probability_second": 0.69,
        "wording": "average only",
        "reason": "individual differences are unreliable (reliability 0.31, below 0.5)",
        "difference": -0.40,
        "difference_lo90": -0.50,
        "difference_hi90": -0.30,
        "group_n": 120,
        "group_predicted": -0.31,
        "group_observed": -0.29,
        "group_observed_lo95": -0.38,
        "group_observed_hi95": -0.20,
        "average_difference": -0.25,
        "average_difference_lo95": -0.33,
        "average_difference_hi95": -0.17,
        "trial_verdict": "none",
        "trial_note": "no randomised comparison in the embedded set",
        "abstained": False,
        "model_version": "sha256:" + "0" * 64,
        "cohort_digest": "sha256:" + "1" * 64,
        **cells,
    }


def report_of(tmp_path, rows, tables=None):
    inputs = example_inputs(tmp_path, tables=tables or default_tables())
    frame = pl.DataFrame(rows, schema=COMPARISONS_TABLE.polars_schema())
    return build_report(replace(inputs, comparisons=frame))


def test_an_average_is_told_and_no_personal_difference(tmp_path):
    report = report_of(tmp_path, [compared(NAMES[1], NAMES[0])])
    told = report.treatment_differences
    assert [pair.heading for pair in told.pairs] == ["platinum + pemetrexed against osimertinib"]
    (one,) = told.pairs[0].outcomes
    assert (one.outcome, one.form) == ("Free of progression at 12 months", "average only")
    assert one.text == (
        "On average 25 more of 100 patients with platinum + pemetrexed than with osimertinib "
        "(95 % interval 17 more to 33 more; randomised). "
        "Individual differences are unreliable (reliability 0.31, below 0.5)."
    )
    page = report_html(report)
    assert "Treatments compared" in page
    assert "40 more" not in page


def test_groups_persons_and_trials_are_told_where_the_table_says_so(tmp_path):
    trial = {
        "trial": "AURA3", "trial_pubmed_id": "1", "trial_fit": "fits, same drugs",
        "trial_verdict": "disagree",
        "trial_note": "the trial outranks the model", "trial_difference": 0.1, "trial_difference_lo95": 0.0,
        "trial_difference_hi95": 0.2,
    }  # fmt: skip
    rows = [
        compared(NAMES[0], NAMES[1], wording="groups", **trial),
        compared(NAMES[0], NAMES[1], "response", wording="personal", difference=0.4,
                 difference_lo90=0.3, difference_hi90=0.5),
    ]  # fmt: skip
    response, free = report_of(tmp_path, rows).treatment_differences.pairs[0].outcomes
    assert "Among the 120 patients" in free.text
    assert "40 more" not in free.text
    assert "10 fewer of 100 (95 % interval 20 fewer to no more or fewer)" in free.text
    assert "the trial outranks the model." in free.text
    assert response.form == "for this patient"
    assert "Predicted for this patient 40 more of 100 (90 % interval 30 more to 50 more)." in response.text


def test_why_two_therapies_are_not_compared_and_abstentions(tmp_path):
    rows = [
        compared(NAMES[0], NAMES[1], wording="apart", reason="no overlap: 3 % of such patients got it",
                 difference=None, group_n=None),
        compared(NAMES[0], NAMES[2], wording="apart", reason="too little is known", abstained=True),
    ]  # fmt: skip
    pairs = report_of(tmp_path, rows).treatment_differences.pairs
    assert pairs[0].outcomes[0].text == (
        "Predicted 58 % with osimertinib, 31 % with platinum + pemetrexed. "
        "Not comparable: no overlap: 3 % of such patients got it."
    )
    assert pairs[1].outcomes[0].text == "No statement, too little is known."


def test_the_section_is_absent_without_a_table_and_says_where_no_pair_was_compared(tmp_path):
    assert build_report(example_inputs(tmp_path)).treatment_differences is None
    told = report_of(tmp_path, [compared("a", "b")]).treatment_differences
    assert told.pairs == ()
    assert "each prediction stands alone" in told.text
    alone = default_tables() | {"predictions": [prediction("osimertinib", "pfs", 0.4)]}
    assert report_of(tmp_path, [compared(*NAMES[:2])], alone).treatment_differences is None


def test_three_pairs_are_shown_the_planned_therapy_first(tmp_path):
    names = [*NAMES, "docetaxel"]
    tables = default_tables() | {
        "predictions": [
            prediction(name, "pfs", 0.4 + 0.1 * k, received=k == 3) for k, name in enumerate(names)
        ]
    }
    rows = [compared(a, b) for k, a in enumerate(names) for b in names[k + 1 :]]
    told = report_of(tmp_path, rows, tables).treatment_differences
    assert told.n_more_left_out == 3
    assert all("docetaxel" in pair.heading for pair in told.pairs)
