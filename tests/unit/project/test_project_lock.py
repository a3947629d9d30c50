"""The lock of a project folder: held once, and recognised as left behind after a kill."""

import json
import os
import signal
import subprocess
import sys

import pytest

from oncoloom.errors import InputError, LockedError
from oncoloom.project.lock import LOCK_FILE, RunLock, process_start

HOLD = """
import sys, time
from pathlib import Path
from oncoloom.project.lock import RunLock
with RunLock(Path(sys.argv[1])) as lock:
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout.readline() == "held\n"
        yield child
        child.kill()


def test_second_run_is_told_who_works_here(tmp_path, holder):
    with pytest.raises(LockedError) as caught, RunLock(tmp_path):
        pass
    assert str(holder.pid) in caught.value.found
    with pytest.raises(LockedError):
        RunLock.holder(tmp_path)


def test_killed_run_is_recognised(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    assert RunLock.holder(tmp_path) == ""
    with RunLock(tmp_path) as lock:
        assert lock.recovered
    with RunLock(tmp_path) as lock:
        assert not lock.recovered


def test_workflow_left_behind_still_holds_the_folder(tmp_path):
    with RunLock(tmp_path) as lock:
        lock.note_child(os.getppid())
        text = (tmp_path / LOCK_FILE).read_text()
    (tmp_path / LOCK_FILE).write_text(text)  # as a kill would have left it
    with pytest.raises(LockedError) as caught, RunLock(tmp_path):
        pass
    assert str(os.getppid()) in caught.value.found
    with RunLock(tmp_path, force=True) as lock:
        assert lock.recovered


def test_number_of_an_old_process_taken_by_another(tmp_path):
    with RunLock(tmp_path) as lock:
        lock.note_child(os.getppid())
        record = json.loads((tmp_path / LOCK_FILE).read_text())
    record["child"]["began"] = "1"
    (tmp_path / LOCK_FILE).write_text(json.dumps(record))
    with RunLock(tmp_path) as lock:
        assert lock.recovered


def test_run_on_another_machine_needs_a_person(tmp_path):
    with RunLock(tmp_path):
        record = json.loads((tmp_path / LOCK_FILE).read_text())
    (tmp_path / LOCK_FILE).write_text(json.dumps({**record, "host": "elsewhere"}))
    with pytest.raises(LockedError, match="elsewhere"), RunLock(tmp_path):
        pass
    with RunLock(tmp_path, force=True):
        pass


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / ".oncoloom").write_text("a file where the folder should be")
    with pytest.raises(InputError, match="cannot be written"), RunLock(tmp_path):
        pass


def test_process_start_tells_processes_apart():
    assert process_start(os.getpid()) is not None
    assert process_start(2**22 + 7) is None
