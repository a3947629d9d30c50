"""Replicas of a small network on one axis: members, folds and settings trained together by batched products.

A hand-written batched linear layer: ``vmap`` of a functional module was 2.7 times slower here.
"""

from typing import Any

import torch
from torch import Tensor, nn


class SharedLuck:
    """Random numbers of a training step, alike whatever the device and however many share the rows.

    They are drawn on the processor, for all rows of the step; each of `world` processes takes every
    `world`-th row's.
    """

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self.rows, self.rank, self.world = 0, 0, 1

    def __getstate__(self) -> dict[str, object]:
        # as bytes: torch would hand the generator's state over as a file that is closed before it is read
        return self.__dict__ | {"generator": self.generator.get_state().numpy().tobytes()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        drawn = torch.frombuffer(bytearray(state["generator"]), dtype=torch.uint8)
        generator = torch.Generator()
        generator.set_state(drawn)
        self.__dict__.update(state | {"generator": generator})

    def kept(self, width: int, rate: float, device: torch.device) -> Tensor:
        """(rows of this process, width) bool: False with probability `rate`."""
        kept = torch.rand(self.rows, width, generator=self.generator) >= rate
        return kept[self.rank :: self.world].to(device)


class ReplicaLinear(nn.Module):
    """R independent linear layers, (R, n, inputs) -> (R, n, outputs)."""

    def __init__(self, replicas: int, inputs: int, outputs: int, generator: torch.Generator) -> None:
        super().__init__()
        scale = inputs**-0.5
        self.weight = nn.Parameter(torch.randn(replicas, inputs, outputs, generator=generator) * scale)
        self.bias = nn.Parameter(torch.zeros(replicas, 1, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """(R, n, inputs) float32 -> (R, n, outputs)."""
        return torch.baddbmm(self.bias, x, self.weight)


class ReplicaEncoder(nn.Module):
    """g(x): two layers of `width` units with GELU and dropout, one network per replica.

    The dropout mask is shared by the replicas of a step (they differ in weights and rows, not in luck), which
    saves most of the random numbers.
    """

    def __init__(self, replicas: int, inputs: int, width: int, dropout: float, luck: SharedLuck) -> None:
        super().__init__()
        self.first = ReplicaLinear(replicas, inputs, width, luck.generator)
        self.second = ReplicaLinear(replicas, width, width, luck.generator)
        self.dropout = dropout
        self._luck = luck

    def forward(self, x: Tensor) -> Tensor:
        """(R, n, inputs) -> (R, n, width)."""
        hidden = self._drop(nn.functional.gelu(self.first(x), approximate="tanh"))
        return self._drop(nn.functional.gelu(self.second(hidden), approximate="tanh"))

    def _drop(self, hidden: Tensor) -> Tensor:
        if not self.training or self.dropout <= 0:
            return hidden
        keep = self._luck.kept(hidden.shape[2], self.dropout, hidden.device)
        return hidden * (keep.to(hidden.dtype) / (1 - self.dropout))

    def weight_penalty(self) -> Tensor:
        """(R,) half the squared weights (biases are free)."""
        layers = (self.first.weight, self.second.weight)
        return torch.stack([0.5 * (weight**2).sum(dim=(1, 2)) for weight in layers]).sum(dim=0)
