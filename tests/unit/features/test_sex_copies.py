"""X and Y of men, women, XXY and patients of unknown sex: copies, genes, fractions, tables."""

import json

import numpy as np
import polars as pl
import pytest

from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.config import FeaturesConfig
from oncoloom.features.contracts import SEGMENTS_TABLE
from oncoloom.features.copy_number.bins import Bins, depth_bins
from oncoloom.features.copy_number.correction import PooledDepth, log_ratios
from oncoloom.features.copy_number.dots import genome_dots
from oncoloom.features.copy_number.gene_calls import CopyScale, gene_copies
from oncoloom.features.copy_number.genome_state import altered_fraction
from oncoloom.features.copy_number.hets import no_sites
from oncoloom.features.copy_number.imported import imported_gene_copies
from oncoloom.features.copy_number.levels import measure_segments
from oncoloom.features.copy_number.sample_bins import NO_Y, sample_bins
from oncoloom.features.copy_number.sex_copies import (
    FEMALE,
    MALE,
    UNKNOWN_SEX,
    SexCopies,
    sex_copies,
    sex_of_calls,
)
from oncoloom.features.copy_number.states import assign_states
from oncoloom.features.copy_number.table import segment_rows

XXY, X0 = SexCopies(2.0, 1.0), SexCopies(1.0, 0.0)
PURITY, N = 0.6, 60
CONTIGS = ("1", "X", "Y")


def _raw(copies, normal, *, paired=True, purity=PURITY, seed=3):
    """features_raw of a tumor with `copies` of each contig and normal cells with `normal`."""
    rng = np.random.default_rng(seed)
    parts = []
    start = np.arange(N) * 10_000
    for contig, tumor_copies, own in zip(CONTIGS, copies, normal, strict=True):
        mixed = purity * tumor_copies + (1 - purity) * own
        depth = {"tumor": rng.poisson(1000 * mixed, N) * 200}
        if paired:
            depth["normal"] = rng.poisson(500 * own, N) * 200
        for role, sums in depth.items():
            for key, counts in ((0, sums), (1, np.full(N, 9_000)), (2, np.full(N, 4_000))):
                columns = {"start": start, "end": start + 10_000, "count": counts}
                fixed = {"kind": "coverage", "role": role, "sample_id": role, "chrom": contig, "label": None}
                parts.append(
                    pl.DataFrame(columns).with_columns(
                        pl.lit(key, dtype=pl.Int32).alias("key"),
                        *(pl.lit(value, dtype=pl.String).alias(name) for name, value in fixed.items()),
                    )
                )
    return pl.concat(parts).select(list(FEATURES_RAW_TABLE.polars_schema()))


def _measured(copies, sex, **options):
    raw = _raw(copies, [2, sex.x or 0, sex.y or 0], **options)
    bins, _ = sample_bins(raw, dict.fromkeys(CONTIGS, 600_000), FeaturesConfig(), sex=sex)
    segments = measure_segments(bins, list(bins.spans().values()), no_sites())
    states = assign_states(
        segments, purity=PURITY, ploidy=2.0, center=0.0, tau=(0.02, 0.012), weights=None, sex=sex
    )
    return bins, segments, states


@pytest.mark.parametrize(
    ("sex", "copies"),
    [
        (MALE, [2, 1, 1]), (MALE, [2, 2, 0]), (MALE, [2, 0, 1]), (FEMALE, [2, 2, 0]), (FEMALE, [2, 1, 0]),
        (XXY, [2, 2, 1]), (XXY, [2, 3, 1]), (X0, [2, 1, 0]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("paired", [True, False])
def test_copies_are_the_tumors_own_with_a_normal_and_without(sex, copies, paired):
    bins, segments, states = _measured(copies, sex, paired=paired)
    found = dict(zip(segments.contig.tolist(), states.total.tolist(), strict=True))
    there = {name: n for name, n, own in zip(CONTIGS, copies, (2, sex.x, sex.y), strict=True) if own}
    assert found == there
    assert bins.dropped.get(NO_Y, 0) == (N if sex.y == 0 else 0)
    changed = np.mean([n != own for n, own in zip(copies, (2, sex.x, sex.y), strict=True) if own])
    assert altered_fraction(segments, states, sex) == pytest.approx(changed)
    assert altered_fraction(segments, None, sex) == pytest.approx(changed)


def test_unknown_sex_gives_no_copies_of_x_and_y_and_says_nothing_of_them():
    raw = _raw([2, 1, 1], [2, 1, 1])
    bins, _ = sample_bins(raw, dict.fromkeys(CONTIGS, 600_000), FeaturesConfig(), sex=UNKNOWN_SEX)
    segments = measure_segments(bins, list(bins.spans().values()), no_sites())
    options = {"purity": PURITY, "ploidy": 2.0, "center": 0.0, "tau": (0.02, 0.012), "weights": None}
    states = assign_states(segments, **options, sex=UNKNOWN_SEX)
    rows = segment_rows(segments, states, {}, patient_id="P", sample_id="S")
    assert rows["total_cn"].to_list() == [2.0, None, None]
    assert rows["copies"].is_null().to_list() == [False, True, True]
    assert altered_fraction(segments, states, UNKNOWN_SEX) == 0.0
    scale = CopyScale(PURITY, 2.0, 0.0, 0.02, UNKNOWN_SEX)
    assert {one["chrom"] for one in genome_dots(bins, segments, no_sites(), scale)["bins"]} == {"1"}
    gene = gene_copies(bins, {"AR": [("X", 0, 500_000)]}, scale=scale, amplification_min_copies=6)["AR"]
    assert gene.copies is None
    assert gene.state == "neither"
    assert gene.assessable


@pytest.mark.parametrize(
    ("sex", "copies", "state"),
    [
        (MALE, 1, "neither"), (MALE, 2, "neither"), (MALE, 3, "amplification"), (MALE, 0, "deep deletion"),
        (FEMALE, 3, "neither"), (FEMALE, 5, "neither"), (FEMALE, 6, "amplification"),
        (FEMALE, 0, "deep deletion"), (FEMALE, 1, "neither"),
        (XXY, 3, "neither"), (XXY, 7, "amplification"), (XXY, 0, "deep deletion"),
        (UNKNOWN_SEX, 1, "neither"),
    ],
)  # fmt: skip
def test_a_gene_on_x_is_judged_by_its_normal_copies(sex, copies, state):
    rng = np.random.default_rng(9)
    own = 1 if sex in (MALE, UNKNOWN_SEX) else 2
    level = np.log2((PURITY * copies + (1 - PURITY) * own) / own)
    x = np.r_[np.zeros(60), np.full(40, level)] + rng.normal(0, 0.03, 100)
    start = np.arange(100, dtype=np.int64) * 100_000
    bins = Bins(np.array(["1"] * 60 + ["X"] * 40), start, start + 100_000, x, np.ones(100), 0.03)
    scale = CopyScale(PURITY, 2.0, 0.0, 0.0, sex)
    found = gene_copies(bins, {"AR": [("X", 7_000_000, 8_000_000)]}, scale=scale, amplification_min_copies=6)
    assert found["AR"].state == state
    if sex is not UNKNOWN_SEX:
        assert found["AR"].copies == pytest.approx(copies, abs=0.2)


def test_against_a_pool_the_x_of_a_man_is_one_copy():
    raw = _raw([2, 1, 1], [2, 1, 1], paired=False)
    depth = depth_bins(raw, CONTIGS)
    pool = PooledDepth(np.r_[np.zeros(2 * N), np.full(N, -1.0)], np.full(3 * N, 0.1), np.ones(3 * N))
    for sex, expected in ((MALE, [0.0, 0.0]), (SexCopies(2.0, 1.0), [-1.0, 0.0])):
        bins = log_ratios(depth, pool, sex=sex)
        found = [np.median(bins.log2[N : 2 * N]), np.median(bins.log2[2 * N :])]
        assert found == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(
    ("normal", "inferred", "expected"),
    [
        ([2, 2, 1], "unknown", XXY), ([2, 1, 0], "unknown", X0), ([2, 1, 2], "unknown", SexCopies(1.0, 2.0)),
        ([2, 3, 0], "unknown", SexCopies(3.0, 0.0)), ([2, 1.5, 0.4], "unknown", UNKNOWN_SEX),
        ([2, 1, 1], "male", MALE), ([2, 2, 0], "female", FEMALE),
    ],
)  # fmt: skip
def test_unusual_sex_chromosomes_are_told_by_the_normal(normal, inferred, expected):
    assert sex_copies(_raw([2, 2, 2], normal), inferred) == expected


def test_without_a_normal_only_the_caller_tells_the_sex(tmp_path):
    raw = _raw([2, 2, 1], [2, 2, 1], paired=False)
    assert sex_of_calls(tmp_path, raw) == UNKNOWN_SEX
    (tmp_path / "qc.json").write_text(json.dumps({"inferred_sex": "male"}))
    assert sex_of_calls(tmp_path, raw) == MALE


@pytest.mark.parametrize(
    ("sex", "chromosome", "log2", "total", "state"),
    [
        (MALE, -1.0, -1.0, None, "neither"), (UNKNOWN_SEX, -1.0, -1.0, None, "neither"),
        (MALE, 0.0, -1.5, None, "deep deletion"), (FEMALE, 0.0, -1.0, None, "deep deletion"),
        (MALE, -1.0, -2.5, None, "deep deletion"), (MALE, None, None, 3.0, "amplification"),
        (FEMALE, None, None, 3.0, "neither"), (UNKNOWN_SEX, None, None, 3.0, "neither"),
        (MALE, None, None, 0.0, "deep deletion"), (MALE, None, None, 1.0, "neither"),
    ],
)  # fmt: skip
def test_imported_segments_of_x_are_judged_by_the_sex(sex, chromosome, log2, total, state):
    fixed = {"patient_id": "P", "sample_id": "S", "chrom": "X", "n_bins": 20, "caller": "other"}
    rows = [
        fixed | {"start": 0, "end": 1000, "log2": log2, "total_cn": total},
        fixed | {"start": 1000, "end": 9000, "log2": chromosome, "total_cn": None},
    ]
    table = pl.DataFrame(rows, schema=SEGMENTS_TABLE.polars_schema())
    found = imported_gene_copies(
        table, {"AR": [("X", 10, 900)]}, ploidy=2.0, amplification_min_copies=6, sex=sex
    )
    assert found["AR"].state == state
