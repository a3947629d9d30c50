"""Work in threads: on a stream of items, with few of them in memory at a time, or beside what follows.

Kernels, Polars and numpy give up the interpreter's lock while they work.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def map_in_threads(work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """Results of `work` for each item, in order; items are drawn here, one more than there are threads."""
    if threads <= 1:
        yield from map(work, items)
        return
    under_way: deque[Future[R]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for item in items:
            under_way.append(pool.submit(work, item))
            if len(under_way) > threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def run_in_threads(work: Callable[[T], None], items: Iterable[T], threads: int) -> None:
    """Call `work` with each item; at most one item more than there are threads waits for its turn."""
    for _ in map_in_threads(work, items, threads):
        pass


@contextmanager
def beside(threads: int) -> Iterator[Callable[[Callable[[], None]], None]]:
    """Give a function that has work done in a thread beside what follows; with one thread, at once.

    One piece after the other, in the order given; their errors are raised at the end of the block.
    """
    if threads <= 1:
        yield lambda work: work()
        return
    started: list[Future[None]] = []
    with ThreadPoolExecutor(1) as pool:
        yield lambda work: started.append(pool.submit(work))
        for one in started:
            one.result()
