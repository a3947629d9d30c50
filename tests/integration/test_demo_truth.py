"""The demo's calls against its truth: the caller alone on every simulated patient, then the score."""

import os
import subprocess

import pytest
from typer.testing import CliRunner

from oncoloom.bundled import bundled_path
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


STAND_IN = """#!/usr/bin/env bash
# Stands in for oncoloom: writes what a run would leave, and ends as told.
echo "$@" >> "$CALLS"
case "$1 $2" in
    "simulate --output") mkdir -p "$3/truth" && echo '{}' > "$3/truth/expected.json" ;;
    "simulate stops") echo P2 ;;
    "simulate score") echo "the score" ;;
    "run --cores")
        mkdir -p results/patients/P1 results/patients/"$STOPPED"
        touch results/patients/P1/report.html results/patients/"$STOPPED"/stopped.json
        exit "$CODE" ;;
    *) exit 99 ;;
esac
"""


@pytest.fixture
def demo_script(tmp_path):
    """Runs workflow/demo.sh with a stand-in for oncoloom: (exit code, output, calls made)."""
    binary = tmp_path / "bin" / "oncoloom"
    binary.parent.mkdir()
    binary.write_text(STAND_IN)
    binary.chmod(0o755)
    calls = tmp_path / "calls"

    def run(code, stopped="P2"):
        calls.write_text("")
        environment = {
            **os.environ,
            "PATH": f"{binary.parent}{os.pathsep}{os.environ['PATH']}",
            "CALLS": str(calls),
            "CODE": str(code),
            "STOPPED": stopped,
        }
        script = bundled_path("workflow", "demo.sh")
        done = subprocess.run(
            ["bash", str(script), "my demo", "2"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout + done.stderr, calls.read_text().splitlines()

    return run


def test_demo_accepts_exactly_the_expected_stop(demo_script, tmp_path):
    code, said, calls = demo_script(3)
    assert code == 0, said
    assert calls[0] == "simulate --output my demo"
    assert "the score" in said
    assert str(tmp_path / "my demo" / "results/patients/P1/report.html") in said
    assert (tmp_path / "my demo" / "results" / "score.txt").read_text() == "the score\n"
    code, _, calls = demo_script(3)
    assert code == 0
    assert not any(line.startswith("simulate --output") for line in calls)


@pytest.mark.parametrize(("code", "ends"), [(0, 1), (1, 1), (2, 2)])
def test_demo_fails_on_any_other_end(demo_script, code, ends):
    ended, said, calls = demo_script(code)
    assert ended == ends
    assert f"ended with code {code}; expected 3 with P2 stopped" in said
    assert not any(line.startswith("simulate score") for line in calls)


def test_demo_fails_when_another_patient_is_stopped(demo_script):
    ended, said, _ = demo_script(3, stopped="P7")
    assert ended == 1
    assert "stopped were [P7]; expected [P2]" in said
