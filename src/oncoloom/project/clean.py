"""What a run can make again, and its removal."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from oncoloom.errors import UsageError
from oncoloom.project.folder import Project
from oncoloom.project.inputs import input_paths
from oncoloom.project.lock import RunLock


@dataclass(frozen=True, slots=True)
class Removable:
    """A file or folder that a run makes again, and its size in bytes."""

    path: Path
    size: int


def removable(project: Project) -> list[Removable]:
    """Results, logs and the workflow's records; the model registry is kept, it holds what people decided."""
    found = []
    for name in (project.config.results.as_posix(), "logs", ".snakemake"):
        path = project.folder / name
        if path.is_dir() and not path.is_symlink():
            found.append(Removable(path, sum(_size(one) for one in path.rglob("*"))))
    return found


def remove(project: Project) -> list[Removable]:
    """Remove what :func:`removable` lists.

    Raises
    ------
    UsageError
        If an input of the project lies in one of the folders: nothing is removed then.
    LockedError
        If a run works in the folder.
    """
    found = removable(project)
    for one in found:
        for path in input_paths(project):
            if path.resolve().is_relative_to(one.path.resolve()):
                raise UsageError(
                    "an input of the project lies in a folder that would be removed",
                    path=path,
                    remedy=f"move it out of {one.path.name}, then run clean again",
                )
    with RunLock(project.folder):
        for one in found:
            shutil.rmtree(one.path)
    return found


def _size(path: Path) -> int:
    return 0 if path.is_symlink() or not path.is_file() else path.stat().st_size
