"""`oncoloom check`: every kind of fault before a job starts, all told at once; and what follows a run."""

import json
import os
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from oncoloom.calling.pon.build import build_panel
from oncoloom.errors import LockedError, UsageError
from oncoloom.files import write_json
from oncoloom.project.checks import check_project
from oncoloom.project.clean import removable, remove
from oncoloom.project.cohort_lookups import CohortLookups
from oncoloom.project.completeness import compare, patient_promises
from oncoloom.project.folder import open_project
from oncoloom.project.lock import RunLock
from oncoloom.project.plan import estimate_disk
from oncoloom.project.run import RunOptions, prepare, run_project
from oncoloom.project.run_page import write_completeness
from oncoloom.project.ui import ui_command
from oncoloom.testing.reads import TestRead, random_sequence, write_alignments, write_reference

LENGTH = 3000
PATIENTS = "patient_id\tsex\toncotree_code\nP1\tfemale\tLUAD\n"
SAMPLES = (
    "patient_id\tsample_id\trole\treads\tassay\tassay_bed\n"
    "P1\tT1\ttumor\tt.bam\tpanel\tp.bed\n"
    "P1\tN1\tnormal\tn.bam\tpanel\tp.bed\n"
)


def write_reads(path: Path, sequence: str, sample: str, *, seed: int, contig: str = "1") -> None:
    rng = np.random.default_rng(seed)
    starts = sorted(int(start) for start in rng.integers(0, LENGTH - 100, 60))
    reads = [
        TestRead(f"r{seed}_{number}", contig, start, sequence[start : start + 100], cigar="100M")
        for number, start in enumerate(starts)
    ]
    write_alignments(path, reads, {contig: LENGTH}, read_groups=(("rg1", sample),))


@pytest.fixture
def project(tmp_path):
    sequence = random_sequence(np.random.default_rng(1), LENGTH)
    write_reference(tmp_path / "ref.fa", {"1": sequence})
    write_reads(tmp_path / "t.bam", sequence, "T1", seed=2)
    write_reads(tmp_path / "n.bam", sequence, "N1", seed=3)
    (tmp_path / "p.bed").write_text("1\t100\t2000\n")
    (tmp_path / "patients.tsv").write_text(PATIENTS)
    (tmp_path / "samples.tsv").write_text(SAMPLES)
    (tmp_path / "config.yaml").write_text("reference: {fasta: ref.fa}\nreport: {formats: [html]}\n")
    return tmp_path


def errors(folder: Path) -> str:
    return "\n".join(line for one in check_project(folder).errors for line in one.lines())


def test_good_project_has_no_errors_and_says_what_it_looked_at(project):
    findings = check_project(project)
    assert findings.errors == []
    assert findings.seen["reads"] == 2
    assert findings.seen["pairs"] == 1
    warnings = " ".join(one.message for one in findings.warnings)
    assert "no gene models" in warnings
    assert "no predictions" in warnings
    assert json.loads(json.dumps(findings.as_dict()))["errors"] == []
    assert sorted(path.name for path in project.iterdir() if path.name.startswith(".")) == []


def test_faults_of_different_files_come_together(project):
    (project / "p.bed").write_text("1\t100\tmany\n")
    (project / "t.bam").write_bytes((project / "t.bam").read_bytes()[:-28])
    (project / "samples.tsv").write_text(SAMPLES.replace("n.bam", "absent.bam"))
    text = errors(project)
    for words in ("p.bed", "t.bam", "row 3, column `reads`", "does not exist"):
        assert words in text


def test_an_input_dated_in_the_future_is_refused_before_any_job(project):
    later = time.time() + 3600
    os.utime(project / "t.bam", (later, later))
    assert "lies in the future" in errors(project)
    assert "touch t.bam" in errors(project)
    os.utime(project / "t.bam")
    assert errors(project) == ""


def test_sample_of_another_name_is_a_mix_up(project):
    (project / "samples.tsv").write_text(SAMPLES.replace("T1", "T9"))
    text = errors(project)
    assert "T9" in text
    assert "T1" in text


def test_tumor_and_normal_of_the_same_reads(project):
    sequence = "".join((project / "ref.fa").read_text().split("\n")[1:])
    write_reads(project / "n.bam", sequence, "N1", seed=2)
    assert "same reads" in errors(project)


def test_reads_of_another_reference(project):
    sequence = "".join((project / "ref.fa").read_text().split("\n")[1:])
    write_reference(project / "ref.fa", {"1": sequence + "ACGT"})
    assert "t.bam" in errors(project)


def test_panel_of_normals_must_be_one_of_this_reference(project):
    config = project / "config.yaml"
    config.write_text("reference: {fasta: ref.fa}\ncalling: {panel_of_normals: pon.parquet}\n")
    assert "the file it names" in errors(project)
    (project / "pon.parquet").write_text("no panel")
    assert "not a panel of normals" in errors(project)
    build_panel([project / "n.bam"], project / "ref.fa", project / "pon.parquet")
    assert "panel" not in errors(project)
    other = random_sequence(np.random.default_rng(2), LENGTH)
    write_reference(project / "other.fa", {"1": other})
    config.write_text("reference: {fasta: other.fa}\ncalling: {panel_of_normals: pon.parquet}\n")
    assert "panel of normals was made on another reference" in errors(project)


def test_vcf_whose_tumor_column_cannot_be_told(project):
    sequence = "".join((project / "ref.fa").read_text().split("\n")[1:])
    other = "A" if sequence[199] != "A" else "C"
    (project / "v.vcf").write_text(
        "##fileformat=VCFv4.2\n##contig=<ID=1>\n"
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tone\ttwo\n"
        f"1\t200\t.\t{sequence[199]}\t{other}\t.\tPASS\t.\tGT\t0/1\t0/0\n"
    )
    header = SAMPLES.split("\n")[0].replace("reads", "vcf")
    (project / "samples.tsv").write_text(f"{header}\nP1\tT1\ttumor\tv.vcf\tpanel\tp.bed\n")
    assert "which sample is the tumor?" in errors(project)
    (project / "samples.tsv").write_text(f"{header}\nP1\tone\ttumor\tv.vcf\tpanel\tp.bed\n")
    assert errors(project) == ""


def test_cohort_tables_are_read_with_their_mapping(project):
    (project / "t.csv").write_text("a,b\n1,2\n")
    (project / "config.yaml").write_text(
        "reference: {fasta: ref.fa}\n"
        "training: {cohorts: [{kind: csv, path: t.csv, mapping: loris_icb},"
        " {kind: csv, path: t.csv, mapping: loris_ibc, name: u}]}\n"
    )
    text = errors(project)
    assert "t.csv" in text
    assert "loris_ibc" in text


def test_config_and_its_typing_slips(project):
    (project / "config.yaml").write_text("referense: {fasta: ref.fa}\nsed: 3\n")
    text = errors(project)
    assert "did you mean `reference`?" in text
    assert "did you mean `seed`?" in text


def test_results_that_cannot_be_written_and_paths_with_braces(project):
    (project / "results").write_text("a file where the folder should be")
    (project / "ref{1}.fa").write_text((project / "ref.fa").read_text())
    (project / "config.yaml").write_text('reference: {fasta: "ref{1}.fa"}\n')
    text = errors(project)
    assert "the folder cannot be written" in text
    assert "a path with a brace" in text


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_cannot_be_written(project):
    project.chmod(0o555)
    try:
        assert "cannot be written" in errors(project)
    finally:
        project.chmod(0o755)


def test_disk_too_small_is_said_at_the_start(project, monkeypatch):
    class Usage:
        free = 1000

    monkeypatch.setattr("oncoloom.project.checks.shutil.disk_usage", lambda _path: Usage)
    text = errors(project)
    assert "too little room" in text
    assert estimate_disk(open_project(project)) > 10**6


def test_run_refuses_wrong_options_and_a_faulty_project(project):
    with pytest.raises(UsageError, match="did you mean features"):
        prepare(RunOptions(config=project, until="feature"))
    with pytest.raises(UsageError, match="did you mean slurm"):
        prepare(RunOptions(config=project, profile="slrum"))
    with pytest.raises(UsageError, match="nothing up to the stage"):
        run_project(RunOptions(config=project, until="align"))


def make_all(lookups: CohortLookups, *, stopped: bool = False) -> None:
    folder = lookups.project.folder
    for patient in lookups.project.patients:
        for path in patient_promises(patient, lookups, "report"):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text("x")
        check = {"check": "identity", "status": "stop", "sentence": "Not of one person."}
        state = "stopped" if stopped else "passed"
        write_json(
            folder / lookups.layout.qc(patient.patient_id), {"state": state, "checks": [check] * stopped}
        )
    for path in lookups.targets():
        if not (folder / path).exists():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text("x")


def test_completeness_names_what_is_missing(project):
    lookups = CohortLookups(open_project(project))
    make_all(lookups)
    result = compare(lookups)
    assert [one.state for one in result.patients] == ["reported"]
    assert result.missing == ()
    (project / "results/calls/P1/somatic.vcf.gz.tbi").unlink()
    (project / "results/cohort/overview.html").write_text("")
    result = compare(lookups)
    assert result.incomplete == ["P1"]
    assert result.patients[0].missing == ("results/calls/P1/somatic.vcf.gz.tbi",)
    assert result.missing == ("results/cohort/overview.html",)
    assert compare(lookups, until="call").patients[0].state == "incomplete"
    write_completeness(result, lookups)
    assert json.loads((project / "results/run.json").read_text())["patients"][0]["state"] == "incomplete"
    page = (project / "results/run.html").read_text()
    assert "somatic.vcf.gz.tbi" in page
    assert 'href="cohort/overview.html"' not in page  # it is missing
    (project / "results/cohort/overview.html").write_text("x")
    write_completeness(compare(lookups), lookups)
    assert 'href="cohort/overview.html"' in (project / "results/run.html").read_text()


def test_imported_tables_of_a_patient_are_inputs_where_they_are(project):
    config = project / "config.yaml"
    config.write_text(config.read_text() + "\nfeatures: {imported_tables: imported}\n")
    (project / "imported").mkdir()
    (project / "imported" / "P1.fusions.parquet").write_text("x")
    lookups = CohortLookups(open_project(project))
    wildcards = SimpleNamespace(patient_id="P1")
    inputs = lookups.feature_inputs(wildcards)
    assert inputs["fusions"] == "imported/P1.fusions.parquet"
    assert "expression" not in inputs
    assert "--fusions imported/P1.fusions.parquet" in lookups.feature_options(wildcards)


def test_stopped_patient_needs_its_page_and_no_report(project):
    lookups = CohortLookups(open_project(project))
    make_all(lookups, stopped=True)
    result = compare(lookups)
    assert result.patients[0].missing == (
        "results/patients/P1/stopped.json",
        "results/patients/P1/stopped.html",
    )
    for name in ("stopped.json", "stopped.html"):
        (project / "results/patients/P1" / name).write_text("x")
    result = compare(lookups)
    assert result.stopped == ["P1"]
    assert result.patients[0].why_stopped == "Not of one person."


def test_warnings_of_the_checks_stand_in_the_record(project):
    lookups = CohortLookups(open_project(project))
    make_all(lookups)
    checks = [{"check": "contamination", "status": "warn", "sentence": "About 5 % foreign DNA."}]
    write_json(project / "results/qc/P1.json", {"state": "warned", "checks": checks})
    result = compare(lookups)
    assert (result.patients[0].state, result.patients[0].warnings) == (
        "reported",
        ("About 5 % foreign DNA.",),
    )
    lifted = [{"check": "identity", "status": "overridden", "sentence": "Not of one person."}]
    reason = {"checks": ["identity"], "reason": "marrow <transplant>"}
    write_json(
        project / "results/qc/P1.json", {"state": "warned", "checks": checks + lifted, "override": reason}
    )
    result = compare(lookups)
    assert result.patients[0].warnings == (
        "Not of one person. Stop lifted: marrow <transplant>",
        "About 5 % foreign DNA.",
    )
    write_completeness(result, lookups)
    assert "marrow &lt;transplant&gt;" in (project / "results/run.html").read_text()
    assert "About 5 % foreign DNA." in (project / "results/run.html").read_text()


def test_clean_lists_then_removes_and_spares_inputs(project):
    lookups = CohortLookups(open_project(project))
    make_all(lookups)
    (project / "mlflow.db").write_text("decisions")
    assert [one.path.name for one in removable(lookups.project)] == ["results"]
    (project / "results/own.bed").write_text("1\t1\t9\n")
    (project / "samples.tsv").write_text(SAMPLES.replace("p.bed", "results/own.bed"))
    with pytest.raises(UsageError, match="move it out"):
        remove(open_project(project))
    assert (project / "results/own.bed").is_file()
    (project / "samples.tsv").write_text(SAMPLES)
    with RunLock(project), pytest.raises(LockedError):
        remove(open_project(project))
    remove(open_project(project))
    assert not (project / "results").exists()
    assert (project / "mlflow.db").is_file()
    assert (project / "t.bam").is_file()


def test_ui_serves_the_own_store_on_the_loopback_address(project, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (project / "mlflow.db").write_text("")
    command, address = ui_command(open_project(project), 5007)
    assert address == "http://127.0.0.1:5007"
    assert command[command.index("--backend-store-uri") + 1] == f"sqlite:///{project}/mlflow.db"
    assert command[command.index("--host") + 1] == "127.0.0.1"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    with pytest.raises(UsageError, match="a page of its own"):
        ui_command(open_project(project), 5007)
