"""All filters, in the order in which a VCF lists them. A new filter is a module and a line here."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.filters.base import CallFilter, FilterInputs
from oncoloom.calling.filters.evidence_filters import EVIDENCE_FILTERS
from oncoloom.calling.filters.hypothesis_filters import HYPOTHESIS_FILTERS

FILTERS: tuple[CallFilter, ...] = (*HYPOTHESIS_FILTERS, *EVIDENCE_FILTERS)


def apply_filters(inputs: FilterInputs) -> NDArray[np.bool_]:
    """(n, n_filters) bool: which filter marks which candidate; none: it passes."""
    return np.stack([one.marks(inputs) for one in FILTERS], axis=1)


def mark_bits(marks: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(n,) int32: rows of marks, a bit a filter; 0: it passes."""
    return np.asarray(marks @ (1 << np.arange(len(FILTERS))), np.int32)


def filter_texts(bits: NDArray[np.int32]) -> list[str]:
    """FILTER column of candidates with these `mark_bits`."""
    names = [one.name for one in FILTERS]
    kinds, which = np.unique(bits, return_inverse=True)  # few kinds of rows
    texts = [
        ";".join(name for bit, name in enumerate(names) if kind >> bit & 1) or "PASS"
        for kind in kinds.tolist()
    ]
    return [texts[kind] for kind in which.tolist()]
