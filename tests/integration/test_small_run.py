"""One whole-workflow run, as a user starts it: simulated reads to reports, then again with nothing to do."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from oncoloom.simulate.scenarios import simulate_project
from oncoloom.simulate.scoring import score_calls, score_choices

REPORTED = ("DEMO-01", "DEMO-02", "DEMO-03")


NO_NETWORK = Path(__file__).resolve().parents[1] / "support" / "no_network"


def run(project, *arguments):
    """Run `oncoloom` with the network refused in every process it starts, attempts written down."""
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(NO_NETWORK),
        "ONCOLOOM_NETWORK_LOG": str(project.parent / "network.log"),
    }
    return subprocess.run(
        [sys.executable, "-m", "oncoloom.cli.main", *arguments],
        cwd=project, env=environment, capture_output=True, text=True,
    )  # fmt: skip


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in ("provenance.json", "run.json", "run.html")
    }


@pytest.mark.slow
@pytest.mark.xdist_group("whole_runs")
def test_simulated_patients_from_reads_to_reports(tmp_path):
    project = tmp_path / "small project"
    simulate_project(project, scenario="small")
    done = run(project, "run", "--cores", "2")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "DEMO-04" in done.stdout
    results = project / "results"
    for patient in REPORTED:
        folder = results / "patients" / patient
        assert json.loads((folder / "report.json").read_text())
        assert "imulated patient" in (folder / "report.html").read_text()
        assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")
    stopped = results / "patients" / "DEMO-04"
    assert (stopped / "stopped.json").is_file()
    assert not (stopped / "report.json").exists()
    assert (results / "cohort" / "overview.html").is_file()
    calls = score_calls(project)
    assert calls.recall >= 0.95
    assert calls.precision >= 0.95
    model, others = score_choices(project)
    assert model.ranked_right_share > 0.6
    assert model.response_if_followed <= others["oracle"].response_if_followed
    before = digests(results)
    again = run(project, "run", "--cores", "2")
    assert again.returncode == 3, again.stdout + again.stderr
    assert digests(results) == before
    attempts = tmp_path / "network.log"
    assert not attempts.exists(), attempts.read_text()
