"""Filters with a fixed threshold on the evidence."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.filters.base import CallFilter, FilterInputs
from oncoloom.calling.fragment_counts import shown_depth
from oncoloom.calling.pon.file import COUNTS
from oncoloom.kernels.arrays import STATISTIC

CLUSTER_BP, CLUSTER_OTHERS = 60, 3
NOISY_NORMALS = 2


def _low_fraction(inputs: FilterInputs) -> NDArray[np.bool_]:
    alt = inputs.tumor[:, STATISTIC["alt"]]
    return alt < inputs.min_af * np.maximum(shown_depth(inputs.tumor), 1)


def _map_qual(inputs: FilterInputs) -> NDArray[np.bool_]:
    reads = np.maximum(inputs.tumor[:, STATISTIC["alt_reads"]], 1)
    mean = inputs.tumor[:, STATISTIC["alt_mapq_sum"]] / reads
    return (inputs.tumor[:, STATISTIC["alt_reads"]] > 0) & (mean < 10)


def _read_position(inputs: FilterInputs) -> NDArray[np.bool_]:
    reads = np.maximum(inputs.tumor[:, STATISTIC["alt_reads"]], 1)
    clipped = inputs.tumor[:, STATISTIC["alt_clipped_reads"]] / reads
    distance = inputs.tumor[:, STATISTIC["alt_end_distance"]]
    near = (distance < 2) | ((distance < 3) & (clipped > 0.5))
    return ~inputs.is_indel & (distance >= 0) & near


def _duplicate(inputs: FilterInputs) -> NDArray[np.bool_]:
    return (inputs.tumor[:, STATISTIC["alt"]] >= 2) & (inputs.tumor[:, STATISTIC["alt_starts"]] < 2)


def _clustered_events(inputs: FilterInputs) -> NDArray[np.bool_]:
    """Others count when their allele fraction is within a factor of two: one set of misplaced reads."""
    marks = np.zeros(len(inputs.pos), bool)
    likely = np.flatnonzero(inputs.probability >= inputs.cut)
    place = inputs.contig[likely] * (1 << 40) + inputs.pos[likely]
    alt = inputs.tumor[likely, STATISTIC["alt"]]
    fraction = alt / np.maximum(alt + inputs.tumor[likely, STATISTIC["ref"]], 1)
    low = np.searchsorted(place, place - CLUSTER_BP, side="left")
    high = np.searchsorted(place, place + CLUSTER_BP, side="right")
    for index in np.flatnonzero(high - low - 1 > CLUSTER_OTHERS).tolist():
        near = fraction[low[index] : high[index]]
        alike = (near <= 2 * fraction[index]) & (near >= 0.5 * fraction[index])
        marks[likely[index]] = int(alike.sum()) - 1 > CLUSTER_OTHERS
    return marks


def _panel_of_normals(inputs: FilterInputs) -> NDArray[np.bool_]:
    return inputs.panel[:, COUNTS.index("noisy_normals")] >= NOISY_NORMALS


EVIDENCE_FILTERS = (
    CallFilter("low_af", "Tumor allele fraction below the lowest that is called", _low_fraction),
    CallFilter("map_qual", "Mean mapping quality of the supporting reads below 10", _map_qual),
    CallFilter(
        "read_position",
        "Substitution in the last 2 bases of the supporting reads, or the last 3 and most of them clipped",
        _read_position,
    ),
    CallFilter("duplicate", "All supporting fragments begin at one place", _duplicate),
    CallFilter(
        "clustered_events",
        "More than 3 other likely somatic calls of like fraction within 60 bp",
        _clustered_events,
    ),
    CallFilter(
        "panel_of_normals",
        "At least 2 normals of the panel show it in 2 fragments or more, below a fraction of 0.2",
        _panel_of_normals,
    ),
)
