"""Fuzzing of everything that decodes a file of reads, an index, a reference or intervals.

    python benchmarks/fuzz_decoder.py --inputs 100000 --folder FOLDER [--record]

Mutates small healthy files (see `fuzz_mutators.py`) and tries them (see `fuzz_targets.py`): each must end as
htslib or a plain reading has it, or in one of our errors that names the file. Kernels are compiled with
NUMBA_BOUNDSCHECK=1 into a cache folder of the run's own, and the worker proves that their bounds are checked.
A worker that dies or stands still is a finding, and another goes on behind it. The run may be stopped and
started again: it goes on where it was. Ends with 1 where there is a finding; its files are in
FOLDER/findings.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from measure import record, show

HERE = Path(__file__).resolve().parent
STANDSTILL_SECONDS = 300


def main() -> None:
    """Run, watch, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the worker is ended, too
    folder: Path = chosen.folder
    folder.mkdir(parents=True, exist_ok=True)
    keep_to(folder, chosen.seed)
    while done(folder) < chosen.inputs:
        watch(folder, chosen.seed, chosen.inputs)
    rows = read_outcomes(folder, chosen.inputs)
    report(rows)
    findings = [row for row in rows if row[3].startswith("BAD")]
    if chosen.record:
        counts = Counter((row[1], kind(row[3])) for row in rows)
        table = [{"target": a, "outcome": b, "inputs": n} for (a, b), n in sorted(counts.items())]
        print("->", record("fuzz_decoder", {"seed": chosen.seed, "inputs": len(rows), "outcomes": table}))
    raise SystemExit(1 if findings else 0)


def keep_to(folder: Path, seed: int) -> None:
    """A folder belongs to one seed: inputs depend on it."""
    mark = folder / "seed"
    if mark.exists() and mark.read_text(encoding="utf-8") != str(seed):
        raise SystemExit(f"{folder} is of a run with seed {mark.read_text(encoding='utf-8')}")
    mark.write_text(str(seed), encoding="utf-8")


def done(folder: Path) -> int:
    """Inputs with an outcome so far."""
    path = folder / "outcomes.tsv"
    return sum(1 for _ in path.open(encoding="utf-8")) if path.exists() else 0


def watch(folder: Path, seed: int, inputs: int) -> None:
    """Run a worker to the end of the inputs, of its life, or of our patience; write down how it ended."""
    first = done(folder)
    environment = {
        **os.environ,
        "NUMBA_BOUNDSCHECK": "1",
        "NUMBA_CACHE_DIR": str(folder / "checked-kernels"),
        "OMP_NUM_THREADS": "1",
        "POLARS_MAX_THREADS": "1",
    }
    command = [sys.executable, str(HERE / "fuzz_worker.py"), str(folder), str(seed), str(first), str(inputs)]
    (folder / "at").unlink(missing_ok=True)
    worker = subprocess.Popen(command, env=environment)
    seen, since, told = first, time.monotonic(), time.monotonic()
    try:
        while worker.poll() is None:
            time.sleep(0.5)
            now = done(folder)
            if now != seen:
                seen, since = now, time.monotonic()
            if time.monotonic() - told > 30:
                print(f"{seen:,} of {inputs:,} inputs", flush=True)
                told = time.monotonic()
            if time.monotonic() - since > STANDSTILL_SECONDS:
                worker.kill()
                worker.wait()
                note(folder, "BAD no progress (a hang)")
                return
    except BaseException:
        worker.terminate()
        worker.wait()
        raise
    if worker.returncode < 0:
        note(folder, f"BAD the process died: {signal.Signals(-worker.returncode).name}")
    elif worker.returncode:
        raise SystemExit("the worker could not start or go on: see above")


def note(folder: Path, outcome: str) -> None:
    """Write down the outcome of the input that was at work when a worker ended."""
    at = folder / "at"
    if not at.exists():
        raise SystemExit(f"the worker ended before its first input: {outcome}")
    with (folder / "outcomes.tsv").open("a", encoding="utf-8") as outcomes:
        outcomes.write(f"{int(at.read_text(encoding='utf-8'))}\t?\t?\t{outcome}\n")


def read_outcomes(folder: Path, inputs: int) -> list[list[str]]:
    """Number, target, mutation, outcome of each input."""
    lines = (folder / "outcomes.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines[:inputs]]


def kind(outcome: str) -> str:
    """An outcome without the numbers in it."""
    return "".join("#" if character.isdigit() else character for character in outcome)


def report(rows: list[list[str]]) -> None:
    """Print counts by target and outcome."""
    counts = Counter((row[1], kind(row[3])) for row in rows)
    show(
        f"{len(rows):,} mutated inputs",
        ["target", "outcome", "inputs"],
        [[target, outcome, n] for (target, outcome), n in sorted(counts.items())],
    )


if __name__ == "__main__":
    main()
