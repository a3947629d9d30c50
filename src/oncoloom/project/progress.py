"""Snakemake's log lines, read as what happened: which job ended, which failed, how far it is."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_LAST_LINES = 20
# Indented where several jobs travel as one to a cluster.
_RULE = re.compile(r"^\s*(?:local)?rule (\w+):$")
_ERROR = re.compile(r"^(\s*)Error in (?:local)?rule (\w+)(?:, jobid: \d+)?:$")
_SLURM_LOG = re.compile(r"slurm_logs/.*/(\d+)\.log")
_FINISHED = re.compile(r"^Finished jobid: (\d+)(?: \(Rule: (\w+)\))?")
_GOAL = re.compile(r"^all +1$")  # Snakemake counts its goal as a job; nobody else does
_STEPS = re.compile(r"^(\d+) of (\d+) steps")
_FIELD = re.compile(r"^\s+(\w+): (.*)$")


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that failed: its rule, what it was for, its log, and its number at Slurm where it has one.

    `in_group`: it travelled with others as one cluster job, all of which Snakemake calls failed.
    """

    rule: str
    about: str
    log: str | None
    slurm_id: str | None = None
    in_group: bool = False

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
    _in_group: bool = False
    _slurm_id: str | None = None
    _finished: tuple[str, str] | None = None
    _goals: int = 0
    _started: float = field(default_factory=time.monotonic)

    def feed(self, line: str) -> str | None:
        """Take one line; a sentence for the reader where a job ended, else None."""
        line = line.rstrip("\n")
        if match := _SLURM_LOG.search(line):
            self._slurm_id = match.group(1)
        if match := _RULE.match(line):
            self._open(match.group(1))
            return None
        if match := _ERROR.match(line):
            sentence = self._close()
            self._open(match.group(2), is_error=True, in_group=bool(match.group(1)))
            return sentence
        if self._rule and (match := _FIELD.match(line)):
            self._block[match.group(1)] = match.group(2)
            return None
        sentence = self._close()
        if _GOAL.match(line):
            self._goals = 1
        if match := _FINISHED.match(line):
            self._finished = (match.group(2) or "job", self._about.get(match.group(1), ""))
            self.failed.pop(match.group(1), None)
        elif match := _STEPS.match(line):
            self.total = int(match.group(2)) - self._goals
            self.done = min(int(match.group(1)), self.total)
            sentence = self._step() or sentence
        return sentence

    def end(self) -> str | None:
        """Close the last block when the log ends."""
        return self._close()

    def _open(self, rule: str, *, is_error: bool = False, in_group: bool = False) -> None:
        self._close()
        self._rule, self._is_error, self._in_group, self._block = rule, is_error, in_group, {}

    def _close(self) -> str | None:
        rule, block, self._rule = self._rule, self._block, ""
        if not rule or "jobid" not in block:
            return None
        job = block["jobid"]
        if not self._is_error:
            if "wildcards" not in block:
                return None
            self._about[job] = ", ".join(
                part.partition("=")[2] for part in block.get("wildcards", "").split(", ") if part
            )
            return None
        log = block.get("log", "").partition(" (check log")[0].partition(", ")[0] or None
        slurm_id = block.get("external_jobid") or (self._slurm_id if self._in_group else None)
        failed = FailedJob(rule, self._about.get(job, ""), log, slurm_id, in_group=self._in_group)
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


def culprits(failed: Iterable[FailedJob], folder: Path) -> list[FailedJob]:
    """The jobs that really failed: of those that travelled together, the ones whose log tells an error."""
    jobs = list(failed)
    telling = [job for job in jobs if any(line.startswith("error:") for line in job.last_lines(folder))]
    if not any(job.in_group for job in telling):
        return jobs
    return [job for job in jobs if not job.in_group or job in telling]


def _clock(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1:
        return f"{max(1, round(seconds))} s"
    return f"{round(minutes)} min" if minutes < 90 else f"{minutes / 60:.1f} h"
