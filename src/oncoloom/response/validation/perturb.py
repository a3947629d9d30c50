"""What happens to the figures when a feature is blanked, constant or noisy: a table's everyday faults."""

from typing import Any

import numpy as np

from oncoloom.response.datamodule import FloatArray
from oncoloom.response.model import ResponseModel
from oncoloom.response.validation.judged import Judged
from oncoloom.response.validation.paired import discrimination

NOISE = 0.5  # spreads of the training rows
SEED = 7
HIGH = 0.9  # the constant: the cohort's own 90 % quantile


def perturbations(model: ResponseModel, judged: Judged) -> list[dict[str, Any]]:
    """Discrimination and mean prediction with each raw column blanked, constant, and with noise.

    The constant is the column's 90 % quantile in this cohort (categories: none); noise is half a spread of
    the training rows, on numbers. Ranks do not see a constant: its mean prediction does.
    """
    horizons = model.horizons_days
    survival = judged.endpoint.name != "response"
    day = int(np.median(horizons)) if survival else None
    rng = np.random.default_rng(SEED)

    def figures(x: FloatArray) -> tuple[float | None, float]:
        eta = judged.endpoint.predictor.eta(x, judged.code)
        probability = judged.probability(day, eta)
        value = discrimination(judged.time, judged.event, judged.score(eta), survival=survival)
        return value, float(probability.mean())

    value, mean = figures(judged.x)
    out = [{"feature": None, "intact": value, "mean_predicted": mean}]
    for source in model.design.sources:
        columns = model.design.columns_of(source)
        if not columns:
            continue
        row: dict[str, Any] = {"feature": source, "missing": int((~judged.arrays.present(source)).sum())}
        blank = judged.x.copy()
        blank[:, columns] = 0.0
        row["blanked"], row["mean_predicted_blanked"] = figures(blank)
        numeric = [i for i in columns if model.design.columns[i].part == "value"]
        if numeric and source in judged.arrays.numbers:
            constant = judged.x.copy()
            constant[:, columns] = np.quantile(judged.x[:, columns], HIGH, axis=0)
            _, row["mean_predicted_constant"] = figures(constant)
            noisy = judged.x.copy()
            present = judged.arrays.present(source)[:, None]
            noisy[:, numeric] += NOISE * rng.normal(size=(len(noisy), len(numeric))) * present
            row["noisy"], _ = figures(noisy)
        out.append(row)
    return out
