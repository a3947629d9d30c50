"""Which aligner is at hand: bwa-mem2 or bwa on PATH, else the bwamem wheel; all write the same SAM."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from oncoloom.align import bwamem_wheel
from oncoloom.errors import InputError, UsageError

EngineName = Literal["bwa-mem2", "bwa", "bwamem"]
ENGINES: tuple[EngineName, ...] = ("bwa-mem2", "bwa", "bwamem")

CHUNK_BASES = 100_000_000
"""Bases in a batch, whatever the threads: the insert size is estimated from a batch, so it must not vary."""

_BWA_FILES = (".amb", ".ann", ".bwt", ".pac", ".sa")
_BWA_MEM2_FILES = (".0123", ".amb", ".ann", ".bwt.2bit.64", ".pac")


@dataclass(frozen=True, slots=True)
class Engine:
    """An aligner that can be run.

    Parameters
    ----------
    program
        Words that start it.
    index_files
        Suffixes of the files of its index.
    """

    name: EngineName
    program: tuple[str, ...]
    index_files: tuple[str, ...]

    def index_command(self, fasta: Path, prefix: Path) -> list[str]:
        """Command that writes an index of `fasta` at `prefix`."""
        if self.name == "bwamem":
            return [*self.program, "index", str(fasta), str(prefix)]
        return [*self.program, "index", "-p", str(prefix), str(fasta)]

    def align_command(
        self, prefix: Path, reads: tuple[Path, Path], read_group: str, threads: int
    ) -> list[str]:
        """Command that writes SAM of a pair of FASTQ files to standard output."""
        files = [str(prefix), *(str(path) for path in reads)]
        if self.name == "bwamem":
            return [*self.program, "mem", str(threads), str(CHUNK_BASES), read_group, *files]
        return [*self.program, "mem", "-K", str(CHUNK_BASES), "-t", str(threads), "-R", read_group, *files]

    def has_index(self, prefix: Path) -> bool:
        """Whether a whole index of this aligner lies at `prefix`."""
        return all(Path(f"{prefix}{suffix}").is_file() for suffix in self.index_files)


def find_engine(name: EngineName | None = None) -> Engine:
    """The aligner of that name, or the best that is installed.

    Raises
    ------
    UsageError
        If it is not installed.
    """
    for one in ENGINES if name is None else (name,):
        engine = _engine(one)
        if engine is not None:
            return engine
    raise UsageError(
        f"no aligner {name or ''}".strip() + " is installed",
        expected="bwa-mem2 or bwa on PATH, or the bwamem wheel",
        remedy="pip install bwamem",
    )


def _engine(name: EngineName) -> Engine | None:
    if name == "bwamem":
        program: tuple[str, ...] = (sys.executable, "-m", "oncoloom.align.bwamem_wheel")
        return Engine(name, program, _BWA_FILES) if bwamem_wheel.library_path() else None
    found = shutil.which(name)
    return Engine(name, (found,), _BWA_MEM2_FILES if name == "bwa-mem2" else _BWA_FILES) if found else None


def run_engine(command: list[str], *, path: Path, said: Path) -> None:
    """Run a command of an engine to its end; what it says goes to the file `said`.

    Raises
    ------
    InputError
        If it fails; with the end of what it said.
    """
    with said.open("wb") as log:
        result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=log, check=False)
    if result.returncode:
        raise engine_failed(path, said, result.returncode)


def engine_failed(path: Path, said: Path, code: int) -> InputError:
    """The error of an aligner that ended with `code`."""
    lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return InputError(
        f"the aligner failed (exit code {code})",
        path=path,
        found=" | ".join(lines[-3:]) or "it said nothing",
        remedy="free memory or disk, or give fewer threads; then run again",
    )
