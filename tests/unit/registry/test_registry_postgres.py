"""The registry on a PostgreSQL server of its own: log, alias, approve, fetch, validate."""

import pytest
from postgres_server import running_postgres, why_not
from small_trial import small_trial

from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.config import TrainingConfig
from oncoloom.tables import write_table

pytestmark = [
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
    pytest.mark.filterwarnings("ignore"),  # MLflow's and its database layer's own
]


def test_a_version_lives_in_postgres(tmp_path, monkeypatch):
    from oncoloom.registry.records import training_record
    from oncoloom.registry.runs import log_training_run
    from oncoloom.registry.validations import log_validation
    from oncoloom.registry.versions import approve_version, fetched_model, list_versions
    from oncoloom.response.model_store import load_model
    from oncoloom.response.train_folder import train_to_folder

    monkeypatch.chdir(tmp_path)
    write_table(small_trial(60, seed=4), COHORT_TABLE, tmp_path / "c.parquet")
    settings = TrainingConfig(outer_folds=2, members=5, features=("albumin_g_dl",))
    made = train_to_folder([tmp_path / "c.parquet"], tmp_path / "m", endpoint="os", settings=settings, seed=1)
    with running_postgres() as address:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        first = log_training_run(tmp_path / "m", model_name="survival")
        assert (first.version, first.aliases) == (1, ("candidate", "champion"))
        assert approve_version("survival", 1, by="A. Name", reason="looked at it") == "1"
        assert log_validation(made.version, {"validation.x.os.c_index": 0.6}, {"x": "sha256:0"})
        (row,) = list_versions()
        assert row["metrics"]["out_of_fold.os.c_index"] == pytest.approx(
            made.metrics["out_of_fold"]["os"]["c_index"]
        )
        assert training_record("models:/survival/1")["model_version"] == made.version
        with fetched_model("models:/survival@champion") as folder:
            assert load_model(folder)[1] == made.version
