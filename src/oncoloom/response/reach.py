"""How far training reaches: the distance of a patient from those it saw (Mahalanobis within tumor group)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from oncoloom.response.datamodule import CohortArrays, FloatArray, IntArray
from oncoloom.response.design import Design
from oncoloom.response.feature_rules import tumor_group

QUANTILE = 0.995
GROUPS = ("melanoma", "lung", "other", "")


@dataclass(frozen=True, slots=True)
class TrainingReach:
    """Centers per tumor group and one precision matrix of the standardized numeric inputs.

    `columns` (d,) are their places in the design; `limit` is the 99.5 % quantile of held-out distances.
    """

    columns: IntArray
    centers: FloatArray
    precision: FloatArray
    limit: float

    def distance(self, raw: FloatArray, arrays: CohortArrays) -> tuple[FloatArray, FloatArray]:
        """Distances (n,) and each column's share of the squared distance (n, d).

        `raw` (n, p) is `Design.encode_raw`; a missing value sits at its group's center and adds nothing.
        """
        center = self.centers[_group_index(arrays)]
        gap = raw[:, self.columns] - center
        gap = np.where(np.isfinite(gap), gap, 0.0)
        parts = gap * (gap @ self.precision)
        return np.sqrt(np.maximum(parts.sum(axis=1), 0.0)), parts

    def as_dict(self) -> dict[str, Any]:
        """Plain values; the arrays go beside."""
        return {"limit": self.limit}


def _group_index(arrays: CohortArrays) -> IntArray:
    types = arrays.categories.get("tumor_type", [None] * len(arrays))
    return np.array([GROUPS.index(tumor_group(value) or "") for value in types], dtype=np.int64)


def fit_reach(design: Design, arrays: CohortArrays, folds: IntArray) -> TrainingReach:
    """Fit centers and precision on all rows, the limit on distances of held-out folds."""
    columns = np.array(
        [
            i
            for i, column in enumerate(design.columns)
            if column.part == "value" and design.rule(column.source).kind in {"number", "log", "log1p"}
        ],
        dtype=np.int64,
    )
    raw, group = design.encode_raw(arrays), _group_index(arrays)
    held_out = np.zeros(len(arrays))
    for fold in np.unique(folds):
        train = folds != fold
        centers, precision = _moments(raw[train][:, columns], group[train])
        part = TrainingReach(columns, centers, precision, np.inf)
        rows = np.flatnonzero(~train).astype(np.int64)
        held_out[rows] = part.distance(raw[rows], arrays.take(rows))[0]
    centers, precision = _moments(raw[:, columns], group)
    return TrainingReach(columns, centers, precision, float(np.quantile(held_out, QUANTILE)))


def _moments(values: FloatArray, group: IntArray) -> tuple[FloatArray, FloatArray]:
    d = values.shape[1]
    centers = np.zeros((len(GROUPS), d))
    overall = (
        np.array([np.nanmean(c) if np.isfinite(c).any() else 0.0 for c in values.T]) if d else np.zeros(0)
    )
    for k in range(len(GROUPS)):
        mine = values[group == k]
        centers[k] = overall
        if len(mine) >= 20:
            seen = np.isfinite(mine).sum(axis=0) >= 10
            centers[k, seen] = np.nanmean(mine[:, seen], axis=0)
    gap = np.where(np.isfinite(values), values - centers[group], 0.0)
    # ridge: a constant or nearly doubled column must not blow up the distance
    covariance = gap.T @ gap / max(len(gap), 1) + 0.05 * np.eye(d)
    precision = np.linalg.inv(covariance) if d else covariance
    return centers, np.asarray(precision, dtype=np.float64)
