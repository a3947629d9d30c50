"""oncoloom: from a cancer patient's sequencing reads to a treatment report.

This module only sets what must stand before a dependency is imported: the switches that keep each of them
silent on the network (a clinic's firewall log stays empty), and where Numba keeps compiled kernels.
"""

import hashlib
import os
from pathlib import Path

__version__ = "0.1.0"

_TELEMETRY_SWITCHES = {
    "DO_NOT_TRACK": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "FLWR_TELEMETRY_ENABLED": "0",
    "NML_DISABLE_USAGE_LOGGING": "1",
    "GIT_PYTHON_REFRESH": "quiet",
}
for _name, _value in _TELEMETRY_SWITCHES.items():
    os.environ.setdefault(_name, _value)


def _kernel_cache() -> Path:
    """Folder of compiled kernels, keyed by the version and the state of their sources.

    Numba notices a changed function, but not a changed callee in another module: a stale cache would go on
    computing yesterday's numbers. Numba itself keys its entries by CPU, but not by NUMBA_BOUNDSCHECK: with a
    warm cache the unchecked code would run.
    """
    state = hashlib.sha256()
    for source in sorted((Path(__file__).parent / "kernels").glob("*.py")):
        stat = source.stat()
        state.update(f"{source.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    state.update(os.environ.get("NUMBA_BOUNDSCHECK", "").encode())
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    return root / "oncoloom" / "numba" / f"{__version__}-{state.hexdigest()[:16]}"


os.environ.setdefault("NUMBA_CACHE_DIR", str(_kernel_cache()))
