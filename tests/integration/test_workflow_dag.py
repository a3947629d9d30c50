"""The workflow's shape: who runs, who runs again, what a failure costs. The steps are fakes."""

import json
from pathlib import Path

import fake_project
import pytest

from oncoloom.project.cohort_lookups import CohortLookups
from oncoloom.project.completeness import compare
from oncoloom.project.folder import open_project
from oncoloom.project.plan import jobs_to_run, plan_project
from oncoloom.project.run_page import write_completeness

ALL_JOBS = {
    "join_lanes": 1, "align": 1, "call": 3, "import_variants": 1, "qc": 4, "features": 4, "import_cohort": 2,
    "build_cohort": 1, "train": 1, "validate": 1, "predict": 1, "compare": 1, "predict_cohort": 1,
    "report": 4, "overview": 1, "hotspots": 1, "evidence": 3,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "Dr. O'Neil (study 2)"


@pytest.fixture
def tools(tmp_path):
    return tmp_path / "tools"


def contents(folder: Path) -> dict[str, str]:
    results = folder / "results"
    return {
        str(path.relative_to(results)): path.read_text()
        for path in results.rglob("*")
        if path.is_file() and not path.name.startswith(".") and not path.name.startswith("run.")
    }


def test_mixed_project_runs_and_repeats_only_what_changed(monkeypatch, folder, tools):
    config = fake_project.make_project(folder)
    assert jobs_to_run(open_project(config)) == ALL_JOBS
    code, progress, told = fake_project.run_fake(monkeypatch, config, tools)
    assert code == 0
    assert progress.failed == {}
    assert sum(": call P" in one for one in told) == 2
    assert jobs_to_run(open_project(config)) == {}
    call = (folder / "logs/call/P1.log").read_text()
    assert """"r & d/P1 tumor's $x.bam", '--tumor-sample', 'P1-tumor'""" in call
    assert "'t [1].bed'" in call
    validated = (folder / "logs/validate/response/later.log").read_text()
    assert validated.count("'--training'") == 2
    assert "'--training', 'results/cohort/known.parquet'" in validated
    assert (folder / "results/cohort/cohort.parquet").is_file()

    (folder / "r & d/P2 tumor's $x.bam").write_text("other reads")
    again = {
        "call": 1,
        "qc": 1,
        "features": 1,
        "build_cohort": 1,
        "predict": 1,
        "compare": 1,
        "report": 1,
        "overview": 1,
    }
    again["evidence"] = 1
    assert jobs_to_run(open_project(config)) == again

    config.write_text(fake_project.CONFIG + "features: {min_msi_loci: 3}\ncalling: {device: gpu}\n")
    (folder / "r & d/P2 tumor's $x.bam").write_text("r & d/P2 tumor's $x.bam")
    jobs = jobs_to_run(open_project(config))
    assert jobs["features"] == 4
    assert "call" not in jobs
    assert "train" not in jobs


def test_direct_snakemake_makes_the_same_files(monkeypatch, tmp_path, tools):
    one, two = tmp_path / "one", tmp_path / "two"
    code, _, _ = fake_project.run_fake(monkeypatch, fake_project.make_project(one), tools)
    fake_project.make_project(two)
    done = fake_project.plain_snakemake(two, tools=tools)
    assert (code, done.returncode) == (0, 0), done.stderr
    first, second = contents(one), contents(two)
    assert sorted(first) == sorted(second)
    per_job = ("--threads", "--device")
    differ = [
        name for name in first if first[name] != second[name] and not any(w in first[name] for w in per_job)
    ]
    assert differ == []


def test_failed_job_is_named_and_the_others_go_on(monkeypatch, folder, tools):
    config = fake_project.make_project(folder)
    code, progress, _ = fake_project.run_fake(monkeypatch, config, tools, fails="qc P2")
    assert code != 0
    [job] = progress.failed.values()
    assert (job.rule, job.about, job.log) == ("qc", "P2", "logs/qc/P2.log")
    assert job.last_lines(folder)[-1] == "error: this step was told to fail"
    lookups = CohortLookups(open_project(config))
    result = compare(lookups, failed=(job,))
    write_completeness(result, lookups)
    state = {one.patient_id: one for one in result.patients}
    assert "results/qc/P2.json" in state["P2"].missing
    assert (folder / "results/features/P1.parquet").is_file()
    assert "results/cohort/cohort.parquet" in result.missing
    record = json.loads((folder / "results/run.json").read_text())
    assert record["failed_jobs"][0]["log"] == "logs/qc/P2.log"
    assert "results/qc/P2.json" in (folder / "results/run.html").read_text()
    code, progress, _ = fake_project.run_fake(monkeypatch, config, tools)
    assert code == 0
    assert compare(lookups).incomplete == []


def test_some_patients_only_and_then_all(monkeypatch, folder, tools):
    config = fake_project.make_project(folder)
    assert jobs_to_run(open_project(config, only=("P1",)))["call"] == 1
    code, _, _ = fake_project.run_fake(monkeypatch, config, tools, only=("P1",))
    assert code == 0
    assert (folder / "results/patients/P1/report.html").is_file()
    assert not (folder / "results/calls/P2").exists()
    assert not (folder / "results/cohort/cohort.parquet").exists()
    left = jobs_to_run(open_project(config))
    assert left["call"] == ALL_JOBS["call"] - 1
    assert "train" not in left


def test_large_genome_is_called_in_pieces(folder):
    config = fake_project.make_project(folder, genome=250_000_000, assay="wgs")
    (folder / "config/samples.tsv").write_text(
        (folder / "config/samples.tsv")
        .read_text()
        .replace("L1\t\tpanel", "L1\t\twgs")
        .replace("L2\t\tpanel", "L2\t\twgs")
    )
    jobs = jobs_to_run(open_project(config))
    assert (jobs["shards"], jobs["call_shard"], jobs["call_finish"]) == (1, 9, 3)
    assert "call" not in jobs


def test_cohort_only_project(monkeypatch, folder, tools):
    config = fake_project.make_project(folder)
    for name in ("patients.tsv", "samples.tsv"):
        (folder / "config" / name).unlink()
    jobs = jobs_to_run(open_project(config))
    assert jobs == {
        "import_cohort": 2, "train": 1, "validate": 1, "predict_cohort": 1, "overview": 1,
    }  # fmt: skip
    code, _, _ = fake_project.run_fake(monkeypatch, config, tools)
    assert code == 0
    assert compare(CohortLookups(open_project(config))).missing == ()


def test_an_existing_models_validation_names_no_training(folder):
    config = fake_project.make_project(
        folder,
        config=fake_project.CONFIG.replace("training:", "training:\n  model: 'models:/response@approved'"),
    )
    lookups = CohortLookups(open_project(config))
    assert lookups.model_training(None) == []
    assert lookups.validate_options(None) == "--model models:/response@approved"


def test_project_without_models(folder):
    config = fake_project.make_project(folder, config='reference: {fasta: "ref v1.fa"}\n')
    plan = plan_project(open_project(config))
    assert not {"train", "predict", "validate"} & set(plan.jobs)
    by_name = {one.patient_id: one for one in plan.patients}
    assert any("predictions" in text for text in by_name["P1"].will_not)
    assert any("no reads" in text for text in by_name["V1"].will_not)
    assert any("aligned" in text for text in by_name["F1"].will)


def test_rules_are_lint_clean(folder):
    fake_project.make_project(folder)
    done = fake_project.plain_snakemake(folder, "--lint")
    assert done.returncode == 0, done.stdout + done.stderr


def test_wrong_sheet_stops_snakemake_with_its_faults(folder):
    fake_project.make_project(folder)
    sheet = folder / "config/samples.tsv"
    sheet.write_text(sheet.read_text().replace("\ttumor\t", "\ttumour\t"))
    done = fake_project.plain_snakemake(folder, "--dry-run")
    assert done.returncode != 0
    assert "write `tumor`" in done.stdout + done.stderr
