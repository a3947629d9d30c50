"""The folder: the same bytes for the same seed, and every file as the other steps want it."""

import csv
import hashlib
import json
import shutil

import polars as pl
import pytest
from typer.testing import CliRunner

from oncoloom.cli.simulate import app
from oncoloom.cohort.mapping import load_mapping
from oncoloom.config import load_config
from oncoloom.errors import InputError, UsageError
from oncoloom.project.sheets import read_patients, read_samples
from oncoloom.simulate.scenarios import simulate_project


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_same_bytes_and_another_seed_other_reads(tmp_path):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        simulate_project(tmp_path / name, scenario="small", seed=seed, patients=1, training_patients=40)
    first, second, other = (digests(tmp_path / name) for name in "abc")
    assert first == second
    assert first.keys() == other.keys()
    changed = {name for name in first if first[name] != other[name]}
    assert "reads/DEMO-01.tumor.bam" in changed
    assert "clinical/training.csv" in changed
    assert not {name for name in changed if name.startswith("reference/")}


def test_more_patients_leave_the_first_ones_alone(small_project, tmp_path):
    simulate_project(tmp_path / "one", scenario="small", seed=7, patients=1)
    whole, one = digests(small_project), digests(tmp_path / "one")
    same = [name for name in one if name.startswith(("reads/", "truth/DEMO", "clinical/t", "reference/"))]
    assert len(same) > 10
    assert all(one[name] == whole[name] for name in same)


def test_config_sheets_and_mapping_are_valid(small_project):
    config = load_config(small_project / "config" / "config.yaml")
    assert config.report.simulated
    assert config.training.randomized
    assert [source.use for source in config.training.cohorts] == ["train", "test"]
    for path in (config.reference.fasta, config.reference.gff, config.clinical.table):
        assert (small_project / path).is_file()
    patients, faults = read_patients(small_project / config.patients)
    samples, more = read_samples(small_project / config.samples)
    assert not faults
    assert not more
    assert len(patients) == 4
    assert len(samples) == 8
    assert all((small_project / sample.path).is_file() for sample in samples)
    mapping = load_mapping(small_project / config.clinical.mapping)
    with (small_project / "clinical" / "training.csv").open() as handle:
        assert set(next(csv.reader(handle))) <= set(mapping.columns)
    assert set(config.training.modifiers) <= set(mapping.columns)
    assert set(config.training.features) <= set(mapping.columns)


def test_expected_stop_and_patient_truth(small_project):
    expected = json.loads((small_project / "truth" / "expected.json").read_text())
    assert expected["stopped_patients"] == ["DEMO-04"]
    facts = json.loads((small_project / "truth" / "DEMO-01" / "patient.json").read_text())
    assert facts["planted_somatic"] == ["BRAF p.V600E"]
    assert facts["copies"] == {"demo_PTEN": [1, 0]}


def test_clinic_of_patients_with_reads_holds_no_outcome_and_no_feature(small_project):
    frame = pl.read_csv(small_project / "clinical" / "patients.csv")
    assert frame["patient_id"].to_list() == ["DEMO-01", "DEMO-02", "DEMO-03", "DEMO-04"]
    assert not {"response", "os_days", "tmb", "driver_EGFR"} & set(frame.columns)
    assert frame["therapy"].null_count() == 0


def test_wrong_sizes_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(UsageError):
        simulate_project(tmp_path / "x", scenario="small", patients=5)
    with pytest.raises(UsageError):
        simulate_project(tmp_path / "x", scenario="huge")
    assert not (tmp_path / "x").exists()


def test_a_real_project_is_not_written_over(tmp_path):
    config = tmp_path / "config" / "config.yaml"
    config.parent.mkdir()
    config.write_text("project_name: mine\n")
    with pytest.raises(UsageError, match="not simulated"):
        simulate_project(tmp_path, scenario="small", patients=1, training_patients=20)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [config]
    with pytest.raises(UsageError, match="not a folder"):
        simulate_project(config, scenario="small", patients=1)


def test_a_full_disk_is_told_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 1000))
    with pytest.raises(InputError, match="too little room"):
        simulate_project(tmp_path / "x", scenario="small", patients=1)
    assert not (tmp_path / "x").exists()


def test_stops_prints_the_expected_patient(small_project, tmp_path):
    runner = CliRunner()
    result = runner.invoke(app, ["stops", "--project", str(small_project)])
    assert result.exit_code == 0
    assert result.stdout == "DEMO-04\n"
    missing = runner.invoke(app, ["stops", "--project", str(tmp_path)])
    assert "it has no truth" in str(missing.exception)
