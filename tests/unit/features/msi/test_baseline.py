"""Tumors without a normal against a baseline of normals."""

import numpy as np
import polars as pl
import pytest
from msi_histograms import CENTER, draw, histograms, raw_table, shape

from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.errors import InputError, NotAssessableError, UsageError
from oncoloom.features.msi.assess import assess_msi
from oncoloom.features.msi.baseline import build_baseline, compare_to_baseline, read_baseline, write_baseline
from oncoloom.features.msi.steps import baseline_of_files, msi_of_file
from oncoloom.features.msi.verdict import MsiRules
from oncoloom.tables import write_table

N = 60


def _germline(rng):
    """Shapes of one person: every fourth locus has a second length that one in four people carries."""
    out = np.tile(shape(), (N, 1))
    for i in range(0, N, 4):
        if rng.random() < 0.5:
            out[i] = (shape() + shape(moved=2)) / 2
    return out


@pytest.fixture(scope="module")
def baseline():
    rng = np.random.default_rng(20)
    return build_baseline([histograms(normal=draw(rng, N, 120, _germline(rng))) for _ in range(24)])


def test_a_baseline_knows_shapes_and_the_alleles_people_carry(baseline):
    assert baseline.height == N
    assert set(map(tuple, baseline["alleles"].to_list())) == {(0,), (0, 2)}
    assert [row[0] for row in baseline.select(pl.col("alleles").list.len()).rows()][0:8:4] == [2, 2]
    share = np.array(baseline["share"].to_list())
    assert np.allclose(share.sum(axis=1), 1)
    assert np.abs(share[:, CENTER] - 0.9).max() < 0.05
    assert baseline["unstable_normals"].max() <= 0.05


def test_a_persons_own_alleles_are_not_unstable_but_new_lengths_are(baseline):
    rng = np.random.default_rng(21)
    germline = _germline(rng)
    quiet = histograms(tumor=draw(rng, N, 100, germline))
    assert compare_to_baseline(quiet, baseline).unstable.sum() <= 1
    changed = np.where(np.arange(N)[:, None] % 3 == 1, 0.6 * germline + 0.4 * shape(moved=-4), germline)
    tests = compare_to_baseline(histograms(tumor=draw(rng, N, 100, changed)), baseline)
    assert np.flatnonzero(tests.unstable).tolist() == list(range(1, N, 3))
    found = assess_msi(
        histograms(tumor=draw(rng, N, 100, changed)), MsiRules(), purity=0.8, baseline=baseline
    )
    assert found.result.status == "MSI-H"
    assert found.loci["p_value"].null_count() == N
    assert found.result.shift_spread is None
    stable = assess_msi(quiet, MsiRules(unstable_share=0.3), purity=0.8, baseline=baseline)
    assert stable.result.status == "MSS"


def test_loci_that_vary_among_normals_are_left_out(baseline):
    noisy = baseline.with_columns(unstable_normals=pl.lit(0.2))
    tests = compare_to_baseline(histograms(tumor=draw(np.random.default_rng(1), N, 50, shape())), noisy)
    assert not tests.assessable.any()
    strangers = baseline.with_columns(pl.col("start") + 1)
    result = assess_msi(
        histograms(tumor=draw(np.random.default_rng(1), N, 50, shape())),
        MsiRules(),
        purity=0.5,
        baseline=strangers,
    ).result
    assert result.status is None
    assert "0 of 60 microsatellites" in result.reason


def test_too_few_normals_make_no_baseline():
    one = histograms(normal=draw(np.random.default_rng(1), 3, 50, shape()))
    with pytest.raises(NotAssessableError, match="19 normals are too few"):
        build_baseline([one] * 19)


def test_files_in_and_out(tmp_path, baseline):
    path = tmp_path / "baseline.parquet"
    write_baseline(baseline, path)
    assert read_baseline(path).equals(baseline)
    write_baseline(baseline.with_columns(share=pl.col("share").list.head(5)), path)
    with pytest.raises(InputError, match="another number of lengths"):
        read_baseline(path)
    rng = np.random.default_rng(3)
    raws = []
    for number in range(20):
        raws.append(tmp_path / f"{number}.parquet")
        write_table(raw_table(histograms(normal=draw(rng, 40, 60, shape()))), FEATURES_RAW_TABLE, raws[-1])
    made = baseline_of_files(raws, reference=None, targets=None)
    assert made["n_normals"].to_list() == [20] * 40
    write_baseline(made, path)
    tumor = tmp_path / "tumor.parquet"
    write_table(raw_table(histograms(tumor=draw(rng, 40, 60, shape()))), FEATURES_RAW_TABLE, tumor)
    told = msi_of_file(tumor, baseline=path, purity=0.7)
    assert (told["msi_n_loci"], told["n_unstable"], told["reason"]) == (40, 0, None)
    assert msi_of_file(tumor)["msi_status"] is None
    with pytest.raises(InputError, match="no normal sample"):
        baseline_of_files([tumor], reference=None, targets=None)
    with pytest.raises(UsageError, match="need the reference"):
        baseline_of_files([tmp_path / "x.bam"], reference=None, targets=None)
    with pytest.raises(UsageError, match="belong to alignment files"):
        msi_of_file(tumor, normal=tumor)
