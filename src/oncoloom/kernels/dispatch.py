"""The one place that chooses between a kernel's processor and graphics-card twin."""

from collections.abc import Callable
from typing import Literal

Device = Literal["cpu", "gpu"]


class NoDeviceError(RuntimeError):
    """A graphics card was asked for and there is none that Numba can use."""


def mixture(device: Device) -> Callable[..., None]:
    """The kernel that scores hypotheses, for `device`.

    Raises
    ------
    NoDeviceError
        If `device` is "gpu" and no CUDA device (or simulator) is usable.
    """
    if device == "gpu":
        try:
            from numba import cuda

            usable = bool(cuda.is_available())
        except ImportError as error:
            raise NoDeviceError(f"numba-cuda is not installed ({error})") from error
        if not usable:
            raise NoDeviceError("no CUDA device is usable here")
        from oncoloom.kernels.mixture_cuda import mixture_cuda

        return mixture_cuda
    from oncoloom.kernels.mixture_cpu import mixture_cpu

    return mixture_cpu
