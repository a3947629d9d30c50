"""Non-negative matrix factorization of many resampled catalogues at once, on NumPy or CuPy arrays.

The array module is an argument: the same lines run on the processor and on a graphics card, and nothing here
imports CuPy.
"""

from typing import Any

_TINY = 1e-12


def factorize(
    catalogues: Any, start_w: Any, start_h: Any, *, xp: Any, max_steps: int, tolerance: float
) -> tuple[Any, Any, Any]:
    """KL-divergence NMF of r catalogues by multiplicative updates (Lee & Seung 2001).

    Parameters
    ----------
    catalogues
        (r, c, n) float64 >= 0: channels × samples, a resample each. Arrays of `xp`.
    start_w, start_h
        (r, c, k) and (r, k, n) float64 > 0.
    xp
        `numpy` or `cupy`.
    max_steps, tolerance
        Stop when, over 25 steps, no resample's divergence falls by more than this share of it.

    Returns
    -------
    w : (r, c, k)
        Signatures; columns sum to one.
    h : (r, k, n)
        Mutations by signature and sample.
    divergence : (r,)
        Kullback–Leibler divergence of each catalogue from ``w @ h``.
    """
    w, h = start_w.copy(), start_h.copy()
    last = None
    for step in range(1, max_steps + 1):
        ratio = catalogues / (w @ h + _TINY)
        h *= (xp.swapaxes(w, 1, 2) @ ratio) / (w.sum(axis=1)[:, :, None] + _TINY)
        ratio = catalogues / (w @ h + _TINY)
        w *= (ratio @ xp.swapaxes(h, 1, 2)) / (h.sum(axis=2)[:, None, :] + _TINY)
        if step % 25 == 0:
            now = divergence_of(catalogues, w @ h, xp=xp)
            if last is not None and bool(((last - now) <= tolerance * now).all()):
                break
            last = now
    scale = w.sum(axis=1) + _TINY
    w, h = w / scale[:, None, :], h * scale[:, :, None]
    return w, h, divergence_of(catalogues, w @ h, xp=xp)


def divergence_of(catalogues: Any, fitted: Any, *, xp: Any) -> Any:
    """(r,) generalized Kullback–Leibler divergence; a zero count adds its expectation."""
    log = xp.log((catalogues + _TINY) / (fitted + _TINY))
    return (catalogues * log - catalogues + fitted).sum(axis=(1, 2))


def array_module(device: str) -> Any:
    """NumPy for "cpu", CuPy for "gpu".

    Raises
    ------
    oncoloom.kernels.dispatch.NoDeviceError
        If a graphics card is asked for and CuPy or a card is not there.
    """
    if device == "cpu":
        import numpy as np

        return np
    from oncoloom.kernels.dispatch import NoDeviceError

    try:
        import cupy

        if cupy.cuda.runtime.getDeviceCount() < 1:
            raise NoDeviceError("no CUDA device is usable here")
    except ImportError as error:
        raise NoDeviceError(f"CuPy is not installed ({error})") from error
    except RuntimeError as error:
        raise NoDeviceError(f"no CUDA device is usable here ({error})") from error
    return cupy
