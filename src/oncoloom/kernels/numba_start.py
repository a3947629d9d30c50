"""A lighter start of Numba: what our kernels never use is not loaded with it."""

import sys
from importlib import import_module
from typing import Any

from oncoloom.kernels.cached_code import load_machine_code_alone

# Numba looks for these when it is loaded, and does without where they are missing: BLAS for matrix products
# (with it comes all of scipy.linalg), cffi for foreign functions, coverage.py to mark compiled lines, YAML
# for a file of settings. No kernel has any of them.
_UNUSED = ("scipy", "scipy.linalg.cython_blas", "cffi", "coverage", "yaml")


def start_numba() -> None:
    """Load Numba without what kernels do not use, and have it load compiled kernels without making ready to
    compile: more than half a second less in every start.

    To be called before kernels are imported (at the latest before the first one runs; later it does nothing).
    What Numba needs to compile it loads itself, when something is not in its cache.
    """
    if "numba" in sys.modules:
        return
    hidden = [name for name in _UNUSED if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # an import of it fails at once
    try:
        import_module("numba")
    finally:
        for name in hidden:
            del sys.modules[name]
    _load_cached_kernels_at_once()
    load_machine_code_alone()


def _load_cached_kernels_at_once() -> None:
    """Numba registers all that it can compile before it looks into its cache, though what lies there is
    compiled: a tenth of a second. Whoever compiles has it registered first in any case (`CompilerBase`).

    Only where that method of Numba does what it did when this was written.
    """
    from numba.core import caching
    from numba.core.cpu import CPUContext
    from numba.core.runtime import rtsys

    usual = caching.Cache.load_overload
    if usual.__code__.co_names != ("refresh", "_guard_against_spurious_io_errors", "_load_overload"):
        return

    def load_overload(self: Any, signature: Any, target: Any) -> Any:
        if type(target) is not CPUContext:
            return usual(self, signature, target)
        rtsys.initialize(target)  # what kernels that allocate are linked with
        with self._guard_against_spurious_io_errors():
            return self._load_overload(signature, target)

    caching.Cache.load_overload = load_overload
