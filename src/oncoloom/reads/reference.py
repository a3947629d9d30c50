"""The reference genome: bases by region, and what tells one reference from another."""

import hashlib
import os
import threading
import weakref
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncoloom.errors import InputError
from oncoloom.files import text_digest
from oncoloom.reads.bam_header import Contig
from oncoloom.reads.fasta_index import FastaEntry, make_fasta_index, read_fasta_index

_UPPER_CASE = bytes(range(256)).upper()
_CALLED_BASES = bytes(code if code in b"ACGT" or not chr(code).isalpha() else 78 for code in _UPPER_CASE)
_LINE_ENDS = b"\r\n"


class Reference:
    """A FASTA file with its index. Safe to share between threads.

    Made by :meth:`open`.
    """

    def __init__(self, path: Path, entries: dict[str, FastaEntry], index_path: Path) -> None:
        self.path = path
        self.index_path = index_path
        self._entries = entries
        self._fd = os.open(path, os.O_RDONLY)
        self._close = weakref.finalize(self, os.close, self._fd)
        self._md5: dict[str, str] = {}
        self._lock = threading.Lock()

    @classmethod
    def open(cls, fasta: Path, *, work_folder: Path | None = None) -> "Reference":
        """Open a FASTA file; where it has no .fai, one is made in `work_folder`, and said so.

        Parameters
        ----------
        fasta
            Uncompressed FASTA.
        work_folder
            Where an index may be made; default a temporary folder that goes with the process.

        Raises
        ------
        InputError
            If the file is absent, compressed, not FASTA, has uneven lines, or its index does not fit.
        """
        path = Path(fasta)
        if not path.is_file():
            raise InputError("no such file", path=path, expected="the reference, as FASTA")
        with path.open("rb") as handle:
            first = handle.read(2)
        if first == b"\x1f\x8b":
            raise InputError(
                "the reference is compressed", path=path, remedy=f"decompress it: gunzip -k {path.name}"
            )
        if first[:1] != b">":
            raise InputError("not a FASTA file", path=path, expected="a first line that begins with >")
        index_path = path.with_name(path.name + ".fai")
        if not index_path.is_file():
            index_path = make_fasta_index(path, work_folder)
        return cls(path, read_fasta_index(index_path, path), index_path)

    @property
    def contigs(self) -> tuple[Contig, ...]:
        """Name and length of each sequence, in file order."""
        return tuple(Contig(name, entry.length) for name, entry in self._entries.items())

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the sequences, in file order."""
        return tuple(self._entries)

    @property
    def lengths(self) -> dict[str, int]:
        """Length of each sequence in bases."""
        return {name: entry.length for name, entry in self._entries.items()}

    def bases(self, contig: str, start: int, end: int) -> NDArray[np.uint8]:
        """(end - start,) uint8: ASCII A, C, G, T, or N for every other letter; lower case is
        raised.

        0-based half-open.

        Raises
        ------
        InputError
            If the contig is unknown or the interval leaves it.
        """
        return np.frombuffer(bytearray(self._sequence(contig, start, end, _CALLED_BASES)), np.uint8)

    def contig_md5(self, contig: str) -> str:
        """MD5 of the upper-case sequence, as the M5 tag of SAM and CRAM has it (SAMv1 §1.3)."""
        with self._lock:
            known = self._md5.get(contig)
        if known is None:
            digest = hashlib.md5(usedforsecurity=False)
            length = self._entry(contig).length
            for start in range(0, length, 1 << 24):
                end = min(length, start + (1 << 24))
                digest.update(self._sequence(contig, start, end, _UPPER_CASE))
            known = digest.hexdigest()
            with self._lock:
                self._md5[contig] = known
        return known

    @cached_property
    def identity(self) -> str:
        """Digest of names, lengths and sequences, whatever case and line length: ``sha256:…``."""
        rows = [f"{name}\t{length}\t{self.contig_md5(name)}" for name, length in self.contigs]
        return text_digest("\n".join(rows))

    def _entry(self, contig: str) -> FastaEntry:
        entry = self._entries.get(contig)
        if entry is None:
            raise InputError(f"the reference has no contig {contig!r}", path=self.path)
        return entry

    def _sequence(self, contig: str, start: int, end: int, table: bytes) -> bytes:
        entry = self._entry(contig)
        if not 0 <= start <= end <= entry.length:
            raise InputError(
                f"interval {contig}:{start + 1}-{end} leaves its contig",
                path=self.path,
                found=f"{contig} has {entry.length} bases",
            )
        if start == end:
            return b""
        first, last = entry.byte_of(start), entry.byte_of(end - 1)
        raw = os.pread(self._fd, last - first + 1, first)
        sequence = raw.translate(table, _LINE_ENDS)
        if len(sequence) != end - start or b">" in raw:
            raise InputError(
                "the FASTA index does not fit the FASTA",
                path=self.index_path,
                record=f"contig {contig}",
                remedy=f"index it again: samtools faidx {self.path.name}",
            )
        return sequence
