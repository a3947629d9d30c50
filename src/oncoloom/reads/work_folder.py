"""Where indexes and transcoded reads may lie for the time of a process."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from oncoloom.errors import InputError

_folders: dict[int, Path] = {}


def use_work_folder(folder: Path | None) -> Path:
    """`folder`, made if needed; without one, this process's own temporary folder, removed at its end.

    Raises
    ------
    InputError
        If it cannot be made.
    """
    try:
        if folder is not None:
            Path(folder).mkdir(parents=True, exist_ok=True)
            return Path(folder)
        process = os.getpid()
        if process not in _folders:
            _folders[process] = Path(tempfile.mkdtemp(prefix="oncoloom-"))
            atexit.register(shutil.rmtree, _folders[process], ignore_errors=True)
    except OSError as error:
        raise InputError(
            f"cannot make a folder for temporary files: {error.strerror or error}",
            path=folder or tempfile.gettempprefix(),
            remedy="free space, or set TMPDIR to a folder that can be written",
        ) from error
    return _folders[process]
