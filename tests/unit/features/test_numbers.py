"""TMB, MSI, segmentation, copy number, purity, HRD, signatures against oracles and published figures."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, poisson

from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.errors import InputError, NotAssessableError, UsageError
from oncoloom.features.copy_number import copies_at, gene_copies, make_bins, segment_bins
from oncoloom.features.hrd_input import hrd_of_file
from oncoloom.features.msi import Locus, length_test, new_length_share, summarize_msi, wilson_interval
from oncoloom.features.purity import estimate_purity
from oncoloom.features.segmentation import find_breaks, noise_sd, segment_contig
from oncoloom.features.segments_door import import_segments, whole_number
from oncoloom.features.signatures import channel_names, count_vcf_mutations
from oncoloom.features.tmb.rate import compute_tmb, poisson_limits


@given(st.integers(0, 500))
def test_poisson_limits_leave_2_5_percent_on_each_side(n):
    low, high = poisson_limits(n)
    assert poisson.cdf(n, high) == pytest.approx(0.025, rel=1e-6)
    assert poisson.sf(n - 1, low) == pytest.approx(0.025 if n else 1.0, rel=1e-6)


def test_tmb_is_null_with_its_reason_below_the_least_size():
    small = compute_tmb(5, 7, 500_000, 0.67)
    assert small.value is None
    assert "0.500 Mb" in small.reason
    assert "0.67" in small.reason
    tmb = compute_tmb(20, 26, 2_000_000, 0.67)
    assert (tmb.value, tmb.all_coding, tmb.reason) == (10.0, 13.0, None)
    assert tmb.lower < 10 < tmb.upper


@given(st.lists(st.tuples(st.integers(5, 60), st.integers(5, 60)), min_size=2, max_size=6))
def test_the_length_test_is_the_g_test(pairs):
    counts = np.array(pairs, dtype=np.int64).T
    reference = chi2_contingency(counts, correction=False, lambda_="log-likelihood")
    assert length_test(counts) == pytest.approx(reference.pvalue, rel=1e-6, abs=1e-12)


def test_new_lengths_are_counted_and_rare_ones_pooled():
    assert new_length_share(np.array([[10, 10, 0], [0, 10, 10]])) == pytest.approx(0.5)
    assert length_test(np.array([[30, 1, 1, 0], [30, 0, 1, 1]])) > 0.05
    assert length_test(np.array([[40, 0], [40, 0]])) == 1.0


def _loci(n, k):
    return [Locus("1", i, i + 10, "A", 1e-9 if i < k else 0.5, 0.4 if i < k else 0.0) for i in range(n)]


@pytest.mark.parametrize(
    ("n", "k", "seen", "status"),
    [
        (110, 40, True, "MSI-H"),
        (110, 0, True, "MSS"),
        (110, 0, False, "indeterminate"),
        (110, 6, True, "indeterminate"),
        (12, 0, True, "indeterminate"),
        (9, 0, True, None),
    ],
)
def test_msi_status_has_a_zone_between(n, k, seen, status):
    result = summarize_msi(_loci(n, k), min_loci=10, unstable_high=0.10, tumor_seen=seen)
    assert result.status == status
    assert (result.score is None) == (n < 10)
    assert (result.reason is None) == (n >= 10)


@given(st.integers(1, 300), st.data())
def test_wilson_interval_holds_the_share(n, data):
    k = data.draw(st.integers(0, n))
    low, high = wilson_interval(k, n)
    assert 0 <= low <= k / n + 1e-12
    assert k / n - 1e-12 <= high <= 1


def _best_by_trying_all(values, weights, penalty_cost, least):
    """Naive optimal partition: every end, every start."""
    n = len(values)
    best, previous = [-penalty_cost] + [np.inf] * n, [0] * (n + 1)
    for end in range(1, n + 1):
        for start in range(end - least + 1):
            w = weights[start:end].sum()
            cost = best[start] - (weights[start:end] * values[start:end]).sum() ** 2 / w + penalty_cost
            if cost < best[end] - 1e-12:
                best[end], previous[end] = cost, start
    return best[n]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 40))
def test_pruned_segmentation_is_as_good_as_trying_everything(seed, n):
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 0.2, n) + np.repeat(rng.choice([0, 1, -1], 4), 10)[:n]
    weights = rng.uniform(0.5, 2, n)
    ends = find_breaks(values, weights, sd=0.2, n_total=n, penalty=2.0)
    cost = 2.0 * 0.04 * np.log(max(n, 3))
    starts = [0, *ends[:-1]]
    found = -cost + sum(
        cost - (weights[a:b] * values[a:b]).sum() ** 2 / weights[a:b].sum()
        for a, b in zip(starts, ends, strict=True)
    )
    assert ends[-1] == n
    assert all(b - a >= 2 for a, b in zip(starts, ends, strict=True))
    assert found == pytest.approx(_best_by_trying_all(values, weights, cost, 2), abs=1e-8)


def test_long_contigs_are_cut_at_the_right_bins():
    rng = np.random.default_rng(8)
    levels = np.repeat([0.0, 0.6, -0.8, 0.0], [9_003, 5_111, 6_002, 11_000])
    values = levels + rng.normal(0, 0.2, len(levels))
    ends = segment_contig(values, np.ones(len(values)), sd=0.2, n_total=len(values))
    assert ends[-1] == len(values)
    assert len(ends) == 4
    assert np.abs(np.array(ends[:3]) - np.cumsum([9_003, 5_111, 6_002])).max() <= 3


def test_noise_is_measured_through_breaks():
    rng = np.random.default_rng(3)
    values = rng.normal(0, 0.3, 2000) + np.repeat([0.0, 2.0, -1.0, 0.5], 500)
    assert noise_sd(values, np.ones(2000)) == pytest.approx(0.3, rel=0.08)
    assert noise_sd(values[:2], np.ones(2)) == 0.0


def raw_coverage(levels, *, depth=100, bin_bp=200, seed=0):
    """A features_raw table of one contig: tumor coverage = normal coverage × level, Poisson around it."""
    rng = np.random.default_rng(seed)
    rows = []
    for n, level in enumerate(levels):
        place = {"chrom": "7", "start": n * 1000, "end": n * 1000 + bin_bp, "label": None, "kind": "coverage"}
        bias = rng.uniform(0.7, 1.3)
        for role, mean in (("normal", bias * depth / 2), ("tumor", bias * depth * level)):
            fragments = rng.poisson(mean * bin_bp / 200)
            for key, count in ((0, int(fragments * 200)), (1, bin_bp), (2, bin_bp // 2)):
                rows.append(place | {"role": role, "sample_id": role, "key": key, "count": count})
    return pl.DataFrame(rows, schema=FEATURES_RAW_TABLE.polars_schema())


def test_an_amplification_is_found_where_it_is():
    levels = [1.0] * 60 + [4.0] * 12 + [1.0] * 60
    bins = make_bins(raw_coverage(levels), ["7"])
    segments = segment_bins(bins)
    assert segments == [(0, 60), (60, 72), (72, 132)]
    genes = gene_copies(
        bins,
        {"ERBB2": [("7", 60_000, 71_000)], "EGFR": [("7", 10_000, 20_000)], "KIT": [("8", 0, 10)]},
        purity=None,
        amplification_min_copies=6,
    )
    assert set(genes) == {"ERBB2", "EGFR"}
    assert (genes["ERBB2"].state, genes["EGFR"].state) == ("amplification", "neither")
    assert genes["ERBB2"].log2 == pytest.approx(2.0, abs=0.15)


def test_a_lost_gene_is_a_deep_deletion_and_thin_coverage_is_dropped():
    bins = make_bins(raw_coverage([1.0] * 40 + [0.2] * 10 + [1.0] * 40), ["7"])
    genes = gene_copies(bins, {"PTEN": [("7", 40_000, 49_500)]}, purity=0.8, amplification_min_copies=6)
    assert genes["PTEN"].state == "deep deletion"
    thin = make_bins(raw_coverage([1.0] * 20, depth=6), ["7"])
    assert len(thin) + thin.n_dropped == 20
    assert thin.n_dropped > 10


@given(st.floats(0.1, 1.0), st.integers(0, 20))
def test_copies_invert_the_mixture(purity, copies):
    level = (
        np.log2((purity * copies + 2 * (1 - purity)) / 2) if purity * copies + 2 * (1 - purity) > 0 else -50
    )
    assert copies_at(float(level), purity) == pytest.approx(copies, abs=1e-6)
    assert copies_at(0.0, None) is None


@pytest.mark.parametrize("purity", [0.3, 0.6, 0.9])
def test_purity_is_twice_the_clonal_peak(purity):
    rng = np.random.default_rng(11)
    depth = rng.poisson(150, 60)
    cells = np.where(rng.random(60) < 0.7, 1.0, rng.uniform(0.2, 0.8, 60))
    found = estimate_purity(rng.binomial(depth, purity / 2 * cells), depth)
    assert found.value == pytest.approx(purity, abs=0.06)
    assert found.lower <= found.value <= found.upper


def test_purity_is_null_with_few_variants():
    found = estimate_purity(np.array([10, 12]), np.array([50, 50]))
    assert found.value is None
    assert "2 somatic SNVs" in found.reason


@pytest.mark.realdata
def test_hrd_equals_the_published_answer(shared):
    scores = hrd_of_file(shared / "data" / "cnv" / "scarhrd" / "test2.txt", "scarhrd", "GRCh38")
    assert scores == {"hrd_loh": 25, "hrd_lst": 33, "hrd_ntai": 35, "hrd_sum": 93}


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["segments_sci.txt", "segments_plain.txt"])
def test_hrd_reads_rounded_coordinates(shared, name):
    folder = shared / "cases" / "cnv-01-segment-ends-like-1e+08"
    expected = json.loads((folder / "expected.json").read_text())["hrd"]
    assert hrd_of_file(folder / name, "scarhrd", "GRCh38") == expected


@pytest.mark.realdata
def test_impossible_allele_values_become_null_and_are_said(shared, caplog):
    path = shared / "cases" / "cnv-07-impossible-allele-values" / "bad.call.cns"
    with caplog.at_level("WARNING", logger="oncoloom"):
        frame, tally = import_segments(path, "cnvkit")
    rows = {row["gene"]: row for row in frame.iter_rows(named=True)}
    assert rows["CBFB"]["baf"] is None
    assert rows["KRAS"]["baf"] is None
    assert (rows["TP53"]["total_cn"], rows["TP53"]["minor_cn"]) == (1, 0)
    assert rows["CDKN2A"]["log2"] is None
    assert rows["CDKN2A"]["n_bins"] == 8
    assert tally.filtered["rows refused: the segment ends before it starts"] == 1
    assert "line 6" in caplog.text
    assert "chr4" in caplog.text
    for row in rows.values():
        assert row["total_cn"] >= 0
        assert row["minor_cn"] is None or 0 <= row["minor_cn"] <= row["total_cn"] / 2


@pytest.mark.realdata
def test_sample_ids_stay_text_and_sex_chromosomes_get_their_letters(shared):
    ids, _ = import_segments(
        shared / "cases" / "cnv-02-numeric-sample-ids-in-seg" / "study" / "data_cna_hg19.seg", "seg"
    )
    assert sorted(set(ids["sample_id"])) == ["0010", "004", "4"]
    sexes, tally = import_segments(
        shared / "cases" / "cnv-03-x-and-y-as-23-24" / "study" / "data_cna_hg19.seg", "seg"
    )
    assert sorted(set(sexes["chrom"])) == ["1", "X", "Y"]
    assert tally.kept == 6


def test_segment_files_that_cannot_be_used_are_refused(tmp_path):
    path = tmp_path / "x.seg"
    path.write_text("ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\nA\t1\tten\t20\t3\t0.1\n")
    with pytest.raises(InputError, match="line 2"):
        import_segments(path, "seg")
    with pytest.raises(InputError, match="column is missing"):
        import_segments(path, "cnvkit")
    with pytest.raises(UsageError, match="unknown segment file"):
        import_segments(path, "nothing")
    path.write_text("SampleID\tChromosome\tStart\tEnd\ttotal_cn\tA_cn\tB_cn\nA\t1\t1\t9\t2\t.\t.\n")
    with pytest.raises(NotAssessableError, match="both alleles"):
        hrd_of_file(path, "scarhrd", "GRCh38")


@given(st.integers(0, 300_000_000))
def test_whole_numbers_survive_every_spelling(n):
    assert whole_number(str(n)) == n
    assert whole_number(f"{n}.0") == n
    assert whole_number(f"{n:,}") == n
    assert whole_number(f"{n}.5") is None


@pytest.mark.realdata
def test_the_96_channels_of_the_case(shared):
    folder = shared / "cases" / "features-05-sbs96-with-mnv-and-indels"
    expected = json.loads((folder / "expected.json").read_text())
    found = count_vcf_mutations(folder / "sample.vcf", folder / "ref.fa").as_dict()
    for key in ("sbs_total", "sbs96", "dbs_total", "indel_total", "exposures"):
        assert found[key] == expected[key]
    assert "too few" in found["exposures_missing_reason"]
    assert len(set(channel_names())) == 96
