import json

import pytest
from typer.testing import CliRunner

from oncoloom.cli.main import app
from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.tables import read_table

RUN = CliRunner()


def run(*words):
    return RUN.invoke(app, [str(word) for word in words])


@pytest.fixture
def clinic(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("patient_id,tmb,os_days,os_event\nz,1,5,1\na,2,6,0\n")
    return path


def test_import_writes_the_table_and_says_one_line(tmp_path, clinic):
    out = tmp_path / "out" / "cohort.parquet"
    done = run("cohort", "import", "csv", clinic, "--mapping", "plain", "--use", "predict", "--output", out)
    assert done.exit_code == 0
    assert "2 patients" in done.stdout
    assert len(done.stdout.strip().splitlines()) == 1
    assert read_table(out, COHORT_TABLE)["patient_id"].to_list() == ["z", "a"]


def test_json_is_the_tally(tmp_path, clinic):
    done = run(
        "cohort", "import", "csv", clinic, "--mapping", "plain", "--json", "--output", tmp_path / "c.parquet"
    )
    said = json.loads(done.stdout)
    assert said == json.loads((tmp_path / "c.parquet.tally.json").read_text())
    assert said["patients"] == 2


def test_a_bad_table_leaves_nothing_and_exits_one(tmp_path, clinic):
    clinic.write_text("patient_id,age\na,x\n")
    out = tmp_path / "c.parquet"
    done = run("cohort", "import", "csv", clinic, "--mapping", "plain", "--output", out)
    assert done.exit_code == 1
    assert "line 2" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("*.parquet*"))


def test_build_takes_many_features_after_one_option_and_a_clinic_needs_its_mapping(tmp_path, clinic):
    out = tmp_path / "c.parquet"
    done = run("cohort", "build", "--features", clinic, clinic, "--output", out)
    assert done.exit_code == 1
    assert "not a readable Parquet" in done.stderr
    done = run("cohort", "build", "--features", clinic, "--clinical", clinic, "--output", out)
    assert done.exit_code == 2
    assert "--mapping" in done.stderr


def test_every_command_shows_an_example():
    for words in (["import", "csv"], ["import", "maf"], ["import", "cbioportal"], ["build"]):
        assert "Example:" in run("cohort", *words, "--help").stdout


def test_provenance_lies_beside_and_not_inside(tmp_path, clinic):
    out = tmp_path / "c.parquet"
    run("cohort", "import", "csv", clinic, "--mapping", "plain", "--output", out)
    said = json.loads((tmp_path / "c.parquet.provenance.json").read_text())
    assert said["inputs"]["table 1"]["digest"].startswith("sha256:")
    assert str(tmp_path).encode() not in out.read_bytes()
    assert str(tmp_path) not in (tmp_path / "c.parquet.tally.json").read_text()


def test_overlap_of_two_small_cohorts_is_not_assessable(tmp_path, clinic):
    out = tmp_path / "c.parquet"
    run("cohort", "import", "csv", clinic, "--mapping", "plain", "--output", out)
    done = run("cohort", "overlap", out, out)
    assert done.exit_code == 1
    assert "at least 20" in done.stderr
