"""Speed of the haplotype kernels on one core: pair-HMM in cells, placements in bases per CPU second.

    python benchmarks/kernels.py [--runs 9] [--record]

Cells are those computed: read length times band, transposition of the lanes included in the time. Bases of
placements are those asked for (read length times places); with a cap, a place is given up where it is worse.
"""

import argparse
import re
import statistics
import time

import numpy as np
from kernel_batches import pair_batch, placement_batch
from measure import record, show
from numba import njit

from oncoloom.kernels.pair_hmm_core import longest_first
from oncoloom.kernels.pair_hmm_cpu import pair_hmm_cpu
from oncoloom.kernels.placement_cpu import placements_cpu

SHAPES = ((150, 16), (150, 32), (150, 64), (150, 128), (250, 32))  # read length, band
CAPS = (1e9, 14.0)


def cpu_seconds(work, runs: int) -> list[float]:
    """CPU seconds of each of `runs` calls, after one that warms up."""
    work()
    taken = []
    for _ in range(runs):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return taken


def vector_instructions() -> dict[str, int]:
    """Packed float32 arithmetic of the compiled kernel by register width in bits."""
    fresh = njit(nogil=True)(pair_hmm_cpu.py_func)  # what comes out of the cache cannot be inspected
    fresh.compile(pair_hmm_cpu.signatures[0])
    text = "\n".join(fresh.inspect_asm().values())
    found = re.findall(r"v?f?(?:n?m(?:add|sub)\w*|mul|add)ps\s.*%([xyz])mm", text)
    return {bits: found.count(letter) for letter, bits in (("x", "128"), ("y", "256"), ("z", "512"))}


def measure_pair_hmm(runs: int) -> list[dict[str, object]]:
    rows = []
    for read_bp, band in SHAPES:
        batch = pair_batch(2000, read_bp, band)
        order, out = longest_first(batch), np.empty(len(batch.pairs))
        rescued = pair_hmm_cpu(batch, order, band, out)
        cells = int((np.diff(batch.read_at)[batch.pairs[:, 0]] * band).sum())
        rates = [cells / s / 1e9 for s in cpu_seconds(lambda: pair_hmm_cpu(batch, order, band, out), runs)]  # noqa: B023
        rows.append(
            {
                "read_bp": read_bp,
                "band": band,
                "pairs": len(order),
                "rescued": int(rescued),
                "gcups_median": round(statistics.median(rates), 2),
                "gcups_lowest": round(min(rates), 2),
                "gcups_highest": round(max(rates), 2),
            }
        )
    return rows


def measure_placements(runs: int) -> list[dict[str, object]]:
    batch = placement_batch(4000, 150)
    out = np.empty(len(batch.pairs))
    bases = int((np.diff(batch.read_at)[batch.pairs[:, 0]] * np.diff(batch.place_at)).sum())
    rows = []
    for cap in CAPS:
        taken = cpu_seconds(lambda: placements_cpu(batch, cap, out), runs)  # noqa: B023
        rate = statistics.median(taken)
        rows.append(
            {
                "cap_nats": cap,
                "places": len(batch.places),
                "bases": bases,
                "gigabases_per_s": round(bases / rate / 1e9, 3),
                "million_places_per_s": round(len(batch.places) / rate / 1e6, 2),
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    pair_hmm, placements = measure_pair_hmm(options.runs), measure_placements(options.runs)
    width = vector_instructions()
    show("Pair-HMM, one core", list(pair_hmm[0]), [list(row.values()) for row in pair_hmm])
    print("packed float32 instructions by register width:", width)
    show("Placements, one core", list(placements[0]), [list(row.values()) for row in placements])
    if options.record:
        result = {"pair_hmm": pair_hmm, "vector_instructions": width, "placements": placements}
        print("recorded in", record("kernels", result))


if __name__ == "__main__":
    main()
