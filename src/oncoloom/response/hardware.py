"""What Lightning trains on: processor or card, precision, number of devices; the method stays what it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from oncoloom.errors import ConfigError

Accelerator = Literal["cpu", "gpu"]
Precision = Literal["32-true", "bf16-mixed", "16-mixed"]


@dataclass(frozen=True, slots=True)
class Hardware:
    """Lightning's own options of a trainer; the default gives the same bits on every machine."""

    accelerator: Accelerator = "cpu"
    precision: Precision = "32-true"
    devices: int = 1


_current: ContextVar[Hardware] = ContextVar("hardware", default=Hardware())  # noqa: B039  frozen


@contextmanager
def training_on(hardware: Hardware) -> Iterator[None]:
    """Have every Lightning fit inside use `hardware`.

    Raises
    ------
    ConfigError
        If this machine lacks it.
    """
    _check(hardware)
    token = _current.set(hardware)
    try:
        yield
    finally:
        _current.reset(token)


def current_hardware() -> Hardware:
    """What the fit under way uses."""
    return _current.get()


def _check(hardware: Hardware) -> None:
    if hardware.accelerator == "cpu":
        if hardware.precision != "32-true":
            raise ConfigError(
                "mixed precision is for graphics cards",
                record="training.precision",
                expected="32-true with accelerator cpu",
                found=hardware.precision,
                remedy="leave the precision out, or use accelerator gpu",
            )
        return
    import torch

    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if found < hardware.devices:
        raise ConfigError(
            "training asks for graphics cards that are not here",
            record="training.accelerator, training.devices",
            expected=f"{hardware.devices} usable by PyTorch",
            found=str(found),
            remedy="use accelerator cpu, which gives the same model within rounding, or a PyTorch for CUDA",
        )
