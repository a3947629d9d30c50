"""Markers per drug: genomic features whose carriers respond otherwise than others of their tissue."""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import FloatArray
from oncoloom.response.cell_lines.screen import Screen

MIN_T = 3.3
MIN_CARRIERS = 5
SHRINK = 5.0  # carriers' worth of evidence for no effect


@dataclass(frozen=True, slots=True)
class Markers:
    """Effects (p, d) in standardized units, 0 where a feature is no marker of a drug."""

    effects: FloatArray

    def of_drug(self, index: int) -> list[int]:
        """Features that are markers of one drug, strongest first."""
        found = np.flatnonzero(self.effects[:, index])
        return [int(i) for i in found[np.argsort(-np.abs(self.effects[found, index]), kind="stable")]]


def fit_markers(screen: Screen, response: FloatArray) -> Markers:
    """Markers of a standardized response (n, d), NaN = not measured.

    A feature is a marker if its within-tissue t is beyond 3.3 with five or more carriers among the lines
    measured; the markers of a drug are then fitted together by ridge regression.
    """
    effects = np.zeros((len(screen.features), len(screen.drugs)))
    for j in range(len(screen.drugs)):
        rows = np.flatnonzero(np.isfinite(response[:, j]))
        if rows.size < 3 * MIN_CARRIERS:
            continue
        names = tuple(screen.tissue[int(i)] for i in rows)
        y = within_tissue(response[rows, j][:, None], names)[:, 0]
        x = within_tissue(screen.genome[rows], names)
        square = (x**2).sum(axis=0)
        enough = (screen.genome[rows].sum(axis=0) >= MIN_CARRIERS) & (square > 1e-9)
        slope = np.where(enough, (x.T @ y) / np.maximum(square, 1e-9), 0.0)
        rest = np.maximum((y @ y) - slope**2 * square, 1e-9) / max(rows.size - 2, 1)
        t = slope * np.sqrt(square / rest)
        chosen = np.flatnonzero(enough & (np.abs(t) > MIN_T))
        if chosen.size:
            part = x[:, chosen]
            effects[chosen, j] = np.linalg.solve(part.T @ part + SHRINK * np.eye(chosen.size), part.T @ y)
    return Markers(effects)


def within_tissue(values: FloatArray, tissue: tuple[str, ...]) -> FloatArray:
    """(n, p) values minus the mean of their tissue."""
    out = values.copy()
    names = np.array(tissue)
    for name in np.unique(names):
        mine = names == name
        out[mine] -= values[mine].mean(axis=0)
    return out
