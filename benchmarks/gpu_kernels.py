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
from kernel_batches import mixture_batch, pair_batch, placement_batch
from measure import machine, show
from numba import cuda

from oncoloom.calling.mixture import score_candidates
from oncoloom.features.signatures.nmf import array_module, factorize
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


def check_mixture(candidates: int, fragments: int, runs: int) -> dict[str, object]:
    histograms, classes = mixture_batch(candidates, fragments)
    cpu = score_candidates(histograms, classes, device="cpu")
    gpu = score_candidates(histograms, classes, device="gpu")
    difference = float(np.abs((cpu - gpu) / np.maximum(np.abs(cpu), 1.0)).max())
    if not difference <= 1e-9:
        raise SystemExit(f"twins differ: {difference} relative")
    processor = wall_seconds(lambda: score_candidates(histograms, classes, device="cpu"), min(runs, 3))
    card = wall_seconds(lambda: score_candidates(histograms, classes, device="gpu"), runs)
    return {
        "candidates": candidates,
        "fragments": fragments,
        "largest_difference": difference,
        "thousand_per_s_one_core": round(candidates / processor / 1e3, 1),
        "thousand_per_s_card_with_transfers": round(candidates / card / 1e3, 1),
    }


def check_factorization(resamples: int, samples: int, signatures: int) -> dict[str, object]:
    """NMF of many resampled SBS-96 catalogues: the same lines on NumPy and on CuPy."""
    rng = np.random.default_rng(4)
    profiles = rng.dirichlet(np.full(96, 0.1), signatures).T
    expected = profiles @ rng.gamma(0.5, 400.0, (signatures, samples))
    catalogues = rng.poisson(expected, (resamples, 96, samples)).astype(np.float64)
    w, h = rng.random((resamples, 96, signatures)) + 0.1, rng.random((resamples, signatures, samples)) + 0.1
    taken, ends = [], []
    for device in ("cpu", "gpu"):
        xp = array_module(device)
        arrays = [xp.asarray(one) for one in (catalogues, w, h)]
        factorize(*arrays, xp=xp, max_steps=25, tolerance=0.0)
        started = time.perf_counter()
        divergence = factorize(*arrays, xp=xp, max_steps=200, tolerance=0.0)[2]
        ends.append(divergence if device == "cpu" else xp.asnumpy(divergence))
        taken.append(time.perf_counter() - started)
    return {
        "resamples": resamples,
        "samples": samples,
        "signatures": signatures,
        "largest_difference": float(np.abs(ends[1] / ends[0] - 1).max()),
        "seconds_processor": round(taken[0], 3),
        "seconds_card": round(taken[1], 3),
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
    scored = [check_mixture(n, f, options.runs) for n, f in ((5_000, 80), (50_000, 80), (5_000, 800))]
    factorized = [check_factorization(r, n, 8) for r, n in ((20, 200), (100, 1_000))]
    name = getattr(cuda.get_current_device(), "name", "Numba's simulator")
    card = name.decode() if isinstance(name, bytes) else str(name)
    show(f"Pair-HMM on {card}", list(hmm[0]), [list(row.values()) for row in hmm])
    show(f"Placements on {card}", list(placed[0]), [list(row.values()) for row in placed])
    show(f"Mixture on {card}", list(scored[0]), [list(row.values()) for row in scored])
    show(f"NMF, CuPy on {card}", list(factorized[0]), [list(row.values()) for row in factorized])
    if options.json:
        result = {"card": card, "machine": machine(), "pair_hmm": hmm, "placements": placed}
        result |= {"mixture": scored, "factorization": factorized}
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
