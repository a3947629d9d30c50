"""The one place that chooses between a kernel's processor and graphics-card twin."""

import os
from collections.abc import Callable
from typing import Literal

Device = Literal["cpu", "gpu"]


class NoDeviceError(RuntimeError):
    """A graphics card was asked for and there is none that Numba can use."""


def _need_card() -> None:
    """Raise NoDeviceError unless Numba can use a CUDA device (or its simulator)."""
    os.environ.setdefault("NUMBA_CUDA_LOW_OCCUPANCY_WARNINGS", "0")  # a small batch is no fault of the user's
    try:
        from numba import cuda

        usable = bool(cuda.is_available())
    except ImportError as error:
        raise NoDeviceError(f"numba-cuda is not installed ({error})") from error
    if not usable:
        raise NoDeviceError("no CUDA device is usable here")


def mixture(device: Device) -> Callable[..., None]:
    """The kernel that scores hypotheses, for `device`.

    Raises
    ------
    NoDeviceError
        If `device` is "gpu" and no CUDA device (or simulator) is usable.
    """
    if device == "gpu":
        _need_card()
        from oncoloom.kernels.mixture_cuda import mixture_cuda

        return mixture_cuda
    from oncoloom.kernels.mixture_cpu import mixture_cpu

    return mixture_cpu


def pair_hmm(device: Device) -> Callable[..., int]:
    """The banded forward algorithm over a batch of pairs, for `device`; raises as :func:`mixture`."""
    if device == "gpu":
        _need_card()
        from oncoloom.kernels.pair_hmm_cuda import pair_hmm_cuda

        return pair_hmm_cuda
    from oncoloom.kernels.pair_hmm_cpu import pair_hmm_cpu

    return pair_hmm_cpu


def placements(device: Device) -> Callable[..., None]:
    """Ungapped placements over a batch of pairs, for `device`; raises as :func:`mixture`."""
    if device == "gpu":
        _need_card()
        from oncoloom.kernels.placement_cuda import placements_cuda

        return placements_cuda
    from oncoloom.kernels.placement_cpu import placements_cpu

    return placements_cpu
