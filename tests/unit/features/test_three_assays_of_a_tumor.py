"""One tumor cut to a panel, an exome and a genome: what compares has overlapping intervals."""

import random

import numpy as np
import polars as pl
import pytest

from oncoloom.features.assay_effects import EFFECTS, effect_of
from oncoloom.features.intervals import IntervalSet
from oncoloom.features.schema import FEATURES
from oncoloom.features.tmb.calibration import fit_calibration, harmonize
from oncoloom.features.tmb.counts import count_burden
from oncoloom.features.tmb.rate import compute_tmb, rate_of

EXOME = IntervalSet([("1", 10_000 * n, 10_000 * n + 3_000) for n in range(10_000)])  # 30 Mb of 100 Mb
PANEL = IntervalSet([("1", a, b) for _, a, b in EXOME.intervals[::25]])  # 400 exons, 1.2 Mb
GENOME = IntervalSet([("1", 0, 100_000_000)])


def _tumor(rate_per_mb, seed):
    """Coding mutations by a Poisson process on the exome, a quarter silent, and ten times as many between."""
    rng = random.Random(seed)
    numbers = np.random.default_rng(seed)
    rows = []
    for _ in range(numbers.poisson(rate_per_mb * 4 / 3 * 30)):
        start = 10_000 * rng.randrange(10_000)
        term = "synonymous_variant" if rng.random() < 0.25 else "missense_variant"
        rows.append(("1", start + 1 + rng.randrange(3_000), term, False, None, None))
    between = [
        (
            "1",
            10_000 * rng.randrange(10_000) + 3_001 + rng.randrange(7_000),
            "intron_variant",
            False,
            None,
            None,
        )
        for _ in range(numbers.poisson(rate_per_mb * 70))
    ]
    columns = {
        "chrom": pl.String(), "pos": pl.Int64(), "consequence": pl.String(), "driver": pl.Boolean(),
        "hotspot": pl.String(), "population_af": pl.Float64(),
    }  # fmt: skip
    return pl.DataFrame(rows + between, schema=columns, orient="row")


def _seen(variants, regions):
    counts = count_burden(variants, regions, None)
    coding = EXOME.intervals
    return counts, compute_tmb(counts.n_nonsynonymous, counts.n_coding, regions.shared(coding), 0.67)


@pytest.fixture(scope="module")
def calibration():
    """The laboratory's own: sixty other tumors by panel and exome."""
    pairs = [
        (_seen(v, PANEL)[0].n_panel, _seen(v, EXOME)[0].n_nonsynonymous)
        for v in map(_tumor, np.linspace(1, 40, 60), range(100, 160))
    ]
    panel, exome = (np.array(column) for column in zip(*pairs, strict=True))
    return fit_calibration(panel, exome, np.full(60, 1.2), np.full(60, 30.0), source="sixty simulated tumors")


def test_the_calibration_finds_the_share_of_silent_changes(calibration):
    assert calibration.lower < 0.75 < calibration.upper


@pytest.mark.parametrize(("rate", "seed"), [(2.0, 1), (8.0, 2), (25.0, 3)])
def test_a_genome_equals_an_exome_and_a_panel_holds_both(calibration, rate, seed):
    variants = _tumor(rate, seed)
    _, genome = _seen(variants, GENOME)
    _, exome = _seen(variants, EXOME)
    counts, panel = _seen(variants, PANEL)
    assert (genome.value, genome.lower, genome.all_coding) == (exome.value, exome.lower, exome.all_coding)
    harmonized, reason = harmonize(calibration, rate_of(counts.n_panel, 1.2), paired=True)
    assert reason is None
    assert harmonized.lower < exome.value < harmonized.upper
    assert panel.upper - panel.lower > 3 * (exome.upper - exome.lower)
    assert exome.level == panel.level or "indeterminate" in (exome.level, panel.level)


def test_every_feature_says_what_the_assay_changes():
    for spec in FEATURES:
        effect = effect_of(spec.name)
        assert effect.panel
        assert effect.exome
        assert effect.genome
    assert all(any(spec.name.startswith(one.prefixes) for spec in FEATURES) for one in EFFECTS)
