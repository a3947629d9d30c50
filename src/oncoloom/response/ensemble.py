"""The Lightning module: R replicas of one multi-endpoint model, trained full-batch in one optimizer.

Replicas are members (Bayesian-bootstrap weights), folds (held-out rows weigh 0) and settings (a penalty
each). The loss of the replicas is summed, so each is trained as if alone. One thread: two threads in one
process are two to ten times slower at this size.
"""

import logging
import warnings
from dataclasses import dataclass

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from oncoloom.response.array_types import FloatArray
from oncoloom.response.encoder import ReplicaEncoder, SharedLuck
from oncoloom.response.hardware import current_hardware
from oncoloom.response.heads import EndpointHead, HeadSpec, Penalties
from oncoloom.response.timegrid import bin_log_odds


@dataclass(frozen=True, slots=True)
class EnsembleData:
    """What a training reads; arrays are float64, turned to float32 inside.

    Attributes
    ----------
    x
        (F, n, p) inputs, one standardization per fold.
    fold
        (R,) which of the F each replica reads.
    weight
        (R, n) weight of each row in each replica; 0 = held out.
    code, is_drug, modifiers
        (n, q) therapy codes, (q,) bool, (m,) columns of x.
    exposure, events
        Endpoint to (n, K); a row whose outcome is unknown has zeros in both.
    feature_groups
        (p,) raw column of each input: feature dropout hides a whole raw column of a row.
    signs
        (p,) -1, 0 or 1: sign that an input's benefit must have in the linear part; None = all free.
    """

    x: FloatArray
    fold: NDArray[np.int64]
    weight: FloatArray
    code: FloatArray
    is_drug: NDArray[np.bool_]
    modifiers: NDArray[np.int64]
    exposure: dict[str, FloatArray]
    events: dict[str, FloatArray]
    multipliers: FloatArray
    feature_groups: NDArray[np.int64]
    signs: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class EnsembleSettings:
    """How it is trained; `linear`, `output` and `interaction` are (R,) penalties, `hidden` one for all.

    `batch_rows` 0 = every step sees all rows; `varying` (R,) as in `heads.Penalties`, None = no such effects.
    """

    linear: FloatArray
    output: FloatArray
    interaction: FloatArray
    head_weights: dict[str, float]
    use_network: bool = True
    width: int = 16
    hidden: float = 3.0
    batch_rows: int = 0
    dropout: float = 0.2
    feature_dropout: float = 0.15
    steps: int = 300
    learning_rate: float = 0.02
    seed: int = 0
    varying: FloatArray | None = None


class ReplicaEnsemble(pl.LightningModule):
    """R replicas; see the module's text."""

    x: Tensor
    code: Tensor
    fold: Tensor
    weight: Tensor
    is_drug: Tensor
    modifiers: Tensor
    groups: Tensor
    signs: Tensor | None

    def __init__(self, data: EnsembleData, settings: EnsembleSettings) -> None:
        super().__init__()
        self.settings = settings
        self._luck = SharedLuck(settings.seed)
        replicas, inputs = len(data.weight), data.x.shape[2]
        self._load(data)
        self.shared = nn.Parameter(torch.zeros(replicas, inputs))
        self.encoder = (
            ReplicaEncoder(replicas, inputs, settings.width, settings.dropout, self._luck)
            if settings.use_network
            else None
        )
        none = np.zeros(replicas)
        varying = _tensor(none if settings.varying is None or not settings.use_network else settings.varying)
        self.heads = nn.ModuleList()
        for name, weight in settings.head_weights.items():
            n_bins = data.events[name].shape[1]
            spec = HeadSpec(name, n_bins, weight)
            start = _tensor(bin_log_odds(data.exposure[name], data.events[name]))
            self.heads.append(
                EndpointHead(
                    replicas, inputs, data.code.shape[1], len(data.modifiers), settings.width, spec, start,
                    varying > 0,
                )
            )  # fmt: skip
        self.penalties = Penalties(
            _tensor(settings.linear),
            _tensor(settings.output),
            _tensor(data.multipliers),
            _tensor(settings.interaction),
            varying,
            settings.hidden,
        )
        self._waiting = torch.zeros(0, dtype=torch.int64)

    def _load(self, data: EnsembleData) -> None:
        signs = None if data.signs is None or not data.signs.any() else torch.from_numpy(data.signs)
        constants = {
            "x": _tensor(data.x),
            "code": _tensor(data.code),
            "fold": torch.from_numpy(data.fold),
            "weight": _tensor(data.weight),
            "is_drug": torch.from_numpy(data.is_drug),
            "modifiers": torch.from_numpy(data.modifiers),
            "groups": torch.from_numpy(data.feature_groups),
            "signs": signs,
        }
        constants |= {f"exposure_{name}": _tensor(value) for name, value in data.exposure.items()}
        constants |= {f"events_{name}": _tensor(value) for name, value in data.events.items()}
        for name, values in constants.items():
            self.register_buffer(name, values, persistent=False)
        self._n_groups = int(data.feature_groups.max()) + 1 if data.feature_groups.size else 0

    def _batch(self) -> Tensor | None:
        """Rows of the next step that this process works on; None = all rows.

        A mini-batch takes each row once an epoch; several processes share the rows of a step.
        """
        n, luck = self.x.shape[1], self._luck
        size = self.settings.batch_rows
        rows = None
        luck.rows = n
        if 0 < size < n:
            if len(self._waiting) < size:
                self._waiting = torch.randperm(n, generator=luck.generator)
            rows, self._waiting = self._waiting[:size], self._waiting[size:]
            luck.rows = size
        if luck.world > 1:
            rows = (torch.arange(n) if rows is None else rows)[luck.rank :: luck.world]
        return None if rows is None else rows.to(self.device)

    def _inputs(self, rows: Tensor | None) -> Tensor:
        x = self.x if rows is None else self.x[:, rows]
        rate = self.settings.feature_dropout
        if self.training and rate > 0 and self._n_groups:
            x = x * self._luck.kept(self._n_groups, rate, x.device)[:, self.groups]
        return x[self.fold]

    def on_fit_start(self) -> None:
        """Learn how many processes share the rows, and which share is this one's."""
        self._luck.rank, self._luck.world = self.trainer.global_rank, self.trainer.world_size

    def forward(self, rows: Tensor | None = None) -> dict[str, Tensor]:
        """Endpoint to (R, n, K) logits of `rows`, of all where None."""
        x = self._inputs(rows)
        code = self.code if rows is None else self.code[rows]
        hidden = None if self.encoder is None else self.encoder(x)
        z = x[:, :, self.modifiers]
        out = {}
        for i, head in enumerate(self.heads):
            assert isinstance(head, EndpointHead)
            out[head.spec.name] = head(x, hidden, code, z, self.shared, fixed_scale=i == 0)
        return out

    def training_step(self, _batch: object, _index: int) -> Tensor:
        """Penalized loss, each replica divided by its own weight, summed over replicas."""
        rows = self._batch()
        eta = self(rows)
        # a mini-batch stands for all rows: the penalties stay on the scale of the whole log-likelihood;
        # of several processes' gradients Lightning takes the mean, so that each share counts for all
        stands_for = self._luck.world * self.x.shape[1] / self._luck.rows
        weight = self.weight if rows is None else self.weight[:, rows]
        total = self.penalties.linear * 0.5 * (self.penalties.multipliers * self.shared**2).sum(dim=1)
        if self.encoder is not None:
            total = total + self.penalties.hidden * self.encoder.weight_penalty()
        for head in self.heads:
            assert isinstance(head, EndpointHead)
            name = head.spec.name
            exposure, events = self.get_buffer(f"exposure_{name}"), self.get_buffer(f"events_{name}")
            if rows is not None:
                exposure, events = exposure[rows], events[rows]
            fit = stands_for * head.loss(eta[name], exposure, events, weight)
            total = total + head.spec.weight * fit + head.penalty(self.penalties, self.is_drug)
        return (total / self.weight.sum(dim=1).clamp(min=1.0)).sum()

    def on_train_batch_end(self, *_: object) -> None:
        """Put coefficients that a step moved across their declared sign back to zero."""
        if self.signs is None:
            return
        sign = self.signs.to(self.shared.dtype)
        with torch.no_grad():
            crossed = (sign != 0) & (self.shared * sign < 0)
            self.shared[crossed] = 0.0
            for i, head in enumerate(self.heads):
                assert isinstance(head, EndpointHead)
                direction = head.direction(self.shared, fixed_scale=i == 0)
                crossed = (sign != 0) & (direction * sign < 0)
                head.own[crossed] -= direction[crossed]
                head.varying[:, sign != 0] = 0.0  # else the sign would hold on the average day only

    def configure_optimizers(self) -> dict[str, object]:
        """Adam under a one-cycle schedule over the declared number of full-batch steps."""
        optimizer = torch.optim.Adam(self.parameters(), lr=self.settings.learning_rate)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=self.settings.learning_rate, total_steps=self.settings.steps + 1
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def export(self) -> dict[str, dict[str, FloatArray]]:
        """Endpoint to the arrays of `response.predictors.ScorePredictor`, (R, ...) float64."""
        out = {}
        with torch.no_grad():
            for i, head in enumerate(self.heads):
                assert isinstance(head, EndpointHead)
                sign = head.spec.sign
                arrays = {
                    "alpha": head.alpha,
                    "code_alpha": head.code_alpha,
                    "beta": sign * head.direction(self.shared, fixed_scale=i == 0),
                    "interaction": sign * head.interaction,
                }
                if self.encoder is not None:
                    first, second = self.encoder.first, self.encoder.second
                    arrays |= {
                        "network_w1": first.weight,
                        "network_b1": first.bias.squeeze(1),
                        "network_w2": second.weight,
                        "network_b2": second.bias.squeeze(1),
                        "network_v": sign * head.output,
                    }
                    if head.varying.numel():
                        arrays |= {
                            "varying_beta": sign * head.varying.transpose(1, 2),
                            "varying_output": sign * head.varying_output.transpose(1, 2),
                        }
                out[head.spec.name] = {k: v.cpu().numpy().astype(np.float64) for k, v in arrays.items()}
        return out


def train_ensemble(data: EnsembleData, settings: EnsembleSettings) -> ReplicaEnsemble:
    """Train all replicas on `current_hardware`.

    The same data and seed give the same weights, bit for bit, on one CPU thread; elsewhere within rounding.
    """
    hardware = current_hardware()
    torch.set_num_threads(1)
    module = ReplicaEnsemble(data, settings)
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's advice on loaders and loggers; numerics raise below
        trainer = pl.Trainer(
            accelerator=hardware.accelerator,
            devices=hardware.devices,
            strategy="auto" if hardware.devices == 1 else "ddp_spawn",
            precision=hardware.precision,
            max_epochs=1,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(module, train_dataloaders=[0] * settings.steps)
    module.eval()
    for parameter in module.parameters():
        if not bool(torch.isfinite(parameter).all()):
            raise FloatingPointError("training diverged: a weight is not finite")
    return module


def bootstrap_weights(members: int, n: int, seed: int) -> FloatArray:
    """(members, n) Exp(1) weights with mean 1 per member (Rubin 1981)."""
    draws = np.random.default_rng(seed).exponential(size=(members, n))
    return np.asarray(draws / draws.mean(axis=1, keepdims=True), dtype=np.float64)


def _tensor(values: FloatArray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
