"""A panel of normals: what it holds, what must not change its bytes, what it refuses, and its use."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pysam
import pytest
from calling_bams import other_base, pairs, random_reference, somatic_pair, write_bam, write_reference

from oncoloom.calling.mixture import (
    CLASSES,
    N_OUTPUTS,
    SHARED_NOISE,
    SLIPPAGE,
    SOMATIC,
    STRAND,
    SiteClasses,
    SparseHistograms,
    score_candidates,
)
from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call, run_call_finish
from oncoloom.calling.pon.build import build_panel
from oncoloom.calling.pon.file import COUNTS, PANEL_TABLE, check_panel, read_panel_header
from oncoloom.calling.pon.rates import CONTEXTS, context_of, context_triplets
from oncoloom.calling.pon.terms import PanelRates, add_panel_terms
from oncoloom.errors import InputError, ReferenceMismatchError, SampleSwapError, UsageError
from oncoloom.kernels.arrays import FRACTIONS, N_BINS, N_CATEGORIES, bin_centers, fraction_weights
from oncoloom.tables import read_table

NOISE_AT, PRIVATE_AT, HET_AT = 700, 1250, 500  # NOISE_AT: a somatic variant of `somatic_pair`, to be marked


def normal_records(sequence, index, *, noise=0.08, n=600):
    """Reads of a normal: a het of its own, noise that all normals show, noise that only normal 0 shows."""
    edits_at = {
        "het": (HET_AT + 7 * index, 0.5),
        "noise": (NOISE_AT, noise),
        "private": (PRIVATE_AT, 0.08 if index == 0 else 0.0),
    }

    def edits(random):
        return {
            at: ("sub", other_base(sequence[at]))
            for at, share in edits_at.values()
            if random.random() < share
        }

    return pairs(sequence, "one", n, edits, seed=100 + index, first=1000 * index)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return somatic_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def normals(pair, tmp_path_factory):
    folder = tmp_path_factory.mktemp("normals")
    return [
        write_bam(
            folder / f"n{index}.bam",
            pair["contigs"],
            f"N{index}",
            normal_records(pair["contigs"]["one"], index),
        )
        for index in range(3)
    ]


@pytest.fixture(scope="module")
def panel(pair, normals, tmp_path_factory):
    path = tmp_path_factory.mktemp("panel") / "pon.parquet"
    build_panel(normals, pair["reference"], path)
    return path


def pileup_counts(path, at, base):
    """Alternative fragments and depth of a normal at a place, by pysam: reads of a pair once."""
    shown = {}
    with pysam.AlignmentFile(str(path)) as handle:
        for read in handle.fetch("one", at, at + 1):
            place = {r: q for q, r in read.get_aligned_pairs(matches_only=True)}.get(at)
            if place is not None:
                shown[read.query_name] = read.query_sequence[place]
    return sum(one == base for one in shown.values()), len(shown)


def test_counts_are_those_of_the_reads(pair, normals, panel):
    rows = read_table(panel, PANEL_TABLE)
    one = pair["contigs"]["one"]
    for at in (NOISE_AT, PRIVATE_AT):
        counts = [pileup_counts(path, at, other_base(one[at])) for path in normals]
        row = rows.filter(kind="site", start=at, alt=other_base(one[at])).row(0, named=True)
        assert row["n_alt"] == sum(alt for alt, _ in counts)
        assert row["n_depth"] == sum(depth for _, depth in counts)
        assert row["n_noisy_normals"] == sum(alt >= 2 and alt < 0.2 * depth for alt, depth in counts)
        assert row["n_normals"] == 3
    het = rows.filter(kind="site", start=HET_AT, alt=other_base(one[HET_AT])).row(0, named=True)
    alt, depth = zip(*(pileup_counts(path, HET_AT, other_base(one[HET_AT])) for path in normals), strict=True)
    assert (het["n_carriers"], het["n_alt"]) == (1, sum(alt[1:]))
    assert het["n_depth"] == sum(depth[1:])
    covered = rows.filter(kind="covered")
    assert covered["n_normals"].max() == 3
    assert (covered["start"].to_numpy()[1:] >= covered["end"].to_numpy()[:-1]).all()


def test_header_says_what_it_is_and_whose_it_is_not(pair, panel):
    header = read_panel_header(panel)
    assert len(set(header.normals)) == 3
    assert list(header.normals) == sorted(header.normals)
    text = json.dumps(header.as_dict())
    assert not any(name in text for name in ("N0", "N1", "n0.bam", str(Path(pair["reference"]).parent)))
    assert set(header.rates) == set(CLASSES)
    assert set(header.contexts) == set(CONTEXTS)
    one = pair["contigs"]["one"]
    name = CONTEXTS[
        context_of(one[NOISE_AT - 1], one[NOISE_AT], other_base(one[NOISE_AT]), one[NOISE_AT + 1])
    ]
    assert header.contexts[name]["error_rate"] > 0
    assert 2 <= header.mean_depth < 40


def test_order_threads_and_format_do_not_change_a_byte(pair, normals, panel, tmp_path):
    crams = []
    for path in normals:
        crams.append(tmp_path / (path.stem + ".cram"))
        pysam.view("-C", "-T", str(pair["reference"]), "-o", str(crams[-1]), str(path), catch_stdout=False)
        pysam.index(str(crams[-1]))
    build_panel([normals[2], crams[0], normals[1]], pair["reference"], tmp_path / "pon.parquet", threads=2)
    assert (tmp_path / "pon.parquet").read_bytes() == panel.read_bytes()


def test_a_sample_twice_is_refused_and_a_renamed_copy_used_once(pair, normals, tmp_path, caplog):
    reference, output = pair["reference"], tmp_path / "pon.parquet"
    with pytest.raises(UsageError, match="no normals"):
        build_panel([], reference, output)
    with pytest.raises(SampleSwapError, match="given twice"):
        build_panel([normals[0], normals[0]], reference, output)
    again = write_bam(tmp_path / "n0.bam", pair["contigs"], "N0", normal_records(pair["contigs"]["one"], 1))
    with pytest.raises(SampleSwapError, match="same sample name"):
        build_panel([normals[0], again], reference, output)
    records = [{**one, "name": "x" + one["name"]} for one in normal_records(pair["contigs"]["one"], 0)]
    copy = write_bam(tmp_path / "copy.bam", pair["contigs"], "COPY", records)
    header, _ = build_panel([normals[0], copy, normals[1]], reference, output)
    assert len(header.normals) == 2


def test_other_references_targets_and_tumors_are_refused(pair, normals, tmp_path):
    output = tmp_path / "pon.parquet"
    other = write_reference(tmp_path / "other.fa", {"one": random_reference(99)[:2000]})
    with pytest.raises(ReferenceMismatchError):
        build_panel(normals, other, output)
    elsewhere = pairs(pair["contigs"]["two"], "two", 300, lambda _: {}, seed=9)
    stranger = write_bam(tmp_path / "other.bam", pair["contigs"], "OTHER", elsewhere)
    targets = tmp_path / "targets.bed"
    targets.write_text("one\t100\t2900\n")
    with pytest.raises(InputError, match="other targets"):
        build_panel([*normals, stranger], pair["reference"], output, targets=targets)
    one = pair["contigs"]["one"]
    mutated = {at: ("sub", other_base(one[at])) for at in range(300, 2700, 100)}
    records = pairs(one, "one", 900, lambda random: mutated if random.random() < 0.15 else {}, seed=8)
    tumor = write_bam(tmp_path / "tumor.bam", pair["contigs"], "TUMOR", records)
    with pytest.raises(SampleSwapError, match="looks like a tumor"):
        build_panel([*normals, tumor], pair["reference"], output)
    assert not output.exists()
    build_panel([*normals, tumor], pair["reference"], output, most_unexplained=1.0)


def records_of(path):
    with pysam.VariantFile(str(path)) as handle:
        return {(one.chrom, one.pos - 1, one.alts[0]): one for one in handle}


def test_a_call_marks_what_normals_show(pair, panel, tmp_path):
    inputs = CallInputs(**{name: pair[name] for name in ("reference", "tumor", "normal")}, pon=panel)
    run_call(inputs, tmp_path / "whole")
    found = records_of(tmp_path / "whole" / "somatic.vcf.gz")
    one = pair["contigs"]["one"]
    marked = found["one", NOISE_AT, other_base(one[NOISE_AT])]
    assert "panel_of_normals" in marked.filter
    assert marked.info["PON"] == (3, 3, 0)
    assert marked.info["PONAD"][0] >= 6
    clean = found["one", 1100, other_base(one[1100]) + other_base(one[1101])]
    assert list(clean.filter) == ["PASS"]
    assert clean.info["PON"][1] == 0
    with pysam.VariantFile(str(tmp_path / "whole" / "somatic.vcf.gz")) as handle:
        assert "panel_of_normals_digest=sha256:" in str(handle.header)
    beds = ["one\t0\t1255\n", "one\t1255\t3000\ntwo\t0\t3000\n"]
    for index, text in enumerate(beds):
        (tmp_path / f"{index}.bed").write_text(text)
        shard = CallInputs(
            **{name: pair[name] for name in ("reference", "tumor", "normal")},
            pon=panel,
            regions=tmp_path / f"{index}.bed",
        )
        run_call(shard, tmp_path / f"shard{index}", evidence_only=True)
    run_call_finish([tmp_path / "shard1", tmp_path / "shard0"], tmp_path / "joined")
    for name in ("somatic.vcf.gz", "germline.vcf.gz", "qc.json", "tally.json"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "joined" / name).read_bytes()


def test_what_is_no_panel_is_told(pair, panel, tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_panel_header(tmp_path / "absent")
    (tmp_path / "text").write_text("no panel")
    with pytest.raises(InputError, match="not a panel"):
        read_panel_header(tmp_path / "text")
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "table.parquet")
    with pytest.raises(InputError, match="not a panel"):
        read_panel_header(tmp_path / "table.parquet")
    value = {**read_panel_header(panel).as_dict(), "version": 99}
    pl.DataFrame({"a": [1]}).write_parquet(
        tmp_path / "old.parquet", metadata={"oncoloom.panel_of_normals": json.dumps(value)}
    )
    with pytest.raises(InputError, match="another version"):
        read_panel_header(tmp_path / "old.parquet")
    with pytest.raises(ReferenceMismatchError, match="another reference"):
        check_panel(panel, "sha256:0")


def test_contexts_of_both_strands_are_one():
    assert len(set(CONTEXTS)) == 96
    triplets = np.zeros(64, np.int64)
    triplets[16 * 0 + 4 * 1 + 2] = 5  # ACG
    triplets[16 * 1 + 4 * 2 + 3] = 7  # CGT, the same from the other strand
    by_context = context_triplets(triplets)
    assert by_context[context_of("A", "C", "T", "G")] == 12
    assert by_context[context_of("C", "G", "A", "T")] == 12
    assert by_context.sum() == 3 * 12
    assert context_of("A", "CA", "TG", "G") == -1
    assert context_of("N", "C", "T", "G") == -1


def random_histograms(random, n):
    """Sparse histograms of n candidates with a few fragments and reads in each category."""
    borders, cells, counts = [0], [], []
    for _ in range(n):
        mine = np.unique(random.integers(0, N_CATEGORIES * N_BINS, 12))
        cells.append(mine)
        counts.append(random.integers(1, 4, len(mine)))
        borders.append(borders[-1] + len(mine))
    return SparseHistograms(
        np.array(borders), np.concatenate(cells).astype(np.int32), np.concatenate(counts).astype(np.int32)
    )


def naive_terms(histograms, c, alt, depth, share, categories, weights):
    """Log sum over fractions, by the formula of `pon_terms`, one fraction at a time."""
    from scipy.stats import betabinom

    log_terms = []
    for f, weight in zip(FRACTIONS, weights, strict=True):
        if weight <= 0:
            continue
        total = np.log(weight)
        for x in range(histograms.borders[c], histograms.borders[c + 1]):
            if histograms.cells[x] // N_BINS in categories:
                ratio = np.exp(bin_centers()[histograms.cells[x] % N_BINS])
                total += histograms.counts[x] * np.log1p(min(f, 1 - 1e-9) * (ratio - 1))
        g = min(f, 1 - 1e-6)
        noisy = betabinom.pmf(alt, depth, 60 * g, 60 * (1 - g))
        single = betabinom.pmf(alt, depth, 60 * 2e-4, 60 * (1 - 2e-4))
        log_terms.append(total + np.log1p(share * (noisy / single - 1)))
    return np.logaddexp.reduce(log_terms)


def test_terms_equal_the_formula():
    random = np.random.default_rng(4)
    n = 6
    histograms = random_histograms(random, n)
    rate = np.array([0.0, 0.0, 0.0, 0.002, 0.02, 1.5e-5])
    classes = SiteClasses(np.array([0, 1, 2, 4, 4, 3]), np.full(n, -1, np.int8), rate)
    panel = np.zeros((n, len(COUNTS)), np.int32)
    panel[:, COUNTS.index("depth")] = depth = np.array([380, 200, 90, 300, 0, 150])
    panel[:, COUNTS.index("depth_forward")] = depth // 3
    panel[:, COUNTS.index("alt")] = alt = np.array([0, 9, 1, 4, 0, 0])
    panel[:, COUNTS.index("alt_forward")] = alt // 2
    shares = np.linspace(0.1, 0.9, 5)
    rates = PanelRates(shares, shares[::-1].copy(), shares)
    before = score_candidates(histograms, classes)
    scores = before.copy()
    add_panel_terms(scores, histograms, classes, panel, rates)
    w, v = fraction_weights(1.0, 1.0), fraction_weights(2.0, 0.12)
    for c in (0, 1, 2, 3, 5):
        k = classes.index[c]
        strands = [
            naive_terms(histograms, c, a, d, shares[k], pair, w) - 0.7
            for a, d, pair in (
                (alt[c] // 2, depth[c] // 3, (4, 6)),
                (alt[c] - alt[c] // 2, depth[c] - depth[c] // 3, (5, 7)),
            )
        ]
        assert scores[c, STRAND] == pytest.approx(max(strands), abs=1e-6)
        shared = naive_terms(histograms, c, alt[c], depth[c], shares[::-1][k], (0, 1, 2, 3), v)
        assert scores[c, SHARED_NOISE] == pytest.approx(shared, abs=1e-6)
    prior = w * np.exp(-0.5 * ((np.log(FRACTIONS) - np.log(0.002)) / 0.7) ** 2)
    slipped = naive_terms(histograms, 3, alt[3], depth[3], shares[4], (0, 1, 2, 3), prior) - np.log(
        prior.sum()
    )
    assert scores[3, SLIPPAGE] == pytest.approx(slipped, abs=1e-6)
    untouched = [h for h in range(N_OUTPUTS) if h not in (STRAND, SHARED_NOISE, SLIPPAGE)]
    np.testing.assert_array_equal(scores[:, untouched], before[:, untouched])
    np.testing.assert_array_equal(scores[4], before[4])  # nothing in the panel there
    assert SOMATIC in untouched


def test_a_clean_panel_lowers_noise_and_a_noisy_one_raises_it():
    """Ten fragments of one strand, all alternative, of 100."""
    cells = np.sort(np.array([0 * N_BINS + 0, 0 * N_BINS + 250, 4 * N_BINS + 0, 4 * N_BINS + 250], np.int32))
    histograms = SparseHistograms(np.array([0, 4]), cells, np.array([90, 10, 90, 10], np.int32))
    classes = SiteClasses(np.array([0]), np.array([-1], np.int8), np.zeros(1))
    rates = PanelRates(*(np.full(5, 0.6) for _ in range(3)))
    plain = score_candidates(histograms, classes)[0]
    found = {}
    for alt in (0, 20):
        panel = np.zeros((1, len(COUNTS)), np.int32)
        for name, value in (("depth", 400), ("depth_forward", 200), ("alt", alt), ("alt_forward", alt)):
            panel[0, COUNTS.index(name)] = value
        scores = score_candidates(histograms, classes)
        add_panel_terms(scores, histograms, classes, panel, rates)
        found[alt] = scores[0]
    assert found[0][STRAND] < plain[STRAND] - 0.5
    assert found[20][STRAND] > plain[STRAND] + 5
    assert found[0][SHARED_NOISE] < plain[SHARED_NOISE]
