"""Similar treated patients as counts: same tumor type, same therapy, same third of the predicted probability.

The model keeps counts and observed shares of these cells, never a patient's values; an observed share only
from ten patients on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from oncoloom.response.datamodule import BoolArray, FloatArray
from oncoloom.response.survival_metrics import kaplan_meier

MIN_SHOWN = 10
ALL_TYPES = ""


@dataclass(frozen=True, slots=True)
class SimilarPatients:
    """Horizon ("" for response) to therapy to ``{"cuts": [c1, c2], "cells": {type: [[n, share], ...]}}``."""

    cells: dict[str, dict[str, Any]]

    def look_up(
        self, horizon: str, therapy: str, tumor_type: str | None, probability: float
    ) -> tuple[int, float | None]:
        """Number of similar patients and the observed share with the event among them."""
        table = self.cells.get(horizon, {}).get(therapy)
        if table is None:
            return 0, None
        third = int(np.searchsorted(table["cuts"], probability, side="right"))
        row = table["cells"].get(tumor_type if tumor_type is not None else ALL_TYPES)
        if row is None:
            return 0, None
        n, share = row[third]
        return int(n), share


def count_similar(
    probability: FloatArray,
    therapy: list[str],
    tumor_type: list[str | None],
    time: FloatArray,
    event: FloatArray,
    day: float | None,
) -> dict[str, Any]:
    """Cells of one horizon from out-of-fold probabilities under the therapy received; outcomes known."""
    out: dict[str, Any] = {}
    for one, cuts, kind, thirds in similar_groups(probability, therapy, tumor_type):
        cells = out.setdefault(one, {"cuts": list(cuts), "cells": {}})["cells"]
        cells[kind] = [_cell(time, event, rows, day) for rows in thirds]
    return out


def similar_groups(
    probability: FloatArray, therapy: list[str], tumor_type: list[str | None]
) -> Iterator[tuple[str, tuple[float, float], str, list[BoolArray]]]:
    """Therapy, its two cuts of the probability, tumor type ("" = all), and the rows (n,) of each third."""
    names = np.array(therapy)
    for one in sorted(set(therapy)):
        mine = names == one
        low, high = (float(c) for c in np.quantile(probability[mine], [1 / 3, 2 / 3]))
        third = np.searchsorted([low, high], probability, side="right")
        types = {t for t, m in zip(tumor_type, mine, strict=True) if m and t is not None}
        for kind in [*sorted(types), ALL_TYPES]:
            same = mine & np.array([kind in (ALL_TYPES, t) for t in tumor_type])
            yield one, (low, high), kind, [same & (third == k) for k in range(3)]


def _cell(time: FloatArray, event: FloatArray, rows: BoolArray, day: float | None) -> list[Any]:
    n = int(rows.sum())
    if n < MIN_SHOWN:
        return [n, None]
    if day is None:
        return [n, round(float(event[rows].mean()), 4)]
    return [n, round(1 - float(kaplan_meier(time[rows], event[rows]).at(np.array([day]))[0]), 4)]
