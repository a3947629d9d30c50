"""Class-conditional conformal outcome sets, and a lower bound of the survival time.

Response: Mondrian cross-conformal on out-of-fold logits (Vovk 2012, Romano 2020). Survival: the event share
u = F(t|x) of events, weighted by the inverse probability of being uncensored, gives a corrected quantile
(Candès, Lei, Ren 2023); the censoring curve is Kaplan-Meier per arm, simpler than a censoring model: the two
covered the same in simulation.
"""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.datamodule import FloatArray
from oncoloom.response.survival_metrics import censoring_curve

LEVEL = 0.1
RESPONSE, NO_RESPONSE = "response", "no response"


@dataclass(frozen=True, slots=True)
class OutcomeSets:
    """Sorted out-of-fold logits of responders and of the others."""

    responders: FloatArray
    others: FloatArray

    def p_values(self, logit: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(n,) p of "response", (n,) p of "no response"."""
        below = np.searchsorted(self.responders, logit, side="right")
        above = self.others.size - np.searchsorted(self.others, logit, side="left")
        return (1 + below) / (self.responders.size + 1), (1 + above) / (self.others.size + 1)

    def sets(self, logit: FloatArray, *, level: float = LEVEL) -> list[str]:
        """Outcomes not excluded at 1 - `level`, joined by ``|``; the likelier one where both are excluded."""
        p_yes, p_no = self.p_values(logit)
        out = []
        for yes, no in zip(p_yes, p_no, strict=True):
            kept = [name for name, p in ((RESPONSE, yes), (NO_RESPONSE, no)) if p > level]
            out.append("|".join(kept) if kept else (RESPONSE if yes >= no else NO_RESPONSE))
        return out


def fit_outcome_sets(logit: FloatArray, label: FloatArray) -> OutcomeSets:
    """The sets of out-of-fold logits with known outcome."""
    return OutcomeSets(np.sort(logit[label > 0]), np.sort(logit[label == 0]))


def fit_event_share(
    event_share: FloatArray, time: FloatArray, event: FloatArray, arm: FloatArray, *, level: float = LEVEL
) -> float:
    """The share q of F(t|x) below which a share `level` of patients has the event: bound = F^-1(q|x).

    `event_share` (n,) is F(t_i|x_i) out of fold. `level` itself without events.
    """
    weight = np.zeros_like(time)
    for one in np.unique(arm):
        rows = arm == one
        g = np.maximum(censoring_curve(time[rows], event[rows]).before(time[rows]), 0.05)
        weight[rows] = event[rows] / g
    if weight.sum() == 0:
        return level
    order = np.argsort(event_share, kind="stable")
    # all patients count in the denominator: the unweighted n is the mass the weighted events stand for
    mass = np.cumsum(weight[order]) / max(time.size, weight.sum())
    place = int(np.searchsorted(mass, level))
    if place >= order.size:
        return level
    return float(np.clip(event_share[order][place], 0.0, 1.0))
