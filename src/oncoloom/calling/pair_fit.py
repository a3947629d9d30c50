"""Fit of a tumor with its normal."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.candidate_table import Candidates
from oncoloom.calling.contamination import estimate_tumor_in_normal
from oncoloom.calling.foreign_dna import with_foreign
from oncoloom.calling.mixture import (
    DAMAGE,
    ERROR,
    GERMLINE,
    LEAST_TUMOR_IN_NORMAL,
    SLIPPAGE,
    STRAND,
    Mixture,
)
from oncoloom.calling.sample_fit import FitSettings, SampleFit, fit_rates, score_sample

MOST_GERMLINE = 0.5
_ARTIFACTS = [ERROR, STRAND, DAMAGE, SLIPPAGE]


def fit_pair(table: Candidates, settings: FitSettings) -> SampleFit:
    """Two passes: the second knows how much tumor the normal holds, where that can be told."""
    scores = score_sample(table, settings)
    mixture = fit_rates(table, scores, settings)
    confident = (table.classes.index < 3) & _clear_of_artifacts(mixture)
    leak = estimate_tumor_in_normal(table.tumor, table.normal, confident)
    if leak.fraction is not None and leak.fraction > LEAST_TUMOR_IN_NORMAL:
        scores = score_sample(table, settings, tumor_in_normal=leak.fraction)
        mixture = fit_rates(table, scores, settings)
    return with_foreign(table, SampleFit(scores, mixture, np.zeros(len(table)), leak), settings)


def _clear_of_artifacts(mixture: Mixture) -> NDArray[np.bool_]:
    """No strand, damage, slippage or plain error: somatic, or only the normal's reads speak against it.

    What is rather germline is none, too: in a sample with few somatic variants the heterozygous ones that the
    normal shows seldom by chance would be most of them, and look like tumor in the normal.
    """
    artifact = mixture.posterior[:, _ARTIFACTS].sum(axis=1)
    return np.asarray((artifact < 0.1) & (mixture.posterior[:, GERMLINE] < MOST_GERMLINE))
