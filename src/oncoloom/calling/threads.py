"""Work on a stream of items in threads, with few of them in memory at a time."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def run_in_threads(work: Callable[[T], None], items: Iterable[T], threads: int) -> None:
    """Call `work` with each item; at most one item more than there are threads waits for its turn."""
    if threads <= 1:
        for item in items:
            work(item)
        return
    under_way: deque[Future[None]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for item in items:
            under_way.append(pool.submit(work, item))
            if len(under_way) > threads:
                under_way.popleft().result()
        for one in under_way:
            one.result()
