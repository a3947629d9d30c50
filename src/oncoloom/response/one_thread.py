"""One BLAS thread: sums in another order would change the last bits, and this size gains nothing."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold numpy's BLAS and OpenMP at one thread, so that the machine's number of cores changes no byte."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # of scikit-learn

    with threadpool_limits(limits=1):
        yield
