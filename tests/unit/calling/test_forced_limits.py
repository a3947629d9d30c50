"""Asked-for alleles: what the depth could have shown is written beside what was seen."""

import gzip

import pytest
from calling_bams import other_base, somatic_pair

from oncoloom.calling.detection import detection_limit
from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call

ABSENT, SEEN, UNCOVERED = 650, 700, 2


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """Records of a call with three asked-for alleles, by 0-based position."""
    folder = tmp_path_factory.mktemp("forced")
    pair = somatic_pair(folder)
    one = pair["contigs"]["one"]
    lines = ["##fileformat=VCFv4.3", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    lines += [
        f"one\t{at + 1}\t.\t{one[at]}\t{other_base(one[at])}\t.\t.\t." for at in (UNCOVERED, ABSENT, SEEN)
    ]
    alleles = folder / "alleles.vcf"
    alleles.write_text("\n".join(lines) + "\n", encoding="ascii")
    run_call(CallInputs(pair["reference"], pair["tumor"], pair["normal"], alleles=alleles), folder / "calls")
    found = {}
    with gzip.open(folder / "calls" / "somatic.vcf.gz", "rt") as handle:
        for line in handle:
            if line.startswith("#"):
                continue
            part = line.rstrip("\n").split("\t")
            info = dict(field.partition("=")[::2] for field in part[7].split(";"))
            found[int(part[1]) - 1] = (
                part[6],
                info,
                dict(zip(part[8].split(":"), part[9].split(":"), strict=True)),
            )
    return found


def test_absent_allele_has_depth_and_limit(records):
    filters, info, tumor = records[ABSENT]
    assert "weak_evidence" in filters.split(";")
    assert "FORCED" in info
    assert tumor["AD"].split(",")[1] == "0"
    needed, depth = int(info["NEEDED"]), int(tumor["DP"])
    assert 2 <= needed <= 5
    assert float(info["LIMIT"]) == pytest.approx(detection_limit(depth, needed, min_af=0.01), rel=1e-3)
    assert 0.02 < float(info["LIMIT"]) < 0.2


def test_seen_allele_passes_with_at_least_what_it_needs(records):
    filters, info, tumor = records[SEEN]
    assert filters == "PASS"
    assert int(tumor["AD"].split(",")[1]) >= int(info["NEEDED"])


def test_uncovered_allele_has_no_limit(records):
    _, info, tumor = records[UNCOVERED]
    assert int(tumor["DP"]) < 5
    assert info["LIMIT"] == "."


def test_other_records_say_nothing_of_limits(records):
    assert all(
        "LIMIT" not in info for at, (_, info, _) in records.items() if at not in (UNCOVERED, ABSENT, SEEN)
    )
