"""Each caller's VCF conventions, in small files of our own: columns, counts, fractions, marks, alignment."""

from pathlib import Path

import pytest

from oncoloom.errors import UsageError
from oncoloom.features.sample_columns import find_samples
from oncoloom.features.variants.vcf_door import import_variants
from oncoloom.features.variants.vcf_text import VcfHeader

FILES = Path(__file__).parent / "callers"
# At 20 every caller tells the same: 20 of 80 in the tumor; the one-base deletion lies at 60, left-aligned.
SNV = {"pos": 20, "ref_count": 60, "alt_count": 20, "af": 0.25, "filters": "PASS", "origin": "somatic"}
DELETION = {
    "pos": 60,
    "ref": "GA",
    "alt": "G",
    "ref_count": 40,
    "alt_count": 10,
    "af": 0.2,
    "filters": "PASS",
}


def imported(name, **options):
    frame, tally = import_variants(
        FILES / name, FILES / "ref.fa", patient_id="P", sample_id=options.pop("sample_id", "P"), **options
    )
    return {row["pos"]: row for row in frame.iter_rows(named=True)}, tally, frame


def agrees(row, expected):
    return {name: row[name] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "caller", "options"),
    [
        ("mutect2.vcf", "mutect2", {}),
        ("strelka2.snvs.vcf", "strelka2", {}),
        ("dragen.vcf", "dragen", {"tumor": "S-1001-T"}),
        ("vardict.vcf", "vardict", {}),
        ("varscan.vcf", "varscan", {}),
        ("deepsomatic.vcf", "deepsomatic", {}),
    ],
)
def test_one_variant_is_one_row_whoever_called_it(name, caller, options):
    rows, _, frame = imported(name, **options)
    assert agrees(rows[20], SNV), rows[20]
    assert set(frame["caller"]) == {caller}
    if caller != "deepsomatic":
        assert (rows[20]["normal_depth"], rows[20]["normal_alt_count"]) == (50, 0)


@pytest.mark.parametrize(
    "name", ["mutect2.vcf", "strelka2.indels.vcf", "vardict.vcf", "varscan.vcf", "deepsomatic.vcf"]
)
def test_one_deletion_is_one_row_wherever_it_was_written(name):
    rows, _, _ = imported(name)
    assert agrees(rows[60], DELETION), rows[60]
    assert rows[60]["variant_class"] == "deletion"


def test_depth_is_the_caller_s_own():
    assert (
        imported("strelka2.snvs.vcf")[0][20]["depth"] == 82
    )  # filtered-out bases are in DP, not in the tiers
    assert imported("varscan.vcf")[0][20]["depth"] == 80


def test_mutect2_alleles_are_split_with_the_filter_of_each():
    _, tally, frame = imported("mutect2.vcf")
    both = frame.filter(frame["pos"] == 40).sort("af", descending=True)
    assert both["af"].to_list() == pytest.approx([25 / 80, 5 / 80])
    assert both["filters"].to_list() == ["PASS", "weak_evidence"]
    assert tally.filtered["alleles split or re-aligned, kept"] == 1


@pytest.mark.parametrize(
    ("name", "options", "pos", "origin", "filters"),
    [
        ("mutect2.vcf", {}, 100, "germline", "germline"),
        ("strelka2.snvs.vcf", {}, 100, "somatic", "LowEVS"),
        ("dragen.vcf", {"tumor": "S-1001-T"}, 40, "somatic", "weak_evidence"),
        ("vardict.vcf", {}, 100, "germline", "PASS"),
        ("vardict.vcf", {}, 40, "unknown", "p8"),
        ("varscan.vcf", {}, 100, "germline", "PASS"),
        ("deepsomatic.vcf", {}, 100, "germline", "GERMLINE"),
        ("deepsomatic.vcf", {}, 40, "somatic", "RefCall"),
    ],
)
def test_what_the_caller_said_of_origin_and_filter(name, options, pos, origin, filters):
    row = imported(name, **options)[0][pos]
    assert (row["origin"], row["filters"]) == (origin, filters)


def test_dragen_names_no_tumor_so_a_person_must():
    with pytest.raises(UsageError, match="which sample is the tumor"):
        imported("dragen.vcf")
    assert imported("dragen.vcf", sample_id="T")[0][20]["alt_count"] == 20  # the sheet's id ends the name


@pytest.mark.parametrize(
    ("samples", "sample_id", "caller", "expected"),
    [
        (["PAT_normal", "PAT_tumor"], "x", "other", (1, 0)),
        (["P1_T1", "P1_N1"], "T1", "other", (0, 1)),
        (["B", "A"], "x", "vardict", (0, 1)),
        (["B", "A"], "x", "varscan", (1, 0)),
        (["only"], "x", "deepsomatic", (0, None)),
        (["tumorous", "A"], "A", "other", (1, 0)),
    ],
)
def test_columns(samples, sample_id, caller, expected):
    found = find_samples(VcfHeader(samples=samples), FILES, sample_id=sample_id, caller=caller)
    assert (found.tumor, found.normal) == expected


def test_two_columns_that_could_both_be_tumors_are_asked_about():
    header = VcfHeader(samples=["tumor_1", "tumor_2"])
    with pytest.raises(UsageError, match="which sample is the tumor"):
        find_samples(header, FILES, sample_id="x")
