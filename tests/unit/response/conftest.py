import polars as pl
import pytest
from small_trial import small_trial

from oncoloom.config import TrainingConfig


@pytest.fixture(scope="package")
def settings():
    return TrainingConfig(outer_folds=2, members=5, modifiers=("tmb",), randomized=True)


@pytest.fixture(scope="package")
def trial():
    return small_trial(150, seed=3)


@pytest.fixture(scope="package")
def outcome(trial, settings):
    """One small training that many tests look at."""
    from oncoloom.response.training import train_model

    held_out = small_trial(60, seed=9, split="test", name="later")
    frame = pl.concat([trial, held_out], how="diagonal_relaxed")
    return train_model(frame, endpoint="response", settings=settings, seed=5)
