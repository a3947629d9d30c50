"""A lighter start of Numba: what our kernels never use is not loaded with it."""

import sys
from importlib import import_module

# Numba looks for these when its array library is loaded, and does without where they are missing: BLAS for
# matrix products (all of scipy.linalg comes with it), cffi for foreign functions. No kernel has either.
_UNUSED = ("scipy.linalg.cython_blas", "cffi")


def start_numba() -> None:
    """Load Numba's array library without BLAS and cffi: a quarter of a second less in every call's start.

    To be called before the first kernel runs; later it does nothing. Code of others in this process that
    wants matrix products inside Numba functions must have loaded Numba before.
    """
    if "numba.np.arraymath" in sys.modules:
        return
    hidden = [name for name in _UNUSED if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # an import of it fails at once
    try:
        import_module("numba.np.arraymath")
        import_module("numba.core.typing.cffi_utils")
    finally:
        for name in hidden:
            del sys.modules[name]
