"""The commands around a project, as a person types them: exit codes, one summary line, JSON."""

import json

import pytest
from typer.testing import CliRunner

from oncoloom.cli.main import app

PATIENTS = "patient_id\tsex\toncotree_code\nV1\tmale\tLUAD\n"
SAMPLES = "patient_id\tsample_id\trole\tvcf\tassay\nV1\tV1-T\ttumor\tcalls (1)/v.vcf\tpanel\n"
VCF = (
    "##fileformat=VCFv4.2\n##contig=<ID=c>\n"
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tV1-T\n"
    "c\t3\t.\tG\tT\t.\tPASS\t.\tGT\t0/1\n"
)


@pytest.fixture
def say(tmp_path, monkeypatch):
    folder = tmp_path / "Dr. O'Neil (2) & $x"
    (folder / "calls (1)").mkdir(parents=True)
    (folder / "calls (1)/v.vcf").write_text(VCF)
    (folder / "ref.fa").write_text(">c\nACGTACGT\n")
    (folder / "patients.tsv").write_text(PATIENTS)
    (folder / "samples.tsv").write_text(SAMPLES)
    monkeypatch.chdir(folder)
    runner = CliRunner()
    return lambda *words: runner.invoke(app, list(words))


def test_from_a_bare_folder_to_a_plan(say):
    assert say("check").exit_code == 1
    done = say("init", ".")
    assert done.exit_code == 0, done.output
    assert "Fill the sheets" in done.output
    assert say("init", ".").exit_code == 2
    done = say("check")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1].startswith("0 errors")
    found = json.loads(say("check", "--json").stdout)
    assert found["errors"] == []
    assert found["warnings"]
    plan = json.loads(say("plan", "--json").stdout)
    assert plan["jobs"]["import_variants"] == 1
    assert plan["patients"][0]["patient_id"] == "V1"
    dry = say("run", "--dry-run", "--until", "features")
    assert dry.exit_code == 0, dry.output
    assert "3 jobs to run" in dry.output
    status = say("status")
    assert "V1  incomplete" in status.output
    assert "not up to date: " in status.output
    record = json.loads(say("status", "--json").stdout)
    assert record["running"] == ""
    assert record["jobs_to_run"] == plan["jobs"]
    assert "would be removed (give --yes)" in say("clean").output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("run", "--until", "repord"), 2),
        (("run", "--profile", "slrum"), 2),
        (("run", "--patients", "V2"), 1),
        (("run", "--cores", "0"), 2),
        (("ui",), 1),
        (("check", "--config", "absent.yaml"), 1),
    ],
)
def test_wrong_words_are_told(say, words, code):
    say("init", ".")
    done = say(*words)
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output


def test_a_broken_sheet_stops_check_and_run_alike(say, tmp_path):
    say("init", ".")
    (next(tmp_path.glob("Dr*")) / "samples.tsv").write_text(SAMPLES.replace("tumor", "tumour"))
    for words in (("check",), ("run",), ("plan",)):
        done = say(*words)
        assert done.exit_code == 1
        assert "write `tumor`" in done.output


def test_names_that_a_cluster_would_break_are_refused_before_any_job(say):
    say("init", ".")
    done = say("run", "--profile", "slurm")
    assert done.exit_code == 1
    assert "cannot be used on a cluster" in done.output
