"""The process that tries mutated files: started, watched and started again by `fuzz_decoder.py`.

    python fuzz_worker.py FOLDER SEED FIRST LAST

Proves first that the kernels it runs check their bounds, then works through inputs FIRST to LAST - 1. Input k
depends on SEED and k alone. `FOLDER/at` holds the number of the input at work; `FOLDER/outcomes.tsv` gets a
line an input: number, target, mutation, outcome.
"""

import os
import resource
import shutil
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pysam
from fuzz_base import Base, make_base
from fuzz_targets import TARGETS
from numba import njit

from oncoloom.kernels.bam_records import summarize_qualities
from oncoloom.kernels.bam_records_bytes import load_u64
from oncoloom.logs import logger

_MEMORY_BYTES = 6 << 30


@njit(cache=True)
def _beyond_the_end(values: Any) -> int:
    return values[values.shape[0] + 3]


@njit(cache=True)
def _load_beyond_the_end(values: Any) -> Any:
    return load_u64(values, values.shape[0] - 3)


def prove_bounds_are_checked() -> None:
    """That a read behind an array's end is caught: in a throw-away kernel, in one of the package, in a load.

    With a warm cache of unchecked code neither would be (Numba does not key its cache by NUMBA_BOUNDSCHECK).
    """
    few = np.zeros(16, np.uint8)
    tries = (
        ("a throw-away kernel", lambda: _beyond_the_end(few)),
        ("the unaligned loads", lambda: _load_beyond_the_end(few)),
        (
            "a kernel of the package",
            lambda: summarize_qualities(few, np.array([4000], np.int32), np.array([8], np.int64)),
        ),
    )
    for what, run in tries:
        try:
            run()
        except IndexError:
            continue
        raise SystemExit(f"bounds are not checked in {what}: the run would prove nothing")


def try_one(seed: int, k: int, base: Base, work: Path) -> tuple[str, str, str]:
    """Target, mutation and outcome of input k."""
    rng = np.random.default_rng([seed, k])
    names, shares = list(TARGETS), np.array([share for _, share in TARGETS.values()])
    target = names[int(rng.choice(len(names), p=shares / shares.sum()))]
    try:
        mutation, outcome = TARGETS[target][0](rng, base, work)
    except Exception as error:  # whatever it is, it is a finding
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        text = str(error).replace("\n", " ").replace("\t", " ")[:100]
        mutation, outcome = "?", f"BAD {type(error).__name__} at {where}: {text}"
    if outcome.startswith("BAD"):
        keep = work.parent / "findings" / str(k)
        shutil.copytree(work, keep, dirs_exist_ok=True)
        (keep / "outcome.txt").write_text(f"{target}\t{mutation}\t{outcome}\n", encoding="utf-8")
    return target, mutation, outcome


def main() -> None:
    """Work through the inputs that the command line says."""
    folder, seed, first, last = Path(sys.argv[1]), *(int(word) for word in sys.argv[2:5])
    prove_bounds_are_checked()
    warnings.simplefilter("error")  # an overflow or an invalid value in NumPy is a finding
    logger.setLevel("CRITICAL")
    pysam.set_verbosity(0)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    base = make_base(folder / "base")
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    at = os.open(folder / "at", os.O_CREAT | os.O_WRONLY)
    with (folder / "outcomes.tsv").open("a", encoding="utf-8") as outcomes:
        parent = os.getppid()
        for k in range(first, last):
            if os.getppid() != parent:
                raise SystemExit("nobody watches any more")
            os.pwrite(at, f"{k:<12d}".encode(), 0)
            outcomes.write("\t".join((str(k), *try_one(seed, k, base, work))) + "\n")
            outcomes.flush()


if __name__ == "__main__":
    main()
