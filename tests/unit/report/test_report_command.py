"""The command line: whole folders, stale files gone, errors that name file and remedy."""

import json

import pytest
from report_examples import CHECKS, PATIENT, write_inputs
from typer.testing import CliRunner

from oncoloom.cli.main import app
from oncoloom.report.verify import verify_report

STOP = [("identity", "stop", 0.4, 0.8, "Tumor and normal are not of one person."), *CHECKS[1:]]


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def build(paths, output, *options, patient_id=PATIENT):
    words = ["report", "build", "--patient-id", patient_id, "--output", str(output)]
    for name, path in paths.items():
        words += [f"--{name}", str(path)]
    return CliRunner().invoke(app, [*words, *options])


def test_build_writes_all_views_and_verify_accepts(tmp_path):
    result = build(write_inputs(tmp_path), tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "report: 3 findings, 3 variants, 0 warnings, 3 therapies" in result.output
    assert names_in(tmp_path / "out") == ["report.html", "report.json", "report.pdf"]
    checked = CliRunner().invoke(app, ["report", "verify", str(tmp_path / "out" / "report.json")])
    assert checked.exit_code == 0
    assert "keeps schema 1.2" in checked.output


def test_same_input_same_bytes_wherever_it_lies(tmp_path):
    for name in ("a", "b"):
        assert build(write_inputs(tmp_path / name), tmp_path / name / "out").exit_code == 0
    for name in ("report.json", "report.html", "report.pdf"):
        first, second = ((tmp_path / side / "out" / name).read_bytes() for side in ("a", "b"))
        assert first == second
        assert str(tmp_path).encode() not in first


def test_a_stop_clears_the_report_and_a_lifted_stop_clears_the_stop(tmp_path):
    out = tmp_path / "out"
    build(write_inputs(tmp_path), out)
    stopped = build(write_inputs(tmp_path, state="stopped", checks=STOP), out)
    assert stopped.exit_code == 0
    assert "not reported: Identity check failed" in stopped.output
    assert names_in(out) == ["stopped.html", "stopped.json"]
    build(write_inputs(tmp_path), out)
    assert names_in(out) == ["report.html", "report.json", "report.pdf"]


def test_a_stopped_patient_needs_no_results(tmp_path):
    paths = write_inputs(tmp_path, state="stopped", checks=STOP)
    paths["features"].unlink()
    paths["predictions"].unlink()
    assert build(paths, tmp_path / "out").exit_code == 0


def test_formats_of_the_config(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("report: {formats: [html]}\n")
    result = build(write_inputs(tmp_path), tmp_path / "out", "--config", str(config), "--json")
    figures = json.loads(result.stdout.strip().splitlines()[-1])
    assert figures["kind"] == "report"
    assert [path.rsplit("/", 1)[-1] for path in figures["files"]] == ["report.html", "report.json"]


def test_patient_ids_may_hold_spaces_quotes_and_parentheses(tmp_path):
    name = "P 1 (it's)"
    result = build(write_inputs(tmp_path, patient_id=name), tmp_path / "out", patient_id=name)
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "out" / "report.json").read_text())["identity"]["patient_id"] == name


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("qc", "no such file"),
        ("features", "no such file"),
        ("patients", "does not exist"),
        ("predictions", "no such file"),
    ],
)
def test_absent_inputs_are_named_and_nothing_is_written(tmp_path, broken, says):
    paths = write_inputs(tmp_path)
    paths[broken].unlink()
    result = build(paths, tmp_path / "out")
    assert result.exit_code == 1
    assert says in result.output
    assert str(paths[broken]) in result.output
    assert not (tmp_path / "out").exists()


def test_inputs_of_another_patient_are_refused(tmp_path):
    paths = write_inputs(tmp_path)
    result = build(paths, tmp_path / "out", patient_id="P-OTHER")
    assert result.exit_code == 1
    assert "verdict of another patient" in result.output


def test_a_broken_verdict_is_refused(tmp_path):
    paths = write_inputs(tmp_path)
    paths["qc"].write_text("{}")
    result = build(paths, tmp_path / "out")
    assert result.exit_code == 1
    assert "state: passed, warned, stopped" in result.output


def test_verify_names_the_broken_place(tmp_path):
    build(write_inputs(tmp_path), tmp_path / "out")
    path = tmp_path / "out" / "report.json"
    raw = json.loads(path.read_text())
    raw["findings"]["rows"][0]["tier"] = 7
    path.write_text(json.dumps(raw))
    result = CliRunner().invoke(app, ["report", "verify", str(path)])
    assert result.exit_code == 1
    assert "report.findings.rows.0.tier" in result.output
    with pytest.raises(Exception, match="valid string"):
        verify_report(path)


def test_schema_report_prints_json_schema():
    result = CliRunner().invoke(app, ["schema", "report"])
    assert result.exit_code == 0
    schema = json.loads(result.stdout)
    assert set(schema["$defs"]) >= {"Report", "Stopped", "Finding", "Interval"}
