"""One structured logger: text on a terminal, JSON lines where ONCOLOOM_LOG_JSON is set."""

import json
import logging
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

logger = logging.getLogger("oncoloom")


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {"level": record.levelname.lower(), "message": record.getMessage()}
        fields.update(getattr(record, "fields", {}))
        return json.dumps(fields, ensure_ascii=False, default=str)


class _ToStandardError(logging.StreamHandler[TextIO]):
    """Writes to the standard error of the moment: whoever puts another one in its place gets the lines."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, value: TextIO) -> None:
        """The base class sets it once; there is nothing to keep."""


def counted(n: int, one: str, many: str | None = None) -> str:
    """A number with its noun: 1 patient, 2 patients."""
    return f"{n} {one if n == 1 else many or one + 's'}"


def set_up_logging(*, verbose: bool = False) -> None:
    """Send log lines to standard error; INFO by default, DEBUG when `verbose`."""
    handler = _ToStandardError()
    as_json = os.environ.get("ONCOLOOM_LOG_JSON") == "1"
    handler.setFormatter(_JsonLines() if as_json else logging.Formatter("%(levelname)s %(message)s"))
    logger.handlers[:] = [handler]
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    logger.propagate = False


@contextmanager
def step(name: str) -> Iterator[dict[str, object]]:
    """Log one line at the end of a step: what the block put into the yielded dict, seconds, peak memory.

    Examples
    --------
    >>> with step("read cohort") as said:
    ...     said["kept"] = 12
    """
    said: dict[str, object] = {}
    started = time.perf_counter()
    yield said
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    fields = {**said, "seconds": round(time.perf_counter() - started, 2), "peak_mib": round(peak_mib)}
    text = ", ".join(f"{key} {value}" for key, value in fields.items())
    logger.info("%s: %s", name, text, extra={"fields": {"step": name, **fields}})
