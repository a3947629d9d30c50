"""A PostgreSQL server for a test: made in a folder of its own, on this machine only, ended afterwards."""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path


def why_not():
    """What is missing to run one here; None if nothing is."""
    if shutil.which("initdb") is None or shutil.which("postgres") is None:
        return "no PostgreSQL server on this machine (initdb, postgres)"
    if importlib.util.find_spec("psycopg2") is None:
        return "no driver of PostgreSQL: pip install 'oncoloom[postgres]'"
    if os.geteuid() == 0 and _other_user() is None:
        return "PostgreSQL refuses to run as root, and there is no user `postgres`"
    return None


@contextmanager
def running_postgres():
    """The address of a fresh, empty database, ``postgresql://…``."""
    user = _other_user() if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="oncoloom-pg-"))
    if user is not None:
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = {"user": user, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(
        ["initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "oncoloom", "--no-sync"],
        check=True,
        **quiet,
    )
    options = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-k", str(folder), "-p", str(port)]
    server = subprocess.Popen(["postgres", "-D", str(folder / "data"), *options], **quiet)
    try:
        _wait(port, server)
        yield f"postgresql://oncoloom@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGINT)  # fast shutdown: connections of MLflow's pool are cut
        server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _other_user():
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return None


def _wait(port, server):
    import psycopg2

    for _ in range(150):
        if server.poll() is not None:
            raise RuntimeError(f"postgres ended at once with code {server.returncode}")
        try:
            psycopg2.connect(host="127.0.0.1", port=port, user="oncoloom", dbname="postgres").close()
        except psycopg2.OperationalError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("postgres did not answer within 30 seconds")
