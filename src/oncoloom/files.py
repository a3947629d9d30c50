"""Writing whole files or none, and naming content by digest."""

import errno
import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from oncoloom.errors import InputError, OncoloomError

_ASKING = threading.Lock()


@contextmanager
def atomic_path(final: Path) -> Iterator[Path]:
    """Give a temporary path beside `final`; rename it there when the block ends well, else remove it.

    A killed process leaves a ``.tmp-*`` name, never a half-written `final`.

    Raises
    ------
    InputError
        If the folder cannot be made or written, or the disk is full.
    """
    final = Path(final)
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".tmp-{final.name[:40]}-", suffix="".join(final.suffixes[-2:]), dir=final.parent
        )
    except OSError as error:
        raise InputError(
            f"cannot write here: {error.strerror}", path=final, remedy="free space or choose another folder"
        ) from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644 & ~_umask())
        temporary.replace(final)
    except Exception as error:
        if not isinstance(error, OncoloomError) and disk_is_full(error):
            raise InputError(
                "the disk is full", path=final, remedy="free space; nothing was written"
            ) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def disk_is_full(error: BaseException) -> bool:
    """True for an error that a full disk or an exhausted quota made, also as libraries wrap it.

    Examples
    --------
    >>> disk_is_full(OSError(28, "No space left on device")), disk_is_full(ValueError("x"))
    (True, False)
    """
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return any(os.strerror(number) in str(error) for number in (errno.ENOSPC, errno.EDQUOT))


def _umask() -> int:
    with _ASKING:  # it can be asked for by setting it alone
        mask = os.umask(0)
        os.umask(mask)
    return mask


def write_text(path: Path, text: str) -> None:
    """Write `text` (UTF-8, ``\\n`` line ends) to `path`, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Write `value` as JSON with sorted keys and no NaN, whole or not at all."""
    write_text(path, json_text(value))


def json_text(value: Any) -> str:
    """`value` as the one JSON text that oncoloom writes for it (sorted keys, indented, no NaN)."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def read_json(path: Path) -> Any:
    """The value in a JSON file.

    Raises
    ------
    InputError
        If the file is absent or not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError("no such file", path=path) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError("not a JSON file", path=path, found=str(error)) from error


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, as ``sha256:<64 hex digits>``."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as handle:
        while chunk := handle.read(1 << 20):
            digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"


def text_digest(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, as ``sha256:<64 hex digits>``."""
    return f"sha256:{hashlib.sha256(text.encode('utf-8')).hexdigest()}"
