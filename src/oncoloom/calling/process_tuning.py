"""What a call changes of its own process: what is loaded, when memory is given back or looked through."""

import atexit
import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager

from oncoloom.kernels.numba_start import start_numba

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_USUAL_THRESHOLD = 128 << 10
_RARELY = 200_000  # objects more than before; a tile makes some thousand, none of them in cycles


def start_process() -> None:
    """What a command that calls does before its imports: they make a third of a million objects, none of
    which is ever garbage. To look through them time and again, and at the end once more, took a quarter of a
    second.
    """
    before = gc.get_threshold()
    gc.set_threshold(_RARELY, before[1], before[2])
    atexit.register(gc.freeze)
    start_numba()


def keep_freed_memory() -> None:
    """Let glibc keep what a tile frees for the next one: page faults were a tenth of a call's CPU time.

    Large arrays otherwise come fresh and zeroed for every tile. Other C libraries: nothing to do.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return
    mallopt(_M_MMAP_THRESHOLD, 32 << 20)
    mallopt(_M_TRIM_THRESHOLD, 512 << 20)


def return_freed_memory() -> None:
    """Undo :func:`keep_freed_memory`, and give what is free back: other arrays follow, of other sizes."""
    try:
        library = ctypes.CDLL(None)
        mallopt, trim = library.mallopt, library.malloc_trim
    except (AttributeError, OSError):
        return
    mallopt(_M_MMAP_THRESHOLD, _USUAL_THRESHOLD)
    mallopt(_M_TRIM_THRESHOLD, _USUAL_THRESHOLD)
    trim(0)


@contextmanager
def tuned_process() -> Iterator[None]:
    """A call's process: Numba without what is never used; reference cycles are looked for rarely, and never
    among what is loaded already (that was 6 % of a call). To be used as a decorator.
    """
    start_numba()
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_RARELY, before[1], before[2])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
