"""Folds: grouped by patient, stratified by outcome and therapy, the same whatever the order of the rows."""

import hashlib

import numpy as np

from oncoloom.response.bundle import Bundle
from oncoloom.response.datamodule import IntArray


def outer_folds(bundle: Bundle, endpoint: str, *, n_folds: int, seed: int) -> IntArray:
    """(n,) folds, grouped by patient, stratified by outcome and therapy."""
    event = bundle.arrays.event[endpoint]
    strata = [
        f"{'?' if not np.isfinite(e) else int(e)}\t{therapy}"
        for e, therapy in zip(event, bundle.arrays.therapy, strict=True)
    ]
    return assign_folds(bundle.arrays.patient_id, strata, n_folds=n_folds, seed=seed)


def assign_folds(groups: list[str], strata: list[str], *, n_folds: int, seed: int) -> IntArray:
    """(n,) fold of each row, 0-based.

    Rows of one group (a patient) share a fold. Groups are shuffled by a hash of seed and name within their
    stratum (that of their first row in sorted order) and dealt out one by one, going on where the stratum
    before stopped, so that fold sizes differ by one group at most.
    """
    first: dict[str, str] = {}
    for group, stratum in sorted(zip(groups, strata, strict=True)):
        first.setdefault(group, stratum)
    by_stratum: dict[str, list[str]] = {}
    for group, stratum in first.items():
        by_stratum.setdefault(stratum, []).append(group)
    fold_of: dict[str, int] = {}
    dealt = 0
    for stratum in sorted(by_stratum):
        for group in sorted(by_stratum[stratum], key=lambda name: _hash(seed, name)):
            fold_of[group] = dealt % n_folds
            dealt += 1
    return np.array([fold_of[group] for group in groups], dtype=np.int64)


def _hash(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}\t{name}".encode()).hexdigest()
