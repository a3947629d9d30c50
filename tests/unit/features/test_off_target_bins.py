"""Depth between targets: bins as long as they must be, on one scale with the targets; mappability."""

import gzip
from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.config import FeaturesConfig
from oncoloom.errors import InputError, ReferenceMismatchError
from oncoloom.features.copy_number.bins import Bins, depth_bins
from oncoloom.features.copy_number.correction import BARELY_MAPPABLE, log_ratios, without_trend
from oncoloom.features.copy_number.gene_calls import gene_copies
from oncoloom.features.copy_number.joint import segment_bins
from oncoloom.features.copy_number.mappability import read_track, with_track
from oncoloom.features.copy_number.normal_pool import build_pool
from oncoloom.features.copy_number.off_target import (
    NOT_IN_POOL,
    TOO_FEW,
    TOO_SHORT,
    UNNAMED,
    off_target_depth,
)
from oncoloom.features.copy_number.one_scale import on_one_scale
from oncoloom.features.copy_number.sample_bins import sample_bins
from oncoloom.features.copy_number.sex_copies import FEMALE
from oncoloom.tables import write_table

SMALL_BP = 20_000
LENGTHS = {str(n): 40_000_000 for n in range(1, 6)}


def _rows(kind, contig, start, end, counts):
    """counts: {(role, key): (n,) numbers}."""
    parts = [
        pl.DataFrame({"start": start, "end": end, "count": np.asarray(count, np.int64)}).with_columns(
            pl.lit(role).alias("role"), pl.lit(key, dtype=pl.Int32).alias("key")
        )
        for (role, key), count in counts.items()
    ]
    fixed = {"kind": kind, "chrom": contig, "label": None}
    table = pl.concat(parts).with_columns(pl.lit(v, dtype=pl.String).alias(k) for k, v in fixed.items())
    return table.with_columns(pl.col("role").alias("sample_id")).select(
        FEATURES_RAW_TABLE.polars_schema().names()
    )


def _panel(levels, *, density=2e-3, seed=0, roles=("normal", "tumor"), target_every=1_000_000, bias=2.0):
    """features_raw of a panel: a target of 200 bp every Mb, 20 kb bins between; levels by contig."""
    rng = np.random.default_rng(seed)
    parts = []
    for contig, level in levels.items():
        edges = np.arange(0, LENGTHS[contig] + 1, target_every)
        starts = np.concatenate([np.arange(a + 20_000, b, SMALL_BP) for a, b in pairwise(edges)])
        n = len(starts)
        fragments = {
            (role, 0): rng.poisson(density * SMALL_BP * (level if role == "tumor" else 1.0), n)
            for role in roles
        }
        shared = {
            (role, key): np.full(n, value)
            for role in roles
            for key, value in ((1, SMALL_BP), (2, SMALL_BP // 2))
        }
        parts.append(_rows("off_target", contig, starts, starts + SMALL_BP, fragments | shared))
        targets = edges[:-1] + 5_000
        efficiency = rng.uniform(0.7, 1.3, len(targets))
        depth = {
            (role, 0): rng.poisson(efficiency * 100 * (level * bias if role == "tumor" else 1.0)) * 200
            for role in roles
        }
        shared = {
            (role, key): np.full(len(targets), value) for role in roles for key, value in ((1, 200), (2, 100))
        }
        parts.append(_rows("coverage", contig, targets, targets + 200, depth | shared))
    return pl.concat(parts)


def test_bins_are_as_long_as_the_fragments_asked_for_take():
    raw = _panel(dict.fromkeys(LENGTHS, 1.0), density=5e-4)
    for wanted in (50, 200):
        depth, left_out = off_target_depth(raw, LENGTHS, least_fragments=wanted)
        fragments = depth.tumor / 200
        assert abs(np.median(fragments) - wanted) < 0.35 * wanted
        assert depth.normal is not None
        assert (
            depth.start[1:][depth.contig[1:] == depth.contig[:-1]]
            >= depth.end[:-1][depth.contig[1:] == depth.contig[:-1]]
        ).all()
        assert fragments.sum() == raw.filter(kind="off_target", role="tumor", key=0)["count"].sum()
        assert not any(left_out.values())


def test_too_few_fragments_give_no_bins_and_say_so():
    raw = _panel(dict.fromkeys(LENGTHS, 1.0), density=1e-6)
    depth, left_out = off_target_depth(raw, LENGTHS, least_fragments=100)
    assert depth is None
    assert left_out[TOO_FEW] == raw.filter(kind="off_target", role="tumor", key=1).height


def test_gaps_of_the_reference_and_short_stretches_are_counted_out():
    raw = _panel(dict.fromkeys(LENGTHS, 1.0))
    gap = (
        (pl.col("chrom") == "2")
        & (pl.col("key") == 1)
        & (pl.col("kind") == "off_target")
        & (pl.col("start") < 1_000_000)
    )
    raw = raw.with_columns(pl.when(gap).then(100).otherwise("count").alias("count"))
    lone = _rows(
        "off_target",
        "5",
        np.array([39_999_000]),
        np.array([40_000_000]),
        {("tumor", 0): [0], ("tumor", 1): [1000]},
    )
    depth, left_out = off_target_depth(pl.concat([raw, lone]), LENGTHS, least_fragments=100)
    assert left_out[UNNAMED] == 49
    assert left_out[TOO_SHORT] == 1
    assert depth.start[depth.contig == "2"].min() >= 1_000_000


def test_targets_and_what_lies_between_agree_on_one_scale():
    levels = {"1": 1.0, "2": 1.5, "3": 0.5, "4": 1.0, "5": 1.0}
    raw = _panel(levels)
    bins, against = sample_bins(raw, LENGTHS, FeaturesConfig())
    assert against == "matched normal"
    assert bins.off_target.sum() > 500
    assert (~bins.off_target).sum() == 200
    for contig, level in levels.items():
        for kind in (bins.off_target, ~bins.off_target):
            own = bins.log2[kind & (bins.contig == contig)]
            assert np.median(own) == pytest.approx(np.log2(level), abs=0.08)
    ordered = bins.start[1:] - bins.start[:-1]
    assert (ordered[bins.contig[1:] == bins.contig[:-1]] > 0).all()
    assert len(segment_bins(bins)) == 5


def test_genes_of_unusual_chromosomes_do_not_move_the_scale():
    """Most targets lie on a gained chromosome: alone they would take it for the genome's level."""
    rng = np.random.default_rng(4)

    def plain(contigs, log2, step, sd):
        start = np.concatenate(
            [np.arange(sum(np.array(contigs) == c)) * step for c in dict.fromkeys(contigs)]
        )
        return Bins(np.array(contigs), start, start + 1_000, np.asarray(log2), np.ones(len(log2)), sd)

    between = plain(
        ["1"] * 300 + ["2"] * 900, np.r_[rng.normal(0.58, 0.1, 300), rng.normal(0, 0.1, 900)], 100_000, 0.1
    )
    target = plain(
        ["1"] * 80 + ["2"] * 20, np.r_[rng.normal(0, 0.2, 80), rng.normal(-0.58, 0.2, 20)], 300_000, 0.2
    )
    joined = on_one_scale(target, between)
    assert np.median(joined.log2[~joined.off_target & (joined.contig == "1")]) == pytest.approx(
        0.58, abs=0.08
    )
    assert np.median(joined.log2[joined.contig == "2"]) == pytest.approx(0.0, abs=0.05)
    noisy = joined.weight[~joined.off_target].mean() / joined.weight[joined.off_target].mean()
    assert noisy < 0.5  # twice the noise, a quarter of the weight


def test_a_gene_without_targets_has_a_level_but_no_verdict():
    raw = _panel({**dict.fromkeys(LENGTHS, 1.0), "3": 5.0})
    bins, _ = sample_bins(raw, LENGTHS, FeaturesConfig())
    parts = {
        "OUTSIDE": [("3", 2_100_000, 2_800_000)],
        "TARGETED": [("3", 5_000, 5_200), ("3", 1_005_000, 1_005_200), ("3", 1_200_000, 1_700_000)],
    }
    genes = gene_copies(bins, parts, scale=None, amplification_min_copies=6)
    assert genes["OUTSIDE"].log2 == pytest.approx(np.log2(5), abs=0.2)
    assert not genes["OUTSIDE"].assessable
    assert genes["OUTSIDE"].state == "neither"
    assert genes["TARGETED"].n_bins == 2
    assert genes["TARGETED"].state == "amplification"


def _genome_of(mappable, *, seed=2, n=3000, level=None):
    """features_raw of a genome without a normal: unique reads fall with the mappable share."""
    rng = np.random.default_rng(seed)
    start = np.arange(n) * 10_000
    level = np.ones(n) if level is None else level
    sure = rng.poisson(1500 * mappable * level)
    doubtful = rng.poisson(1500 * (1 - mappable) * (1 + level) / 2)
    counts = {
        ("tumor", 0): sure * 200,
        ("tumor", 1): np.full(n, 9_000),
        ("tumor", 2): np.full(n, 4_000),
        ("tumor", 3): doubtful * 200,
    }
    return _rows("coverage", "1", start, start + 10_000, counts)


def test_without_a_normal_mappability_is_taken_out_by_the_reads_own():
    rng = np.random.default_rng(1)
    mappable = np.where(rng.random(3000) < 0.3, rng.uniform(0.2, 1.0, 3000), 1.0)
    level = np.where(np.arange(3000) < 2000, 1.0, 1.5)
    raw = _genome_of(mappable, level=level)
    bins = log_ratios(depth_bins(raw, ["1"]), None, sex=FEMALE)
    assert bins.dropped[BARELY_MAPPABLE] == pytest.approx(int((mappable < 0.5).sum()), abs=60)
    flat = replace(depth_bins(raw, ["1"]), mappable=np.ones(3000))
    before = log_ratios(flat, None, sex=FEMALE)
    expected = np.where(bins.start < 20_000_000, 0.0, np.log2(1.5))
    assert np.std(bins.log2 - expected) < 0.1
    assert np.std(before.log2 - np.where(before.start < 20_000_000, 0.0, np.log2(1.5))) > 0.3


def test_a_track_decides_whatever_the_reads_say(tmp_path):
    path = tmp_path / "map.bedgraph.gz"
    path.write_bytes(
        gzip.compress(b"track type=bedGraph\nchr1\t0\t5000\t1\nchr1\t5000\t15000\t0.4\nchr9\t0\t5\t1\n")
    )
    track = read_track(path, {"1": 30_000_000})
    depth = with_track(depth_bins(_genome_of(np.ones(3000)), ["1"]), track)
    assert depth.mappable[:3].tolist() == pytest.approx([0.7, 0.2, 0.0])
    raw = _panel(dict.fromkeys(LENGTHS, 1.0))
    bed = tmp_path / "access.bed"
    bed.write_text("".join(f"{n}\t0\t20000000\n" for n in LENGTHS))
    bins, _ = sample_bins(raw, LENGTHS, FeaturesConfig(), mappability=bed)
    assert bins.end.max() <= 20_000_000
    assert bins.dropped[BARELY_MAPPABLE] == 100
    assert bins.dropped[f"off-target {BARELY_MAPPABLE}"] > 250


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("1\t0\t100\t1.5\n", InputError, "not a line"),
        ("1\t0\t100\n1\t90\t80\n", InputError, "not a line"),
        ("1\t0\t100\n1\t50\t200\n", InputError, "overlap"),
        ("scaffold\t0\t100\n", ReferenceMismatchError, "no contig"),
        ("# nothing\n", InputError, "no interval"),
        ("1 0 100\n", InputError, "not a line"),
    ],
)
def test_broken_tracks_are_named(tmp_path, text, error, words):
    path = tmp_path / "map.bed"
    path.write_text(text)
    with pytest.raises(error, match=words):
        read_track(path, {"1": 1_000})


def test_pooled_normals_stand_in_between_the_targets_too(tmp_path):
    paths = []
    for n in range(3):
        normal = _panel(dict.fromkeys(LENGTHS, 1.0), seed=20 + n, roles=("normal",))
        paths.append(tmp_path / f"N{n}.parquet")
        write_table(normal.sort(list(FEATURES_RAW_TABLE.sort_by)), FEATURES_RAW_TABLE, paths[-1])
    summary = build_pool(paths, tmp_path / "pool.parquet")
    assert summary.n_off_target == normal.filter(kind="off_target", key=0).height
    levels = {"1": 1.0, "2": 1.5, "3": 0.5, "4": 1.0, "5": 1.0}
    raw = _panel(levels, roles=("tumor",))
    bins, against = sample_bins(raw, LENGTHS, FeaturesConfig(), baseline=tmp_path / "pool.parquet")
    assert against == "pool of normals"
    assert bins.off_target.sum() > 500
    for contig, level in levels.items():
        own = bins.log2[bins.off_target & (bins.contig == contig)]
        assert np.median(own) == pytest.approx(np.log2(level), abs=0.05)
    part = raw.filter((pl.col("kind") == "coverage") | (pl.col("chrom") != "4"))
    fewer = sample_bins(part, LENGTHS, FeaturesConfig(), baseline=tmp_path / "pool.parquet")[0]
    assert not (fewer.off_target & (fewer.contig == "4")).any()
    place = np.array([41_000_000])
    lone = _rows("off_target", "5", place, place + 20_000, {("tumor", 0): [50], ("tumor", 1): [20_000]})
    raw = pl.concat([raw, lone])
    more = sample_bins(raw, LENGTHS, FeaturesConfig(), baseline=tmp_path / "pool.parquet")[0]
    assert more.dropped[NOT_IN_POOL] == 1


def test_bins_of_one_covariate_share_one_level_whatever_their_place():
    """Most bins are wholly mappable: groups of them in genome order have the copies of their place."""
    rng = np.random.default_rng(8)
    copies = np.repeat([-0.5, 0.0, 0.0, 0.4, 0.0], 400)
    covariate = np.where(rng.random(2000) < 0.2, rng.uniform(0.5, 0.99, 2000), 1.0)
    ratio = copies + np.log2(covariate) + rng.normal(0, 0.05, 2000)
    found = without_trend(ratio, covariate, np.ones(2000, bool))
    low = covariate < 1
    assert np.median((found - copies)[low]) == pytest.approx(np.median((found - copies)[~low]), abs=0.05)
