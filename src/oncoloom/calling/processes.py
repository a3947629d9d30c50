"""Work on items in processes of their own, results in order."""

import ctypes
import multiprocessing
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Any, Generic, TypeVar

from oncoloom.errors import OncoloomError

T = TypeVar("T")
R = TypeVar("R")

CAN_FORK = sys.platform == "linux"  # elsewhere a system's libraries do not outlive a fork
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_AT_ONCE = 2  # items that a worker knows of: it never waits for the next one
_AT_FIRST = 8  # so many before anybody asks for results
_AHEAD = 8  # items a worker may be ahead of the slowest one: their results wait in memory


class WorkerLostError(OncoloomError):
    """A worker process ended by itself."""


@dataclass(slots=True)
class _Worker:
    process: ForkProcess
    connection: "Connection[Any, Any]"
    under_way: int = 0


class ProcessMap(Generic[T, R]):
    """Results of `work` for each item, in order, from forked processes.

    Threads would share one interpreter's lock: what lies between kernels is Python and numpy. A fork shares
    what is loaded and open; `work` may use nothing that threads of this process hold (Polars, CUDA), and
    results are pickled. Work begins at once, on the first items; a context manager, at whose end the
    processes are gone. They end when this process does, however it ends, and leave nothing behind.
    """

    def __init__(self, work: Callable[[T], R], items: Sequence[T], n_processes: int) -> None:
        self._work, self._items = work, items
        self._workers: list[_Worker] = []
        self._asked = 0
        try:
            for _ in range(min(n_processes, len(items))):
                self._workers.append(_start(work, items, [one.connection for one in self._workers]))
            self._hand_out(0, _AT_FIRST)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "ProcessMap[T, R]":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes, whatever they are at."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.connection.close()
            worker.process.terminate()
        for worker in workers:
            worker.process.join()

    def results(self) -> Iterator[R]:
        """The results; once, and with the last one the processes are gone.

        Raises
        ------
        WorkerLostError
            If a process is gone (killed for its memory, for instance).
        Exception
            What `work` raises, for the first item for which it does: that item is worked on again here, so
            that the error is the one that a single process would give.
        """
        ready: dict[int, tuple[bool, R | None]] = {}
        given = 0
        while given < len(self._items):
            self._hand_out(given, _AT_ONCE)
            for worker in self._listen():
                index, well, result = _receive(worker)
                ready[index] = well, result
            while given in ready:
                well, one = ready.pop(given)
                yield one if well else self._work(self._items[given])  # type: ignore[misc]
                given += 1
        self.close()

    def _hand_out(self, given: int, at_once: int) -> None:
        """Give workers what to do next: in turn, and not far ahead of what is `given` to the caller."""
        last = min(len(self._items), given + (at_once + _AHEAD) * len(self._workers))
        for level in range(at_once):
            for worker in self._workers:
                if worker.under_way <= level and self._asked < last:
                    _send(worker, self._asked)
                    self._asked += 1

    def _listen(self) -> list[_Worker]:
        """Workers that have something to say; waits for one."""
        speaking = wait([worker.connection for worker in self._workers if worker.under_way])
        return [worker for worker in self._workers if worker.connection in speaking]


def map_in_processes(work: Callable[[T], R], items: Sequence[T], n_processes: int) -> Iterator[R]:
    """The results of a `ProcessMap`, from its beginning to its end."""
    with ProcessMap(work, items, n_processes) as processes:
        yield from processes.results()


def _start(work: Callable[[T], R], items: Sequence[T], others: Sequence[Connection]) -> _Worker:
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
    others: Sequence[Connection],
) -> None:
    """A worker: indexes come in, (index, whether it went well, result) go out, until nobody listens."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is answered by the process that started this one
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _end_with_parent()
    for other in others:  # else this end would keep them open when that process is gone
        other.close()
    with suppress(EOFError, OSError):
        while True:
            index = connection.recv()
            answer: tuple[int, bool, R | None]
            try:
                answer = index, True, work(items[index])
            except Exception:  # noqa: BLE001  worked on again by who asked, for the error as it is
                answer = index, False, None
            connection.send(answer)


def _end_with_parent() -> None:
    """Have the system end this process with its parent, even where that is killed while this one compiles."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


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
