"""Simple ways to choose between the two main therapies, to stand beside the model's."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.simulate.outcomes import MAIN_PAIR, MODIFIERS
from oncoloom.simulate.score import ChoiceFigures, judge_choices, paired_probabilities

_PROGNOSTIC = ("age_years", "ecog", "prior_systemic_therapy", "albumin_g_dl", "nlr")
_PDL1_HIGH = 50.0
_RIDGE_C = 0.1


def baseline_figures(
    truth: pl.DataFrame, train: pl.DataFrame, test: pl.DataFrame
) -> dict[str, ChoiceFigures]:
    """Figures of: the generator's oracle, a ridge logistic an arm, PD-L1 alone, one therapy for all.

    Parameters
    ----------
    truth
        True probabilities of the test patients.
    train, test
        The observed tables (``clinical/training.csv``, ``clinical/test.csv``).
    """
    true = paired_probabilities(truth, MAIN_PAIR)
    test = true.select("patient_id").join(test, on="patient_id", how="left", maintain_order="left")
    pair = true.select("first", "second").to_numpy().astype(float)
    pdl1 = test["pdl1_tps"].cast(pl.Float64).fill_null(0.0).to_numpy()
    everyone = np.full(len(pair), int(np.argmax(_arm_rates(train))))
    return {
        "oracle": judge_choices(pair, np.argmax(pair, axis=1)),
        "ridge logistic, one a therapy": judge_choices(pair, _ridge_choice(train, test)),
        "PD-1 inhibitor where PD-L1 is at least 50 %": judge_choices(
            pair, np.where(pdl1 >= _PDL1_HIGH, 0, 1)
        ),
        "the therapy with more responses in training, for all": judge_choices(pair, everyone),
    }


def _arm_rates(train: pl.DataFrame) -> NDArray[np.float64]:
    rates = [train.filter(pl.col("therapy") == therapy)["response"].mean() for therapy in MAIN_PAIR]
    return np.array(rates, dtype=float)


def _ridge_choice(train: pl.DataFrame, test: pl.DataFrame) -> NDArray[np.int64]:
    """The therapy with the higher predicted response, from a penalized logistic model of each arm."""
    from sklearn.linear_model import LogisticRegression

    names = [*_PROGNOSTIC, *MODIFIERS]
    center = train.select(names).mean().to_numpy()[0].astype(float)
    spread = train.select(names).std().to_numpy()[0].astype(float)

    def standardized(frame: pl.DataFrame) -> NDArray[np.float64]:
        values = frame.select(pl.col(names).cast(pl.Float64)).to_numpy()
        filled: NDArray[np.float64] = np.nan_to_num((values - center) / np.where(spread > 0, spread, 1.0))
        return filled

    columns = []
    for therapy in MAIN_PAIR:
        arm = train.filter((pl.col("therapy") == therapy) & pl.col("response").is_not_null())
        model = LogisticRegression(C=_RIDGE_C, max_iter=1000)
        model.fit(standardized(arm), arm["response"].to_numpy())
        columns.append(model.predict_proba(standardized(test))[:, 1])
    chosen: NDArray[np.int64] = np.argmax(np.column_stack(columns), axis=1)
    return chosen
