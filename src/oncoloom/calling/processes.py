"""Work on items in processes of their own, results in order."""

import multiprocessing
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Any, TypeVar

from oncoloom.errors import OncoloomError

T = TypeVar("T")
R = TypeVar("R")

CAN_FORK = sys.platform == "linux"  # elsewhere a system's libraries do not outlive a fork
_AT_ONCE = 2  # items that a worker knows of: it never waits for the next one
_AHEAD = 8  # items a worker may be ahead of the slowest one: their results wait in memory


class WorkerLostError(OncoloomError):
    """A worker process ended by itself."""


@dataclass(slots=True)
class _Worker:
    process: ForkProcess
    connection: "Connection[Any, Any]"
    under_way: int = 0


def map_in_processes(work: Callable[[T], R], items: Sequence[T], n_processes: int) -> Iterator[R]:
    """Results of `work` for each item, in order, from forked processes.

    Threads would share one interpreter's lock: what lies between kernels is Python and numpy. A fork shares
    what is loaded and open; `work` may use nothing that threads of this process hold (Polars, CUDA), and
    results are pickled. Workers end when this process does, however it ends, and leave nothing behind.

    Raises
    ------
    WorkerLostError
        If a process is gone (killed for its memory, for instance).
    Exception
        What `work` raises, for the first item for which it does: that item is worked on again here, so that
        the error is the one that a single process would give.
    """
    workers: list[_Worker] = []
    try:
        for _ in range(min(n_processes, len(items))):
            workers.append(_start(work, items, [worker.connection for worker in workers]))
        yield from _results(work, items, workers)
    finally:
        for worker in workers:
            worker.connection.close()
            worker.process.terminate()
        for worker in workers:
            worker.process.join()


def _start(work: Callable[[T], R], items: Sequence[T], others: Sequence["Connection[Any, Any]"]) -> _Worker:
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(work, items, there, [*others, here]), daemon=True)
    with warnings.catch_warnings():  # of threads here, which the workers do not need
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    there.close()
    return _Worker(process, here)


def _serve(
    work: Callable[[T], R],
    items: Sequence[T],
    connection: "Connection[Any, Any]",
    others: Sequence["Connection[Any, Any]"],
) -> None:
    """A worker: indexes come in, (index, whether it went well, result) go out, until nobody listens."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is answered by the process that started this one
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in others:  # else this end would keep them open when that process is gone
        other.close()
    with suppress(EOFError, OSError):
        while True:
            index = connection.recv()
            try:
                answer = index, True, work(items[index])
            except Exception:  # noqa: BLE001  worked on again by who asked, for the error as it is
                answer = index, False, None
            connection.send(answer)


def _results(work: Callable[[T], R], items: Sequence[T], workers: Sequence[_Worker]) -> Iterator[R]:
    ready: dict[int, tuple[bool, R | None]] = {}
    asked = given = 0
    while given < len(items):
        for worker in workers:
            while (
                worker.under_way < _AT_ONCE
                and asked < len(items)
                and asked < given + (_AT_ONCE + _AHEAD) * len(workers)
            ):
                _send(worker, asked)
                asked += 1
        for worker in _listening(workers):
            index, well, result = _receive(worker)
            ready[index] = well, result
        while given in ready:
            well, one = ready.pop(given)
            yield one if well else work(items[given])  # type: ignore[misc]
            given += 1


def _listening(workers: Sequence[_Worker]) -> list[_Worker]:
    """Workers that have something to say; waits for one."""
    speaking = wait([worker.connection for worker in workers if worker.under_way])
    return [worker for worker in workers if worker.connection in speaking]


def _send(worker: _Worker, index: int) -> None:
    try:
        worker.connection.send(index)
    except OSError as error:
        raise _lost(worker) from error
    worker.under_way += 1


def _receive(worker: _Worker) -> Any:
    try:
        answer = worker.connection.recv()
    except (EOFError, OSError) as error:
        raise _lost(worker) from error
    worker.under_way -= 1
    return answer


def _lost(worker: _Worker) -> WorkerLostError:
    worker.process.join(timeout=10)
    code = worker.process.exitcode
    how = f"by signal {-code}" if code is not None and code < 0 else f"with exit code {code}"
    return WorkerLostError(
        f"a worker process ended {how}",
        remedy="where memory is short (signal 9), use fewer --threads, or a machine with more",
    )
