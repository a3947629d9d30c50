"""Comparisons: one row per patient × endpoint × horizon for two therapies."""

import polars as pl

from oncoloom.tables import Column, TableSchema

_TEXT, _FLOAT = pl.String(), pl.Float64()


def _difference(name: str, text: str) -> Column:
    return Column(name, _FLOAT, text, "probability", nullable=True, legal=(-1, 1))


COMPARISONS_TABLE = TableSchema(
    name="comparisons",
    version=2,
    description=(
        "Differences are of event probabilities, first minus second: response counts responses, pfs and os "
        "progression or death and death by the horizon, so that a negative difference of os means fewer "
        "deaths under the first. `difference` and the group are filled also where words may not go that far: "
        "a report shows what `wording` allows, and nothing but the two probabilities where it is `apart`. "
        "`anchored_difference` is the average of training and of a randomized trial, by their precision."
    ),
    columns=(
        Column("patient_id", _TEXT, "Patient, as in the input"),
        Column("first", _TEXT, "First therapy"),
        Column("second", _TEXT, "Second therapy"),
        Column("endpoint", _TEXT, "Endpoint", allowed=("response", "pfs", "os")),
        Column("horizon_days", pl.Int32(), "Horizon; null for response", "days", nullable=True, legal=(1, 36_525)),
        Column("source", _TEXT, "What the difference rests on", allowed=("randomized", "adjusted", "undeclared")),
        Column("adjusted_for", _TEXT, "Declared confounders", nullable=True),
        Column("probability_first", _FLOAT, "Predicted event probability under the first therapy", "probability", legal=(0, 1)),
        Column("probability_second", _FLOAT, "Predicted event probability under the second therapy", "probability", legal=(0, 1)),
        Column("wording", _TEXT, "How far words may go", allowed=("apart", "average only", "groups", "personal")),
        Column("reason", _TEXT, "Why no further"),
        _difference("difference", "This patient's predicted difference; null where the predictions stand apart"),
        _difference("difference_lo90", "Lower limit of its 90 % interval"),
        _difference("difference_hi90", "Upper limit of its 90 % interval"),
        Column("group_n", pl.Int32(), "Training patients in this patient's third of predicted benefit", nullable=True, legal=(0, 1e9)),
        _difference("group_predicted", "Mean predicted difference in that third"),
        _difference("group_observed", "Observed difference in that third"),
        _difference("group_observed_lo95", "Lower limit of its 95 % interval"),
        _difference("group_observed_hi95", "Upper limit of its 95 % interval"),
        _difference("average_difference", "Average difference in training, doubly robust"),
        _difference("average_difference_lo95", "Lower limit of its 95 % interval"),
        _difference("average_difference_hi95", "Upper limit of its 95 % interval"),
        Column("e_value", _FLOAT, "Adjusted only: risk ratio by which an undeclared confounder would explain the average away", nullable=True, legal=(1, 1e9)),
        Column("e_value_limit", _FLOAT, "The same for the limit of the interval", nullable=True, legal=(1, 1e9)),
        Column("reliability", _FLOAT, "Reliability of individual differences", nullable=True, legal=(0, 1)),
        Column("gate_z", _FLOAT, "z of arm x cross-fitted benefit; 1 or less: only the average is shown", nullable=True),
        Column("trial_verdict", _TEXT, "Randomized trial beside it: combined with the average, disagrees with it, beside predictions without an average, or none", allowed=("combined", "disagree", "beside", "none")),
        Column("trial_note", _TEXT, "The verdict's reason or figure"),
        Column("trial", _TEXT, "Embedded trial that fits the patient best", nullable=True),
        Column("trial_pubmed_id", _TEXT, "Its publication", nullable=True),
        Column("trial_fit", _TEXT, "How it fits the patient and the therapies", nullable=True),
        _difference("trial_difference", "Its difference at the horizon"),
        _difference("trial_difference_lo95", "Lower limit of its 95 % interval"),
        _difference("trial_difference_hi95", "Upper limit of its 95 % interval"),
        Column("transport_sd", _FLOAT, "Assumed spread of a difference between the trial's patients and others", "probability", nullable=True, legal=(0, 1)),
        Column("trial_weight", _FLOAT, "Weight of the trial in the combined average", nullable=True, legal=(0, 1)),
        _difference("anchored_difference", "Average difference of training and trial together"),
        _difference("anchored_difference_lo95", "Lower limit of its 95 % interval"),
        _difference("anchored_difference_hi95", "Upper limit of its 95 % interval"),
        Column("abstained", pl.Boolean(), "True where a report must not show this patient's probabilities"),
        Column("model_version", _TEXT, "Content digest of the model"),
        Column("cohort_digest", _TEXT, "Content digest of the cohort table compared on"),
    ),
)  # fmt: skip
