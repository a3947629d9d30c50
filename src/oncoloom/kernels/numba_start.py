"""A lighter start of Numba: what our kernels never use is not loaded with it."""

import sys
from importlib import import_module

# Numba looks for these when it is loaded, and does without where they are missing: BLAS for matrix products
# (with it comes all of scipy.linalg), cffi for foreign functions, coverage.py to mark compiled lines, YAML
# for a file of settings. No kernel has any of them.
_UNUSED = ("scipy", "scipy.linalg.cython_blas", "cffi", "coverage", "yaml")


def start_numba() -> None:
    """Load Numba without what kernels do not use: a third of a second less in every start.

    To be called before kernels are imported (at the latest before the first one runs; later it does nothing).
    Code of others in this process that wants matrix products inside Numba functions must have loaded Numba
    before.
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
