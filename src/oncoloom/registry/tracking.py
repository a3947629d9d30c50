"""Where the registry is, and whether it can be used: found out within seconds, before any training."""

import logging
import os
import re
import socket
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from oncoloom.errors import ModelContractError, OncoloomError

DEFAULT_URI = "sqlite:///mlflow.db"
ARTIFACTS = "mlartifacts"
EXPERIMENT = "oncoloom"
_DATABASES = {"sqlite", "postgresql", "mysql", "mssql"}
_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mssql": 1433}
_SECONDS = 3.0
_SQLITE_MAGIC = b"SQLite format 3\x00"


def tracking_uri() -> str:
    """The registry's address: MLFLOW_TRACKING_URI, else an SQLite file in the current folder."""
    return os.environ.get("MLFLOW_TRACKING_URI", "").strip() or DEFAULT_URI


def registry_is_there() -> bool:
    """True if a registry was set up: an address in the environment, or the SQLite file here."""
    return bool(os.environ.get("MLFLOW_TRACKING_URI", "").strip()) or Path("mlflow.db").is_file()


def check_uri(uri: str) -> str:
    """`uri` if a registry can live there and answers.

    Raises
    ------
    ModelContractError
        No scheme or a file store (versions and aliases need a database), an absent folder, a closed port.
    """
    parts, port = _parts(uri)
    scheme = parts.scheme.split("+")[0]
    _check_scheme(uri, scheme)
    if scheme == "sqlite":
        _check_sqlite(uri)
    else:
        _check_port(uri, parts.hostname, port or _PORTS[scheme])
    return uri


def _check_scheme(uri: str, scheme: str) -> None:
    if scheme == "postgres":
        raise ModelContractError(
            "the registry's address has a scheme that its database layer does not know",
            record="MLFLOW_TRACKING_URI", found=_plain(uri), expected="postgresql://…",
            remedy="write `postgresql` for `postgres`",
        )  # fmt: skip
    if scheme not in _DATABASES and scheme not in {"http", "https"}:
        name = Path(re.sub(r"^file:(//)?", "", uri)).name or "mlflow"
        proposed = f"sqlite:///{name if name.endswith('.db') else 'mlflow.db'}"
        raise ModelContractError(
            "the registry needs a database or a server, not a file store",
            record="MLFLOW_TRACKING_URI",
            found=uri,
            expected="sqlite:///FILE.db, postgresql://…, http(s)://…",
            remedy=f"export MLFLOW_TRACKING_URI={proposed}",
        )
    if scheme == "sqlite" and (not sqlite_path(uri).name or ":memory:" in uri or "///" not in uri):
        raise ModelContractError(
            "the registry's address names no file", record="MLFLOW_TRACKING_URI", found=uri,
            expected="sqlite:///FILE.db: a database in memory forgets every model",
            remedy=f"use {DEFAULT_URI}",
        )  # fmt: skip


def _parts(uri: str) -> tuple[SplitResult, int | None]:
    """The address taken apart, and its port.

    Raises
    ------
    ModelContractError
        If it is no address, or its port no port.
    """
    try:
        parts = urlsplit(uri)
        return parts, parts.port
    except ValueError as error:
        raise ModelContractError(
            "the registry's address cannot be read", record="MLFLOW_TRACKING_URI",
            found=f"{_plain(uri)}: {error}", expected="sqlite:///FILE.db, postgresql://…, http(s)://…",
        ) from error  # fmt: skip


def _check_sqlite(uri: str) -> None:
    file = sqlite_path(uri)
    folder = file.parent
    if not folder.is_dir():
        raise ModelContractError(
            "the folder of the registry does not exist", path=folder, record="MLFLOW_TRACKING_URI",
            remedy=f"make it, or use {DEFAULT_URI}",
        )  # fmt: skip
    if not os.access(file if file.exists() else folder, os.W_OK):
        raise ModelContractError("the registry cannot be written", path=file, remedy="check its permissions")
    if file.is_dir() or (file.is_file() and file.stat().st_size and not _is_sqlite(file)):
        raise ModelContractError(
            "the registry is no SQLite database", path=file, record="MLFLOW_TRACKING_URI",
            remedy="name another file; one that does not exist yet is made",
        )  # fmt: skip


def _is_sqlite(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(len(_SQLITE_MAGIC)) == _SQLITE_MAGIC


def sqlite_path(uri: str) -> Path:
    """File of ``sqlite:///relative.db`` or ``sqlite:////absolute.db``."""
    return Path(uri.split("///", 1)[1].split("?", 1)[0]) if "///" in uri else Path("mlflow.db")


def in_full(uri: str) -> str:
    """`uri` with the whole path where it names an SQLite file by a relative one.

    MLflow keeps one store an address for the life of the process: by a relative address it would go on with
    the first folder's file after the process has moved to another folder.
    """
    if not uri.startswith("sqlite:///") or sqlite_path(uri).is_absolute():
        return uri
    _, question, options = uri.partition("?")
    return f"sqlite:///{sqlite_path(uri).absolute()}{question}{options}"


def _check_port(uri: str, host: str | None, port: int) -> None:
    try:
        with socket.create_connection((host or "localhost", port), timeout=_SECONDS):
            return
    except OSError as error:
        raise ModelContractError(
            "the registry does not answer", record="MLFLOW_TRACKING_URI", found=f"{_plain(uri)}: {error}",
            remedy="start it, mend the address, or unset MLFLOW_TRACKING_URI for the embedded one",
        ) from error  # fmt: skip


def _plain(uri: str) -> str:
    """The address without a password."""
    return re.sub(r"//[^/@]*@", "//…@", uri)


@contextmanager
def open_registry() -> Iterator[Any]:
    """MLflow's client on the checked registry; what it raises becomes an error that a person can act on.

    Raises
    ------
    ModelContractError
        As for :func:`check_uri`, and for anything MLflow refuses.
    """
    uri = check_uri(tracking_uri())
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's advice on type hints and stages
        import mlflow

        for name in ("mlflow", "alembic", "sqlalchemy"):
            logging.getLogger(name).setLevel(logging.ERROR)
        place = in_full(uri)
        mlflow.set_tracking_uri(place)
        mlflow.set_registry_uri(place)
        try:
            yield mlflow.MlflowClient()
        except OncoloomError:
            raise
        except _failures() as error:
            raise _refusal(uri, error) from error


def _failures() -> tuple[type[Exception], ...]:
    """What MLflow, its database driver and its HTTP client raise where the registry fails."""
    import alembic.util
    import mlflow
    import requests
    import sqlalchemy

    return (
        alembic.util.CommandError,
        mlflow.exceptions.MlflowException,
        sqlalchemy.exc.SQLAlchemyError,
        sqlite3.Error,
        requests.RequestException,
    )


def _refusal(uri: str, error: Exception) -> ModelContractError:
    found = str(error).split("\n")[0][:300]
    if "database is locked" in str(error):
        return ModelContractError(
            "the registry is locked by another program", record=_plain(uri), found=found,
            remedy="wait until that program has ended, or end it; then run the command again",
        )  # fmt: skip
    if "revision" in found.lower():
        return ModelContractError(
            "the registry's tables are of another version of MLflow", record=_plain(uri), found=found,
            remedy="use the MLflow that made them, or `mlflow db upgrade ADDRESS` where this one is newer",
        )  # fmt: skip
    return ModelContractError(
        "the registry refused", record=_plain(uri), found=found,
        remedy="mend what it says, or choose another registry: MLFLOW_TRACKING_URI",
    )  # fmt: skip


def experiment_id(client: Any, name: str = EXPERIMENT) -> str:
    """Id of an experiment, made where absent; with SQLite its artifacts lie in ``mlartifacts`` beside it."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    uri = tracking_uri()
    location = None
    if uri.startswith("sqlite"):
        location = (sqlite_path(uri).resolve().parent / ARTIFACTS).as_uri()
    return str(client.create_experiment(name, artifact_location=location))
