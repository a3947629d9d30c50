"""Therapies a model knows, their classes, and the codes by which effects are shared within a class."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from oncoloom.response.datamodule import UNRECORDED_THERAPY, CohortArrays, FloatArray, IntArray

MIN_TREATED = 20


@dataclass(frozen=True, slots=True)
class TherapyCodes:
    """Known therapies and their code matrix.

    Attributes
    ----------
    names, classes
        (A,) therapies, sorted, and the class of each (its own name where none was recorded).
    codes
        (A, q) 0/1. Columns: a class each (where there are two or more), then a drug each where its class
        holds several; only for classes and drugs that 20 patients or more got. A rarer drug borrows its
        class, a rarer class the mean of all (zeros). q = 0 with one therapy.
    is_drug
        (q,) True for drug columns: those effects are deviations from the class and shrink harder.
    n_treated
        (A,) training patients per therapy.
    """

    names: tuple[str, ...]
    classes: tuple[str, ...]
    codes: FloatArray
    is_drug: tuple[bool, ...]
    n_treated: tuple[int, ...]

    def index(self, therapies: list[str | None]) -> IntArray:
        """(n,) index of each therapy, -1 where unknown; a missing one is what training had unrecorded."""
        place = {name: i for i, name in enumerate(self.names)}
        names = [UNRECORDED_THERAPY if name is None else name for name in therapies]
        return np.array([place.get(name, -1) for name in names], dtype=np.int64)


def therapy_codes(arrays: CohortArrays) -> TherapyCodes:
    """The code of every therapy among these rows; rows are counted by therapy received."""
    counts = Counter(name for name in arrays.therapy if name is not None)
    names = tuple(sorted(counts))
    first_class: dict[str, str] = {}
    for name, group in zip(arrays.therapy, arrays.therapy_class, strict=True):
        if name is not None and group is not None:
            first_class.setdefault(name, group)
    classes = tuple(first_class.get(name, name) for name in names)
    per_class = Counter(classes)
    treated = Counter(first_class.get(name, name) for name in arrays.therapy if name is not None)
    columns: list[list[float]] = []
    is_drug: list[bool] = []
    if len(per_class) > 1:
        for group in sorted(group for group in per_class if treated[group] >= MIN_TREATED):
            columns.append([float(one == group) for one in classes])
            is_drug.append(False)
    for i, group in enumerate(classes):
        if per_class[group] > 1 and counts[names[i]] >= MIN_TREATED:
            columns.append([float(j == i) for j in range(len(names))])
            is_drug.append(True)
    codes = np.array(columns, dtype=np.float64).T if columns else np.zeros((len(names), 0))
    return TherapyCodes(names, classes, codes, tuple(is_drug), tuple(counts[name] for name in names))
