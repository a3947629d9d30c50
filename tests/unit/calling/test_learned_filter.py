"""The trained filter: its file, its features, the prior it is moved to, and what bounds it."""

from dataclasses import replace

import numpy as np
import pytest

from oncoloom.calling.candidate_table import CandidateTable
from oncoloom.calling.learned_filter.features import (
    FEATURES,
    MOST_LOG_ODDS,
    REFERENCE_RATE,
    feature_matrix,
    features_named,
    features_of,
    somatic_log_odds,
)
from oncoloom.calling.learned_filter.fit import bin_edges, fit_line
from oncoloom.calling.learned_filter.model import (
    FilterModel,
    KindModel,
    Trees,
    bin_matrix,
    read_filter_model,
    write_filter_model,
)
from oncoloom.calling.learned_filter.probability import (
    LEAST_POSTERIOR,
    choose_filter,
    learned_probability,
)
from oncoloom.calling.mixture import SOMATIC, SparseHistograms
from oncoloom.calling.mixture_fit import fit_mixture
from oncoloom.calling.sample_fit import SampleFit
from oncoloom.errors import InputError
from oncoloom.kernels.arrays import N_STATISTICS, STATISTIC
from oncoloom.kernels.mixture_core import N_OUTPUTS

TREES = Trees(
    borders=np.array([0, 3, 4], np.int64),
    feature=np.array([1, 0, 0, 0], np.uint8),
    split=np.array([0, 0, 0, 0], np.uint8),
    child=np.array([1, 0, 0, 0], np.uint8),
    value=np.array([0, -0.5, 0.75, 0.25], np.float32),
)
SNV = KindModel(("log_odds", "alt"), (np.array([0.0]), np.array([4.5])), TREES, -0.1, 0.9, 0.8, 0.2)


def small_model(**changes):
    return FilterModel("tumor_normal", REFERENCE_RATE, {"snv": replace(SNV, **changes)}, {"train": ["a"]})


def candidates(log_likelihood, *, forced=None):
    """SNVs with the given log likelihoods of "somatic", 3 and 9 supporting fragments in turn."""
    n = len(log_likelihood)
    tumor = np.zeros((n, N_STATISTICS), np.int32)
    tumor[:, STATISTIC["ref"]], tumor[:, STATISTIC["alt"]] = 40, np.resize([3, 9], n)
    normal = np.zeros((n, N_STATISTICS), np.int32)
    table = CandidateTable(
        contig=["one"] * n,
        pos=np.arange(n),
        ref=["A"] * n,
        alt=["C"] * n,
        contig_index=np.zeros(n, np.int64),
        forced=np.zeros(n, bool) if forced is None else np.array(forced),
        unit=np.zeros(n, np.int32),
        units=np.zeros(n),
        slippage_rate=np.zeros(n),
        population_af=np.full(n, np.nan),
        tumor=tumor,
        normal=normal,
        in_repeat=np.zeros(n, bool),
        panel=np.zeros((n, 0), np.int32),
        is_indel=np.zeros(n, bool),
        histograms=SparseHistograms(np.zeros(n + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32)),
    )
    scores = np.full((n, N_OUTPUTS), -1e9)
    scores[:, SOMATIC], scores[:, 1] = log_likelihood, 0.0
    scores[:, 7:] = 0.0
    return table, scores


def fitted(table, scores, rate):
    mixture = fit_mixture(scores, np.zeros(len(table.ref), np.int64), 1e6, somatic_rate=rate)
    return SampleFit(scores, mixture, np.zeros(len(table.ref)), everyone(table))


def test_a_file_gives_back_the_model_and_the_same_bytes(tmp_path):
    for name in ("a.npz", "b.npz"):
        write_filter_model(small_model(), tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    read = read_filter_model(tmp_path / "a.npz", mode="tumor_normal")
    matrix = np.array([[1.0, 3.0], [-2.0, 9.0]])
    expected = 0.8 * (np.array([-0.1 + 0.9 - 0.5, -0.1 - 1.8 + 0.75]) + 0.25) + 0.2
    np.testing.assert_allclose(read.kinds["snv"].log_odds(matrix), expected)
    assert read.card == {"train": ["a"]}


@pytest.mark.parametrize(
    "changes",
    [
        {"child": np.array([3, 0, 0, 0], np.uint8)},  # beyond its tree
        {"feature": np.array([2, 0, 0, 0], np.uint8)},  # no such feature
        {"borders": np.array([0, 3, 5], np.int64)},
        {"child": np.array([1, 0, 1, 0], np.uint8)},  # back to itself
        {"split": np.zeros(3, np.uint8)},
    ],
)
def test_trees_that_point_nowhere_are_refused(tmp_path, changes):
    write_filter_model(small_model(trees=replace(TREES, **changes)), tmp_path / "bad.npz")
    with pytest.raises(InputError, match="point nowhere"):
        read_filter_model(tmp_path / "bad.npz", mode="tumor_normal")


def test_what_is_no_filter_or_another_ones_is_refused(tmp_path):
    write_filter_model(small_model(), tmp_path / "pair.npz")
    with pytest.raises(InputError, match="another one"):
        choose_filter(tmp_path / "pair.npz", "tumor_only")
    (tmp_path / "text.npz").write_text("no filter")
    for name in ("text.npz", "absent.npz"):
        with pytest.raises(InputError, match="not a call filter"):
            choose_filter(tmp_path / name, "tumor_normal")
    odd = replace(SNV, features=("log_odds", "shoe_size"))
    write_filter_model(FilterModel("tumor_normal", 1e-5, {"snv": odd}, {}), tmp_path / "odd.npz")
    with pytest.raises(InputError, match="unknown features"):
        choose_filter(tmp_path / "odd.npz", "tumor_normal")


@pytest.mark.parametrize("mode", ["tumor_normal", "tumor_only"])
def test_the_bundled_filter_is_whole_and_small(mode):
    chosen = choose_filter("bundled", mode)
    assert chosen.digest.startswith("sha256:")
    assert set(chosen.model.kinds) == {"snv", "indel"}
    for kind, model in chosen.model.kinds.items():
        assert model.features == tuple(
            one.name for one in features_of(kind, has_normal=mode == "tumor_normal")
        )
    assert choose_filter("none", mode) is None
    assert choose_filter("bundled", "tumor_only", has_population=False) is None
    assert choose_filter("bundled", "germline") is None


def everyone(table):
    return np.ones(len(table.ref), bool)


def test_odds_follow_the_samples_somatic_rate():
    table, scores = candidates([13.0, 14.0, 15.0, 16.0])
    found = {}
    for rate in (1e-4, 2e-6):
        fit = fitted(table, scores, rate)
        p = learned_probability(table, fit, small_model(), np.zeros(len(table.ref)), everyone(table))
        found[rate] = np.log(p / (1 - p))
    np.testing.assert_allclose(found[1e-4] - found[2e-6], np.log(1e-4 / 2e-6), rtol=1e-9)


def test_the_trees_lift_nothing_that_the_mixture_rules_out():
    table, scores = candidates([8.0, 8.0, 20.0, 20.0])
    fit = fitted(table, scores, 1e-5)
    posterior = fit.mixture.posterior[:, SOMATIC]
    assert (posterior[:2] < LEAST_POSTERIOR).all()
    p = learned_probability(table, fit, small_model(shift=12.0), np.zeros(4), everyone(table))
    assert (p[:2] <= posterior[:2]).all()
    assert (p[2:] > 0.99).all()


def test_the_trees_look_at_what_is_listed_alone():
    table, scores = candidates([20.0, 20.0])
    fit = fitted(table, scores, 1e-5)
    listed = np.array([True, False])
    p = learned_probability(table, fit, small_model(), np.zeros(2), listed)
    assert p[0] == learned_probability(table, fit, small_model(), np.zeros(2), everyone(table))[0]
    assert p[0] != fit.mixture.posterior[0, SOMATIC]
    assert p[1] == fit.mixture.posterior[1, SOMATIC]


def test_another_persons_variant_competes_with_somatic():
    table, scores = candidates([20.0, 20.0])
    fit = fitted(table, scores, 1e-5)
    alone = learned_probability(table, fit, small_model(), np.zeros(len(table.ref)), everyone(table))
    posterior = fit.mixture.posterior.copy()
    posterior[1] *= 0.1
    shared = replace(fit, mixture=replace(fit.mixture, posterior=posterior), foreign=np.array([0.0, 0.9]))
    p = learned_probability(table, shared, small_model(), np.zeros(2), everyone(table))
    assert p[0] == alone[0]
    assert p[1] / (1 - p[1]) < 1 / 8


def test_an_expected_candidate_keeps_its_own_rate():
    table, scores = candidates([12.0, 12.0, 12.0, 12.0])
    fit = fitted(table, scores, 2e-5)
    plain = learned_probability(table, fit, small_model(), np.zeros(4), everyone(table))
    p = learned_probability(table, fit, small_model(), np.array([1e-3, 1e-3, 0.0, 1e-9]), everyone(table))
    odds = p / (1 - p) / (plain / (1 - plain))
    np.testing.assert_allclose(odds, [50.0, 50.0, 1.0, 1.0])


def test_features_are_finite_and_the_log_odds_are_bayes():
    table, scores = candidates([5.0, 11.0])
    from oncoloom.calling.learned_filter.probability import candidate_sight

    fit = fitted(table, scores, 1e-3)
    sight = candidate_sight(table, fit, np.array([0, 1]))
    np.testing.assert_allclose(somatic_log_odds(sight), np.log(REFERENCE_RATE) + np.array([5.0, 11.0]))
    empty = replace(sight, tumor=np.zeros_like(sight.tumor), normal=np.zeros_like(sight.normal))
    for one in (sight, empty):
        matrix = feature_matrix(FEATURES, one)
        assert np.isfinite(matrix).all()
        assert np.abs(matrix[:, 0]).max() <= MOST_LOG_ODDS


def test_the_features_keep_the_house_rules():
    names = [one.name for one in FEATURES]
    assert len(set(names)) == len(names)
    assert names[0] == "log_odds"  # the line through it is the model's base
    for one in FEATURES:
        assert one.monotone in (-1, 0, 1)
        assert one.kinds in ("both", "snv", "indel")
        assert one.description[0].islower()
    assert not any(word in name for name in names for word in ("pos", "contig", "depth"))
    assert "normal_alt" not in [one.name for one in features_of("snv", has_normal=False)]
    assert features_named(("alt", "log_odds"))[0].name == "alt"


def test_a_line_is_found_and_bins_hold_their_values():
    random = np.random.Generator(np.random.PCG64(5))
    x = random.normal(0, 3, 20_000)
    label = (random.random(20_000) < 1 / (1 + np.exp(-(0.5 * x - 1)))).astype(float)
    assert fit_line(x, label, np.ones(20_000)) == pytest.approx((-1, 0.5), abs=0.08)
    assert fit_line(np.array([40.0, -40.0]), np.array([1.0, 0.0]), np.ones(2)) == pytest.approx(
        (0, 1), abs=0.1
    )
    values = np.array([1.0, 2.0, 4.0, 2.0])
    edges = bin_edges(values)
    assert edges.tolist() == [1.5, 3.0]
    assert bin_matrix(values[:, None], (edges,))[:, 0].tolist() == [0, 1, 2, 1]
    assert len(bin_edges(x)) < 64
