"""A validation judges strangers: patients of the training are found, counted and left out."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.errors import InputError
from oncoloom.logs import logger
from oncoloom.response.datamodule import cohort_digest, read_cohorts, training_rows
from oncoloom.response.model import ResponseModel
from oncoloom.response.shared_patients import separate, without_shared


class Strangers:
    """Takes the patients of a model's training out of the cohorts that judge it.

    Parameters
    ----------
    training
        Tables of the training; none = not known, and said of every cohort.

    Attributes
    ----------
    said
        Cohort to what was found, for the report: ``assessed, is_training, n_left_out, found, note``.

    Raises
    ------
    InputError
        If the tables are not those that the model was trained on.
    """

    def __init__(self, model: ResponseModel, training: Sequence[Path]) -> None:
        self.said: dict[str, dict[str, Any]] = {}
        self._digest = model.facts.get("training_digest")
        self._train: pl.DataFrame | None = None
        if training:
            self._train = separate(read_cohorts(training)).train
            found = cohort_digest(self._train)
            if found != self._digest:
                raise InputError(
                    "these are not the cohorts that the model was trained on", path=training[0],
                    expected=f"rows of digest {self._digest}", found=found,
                    remedy="give the tables of the training, all of them",
                )  # fmt: skip

    def of(self, frame: pl.DataFrame, name: str) -> pl.DataFrame:
        """The rows of cohort `name` whose patients did not train.

        Raises
        ------
        InputError
            If none is left.
        """
        own = training_rows(frame)[0]
        is_training = own.height > 0 and cohort_digest(own) == self._digest
        if is_training and self._train is None:
            logger.warning("%s is the cohort that the model was trained on: its figures flatter", name)
        if self._train is None:
            note = "not looked for: a model keeps no patients; `--training` names the training's tables"
            self.said[name] = {
                "assessed": False, "is_training": is_training, "n_left_out": 0, "found": [], "note": note
            }  # fmt: skip
            return frame
        kept = without_shared(frame, name, [("the training", self._train)])
        if not kept.frame.height:
            raise InputError(
                f"every patient of cohort {name} trained the model", found=f"{kept.n_left_out} rows",
                expected="patients whom the model has not seen", remedy="validate on another cohort",
            )  # fmt: skip
        self.said[name] = {
            "assessed": True, "is_training": is_training, "n_left_out": kept.n_left_out,
            "found": [asdict(one) for one in kept.found], "note": "",
        }  # fmt: skip
        return kept.frame
