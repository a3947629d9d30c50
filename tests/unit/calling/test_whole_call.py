"""Whole calls on an invented pair: what is found, and what must not change the bytes."""

import json
from pathlib import Path

import naive_calling as naive
import polars as pl
import pysam
import pytest
from calling_bams import pairs, somatic_pair, write_bam, write_reference

from oncoloom.calling.options import CallInputs, CallOptions
from oncoloom.calling.pipeline import check_writable, run_call, run_call_finish
from oncoloom.calling.resources import read_forced_alleles
from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.errors import InputError, UsageError
from oncoloom.reads.reference import Reference
from oncoloom.tables import read_table

RESULTS = (
    "somatic.vcf.gz",
    "somatic.vcf.gz.tbi",
    "germline.vcf.gz",
    "germline.vcf.gz.tbi",
    "callable.bed.gz",
    "callable.bed.gz.tbi",
    "qc.json",
    "features_raw.parquet",
    "tally.json",
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return somatic_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def called(pair, tmp_path_factory):
    folder = tmp_path_factory.mktemp("called")
    run_call(inputs(pair), folder)
    return folder


def inputs(pair, **changes):
    paths = {name: pair[name] for name in ("reference", "tumor", "normal")}
    return CallInputs(**{**paths, **changes})


def passing(path):
    with pysam.VariantFile(str(path)) as handle:
        return {
            (one.chrom, one.pos - 1, one.ref, one.alts[0]) for one in handle if list(one.filter) == ["PASS"]
        }


def expected(pair, edits):
    """Edits as normalised alleles; adjacent substitutions as one."""
    one, found, skip = pair["contigs"]["one"], set(), set()
    for at, (kind, value) in sorted(edits.items()):
        if at in skip:
            continue
        if kind == "sub":
            ref, alt = one[at], value
            while (at + len(ref)) in edits and edits[at + len(ref)][0] == "sub":
                skip.add(at + len(ref))
                alt += edits[at + len(ref)][1]
                ref += one[at + len(ref)]
        elif kind == "del":
            at, ref, alt = naive.left_align(one, at - 1, one[at - 1 : at + value], one[at - 1])
        else:
            at, ref, alt = naive.left_align(one, at, one[at], one[at] + value)
        found.add(("one", at, ref, alt))
    return found


def assert_same(first, second):
    for name in RESULTS:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_variants_are_found(pair, called):
    assert passing(called / "somatic.vcf.gz") == expected(pair, pair["somatic"])
    assert passing(called / "germline.vcf.gz") == expected(pair, pair["germline"])


def test_counts_and_genotypes(pair, called):
    with pysam.VariantFile(str(called / "germline.vcf.gz")) as handle:
        genotypes = {one.pos - 1: one.samples["PAT_N"]["GT"] for one in handle}
    assert genotypes[500] == (0, 1)
    assert genotypes[900] == (1, 1)
    with pysam.VariantFile(str(called / "somatic.vcf.gz")) as handle:
        assert handle.header.version == "VCFv4.3"
        record = next(one for one in handle if one.pos - 1 == 700)
        for name in ("PAT_T", "PAT_N"):
            sample = record.samples[name]
            assert sample["DP"] >= sum(sample["AD"])
            assert sum(sample["SB"]) == sum(sample["AD"]) == sum(sample["F1R2"]) + sum(sample["F2R1"])
            assert sample["AF"][0] == pytest.approx(sample["AD"][1] / sample["DP"], abs=1e-3)
        assert record.samples["PAT_N"]["AD"][1] == 0
        posteriors = [record.info[tag] for tag in ("PS", "PG", "PE", "PSH", "PST", "PDM", "PSL")]
        assert sum(posteriors) == pytest.approx(1.0, abs=0.01)


def test_headers_hold_no_place_and_no_time(pair, called):
    for name in ("somatic.vcf.gz", "germline.vcf.gz"):
        with pysam.BGZFile(str(called / name), "rb") as handle:
            text = handle.read().decode()
        assert text.startswith("##fileformat=VCFv4.3\n")
        assert "##tumor_sample=PAT_T\n" in text
        assert "##normal_sample=PAT_N\n" in text
        assert str(Path(pair["tumor"]).parent) not in text
        assert "fileDate" not in text


def test_threads_do_not_change_a_byte(pair, called, tmp_path):
    run_call(inputs(pair), tmp_path, threads=2)
    assert_same(called, tmp_path)


def test_shards_equal_the_whole(pair, called, tmp_path):
    """Shards cut a germline deletion's neighbourhood, a coverage bin and a repeat; order does not matter."""
    beds = ["one\t0\t702\n", "one\t702\t1801\n", "one\t1801\t3000\ntwo\t0\t3000\n"]
    folders = []
    for index, text in enumerate(beds):
        bed = tmp_path / f"{index}.bed"
        bed.write_text(text)
        folders.append(tmp_path / f"shard{index}")
        run_call(inputs(pair, regions=bed), folders[-1], evidence_only=True)
    run_call_finish([folders[2], folders[0], folders[1]], tmp_path / "whole")
    assert_same(called, tmp_path / "whole")
    with pytest.raises(InputError, match="cover the same bases"):
        run_call_finish([*folders, folders[0]], tmp_path / "twice")
    assert not (tmp_path / "twice" / "somatic.vcf.gz").exists()


def test_an_asked_for_indel_at_a_border_belongs_to_one_shard(pair, tmp_path):
    """Its first base is the last one of a shard, its first changed base the first one of the next."""
    one, at = pair["contigs"]["one"], 1250
    while one[at] == one[at + 1]:  # not to be shifted to the left
        at += 1
    vcf = tmp_path / "asked.vcf"
    vcf.write_text(
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        f"one\t{at + 1}\t.\t{one[at : at + 2]}\t{one[at]}\t.\t.\t.\n"
    )
    folders = []
    for index, text in enumerate((f"one\t0\t{at + 1}\n", f"one\t{at + 1}\t3000\n")):
        bed = tmp_path / f"{index}.bed"
        bed.write_text(text)
        folders.append(tmp_path / f"shard{index}")
        run_call(inputs(pair, regions=bed, alleles=vcf), folders[-1], evidence_only=True)
    run_call_finish(folders, tmp_path / "whole")
    with pysam.VariantFile(str(tmp_path / "whole/somatic.vcf.gz")) as handle:
        assert [one.pos - 1 for one in handle if "FORCED" in one.info] == [at]


def test_a_shard_without_targets_is_empty(pair, tmp_path):
    targets, first, second = (tmp_path / name for name in ("targets.bed", "first.bed", "second.bed"))
    targets.write_text("one\t690\t720\n")
    first.write_text("one\t0\t3000\n")
    second.write_text("two\t0\t3000\n")
    run_call(inputs(pair, targets=targets), tmp_path / "whole")
    for bed in (first, second):
        run_call(inputs(pair, targets=targets, regions=bed), tmp_path / bed.stem, evidence_only=True)
    run_call_finish([tmp_path / "first", tmp_path / "second"], tmp_path / "joined")
    assert_same(tmp_path / "whole", tmp_path / "joined")
    with pytest.raises(InputError, match="no base in common"):
        run_call(inputs(pair, targets=targets, regions=second), tmp_path / "alone")


def test_a_folder_that_cannot_be_written_is_told_at_once(pair, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot write here"):
        run_call(inputs(pair), tmp_path / "file" / "out")


def test_shards_of_other_options_are_refused(pair, tmp_path):
    bed = tmp_path / "a.bed"
    bed.write_text("one\t0\t702\n")
    run_call(inputs(pair, regions=bed), tmp_path / "a", evidence_only=True)
    run_call(inputs(pair, regions=bed), tmp_path / "b", evidence_only=True, options=CallOptions(min_af=0.02))
    with pytest.raises(InputError, match="differs from the first one in its options"):
        run_call_finish([tmp_path / "a", tmp_path / "b"], tmp_path / "out")


def test_qc_and_raw_sums(pair, called):
    qc = json.loads((called / "qc.json").read_text())
    assert qc["mode"] == "tumor_normal"
    assert qc["target_bp"] == 6000
    assert 0 < qc["callable_bp"] <= 6000
    assert qc["tumors"][0]["sample"] == "PAT_T"
    assert qc["tumors"][0]["reads"] == qc["tumors"][0]["used"] == 2000
    assert qc["normal"]["reads"] == 1600
    assert qc["normal"]["median_insert_size"] == 220
    with pysam.BGZFile(str(called / "callable.bed.gz"), "rb") as handle:
        rows = [line.split("\t") for line in handle.read().decode().splitlines()]
    assert sum(int(end) - int(start) for _, start, end in rows) == qc["callable_bp"]
    raw = read_table(called / "features_raw.parquet", FEATURES_RAW_TABLE)
    coverage = raw.filter((pl.col("kind") == "coverage") & (pl.col("role") == "tumor"))
    depth = coverage.filter(pl.col("key") == 0)["count"].sum()
    assert depth == pytest.approx(qc["tumors"][0]["mean_depth"] * 6000, rel=0.01)
    assert coverage.filter(pl.col("key") == 1)["count"].sum() == qc["callable_bp"]
    bases = "".join(pair["contigs"].values())
    assert coverage.filter(pl.col("key") == 2)["count"].sum() == bases.count("G") + bases.count("C")
    het = raw.filter((pl.col("kind") == "het") & (pl.col("role") == "normal"))
    assert het["start"].unique().to_list() == [500]


def test_tally_counts_every_candidate(called):
    tally = json.loads((called / "tally.json").read_text())
    somatic = tally["somatic"]
    assert somatic["kept"] + sum(somatic["filtered"].values()) == tally["candidates"]


def test_two_draws_of_one_person_give_no_somatic_call(pair, tmp_path):
    contigs, germline = pair["contigs"], pair["germline"]

    def edits(random):
        return germline if random.random() < 0.5 else {900: germline[900]}

    records = pairs(contigs["one"], "one", 900, edits, seed=77)
    again = write_bam(tmp_path / "again.bam", contigs, "PAT_T", records)
    run_call(inputs(pair, tumor=again), tmp_path / "out")
    assert passing(tmp_path / "out" / "somatic.vcf.gz") == set()
    assert json.loads((tmp_path / "out" / "qc.json").read_text())["concordance"]["fraction"] == 1.0


def test_normal_alone_is_germline_mode(pair, called, tmp_path):
    run_call(inputs(pair, tumor=None), tmp_path)
    assert passing(tmp_path / "germline.vcf.gz") == passing(called / "germline.vcf.gz")
    assert passing(tmp_path / "somatic.vcf.gz") == set()
    assert json.loads((tmp_path / "qc.json").read_text())["tumors"] == []


def test_tumor_alone_says_that_origin_is_unknown(pair, tmp_path):
    run_call(inputs(pair, normal=None), tmp_path)
    found = passing(tmp_path / "somatic.vcf.gz")
    assert found == expected(pair, pair["somatic"]) | expected(pair, pair["germline"])
    with pysam.VariantFile(str(tmp_path / "somatic.vcf.gz")) as handle:
        assert "cannot be told apart" in str(handle.header)
        assert {one.info["ORIGIN"] for one in handle if list(one.filter) == ["PASS"]} == {"unknown"}


def test_targets_limit_what_is_called(pair, called, tmp_path):
    bed = tmp_path / "targets.bed"
    bed.write_text("one\t690\t720\none\t1790\t1850\n")
    run_call(inputs(pair, targets=bed), tmp_path / "out")
    inside = {one for one in passing(called / "somatic.vcf.gz") if one[1] == 700 or 1700 < one[1] < 1850}
    assert passing(tmp_path / "out" / "somatic.vcf.gz") == inside
    assert len(inside) == 2


def test_forced_alleles_are_listed_even_when_absent(pair, tmp_path):
    one = pair["contigs"]["one"]
    alt = next(letter for letter in "ACGT" if letter != one[2500])
    vcf = tmp_path / "hotspots.vcf"
    vcf.write_text(
        "##fileformat=VCFv4.2\n##contig=<ID=one>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        f"one\t2501\t.\t{one[2500]}\t{alt}\t.\t.\t.\n"
    )
    run_call(inputs(pair, alleles=vcf), tmp_path / "out")
    with pysam.VariantFile(str(tmp_path / "out" / "somatic.vcf.gz")) as handle:
        record = next(one for one in handle if one.pos == 2501)
    assert record.info["FORCED"]
    assert record.samples["PAT_T"]["AD"][1] == 0
    assert "weak_evidence" in list(record.filter)
    vcf.write_text(vcf.read_text().replace(f"\t{one[2500]}\t{alt}", f"\t{alt}\t{one[2500]}"))
    with pytest.raises(InputError, match="REF is not the reference's base"):
        run_call(inputs(pair, alleles=vcf), tmp_path / "bad")


def test_forced_alleles_that_cannot_be_genotyped_are_counted(pair, tmp_path, caplog):
    one, vcf = pair["contigs"]["one"], tmp_path / "odd.vcf"
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    alts = f"<DEL>,*,{one[500]},{one[500]}]one:9]"
    vcf.write_text("\ufeff" + head + f"one\t501\t.\t{one[500]}\t{alts}\t.\t.\t.\n", encoding="utf-8")
    assert read_forced_alleles(vcf, Reference.open(pair["reference"])) == {}
    assert "4 alleles are left out" in caplog.text
    assert "no allele to genotype" in caplog.text


def test_a_lost_line_feed_joins_no_records(pair, tmp_path):
    one = pair["contigs"]["one"]
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    alt = {at: next(letter for letter in "ACGT" if letter != one[at]) for at in (500, 600)}
    records = [f"one\t{at + 1}\t.\t{one[at]}\t{alt[at]}\t.\t.\t." for at in alt]
    vcf = tmp_path / "alleles.vcf"
    for between in ("", "\t", "\v"):
        vcf.write_text(head + between.join(records) + "\n")
        with pytest.raises(InputError) as error:
            read_forced_alleles(vcf, Reference.open(pair["reference"]))
        assert (error.value.record, error.value.expected) == ("line 3", "8 columns")
    vcf.write_text(head + "\n".join(records) + "\n")
    found = read_forced_alleles(vcf, Reference.open(pair["reference"]))
    assert [one.pos for one in found["one"]] == [500, 600]


def test_nothing_to_call_and_several_tumors(pair, tmp_path):
    with pytest.raises(UsageError, match="nothing to call"):
        run_call(CallInputs(reference=pair["reference"]), tmp_path)


def test_deep_sites_are_sampled_by_name_and_said(pair, tmp_path):
    contigs = {"one": pair["contigs"]["one"][:600]}
    alt = next(letter for letter in "ACGT" if letter != contigs["one"][300])
    records = pairs(
        contigs["one"],
        "one",
        3000,
        lambda random: {300: ("sub", alt)} if random.random() < 0.3 else {},
        seed=9,
    )
    reference = write_reference(tmp_path / "ref.fa", contigs)
    tumor = write_bam(tmp_path / "t.bam", contigs, "T", records)
    outs = []
    for index in range(2):
        outs.append(tmp_path / str(index))
        run_call(
            CallInputs(reference=reference, tumor=tumor),
            outs[-1],
            options=CallOptions(max_depth=200),
            threads=1 + index,
        )
    assert_same(*outs)
    with pysam.VariantFile(str(outs[0] / "somatic.vcf.gz")) as handle:
        record = next(one for one in handle if one.pos == 301)
    assert record.info["SAMPLED"]
    assert 100 < record.samples["T"]["DP"] < 300
    assert record.samples["T"]["AF"][0] == pytest.approx(0.3, abs=0.12)


def test_a_file_in_the_way_of_the_output_is_named(tmp_path):
    (tmp_path / "taken").write_text("kept")
    for output in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(InputError, match="this is a file") as caught:
            check_writable(output)
        assert str(tmp_path / "taken") in str(caught.value)
    assert (tmp_path / "taken").read_text() == "kept"
