"""The score of a finished simulated project: calls and treatment choice against the truth."""

from pathlib import Path

import polars as pl

from oncoloom.errors import InputError
from oncoloom.files import read_json
from oncoloom.response.schema import PREDICTIONS_TABLE
from oncoloom.simulate.project_files import TEST_NAME
from oncoloom.simulate.score import ChoiceFigures, score_treatment_choice
from oncoloom.simulate.score_baselines import baseline_figures
from oncoloom.simulate.score_variants import VariantFigures, score_variants
from oncoloom.tables import read_table

MIN_RECALL = MIN_PRECISION = 0.95


def expected_stops(project: Path) -> list[str]:
    """Patients whose identity check must stop them, from ``truth/expected.json``.

    Raises
    ------
    InputError
        If the folder is not a simulated project.
    """
    path = project / "truth" / "expected.json"
    if not path.is_file():
        raise InputError(
            "not a simulated project: it has no truth",
            path=path,
            remedy=f"make one: oncoloom simulate --output {project}",
        )
    return [str(name) for name in read_json(path)["stopped_patients"]]


def score_calls(project: Path) -> VariantFigures:
    """Somatic single-base calls of every patient that no check stops."""
    stopped = set(expected_stops(project))
    names = sorted(folder.name for folder in (project / "truth").iterdir() if folder.is_dir())
    return score_variants(project, [name for name in names if name not in stopped])


def score_choices(project: Path) -> tuple[ChoiceFigures, dict[str, ChoiceFigures]]:
    """The model's treatment choice for the test patients, and that of simpler ways."""
    expected_stops(project)
    truth = pl.read_csv(project / "truth" / "treatment_effects.test.csv")
    tables = [
        pl.read_csv(project / "clinical" / f"{name}.csv", infer_schema_length=None)
        for name in ("training", "test")
    ]
    path = project / "results" / "cohort" / f"{TEST_NAME}.predictions.parquet"
    model = score_treatment_choice(truth, read_table(path, PREDICTIONS_TABLE))
    return model, baseline_figures(truth, *tables)


def score_as_dict(
    calls: VariantFigures, model: ChoiceFigures, others: dict[str, ChoiceFigures]
) -> dict[str, object]:
    """All figures as plain values."""
    return {
        "snv": {
            "recall": round(calls.recall, 4),
            "precision": round(calls.precision, 4),
            "n_true": calls.n_true,
            "n_called": calls.n_called,
            "missed": list(calls.missed),
            "wrong": list(calls.wrong),
            "reaches_bar": calls.recall >= MIN_RECALL and calls.precision >= MIN_PRECISION,
        },
        "treatment_choice": {
            "model": {**model.as_dict(), "reaches_bar": model.reaches_bar()},
            "beside": {name: figures.as_dict() for name, figures in others.items()},
        },
    }
