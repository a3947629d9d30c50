"""Treatments compared in a report: what is said, how far, and what is never said."""

import re
from dataclasses import replace

import polars as pl
import pytest
from report_examples import PATIENT, default_tables, example_inputs, prediction

from oncoloom.report.html import report_html
from oncoloom.report.model import parse_report, report_values
from oncoloom.report.pdf import pdf_values, report_pdf
from oncoloom.report.plots.compared import compared_plots
from oncoloom.report.sections.registry import build_report
from oncoloom.report.sections.treatment_differences import turned
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


TRIAL = {
    "trial": "AURA3", "trial_pubmed_id": "1", "trial_fit": "fits, same drugs",
    "trial_verdict": "disagree",
    "trial_note": "the trial outranks the model", "trial_difference": 0.1, "trial_difference_lo95": 0.0,
    "trial_difference_hi95": 0.2,
}  # fmt: skip
BOTH = TRIAL | {
    "trial_verdict": "combined",
    "trial_note": "the trial has 20 % of the weight", "anchored_difference": -0.15,
    "anchored_difference_lo95": -0.3, "anchored_difference_hi95": -0.02,
}  # fmt: skip
ROWS_BY_WORDING = {
    "average only": ["Model average, 95 %"],
    "groups": ["Observed in 120 like this one, 95 %", "Model average, 95 %"],
    "personal": ["This patient, 90 %", "Observed in 120 like this one, 95 %", "Model average, 95 %"],
    "apart": [],
}


def outcomes(tmp_path, *rows):
    return report_of(tmp_path, rows).treatment_differences.pairs[0].outcomes


def test_an_average_is_told_and_no_personal_difference(tmp_path):
    report = report_of(tmp_path, [compared(NAMES[0], NAMES[1])])
    told = report.treatment_differences
    assert [pair.heading for pair in told.pairs] == ["osimertinib against platinum + pemetrexed"]
    (one,) = told.pairs[0].outcomes
    assert (one.outcome, one.form) == ("Free of progression at 12 months", "average only")
    assert one.text == "On average 25 more of 100 with osimertinib."
    assert one.reason == (
        "Not for this patient alone: individual differences are unreliable (reliability 0.31, below 0.5)."
    )
    assert (one.basis, one.trial) == ("Average: randomised.", "")
    (shown,) = one.differences
    assert (shown.value, shown.lower, shown.upper) == (25, 17, 33)
    assert shown.text == "+25 points (+17 to +33)"
    text = section_text(report_html(report))
    assert "Treatments compared" in text
    assert not re.findall(r"40 more|\+40 \(|\b29\b", text)


def section_text(page):
    """Words and figures of the section, without tags."""
    return re.sub("<.*?>", " ", page.split('id="compared"')[1].split("</section>")[0])


@pytest.mark.parametrize("trial", [{}, TRIAL, BOTH], ids=["no trial", "trial", "trial and average"])
@pytest.mark.parametrize("wording", ROWS_BY_WORDING)
def test_the_figure_goes_no_further_than_the_wording(tmp_path, wording, trial):
    (one,) = outcomes(tmp_path, compared(*NAMES[:2], wording=wording, **trial))
    labels = ROWS_BY_WORDING[wording]
    if labels:
        labels = (
            labels
            + ["Trial AURA3, 95 %"] * bool(trial)
            + ["Average and trial together, 95 %"] * (trial is BOTH)
        )
    assert [row.label for row in one.differences] == labels
    assert [row.label for row in one.differences if row.randomized] == [
        label for label in labels if label.startswith("Trial")
    ]
    values = {row.label: row.value for row in one.differences}
    assert (40 in values.values()) == (wording == "personal")


@pytest.mark.parametrize("wording", ROWS_BY_WORDING)
def test_an_abstention_shows_no_figure_whatever_the_wording(tmp_path, wording):
    (one,) = outcomes(tmp_path, compared(*NAMES[:2], wording=wording, reason="too few alike", abstained=True))
    assert (one.form, one.text, one.reason, one.basis) == (
        "no statement",
        "No statement: too few alike.",
        "",
        "",
    )
    assert one.differences == ()


def test_groups_persons_and_trials_are_told_where_the_table_says_so(tmp_path):
    rows = [
        compared(NAMES[0], NAMES[1], wording="groups", **TRIAL),
        compared(NAMES[0], NAMES[1], "response", wording="personal", reason="reliability 0.81",
                 difference=0.4, difference_lo90=-0.1, difference_hi90=0.9),
    ]  # fmt: skip
    response, free = outcomes(tmp_path, *rows)
    assert free.text == "Among 120 patients like this one 29 more of 100 with osimertinib."
    assert free.trial == "Trial AURA3 (fits, same drugs): the trial outranks the model."
    assert free.differences[-1].text == "−10 points (−20 to 0)"
    assert response.form == "for this patient"
    assert response.text == (
        "Predicted for this patient: 40 more of 100 with osimertinib; the interval includes no difference."
    )
    assert response.reason == "Reliability 0.81."


def test_the_trial_put_together_with_the_average(tmp_path):
    (one,) = outcomes(tmp_path, compared(*NAMES[:2], **BOTH))
    assert one.trial == (
        "Trial AURA3 (fits, same drugs): put together with the average, the trial has 20 % of the weight."
    )
    assert one.differences[-1].text == "+15 points (+2 to +30)"


def test_an_adjusted_average_says_for_what(tmp_path):
    cells = {"source": "adjusted", "adjusted_for": "age, stage", "e_value_limit": 1.34}
    (one,) = outcomes(tmp_path, compared(*NAMES[:2], **cells))
    assert one.basis == "Average: not randomised, adjusted for age, stage; E-value 1.3."


def test_why_two_therapies_are_not_compared(tmp_path):
    beside = TRIAL | {"trial_verdict": "beside", "trial_note": "told alone"}
    (one,) = outcomes(
        tmp_path,
        compared(NAMES[0], NAMES[1], wording="apart", reason="no overlap: 3 % of such patients got it",
                 difference=None, group_n=None, **beside),
    )  # fmt: skip
    assert one.text == "Predicted 58 % with osimertinib, 31 % with platinum + pemetrexed."
    assert one.reason == "Not compared: no overlap: 3 % of such patients got it."
    assert "AURA3 (fits, same drugs): 10 fewer of 100 (95 % interval 20 fewer to no more" in one.trial


def test_a_pair_of_the_table_is_told_from_the_planned_therapy(tmp_path):
    """The table may hold a pair the other way round: the same figures with the other sign."""
    straight = compared(*NAMES[:2], wording="personal", **BOTH)
    turned_round = turned(straight)
    assert turned(turned_round) == straight
    assert outcomes(tmp_path, turned_round) == outcomes(tmp_path, straight)


def test_the_drawing_is_in_both_views_and_named_once(tmp_path):
    report = report_of(
        tmp_path, [compared(*NAMES[:2], wording="personal"), compared(NAMES[0], NAMES[2], wording="apart")]
    )
    alt = (
        "Free of progression at 12 months, osimertinib against platinum + pemetrexed, difference: "
        "This patient, 90 %: +40 points (+30 to +50); "
        "Observed in 120 like this one, 95 %: +29 points (+20 to +38); "
        "Model average, 95 %: +25 points (+17 to +33)."
    )
    assert report_html(report).count(f'aria-label="{alt}"') == 1
    values = pdf_values(report)
    assert [name for name in values["svg"] if name.startswith("compared")] == ["compared 0 0"]
    assert values["alt"]["compared 0 0"] == alt
    assert ">platinum + pemetrexed better<" in values["svg"]["compared 0 0"]


def test_all_figures_of_the_section_share_one_axis(tmp_path):
    rows = [
        compared(*NAMES[:2], wording="personal"),
        compared(NAMES[0], NAMES[2], average_difference_hi95=0.7),
    ]
    first, second = (
        row[0].inline() for row in compared_plots(report_of(tmp_path, rows).treatment_differences)
    )

    def ticks(drawing):
        return re.findall(r'<text x="([\d.]+)"[^>]*>([−+]?\d+)</text>', drawing)

    assert ticks(first) == ticks(second)
    assert ("0", "−80") in ticks(first)


def test_a_file_of_schema_1_1_is_still_read(tmp_path):
    values = report_values(report_of(tmp_path, [compared(*NAMES[:2], wording="personal")]))
    values["schema_version"] = "1.1"
    for pair in values["treatment_differences"]["pairs"]:
        del pair["first"], pair["second"]
        for one in pair["outcomes"]:
            del one["differences"], one["reason"], one["basis"], one["trial"]
    report = parse_report(values)
    assert report.treatment_differences.pairs[0].outcomes[0].differences == ()
    assert "Predicted for this patient: 40 more of 100" in report_html(report)
    assert report_pdf(report).startswith(b"%PDF-")


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
