"""The model as MLflow serves it: loads the scorer by its dotted name, since the registry knows no response.

MLflow runs this file when a logged model is loaded ("models from code"): nothing is pickled.
"""

from importlib import import_module
from typing import Any

import mlflow
import pandas as pd  # type: ignore[import-untyped]
from mlflow.pyfunc import PythonModel

SCORER = "oncoloom.response.scorer:load_scorer"


class OutcomeModel(PythonModel):
    """A table of patients in (cohort columns, any of them absent), predictions out."""

    def load_context(self, context: Any) -> None:
        """Load the model folder that was logged with this model."""
        module, name = SCORER.split(":")
        self._score = getattr(import_module(module), name)(context.artifacts["model"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:
        """Predictions of every patient and known therapy, as a data frame."""
        return self._score(model_input)


mlflow.models.set_model(OutcomeModel())
