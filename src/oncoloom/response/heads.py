"""Heads on the shared score: response, and discrete-time hazards of PFS and OS, conditional on therapy.

s_k(x) = exp(gamma_k) u·x + d_k·x + v_k·g(x): one shared direction u; the first head's gamma is fixed at 0 (a
free scale for every head lets the penalty leak through it). Therapy enters by its code c: intercepts and
baselines per class and drug, and interactions c ⊗ z with the declared modifiers z. A head's sign is +1 for
response and -1 for hazards, so that u always points to benefit. Beside a network, hazards may also
have effects that change with time (`response/time_varying.py`).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from oncoloom.response.time_varying import time_basis


@dataclass(frozen=True, slots=True)
class HeadSpec:
    """One endpoint: its name, number of time bins (1 for response) and weight in the loss."""

    name: str
    n_bins: int
    weight: float

    @property
    def sign(self) -> float:
        """+1: a higher score raises the response; -1: it lowers the hazard."""
        return 1.0 if self.name == "response" else -1.0


class Penalties(nn.Module):
    """Ridge penalties on the scale of the summed log-likelihood; Tensors are (R,) unless said.

    `linear` multiplies `multipliers` (p,); `interaction` is that of a difference between two arms; `varying`
    is the prior variance of effects that change with time, relative to constant ones; 0 = there are none.
    """

    linear: Tensor
    output: Tensor
    multipliers: Tensor
    interaction: Tensor
    varying: Tensor
    smooth = 1.5
    class_intercept = 0.5
    drug_intercept = 5.0
    drug_factor = 3.0

    def __init__(
        self,
        linear: Tensor,
        output: Tensor,
        multipliers: Tensor,
        interaction: Tensor,
        varying: Tensor,
        hidden: float,
    ) -> None:
        super().__init__()
        self.hidden = hidden
        each = {"linear": linear, "output": output, "interaction": interaction, "varying": varying}
        for name, values in (each | {"multipliers": multipliers}).items():
            self.register_buffer(name, values, persistent=False)


class EndpointHead(nn.Module):
    """One endpoint's parameters for R replicas."""

    basis: Tensor

    def __init__(
        self, replicas: int, inputs: int, q: int, n_modifiers: int, width: int, spec: HeadSpec, start: Tensor,
        varies: Tensor,
    ) -> None:  # fmt: skip
        super().__init__()
        self.spec = spec
        self.alpha = nn.Parameter(start.expand(replicas, -1).clone())
        self.code_alpha = nn.Parameter(torch.zeros(replicas, q, spec.n_bins))
        self.log_scale = nn.Parameter(torch.zeros(replicas, 1))
        self.own = nn.Parameter(torch.zeros(replicas, inputs))
        self.interaction = nn.Parameter(torch.zeros(replicas, q, n_modifiers))
        self.output = nn.Parameter(torch.zeros(replicas, width))
        basis = torch.from_numpy(time_basis(spec.n_bins)).float() * varies[:, None, None]
        if not bool(varies.any()):
            basis = basis[:, :0]
        self.register_buffer("basis", basis, persistent=False)  # (R, B, K), zeros where nothing varies
        n_basis = self.basis.shape[
            1
        ]  # where it is 0 nothing is learned: devices wait for gradients of the rest
        self.varying = nn.Parameter(torch.zeros(replicas, inputs, n_basis), requires_grad=n_basis > 0)
        self.varying_output = nn.Parameter(torch.zeros(replicas, width, n_basis), requires_grad=n_basis > 0)

    def direction(self, shared: Tensor, *, fixed_scale: bool) -> Tensor:
        """(R, p) weights of the inputs in this head's score."""
        return (shared if fixed_scale else torch.exp(self.log_scale) * shared) + self.own

    def forward(
        self, x: Tensor, hidden: Tensor | None, code: Tensor, z: Tensor, shared: Tensor, *, fixed_scale: bool
    ) -> Tensor:
        """(R, n, K) logits. x (R, n, p), hidden (R, n, width) or None, code (n, q), z (R, n, m)."""
        score = torch.bmm(x, self.direction(shared, fixed_scale=fixed_scale).unsqueeze(2))
        if hidden is not None:
            score = score + torch.bmm(hidden, self.output.unsqueeze(2))
        if self.interaction.numel():
            effect = torch.einsum("nq,rqm->rnm", code, self.interaction)
            score = score + (effect * z).sum(dim=2, keepdim=True)
        base = self.alpha.unsqueeze(1) + torch.einsum("nq,rqk->rnk", code, self.code_alpha)
        if hidden is not None and self.varying.numel():
            by_degree = torch.bmm(x, self.varying) + torch.bmm(hidden, self.varying_output)
            score = score + torch.bmm(by_degree, self.basis)
        return base + self.spec.sign * score

    def loss(self, eta: Tensor, exposure: Tensor, events: Tensor, weight: Tensor) -> Tensor:
        """(R,) sum over patients and bins of w (A softplus(eta) - D eta). weight (R, n)."""
        terms = exposure * nn.functional.softplus(eta) - events * eta
        return (weight.unsqueeze(2) * terms).sum(dim=(1, 2))

    def penalty(self, penalties: Penalties, is_drug: Tensor) -> Tensor:
        """(R,) half the penalized squares of this head's own parameters."""
        out = 3 * penalties.linear * (penalties.multipliers * self.own**2).sum(dim=1)
        out = out + penalties.output * (self.output**2).sum(dim=1) + self.log_scale.squeeze(1) ** 2
        if self.spec.n_bins > 1:
            out = out + penalties.smooth * (self.alpha.diff(dim=1) ** 2).sum(dim=1)
        if self.varying.numel():
            inputs = penalties.linear * (penalties.multipliers * (self.varying**2).sum(dim=2)).sum(dim=1)
            units = penalties.output * (self.varying_output**2).sum(dim=(1, 2))
            out = out + (inputs + units) / penalties.varying.clamp(min=1e-6)
        if self.code_alpha.numel():
            level = torch.where(is_drug, penalties.drug_intercept, penalties.class_intercept)
            squares = (self.code_alpha**2).mean(dim=2) * level
            out = out + squares.sum(dim=1)
            if self.spec.n_bins > 1:
                out = out + penalties.smooth * (self.code_alpha.diff(dim=2) ** 2).sum(dim=(1, 2))
            factor = 2 * torch.where(is_drug, penalties.drug_factor, 1.0)
            out = out + ((self.interaction**2).sum(dim=2) * factor).sum(dim=1) * penalties.interaction
        return 0.5 * out
