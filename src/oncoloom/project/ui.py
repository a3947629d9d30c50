"""The MLflow page of a project, on the loopback address only."""

import os
import subprocess
import sys

from oncoloom.errors import InputError, UsageError
from oncoloom.project.folder import Project

_LOOPBACK = "127.0.0.1"


def store_uri(project: Project) -> str:
    """Where the project's runs and models are recorded: MLFLOW_TRACKING_URI, else its mlflow.db.

    Raises
    ------
    InputError
        If there is neither.
    """
    server = os.environ.get("MLFLOW_TRACKING_URI")
    if server:
        return server
    path = project.folder / "mlflow.db"
    if not path.is_file():
        raise InputError(
            "nothing is recorded yet",
            path=path,
            remedy="train a model first: oncoloom run, or oncoloom train",
        )
    return f"sqlite:///{path}"


def ui_command(project: Project, port: int) -> tuple[list[str], str]:
    """The words that start the page, and its address.

    Raises
    ------
    InputError
        If nothing is recorded yet.
    UsageError
        If the store is a server, which has a page of its own.
    """
    uri = store_uri(project)
    if uri.startswith(("http://", "https://")):
        raise UsageError("the registry is a server with a page of its own", found=uri, remedy=f"open {uri}")
    words = [sys.executable, "-P", "-m", "mlflow", "ui", "--backend-store-uri", uri]
    words += ["--default-artifact-root", (project.folder / "mlartifacts").as_uri()]
    return [*words, "--host", _LOOPBACK, "--port", str(port), "--workers", "1"], f"http://{_LOOPBACK}:{port}"


def serve_ui(project: Project, port: int) -> int:
    """Serve the page until a person ends it; the exit code of the server."""
    command, _address = ui_command(project, port)
    try:
        return subprocess.run(command, cwd=project.folder, check=False).returncode
    except KeyboardInterrupt:
        return 0
