"""Tables for MultiQC: its header, the figures of a folder of results, and a stopped patient."""

import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

from oncoloom.cli.main import app
from oncoloom.errors import InputError
from oncoloom.features.contracts import ASSESSABILITY_TABLE, COVERAGE_TABLE
from oncoloom.files import write_json
from oncoloom.report.multiqc import write_multiqc
from oncoloom.tables import write_table


def _sample(name, **changes):
    return {
        "sample": name, "reads": 1000, "used": 900, "mean_depth": 80.5, "duplicate_fraction": 0.05,
        "mapped_fraction": 0.99, "median_insert_size": 300,
    } | changes  # fmt: skip


@pytest.fixture
def results(tmp_path):
    for patient, state in (("P1", "passed"), ("P2", "stopped")):
        qc = {
            "tumors": [_sample(f"{patient}_T")],
            "normal": _sample(f"{patient}_N", median_insert_size=None),
            "callable_bp": 950,
            "target_bp": 1000,
            "concordance": {"sites": 40, "concordant": 10, "fraction": 0.25},
            "contamination": {"fraction": 0.051},
            "contamination_normal": {"fraction": None},
            "tumor_in_normal": {"fraction": 0.0},
            "inferred_sex": "female",
        }
        write_json(tmp_path / "calls" / patient / "qc.json", qc)
        write_json(tmp_path / "qc" / f"{patient}.json", {"state": state})
    places = [
        ("gene", "BRAF", 120.0, 1.0),
        ("gene", "ALK", None, 0.0),
        ("target", "7:1-100", 150.0, 1.0),
        ("target", "7:201-300", 50.0, 0.4),
    ]
    rows = [("P1", "T", "tumor", kind, name, 100, depth, share) for kind, name, depth, share in places]
    folder = tmp_path / "features" / "P1"
    table = pl.DataFrame(rows, schema=COVERAGE_TABLE.polars_schema(), orient="row")
    write_table(table, COVERAGE_TABLE, folder / "coverage.parquet")
    one = ("P1", "T", "BRAF", "small variant", "not detected", None, 0.97, 0.03)
    table = pl.DataFrame([one], schema=ASSESSABILITY_TABLE.polars_schema(), orient="row")
    write_table(table, ASSESSABILITY_TABLE, folder / "assessability.parquet")
    return tmp_path


def _read(path):
    lines = path.read_text().splitlines()
    head = yaml.safe_load("\n".join(line[2:] for line in lines if line.startswith("# ")))
    table = [line.split("\t") for line in lines if not line.startswith("#")]
    return head, table[0], {row[0]: dict(zip(table[0][1:], row[1:], strict=True)) for row in table[1:]}


def test_every_section_has_its_header_and_its_figures(results, tmp_path):
    written = write_multiqc(results, tmp_path / "out")
    names = [path.name for path in written]
    assert names == [
        f"oncoloom_{name}_mqc.tsv" for name in ("samples", "checks", "gene_depth", "gene_callable", "targets")
    ]
    for path in written:
        head, columns, _ = _read(path)
        assert head["id"] == path.name.removesuffix("_mqc.tsv")
        assert head["plot_type"] in ("table", "heatmap")
        if head["plot_type"] == "table":
            assert list(head["headers"]) == columns[1:]
    _, _, samples = _read(written[0])
    assert samples["P1_T"]["used"] == "90"
    assert samples["P2_N"]["insert"] == ""
    _, _, checks = _read(written[1])
    assert checks["P2"]["state"] == "stopped"
    assert (checks["P1"]["contamination"], checks["P1"]["contamination_normal"]) == ("5.1", "")
    assert (checks["P1"]["concordance"], checks["P1"]["callable"]) == ("25", "95")
    _, genes, depth = _read(written[2])
    assert genes[1:] == ["BRAF"]  # no bin over ALK: no column of empty cells
    assert depth == {"P1": {"BRAF": "120"}}
    _, _, targets = _read(written[4])
    assert targets["P1"]["at_100"] == "50"
    assert targets["P1"]["callable"] == "50"


def test_the_command_writes_and_an_empty_folder_is_refused(results, tmp_path):
    words = ["multiqc", "--results", str(results), "--output", str(tmp_path / "out"), "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "oncoloom_checks_mqc.tsv" in done.stdout
    with pytest.raises(InputError, match="no calls in this folder"):
        write_multiqc(tmp_path / "nothing", tmp_path / "out")
