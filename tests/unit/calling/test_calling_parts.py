"""Parts of calling by themselves: EM, cut, slippage, tiles, sample figures, filters, shards' doors."""

import numpy as np
import polars as pl
import pytest
from calling_reads import Read, encode

from oncoloom.calling import contamination
from oncoloom.calling.alleles import Allele
from oncoloom.calling.candidate_store import CANDIDATE_SCHEMA
from oncoloom.calling.filters.base import FilterInputs
from oncoloom.calling.filters.registry import FILTERS, apply_filters, filter_texts, mark_bits
from oncoloom.calling.germline_model import HET, HOM, SampleGenotypes
from oncoloom.calling.mixture import SOMATIC, STRAND, classify_sites
from oncoloom.calling.mixture_fit import best_cut, fit_mixture
from oncoloom.calling.pon.file import COUNTS, N_COUNTS
from oncoloom.calling.records import number, quality
from oncoloom.calling.resources import add_population_af, check_population
from oncoloom.calling.shard import read_shard
from oncoloom.calling.slippage import OUTSIDE_REPEATS, indel_context, smallest_unit
from oncoloom.calling.tile_sums import first_covered
from oncoloom.calling.tiles import TILE_BP, TILE_OFFSET_BP, Tile, plan_tiles
from oncoloom.errors import InputError, ReferenceMismatchError
from oncoloom.kernels.arrays import N_STATISTICS, STATISTIC
from oncoloom.reads.reference import Reference
from oncoloom.reads.regions import Region
from oncoloom.testing.reads import write_reference


# --- rates -------------------------------------------------------------------------------------------------
def invented_scores(n_somatic, n_noise):
    """Scores of clear somatic candidates and of strand artifacts."""
    scores = np.full((n_somatic + n_noise, 9), -1e9)
    scores[:, 1] = 0.0
    scores[:n_somatic, SOMATIC] = 40.0
    scores[n_somatic:, SOMATIC], scores[n_somatic:, STRAND] = 10.0, 16.0
    return scores, np.zeros(n_somatic + n_noise, np.int64)


def test_rates_are_per_site_and_learned():
    scores, index = invented_scores(100, 50)
    fitted = fit_mixture(scores, index, 1e6)
    assert fitted.rates[0, SOMATIC] == pytest.approx(100 / 2e6, rel=0.2)
    assert fitted.rates[0, STRAND] == pytest.approx(50 / 2e6, rel=0.3)
    assert (fitted.posterior[:100, SOMATIC] > 0.999).all()
    assert (fitted.posterior[100:, SOMATIC] < 0.5).all()
    assert fitted.posterior.sum(axis=1) == pytest.approx(1.0)


def test_a_quiet_sample_makes_the_caller_strict():
    scores = np.full((1, 9), -1e9)
    scores[0, [0, 1]] = 12.0, 0.0
    quiet = fit_mixture(scores, np.zeros(1, np.int64), 1e6).posterior[0, SOMATIC]
    others, _ = invented_scores(300, 0)
    busy = fit_mixture(np.vstack([scores, others]), np.zeros(301, np.int64), 1e6).posterior[0, SOMATIC]
    assert quiet < 0.5 < busy


def test_hotspots_get_their_prior():
    scores, index = invented_scores(1, 0)
    scores[0, SOMATIC] = 9.0
    plain = fit_mixture(scores, index, 1e6).posterior[0, SOMATIC]
    hot = fit_mixture(scores, index, 1e6, prior_bonus=np.array([1e-3])).posterior[0, SOMATIC]
    assert hot > 0.8 > plain


def test_a_given_somatic_rate_replaces_the_learned_one_and_nothing_else():
    scores, index = invented_scores(100, 50)
    learned = fit_mixture(scores, index, 1e6)
    given = fit_mixture(scores, index, 1e6, somatic_rate=2e-6)
    assert (given.rates[:, SOMATIC] == 2e-6).all()
    assert (np.delete(given.rates, SOMATIC, axis=1) == np.delete(learned.rates, SOMATIC, axis=1)).all()


def test_best_cut_maximises_expected_f():
    posterior = np.array([0.99, 0.95, 0.9, 0.6, 0.3, 0.2, 0.05])
    expected = {
        cut: 2 * posterior[posterior >= cut].sum() / ((posterior >= cut).sum() + posterior.sum())
        for cut in posterior
    }
    assert best_cut(posterior, least=0.0, most=1.0) == max(expected, key=expected.get)
    assert best_cut(np.array([]), least=0.4) == 0.4


def test_classes_and_damage_orientation():
    ref, alt = ["C", "G", "G", "C", "A", "CA", "CC"], ["T", "A", "T", "A", "G", "C", "TT"]
    rate = np.array([0, 0, 0, 0, 0, 0.01, 0.0])
    sites = classify_sites(ref, alt, rate, rate > 0)
    assert sites.index.tolist() == [1, 1, 2, 2, 0, 4, 1]
    assert sites.damage.tolist() == [0, 1, 0, 1, -1, -1, 0]


# --- slippage ----------------------------------------------------------------------------------------------
def test_slippage_grows_with_the_tract_and_falls_with_the_step():
    assert smallest_unit("ACACAC") == 2
    assert smallest_unit("AAAA") == 1
    assert smallest_unit("ACG") == 3
    short, long = (indel_context(Allele(5, "CA", "C"), slack)[2] for slack in (6, 12))
    assert OUTSIDE_REPEATS < short < long
    two = indel_context(Allele(5, "CAA", "C"), 12)
    assert two[0] == 1
    assert two[2] < long
    assert indel_context(Allele(5, "CAGT", "C"), 0)[2] == OUTSIDE_REPEATS


# --- tiles -------------------------------------------------------------------------------------------------
def test_tiles_cover_the_assay_once_and_shards_give_the_same_bases():
    assay = [Region("a", 0, 600_000), Region("b", 10, 200), Region("b", 500, 900), Region("b", 9_000, 9_100)]
    covered = [
        (tile.contig, x) for tile in plan_tiles(assay, None) for s, e in tile.intervals for x in (s, e - 1)
    ]
    assert len(set(covered)) == len(covered)
    total = sum(e - s for tile in plan_tiles(assay, None) for s, e in tile.intervals)
    assert total == sum(one.end - one.start for one in assay)
    first, second = (n * TILE_BP + TILE_OFFSET_BP for n in (1, 2))
    shard = plan_tiles(assay, [Region("a", 100_000, 600_000), Region("b", 0, 600)])
    assert [(tile.contig, tile.start, tile.end, tile.assay_before) for tile in shard] == [
        ("a", 100_000, first, 100_000),
        ("a", first, second, first),
        ("a", second, 600_000, second),
        ("b", 10, 600, 0),
    ]


def test_a_read_is_counted_in_the_tile_of_its_first_assay_base():
    columns, _ = encode(
        [
            Read(1, 90, (("M", 20),), "A" * 20),
            Read(2, 100, (("M", 5),), "A" * 5),
            Read(3, 150, (("M", 60),), "A" * 60),
        ]
    )
    first = Tile("a", ((80, 100),), 0)
    second = Tile("a", ((100, 120), (200, 220)), 100)
    assert first_covered(columns, first).tolist() == [True, False, False]
    assert first_covered(columns, second).tolist() == [False, True, True]


# --- whose DNA ---------------------------------------------------------------------------------------------
def counts(ref, alt, other=0):
    table = np.zeros((len(ref), N_STATISTICS), np.int32)
    table[:, STATISTIC["ref"]], table[:, STATISTIC["alt"]], table[:, STATISTIC["other"]] = ref, alt, other
    return table


def test_concordance_is_blind_to_loss_of_heterozygosity():
    normal = counts([0, 0, 15, 15], [30, 30, 15, 15])
    genotype = np.array([2, 2, 1, 1], np.int8)
    same = contamination.estimate_concordance(
        counts([1, 0, 40, 0], [40, 40, 0, 40]), normal, genotype, np.ones(4, bool)
    )
    assert same == (2, 2)
    other = contamination.estimate_concordance(
        counts([40, 20, 0, 0], [0, 20, 40, 40]),
        counts([0, 0, 30, 30], [30, 30, 0, 0]),
        np.array([2, 2, 0, 0], np.int8),
        np.ones(4, bool),
    )
    assert other == (4, 0)


def test_tumor_in_normal():
    random = np.random.Generator(np.random.PCG64(4))
    alt_t, alt_n = random.binomial(80, 0.35, 40), random.binomial(40, 0.35 * 0.15, 40)
    leak = contamination.estimate_tumor_in_normal(counts(80 - alt_t, alt_t), counts(40 - alt_n, alt_n))
    assert leak.fraction == pytest.approx(0.15, abs=0.05)


def test_what_passes_as_somatic_is_no_germline_variant():
    found = SampleGenotypes.empty(4, None)
    found.genotype[:] = [0, HET, HOM, HET]
    left = found.without(np.array([1, 2]))
    assert left.genotype.tolist() == [0, 0, 0, HET]
    assert found.genotype.tolist() == [0, HET, HOM, HET]  # another tumor may judge otherwise


# --- filters -----------------------------------------------------------------------------------------------
def filter_inputs(**changes):
    posterior = np.zeros((2, 7))
    posterior[:, SOMATIC] = 1.0
    tumor = counts([50, 50], [10, 10])
    tumor[:, STATISTIC["alt_starts"]], tumor[:, STATISTIC["alt_reads"]] = 4, 10
    tumor[:, STATISTIC["alt_mapq_sum"]], tumor[:, STATISTIC["alt_end_distance"]] = 600, 30
    base = {
        "posterior": posterior,
        "foreign": np.zeros(2),
        "veto": np.full(2, -9.0),
        "tumor": tumor,
        "normal": counts([30, 30], [0, 0]),
        "panel": np.zeros((2, N_COUNTS), np.int32),
        "is_indel": np.zeros(2, bool),
        "contig": np.zeros(2, np.int64),
        "pos": np.array([100, 9_000]),
        "cut": 0.55,
        "min_af": 0.01,
    }
    given = {**base, **changes}
    return FilterInputs(**{"probability": given["posterior"][:, SOMATIC], "tumor_in_normal": 0.0, **given})


def test_a_clean_call_passes():
    assert filter_texts(mark_bits(apply_filters(filter_inputs()))) == ["PASS", "PASS"]


@pytest.mark.parametrize(
    ("hypothesis", "name"),
    [
        (1, "weak_evidence"),
        (2, "germline"),
        (3, "normal_artifact"),
        (4, "strand_bias"),
        (5, "orientation"),
        (6, "slippage"),
    ],
)
def test_the_strongest_rival_names_the_filter(hypothesis, name):
    posterior = np.zeros((2, 7))
    posterior[0, [SOMATIC, hypothesis]] = 0.3, 0.7
    posterior[1, SOMATIC] = 1.0
    assert filter_texts(mark_bits(apply_filters(filter_inputs(posterior=posterior)))) == [name, "PASS"]
    posterior[0, hypothesis] = 0.2
    foreign = filter_inputs(posterior=posterior, foreign=np.array([0.5, 0.0]))
    assert filter_texts(mark_bits(apply_filters(foreign))) == ["contamination", "PASS"]


def test_what_may_as_well_be_germline_is_no_call_whatever_the_trained_filter_makes_of_it():
    posterior = np.zeros((2, 7))
    posterior[0, [SOMATIC, 2]] = 0.74, 0.26
    posterior[1, [SOMATIC, 2]] = 0.76, 0.24
    sure = {"posterior": posterior, "probability": np.array([0.9, 0.9]), "cut": 0.4}
    assert filter_texts(mark_bits(apply_filters(filter_inputs(**sure)))) == ["germline", "PASS"]
    without_normal = filter_inputs(**sure, normal=np.zeros((2, N_STATISTICS), np.int32))
    assert filter_texts(mark_bits(apply_filters(without_normal))) == ["PASS", "PASS"]


def test_what_only_the_trained_filter_rejects_is_said_to_be_so():
    inputs = filter_inputs(probability=np.array([0.2, 0.9]))
    assert filter_texts(mark_bits(apply_filters(inputs))) == ["low_probability", "PASS"]
    posterior = np.zeros((2, 7))
    posterior[:, SOMATIC], posterior[:, 3] = 0.4, 0.6
    lifted = filter_inputs(posterior=posterior, probability=np.array([0.2, 0.9]))
    assert filter_texts(mark_bits(apply_filters(lifted))) == ["normal_artifact", "PASS"]


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [
        ("alt_starts", 1, "duplicate"),
        ("alt_mapq_sum", 90, "map_qual"),
        ("ref", 5000, "low_af"),
    ],
)
def test_fixed_thresholds(column, value, name):
    inputs = filter_inputs()
    inputs.tumor[0, STATISTIC[column]] = value
    assert filter_texts(mark_bits(apply_filters(inputs))) == [name, "PASS"]


def test_two_noisy_normals_of_the_panel_mark():
    inputs = filter_inputs()
    inputs.panel[:, COUNTS.index("noisy_normals")] = 2, 1
    assert filter_texts(mark_bits(apply_filters(inputs))) == ["panel_of_normals", "PASS"]


def test_veto_and_clusters():
    carried = filter_inputs(veto=np.array([1.0, -9.0]), normal=counts([20, 20], [5, 0]))
    assert filter_texts(mark_bits(apply_filters(carried))) == ["germline", "PASS"]
    nearly = {"veto": np.array([-1.0, 1.0]), "normal": counts([20, 20], [5, 5])}
    assert filter_texts(mark_bits(apply_filters(filter_inputs(**nearly)))) == ["germline", "germline"]
    leaking = filter_inputs(**nearly, tumor_in_normal=0.2)  # the leak is in the figure
    assert filter_texts(mark_bits(apply_filters(leaking))) == ["PASS", "germline"]
    one = filter_inputs()
    columns = (
        "posterior",
        "probability",
        "foreign",
        "veto",
        "tumor",
        "normal",
        "panel",
        "is_indel",
        "contig",
    )
    many = {name: np.repeat(getattr(one, name)[:1], 5, axis=0) for name in columns}
    many |= {"cut": 0.55, "min_af": 0.01, "tumor_in_normal": 0.0}
    close = FilterInputs(**many, pos=np.array([100, 110, 120, 130, 5_000]))
    assert filter_texts(mark_bits(apply_filters(close))) == ["PASS"] * 5
    five = FilterInputs(**many, pos=np.array([100, 110, 120, 130, 140]))
    assert filter_texts(mark_bits(apply_filters(five))) == ["clustered_events"] * 5


def test_what_the_normal_shows_at_a_like_fraction_is_noise_of_both():
    alike = {"normal": counts([28, 28], [2, 1])}  # 2 of 30 against 10 of 60; one fragment alone says nothing
    assert filter_texts(mark_bits(apply_filters(filter_inputs(**alike)))) == ["normal_artifact", "PASS"]
    leaking = filter_inputs(**alike, tumor_in_normal=0.2)
    assert filter_texts(mark_bits(apply_filters(leaking))) == ["PASS", "PASS"]
    indels = filter_inputs(**alike, is_indel=np.ones(2, bool))
    assert filter_texts(mark_bits(apply_filters(indels))) == ["PASS", "PASS"]


def test_registry_of_filters_keeps_the_house_rules():
    names = [one.name for one in FILTERS]
    assert len(set(names)) == len(names)
    for one in FILTERS:
        assert one.name == one.name.lower()
        assert " " not in one.name
        assert '"' not in one.description
        marks = one.marks(filter_inputs())
        assert marks.shape == (2,)
        assert marks.dtype == bool


# --- text --------------------------------------------------------------------------------------------------
def test_numbers_have_no_negative_zero_and_no_nan():
    assert [number(value) for value in (-0.0, 2e-44, 0.123456, float("nan"), 12345678.0)] == [
        "0",
        "0",
        "0.1235",
        ".",
        "1.235e+07",
    ]
    assert quality(0.99) == "20"
    assert quality(1.0) == "99.99"


# --- doors -------------------------------------------------------------------------------------------------
def test_a_folder_that_is_no_shard(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_shard(tmp_path)
    (tmp_path / "shard.json").write_text('{"header": {"shard_version": 1}}')
    with pytest.raises(InputError, match="not a shard's header"):
        read_shard(tmp_path)


def test_population_af_needs_af(tmp_path):
    frame = pl.DataFrame({"contig": ["one"], "pos": [4], "ref": ["A"], "alt": ["C"]}).with_columns(
        pl.lit(None, dtype=CANDIDATE_SCHEMA["population_af"]).alias("population_af")
    )
    head = '##fileformat=VCFv4.2\n##contig=<ID=one>\n##INFO=<ID=AF,Number=A,Type=Float,Description="x">\n'
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    path = tmp_path / "af.vcf"
    path.write_text(head + columns + "one\t5\t.\tA\tG,C\t.\t.\tAF=0.1,0.25\n")
    assert add_population_af(frame, path, ["one"])["population_af"].to_list() == [0.25]
    path.write_text(head + columns + "one\t5\t.\tA\tC\t.\t.\t.\n")
    with pytest.raises(InputError, match="without INFO/AF"):
        add_population_af(frame, path, ["one"])


def test_population_af_of_padded_multi_allelic_records(tmp_path):
    rows = [(4, "CA", "C"), (4, "C", "CT"), (5, "A", "G")]
    frame = pl.DataFrame(
        {"contig": ["1"] * 3, **dict(zip(("pos", "ref", "alt"), zip(*rows, strict=True), strict=True))}
    ).with_columns(pl.lit(None, dtype=CANDIDATE_SCHEMA["population_af"]).alias("population_af"))
    path = tmp_path / "af.vcf"
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    path.write_text(head + "1\t5\t.\tCAA\tCA,CTAA,CGA\t.\t.\tAF=0.1,0.2,0.3\n")
    assert add_population_af(frame, path, ["1"])["population_af"].to_list() == [0.1, 0.2, 0.3]


def test_population_frequencies_of_another_build_are_refused_at_the_door(tmp_path):
    reference = Reference.open(write_reference(tmp_path / "ref.fa", {"1": "ACGTACGTAC"}))
    path = tmp_path / "af.vcf"
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    path.write_text(head + "chr1\t2\t.\tC\tT\t.\t.\tAF=0.1\nother\t9\t.\tG\tC\t.\t.\tAF=0.1\n")
    check_population(path, reference)
    path.write_text(head + "chr1\t2\t.\tC\tT\t.\t.\tAF=0.1\n1\t3\t.\tT\tC\t.\t.\tAF=0.1\n")
    with pytest.raises(ReferenceMismatchError, match="REF is not") as caught:
        check_population(path, reference)
    assert "line 4" in str(caught.value)


def test_population_af_in_the_other_contig_style_is_renamed_and_counted(tmp_path, caplog):
    frame = pl.DataFrame({"contig": ["1"], "pos": [4], "ref": ["A"], "alt": ["C"]}).with_columns(
        pl.lit(None, dtype=CANDIDATE_SCHEMA["population_af"]).alias("population_af")
    )
    path = tmp_path / "af.vcf"
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    path.write_text(head + "chr1\t5\t.\tA\tC\t.\t.\tAF=0.25\nchrUn\t5\t.\tA\tC\t.\t.\tAF=0.5\n")
    assert add_population_af(frame, path, ["1", "2"])["population_af"].to_list() == [0.25]
    assert "contigs of 1 of 2 records renamed" in caplog.text
    assert "1 of 2 records are on contigs that the reference lacks" in caplog.text
    with pytest.raises(InputError, match="no contig in common"):
        add_population_af(frame, path, ["7"])
