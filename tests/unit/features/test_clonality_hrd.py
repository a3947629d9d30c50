"""Cancer cell fractions against simulated truth; HRD of a tumor's own segments, given and withheld."""

import numpy as np
import polars as pl
import pytest

from oncoloom.config import FeaturesConfig
from oncoloom.errors import InputError
from oncoloom.features.clonality.cell_fraction import SiteCopies, cell_fractions
from oncoloom.features.contracts import SEGMENTS_TABLE
from oncoloom.features.copy_number.from_segments import copy_number_of_segments
from oncoloom.features.copy_number.imported import imported_gene_copies
from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.copy_number.outcome import WholeCopies
from oncoloom.features.copy_number.purity_ploidy import PurityFit, Solution
from oncoloom.features.copy_number.sex_copies import FEMALE, UNKNOWN_SEX
from oncoloom.features.copy_number.snv_evidence import SomaticSites, snv_log_likelihood
from oncoloom.features.copy_number.states import CopyStates, assign_states
from oncoloom.features.copy_number.verdict import PurityVerdict
from oncoloom.features.hrd.of_tumor import layout_of, scars_of_tumor
from oncoloom.features.request import FeatureRequest
from oncoloom.features.segment_files.door import import_segments
from oncoloom.kernels.purity_grid import N_STATES, expected_baf, expected_log2
from oncoloom.reference_data.cytobands import chromosomes
from oncoloom.tables import read_table, write_table

GRCH38 = {name: one.length for name, one in chromosomes("GRCh38").items()}


def test_intervals_of_cell_fractions_hold_the_truth():
    rng = np.random.default_rng(23)
    purity, total = 0.6, rng.choice([1, 2, 3, 4], 400)
    minor = np.array([rng.integers(0, t // 2 + 1) for t in total])
    major = total - minor
    clonal = rng.random(400) < 0.6
    cells = np.where(clonal, 1.0, rng.uniform(0.05, 0.95, 400))
    carried = np.where(clonal, [rng.integers(1, m + 1) for m in major], 1)
    expected = purity * carried * cells / (purity * total + 2 * (1 - purity))
    depth = rng.poisson(120, 400)
    alt = rng.binomial(depth, rng.beta(expected * 199, (1 - expected) * 199))
    copies = [SiteCopies(float(t), int(m)) for t, m in zip(total, major, strict=True)]
    found = cell_fractions(alt.tolist(), depth.tolist(), copies, purity=purity + 0.02, purity_sd=0.03)
    inside = np.mean([one.lower <= c <= one.upper for one, c in zip(found, cells, strict=True)])
    assert inside > 0.88  # 0.93 expected: four standard errors below it
    assert all(one.lower <= one.value <= one.upper for one in found)
    clear = [one.clonality for one, c in zip(found, cells, strict=True) if c < 0.3]
    assert clear.count("clonal") < 0.05 * len(clear)


def test_a_variant_on_one_of_two_copies_of_every_cell_is_clonal():
    many = cell_fractions([600], [2000], [SiteCopies(2.0, 1)], purity=0.6, purity_sd=0.0)[0]
    assert many.clonality == "clonal"
    assert many.value > 0.9
    few = cell_fractions([100], [2000], [SiteCopies(2.0, 1)], purity=0.6, purity_sd=0.0)[0]
    assert few.clonality == "subclonal"
    assert few.upper < 0.4
    on_x = cell_fractions([600], [1000], [SiteCopies(1.0, 1, normal=1.0)], purity=0.6, purity_sd=0.0)[0]
    assert on_x.clonality == "clonal"


def _whole(states, *, purity=0.6, sites=500, confident=True):
    """Arms of all autosomes of GRCh38 with given (total, minor), measured without noise."""
    layout = chromosomes("GRCh38")
    rows = []
    for n in range(1, 23):
        one = layout[str(n)]
        rows += [(f"chr{n}", 0, one.centromere_start - 9), (f"chr{n}", one.centromere_end + 9, one.length)]
    k = len(rows)
    total = np.array([states.get(i, (2, 1))[0] for i in range(k)])
    minor = np.array([states.get(i, (2, 1))[1] for i in range(k)])
    start, end = (np.array([row[at] for row in rows], dtype=np.int64) for at in (1, 2))
    ploidy = float(np.average(total, weights=end - start))
    segments = Segments(
        np.array([row[0] for row in rows]),
        start,
        end,
        np.arange(k) * 100,
        np.arange(1, k + 1) * 100,
        np.array([expected_log2(purity, ploidy, float(t)) for t in total]),
        np.full(k, 0.01),
        np.array([expected_baf(purity, float(t), float(m)) for t, m in zip(total, minor, strict=True)]),
        np.full(k, 0.01),
        np.full(k, sites),
        np.ones(k, dtype=bool),
    )
    fit = PurityFit(
        (Solution(purity, ploidy, 0.0),), 20.0, (0.02, 0.012), (1 / N_STATES,) * N_STATES, (purity, purity),
        (ploidy, ploidy),
    )  # fmt: skip
    state = "confident" if confident else "ambiguous"
    verdict = PurityVerdict(state, fit, None if confident else "two solutions fit", 0.2)
    found = assign_states(
        segments, purity=purity, ploidy=ploidy, center=segments.mean_log2(), tau=fit.tau,
        weights=fit.state_weights, sex=FEMALE,
    )  # fmt: skip
    assert found.total.tolist() == total.tolist()
    assert found.minor.tolist() == minor.tolist()
    return WholeCopies(segments, verdict, found, sex=FEMALE)


def _scars(whole, lengths=GRCH38, **options):
    options = {"missing": None, "formalin_fixed": False} | options
    return scars_of_tumor(whole, lengths, FeaturesConfig(), **options)


def test_scars_of_known_arms():
    # 1q lost: an LOH and an imbalance; 3p gained: an imbalance; chromosome 5 lost as a whole: none
    found = _scars(_whole({1: (1, 0), 4: (3, 1), 8: (1, 0), 9: (1, 0)}))
    assert found.reason is None
    assert (found.scores.hrd_loh, found.scores.hrd_ntai, found.scores.hrd_lst) == (1, 2, 0)
    assert (found.lower, found.upper) == (3, 3)


@pytest.mark.parametrize(
    ("whole", "options", "words"),
    [
        (None, {"missing": "only a VCF"}, "only a VCF"),
        (_whole({1: (1, 0)}, confident=False), {}, "not certain: two solutions fit"),
        (_whole({1: (1, 0)}, purity=0.25), {}, "purity 0.25 is below 0.3"),
        (_whole({1: (1, 0)}, purity=0.35), {"formalin_fixed": True}, "of formalin-fixed tissue is below 0.4"),
        (_whole({1: (1, 0)}, sites=10), {}, "440 germline heterozygous sites"),
        (_whole({1: (1, 0)}), {"lengths": {"1": 1000}}, "GRCh37 and GRCh38 only"),
    ],
)
def test_scars_are_null_with_a_reason(whole, options, words):
    found = _scars(whole, **options)
    assert found.scores is None
    assert words in found.reason


def test_the_build_is_told_by_its_lengths():
    assert layout_of({f"chr{name}": length for name, length in GRCH38.items()}) == chromosomes("GRCh38")
    assert layout_of(GRCH38 | {"1": 5}) is None


def test_mutations_on_one_of_four_copies_speak_for_a_doubled_genome():
    rng = np.random.default_rng(3)
    plain = CopyStates(np.array([2.0]), np.array([2]), np.array([1]), np.array([False]))
    doubled = CopyStates(np.array([4.0]), np.array([4]), np.array([2]), np.array([False]))
    depth = np.full(200, 120)
    alpha = 0.6 / (2 - 0.6)  # the doubled genome that gives the same depths as a plain one of purity 0.6
    for carried, speaks in ((1, "doubled"), (2, "plain")):
        share = alpha * carried / (4 * alpha + 2 * (1 - alpha))
        alt = rng.binomial(depth, share)
        sites = SomaticSites(alt, depth, np.zeros(200, dtype=np.int64))
        said = snv_log_likelihood(sites, doubled, alpha) - snv_log_likelihood(sites, plain, 0.6)
        assert (said > 5) if speaks == "doubled" else (said < -2)


def _request(tmp_path, table, sample_id="S", **options):
    path = tmp_path / "segments.parquet"
    write_table(table, SEGMENTS_TABLE, path)
    return FeatureRequest(
        tmp_path,
        tmp_path / "ref.fa",
        "wgs",
        "P",
        sample_id,
        tmp_path / "out.parquet",
        segments=path,
        **options,
    )


def _imported(rows, **columns):
    names = SEGMENTS_TABLE.polars_schema()
    base = {"patient_id": "P", "sample_id": "S", "caller": "seg"} | columns
    return pl.DataFrame([{name: (base | row).get(name) for name in names} for row in rows], schema=names)


@pytest.mark.realdata
def test_imported_segments_give_the_published_scars(shared, tmp_path):
    table = import_segments(shared / "data" / "cnv" / "scarhrd" / "test2.txt", "scarhrd").frame
    request = _request(tmp_path, table, table["sample_id"][0])
    found = copy_number_of_segments(request.segments, None, GRCH38, request)
    scars = _scars(found.whole)
    assert (scars.scores.hrd_loh, scars.scores.hrd_lst, scars.scores.hrd_ntai) == (25, 33, 35)
    assert (scars.lower, scars.upper) == (None, None)
    assert found.purity.reason == "imported segments carry no purity"
    assert found.ploidy.value == pytest.approx(3.7, abs=0.2)  # as the file's own column says
    assert found.doubled == (True, None)


def test_imported_log2_tells_genes_but_no_copies(tmp_path):
    rows = [{"chrom": "1", "start": 0, "end": 600, "log2": 0.0, "n_bins": 50},
            {"chrom": "chr1", "start": 600, "end": 800, "log2": 2.0, "n_bins": 9},
            {"chrom": "1", "start": 800, "end": 1000, "log2": -3.0, "n_bins": 2}]  # fmt: skip
    request = _request(tmp_path, _imported(rows))
    found = copy_number_of_segments(request.segments, None, {"1": 1000}, request)
    assert found.altered == (pytest.approx(0.4), None)
    assert found.whole.states is None
    assert "no copies" in found.ploidy.reason
    genes = imported_gene_copies(
        found.segments,
        {"MYC": [("1", 650, 700)], "PTEN": [("1", 850, 900)], "KIT": [("1", 980, 1100)], "X": [("2", 0, 9)]},
        ploidy=2.0,
        amplification_min_copies=6,
        sex=FEMALE,
    )
    assert (genes["MYC"].state, genes["MYC"].assessable) == ("amplification", True)
    assert (genes["PTEN"].state, genes["PTEN"].assessable) == ("neither", False)  # on two bins alone
    assert not genes["KIT"].assessable
    assert "X" not in genes
    few = copy_number_of_segments(request.segments, None, {"1": 3000}, request)
    assert few.altered[0] is None
    assert "33 % of the genome" in few.altered[1]


@pytest.mark.parametrize(("x_level", "focal"), [(-1.0, -1.0), (-1.0, -2.6), (0.0, -1.2)])
def test_a_mans_only_x_is_no_deep_deletion(tmp_path, x_level, focal):
    rows = [
        {"chrom": "1", "start": 0, "end": 900, "log2": 0.0},
        {"chrom": "X", "start": 0, "end": 700, "log2": x_level},
        {"chrom": "X", "start": 700, "end": 800, "log2": focal},
    ]
    request = _request(tmp_path, _imported(rows))
    found = copy_number_of_segments(request.segments, None, {"1": 900, "X": 900}, request)
    one = imported_gene_copies(
        found.segments, {"KDM6A": [("X", 710, 790)]}, ploidy=2.0, amplification_min_copies=6, sex=UNKNOWN_SEX
    )["KDM6A"]
    assert one.assessable
    assert one.state == ("deep deletion" if focal < -1.0 else "neither")
    assert bool([note for note in found.notes if "chromosome X" in note]) == (x_level < -0.5)


def test_an_assumed_scale_is_said_with_the_features(tmp_path):
    request = _request(tmp_path, _imported([{"chrom": "1", "start": 0, "end": 900, "log2": 0.0}]))
    table = read_table(request.segments, SEGMENTS_TABLE)
    write_table(table, SEGMENTS_TABLE, request.segments, metadata={"scale": "log2", "scale_basis": "assumed"})
    found = copy_number_of_segments(request.segments, None, {"1": 900}, request)
    assert found.notes == ["the imported levels do not tell their scale and were read as log2"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("1", 0, 600), ("1", 500, 900)], "segments overlap"),
        ([("1", 0, 1600)], "ends behind its contig"),
    ],
)
def test_imported_segments_out_of_place_are_refused(tmp_path, rows, words):
    table = _imported([{"chrom": c, "start": a, "end": b, "log2": 0.1} for c, a, b in rows])
    request = _request(tmp_path, table)
    with pytest.raises(InputError, match=words):
        copy_number_of_segments(request.segments, None, {"1": 1000}, request)
    several = pl.concat([_imported([{"chrom": "1", "start": 0, "end": 9}], sample_id=name) for name in "AB"])
    request = _request(tmp_path, several)
    with pytest.raises(InputError, match="no segments of this sample"):
        copy_number_of_segments(request.segments, None, {"1": 1000}, request)
