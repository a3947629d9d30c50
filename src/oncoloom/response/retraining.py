"""Training again by a run's own record."""

from pathlib import Path
from typing import Any

from oncoloom.config import TrainingConfig
from oncoloom.errors import ConfigError, InputError
from oncoloom.response.datamodule import read_cohorts
from oncoloom.response.train_folder import TrainedFolder, train_to_folder
from oncoloom.response.training import input_digest


def retrain_from_record(record: dict[str, Any], cohorts: list[Path], output: Path) -> TrainedFolder:
    """Train again by a run's own record; the version tells whether the same model came out.

    Raises
    ------
    InputError
        If the cohorts are not the rows of the record (by content, whatever file holds them).
    ConfigError
        If the record's settings are none that this version knows.
    """
    digest = input_digest(read_cohorts(cohorts))
    if digest != record["input_digest"]:
        raise InputError(
            "these cohorts are not the ones of the record", found=digest, expected=record["input_digest"],
            remedy="give the same tables in the same order",
        )  # fmt: skip
    try:
        settings = TrainingConfig.model_validate(record["settings"])
    except ValueError as error:
        raise ConfigError("the record's settings are none of this version", found=str(error)[:300]) from error
    return train_to_folder(
        cohorts, output, endpoint=record["endpoint"], settings=settings, seed=int(record["seed"])
    )
