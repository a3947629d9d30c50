"""The sheets: every fault at once, each with row, column and remedy."""

from pathlib import Path

import pytest

from oncoloom.errors import ConfigError
from oncoloom.project.oncotree import oncotree_fault
from oncoloom.project.patients import join_sheets
from oncoloom.project.sheets import read_patients, read_samples

PATIENT_HEADER = "patient_id\tsex\toncotree_code\toverride_checks\toverride_reason\n"
SAMPLE_HEADER = "patient_id\tsample_id\trole\treads\treads_2\tread_group\tvcf\tassay\tassay_bed\n"


def sheet(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def patients(tmp_path, rows, header=PATIENT_HEADER):
    return read_patients(sheet(tmp_path, "patients.tsv", header + rows))


def samples(tmp_path, rows, header=SAMPLE_HEADER):
    return read_samples(sheet(tmp_path, "samples.tsv", header + rows))


def joined(tmp_path, patient_rows, sample_rows):
    people, wrong = patients(tmp_path, patient_rows)
    files, more = samples(tmp_path, sample_rows)
    assert not wrong
    assert not more
    return join_sheets(
        people, files, patients_sheet=tmp_path / "patients.tsv", samples_sheet=tmp_path / "samples.tsv"
    )


def told(faults):
    return "\n".join(line for fault in faults for line in fault.lines())


def test_good_sheet_keeps_order_and_values(tmp_path):
    people, faults = patients(tmp_path, "B\tfemale\tLUAD\nA\tunknown\tUNKNOWN\tidentity\tmarrow transplant\n")
    assert not faults
    assert [(one.patient_id, one.sex, one.oncotree_code, one.row) for one in people] == [
        ("B", "female", "LUAD", 2),
        ("A", "unknown", "UNKNOWN", 3),
    ]
    assert people[1].override_reason == "marrow transplant"


def test_byte_order_mark_windows_ends_comments_and_blank_lines(tmp_path):
    text = "\ufeff# my patients\r\n" + PATIENT_HEADER.replace("\n", "\r\n") + "\r\nP1\tmale\tMEL\r\n"
    people, faults = read_patients(sheet(tmp_path, "patients.tsv", text))
    assert not faults
    assert [(one.patient_id, one.row) for one in people] == [("P1", 4)]


def test_all_faults_of_a_sheet_are_told_at_once(tmp_path):
    rows = "P1\tfemal\tLUAD\np1\tmale\tLUDA\na/b\tmale\t\nP4\tmale\tMEL\tidentity\t\n"
    _, faults = patients(tmp_path, rows)
    text = told(faults)
    assert "row 2, column `sex`" in text
    assert "write `female`" in text
    assert "the patient of row 2 again" in text
    assert "row 3, column `oncotree_code`" in text
    assert "did you mean `LUAD`?" in text
    assert "row 4, column `patient_id`" in text
    assert "row 4, column `oncotree_code`" in text
    assert "row 5, column `override_reason`" in text
    assert len(faults) == 6


def test_unknown_and_missing_columns(tmp_path):
    _, faults = patients(tmp_path, "P1\tmale\n", header="patient_id\tsexx\n")
    text = told(faults)
    assert "did you mean `sex`?" in text
    assert "row 1, column `oncotree_code`: the column is missing" in text


@pytest.mark.parametrize("separator", [",", ";", "  "])
def test_other_separators_are_named(tmp_path, separator):
    _, faults = patients(tmp_path, "", header=PATIENT_HEADER.replace("\t", separator))
    assert "separate columns by tabs" in told(faults)


def test_too_many_cells_and_empty_file(tmp_path):
    _, faults = patients(tmp_path, "P1\tmale\tMEL\t\t\textra\n")
    assert "row 2: more cells than the header" in told(faults)
    with pytest.raises(ConfigError, match="empty"):
        read_patients(sheet(tmp_path, "patients.tsv", "\n\n"))
    path = tmp_path / "patients.tsv"
    path.write_bytes(b"patient_id\tsex\xff\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_patients(path)


def test_override_names_a_stopping_check(tmp_path):
    _, faults = patients(tmp_path, "P1\tmale\tMEL\tidentiti\tbecause\n")
    assert "did you mean `identity`?" in told(faults)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("P1\tT\ttumor\ta.bam\t\t\tb.vcf\twgs\t", "both reads and a VCF"),
        ("P1\tT\ttumor\t\t\t\t\twgs\t", "neither reads nor a VCF"),
        ("P1\tT\ttumor\ta.bam\tb.bam\t\t\twgs\t", "a second file beside a BAM or CRAM"),
        ("P1\tT\ttumor\ta.fastq.gz\t\t\t\twgs\t", "the second mates are missing"),
        ("P1\tT\ttumor\ta.txt\t\t\t\twgs\t", "unknown kind of reads"),
        ("P1\tT\ttumour\ta.bam\t\t\t\twgs\t", "write `tumor`"),
        ("P1\tT\ttumor\ta.bam\t\t\t\tWES\t", "one of wgs, exome, panel"),
        ("P1\tT\ttumor\ta{b}.bam\t\t\t\twgs\t", "a path with a brace"),
        ("P1\t../T\ttumor\ta.bam\t\t\t\twgs\t", "not usable as a folder and file name"),
    ],
)
def test_faults_of_a_sample_row(tmp_path, row, message):
    _, faults = samples(tmp_path, row + "\n")
    assert message in told(faults)
    assert "row 2" in told(faults)


def test_paths_keep_every_odd_character(tmp_path):
    path = "calls & more/sp1 $x's (2) [v].vcf"
    files, faults = samples(tmp_path, f"P1\tT\ttumor\t\t\t\t{path}\tpanel\tpanel [v1].bed\n")
    assert not faults
    assert files[0].path == path
    assert files[0].assay_bed == "panel [v1].bed"


def test_tumor_and_normal_may_be_columns_of_one_vcf(tmp_path):
    rows = "P1\tT\ttumor\t\t\t\ta.vcf\twgs\t\nP1\tN\tnormal\t\t\t\ta.vcf\twgs\t\n"
    people, faults = joined(tmp_path, "P1\tmale\tMEL\n", rows)
    assert not faults
    assert (people[0].entry, people[0].normal) == ("vcf", None)


def test_join_makes_patients_with_lanes(tmp_path):
    rows = (
        "P1\tT\ttumor\ta_1.fq.gz\ta_2.fq.gz\tL1\t\twgs\t\n"
        "P1\tN\tnormal\tn.bam\t\t\t\twgs\t\n"
        "P1\tT\ttumor\tb_1.fq.gz\tb_2.fq.gz\tL2\t\twgs\t\n"
    )
    people, faults = joined(tmp_path, "P1\tmale\tMEL\n", rows)
    assert not faults
    assert people[0].entry == "reads"
    assert [file.path for file in people[0].tumors[0].files] == ["a_1.fq.gz", "b_1.fq.gz"]
    assert people[0].normal.sample_id == "N"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("P11\tT\ttumor\ta.bam\t\t\t\twgs\t\n", "did you mean `P1`?"),
        ("P1\tN\tnormal\ta.bam\t\t\t\twgs\t\n", "no tumor sample"),
        ("P1\tT\ttumor\ta.bam\t\t\t\twgs\t\nP1\tN\tnormal\ta.bam\t\t\t\twgs\t\n", "the file of row 2 again"),
        (
            "P1\tT\ttumor\t\t\t\ta.vcf\twgs\t\nP1\tN\tnormal\t\t\t\tb.vcf\twgs\t\n",
            "a VCF of the normal alone",
        ),
        ("P1\tT\ttumor\ta.bam\t\t\t\twgs\t\nP1\tT\tnormal\tb.bam\t\t\t\twgs\t\n", "two roles"),
        ("P1\tT\ttumor\ta.bam\t\t\t\twgs\t\nP1\tT\ttumor\tb.bam\t\t\t\twgs\t\n", "samtools merge"),
        ("P1\tT\ttumor\ta.bam\t\t\t\twgs\t\nP1\tN\tnormal\tb.bam\t\t\t\tpanel\t\n", "another assay"),
        ("P1\tT\ttumor\t\t\t\ta.vcf\twgs\t\nP1\tN\tnormal\tb.bam\t\t\t\twgs\t\n", "both reads and a VCF"),
        (
            "P1\tT\ttumor\ta.fq\tb.fq\tL1\t\twgs\t\nP1\tT\ttumor\tc.fq\td.fq\tL1\t\twgs\t\n",
            "lanes need names that differ",
        ),
        (
            "P1\tT\ttumor\ta.fq\tb.fq\tL1\t\twgs\t\nP1\tT\ttumor\tc.fq.gz\td.fq.gz\tL2\t\twgs\t\n",
            "some gzipped, some not",
        ),
    ],
)
def test_faults_that_only_both_sheets_show(tmp_path, rows, message):
    _, faults = joined(tmp_path, "P1\tmale\tMEL\n", rows)
    assert message in told(faults)


def test_a_normal_may_serve_two_tumors_of_a_person(tmp_path):
    rows = "".join(
        f"{name}\t{name}-T\ttumor\t{name}.bam\t\t\t\twgs\t\n{name}\tN\tnormal\tn.bam\t\t\t\twgs\t\n"
        for name in ("P1a", "P1b")
    )
    people, faults = joined(tmp_path, "P1a\tmale\tMEL\nP1b\tmale\tMEL\n", rows)
    assert not faults
    assert [one.normal.files[0].path for one in people] == ["n.bam", "n.bam"]


def test_patient_without_samples(tmp_path):
    _, faults = joined(tmp_path, "P1\tmale\tMEL\nP2\tmale\tMEL\n", "P1\tT\ttumor\ta.bam\t\t\t\twgs\t\n")
    assert "row 3: the patient has no row in the sample sheet" in told(faults)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("luad", "`LUAD`"),
        ("MELL", "`MEL"),
        ("BALL", "`BLL`"),
        ("LUNG", "not an OncoTree code"),
        ("x9", "UNKNOWN"),
    ],
)
def test_oncotree_codes(code, words):
    message, remedy = oncotree_fault(code)
    assert words in message + remedy
    assert oncotree_fault("LUAD") is None
    assert oncotree_fault("UNKNOWN") is None
