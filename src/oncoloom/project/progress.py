"""Snakemake's log lines, read as what happened: which job ended, which failed, how far it is."""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path

_LAST_LINES = 20
_RULE = re.compile(r"^(?:local)?rule (\w+):$")
_ERROR = re.compile(r"^Error in (?:local)?rule (\w+)(?:, jobid: \d+)?:$")
_FINISHED = re.compile(r"^Finished jobid: (\d+)(?: \(Rule: (\w+)\))?")
_STEPS = re.compile(r"^(\d+) of (\d+) steps")
_FIELD = re.compile(r"^\s+(\w+): (.*)$")


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that failed: its rule, what it was for, its log, and its number at Slurm where it has one."""

    rule: str
    about: str
    log: str | None
    slurm_id: str | None = None

    def last_lines(self, folder: Path) -> list[str]:
        """The last twenty lines of its log; none where there is no log."""
        if self.log is None:
            return []
        try:
            text = (folder / self.log).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        return text.splitlines()[-_LAST_LINES:]


@dataclass(slots=True)
class Progress:
    """State of a workflow, fed line by line.

    Attributes
    ----------
    done, total
        Steps that ended well, and steps in all.
    failed
        Jobs that failed for good, in the order of their last failure.
    """

    done: int = 0
    total: int = 0
    failed: dict[str, FailedJob] = field(default_factory=dict)
    _about: dict[str, str] = field(default_factory=dict)
    _block: dict[str, str] = field(default_factory=dict)
    _rule: str = ""
    _is_error: bool = False
    _finished: tuple[str, str] | None = None
    _started: float = field(default_factory=time.monotonic)

    def feed(self, line: str) -> str | None:
        """Take one line; a sentence for the reader where a job ended, else None."""
        line = line.rstrip("\n")
        if match := _RULE.match(line) or _ERROR.match(line):
            self._open(match.group(1), is_error=line.startswith("Error"))
            return None
        if self._rule and (match := _FIELD.match(line)):
            self._block[match.group(1)] = match.group(2)
            return None
        sentence = self._close()
        if match := _FINISHED.match(line):
            self._finished = (match.group(2) or "job", self._about.get(match.group(1), ""))
            self.failed.pop(match.group(1), None)
        elif match := _STEPS.match(line):
            self.done, self.total = int(match.group(1)), int(match.group(2))
            sentence = self._step() or sentence
        return sentence

    def end(self) -> str | None:
        """Close the last block when the log ends."""
        return self._close()

    def _open(self, rule: str, *, is_error: bool) -> None:
        self._close()
        self._rule, self._is_error, self._block = rule, is_error, {}

    def _close(self) -> str | None:
        rule, block, self._rule = self._rule, self._block, ""
        if not rule or "jobid" not in block:
            return None
        job = block["jobid"]
        if not self._is_error:
            self._about[job] = ", ".join(
                part.partition("=")[2] for part in block.get("wildcards", "").split(", ") if part
            )
            return None
        log = block.get("log", "").partition(" (check log")[0].partition(", ")[0] or None
        failed = FailedJob(rule, self._about.get(job, ""), log, block.get("external_jobid"))
        self.failed[job] = failed
        return f"failed: {rule} {failed.about}".rstrip()

    def _step(self) -> str | None:
        if self._finished is None or self._finished[0] == "all":
            return None
        rule, about = self._finished
        self._finished = None
        left = (time.monotonic() - self._started) / max(self.done, 1) * (self.total - self.done)
        ahead = f", about {_clock(left)} left" if self.done < self.total else ""
        return f"{self.done} of {self.total}: {rule} {about}".rstrip() + ahead


def _clock(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1:
        return f"{max(1, round(seconds))} s"
    return f"{round(minutes)} min" if minutes < 90 else f"{minutes / 60:.1f} h"
