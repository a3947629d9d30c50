"""Whole files or none, also on a disk that fills up."""

import errno
import os

import pytest

from oncoloom.errors import InputError
from oncoloom.files import atomic_path, disk_is_full, write_text


class WrappedError(Exception):
    """What a library makes of the system's error."""


def write_half(final, error):
    with atomic_path(final) as temporary:
        temporary.write_text("half")
        raise error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)),
        WrappedError("parquet: underlying IO error: No space left on device (os error 28)"),
    ],
)
def test_a_full_disk_is_said_and_leaves_what_was_there(tmp_path, error):
    final = tmp_path / "table.parquet"
    write_text(final, "before")
    with pytest.raises(InputError, match="the disk is full") as caught:
        write_half(final, error)
    assert "free space" in str(caught.value.remedy)
    assert [one.name for one in tmp_path.iterdir()] == ["table.parquet"]
    assert final.read_text() == "before"


def test_other_errors_stay_what_they_are(tmp_path):
    with pytest.raises(ZeroDivisionError), atomic_path(tmp_path / "x"):
        raise ZeroDivisionError
    with pytest.raises(InputError, match="mine"), atomic_path(tmp_path / "x"):
        raise InputError("mine: No space left on device")
    assert list(tmp_path.iterdir()) == []
    assert not disk_is_full(OSError(errno.EACCES, "denied"))
