"""Kernels loaded from the cache without their bitcode: they run, and others can be built on them."""

import os
import subprocess
import sys
from pathlib import Path

_KERNEL = """
from numba import njit

@njit(cache=True)
def doubled(x):
    return 2 * x

@njit(cache=True)
def drawn(n):  # allocates
    return [doubled(i) for i in range(n)]
"""
_LOADED = """
from oncoloom.kernels.numba_start import start_numba
start_numba()
import sys
from some_kernels import doubled, drawn
assert doubled(21) == 42 and drawn(3) == [0, 2, 4]
print(sum(doubled.stats.cache_hits.values()), sum(drawn.stats.cache_misses.values()))
library = next(iter(doubled.overloads.values())).library
print(type(library).__name__, library._bitcode is None, "numba.np.arraymath" in sys.modules)
"""
_BUILT_ON = """
from numba import njit

@njit
def quadrupled(x):
    return doubled(doubled(x))

assert quadrupled(4) == 16
print(library._bitcode is None, library.get_pointer_to_function("absent"))
"""


def _run(program: str, folder: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA_")}
    environment |= {
        "NUMBA_CACHE_DIR": str(folder / "cache"),
        "PYTHONPATH": os.pathsep.join([str(folder), *sys.path]),
    }
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_cached_kernel_runs_and_can_be_built_on(tmp_path: Path) -> None:
    (tmp_path / "some_kernels.py").write_text(_KERNEL, encoding="utf-8")
    first = _run(_LOADED, tmp_path).split()
    assert first[:2] == ["0", "1"]  # compiled, and put into the cache
    assert first[4] == "True"  # what compiling needs was loaded then
    second = _run(_LOADED + _BUILT_ON, tmp_path).split()
    assert second == ["1", "0", "CachedLibrary", "False", "False", "True", "0"]
