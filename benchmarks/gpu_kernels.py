"""CUDA twins on a card: equality with the processor, cells and places per second, with and without transfers.

    python benchmarks/gpu_kernels.py [--reads 20000] [--runs 7] [--json FILE]

Needs numpy, numba and numba-cuda only (PYTHONPATH=src; no pysam, no polars); with NUMBA_ENABLE_CUDASIM=1 and
`--reads 1 --read-bp 20` the same program runs, very slowly, in Numba's simulator.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from kernel_batches import pair_batch, placement_batch
from measure import machine, show
from numba import cuda

from oncoloom.kernels.dispatch import NoDeviceError, pair_hmm, placements
from oncoloom.kernels.pair_hmm_core import longest_first
from oncoloom.kernels.pair_hmm_cuda import launch_forward
from oncoloom.kernels.placement_cuda import launch_placements

CAP_NATS = 1e9


def wall_seconds(work, runs: int) -> float:
    """Median wall seconds of a call, the card's work done, after one call that compiles and warms up."""
    work()
    taken = []
    for _ in range(runs):
        cuda.synchronize()
        started = time.perf_counter()
        work()
        cuda.synchronize()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def check_pair_hmm(reads: int, read_bp: int, band: int, runs: int) -> dict[str, object]:
    batch = pair_batch(reads, read_bp, band)
    order = longest_first(batch)
    cpu, gpu = np.full(len(order), np.nan), np.full(len(order), np.nan)
    rescued_cpu, rescued_gpu = (
        pair_hmm("cpu")(batch, order, band, cpu),
        pair_hmm("gpu")(batch, order, band, gpu),
    )
    difference = float(np.abs(cpu - gpu).max())
    if not difference <= 1e-4 or rescued_cpu != rescued_gpu:
        raise SystemExit(f"twins differ: {difference} nats, rescued {rescued_cpu} and {rescued_gpu}")
    cells = int((np.diff(batch.read_at)[batch.pairs[:, 0]] * band).sum())
    arrays, on_card = [cuda.to_device(array) for array in batch], cuda.to_device(order)
    result = cuda.device_array(len(order), dtype=np.float64)
    kernel = wall_seconds(lambda: launch_forward(arrays, on_card, band, result), runs)
    whole = wall_seconds(lambda: pair_hmm("gpu")(batch, order, band, gpu), runs)
    return {
        "read_bp": read_bp,
        "band": band,
        "pairs": len(order),
        "same_bits": int((cpu == gpu).sum()),
        "largest_difference": difference,
        "gcups_kernel": round(cells / kernel / 1e9, 3),
        "gcups_with_transfers": round(cells / whole / 1e9, 3),
    }


def check_placements(reads: int, read_bp: int, runs: int) -> dict[str, object]:
    batch = placement_batch(reads, read_bp)
    n, places = len(batch.pairs), len(batch.places)
    cpu, gpu = np.full(n, np.nan), np.full(n, np.nan)
    placements("cpu")(batch, CAP_NATS, cpu)
    placements("gpu")(batch, CAP_NATS, gpu)
    difference = float(np.abs(cpu - gpu).max())
    if not difference <= 1e-6:
        raise SystemExit(f"twins differ: {difference} nats")
    bases = int((np.diff(batch.read_at)[batch.pairs[:, 0]] * np.diff(batch.place_at)).sum())
    arrays = [cuda.to_device(array) for array in batch]
    result = cuda.device_array(n, dtype=np.float64)
    kernel = wall_seconds(lambda: launch_placements(arrays, CAP_NATS, result), runs)
    whole = wall_seconds(lambda: placements("gpu")(batch, CAP_NATS, gpu), runs)
    return {
        "read_bp": read_bp,
        "places": places,
        "same_bits": int((cpu == gpu).sum()),
        "largest_difference": difference,
        "million_places_per_s_kernel": round(places / kernel / 1e6, 3),
        "million_places_per_s_with_transfers": round(places / whole / 1e6, 3),
        "gigabases_per_s_kernel": round(bases / kernel / 1e9, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reads", type=int, default=20_000, help="reads; each meets 8 haplotypes")
    parser.add_argument("--read-bp", type=int, default=150)
    parser.add_argument("--bands", type=int, nargs="+", default=[16, 32, 64, 128])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    try:
        pair_hmm("gpu")
    except NoDeviceError as error:
        sys.exit(f"nothing measured: {error}")
    hmm = [check_pair_hmm(options.reads, options.read_bp, band, options.runs) for band in options.bands]
    placed = [check_placements(options.reads, options.read_bp, options.runs)]
    name = getattr(cuda.get_current_device(), "name", "Numba's simulator")
    card = name.decode() if isinstance(name, bytes) else str(name)
    show(f"Pair-HMM on {card}", list(hmm[0]), [list(row.values()) for row in hmm])
    show(f"Placements on {card}", list(placed[0]), [list(row.values()) for row in placed])
    if options.json:
        result = {"card": card, "machine": machine(), "pair_hmm": hmm, "placements": placed}
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
