"""Names, aliases and addresses of the registry: refused before anything is trained."""

import sqlite3
from contextlib import closing

import pytest

from oncoloom.errors import ModelContractError, UsageError
from oncoloom.registry.names import check_alias, check_model_name, parse_address
from oncoloom.registry.tracking import check_uri, in_full, open_registry, sqlite_path, tracking_uri
from oncoloom.registry.versions import _model_folder, list_versions


@pytest.mark.parametrize("name", ["LUAD/2026", "LUAD:v1", "response model", "réponse", "", "a@b", "-x"])
def test_model_names_that_an_address_cannot_carry(name):
    with pytest.raises(UsageError, match="not a model name") as caught:
        check_model_name(name)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["A", "response", "LUAD_2026.1", "v2"])
def test_model_names_that_work(name):
    assert parse_address(f"models:/{check_model_name(name)}@champion") == (name, "champion", None)


@pytest.mark.parametrize("alias", ["latest", "v2", "V10", "response model", "a/b", "é", ""])
def test_aliases_that_are_refused(alias):
    with pytest.raises(UsageError):
        check_alias(alias)


@pytest.mark.parametrize("alias", ["champion", "candidate", "v2x", "site-a"])
def test_aliases_that_work(alias):
    assert check_alias(alias) == alias


@pytest.mark.parametrize("address", ["models:/x", "models:x@a", "runs:/1/model", "models:/x@a/b"])
def test_addresses_that_are_none(address):
    with pytest.raises(ModelContractError, match="not a model address"):
        parse_address(address)


def test_address_with_a_version():
    assert parse_address("models:/response/3") == ("response", None, 3)


@pytest.mark.parametrize(
    ("uri", "proposed"),
    [
        ("mlruns.db", "sqlite:///mlruns.db"),
        ("./mlruns", "sqlite:///mlflow.db"),
        ("file:./mlruns", "sqlite:///mlflow.db"),
        ("file:///data/mlruns", "sqlite:///mlflow.db"),
    ],
)
def test_file_stores_are_refused_with_the_database_form(uri, proposed):
    with pytest.raises(ModelContractError) as caught:
        check_uri(uri)
    assert proposed in str(caught.value)


def test_absent_folder_and_closed_port_are_said_at_once(tmp_path):
    with pytest.raises(ModelContractError, match="does not exist"):
        check_uri(f"sqlite:///{tmp_path}/nowhere/mlruns.db")
    with pytest.raises(ModelContractError, match="does not answer"):
        check_uri("http://127.0.0.1:9")


def test_a_password_is_not_repeated():
    with pytest.raises(ModelContractError) as caught:
        check_uri("http://me:secret@127.0.0.1:9")
    assert "secret" not in str(caught.value)


def test_default_is_an_sqlite_file_here(monkeypatch, tmp_path):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    assert check_uri(tracking_uri()) == "sqlite:///mlflow.db"
    assert str(sqlite_path("sqlite:///a/b.db")) == "a/b.db"
    assert str(sqlite_path("sqlite:////a/b.db")) == "/a/b.db"


@pytest.mark.parametrize(
    ("uri", "whole"),
    [
        ("sqlite:///mlflow.db", "sqlite:///{here}/mlflow.db"),
        ("sqlite:///a/b.db?timeout=5", "sqlite:///{here}/a/b.db?timeout=5"),
        ("sqlite:////a/b.db", "sqlite:////a/b.db"),
        ("https://registry.example", "https://registry.example"),
    ],
)
def test_a_relative_file_is_named_in_full(tmp_path, monkeypatch, uri, whole):
    monkeypatch.chdir(tmp_path)
    assert in_full(uri) == whole.format(here=tmp_path)


@pytest.mark.parametrize("content", [b"hello", b"PAR1 and more bytes than a header has"])
def test_a_file_that_is_no_database_is_refused_before_anything_is_trained(tmp_path, content):
    file = tmp_path / "runs.db"
    file.write_bytes(content)
    with pytest.raises(ModelContractError, match="no SQLite database"):
        check_uri(f"sqlite:///{file}")
    assert file.read_bytes() == content


def test_a_database_and_an_empty_file_are_accepted(tmp_path):
    empty, database = tmp_path / "empty.db", tmp_path / "sound.db"
    empty.touch()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE one (x)")
    for file in (empty, database):
        assert check_uri(f"sqlite:///{file}") == f"sqlite:///{file}"


def test_what_the_database_driver_raises_becomes_an_error_with_a_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/runs.db")
    with pytest.raises(ModelContractError, match="locked by another program"), open_registry():
        raise sqlite3.OperationalError("database is locked")
    with pytest.raises(ModelContractError, match="the registry refused"), open_registry():
        raise sqlite3.DatabaseError("database disk image is malformed")


def test_lost_artifacts_are_said_with_the_folder_to_put_back(tmp_path):
    (tmp_path / "other").mkdir()
    with pytest.raises(ModelContractError) as caught:
        _model_folder(tmp_path, "models:/A@champion")
    assert "mlartifacts" in str(caught.value.remedy)


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("postgres://me@127.0.0.1:9/x", "write `postgresql` for `postgres`"),
        ("sqlite://", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "a database in memory forgets every model"),
        ("http://127.0.0.1:99999", "cannot be read"),
        ("http://[::1", "cannot be read"),
        ("databricks", "needs a database or a server"),
        ("ftp://127.0.0.1/x", "needs a database or a server"),
    ],
)
def test_an_address_that_cannot_be_is_told_with_its_remedy(uri, says):
    with pytest.raises(ModelContractError) as caught:
        check_uri(uri)
    assert says in str(caught.value)


def test_tables_of_another_mlflow_are_told(tmp_path, monkeypatch):
    database = tmp_path / "old.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('deadbeef')")
        connection.commit()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{database}")
    with pytest.raises(ModelContractError, match="tables are of another version of MLflow"):
        list_versions()
