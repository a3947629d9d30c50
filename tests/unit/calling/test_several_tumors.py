"""Several tumors of one patient in one call."""

import pysam
import pytest
from calling_bams import other_base, pairs, somatic_pair, write_bam

from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call, run_call_finish
from oncoloom.errors import UsageError

SHARED, PRIVATE = 700, 2600
FILES = (
    "somatic.vcf.gz",
    "germline.vcf.gz",
    "callable.bed.gz",
    "qc.json",
    "features_raw.parquet",
    "tally.json",
)


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    """The pair of `somatic_pair` and a relapse: one mutation shared, at a low fraction, one of its own."""
    folder = tmp_path_factory.mktemp("patient")
    made = somatic_pair(folder)
    one = made["contigs"]["one"]
    made["own"] = ("sub", other_base(one[PRIVATE]))

    def edits(random):
        chosen = {900: made["germline"][900]}
        if random.random() < 0.5:
            chosen.update({500: made["germline"][500], 1400: made["germline"][1400]})
        if random.random() < 0.3:
            chosen[PRIVATE] = made["own"]
        if random.random() < 0.08:
            chosen[SHARED] = made["somatic"][SHARED]
        return chosen

    reads = pairs(one, "one", 700, edits, seed=71)
    reads += pairs(made["contigs"]["two"], "two", 300, lambda _: {}, seed=72)
    made["relapse"] = write_bam(folder / "relapse.bam", made["contigs"], "PAT_T2", reads)
    return made


@pytest.fixture(scope="module")
def called(patient, tmp_path_factory):
    folder = tmp_path_factory.mktemp("called")
    run_call(inputs(patient), folder)
    return folder


def inputs(patient, **changes):
    chosen = {name: patient[name] for name in ("reference", "tumor", "normal")}
    return CallInputs(**{**chosen, "further_tumors": (patient["relapse"],), **changes})


def records(folder):
    with pysam.VariantFile(str(folder / "somatic.vcf.gz")) as handle:
        return {one.pos - 1: one.copy() for one in handle}


def test_each_tumor_has_files_of_its_own(called):
    for folder in (called, called / "tumors/PAT_T2"):
        for name in FILES:
            assert (folder / name).is_file()
    with pysam.VariantFile(str(called / "tumors/PAT_T2/somatic.vcf.gz")) as handle:
        assert list(handle.header.samples) == ["PAT_T2", "PAT_N"]


def test_what_one_tumor_shows_is_looked_at_in_the_other(called):
    first, relapse = records(called), records(called / "tumors/PAT_T2")
    assert list(relapse[PRIVATE].filter) == ["PASS"]
    assert relapse[PRIVATE].info["OTHER_TUMORS"] == 0
    assert first[PRIVATE].samples["PAT_T"]["AD"][1] == 0
    assert list(first[PRIVATE].filter) != ["PASS"]
    assert first[PRIVATE].info["OTHER_TUMORS"] == 1
    assert list(first[SHARED].filter) == list(relapse[SHARED].filter) == ["PASS"]


def test_a_mutation_of_one_tumor_is_expected_in_the_other(patient, called, tmp_path):
    run_call(inputs(patient, tumor=patient["relapse"], further_tumors=()), tmp_path)
    alone, together = (records(folder)[SHARED] for folder in (tmp_path, called / "tumors/PAT_T2"))
    assert alone.samples["PAT_T2"]["AD"] == together.samples["PAT_T2"]["AD"]
    assert together.info["POST"] >= alone.info["POST"]


def test_first_tumor_is_called_as_by_itself_where_nothing_is_shared(patient, called, tmp_path):
    run_call(inputs(patient, further_tumors=()), tmp_path)
    alone = {pos for pos, one in records(tmp_path).items() if list(one.filter) == ["PASS"]}
    assert alone == {pos for pos, one in records(called).items() if list(one.filter) == ["PASS"]}
    assert not (tmp_path / "tumors").exists()


def test_shards_of_several_tumors_equal_the_whole(patient, called, tmp_path):
    shards = []
    for index, (start, end) in enumerate(((0, 1100), (1100, 3000))):
        bed = tmp_path / f"{index}.bed"
        lines = [f"one\t{start}\t{end}\n"] + (["two\t0\t3000\n"] if index else [])
        bed.write_text("".join(lines), encoding="ascii")
        shards.append(tmp_path / f"shard{index}")
        run_call(inputs(patient, regions=bed), shards[-1], evidence_only=True)
    run_call_finish(shards, tmp_path / "all")
    for name in FILES:
        for place in (".", "tumors/PAT_T2"):
            assert (tmp_path / "all" / place / name).read_bytes() == (called / place / name).read_bytes(), (
                name
            )


def test_an_earlier_call_of_more_tumors_leaves_nothing(patient, tmp_path):
    run_call(inputs(patient), tmp_path)
    (tmp_path / "tumors/notes").mkdir()
    run_call(inputs(patient, further_tumors=()), tmp_path)
    assert [one.name for one in (tmp_path / "tumors").iterdir()] == ["notes"]


def test_the_same_tumor_twice_is_refused(patient, tmp_path):
    with pytest.raises(UsageError, match="same sample name"):
        run_call(inputs(patient, further_tumors=(patient["tumor"],)), tmp_path / "out")
    assert not (tmp_path / "out").exists()
