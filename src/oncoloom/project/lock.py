"""One run at a time in a project folder; what a killed run leaves behind is recognised."""

import fcntl
import getpass
import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from oncoloom.errors import InputError, LockedError

LOCK_FILE = Path(".oncoloom") / "run.lock"


class RunLock:
    """Holds the project folder for one run; a context manager.

    The kernel's lock on the file ends with the process that holds it, however it ends. The text in the file
    names the holder, for people and for machines that share the folder without sharing locks; it stays
    behind a killed run, which sets `recovered`.

    Raises
    ------
    LockedError
        On entry, if another run, or the workflow that a killed run left behind, still works here.
    InputError
        On entry, if the folder cannot be written.
    """

    def __init__(self, folder: Path, *, force: bool = False) -> None:
        self.path = folder / LOCK_FILE
        self.force = force
        self.recovered = False
        self._handle: int | None = None
        self._holder: dict[str, Any] = {}

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise InputError(
                f"the project folder cannot be written: {error.strerror}", path=self.path.parent.parent
            ) from error
        try:
            self._take()
        except BaseException:
            os.close(self._handle)
            self._handle = None
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = None

    @classmethod
    def holder(cls, folder: Path) -> str:
        """Check without taking the lock; "" where no run works in the folder.

        Raises
        ------
        LockedError
            If one does.
        """
        lock = cls(folder)
        lock._handle = os.open(lock.path, os.O_RDWR)
        try:
            lock._probe(lock._read())
        finally:
            os.close(lock._handle)
            lock._handle = None
        return ""

    def note_child(self, pid: int) -> None:
        """Write down the workflow's process, which may outlive this one."""
        self._holder["child"] = {"pid": pid, "began": process_start(pid)}
        self._write()

    def _take(self) -> None:
        before = self._read()
        self._probe(before)
        self.recovered = bool(before)
        self._holder = {
            "pid": os.getpid(),
            "began": process_start(os.getpid()),
            "boot": _boot_id(),
            "host": socket.gethostname(),
            "user": getpass.getuser(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        self._write()

    def _probe(self, before: dict[str, Any]) -> None:
        """Take the kernel's lock, unless somebody works here."""
        assert self._handle is not None
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self._locked(before) from None
        except OSError:  # a file system without locks: the text alone has to do
            if before and not self.force and _alive(before):
                raise self._locked(before) from None
        if before and not self.force:
            if before.get("host") != socket.gethostname():
                raise self._locked(before)
            child = before.get("child")
            if child and _alive({**before, **child}):
                raise self._locked({**before, **child})

    def _read(self) -> dict[str, Any]:
        try:
            value = json.loads(self.path.read_text(encoding="utf-8") or "{}")
        except (OSError, ValueError):
            return {}
        return value if isinstance(value, dict) else {}

    def _write(self) -> None:
        assert self._handle is not None
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, json.dumps(self._holder).encode(), 0)

    def _locked(self, holder: dict[str, Any]) -> LockedError:
        who = (
            f"process {holder.get('pid')} of {holder.get('user')} on {holder.get('host')},"
            f" since {holder.get('since')}"
        )
        return LockedError(
            "another run works in this folder",
            path=self.path.parent.parent,
            found=who,
            remedy="wait for it, or end it; if it no longer exists: oncoloom run --force-unlock",
        )


def process_start(pid: int) -> str | None:
    """When a process began, in clock ticks since boot; None if it does not exist or cannot be asked."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else fields[19]


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _alive(holder: dict[str, Any]) -> bool:
    """Whether the process that wrote this still runs: same boot, same number, same beginning."""
    if holder.get("host") != socket.gethostname():
        return True
    if holder.get("boot") != _boot_id():
        return False
    began = process_start(int(holder.get("pid", -1)))
    return began is not None and began == holder.get("began")
