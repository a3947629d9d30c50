"""Fit of a tumor with its normal."""

import numpy as np

from oncoloom.calling.candidate_table import Candidates
from oncoloom.calling.columns import blocks, zero_rows
from oncoloom.calling.contamination import Estimate, estimate_tumor_in_normal
from oncoloom.calling.foreign_dna import with_foreign
from oncoloom.calling.mixture import (
    DAMAGE,
    ERROR,
    GERMLINE,
    LEAST_TUMOR_IN_NORMAL,
    SLIPPAGE,
    STRAND,
)
from oncoloom.calling.mixture_fit import SampleMixture
from oncoloom.calling.sample_fit import FitSettings, SampleFit, fit_rates, score_sample

MOST_GERMLINE = 0.5
N_SUBSTITUTION_CLASSES = 3  # the first ones of `mixture.CLASSES`
_ARTIFACTS = [ERROR, STRAND, DAMAGE, SLIPPAGE]


def fit_pair(table: Candidates, settings: FitSettings) -> SampleFit:
    """Two passes: the second knows how much tumor the normal holds, where that can be told."""
    scores = score_sample(table, settings)
    mixture = fit_rates(table, scores, settings)
    leak = _tumor_in_normal(table, mixture)
    if leak.fraction is not None and leak.fraction > LEAST_TUMOR_IN_NORMAL:
        scores = score_sample(table, settings, tumor_in_normal=leak.fraction)
        mixture = fit_rates(table, scores, settings)
    return with_foreign(table, SampleFit(scores, mixture, zero_rows(len(table)), leak), settings)


def _tumor_in_normal(table: Candidates, mixture: SampleMixture) -> Estimate:
    """From confident somatic substitutions: no strand, damage, slippage or plain error.

    Somatic, or only the normal's reads speak against it. What is rather germline is none, too: in a sample
    with few somatic variants the heterozygous ones that the normal shows seldom by chance would be most of
    them, and look like tumor in the normal.
    """
    tumor, normal = [table.tumor[0:0]], [table.normal[0:0]]
    for rows in blocks(len(table)):
        posterior = mixture.posterior[rows]
        clear = (posterior[:, _ARTIFACTS].sum(axis=1) < 0.1) & (posterior[:, GERMLINE] < MOST_GERMLINE)
        confident = clear & (table.class_index[rows] < N_SUBSTITUTION_CLASSES)
        tumor.append(table.tumor[rows][confident])
        normal.append(table.normal[rows][confident])
    return estimate_tumor_in_normal(np.concatenate(tumor), np.concatenate(normal))
