"""Fitted models as plain arrays, scored in numpy: the same number alone or in a batch, no pickle, no torch.

Every model gives `eta`: the logit of the response (K = 1), or the logit hazard of each time bin (K bins), for
M ensemble members. A patient is scored row by row: matrix products of another shape may differ in the last
bits, and a prediction must not depend on who else is in the table.
"""

from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import numpy as np

from oncoloom.response.array_types import FloatArray, IntArray
from oncoloom.response.effects.basis import EffectBasis
from oncoloom.response.time_varying import TimeVarying


class Predictor(Protocol):
    """What every fitted model offers."""

    @property
    def kind(self) -> str:
        """Name by which `predictor_from_arrays` knows it."""
        ...

    def eta(self, x: FloatArray, code: FloatArray) -> FloatArray:
        """(M, n, K) logits for inputs (n, p) under therapies of code (n, q)."""
        ...

    def arrays(self) -> dict[str, FloatArray]:
        """All fitted arrays by name."""
        ...


@dataclass(frozen=True, slots=True)
class ScorePredictor:
    """A linear score with therapy effects, and perhaps a small network beside it.

    eta = alpha + code·code_alpha + x·beta + (code ⊗ z)·interaction + v·g(x), z = x[:, modifiers]; survival
    perhaps with effects that change from bin to bin.

    Attributes
    ----------
    alpha, code_alpha, beta, interaction
        (M, K), (M, q, K), (M, p), (M, q, m).
    modifiers
        (m,) columns of x whose effect may differ by therapy.
    network
        Empty, or w1 (M, p, h), b1 (M, h), w2 (M, h, h), b2 (M, h), v (M, h); GELU (tanh form) after each.
    varying
        Of a network for survival: effects of inputs and hidden units that change with time.
    """

    alpha: FloatArray
    code_alpha: FloatArray
    beta: FloatArray
    interaction: FloatArray
    modifiers: IntArray
    network: dict[str, FloatArray] = field(default_factory=dict)
    varying: TimeVarying | None = None
    kind: str = "score"

    def eta(self, x: FloatArray, code: FloatArray) -> FloatArray:
        """(M, n, K); see :class:`Predictor`."""
        score = x @ self.beta.T  # (n, M)
        if self.modifiers.size and self.interaction.size:
            z = x[:, self.modifiers]
            score = score + np.einsum("nq,nz,mqz->nm", code, z, self.interaction)
        base = self.alpha[:, None, :] + np.einsum("nq,mqk->mnk", code, self.code_alpha)
        if self.network:
            hidden = self._hidden(x)
            score = score + np.einsum("mnh,mh->nm", hidden, self.network["v"])
            if self.varying is not None:
                base = base + self.varying.score(x, hidden)
        return np.asarray(base + score.T[:, :, None], dtype=np.float64)

    def _hidden(self, x: FloatArray) -> FloatArray:
        net = self.network
        hidden = gelu(np.einsum("np,mph->mnh", x, net["w1"]) + net["b1"][:, None, :])
        return gelu(np.einsum("mnh,mhg->mng", hidden, net["w2"]) + net["b2"][:, None, :])

    def arrays(self) -> dict[str, FloatArray]:
        """All arrays by name."""
        out = {
            "alpha": self.alpha,
            "code_alpha": self.code_alpha,
            "beta": self.beta,
            "interaction": self.interaction,
            "modifiers": self.modifiers.astype(np.float64),
        }
        out |= {f"network_{name}": value for name, value in self.network.items()}
        varying = {} if self.varying is None else self.varying.arrays()
        return out | {f"varying_{name}": value for name, value in varying.items()}


def centered(predictor: "Predictor") -> "Predictor":
    """Members of a linear score moved so that their mean is the first one, which is then left out.

    The first member is the fit with equal weights, the one that selection judged: bootstrap members should
    tell its uncertainty, not replace it. Networks and trees gain from averaging and only lose the first.
    """
    if isinstance(predictor, ScorePredictor):
        fields = {name: getattr(predictor, name) for name in ("alpha", "code_alpha", "beta", "interaction")}
        if not predictor.network:
            moved = {name: value[1:] + (value[0] - value[1:].mean(axis=0)) for name, value in fields.items()}
            return replace(predictor, **moved)
        network = {name: value[1:] for name, value in predictor.network.items()}
        varying = None if predictor.varying is None else predictor.varying.without_first()
        rest = {name: value[1:] for name, value in fields.items()}
        return replace(predictor, network=network, varying=varying, **rest)
    if isinstance(predictor, ExpandedPredictor):
        score = centered(predictor.score)
        assert isinstance(score, ScorePredictor)
        return replace(predictor, score=score)
    if isinstance(predictor, TreePredictor):
        kept = predictor.member > 0
        return TreePredictor(
            predictor.feature[kept],
            predictor.threshold[kept],
            predictor.left[kept],
            predictor.right[kept],
            predictor.value[kept],
            predictor.member[kept] - 1,
            predictor.offset[1:],
            predictor.n_bins,
            predictor.mean_of_trees,
        )
    return predictor


def joined(first: ScorePredictor, second: ScorePredictor) -> ScorePredictor:
    """Linear scores of the same inputs as members of one, the first's before the second's."""
    return replace(
        first,
        alpha=np.concatenate([first.alpha, second.alpha]),
        code_alpha=np.concatenate([first.code_alpha, second.code_alpha]),
        beta=np.concatenate([first.beta, second.beta]),
        interaction=np.concatenate([first.interaction, second.interaction]),
    )


def gelu(x: FloatArray) -> FloatArray:
    """GELU in its tanh form (Hendrycks & Gimpel 2016), equal to torch's ``approximate="tanh"``."""
    return np.asarray(0.5 * x * (1 + np.tanh(0.7978845608028654 * (x + 0.044715 * x**3))), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class ExpandedPredictor:
    """A linear score on inputs with hinges and products."""

    basis: EffectBasis
    score: ScorePredictor
    kind: str = "expanded"

    def eta(self, x: FloatArray, code: FloatArray) -> FloatArray:
        """(M, n, K); see :class:`Predictor`."""
        return self.score.eta(self.basis.expand(x), code)

    def arrays(self) -> dict[str, FloatArray]:
        """All arrays by name."""
        out = {f"basis_{name}": value for name, value in self.basis.arrays().items()}
        return out | {f"score_{name}": value for name, value in self.score.arrays().items()}


@dataclass(frozen=True, slots=True)
class TreePredictor:
    """Sums or means of decision trees, all trees walked at once.

    Attributes
    ----------
    feature, threshold, left, right, value
        (T, nodes) padded; a leaf has feature -1. Inputs of a tree: x, the therapy code, and for survival the
        bin's number.
    member
        (T,) which ensemble member a tree belongs to.
    offset
        (M,) constant of a sum of trees; `mean_of_trees` says whether values are probabilities to be averaged.
    n_bins
        0 for response.
    """

    feature: IntArray
    threshold: FloatArray
    left: IntArray
    right: IntArray
    value: FloatArray
    member: IntArray
    offset: FloatArray
    n_bins: int
    mean_of_trees: bool
    kind: str = "trees"

    def eta(self, x: FloatArray, code: FloatArray) -> FloatArray:
        """(M, n, K); see :class:`Predictor`."""
        base = np.concatenate([x, code], axis=1)
        if not self.n_bins:
            return self._logit(base)[:, :, None]
        outs = [
            self._logit(np.concatenate([base, np.full((len(x), 1), float(k))], axis=1))
            for k in range(self.n_bins)
        ]
        return np.stack(outs, axis=2)

    def _logit(self, inputs: FloatArray) -> FloatArray:
        leaves = self._leaf_values(inputs)  # (n, T)
        m = len(self.offset)
        out = np.zeros((m, len(inputs)))
        for t, k in enumerate(self.member):  # one tree after the other: a sum whose order no batch changes
            out[k] += leaves[:, t]
        if self.mean_of_trees:
            out /= np.maximum(np.bincount(self.member, minlength=m), 1)[:, None]
        else:
            out += self.offset[:, None]
        if self.mean_of_trees:
            p = np.clip(out, 1e-3, 1 - 1e-3)
            return np.asarray(np.log(p / (1 - p)), dtype=np.float64)
        return out

    def _leaf_values(self, inputs: FloatArray) -> FloatArray:
        n, t = len(inputs), len(self.feature)
        node = np.zeros((n, t), dtype=np.int64)
        trees, rows = np.arange(t)[None, :], np.arange(n)[:, None]
        while True:
            feature = self.feature[trees, node]
            inner = feature >= 0
            if not inner.any():
                return np.asarray(self.value[trees, node], dtype=np.float64)
            # sklearn compares in float32; so do we, else a value on a threshold may fall on the other side
            go_left = inputs[rows, np.maximum(feature, 0)].astype(np.float32) <= self.threshold[trees, node]
            step = np.where(go_left, self.left[trees, node], self.right[trees, node])
            node = np.where(inner, step, node)

    def arrays(self) -> dict[str, FloatArray]:
        """All arrays by name."""
        return {
            "feature": self.feature.astype(np.float64),
            "threshold": self.threshold,
            "left": self.left.astype(np.float64),
            "right": self.right.astype(np.float64),
            "value": self.value,
            "member": self.member.astype(np.float64),
            "offset": self.offset,
            "shape": np.array([self.n_bins, float(self.mean_of_trees)]),
        }


@runtime_checkable
class ByRow(Protocol):
    """A predictor made of others, which knows how its own rows are scored one by one."""

    def eta_by_row(self, x: FloatArray, code: FloatArray) -> FloatArray:
        """(M, n, K), each row as if it were alone."""
        ...


def score_rows(predictor: Predictor, x: FloatArray, code: FloatArray) -> FloatArray:
    """(M, n, K) eta, one row at a time (see the module's text).

    Trees compare and average along a row only, the same for any number of rows: they go in blocks.
    """
    if isinstance(predictor, ByRow):
        return predictor.eta_by_row(x, code)
    block = 512 if predictor.kind == "trees" else 1
    parts = [predictor.eta(x[i : i + block], code[i : i + block]) for i in range(0, len(x), block)]
    return np.concatenate(parts, axis=1) if parts else np.zeros((1, 0, 1))
