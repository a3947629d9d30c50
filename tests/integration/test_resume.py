"""Whole runs on simulated reads: interrupted and killed runs go on to the same bytes; one run at a time."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from oncoloom.files import read_json
from oncoloom.simulate.scenarios import simulate_project

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("whole_runs")]
RUN = [sys.executable, "-m", "oncoloom.cli.main", "run", "--cores", "2"]
PATIENCE_S = 240
# A test run in the background of a shell inherits an ignored SIGINT: undo that, as a terminal would have it.
LISTENING = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL);os.execv(sys.argv[1], sys.argv[1:])"
)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Two simulated patients with reads, without a model."""
    folder = tmp_path_factory.mktemp("simulated") / "project"
    simulate_project(folder, scenario="small", seed=7, patients=2, training_patients=20)
    path = folder / "config/config.yaml"
    config = yaml.safe_load(path.read_text())
    kept = {"reference": config["reference"], "report": {"formats": ["html"], "simulated": True}}
    path.write_text(yaml.safe_dump(kept))
    return folder


@pytest.fixture(scope="module")
def clean_run(simulated, tmp_path_factory):
    """The same project, run without a break."""
    folder = tmp_path_factory.mktemp("clean") / "project"
    shutil.copytree(simulated, folder)
    done = subprocess.run(RUN, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def digests(folder: Path) -> dict[str, str]:
    results = folder / "results"
    return {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(results.rglob("*"))
        if path.is_file() and not path.name.endswith(("provenance.json", ".snakemake_timestamp"))
    }


def start(folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", LISTENING, *RUN],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_for(condition) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "the run did not get there"
        time.sleep(0.05)


def working_in(folder: Path) -> list[str]:
    """Command lines of the processes that have their working folder in `folder`."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "cwd").resolve().is_relative_to(folder.resolve()):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:  # it ended meanwhile
            continue
    return found


def test_clean_run_reports_every_patient(clean_run):
    record = read_json(clean_run / "results/run.json")
    assert [one["state"] for one in record["patients"]] == ["reported", "reported"]
    assert record["project"]["missing"] == []
    assert not list((clean_run / "results").rglob(".tmp-*"))


def test_killed_and_interrupted_runs_go_on_to_the_same_bytes(simulated, clean_run, tmp_path):
    folder = tmp_path / "project"
    shutil.copytree(simulated, folder)
    calls, lock = folder / "logs/call", folder / ".oncoloom/run.lock"

    with start(folder) as first:
        wait_for(lambda: calls.is_dir() and any(calls.iterdir()))
        second = subprocess.run(RUN, cwd=folder, capture_output=True, text=True, check=False)
        assert second.returncode == 1
        assert "another run works in this folder" in second.stderr
        assert str(first.pid) in second.stderr
        child = read_json(lock)["child"]["pid"]
        os.kill(first.pid, signal.SIGKILL)  # the run alone; its workflow must not live on
    wait_for(lambda: not Path(f"/proc/{child}").exists())
    wait_for(lambda: not working_in(folder))

    run_log = folder / "logs/run.log"
    for how in (signal.SIGINT, signal.SIGTERM):
        run_log.unlink()  # what it says from here on is of the next run
        with start(folder) as third:
            wait_for(lambda: run_log.is_file() and "rule " in run_log.read_text())
            wait_for(lambda: lock.is_file() and "child" in lock.read_text())
            os.kill(third.pid, how)  # the run alone: it tells its workflow
            told, _ = third.communicate()
        assert third.returncode == 1
        assert "finished steps are kept" in told
        assert not working_in(folder)  # the jobs behind it did not go on

    last = subprocess.run(RUN, cwd=folder, capture_output=True, text=True, check=False)
    assert last.returncode == 0, last.stdout + last.stderr
    assert digests(folder) == digests(clean_run)
