"""The demo's calls against its truth: the caller alone on every simulated patient, then the score."""

import pytest
from typer.testing import CliRunner

from oncoloom.simulate.scenarios import simulate_project
from oncoloom.simulate.scoring import MIN_PRECISION, MIN_RECALL, score_calls


def call(project, patient):
    from oncoloom.cli.call import app as call_app

    reads = project / "reads"
    result = CliRunner().invoke(
        call_app,
        [
            "--tumor", str(reads / f"{patient}.tumor.bam"),
            "--normal", str(reads / f"{patient}.normal.bam"),
            "--reference", str(project / "reference" / "demo.fa"),
            "--targets", str(project / "targets.bed"),
            "--threads", "2",
            "--output", str(project / "results" / "calls" / patient),
        ],
        catch_exceptions=False,
    )  # fmt: skip
    assert result.exit_code == 0, result.output


@pytest.mark.slow
def test_recall_and_precision_of_the_demo(tmp_path):
    project = tmp_path / "demo"
    simulate_project(project, scenario="demo", training_patients=40)
    for folder in sorted((project / "truth").glob("DEMO-*")):
        call(project, folder.name)
    figures = score_calls(project)
    assert figures.n_true > 150
    assert figures.recall >= MIN_RECALL, figures.missed
    assert figures.precision >= MIN_PRECISION, figures.wrong
