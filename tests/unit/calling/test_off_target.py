"""Fragments between the targets: counted once, whatever shards and threads, as a plain loop counts them."""

import numpy as np
import polars as pl
import pysam
import pytest
from calling_bams import pairs, random_reference, write_bam, write_reference
from hypothesis import given
from hypothesis import strategies as st

from oncoloom.calling.off_target import BIN_BP, LEAST_GAP_BP, MARGIN_BP, plan_off_target
from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call, run_call_finish
from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.errors import UsageError
from oncoloom.reads.regions import Region, merge_regions
from oncoloom.tables import read_table

LENGTHS = {"1": 150_000, "X": 40_000, "MT": 30_000}
TARGETS = (("1", 50_000, 51_000), ("1", 60_000, 60_500), ("X", 1_000, 1_500))


@pytest.fixture(scope="module")
def assay(tmp_path_factory):
    """Reads all over three contigs, a tenth of them of doubtful place, some of no fragment of their own."""
    folder = tmp_path_factory.mktemp("off_target")
    contigs = {name: random_reference(n, size) for n, (name, size) in enumerate(LENGTHS.items())}
    contigs["1"] = contigs["1"][:100_000] + "N" * 15_000 + contigs["1"][115_000:]
    paths = {"reference": write_reference(folder / "ref.fa", contigs)}
    for role, seed in (("tumor", 5), ("normal", 6)):
        random = np.random.default_rng(seed)
        records = []
        for name, sequence in contigs.items():
            records += pairs(
                sequence, name, len(sequence) // 200, lambda _: {}, seed=seed, first=len(records)
            )
        records = [one for one in records if "N" not in one["bases"]]
        for one in records:
            one["mapq"] = int(random.choice([0, 7, 20, 60], p=[0.05, 0.05, 0.1, 0.8]))
            one["flag"] |= int(
                random.choice([0, 0x400, 0x200, 0x800, 0x100], p=[0.8, 0.05, 0.05, 0.05, 0.05])
            )
        paths[role] = write_bam(folder / f"{role}.bam", contigs, role, records)
    paths["targets"] = folder / "targets.bed"
    paths["targets"].write_text("".join(f"{c}\t{a}\t{b}\n" for c, a, b in TARGETS), encoding="ascii")
    return paths


@pytest.fixture(scope="module")
def called(assay, tmp_path_factory):
    folder = tmp_path_factory.mktemp("called")
    run_call(CallInputs(**assay, off_target=True), folder)
    return folder


def _counts(folder, role, key):
    raw = read_table(folder / "features_raw.parquet", FEATURES_RAW_TABLE)
    rows = raw.filter(kind="off_target", role=role, key=key)
    return {tuple(row): n for *row, n in rows.select("chrom", "start", "end", "count").iter_rows()}


@pytest.mark.parametrize("role", ["tumor", "normal"])
def test_counts_are_those_of_a_plain_loop(assay, called, role):
    sure, doubtful = _counts(called, role, 0), _counts(called, role, 3)
    expected = {place: [0, 0] for place in sure}
    with pysam.AlignmentFile(str(assay[role])) as bam:
        for read in bam:
            if read.flag & 0xF04 or not read.is_read1:
                continue
            for place, counts in expected.items():
                if place[0] == read.reference_name and place[1] <= read.reference_start < place[2]:
                    counts[read.mapping_quality < 20] += 1
    assert sure == {place: counts[0] for place, counts in expected.items()}
    assert doubtful == {place: counts[1] for place, counts in expected.items() if counts[1]}
    assert sum(sure.values()) > 300
    assert doubtful


def test_bins_lie_between_the_targets_on_chromosomes(called):
    bases = _counts(called, "tumor", 1)
    assert {place[0] for place in bases} == {"1", "X"}
    for contig, start, end in bases:
        assert BIN_BP / 2 <= end - start <= 1.5 * BIN_BP
        for other, first, last in TARGETS:
            assert other != contig or end <= first - MARGIN_BP or start >= last + MARGIN_BP
    gap = sum(end - start - n for (contig, start, end), n in bases.items() if contig == "1")
    assert gap == 15_000  # the reference's own gap holds no base


def test_shards_and_threads_do_not_matter(assay, called, tmp_path):
    run_call(CallInputs(**assay, off_target=True), tmp_path / "threads", threads=2)
    parts = ((("1", 0, 70_000),), (("1", 70_000, 150_000), ("X", 0, 40_000), ("MT", 0, 30_000)))
    folders = []
    for n, part in enumerate(parts):
        bed = tmp_path / f"{n}.bed"
        bed.write_text("".join(f"{c}\t{a}\t{b}\n" for c, a, b in part), encoding="ascii")
        folders.append(tmp_path / f"shard{n}")
        run_call(CallInputs(**assay, regions=bed, off_target=True), folders[-1], evidence_only=True)
    run_call_finish(folders[::-1], tmp_path / "finished")
    whole = (called / "features_raw.parquet").read_bytes()
    assert (tmp_path / "threads" / "features_raw.parquet").read_bytes() == whole
    assert (tmp_path / "finished" / "features_raw.parquet").read_bytes() == whole


def test_calls_are_the_same_without_it(assay, called, tmp_path):
    run_call(CallInputs(**assay), tmp_path)
    assert (tmp_path / "somatic.vcf.gz").read_bytes() == (called / "somatic.vcf.gz").read_bytes()
    raw = read_table(tmp_path / "features_raw.parquet", FEATURES_RAW_TABLE)
    assert "off_target" not in raw["kind"].to_list()
    assert raw.filter(kind="coverage", key=3)["count"].sum() > 0
    whole = read_table(called / "features_raw.parquet", FEATURES_RAW_TABLE)
    assert whole.filter(pl.col("kind") != "off_target").equals(raw)


def test_doubtful_bases_of_target_bins_are_those_of_a_plain_loop(assay, called):
    raw = read_table(called / "features_raw.parquet", FEATURES_RAW_TABLE)
    rows = raw.filter(kind="coverage", role="tumor", key=3).select("chrom", "start", "end", "count").rows()
    assert len(rows) == 3
    for contig, start, end, count in rows:
        with pysam.AlignmentFile(str(assay["tumor"])) as bam:
            own = [
                read
                for read in bam.fetch(contig, start, end)
                if not read.flag & 0xF04 and read.mapping_quality < 20
            ]
        assert count == sum(min(end, one.reference_end) - max(start, one.reference_start) for one in own)


def test_an_assay_without_targets_is_refused(assay, tmp_path):
    inputs = {name: path for name, path in assay.items() if name != "targets"}
    with pytest.raises(UsageError, match="without targets"):
        run_call(CallInputs(**inputs, off_target=True), tmp_path)


@given(
    st.lists(
        st.tuples(st.sampled_from(["1", "2"]), st.integers(0, 390_000), st.integers(1, 9_000)), max_size=8
    ),
    st.integers(1, 399_999),
)
def test_the_shards_part_the_bins(targets, cut):
    lengths = {"1": 400_000, "2": 120_000, "GL1": 90_000}
    regions = [Region(c, a, min(a + n, lengths[c])) for c, a, n in targets if a < lengths[c]]
    targets = merge_regions(regions, {"1": 0, "2": 1})
    parts = ([Region("1", 0, cut)], [Region("1", cut, 400_000), Region("2", 0, 120_000)])

    def bins(shard):
        planned = plan_off_target(targets, shard, lengths)
        assert all((one.start[1:] == one.end[:-1]).all() for one in planned)
        return {
            (one.contig, int(a), int(b)) for one in planned for a, b in zip(one.start, one.end, strict=True)
        }

    whole = bins(None)
    assert bins(parts[0]) | bins(parts[1]) == whole
    assert not bins(parts[0]) & bins(parts[1])
    assert all(one.end - one.start >= LEAST_GAP_BP // 2 for one in (Region(*place) for place in whole))
