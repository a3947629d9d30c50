"""Fit of a tumor with its normal."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.candidate_table import CandidateTable
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
    SiteClasses,
    score_candidates,
)
from oncoloom.calling.pon.terms import add_panel_terms
from oncoloom.calling.sample_fit import FitSettings, SampleFit, fit_rates, site_classes

MOST_GERMLINE = 0.5
_ARTIFACTS = [ERROR, STRAND, DAMAGE, SLIPPAGE]


def fit_pair(table: CandidateTable, settings: FitSettings) -> SampleFit:
    """Two passes: the second knows how much tumor the normal holds, where that can be told."""
    classes = site_classes(table)
    scores = score_candidates(table.histograms, classes, device=settings.device)
    _add_panel(scores, table, classes, settings)
    mixture = fit_rates(table, scores, classes, settings)
    confident = (classes.index < 3) & _clear_of_artifacts(mixture)
    leak = estimate_tumor_in_normal(table.tumor, table.normal, confident)
    if leak.fraction is not None and leak.fraction > LEAST_TUMOR_IN_NORMAL:
        scores = score_candidates(
            table.histograms, classes, tumor_in_normal=leak.fraction, device=settings.device
        )
        _add_panel(scores, table, classes, settings)
        mixture = fit_rates(table, scores, classes, settings)
    nobody = np.zeros(len(table.ref))
    return with_foreign(table, SampleFit(scores, mixture, nobody, leak), classes, settings)


def _add_panel(
    scores: NDArray[np.float64], table: CandidateTable, classes: SiteClasses, settings: FitSettings
) -> None:
    if settings.panel is not None:
        add_panel_terms(scores, table.histograms, classes, table.panel, settings.panel)


def _clear_of_artifacts(mixture: Mixture) -> NDArray[np.bool_]:
    """No strand, damage, slippage or plain error: somatic, or only the normal's reads speak against it.

    What is rather germline is none, too: in a sample with few somatic variants the heterozygous ones that the
    normal shows seldom by chance would be most of them, and look like tumor in the normal.
    """
    artifact = mixture.posterior[:, _ARTIFACTS].sum(axis=1)
    return np.asarray((artifact < 0.1) & (mixture.posterior[:, GERMLINE] < MOST_GERMLINE))
