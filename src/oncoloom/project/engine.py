"""Snakemake as a child process: the command, its surroundings, its log."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from oncoloom.bundled import bundled_path
from oncoloom.errors import InputError, OncoloomError, UsageError
from oncoloom.project.folder import Project
from oncoloom.project.inputs import input_paths
from oncoloom.project.progress import Progress
from oncoloom.project.workflow_entry import ONLY_KEY
from oncoloom.tables import suggest

RUN_LOG = Path("logs") / "run.log"
_PROFILES = ("default", "slurm", "gpu")


def snakemake_command(
    project: Project,
    *,
    profile: str = "default",
    cores: int | None = None,
    targets: list[str] | None = None,
    extra: list[str] | None = None,
) -> list[str]:
    """The words that start Snakemake for a project.

    `targets` are result paths; None asks for all.

    Raises
    ------
    UsageError
        If the profile does not exist.
    """
    # -P: a file of the project folder called like a Python module must not be imported instead of it
    words = [sys.executable, "-P", "-m", "snakemake"]
    words += ["--snakefile", str(bundled_path("workflow", "Snakefile"))]
    words += ["--directory", str(project.folder), "--configfile", str(project.config_path)]
    words += ["--workflow-profile", str(profile_folder(profile))]
    if cores is not None:
        words += ["--cores", str(cores)]
    elif profile != "slurm":
        words += ["--cores", "all"]
    if project.only is not None:
        words += ["--config", f"{ONLY_KEY}={json.dumps(','.join(project.only))}"]
    words += ["--nocolor", *(extra or [])]
    return [*words, "--", *targets] if targets else words


def profile_folder(profile: str) -> Path:
    """Folder of a shipped profile, or of one's own.

    Raises
    ------
    UsageError
        If there is no such profile.
    """
    if profile in _PROFILES:
        return bundled_path("workflow", "profiles", profile)
    folder = Path(profile)
    if any((folder / f"config{suffix}").is_file() for suffix in (".yaml", ".v9+.yaml", ".v8+.yaml")):
        return folder.absolute()
    near = suggest(profile, _PROFILES)
    raise UsageError(
        f"no profile {profile!r}",
        expected=", ".join(_PROFILES) + ", or a folder with config.yaml",
        remedy=f"did you mean {near}?" if near else None,
    )


def check_cluster_paths(project: Project, profile: str) -> list[OncoloomError]:
    """Paths that a cluster's submit command would break, where the profile submits jobs.

    The Slurm plugin hands each job's command to ``sbatch --wrap="…"``, inside which the shell expands ``$``
    and ends the text at a quote.
    """
    config = next(path for path in sorted(profile_folder(profile).glob("config*.yaml")))
    settings = yaml.safe_load(config.read_text(encoding="utf-8")) or {}
    if settings.get("executor", "local") == "local":
        return []
    return [
        InputError(
            "a name with a quote, `$`, backslash or backtick cannot be used on a cluster",
            path=path,
            remedy="rename it, or link to it under another name; on one machine the name is fine",
        )
        for path in sorted({project.folder, *input_paths(project)})
        if any(character in str(path) for character in "'\"$\\`")
    ]


def job_environment() -> dict[str, str]:
    """Environment of the jobs: this Python's commands first on PATH, so that `oncoloom` is this one."""
    environment = dict(os.environ)
    environment["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), environment.get("PATH", "")))
    return environment


def capture(command: list[str], folder: Path) -> tuple[int, str]:
    """Run Snakemake for its answer: exit code, and standard output and error as one text."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=job_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout


def follow(
    command: list[str], folder: Path, *, say: Callable[[str], None], started: Callable[[int], None]
) -> tuple[int, Progress]:
    """Run the workflow to its end; its whole output goes to ``logs/run.log``.

    Parameters
    ----------
    say
        Takes a sentence for every job that ended.
    started
        Takes the process number once it runs.

    Returns
    -------
    tuple
        Exit code of Snakemake (negative: the signal that ended it) and what happened.

    Raises
    ------
    InputError
        If the log cannot be written.
    KeyboardInterrupt
        After the workflow has ended its jobs, where a person pressed Ctrl-C or this process was told to
        end (SIGTERM).
    """
    progress = Progress()
    path = folder / RUN_LOG
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        log = path.open("w", encoding="utf-8", buffering=1)  # a line at a time, for who follows it
    except OSError as error:
        raise InputError(f"the log cannot be written: {error.strerror}", path=path) from error
    with (
        log,
        subprocess.Popen(
            command,
            cwd=folder,
            env=job_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=_end_with_parent,
            process_group=0,  # an interrupt reaches the jobs once, through us, whoever sends it
        ) as child,
        _ended_as_interrupted(),
    ):
        started(child.pid)
        interrupted = _read_to_end(child, log.write, progress, say)
    if interrupted:
        raise KeyboardInterrupt
    return child.returncode, progress


def _read_to_end(
    child: subprocess.Popen[str],
    write: Callable[[str], object],
    progress: Progress,
    say: Callable[[str], None],
) -> bool:
    """Pass the child's lines on until it ends; True if the run was interrupted meanwhile."""
    assert child.stdout is not None
    interrupted = False
    while True:
        try:
            for line in child.stdout:
                write(line)
                sentence = progress.feed(line)
                if sentence and not interrupted:  # an interrupted job did not fail
                    say(sentence)
            sentence = progress.end()
            if sentence and not interrupted:
                say(sentence)
            child.wait()
        except KeyboardInterrupt:  # Snakemake ends its jobs, then itself; asked twice, it has no say
            _signal_group(child, signal.SIGKILL if interrupted else signal.SIGINT)
            interrupted = True
            continue
        return interrupted


def _signal_group(child: subprocess.Popen[str], number: signal.Signals) -> None:
    """Tell Snakemake and its jobs, as a terminal would."""
    with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
        os.killpg(child.pid, number)


@contextlib.contextmanager
def _ended_as_interrupted() -> Iterator[None]:
    """Meanwhile SIGTERM (`kill`, a service manager, a cluster's time limit) is what Ctrl-C is."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set what a signal does
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end_with_parent() -> None:
    """In the child: be interrupted when the parent dies, so that a killed run leaves no workflow behind."""
    if sys.platform == "linux":
        import ctypes

        set_parent_death_signal = 1
        ctypes.CDLL(None, use_errno=True).prctl(set_parent_death_signal, signal.SIGINT)
