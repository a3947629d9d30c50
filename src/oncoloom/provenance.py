"""provenance.json: how a result was made, beside the result and never inside it.

Results hold only what determines them (tool and schema version, resolved options, seed, content digests).
Command line, threads, paths, host and times are here, so that the same input gives the same result bytes.
"""

import os
import platform
import resource
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from oncoloom import __version__
from oncoloom.files import file_digest, write_json

_LIBRARIES = ("numpy", "numba", "pysam", "polars", "torch", "pytorch-lightning", "mlflow", "snakemake")


def library_versions() -> dict[str, str]:
    """Versions of the libraries that can change a result; one that is not installed is left out."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def write_provenance(
    path: Path, *, step: str, inputs: dict[str, Path], parameters: dict[str, Any], started: datetime
) -> None:
    """Write who made a result: software, parameters, input digests, environment, resources used.

    Parameters
    ----------
    path
        Where to write, usually ``provenance.json`` beside the result.
    inputs
        Name to file; each file's SHA-256 is recorded (reads: give an index or a digest in `parameters`
        instead, hashing a genome takes longer than calling it).
    started
        When the step began, with its time zone.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    write_json(
        path,
        {
            "software": {"name": "oncoloom", "version": __version__},
            "step": step,
            "parameters": parameters,
            "inputs": {
                name: {"path": str(file), "digest": file_digest(file)}
                for name, file in sorted(inputs.items())
            },
            "environment": {
                "python": platform.python_version(),
                "platform": platform.platform(),
                "libraries": library_versions(),
                "command": sys.argv,
                "folder": str(Path.cwd()),
                "slurm_job_id": os.environ.get("SLURM_JOB_ID"),
            },
            "resources": {
                "started": started.isoformat(timespec="seconds"),
                "ended": datetime.now(UTC).isoformat(timespec="seconds"),
                "user_seconds": round(used.ru_utime, 2),
                "system_seconds": round(used.ru_stime, 2),
                "peak_mib": round(used.ru_maxrss / 1024, 1),
            },
        },
    )
