"""Fitted predictors from the plain arrays that a model folder holds."""

import numpy as np

from oncoloom.errors import ModelContractError
from oncoloom.response.array_types import FloatArray
from oncoloom.response.average import KIND as AVERAGE
from oncoloom.response.average import AveragePredictor
from oncoloom.response.effects.basis import EffectBasis
from oncoloom.response.predictors import ExpandedPredictor, Predictor, ScorePredictor, TreePredictor
from oncoloom.response.time_slopes import KIND as SLOPED
from oncoloom.response.time_slopes import SlopedPredictor, TimeSlopes
from oncoloom.response.time_varying import TimeVarying


def predictor_from_arrays(kind: str, arrays: dict[str, FloatArray]) -> Predictor:
    """The predictor whose `arrays()` these are.

    Raises
    ------
    ModelContractError
        If the kind is unknown or an array is missing.
    """
    try:
        if kind.startswith(SLOPED):
            slopes = TimeSlopes(arrays["slope_excess"], arrays["slope_center"], arrays["slope_code_center"])
            inner = predictor_from_arrays(kind.removeprefix(SLOPED), _under(arrays, "inner_"))
            return SlopedPredictor(inner, slopes)
        if kind.startswith(AVERAGE):
            kinds = kind.removeprefix(f"{AVERAGE}(").removesuffix(")").split(",")
            return AveragePredictor(
                tuple(predictor_from_arrays(one, _under(arrays, f"{k}_")) for k, one in enumerate(kinds))
            )
        if kind == "score":
            return ScorePredictor(
                arrays["alpha"],
                arrays["code_alpha"],
                arrays["beta"],
                arrays["interaction"],
                arrays["modifiers"].astype(np.int64),
                _under(arrays, "network_"),
                TimeVarying.from_arrays(_under(arrays, "varying_")),
            )
        if kind == "expanded":
            score = predictor_from_arrays("score", _under(arrays, "score_"))
            assert isinstance(score, ScorePredictor)
            return ExpandedPredictor(EffectBasis.from_arrays(_under(arrays, "basis_")), score)
        if kind == "trees":
            return TreePredictor(
                feature=arrays["feature"].astype(np.int64),
                left=arrays["left"].astype(np.int64),
                right=arrays["right"].astype(np.int64),
                member=arrays["member"].astype(np.int64),
                threshold=arrays["threshold"],
                value=arrays["value"],
                offset=arrays["offset"],
                n_bins=int(arrays["shape"][0]),
                mean_of_trees=bool(arrays["shape"][1]),
            )
    except KeyError as error:
        raise ModelContractError("a model folder lacks an array", expected=str(error)) from error
    raise ModelContractError("a model of a kind that this version does not know", found=kind)


def _under(arrays: dict[str, FloatArray], prefix: str) -> dict[str, FloatArray]:
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}
