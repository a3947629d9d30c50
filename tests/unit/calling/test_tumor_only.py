"""Without a normal: local allelic balance, purity, and who is called somatic, germline or neither."""

import json
from itertools import product

import numpy as np
import pysam
import pytest
from calling_bams import other_base, pairs, random_reference, write_bam, write_reference

from oncoloom.calling import allelic_balance
from oncoloom.calling.allelic_balance import IMBALANCES, ContigImbalance, find_anchors, log_two_sided
from oncoloom.calling.candidate_table import CandidateTable
from oncoloom.calling.mixture import GERMLINE, SOMATIC, SparseHistograms
from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call
from oncoloom.calling.pon.file import COUNTS, N_COUNTS
from oncoloom.calling.purity import PURITIES, estimate_purity, fraction_cells, log_binomial, somatic_prior
from oncoloom.calling.sample_fit import FitSettings
from oncoloom.calling.tumor_only import fit_tumor_only, log_beta_binomial, log_fractions
from oncoloom.kernels.arrays import N_BINS, N_STATISTICS, STATISTIC

ALT_BIN, REF_BIN = 220, 60  # +9 and -7 nats


# --- allelic balance ----------------------------------------------------------------------------------------
def test_two_sided_probability_sums_to_one():
    from scipy.special import gammaln

    depth = 40.0
    alt = np.arange(41.0)
    orders = np.exp(gammaln(depth + 1) - gammaln(alt + 1) - gammaln(depth - alt + 1))
    fit = np.exp(log_two_sided(alt, np.full(41, depth)))
    np.testing.assert_allclose((fit * orders[:, None]).sum(axis=0), 1.0, rtol=1e-9)


def test_chain_equals_the_sum_over_all_paths(monkeypatch):
    """Posteriors of four anchors, by enumerating 3^4 paths of states."""
    monkeypatch.setattr(allelic_balance, "IMBALANCES", np.array([0.0, 0.2, 0.4]))
    fit = np.log(np.random.default_rng(1).uniform(0.1, 1.0, (4, 3)))
    place, prior = np.array([0, 200_000, 900_000, 950_000]), np.array([0.6, 0.3, 0.1])
    stay = np.exp(-np.diff(place) / allelic_balance.SEGMENT_BP)
    total = np.zeros((4, 3))
    for path in product(range(3), repeat=4):
        weight = prior[path[0]] * np.exp(fit[0, path[0]])
        for i in range(1, 4):
            move = stay[i - 1] * (path[i] == path[i - 1]) + (1 - stay[i - 1]) * prior[path[i]]
            weight *= move * np.exp(fit[i, path[i]])
        for i in range(4):
            total[i, path[i]] += weight
    expected = total / total.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(allelic_balance._smooth(fit, place, prior), expected, rtol=1e-9)


def test_lost_copies_are_found_where_they_are():
    """A stretch with imbalance 0.24 between balanced ones, 60 deep; another contig has no anchors."""
    random = np.random.default_rng(2)
    place = np.concatenate([np.arange(300) * 2_000, [5_000]])
    contig = np.array([0] * 300 + [1])
    lost = (place >= 200_000) & (place < 400_000) & (contig == 0)
    side = random.choice([-1, 1], 301)
    depth = np.full(301, 60.0)
    alt = random.binomial(60, 0.5 + 0.24 * side * lost).astype(float)
    anchors = find_anchors(alt, depth, np.where(contig == 0, 0.2, np.nan), np.ones(301, bool))
    assert 250 < len(anchors) <= 300
    here = [anchors[contig[anchors] == name] for name in (0, 1)]
    chains = [ContigImbalance.from_anchors(place[mine], alt[mine], depth[mine]) for mine in here]
    found = np.concatenate([chain.at(place[contig == name]) for name, chain in enumerate(chains)])
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    mean = found @ IMBALANCES
    inside = (place > 220_000) & (place < 380_000) & (contig == 0)
    outside = ((place < 180_000) | (place > 420_000)) & (contig == 0)
    assert mean[inside].min() > 0.18
    assert mean[outside].max() < 0.1
    assert found[300, 0] == pytest.approx(allelic_balance.BALANCED_PRIOR)


def test_rare_and_shallow_variants_are_no_anchors():
    alt, depth = np.array([20.0, 20, 3, 40, 20]), np.array([40.0, 40, 6, 40, 40])
    population = np.array([0.2, 1e-4, 0.2, 0.2, np.nan])
    assert find_anchors(alt, depth, population, np.ones(5, bool)).tolist() == [0]


# --- purity -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("purity", [0.3, 0.55, 0.8])
def test_purity_of_a_simulated_tumor(purity):
    random = np.random.default_rng(int(100 * purity))
    clonal = np.full(60, purity / 2)
    subclonal = np.exp(random.uniform(np.log(0.03), np.log(purity / 2), 60))
    depth = random.poisson(150, 130).astype(float)
    alt = random.binomial(depth.astype(int), np.concatenate([clonal, subclonal, np.full(10, 0.5)]))
    seen = alt >= 4
    alt, depth = alt[seen].astype(float), depth[seen]
    het = log_beta_binomial(alt, depth, 75, 75)
    hom = log_beta_binomial(alt, depth, 60, 0.8)
    found = estimate_purity(alt, depth, het, hom, np.ones(len(alt)))
    assert found.purity == pytest.approx(purity, abs=0.06)
    assert found.low <= found.purity <= found.high
    assert found.variants == len(alt)


def test_few_variants_give_no_purity():
    some = np.full(5, 10.0)
    found = estimate_purity(some, 4 * some, some, some, np.ones(5))
    assert (found.purity, found.variants) == (None, 5)


@pytest.mark.parametrize("clonal", [0.0, 0.4])
def test_somatic_prior_sums_to_one_and_falls_above_the_purity(clonal):
    for purity in PURITIES[::8].tolist():
        weights = somatic_prior(purity, clonal=clonal)
        assert weights.sum() == pytest.approx(1.0)
        assert weights[-1] < weights[fraction_cells() < purity / 2].mean()


def test_binomial_counts():
    from scipy.stats import binom

    cells = fraction_cells()
    logs = log_binomial(np.array([3.0]), np.array([20.0]), cells)[0]
    np.testing.assert_allclose(np.exp(logs) * 1140, binom.pmf(3, 20, cells), rtol=1e-9)


# --- the fit ------------------------------------------------------------------------------------------------
def table_of(alt, depth, population_af, *, carriers=0):
    """Substitutions (A>G, 5 kb apart) with so many alternative fragments, half on each strand."""
    alt, depth = np.asarray(alt), np.asarray(depth)
    n = len(alt)
    counts = np.zeros((n, N_STATISTICS), np.int32)
    counts[:, STATISTIC["alt"]], counts[:, STATISTIC["ref"]] = alt, depth - alt
    cells, numbers, borders = [], [], [0]
    for a, d in zip(alt.tolist(), depth.tolist(), strict=True):
        here = {}
        for pair in ((0, 1), (4, 5)):  # orientations of fragments, then strands of reads
            for turn, category in enumerate(pair):
                here[category * N_BINS + REF_BIN] = (d - a + turn) // 2
                here[category * N_BINS + ALT_BIN] = (a + turn) // 2
        cells += sorted(here)
        numbers += [here[cell] for cell in sorted(here)]
        borders.append(len(cells))
    panel = np.zeros((n, N_COUNTS), np.int32)
    panel[:, COUNTS.index("carriers")] = carriers
    panel[:, COUNTS.index("normals")] = np.where(panel[:, COUNTS.index("carriers")] > 0, 10, 0)
    zeros = np.zeros(n)
    return CandidateTable(
        contig=["1"] * n,
        pos=np.arange(n) * 5_000,
        ref=["A"] * n,
        alt=["G"] * n,
        contig_index=np.zeros(n, np.int64),
        forced=zeros.astype(bool),
        unit=zeros.astype(np.int32),
        units=zeros,
        slippage_rate=zeros,
        in_repeat=zeros.astype(bool),
        population_af=np.asarray(population_af, float),
        panel=panel,
        tumor=counts,
        normal=np.zeros((n, N_STATISTICS), np.int32),
        is_indel=zeros.astype(bool),
        histograms=SparseHistograms(
            np.array(borders), np.array(cells, np.int32), np.array(numbers, np.int32)
        ),
    )


SETTINGS = FitSettings(callable_bp=1_000_000, has_population=True)


def a_tumor(random, *, extra_alt=(), extra_af=(), carriers=()):
    """200 germline variants (six unlisted) and 60 somatic ones at purity 0.6, 80 fragments deep."""
    fractions = np.concatenate([np.full(130, 0.5), np.full(70, 0.99), np.full(30, 0.3), np.full(30, 0.12)])
    alt = np.concatenate([random.binomial(80, fractions), np.asarray(extra_alt, int)])
    population = np.full(len(alt), np.nan)
    population[:200] = np.where(np.arange(200) % 33 == 5, np.nan, 0.2)
    population[260:] = extra_af
    origin = np.array(["germline"] * 200 + ["somatic"] * 60 + ["?"] * len(extra_alt))
    marks = np.concatenate([np.zeros(260, int), np.asarray(carriers or np.zeros(len(extra_alt)), int)])
    mixed = np.concatenate([random.permutation(260), np.arange(260, len(alt))])
    alt, population, marks = alt[mixed], population[mixed], marks[mixed]
    return table_of(alt, np.full(len(alt), 80), population, carriers=marks), origin[mixed]


def test_somatic_and_germline_are_told_apart_and_the_purity_is_found():
    table, origin = a_tumor(np.random.default_rng(5))
    fit = fit_tumor_only(table, SETTINGS)
    somatic = fit.mixture.posterior[:, SOMATIC] > 0.5
    assert (somatic & (origin == "germline")).sum() <= 2
    assert (somatic & (origin == "somatic")).sum() >= 55
    assert fit.purity.purity == pytest.approx(0.6, abs=0.08)
    np.testing.assert_allclose(fit.mixture.posterior.sum(axis=1), 1.0)


def test_others_knowledge_of_an_allele_speaks_for_germline():
    """Three alleles at fraction 0.3: of nobody, of the population, of three normals of the panel."""
    table, _ = a_tumor(
        np.random.default_rng(6), extra_alt=[24] * 3, extra_af=[np.nan, 0.3, np.nan], carriers=[0, 0, 3]
    )
    posterior = fit_tumor_only(table, SETTINGS).mixture.posterior
    assert posterior[260, SOMATIC] > 0.9
    assert posterior[261, GERMLINE] > posterior[260, GERMLINE]
    assert posterior[262, GERMLINE] > posterior[260, GERMLINE]


def test_without_a_population_germline_is_no_hypothesis():
    table, _ = a_tumor(np.random.default_rng(7))
    fit = fit_tumor_only(table, FitSettings(callable_bp=1_000_000, has_population=False))
    assert fit.mixture.posterior[:, GERMLINE].max() < 1e-12
    assert fit.purity.purity is None


def test_germline_in_a_lost_stretch_keeps_its_fractions():
    """Heterozygous variants around 0.75 and 0.25: an unlisted one among them fits germline better there."""
    random = np.random.default_rng(8)
    side = random.choice([-1, 1], 60)
    alt = random.binomial(80, 0.5 + 0.25 * side)
    shown = log_fractions(table_of(alt, np.full(60, 80), np.full(60, 0.2)))
    balanced = log_fractions(table_of(alt[:1], np.full(1, 80), np.full(1, np.nan)))
    assert shown.het[0] > balanced.het[0] + 1
    assert shown.balance[30] < 0.1


def test_a_whole_call_says_purity_origin_and_note(tmp_path):
    sequence = random_reference(3, 3_000)
    germline = {at: ("sub", other_base(sequence[at])) for at in range(200, 2_800, 200)}
    somatic = {at: ("sub", other_base(sequence[at])) for at in range(300, 2_800, 200)}

    def edits(random):
        found = dict(germline) if random.random() < 0.5 else {}
        found.update(somatic if random.random() < 0.25 else {})
        return found

    contigs = {"1": sequence}
    reference = write_reference(tmp_path / "ref.fa", contigs)
    tumor = write_bam(tmp_path / "t.bam", contigs, "T", pairs(sequence, "1", 900, edits, seed=4))
    lines = ["##fileformat=VCFv4.3", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    lines += [
        f"1\t{at + 1}\t.\t{sequence[at]}\t{other_base(sequence[at])}\t.\t.\tAF=0.2" for at in sorted(germline)
    ]
    (tmp_path / "popaf.vcf").write_text("\n".join(lines) + "\n")
    inputs = CallInputs(reference=reference, tumor=tumor, population_af=tmp_path / "popaf.vcf")
    run_call(inputs, tmp_path / "calls")
    with pysam.VariantFile(str(tmp_path / "calls" / "somatic.vcf.gz")) as handle:
        assert "are told apart by allele fractions" in str(handle.header)
        records = {one.pos - 1: one for one in handle}
    assert {at for at, one in records.items() if list(one.filter) == ["PASS"]} <= set(somatic)
    called = [records[at] for at in somatic if at in records and list(records[at].filter) == ["PASS"]]
    assert len(called) >= 8
    for one in called:
        assert one.info["ORIGIN"] == "somatic"
        assert one.info["PS"] + one.info["PG"] + one.info["PART"] == pytest.approx(1.0, abs=0.01)
    qc = json.loads((tmp_path / "calls" / "qc.json").read_text())
    assert qc["purity_estimate"]["purity"] is None or 0.3 < qc["purity_estimate"]["purity"] < 0.7
