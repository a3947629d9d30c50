"""One training through the embedded registry: run, version, aliases, approval, fetch, predictions, CLI."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from small_trial import small_trial

from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.config import TrainingConfig
from oncoloom.errors import ApprovalError, ModelContractError
from oncoloom.tables import write_table


def mlflow_warnings(function):
    """MLflow 3.17 with Python 3.11+: its own use of deprecated names; ours are errors elsewhere."""
    return pytest.mark.filterwarnings("ignore")(function)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a trained model and a registry that holds it."""
    from oncoloom.response.train_folder import train_to_folder

    folder = tmp_path_factory.mktemp("registry")
    write_table(small_trial(80, seed=1), COHORT_TABLE, folder / "cohort.parquet")
    settings = TrainingConfig(outer_folds=2, members=5)
    train_to_folder([folder / "cohort.parquet"], folder / "m", endpoint="response", settings=settings, seed=1)
    return folder


@pytest.fixture
def here(place, tmp_path, monkeypatch):
    """A copy of the training for each test: none may depend on what another one registered."""
    folder = tmp_path / "registry"
    shutil.copytree(place, folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(folder)
    return folder


@mlflow_warnings
def test_a_training_becomes_a_version_with_lineage_and_serves(here):
    from oncoloom.registry.predictions import log_predictions
    from oncoloom.registry.runs import log_training_run
    from oncoloom.registry.tracking import open_registry
    from oncoloom.registry.validations import log_validation
    from oncoloom.registry.versions import approve_version, fetched_model, list_versions
    from oncoloom.response.model_store import load_model
    from oncoloom.response.predict_file import predict_to_file

    assert list_versions() == []  # asking makes no registry
    assert not (here / "mlflow.db").exists()
    first = log_training_run(here / "m", model_name="response")
    assert (first.version, first.aliases) == (1, ("candidate", "champion"))
    assert (here / "mlflow.db").is_file()
    assert any((here / "mlartifacts").iterdir())
    again = log_training_run(here / "m", model_name="response")
    assert again.version == 1  # the same content is no second version

    (row,) = list_versions()
    run = json.loads((here / "m" / "run.json").read_text())
    assert row["model_version"] == run["model_version"]
    assert row["approved_by"].startswith("nobody")
    assert "out_of_fold.response.ridge.roc_auc" in row["metrics"]
    assert "out_of_fold.response.forest.roc_auc" in row["metrics"]
    with open_registry() as client:
        listed = client.get_run(first.run_id).inputs.dataset_inputs
    digests = {one.dataset.name: one.dataset.digest for one in listed}
    assert set(digests) == {"training", "input"}
    for name, digest in digests.items():
        assert len(digest) == 36
        assert run["tags"][f"{name}_digest"].startswith(f"sha256:{digest}")

    assert approve_version("response", 1, by="A. Name", reason="looked at it") == "1"
    assert list_versions()[0]["approved_by"] == "A. Name"
    with pytest.raises(ApprovalError):
        approve_version("response", 1, by=" ", reason="x")
    with pytest.raises(ModelContractError, match="no such model version"):
        approve_version("response", 7, by="A", reason="x")

    with fetched_model("models:/response@champion") as folder:
        assert load_model(folder)[1] == run["model_version"]
        summary = predict_to_file(folder, here / "cohort.parquet", here / "p.parquet")
    for address in ("models:/response@absent", "models:/other@champion", "models:/response/7"):
        with pytest.raises(ModelContractError), fetched_model(address):
            pass
    run_of_training = row["run_id"]
    files = [here / "m" / "validation.json", here / "m" / "validation.html"]
    assert log_validation(
        run["model_version"], {"validation.x.response.roc_auc": 0.7}, {"x": "sha256:0"}, files
    )
    assert log_validation("sha256:other", {}, {}) is None
    run_id = log_predictions(here / "p.parquet", summary)
    with open_registry() as client:
        import mlflow

        assert client.get_run(run_of_training).data.metrics["validation.x.response.roc_auc"] == 0.7
        kept = {one.path for one in client.list_artifacts(run_of_training, "validation/x")}
        assert kept == {"validation/x/validation.json", "validation/x/validation.html"}
        assert "validation.html" in {one.path for one in client.list_artifacts(run_of_training)}
        logged = client.get_run(run_id)
        assert logged.data.tags["oncoloom.model_version"] == run["model_version"]
        assert logged.data.tags["registered_model"] == "response/1"
        served = mlflow.pyfunc.load_model("models:/response@champion")
        answer = served.predict([{"patient_id": "a", "tmb": 5.0, "albumin_g_dl": 4.0}])
        assert set(answer["model_version"]) == {run["model_version"]}
        assert served.metadata.signature is not None
        assert served.metadata.saved_input_example_info is not None


@mlflow_warnings
def test_what_mlflow_serves_is_what_predict_says(here):
    """The application behind `mlflow models serve`, asked by its own protocol, without a port."""
    from mlflow.pyfunc.scoring_server import init

    from oncoloom.registry.runs import log_training_run
    from oncoloom.registry.tracking import open_registry
    from oncoloom.response.predict_file import predict_to_file
    from oncoloom.tables import read_table

    log_training_run(here / "m", model_name="response")
    predict_to_file(here / "m", here / "cohort.parquet", here / "said.parquet")
    said = pl.read_parquet(here / "said.parquet")
    with open_registry():
        import mlflow

        loaded = mlflow.pyfunc.load_model("models:/response@champion")
    asked = [column.name for column in loaded.metadata.get_input_schema().inputs]
    rows = read_table(here / "cohort.parquet", COHORT_TABLE).select(asked).to_dict(as_series=False)
    body = {
        "dataframe_split": {"columns": asked, "data": [list(row) for row in zip(*rows.values(), strict=True)]}
    }
    answer = ask(init(loaded), json.dumps(body).encode())
    served = pl.DataFrame(answer["predictions"], infer_schema_length=None)
    assert served.height == said.height
    for column in ("patient_id", "therapy", "endpoint", "outcome_set", "reason", "model_version"):
        assert served[column].to_list() == said[column].to_list()
    for column in ("probability", "probability_lo90", "probability_hi90", "survival_time_lower90_days"):
        # JSON carries whole doubles: the same numbers, not nearly the same
        assert served[column].to_list() == said[column].to_list()


def ask(application, body):
    """POST /invocations of an ASGI application; its JSON answer."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/invocations", "raw_path": b"/invocations", "query_string": b"", "root_path": "",
        "headers": [(b"content-type", b"application/json"), (b"host", b"localhost")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    asyncio.run(application(scope, receive, send))
    assert sent[0]["status"] == 200, sent
    return json.loads(b"".join(one.get("body", b"") for one in sent))


@mlflow_warnings
def test_a_runs_own_record_trains_the_same_model(here):
    from typer.testing import CliRunner

    from oncoloom.cli.models import app
    from oncoloom.errors import InputError
    from oncoloom.registry.records import training_record
    from oncoloom.registry.runs import log_training_run
    from oncoloom.response.retraining import retrain_from_record

    log_training_run(here / "m", model_name="response")
    record = training_record("models:/response/1")
    assert record["seed"] == 1
    done = CliRunner().invoke(
        app, ["retrain", "models:/response@champion", "--cohort", "cohort.parquet", "--output", "again"]
    )
    assert done.exit_code == 0, done.output
    assert "the same model" in done.output
    before, after = (json.loads((here / name / "metrics.json").read_text()) for name in ("m", "again"))
    assert before == after
    write_table(small_trial(80, seed=2), COHORT_TABLE, here / "other.parquet")
    with pytest.raises(InputError, match="not the ones of the record"):
        retrain_from_record(record, [here / "other.parquet"], here / "no")


@mlflow_warnings
def test_a_registry_that_is_away_costs_no_training(here, monkeypatch):
    from oncoloom.registry.runs import log_training_run

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(ModelContractError, match="does not answer"):
        log_training_run(here / "m", model_name="response")
    assert (here / "m" / "model" / "model.json").is_file()


def test_commands_refuse_before_training(here):
    """A bad name or store ends at once, by message and code, and leaves no folder."""
    command = [sys.executable, "-m", "oncoloom.cli.main"]
    train = ["train", "--cohort", "cohort.parquet", "--endpoint", "response", "--output", "n"]
    for extra, code, words in (
        (["--model-name", "LUAD/2026"], 2, "not a model name"),
        (["--alias", "latest"], 2, "reserved alias"),
    ):
        done = subprocess.run([*command, *train, *extra], capture_output=True, text=True, check=False)
        assert done.returncode == code
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    assert not Path("n").exists()


def test_nothing_in_the_run_file_depends_on_the_machine(here):
    text = (here / "m" / "run.json").read_text() + (here / "m" / "metrics.json").read_text()
    assert str(here) not in text
    assert not re.search(r"\d{4}-\d{2}-\d{2}T", text)


@mlflow_warnings
def test_a_process_that_moves_writes_where_it_is(tmp_path, monkeypatch):
    from oncoloom.registry.tracking import open_registry

    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)  # MLflow leaves the last one there
        with open_registry() as client:
            client.create_experiment(name)
            assert {one.name for one in client.search_experiments()} == {"Default", name}
        assert (folder / "mlflow.db").is_file()
