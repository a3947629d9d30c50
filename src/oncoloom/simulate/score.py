"""Judging a treatment choice against the truth of a simulated trial.

Only a simulation knows what would have happened under the therapy not given; here each patient's true
probability of response under every therapy is declared, so ranking and following can be measured.
"""

from dataclasses import asdict, dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.errors import InputError
from oncoloom.simulate.outcomes import MAIN_PAIR

CLEAR_DIFFERENCE = 0.10
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChoiceFigures:
    """How good a way to choose between two therapies is, on patients whose truth is known.

    Attributes
    ----------
    n_patients
        Patients judged.
    n_clear
        Those whose true difference is at least ten points.
    abstained_share
        Share of all patients without a choice.
    abstained_share_clear
        The same among the clear ones.
    ranked_right_share
        Among clear ones with a choice: share for whom the truly better therapy was chosen.
    response_if_followed
        Mean true probability of response when each patient gets the chosen therapy, and the better average
        therapy where there is no choice.
    response_best_average
        The same when everyone gets the therapy that is better on average.
    response_oracle
        The same when everyone gets the truly better one: the ceiling.
    """

    n_patients: int
    n_clear: int
    abstained_share: float
    abstained_share_clear: float
    ranked_right_share: float
    response_if_followed: float
    response_best_average: float
    response_oracle: float

    def as_dict(self) -> dict[str, float]:
        """Plain values for JSON; a share of nobody is 0."""
        return {key: round(value, 4) for key, value in asdict(self).items()}

    def reaches_bar(self) -> bool:
        """Ranks at least 70 % right, abstains from at most 40 %, and following it pays."""
        return (
            self.ranked_right_share >= 0.70
            and self.abstained_share_clear <= 0.40
            and self.response_if_followed > self.response_best_average
        )


def score_treatment_choice(
    truth: pl.DataFrame, predictions: pl.DataFrame, *, therapies: tuple[str, str] = MAIN_PAIR
) -> ChoiceFigures:
    """Judge predictions of response by the truth.

    Parameters
    ----------
    truth
        Columns ``patient_id, therapy, response_probability``: true probabilities.
    predictions
        A predictions table (``patient_id, therapy, endpoint, probability, abstained``). A patient has a
        choice when both therapies have a prediction of ``response`` and neither is abstained from.
    therapies
        The pair to choose between.

    Raises
    ------
    InputError
        If the truth, or every prediction, lacks one of the therapies.
    """
    true = paired_probabilities(truth, therapies)
    usable = predictions.filter((pl.col("endpoint") == "response") & ~pl.col("abstained"))
    if predictions.filter(pl.col("therapy").is_in(list(therapies)))["therapy"].n_unique() < 2:
        raise InputError(
            "the predictions lack a therapy of the trial",
            expected=" and ".join(therapies),
            found=", ".join(sorted(predictions["therapy"].unique().to_list())),
        )
    given = usable.rename({"probability": "response_probability"}).select(
        "patient_id", "therapy", "response_probability"
    )
    joined = true.join(_wide(given, therapies), on="patient_id", how="left", suffix="_model")
    model = joined.select("first_model", "second_model").to_numpy().astype(float)
    chosen = np.where(np.isnan(model).any(axis=1), -1, np.argmax(model, axis=1))
    return judge_choices(joined.select("first", "second").to_numpy().astype(float), chosen)


def judge_choices(true: _Floats, chosen: NDArray[np.int64]) -> ChoiceFigures:
    """Figures of choices already made.

    Parameters
    ----------
    true : (n, 2) float64
        True probabilities of response under the two therapies.
    chosen : (n,) int64
        0 or 1; -1 where nothing was chosen.
    """
    rows = np.arange(len(true))
    average = int(np.argmax(true.mean(axis=0)))
    clear = np.abs(true[:, 0] - true[:, 1]) >= CLEAR_DIFFERENCE
    made = chosen >= 0
    judged = clear & made
    right = chosen == np.argmax(true, axis=1)
    followed = np.where(made, chosen, average)
    return ChoiceFigures(
        n_patients=len(true),
        n_clear=int(clear.sum()),
        abstained_share=float((~made).mean()),
        abstained_share_clear=float((~made)[clear].mean()) if clear.any() else 0.0,
        ranked_right_share=float(right[judged].mean()) if judged.any() else 0.0,
        response_if_followed=float(true[rows, followed].mean()),
        response_best_average=float(true[:, average].mean()),
        response_oracle=float(true.max(axis=1).mean()),
    )


def paired_probabilities(table: pl.DataFrame, therapies: tuple[str, str]) -> pl.DataFrame:
    """``patient_id, first, second``: probabilities under the two therapies, in the table's patient order."""
    missing = sorted(set(therapies) - set(table["therapy"].to_list()))
    if missing:
        raise InputError("the truth lacks a therapy", expected=", ".join(missing))
    return _wide(table, therapies)


def _wide(table: pl.DataFrame, therapies: tuple[str, str]) -> pl.DataFrame:
    columns = [
        table.filter(pl.col("therapy") == therapy).select(
            "patient_id", pl.col("response_probability").alias(name)
        )
        for name, therapy in zip(("first", "second"), therapies, strict=True)
    ]
    return columns[0].join(columns[1], on="patient_id", how="inner", maintain_order="left")
