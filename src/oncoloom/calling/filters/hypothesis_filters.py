"""Filters that fall out of the mixture: the strongest hypothesis that is not somatic names the filter."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.filters.base import CallFilter, FilterInputs
from oncoloom.calling.fragment_counts import shown_depth, shown_fraction
from oncoloom.calling.mixture import LEAST_TUMOR_IN_NORMAL
from oncoloom.kernels.arrays import STATISTIC
from oncoloom.kernels.mixture_core import (
    DAMAGE,
    ERROR,
    GERMLINE,
    HYPOTHESES,
    SHARED_NOISE,
    SLIPPAGE,
    SOMATIC,
    STRAND,
)

MOST_GERMLINE = 0.25
"""A normal of 8 to 16 fragments misses a heterozygous variant now and then; a call that may as well be one is
none, whatever the learned filter makes of it (normals called against themselves: 8 of 10 false calls)."""

UNSEEN_LEAK_NATS = -2.0  # up to here a substitution of the normal is germline, where no leak was estimated

LEAST_SHARED_FRAGMENTS, LEAST_SHARED_SHARE = 2, 0.25
"""Where the normal is not seen to hold tumor, a substitution that two of its fragments show, at a quarter of
the tumor's fraction or more, is noise of both (reads of another copy of a segment): the mixture grants every
somatic variant a little tumor in the normal, which outweighs noise that is rare in the sample. Indels have
slippage."""

FOREIGN = len(HYPOTHESES)  # one more, where the sample holds another person's DNA


def _strongest(inputs: FilterInputs, hypothesis: int) -> NDArray[np.bool_]:
    others = np.column_stack([inputs.posterior, inputs.foreign])
    others[:, SOMATIC] = -1.0
    named = (inputs.probability < inputs.cut) & ~_low_probability(inputs)
    return named & (others.argmax(axis=1) == hypothesis)


def _low_probability(inputs: FilterInputs) -> NDArray[np.bool_]:
    """The mixture accepts it, so that no hypothesis is the reason; the learned filter does not."""
    return (inputs.probability < inputs.cut) & (inputs.posterior[:, SOMATIC] >= inputs.cut)


def _weak_evidence(inputs: FilterInputs) -> NDArray[np.bool_]:
    return _strongest(inputs, ERROR) | (inputs.tumor[:, STATISTIC["alt"]] < 2)


def _normal_artifact(inputs: FilterInputs) -> NDArray[np.bool_]:
    strongest = _strongest(inputs, SHARED_NOISE)
    if inputs.tumor_in_normal > LEAST_TUMOR_IN_NORMAL:
        return strongest
    shared = inputs.normal[:, STATISTIC["alt"]] >= LEAST_SHARED_FRAGMENTS
    alike = shown_fraction(inputs.normal) >= LEAST_SHARED_SHARE * shown_fraction(inputs.tumor)
    else_passes = (inputs.probability >= inputs.cut) & ~_germline(inputs)
    return strongest | (shared & alike & ~inputs.is_indel & else_passes)


def _germline(inputs: FilterInputs) -> NDArray[np.bool_]:
    fraction = shown_fraction(inputs.normal)
    # An estimated leak is in the figure itself; without one, the margin stands for leaks that are not seen.
    margin = 0.0 if inputs.tumor_in_normal > LEAST_TUMOR_IN_NORMAL else UNSEEN_LEAK_NATS
    veto = np.where(
        inputs.is_indel, (inputs.veto > 0) & (fraction > 0.1), (inputs.veto > margin) & (fraction > 0.12)
    )
    doubtful = (inputs.posterior[:, GERMLINE] > MOST_GERMLINE) & (shown_depth(inputs.normal) > 0)
    return _strongest(inputs, GERMLINE) | veto | doubtful


def _of(hypothesis: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return lambda inputs: _strongest(inputs, hypothesis)


HYPOTHESIS_FILTERS = (
    CallFilter(
        "weak_evidence", "Sequencing errors explain it best, or fewer than two fragments", _weak_evidence
    ),
    CallFilter(
        "normal_artifact",
        "Noise that tumor and normal share explains it best, or the normal shows it at a like fraction",
        _normal_artifact,
    ),
    CallFilter("germline", "Germline explains it best, or the normal carries it", _germline),
    CallFilter("strand_bias", "An error of one strand explains it best", _of(STRAND)),
    CallFilter("orientation", "Damage seen in one read-pair orientation explains it best", _of(DAMAGE)),
    CallFilter("slippage", "Polymerase slippage explains it best", _of(SLIPPAGE)),
    CallFilter(
        "contamination", "A germline variant of another person in the tumor explains it best", _of(FOREIGN)
    ),
    CallFilter(
        "low_probability",
        "The trained filter finds it unlikely (PROB) although somatic explains it best (POST)",
        _low_probability,
    ),
)
