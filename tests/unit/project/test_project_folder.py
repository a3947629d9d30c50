"""Finding the config, the folder it speaks for, the sheets, the cohorts; and writing a first config."""

from pathlib import Path

import pytest
import yaml

from oncoloom.config import ProjectConfig, load_config, parse_config
from oncoloom.errors import ConfigError, InputError, UsageError
from oncoloom.project.folder import find_config, inspect_project, open_project, project_folder
from oncoloom.project.initialise import config_text, initialise
from oncoloom.project.inputs import input_paths

PATIENTS = "patient_id\tsex\toncotree_code\nP1\tmale\tMEL\nP2\tfemale\tLUAD\n"
SAMPLES = "patient_id\tsample_id\trole\treads\tassay\nP1\tT1\ttumor\ta.bam\twgs\nP2\tT2\ttumor\tb.bam\twgs\n"
COHORT = "training:\n  cohorts:\n    - {kind: csv, path: t.csv, mapping: loris_icb}\n"


def make(folder: Path, *, home: str = "config", config: str = "", sheets: bool = True) -> Path:
    place = folder / home
    place.mkdir(parents=True, exist_ok=True)
    (place / "config.yaml").write_text(config)
    if sheets:
        (place / "patients.tsv").write_text(PATIENTS)
        (place / "samples.tsv").write_text(SAMPLES)
    return place / "config.yaml"


def told(faults):
    return "\n".join(line for fault in faults for line in fault.lines())


def test_config_is_found_and_speaks_for_its_folder(tmp_path):
    inner = make(tmp_path / "a")
    beside = make(tmp_path / "b", home=".")
    assert find_config(start=tmp_path / "a") == inner
    assert find_config(tmp_path / "b") == tmp_path / "b" / "config.yaml"
    assert project_folder(inner) == tmp_path / "a"
    assert project_folder(beside) == tmp_path / "b"
    with pytest.raises(ConfigError, match="oncoloom init"):
        find_config(start=tmp_path)


def test_sheets_beside_the_config(tmp_path):
    project = open_project(make(tmp_path, home="."))
    assert [one.patient_id for one in project.patients] == ["P1", "P2"]
    assert project.patients_sheet == tmp_path / "." / "patients.tsv"


def test_paths_are_relative_to_the_project(tmp_path):
    project = open_project(make(tmp_path, config="reference: {fasta: ref/x.fa}\n"))
    assert project.path("a.bam") == tmp_path / "a.bam"
    assert project.path("/data/a.bam") == Path("/data/a.bam")
    assert project.relative(project.config_path) == "config/config.yaml"
    assert tmp_path / "ref/x.fa" in input_paths(project)
    assert tmp_path / "b.bam" in input_paths(project)


def test_only_some_patients(tmp_path):
    config = make(tmp_path)
    assert [one.patient_id for one in open_project(config, only=("P2",)).patients] == ["P2"]
    _, faults = inspect_project(config, only=("P3",))
    assert "no such patient" in told(faults)


def test_cohort_only_project_needs_no_sheets(tmp_path):
    project = open_project(make(tmp_path, config=COHORT, sheets=False))
    assert project.patients == ()
    assert [one.name for one in project.cohorts] == ["t"]


def test_sheet_that_is_named_must_exist(tmp_path):
    _, faults = inspect_project(make(tmp_path, config=COHORT + "patients: other.tsv\n", sheets=False))
    assert "other.tsv" in told(faults)


def test_one_sheet_without_the_other(tmp_path):
    config = make(tmp_path)
    (tmp_path / "config/samples.tsv").unlink()
    _, faults = inspect_project(config)
    assert "samples.tsv: this sheet does not exist" in told(faults)


def test_faults_of_both_sheets_and_the_config_come_together(tmp_path):
    config = make(tmp_path, config=COHORT.replace("}", ", name: cohort}") + "results: ../elsewhere\n")
    (tmp_path / "config/patients.tsv").write_text(PATIENTS.replace("MEL", "MEEL"))
    (tmp_path / "config/samples.tsv").write_text(SAMPLES.replace("tumor", "tumour"))
    _, faults = inspect_project(config)
    text = told(faults)
    for words in ("results must lie", "name of a cohort", "column `oncotree_code`", "column `role`"):
        assert words in text


def test_nothing_to_do_is_said(tmp_path):
    header_only = {"patients.tsv": PATIENTS.split("\n")[0], "samples.tsv": SAMPLES.split("\n")[0]}
    config = make(tmp_path)
    for name, text in header_only.items():
        (tmp_path / "config" / name).write_text(text + "\n")
    _, faults = inspect_project(config)
    assert "nothing to do" in told(faults)


def test_written_config_has_every_key_and_means_the_defaults():
    text = config_text()
    assert parse_config(yaml.safe_load(text)) == ProjectConfig()

    def keys(tree):
        return {name: keys(value) if isinstance(value, dict) else None for name, value in tree.items()}

    assert keys(yaml.safe_load(text)) == keys(ProjectConfig().model_dump(mode="json"))
    for words in ("Lowest tumor allele fraction", "one of cpu, gpu", ">= 0 and <= 1", "mapping: loris_icb"):
        assert words in text


def test_init_makes_a_project_and_overwrites_nothing(tmp_path):
    done = initialise(tmp_path / "new")
    assert done.config == tmp_path / "new/config/config.yaml"
    assert load_config(done.config).project_name == "new"
    assert sorted(path.name for path in done.written) == ["config.yaml", "patients.tsv", "samples.tsv"]
    with pytest.raises(UsageError, match="never overwrites"):
        initialise(tmp_path / "new")


def test_init_uses_what_the_folder_holds(tmp_path):
    (tmp_path / "patients.tsv").write_text(PATIENTS)
    (tmp_path / "samples.tsv").write_text(SAMPLES)
    (tmp_path / "ref v1.fa").write_text(">1\nACGT\n")
    done = initialise(tmp_path)
    assert done.config == tmp_path / "config.yaml"
    assert (tmp_path / "patients.tsv").read_text() == PATIENTS
    project = open_project(done.config)
    assert str(project.config.reference.fasta) == "ref v1.fa"
    assert len(project.patients) == 2


def test_init_with_a_reference_elsewhere(tmp_path):
    fasta = tmp_path / "genomes" / "x.fa"
    fasta.parent.mkdir()
    fasta.write_text(">1\nA\n")
    done = initialise(tmp_path / "project", reference=fasta)
    assert load_config(done.config).reference.fasta == fasta
    with pytest.raises(InputError, match="no such reference"):
        initialise(tmp_path / "other", reference=tmp_path / "absent.fa")


def test_example_sheets_have_the_columns_and_no_patients(tmp_path):
    done = initialise(tmp_path)
    project, faults = inspect_project(done.config)
    assert project.patients == ()
    assert "nothing to do" in told(faults)
