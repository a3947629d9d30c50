"""The champion: best on inner folds, ties to the simpler by one paired standard error (Breiman 1984)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from oncoloom.response.datamodule import FloatArray


@dataclass(frozen=True, slots=True)
class CandidateScore:
    """A candidate's score on each inner fold, higher is better; NaN where a fold could not be judged.

    `rank` orders simplicity: lower is simpler.
    """

    name: str
    rank: int
    folds: FloatArray

    @property
    def mean(self) -> float | None:
        """Mean over the folds that could be judged; None if none could."""
        known = self.folds[np.isfinite(self.folds)]
        return float(known.mean()) if known.size else None


@dataclass(frozen=True, slots=True)
class Choice:
    """What the rule decided, with the evidence for it."""

    champion: str
    best: str
    evidence: tuple[dict[str, Any], ...]


def choose(candidates: list[CandidateScore]) -> Choice:
    """The simplest candidate that the best does not beat by more than one paired standard error.

    For each simpler candidate: d = best - simpler on the same folds, se = sd(d) / sqrt(folds). Where no fold
    can be judged the simplest candidate stands.
    """
    ordered = sorted(candidates, key=lambda one: one.rank)
    judged = [one for one in ordered if one.mean is not None]
    if not judged:
        return Choice(ordered[0].name, ordered[0].name, ())
    best = max(judged, key=lambda one: (one.mean or 0.0, -one.rank))
    evidence: list[dict[str, Any]] = []
    champion = best
    for one in judged:
        difference = best.folds - one.folds
        difference = difference[np.isfinite(difference)]
        mean = float(difference.mean()) if difference.size else 0.0
        error = float(difference.std(ddof=1) / np.sqrt(difference.size)) if difference.size > 1 else 0.0
        tied = mean <= error
        evidence.append(
            {"name": one.name, "score": one.mean, "behind_best": mean, "paired_se": error, "tied": tied}
        )
        if tied and one.rank < champion.rank:
            champion = one
    return Choice(champion.name, best.name, tuple(evidence))
