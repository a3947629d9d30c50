"""Compiling the kernels of copy number by measuring an invented tumor."""

import numpy as np

from oncoloom.features.clonality.cell_fraction import SiteCopies, cell_fractions
from oncoloom.features.copy_number.bins import Bins
from oncoloom.features.copy_number.doubling import read_peak
from oncoloom.features.copy_number.hets import HetSites
from oncoloom.features.copy_number.joint import segment_jointly
from oncoloom.features.copy_number.levels import measure_segments
from oncoloom.features.copy_number.purity_ploidy import fit_purity_ploidy
from oncoloom.features.copy_number.segmentation import segment_bins
from oncoloom.features.copy_number.sex_copies import FEMALE
from oncoloom.features.copy_number.snv_evidence import SomaticSites


def compile_copy_number() -> None:
    """Segment, fit and judge bins of one contig with a gained half."""
    n = 80
    rng = np.random.default_rng(1)
    index = np.arange(n, dtype=np.int64)
    level = np.repeat([0.0, 0.5], n // 2) + rng.normal(0, 0.05, n)
    bins = Bins(np.array(["1"] * n), index * 1000, index * 1000 + 1000, level, np.ones(n), 0.05)
    alt = rng.binomial(100, np.repeat([0.5, 0.35], n // 2)).astype(np.int64)
    hets = HetSites(bins.contig, bins.start, alt, np.full(n, 100, dtype=np.int64), index, 0.5, 0)
    segments = measure_segments(bins, segment_jointly(bins, hets), hets)
    segment_bins(bins, method="pelt")
    fit_purity_ploidy(segments.levels())
    sites = SomaticSites(np.array([20]), np.array([100]), np.array([0]))
    read_peak(sites, segments, 0.2, sex=FEMALE)
    cell_fractions([20], [100], [SiteCopies(2.0, 1)], purity=0.6, purity_sd=0.03)
