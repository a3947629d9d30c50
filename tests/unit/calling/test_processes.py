"""Work in forked processes: results in order, errors as they are, nothing left behind."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from oncoloom.calling.processes import CAN_FORK, ProcessMap, WorkerLostError, map_in_processes
from oncoloom.errors import InputError

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="processes are forked on Linux only")

ORPHANS = r"""
import os, sys, time
from oncoloom.calling.processes import ProcessMap

def work(item):
    os.write(1, b"%d\n" % os.getpid())
    time.sleep(float(sys.argv[1]))
    return item

processes = ProcessMap(work, list(range(1000)), 2)
for result in processes.results():
    pass
"""


def _is_there(pid: int) -> bool:
    """Whether a process runs (one that is gone but not waited for does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(("n_items", "n_processes"), [(0, 2), (1, 2), (7, 2), (100, 3)])
def test_results_come_in_order_whoever_is_slow(n_items, n_processes):
    def work(item: int) -> tuple[int, int]:
        if item % 5 == 0:
            time.sleep(0.002)
        return item, os.getpid()

    found = list(map_in_processes(work, range(n_items), n_processes))
    assert [item for item, _ in found] == list(range(n_items))
    assert os.getpid() not in {pid for _, pid in found}
    assert not multiprocessing.active_children()


def test_workers_do_not_run_far_ahead(tmp_path):
    def work(item: int) -> int:
        (tmp_path / str(item)).touch()
        return item

    with ProcessMap(work, range(500), 2) as processes:
        results = processes.results()
        assert next(results) == 0
        time.sleep(0.1)
        assert len(list(tmp_path.iterdir())) < 60
        assert list(results) == list(range(1, 500))


def test_the_first_error_comes_out_as_it_is_and_after_what_was_well():
    def work(item: int) -> int:
        if item in (3, 4):
            raise InputError(f"item {item} is broken", path="a.bam", record="virtual offset 7", remedy="none")
        return item

    results = map_in_processes(work, range(50), 2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(InputError, match="item 3 is broken") as caught:
        next(results)
    assert (caught.value.path, caught.value.record) == ("a.bam", "virtual offset 7")
    assert not multiprocessing.active_children()


def test_a_lost_worker_is_an_error_that_says_so():
    def work(item: int) -> int:
        if item == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    with pytest.raises(WorkerLostError, match="signal 9") as caught:
        list(map_in_processes(work, range(20), 2))
    assert "threads" in caught.value.remedy
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("seconds", ["0.05", "60"])
def test_workers_end_with_the_process_that_started_them(how, seconds):
    started = subprocess.Popen(
        [sys.executable, "-c", ORPHANS, seconds], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert started.stdout is not None
    workers = {int(started.stdout.readline()) for _ in range(2)}
    assert all(_is_there(pid) for pid in workers)
    started.send_signal(how)
    started.stdout.read()  # ends when the last of them closes it: the system takes a moment more
    started.stdout.close()
    assert started.wait(timeout=20) != 0
    last = time.monotonic() + 20
    while time.monotonic() < last and any(_is_there(pid) for pid in workers):
        time.sleep(0.01)
    assert not any(_is_there(pid) for pid in workers)
