"""What every benchmark shares: CPU seconds of a command, what machine it was, a table, and a JSON line."""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from oncoloom import __version__
from oncoloom.provenance import library_versions

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = REPOSITORY / "docs" / "benchmarks"


def measure(command: list[str]) -> dict[str, float]:
    """CPU seconds (user + system, all processes), wall seconds and peak MiB of one command.

    Runs it in a child of its own, so that the peak is that command's.
    """
    program = (
        "import json, resource, subprocess, sys, time; t = time.perf_counter();"
        "r = subprocess.run(sys.argv[1:], stdout=-3, stderr=-1, text=True);"
        "u = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(json.dumps([r.returncode, u.ru_utime + u.ru_stime, time.perf_counter() - t,"
        " u.ru_maxrss / 1024,"
        " r.stderr[-800:]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *command], capture_output=True, text=True, check=True
    )
    code, cpu, wall, peak, errors = json.loads(done.stdout)
    if code:
        raise SystemExit(f"{' '.join(command)} ended with {code}:\n{errors}")
    return {"cpu_seconds": cpu, "wall_seconds": wall, "peak_mib": peak}


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    """Median of each figure."""
    return {key: round(statistics.median(run[key] for run in runs), 3) for key in runs[0]}


def machine() -> dict[str, object]:
    """Machine and versions, as far as they matter to a figure."""
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "memory_gib": round(resource.getpagesize() * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "python": platform.python_version(),
        "oncoloom": __version__,
        **library_versions(),
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


def show(title: str, columns: list[str], rows: list[list[object]]) -> None:
    """Print a table, columns aligned."""
    cells = [columns, *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[index]) for row in cells) for index in range(len(columns))]
    print(f"\n{title}")
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def record(name: str, result: dict[str, object]) -> Path:
    """Append a result to docs/benchmarks/NAME.json (a list, oldest first)."""
    path = RESULTS / f"{name}.json"
    RESULTS.mkdir(parents=True, exist_ok=True)
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    known.append({"date": datetime.now(UTC).date().isoformat(), "machine": machine(), **result})
    path.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return path


def now() -> float:
    """A clock for progress lines."""
    return time.perf_counter()
