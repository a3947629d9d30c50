"""Copy number: bins, segments, allele fractions, genes, purity and ploidy, against known truth."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.errors import InputError, NotAssessableError
from oncoloom.features.copy_number.bins import Bins, depth_bins, noise_sd
from oncoloom.features.copy_number.correction import log_ratios, main_level, without_trend
from oncoloom.features.copy_number.dots import genome_dots
from oncoloom.features.copy_number.from_bins import segment_file
from oncoloom.features.copy_number.gene_calls import CopyScale, gene_copies
from oncoloom.features.copy_number.genome_state import altered_fraction, is_doubled, loh_fraction
from oncoloom.features.copy_number.hets import het_sites, no_sites
from oncoloom.features.copy_number.joint import segment_jointly
from oncoloom.features.copy_number.levels import measure_segments
from oncoloom.features.copy_number.normal_pool import build_pool, read_pool
from oncoloom.features.copy_number.purity_ploidy import SegmentLevels, fit_purity_ploidy
from oncoloom.features.copy_number.segmentation import find_ends, segment_bins
from oncoloom.features.copy_number.sex_copies import FEMALE
from oncoloom.features.copy_number.states import assign_states, copies_at
from oncoloom.features.copy_number.verdict import judge_purity
from oncoloom.features.copy_number.warm_up import compile_copy_number
from oncoloom.features.purity import estimate_purity
from oncoloom.kernels.baf_fit import fit_segment_bafs
from oncoloom.kernels.cbs import segment_cbs
from oncoloom.kernels.cell_fraction import cell_fraction_posterior
from oncoloom.kernels.pelt import segment_pelt
from oncoloom.kernels.purity_grid import score_grid, score_solution
from oncoloom.tables import write_table


def raw_coverage(levels, *, depth=100, bin_bp=200, seed=0, contig="7", roles=("normal", "tumor"), hets=()):
    """A features_raw table of one contig: tumor = normal × level, Poisson around it; hets of a given BAF."""
    rng = np.random.default_rng(seed)
    rows = []
    for n, level in enumerate(levels):
        place = {
            "chrom": contig,
            "start": n * 1000,
            "end": n * 1000 + bin_bp,
            "label": None,
            "kind": "coverage",
        }
        bias = rng.uniform(0.7, 1.3)
        for role, mean in (("normal", bias * depth / 2), ("tumor", bias * depth * level)):
            fragments = rng.poisson(mean * bin_bp / 200)
            for key, count in ((0, int(fragments * 200)), (1, bin_bp), (2, bin_bp // 2)):
                if role in roles:
                    rows.append(place | {"role": role, "sample_id": role, "key": key, "count": count})
    for n, baf in hets:
        place = {"chrom": contig, "start": n * 1000 + 5, "end": n * 1000 + 6, "label": "A>C", "kind": "het"}
        for role, share in (("normal", 0.5), ("tumor", rng.choice([baf, 1 - baf]))):
            alt = int(rng.binomial(depth, share))
            for key, count in ((0, depth - alt), (1, alt)):
                rows.append(place | {"role": role, "sample_id": role, "key": key, "count": count})
    return pl.DataFrame(rows, schema=FEATURES_RAW_TABLE.polars_schema())


def paired_bins(levels, contigs=("7",), **options):
    return log_ratios(depth_bins(raw_coverage(levels, **options), contigs), None, sex=FEMALE)


def _plain(log2, sd=0.2, contig="1", weight=None):
    """Bins of one contig with given log ratios."""
    n = len(log2)
    start = np.arange(n, dtype=np.int64) * 100_000
    weight = np.ones(n) if weight is None else weight
    return Bins(np.array([contig] * n), start, start + 100_000, np.asarray(log2, float), weight, sd)


def test_an_amplification_is_found_where_it_is():
    bins = paired_bins([1.0] * 60 + [4.0] * 12 + [1.0] * 60)
    assert segment_bins(bins) == [(0, 60), (60, 72), (72, 132)]
    assert segment_bins(bins, method="pelt") == [(0, 60), (60, 72), (72, 132)]
    genes = gene_copies(
        bins,
        {"ERBB2": [("7", 60_000, 71_000)], "EGFR": [("7", 10_000, 20_000)], "KIT": [("8", 0, 10)]},
        scale=None,
        amplification_min_copies=6,
    )
    assert set(genes) == {"ERBB2", "EGFR"}
    assert (genes["ERBB2"].state, genes["EGFR"].state) == ("amplification", "neither")
    assert genes["ERBB2"].log2 == pytest.approx(2.0, abs=0.15)


def test_a_lost_gene_is_a_deep_deletion_and_thin_coverage_is_dropped():
    bins = paired_bins([1.0] * 40 + [0.2] * 10 + [1.0] * 40)
    where = {"PTEN": [("7", 40_000, 49_500)]}
    scale = CopyScale(purity=0.8, ploidy=2.0, center=0.0, tau=0.02)
    assert gene_copies(bins, where, scale=scale, amplification_min_copies=6)["PTEN"].state == "deep deletion"
    one_copy = replace(scale, purity=1.0)  # a fifth of two copies is nearer to none than to one, yet not in a
    found = gene_copies(paired_bins([1.0] * 40 + [0.5] * 10 + [1.0] * 40), where, scale=one_copy,
                        amplification_min_copies=6)["PTEN"]  # fmt: skip
    assert found.state == "neither"
    assert found.copies_lower < found.copies < found.copies_upper
    assert found.copies == pytest.approx(1.0, abs=0.25)
    thin = paired_bins([1.0] * 20, depth=6)
    assert len(thin) + sum(thin.dropped.values()) == 20
    assert sum(thin.dropped.values()) > 10


def test_six_copies_in_a_genome_of_four_sets_are_no_amplification():
    bins = _plain([0.0] * 60 + [np.log2(6 / 4)] * 10 + [0.0] * 60, sd=0.05)
    where = {"MYC": [("1", 6_000_000, 7_000_000)]}
    tetraploid = CopyScale(purity=1.0, ploidy=4.0, center=0.0, tau=0.02)
    assert gene_copies(bins, where, scale=tetraploid, amplification_min_copies=6)["MYC"].state == "neither"
    assert gene_copies(bins, where, scale=tetraploid, amplification_min_copies=6)[
        "MYC"
    ].copies == pytest.approx(6)


@given(st.floats(0.1, 1.0), st.integers(0, 20), st.sampled_from([1.0, 2.0]))
def test_copies_invert_the_mixture(purity, copies, normal):
    mixed = (purity * copies + normal * (1 - purity)) / normal
    level = float(np.log2(mixed)) if mixed > 0 else -50.0
    assert float(copies_at(level, purity, 2.0, normal)) == pytest.approx(copies, abs=1e-6)


def test_noise_is_measured_through_breaks():
    rng = np.random.default_rng(3)
    values = rng.normal(0, 0.3, 2000) + np.repeat([0.0, 2.0, -1.0, 0.5], 500)
    assert noise_sd(values, np.ones(2000)) == pytest.approx(0.3, rel=0.08)
    assert noise_sd(values[:2], np.ones(2)) == 0.0


def test_a_trend_of_gc_is_taken_out_and_a_segment_is_not():
    rng = np.random.default_rng(5)
    gc = rng.uniform(0.3, 0.7, 3000)
    truth = np.repeat([0.0, 0.6, 0.0], [1800, 400, 800])
    flat = without_trend(truth + 2 * (gc - 0.5) ** 2 + rng.normal(0, 0.1, 3000), gc, np.ones(3000, bool))
    assert np.corrcoef(flat[truth == 0], gc[truth == 0])[0, 1] == pytest.approx(0, abs=0.05)
    assert np.median(flat[1800:2200]) - np.median(flat[:1800]) == pytest.approx(0.6, abs=0.03)
    few = truth[:50]
    assert without_trend(few, gc[:50], np.ones(50, bool)) is few


def test_the_main_level_is_that_of_most_bins():
    assert main_level(np.array([0.1, 0.11, 0.12, 3.0, 4.0]), np.ones(5)) == pytest.approx(0.11, abs=0.011)


def test_long_contigs_are_cut_at_the_right_bins():
    rng = np.random.default_rng(8)
    levels = np.repeat([0.0, 0.6, -0.8, 0.0], [9_003, 5_111, 6_002, 11_000])
    values = levels + rng.normal(0, 0.2, len(levels))
    ends = find_ends(values, np.ones(len(values)), sd=0.2, n_total=len(values))
    assert ends[-1] == len(values)
    assert len(ends) == 4
    assert np.abs(np.array(ends[:3]) - np.cumsum([9_003, 5_111, 6_002])).max() <= 3


def test_a_copy_neutral_loss_shows_in_the_allele_fraction_only():
    hets = [(n, 0.5 if not 60 <= n < 100 else 0.1) for n in range(160)]
    raw = raw_coverage([1.0] * 160, hets=hets)
    bins = log_ratios(depth_bins(raw, ["7"]), None, sex=FEMALE)
    sites = het_sites(raw, bins, ["7"])
    assert len(segment_jointly(bins, no_sites())) == 1
    found = segment_jointly(bins, sites)
    assert [b for _, b in found] == [60, 100, 160]
    levels = measure_segments(bins, found, sites)
    assert levels.baf[1] == pytest.approx(0.1, abs=0.02)
    assert min(levels.baf[0], levels.baf[2]) > 0.46
    assert (levels.n_sites == [60, 40, 60]).all()


def test_sites_that_are_thin_or_not_heterozygous_are_counted_out():
    raw = raw_coverage([1.0] * 30, hets=[(n, 0.5) for n in range(30)], depth=12)
    bins = log_ratios(depth_bins(raw, ["7"]), None, sex=FEMALE)
    sites = het_sites(raw, bins, ["7"])
    assert len(sites) + sites.n_dropped == 30
    assert len(sites) == 0


def _genome(purity, states, *, n_bins=60, sd=0.15, tau=0.02, seed=1):
    """Segments of a tumor with known copies; (T, m) of each."""
    rng = np.random.default_rng(seed)
    total, minor = (np.array(one, dtype=float) for one in zip(*states, strict=True))
    n = len(states)
    mixed = purity * total + 2 * (1 - purity)
    log2 = np.log2(np.maximum(mixed, 0.02)) + rng.normal(0, np.hypot(sd / np.sqrt(n_bins), tau), n)
    baf = (purity * minor + 1 - purity) / mixed + rng.normal(0, tau / 2, n)
    return SegmentLevels(
        log2,
        np.full(n, sd**2 / n_bins),
        np.where(baf > 0.5, 1 - baf, baf),
        np.full(n, 0.008**2),
        np.full(n, n_bins),
        np.full(n, 3e7),
    )


DIPLOID = [(2, 1)] * 20 + [(1, 0)] * 6 + [(3, 1)] * 6 + [(2, 0)] * 3 + [(4, 2)] * 2
DOUBLED = [(4, 2)] * 12 + [(2, 0)] * 8 + [(3, 1)] * 6 + [(5, 2)] * 5 + [(4, 1)] * 4 + [(6, 2)] * 2


@pytest.mark.parametrize("states", [DIPLOID, DOUBLED])
@pytest.mark.parametrize("purity", [0.35, 0.7])
def test_purity_and_ploidy_of_a_known_genome(states, purity):
    ploidy = float(np.mean([t for t, _ in states]))
    fit = fit_purity_ploidy(_genome(purity, states))
    assert fit.best.purity == pytest.approx(purity, abs=0.05)
    assert fit.best.ploidy == pytest.approx(ploidy, abs=0.2)
    assert fit.purity_interval[0] <= fit.best.purity <= fit.purity_interval[1]
    assert fit.gap > 3
    assert fit.solutions[0].below == 0
    assert [one.below for one in fit.solutions] == sorted(one.below for one in fit.solutions)


def _profile(purity, states, *, n_bins=40, seed=2):
    """Bins, hets and segments of a tumor over contigs 1 to 22."""
    rng = np.random.default_rng(seed)
    bins, segments = [], []
    for k, (total, minor) in enumerate(states):
        mixed = purity * total + 2 * (1 - purity)
        bins.append((str(k % 22 + 1), np.log2(max(mixed, 0.03) / 2), (purity * minor + 1 - purity) / mixed))
        segments.append(bins[-1])
    order = sorted(range(len(bins)), key=lambda k: (int(bins[k][0]), k))
    raws = []
    offset: dict[str, int] = {}
    for k in order:
        contig, log2, baf = bins[k]
        first = offset.get(contig, 0)
        table = raw_coverage(
            [2.0**log2] * n_bins, depth=150, contig=contig, seed=int(rng.integers(1e9)),
            hets=[(n, baf) for n in range(n_bins)],
        )  # fmt: skip
        raws.append(table.with_columns(pl.col("start") + first * 1000, pl.col("end") + first * 1000))
        offset[contig] = first + n_bins
    raw = pl.concat(raws)
    contigs = [str(n) for n in range(1, 23)]
    ratios = log_ratios(depth_bins(raw, contigs), None, sex=FEMALE)
    sites = het_sites(raw, ratios, contigs)
    return measure_segments(ratios, segment_jointly(ratios, sites), sites)


def test_a_whole_profile_from_counts_to_copies():
    states = [(2, 1)] * 22 + [(1, 0)] * 8 + [(3, 1)] * 8 + [(2, 0)] * 4
    segments = _profile(0.6, states)
    verdict = judge_purity(segments)
    assert verdict.confident
    assert verdict.fit.best.purity == pytest.approx(0.6, abs=0.05)
    copies = assign_states(
        segments,
        purity=verdict.fit.best.purity,
        ploidy=verdict.fit.best.ploidy,
        center=segments.mean_log2(),
        tau=verdict.fit.tau,
        weights=verdict.fit.state_weights,
        sex=FEMALE,
    )
    found = sorted(zip(copies.total.tolist(), copies.minor.tolist(), segments.n_bins.tolist(), strict=True))
    by_state = {state: sum(n for *pair, n in found if tuple(pair) == state) for state in set(states)}
    assert by_state == pytest.approx({s: 40 * states.count(s) for s in set(states)}, abs=30)
    assert not copies.subclonal.any()
    assert is_doubled(segments, copies) == (False, None)
    assert loh_fraction(segments, copies)[0] == pytest.approx(12 / 42, abs=0.03)
    assert altered_fraction(segments, copies, FEMALE) == pytest.approx(16 / 42, abs=0.03)


def test_a_quiet_genome_is_said_to_be_quiet():
    verdict = judge_purity(_profile(0.6, [(2, 1)] * 22 + [(3, 1)]))
    assert verdict.state == "too quiet"
    assert "too few copy-number changes" in verdict.reason
    assert verdict.fit is None


def test_a_pool_of_normals_stands_in_for_the_matched_one(tmp_path):
    bias = np.random.default_rng(4).uniform(0.5, 2, 120)
    paths = []
    for k in range(6):
        path = tmp_path / f"n{k}.parquet"
        write_table(raw_coverage(2 * bias, seed=50 + k, roles=("normal",)), FEATURES_RAW_TABLE, path)
        paths.append(path)
    pool_path = tmp_path / "baseline" / "depth.parquet"
    summary = build_pool(paths, pool_path)
    assert (summary.n_normals, summary.n_bins, summary.n_thin) == (6, 120, 0)
    # tumor of its own: same bins, its normal's depth unknown, twice the copies in 20 bins
    levels = np.ones(120)
    levels[50:70] = 3.0
    tumor = depth_bins(raw_coverage(levels, seed=99, roles=("tumor",)), ["7"])
    bins = log_ratios(tumor, read_pool(pool_path, tumor), sex=FEMALE)
    assert [b for _, b in segment_bins(bins)] == [50, 70, 120]
    with pytest.raises(InputError, match="too few normals"):
        build_pool(paths[:2], pool_path)
    other = depth_bins(raw_coverage(levels, contig="9", roles=("tumor",)), ["9"])
    with pytest.raises(InputError, match="no bin of this assay"):
        read_pool(pool_path, other)
    write_table(raw_coverage([1.0] * 10, roles=("normal",)), FEATURES_RAW_TABLE, paths[1])
    with pytest.raises(InputError, match="bins differ"):
        build_pool(paths, pool_path)


@pytest.mark.parametrize("purity", [0.3, 0.6, 0.9])
def test_purity_is_twice_the_clonal_peak(purity):
    rng = np.random.default_rng(11)
    depth = rng.poisson(150, 60)
    cells = np.where(rng.random(60) < 0.7, 1.0, rng.uniform(0.2, 0.8, 60))
    found = estimate_purity(rng.binomial(depth, purity / 2 * cells), depth)
    assert found.value == pytest.approx(purity, abs=0.06)
    assert found.lower <= found.value <= found.upper
    assert found.method == "allele fractions"


def test_purity_is_null_with_few_variants():
    found = estimate_purity(np.array([10, 12]), np.array([50, 50]))
    assert found.value is None
    assert "2 somatic SNVs" in found.reason


HEADER = "chromosome\tstart\tend\tgene\tlog2\tdepth\tweight\n"


def _cnr(path, rows):
    path.write_text(HEADER + "".join("\t".join(str(cell) for cell in row) + "\n" for row in rows))
    return path


def test_a_file_of_bins_is_segmented_and_what_is_left_out_counted(tmp_path):
    rng = np.random.default_rng(2)
    rows = [
        ("chr1", 1000 * n, 1000 * n + 500, "-", round(float(rng.normal(0.5 * (n >= 60), 0.1)), 4), 9.0, 0.9)
        for n in range(120)
    ]
    rows[7] = ("chr1", 7000, 7500, "-", -20.0, 0.0, 0.9)
    found = segment_file(_cnr(tmp_path / "a.cnr", rows), sample_id="A")
    assert found.segments["n_bins"].to_list() == [59, 60]
    assert found.segments["total_cn"].null_count() == 2
    assert found.tally.filtered == {"bins without depth or weight": 1}
    shuffled = [rows[n] for n in rng.permutation(120)]
    again = segment_file(_cnr(tmp_path / "b.cnr", shuffled), sample_id="A")
    assert again.segments.equals(found.segments)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("chr1", "x", 500, "-", 0.1, 9, 1), "line 3.*start is no number"),
        (("chr1", 900, 500, "-", 0.1, 9, 1), "line 3.*ends before it starts"),
        (("chr1", 0, 500, "-", "nan", 9, 1), "line 3.*log2 is no number"),
    ],
)
def test_a_broken_bin_is_named_by_its_line(tmp_path, row, words):
    path = _cnr(tmp_path / "a.cnr", [("chr1", 0, 500, "-", 0.1, 9, 1), row])
    with pytest.raises(InputError, match=f"(?s){words}"):
        segment_file(path, sample_id="A")


def test_files_that_hold_no_bins_are_refused(tmp_path):
    path = tmp_path / "a.cnr"
    path.write_text("chrom\tbegin\n1\t2\n")
    with pytest.raises(InputError, match="column is missing"):
        segment_file(path, sample_id="A")
    with pytest.raises(InputError, match="no such file"):
        segment_file(tmp_path / "b.cnr", sample_id="A")
    with pytest.raises(NotAssessableError, match="no bin with depth"):
        segment_file(_cnr(path, [("1", 0, 5, "-", -20, 0, 1)]), sample_id="A")
    raw = tmp_path / "features_raw.parquet"
    write_table(raw_coverage([1.0] * 20, roles=("tumor",)), FEATURES_RAW_TABLE, raw)
    with pytest.raises(NotAssessableError, match="nothing to be held against"):
        segment_file(raw, sample_id="A")


@pytest.mark.realdata
@pytest.mark.parametrize(("name", "n"), [("p2-9_2", 46), ("p2-20_1", 55), ("p2-20_2", 61)])
def test_the_exomes_have_the_segments_that_agreed_with_dnacopy(shared, name, n):
    """Counts of the run of benchmarks/copy_number.py that was compared (F1 1.00, 1.00, 0.957)."""
    path = shared / "data" / "cnv" / "cnvkit" / f"{name}.cnr.gz"
    assert segment_file(path, sample_id=name).segments.height == n


def test_dots_for_the_plot_are_thinned_within_segments():
    bins = _plain([0.0] * 3000 + [1.0] * 500)
    segments = measure_segments(bins, [(0, 3000), (3000, 3500)], no_sites())
    dots = genome_dots(bins, segments, no_sites(), None)
    assert dots["unit"] == "log2"
    (part,) = dots["bins"]
    assert 800 < len(part["at"]) <= 902
    assert set(part["value"]) == {0.0, 1.0}
    scale = CopyScale(purity=1.0, ploidy=2.0, center=0.0, tau=0.02)
    assert set(genome_dots(bins, segments, no_sites(), scale)["bins"][0]["value"]) == {2.0, 4.0}


def test_a_faint_tumor_is_too_quiet_to_fit():
    states = [(2, 1)] * 22 + [(1, 0)] * 8 + [(3, 1)] * 8 + [(2, 0)] * 4
    verdict = judge_purity(_profile(0.1, states))
    assert not verdict.confident
    assert verdict.reason


WARMED = (
    segment_cbs,
    segment_pelt,
    fit_segment_bafs,
    score_grid,
    score_solution,
    cell_fraction_posterior,
)


def test_warming_up_compiles_each_kernel_that_a_fit_calls():
    compile_copy_number()
    for kernel in WARMED:
        assert kernel.signatures, kernel.__name__
