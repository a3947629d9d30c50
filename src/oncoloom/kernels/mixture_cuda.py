"""Hypotheses of all candidates on a graphics card: one thread a candidate, same arithmetic."""

from math import exp, log

import numpy as np
from numba import cuda
from numpy.typing import NDArray

from oncoloom.kernels import mixture_core as core

THREADS = 128

_fill_curves = cuda.jit(device=True)(core.fill_curves)
_fill_leaks = cuda.jit(device=True)(core.fill_leaks)
_normal_at = cuda.jit(device=True)(core.normal_at)
_score = cuda.jit(device=True)(core.score_hypotheses)


@cuda.jit(cache=True)
def _mixture_kernel(  # type: ignore[no-untyped-def]
    borders,  # noqa: ANN001
    cells,  # noqa: ANN001
    counts,  # noqa: ANN001
    damage,  # noqa: ANN001
    slippage_rate,  # noqa: ANN001
    repeat,  # noqa: ANN001
    table,  # noqa: ANN001
    leak_table,  # noqa: ANN001
    leak_weight,  # noqa: ANN001
    leak_base,  # noqa: ANN001
    fractions,  # noqa: ANN001
    log_w,  # noqa: ANN001
    log_v,  # noqa: ANN001
    genotype,  # noqa: ANN001
    slipped,  # noqa: ANN001
    workspace,  # noqa: ANN001
    out,  # noqa: ANN001
) -> None:
    c = cuda.grid(1)
    if c >= out.shape[0]:
        return
    room = workspace[c]  # rows: 8 curves, 8 terms, scratch, leak
    curves, terms, scratch, leak = room[0:8], room[8:16], room[16], room[17]
    begin, stop = borders[c], borders[c + 1]
    _fill_curves(cells, counts, begin, stop, table, curves)
    _fill_leaks(cells, counts, begin, stop, leak_table, leak_weight, leak_base, scratch, leak)
    slipped_normal = 0.0
    if repeat[c]:
        total = 0.0
        for k in range(slipped.shape[0]):
            fraction = slipped[k, 0] * slippage_rate[c]
            total += slipped[k, 1] * exp(_normal_at(cells, counts, begin, stop, table.shape[0], fraction))
        slipped_normal = log(max(total, 1e-300))
    _score(
        curves,
        leak,
        fractions,
        log_w,
        log_v,
        genotype,
        damage[c],
        slippage_rate[c],
        slipped_normal,
        repeat[c] != 0,
        terms,
        out[c],
    )


def mixture_cuda(
    borders: NDArray[np.int64],
    cells: NDArray[np.int32],
    counts: NDArray[np.int32],
    damage: NDArray[np.int8],
    slippage_rate: NDArray[np.float64],
    repeat: NDArray[np.uint8],
    table: NDArray[np.float64],
    leak_table: NDArray[np.float64],
    leak_weight: NDArray[np.float64],
    leak_base: float,
    fractions: NDArray[np.float64],
    log_w: NDArray[np.float64],
    log_v: NDArray[np.float64],
    genotype: NDArray[np.int64],
    slipped: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """As `mixture_cpu.mixture_cpu`, on the current CUDA device; results agree to 1e-9 relative."""
    n = out.shape[0]
    if n == 0:
        return
    workspace = cuda.device_array((n, 18, fractions.shape[0]), dtype=np.float64)
    result = cuda.device_array(out.shape, dtype=np.float64)
    arrays = [borders, cells, counts, damage, slippage_rate, repeat, table, leak_table, leak_weight]
    rest = [fractions, log_w, log_v, genotype, slipped]
    _mixture_kernel[(n + THREADS - 1) // THREADS, THREADS](
        *[cuda.to_device(array) for array in arrays],
        leak_base,
        *[cuda.to_device(array) for array in rest],
        workspace,
        result,
    )
    result.copy_to_host(out)
