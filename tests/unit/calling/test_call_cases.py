"""Small pairs after what users of other callers stumbled over; own inputs, one kind each."""

import json

import pysam
import pytest
from calling_bams import other_base, pairs, random_reference, write_bam, write_reference

from oncoloom.calling.options import CallInputs, CallOptions
from oncoloom.calling.pipeline import run_call
from oncoloom.errors import InputError, SampleSwapError

AT = 300
READ_BP = 100


@pytest.fixture
def contigs():
    return {"one": random_reference(31, 900)}


def single(contigs, name, pos, *, alt=None, flag=0, cigar=None, mapq=60):
    """An unpaired read with `alt` at the site; cigar in reference-consuming letters."""
    reference = contigs["one"]
    cigar = cigar or (("M", READ_BP),)
    bases, at = "", pos
    for op, n in cigar:
        if op == "M":
            bases += reference[at : at + n]
        at += n
    if alt is not None:
        bases = bases[: AT - pos] + alt + bases[AT - pos + 1 :]
    record = {
        "name": name,
        "contig": "one",
        "pos": pos,
        "bases": bases,
        "cigar": cigar,
        "flag": flag,
        "mapq": mapq,
    }
    return record


def run(tmp_path, contigs, tumor, normal=None, *, reference=None, names=("T", "N"), folder="out", **options):
    normal = normal or [single(contigs, f"n{i}", 210 + 2 * i, flag=16 * (i % 2)) for i in range(40)]
    path = reference or write_reference(tmp_path / "ref.fa", contigs)
    run_call(
        CallInputs(
            reference=path,
            tumor=write_bam(tmp_path / "tumor.bam", contigs, names[0], tumor),
            normal=write_bam(tmp_path / "normal.bam", contigs, names[1], normal),
        ),
        tmp_path / folder,
        options=CallOptions(**options),
    )
    with pysam.VariantFile(str(tmp_path / folder / "somatic.vcf.gz")) as handle:
        return [
            (
                one.pos - 1,
                one.ref,
                one.alts[0],
                one.samples["T"]["DP"],
                one.samples["T"]["AD"],
                list(one.filter),
            )
            for one in handle
        ]


def reads_over(contigs, n_ref, n_alt, **changes):
    alt = other_base(contigs["one"][AT])
    total = n_ref + n_alt
    return [
        single(
            contigs,
            f"t{i}",
            210 + (80 * i) // total,
            alt=alt if i % total < n_alt else None,
            flag=16 * (i % 2),
            **changes,
        )
        for i in range(total)
    ]


def test_skipped_regions_are_neither_depth_nor_deletion(tmp_path, contigs):
    skipping = [
        single(contigs, f"s{i}", 200 + i, cigar=(("M", 50), ("N", 120), ("M", 50)), flag=16 * (i % 2))
        for i in range(24)
    ]
    found = run(tmp_path, contigs, reads_over(contigs, 24, 16) + skipping)
    ref, alt = contigs["one"][AT], other_base(contigs["one"][AT])
    assert found == [(AT, ref, alt, 40, (24, 16), ["PASS"])]


def test_flagged_reads_are_counted_and_left_out(tmp_path, contigs):
    alt = other_base(contigs["one"][AT])
    bad = [
        single(contigs, f"{flag}-{i}", 230 + i, alt=alt, flag=flag)
        for flag, n in ((0x100, 10), (0x400, 8), (0x200, 6), (0x800, 5))
        for i in range(n)
    ]
    bad += [single(contigs, f"zero{i}", 230 + i, alt=alt, mapq=0) for i in range(7)]
    bad += [single(contigs, f"none{i}", 230 + i, alt=alt, mapq=255) for i in range(3)]
    found = run(tmp_path, contigs, reads_over(contigs, 36, 4) + bad)
    assert [(one[0], one[3], one[4]) for one in found] == [(AT, 40, (36, 4))]
    sample = json.loads((tmp_path / "out" / "qc.json").read_text())["tumors"][0]
    assert sample["filtered"] == {
        "secondary": 10,
        "duplicate": 8,
        "qc_fail": 6,
        "supplementary": 5,
        "mapq_zero": 7,
        "mapq_unavailable": 3,
    }
    assert sample["reads"] == sample["used"] + sum(sample["filtered"].values()) == 79


def test_reads_below_the_mapping_quality_that_was_asked_for_are_counted_and_no_evidence(tmp_path, contigs):
    alt = other_base(contigs["one"][AT])
    low = [single(contigs, f"low{i}", 230 + i, alt=alt, mapq=19) for i in range(6)]
    low += [single(contigs, f"zero{i}", 230 + i, alt=alt, mapq=0) for i in range(2)]
    reads = reads_over(contigs, 36, 9) + low
    found = run(tmp_path, contigs, reads, min_mapping_quality=20)
    assert [(one[3], one[4]) for one in found] == [(45, (36, 9))]
    sample = json.loads((tmp_path / "out" / "qc.json").read_text())["tumors"][0]
    assert sample["filtered"] == {"mapq_zero": 2, "mapq_low": 6}
    assert sample["used"] == 45
    header = pysam.VariantFile(str(tmp_path / "out" / "somatic.vcf.gz")).header
    assert "min_mapping_quality=20" in str(header)


def test_a_lower_case_reference_changes_nothing(tmp_path, contigs):
    tumor = reads_over(contigs, 26, 14)
    plain = run(tmp_path, contigs, tumor, folder="plain")
    soft = contigs["one"][:250] + contigs["one"][250:400].lower() + contigs["one"][400:]
    (tmp_path / "soft").mkdir()
    masked = write_reference(tmp_path / "soft" / "ref.fa", {"one": soft})
    assert run(tmp_path, contigs, tumor, reference=masked, folder="masked") == plain
    for name in ("somatic.vcf.gz", "germline.vcf.gz", "callable.bed.gz", "qc.json", "features_raw.parquet"):
        assert (tmp_path / "plain" / name).read_bytes() == (tmp_path / "masked" / name).read_bytes()
    assert plain[0][4] == (26, 14)


def test_one_name_for_two_samples_is_refused(tmp_path, contigs):
    with pytest.raises(SampleSwapError, match="same sample name PAT7") as caught:
        run(tmp_path, contigs, reads_over(contigs, 26, 14), names=("PAT7", "PAT7"))
    assert "tumor.bam" in str(caught.value)
    assert "normal.bam" in str(caught.value)
    assert not (tmp_path / "out" / "somatic.vcf.gz").exists()


def test_overlapping_mates_count_once(tmp_path, contigs):
    alt = other_base(contigs["one"][AT])
    edits = {AT: ("sub", alt)}
    tumor = pairs(
        contigs["one"],
        "one",
        400,
        lambda random: edits if random.random() < 0.4 else {},
        seed=3,
        insert_bp=130,
    )
    over = {one["name"] for one in tumor if one["pos"] <= AT < one["pos"] + READ_BP}
    found = run(tmp_path, contigs, tumor)
    site = next(one for one in found if one[0] == AT)
    assert site[3] == sum(site[4]) == len(over)


def test_a_somatic_base_beside_a_germline_one_stays_apart(tmp_path, contigs):
    one = contigs["one"]
    germline = {AT: ("sub", other_base(one[AT]))}
    both = {**germline, AT + 1: ("sub", other_base(one[AT + 1]))}

    def tumor_edits(random):
        if random.random() < 0.5:
            return {}
        return both if random.random() < 0.5 else germline

    tumor = pairs(one, "one", 300, tumor_edits, seed=6)
    normal = pairs(one, "one", 300, lambda random: germline if random.random() < 0.5 else {}, seed=7)
    found = run(tmp_path, contigs, tumor, normal)
    passing = [(pos, ref, alt) for pos, ref, alt, _, _, filters in found if filters == ["PASS"]]
    assert passing == [(AT + 1, one[AT + 1], other_base(one[AT + 1]))]
    with pysam.VariantFile(str(tmp_path / "out" / "germline.vcf.gz")) as handle:
        assert [(record.pos - 1, record.alts[0]) for record in handle] == [(AT, other_base(one[AT]))]


def test_indels_at_the_ends_of_a_contig(tmp_path):
    """A deletion at the first bases and an insertion at the last ones neither crash nor vanish."""
    contigs = {"one": random_reference(12, 400)}
    one = contigs["one"]
    tumor = []
    for i in range(30):
        tumor.append(
            {
                "name": f"a{i}",
                "contig": "one",
                "pos": 0,
                "bases": one[:3] + one[5 : 5 + 80 + i],
                "cigar": (("M", 3), ("D", 2), ("M", 80 + i)),
                "flag": 16 * (i % 2),
            }
        )
        start = 300 - i
        tumor.append(
            {
                "name": f"b{i}",
                "contig": "one",
                "pos": start,
                "bases": one[start:394] + "AC" + one[394:],
                "cigar": (("M", 394 - start), ("I", 2), ("M", 6)),
                "flag": 16 * (i % 2),
            }
        )
    normal = [
        {
            "name": f"n{i}",
            "contig": "one",
            "pos": p,
            "bases": one[p : p + 100],
            "cigar": (("M", 100),),
            "flag": 16 * (i % 2),
        }
        for i, p in enumerate([0] * 20 + [300] * 20)
    ]
    found = run(tmp_path, contigs, tumor, normal)
    lengths = {len(alt) - len(ref) for _, ref, alt, _, _, _ in found}
    assert lengths == {-2, 2}


def test_unknown_bases_are_no_depth(tmp_path, contigs):
    unknown = [single(contigs, f"x{i}", 230 + i, alt="N", flag=16 * (i % 2)) for i in range(30)]
    found = run(tmp_path, contigs, reads_over(contigs, 24, 16) + unknown)
    assert [(one[0], one[3], one[4]) for one in found] == [(AT, 40, (24, 16))]


def test_a_refused_call_leaves_no_folder(tmp_path, contigs):
    bam = write_bam(tmp_path / "tumor.bam", contigs, "T", reads_over(contigs, 24, 16))
    with pytest.raises(InputError):
        run_call(CallInputs(reference=tmp_path / "absent.fa", tumor=bam, normal=None), tmp_path / "a" / "out")
    assert not (tmp_path / "a").exists()
