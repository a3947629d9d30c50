"""CRAM and SAM through htslib (pysam), handed on as BAM to our own decoder. Never a download."""

import gzip
import os
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pysam

from oncoloom.errors import InputError, ReferenceMismatchError
from oncoloom.reads.bam_header import AlignmentHeader, HasHeader, header_from_text
from oncoloom.reads.bam_source import BamSource
from oncoloom.reads.column_arrays import empty_columns, select_rows
from oncoloom.reads.columns import ReadColumns
from oncoloom.reads.reference import Reference
from oncoloom.reads.regions import Region

_WINDOW_BP = 1 << 18
_WINDOWS_KEPT = 4
_LOOK_BP = 4096
_CRAM_EOF = bytes.fromhex("0f000000ffffffff0fe0454f4600000000010005bdd94f0001000606010001000100ee63014b")

# pysam's samtools commands share static state: one at a time in a process.
_SAMTOOLS = threading.Lock()

# htslib would look for a reference sequence by its MD5 on the network: it finds nothing here instead.
os.environ["REF_PATH"] = "/dev/null/%s"
os.environ.pop("REF_CACHE", None)


def run_samtools(
    command: str,
    *arguments: str,
    path: Path,
    remedy: str | None = None,
    save_stdout: Path | None = None,
) -> None:
    """Run one of pysam's samtools commands; what it writes to standard output goes to `save_stdout`, if
    given.

    Raises
    ------
    InputError
        With what htslib said, naming `path`.
    """
    with _SAMTOOLS:
        loudness = pysam.set_verbosity(0)  # htslib would print read names
        try:
            options = {"save_stdout": str(save_stdout)} if save_stdout else {"catch_stdout": False}
            getattr(pysam, command)(*arguments, **options)
        except pysam.SamtoolsError as error:
            raise InputError(
                "htslib cannot read this file: it is broken", path=path, found=_said(error), remedy=remedy
            ) from error
        finally:
            pysam.set_verbosity(loudness)


def _said(error: Exception) -> str:
    """The first line of what a samtools command wrote to standard error."""
    text = str(error).rpartition("stderr=")[2].replace("\\n", "\n").strip()
    return text.splitlines()[0] if text else "no message"


def check_cram_complete(path: Path) -> None:
    """That a CRAM 3 file ends with its end-of-file container (CRAM 3.0 §9).

    Raises
    ------
    InputError
        If it does not: the file is truncated.
    """
    with path.open("rb") as handle:
        version = handle.read(5)[4:]  # nothing where the file ends behind its magic number
        size = handle.seek(0, os.SEEK_END)
        handle.seek(max(0, size - len(_CRAM_EOF)))
        end = handle.read()
    # the block's method byte and checksums may differ between writers: the first 23 bytes say it
    if not version or (version[0] == 3 and end[:23] != _CRAM_EOF[:23]):
        raise InputError(
            "the file is truncated: the end-of-file container is missing",
            path=path,
            remedy="copy it again from its source, or make it again",
        )


class CramSource(HasHeader):
    """A CRAM file with its index and its reference.

    Windows of 256 kb are transcoded by htslib into uncompressed BAM in `work_folder`, decoded by the same
    kernels as BAM, and the last few kept, so that neighbouring tiles share one.

    Raises
    ------
    InputError
        If the file cannot be read.
    ReferenceMismatchError
        When a contig is read whose sequence in the FASTA is not the one the CRAM was made with.
    """

    def __init__(self, path: Path, index_path: Path | None, reference: Reference, work_folder: Path) -> None:
        self.path = Path(path)
        self._index_path = index_path
        self._reference = reference
        self._folder = work_folder
        loudness = pysam.set_verbosity(0)  # it would complain of an index that lies elsewhere
        try:
            with pysam.AlignmentFile(str(path), "rc", check_sq=False) as handle:
                self.header: AlignmentHeader = header_from_text(str(handle.header))
        except (ValueError, OSError) as error:
            raise InputError(
                "not a readable CRAM file", path=path, found=str(error), remedy="copy or make it again"
            ) from error
        finally:
            pysam.set_verbosity(loudness)
        self._windows: OrderedDict[tuple[str, int, int], ReadColumns] = OrderedDict()
        self._lock = threading.Lock()
        self._lengths = {contig.name: contig.length for contig in self.header.contigs}

    def read_region(self, contig_name: str, start: int, end: int) -> ReadColumns:
        """See `AlignmentSource`."""
        length = self._lengths.get(contig_name)
        start, end = max(start, 0), min(end, length or 0)
        if length is None or start >= end:
            return empty_columns()
        self.check_contig(contig_name)
        low = start // _WINDOW_BP * _WINDOW_BP
        high = min(length, -(-end // _WINDOW_BP) * _WINDOW_BP)
        columns = self._window(contig_name, low, high)
        return select_rows(columns, np.flatnonzero((columns.pos < end) & (columns.end > start)))

    def iterate(self, *, n_bytes: int = 4 << 20) -> Iterator[ReadColumns]:
        """See `AlignmentSource`; the whole file is transcoded once."""
        for contig in self.header.contigs:
            self.check_contig(contig.name)
        with self._transcoded() as whole:
            yield from whole.iterate(n_bytes=n_bytes)

    def filled_regions(self) -> list[Region]:
        """First kilobases of each slice with placed reads, by the .crai index (InputError: it is broken)."""
        if self._index_path is None:
            return []
        raw, found = self._index_path.read_bytes(), []
        try:
            text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode()
            for line in text.splitlines():
                contig, start, span = (int(field) for field in line.split("\t")[:3])
                if contig >= 0 and span > 0:
                    start = max(start - 1, 0)
                    found.append(Region(self.contigs[contig].name, start, start + min(span, _LOOK_BP)))
        except (OSError, EOFError, zlib.error, ValueError, IndexError) as error:
            raise InputError(
                "the index is cut off or broken",
                path=self._index_path,
                remedy=f"make it again: samtools index {self.path.name}",
            ) from error
        return found

    def check_contig(self, name: str) -> None:
        """That the FASTA has a contig with the length that the header says.

        Raises
        ------
        ReferenceMismatchError
            If not.
        """
        found = self._reference.lengths.get(name)
        if found != self._lengths[name]:
            raise ReferenceMismatchError(
                f"the CRAM was made with another reference: contig {name}",
                path=self.path,
                expected=f"{self._lengths[name]} bases",
                found=f"{'absent' if found is None else f'{found} bases'} in {self._reference.path}",
                remedy="give the FASTA that the CRAM was made with",
            )

    def _window(self, contig: str, low: int, high: int) -> ReadColumns:
        key = (contig, low, high)
        with self._lock:
            kept = self._windows.get(key)
            if kept is None:
                with self._transcoded(f"{contig}:{low + 1}-{high}") as window:
                    pieces = list(window.iterate(n_bytes=1 << 40))
                kept = pieces[0] if pieces else empty_columns()
                self._windows[key] = kept
                while len(self._windows) > _WINDOWS_KEPT:
                    self._windows.popitem(last=False)
            self._windows.move_to_end(key)
        return kept

    def _transcoded(self, region: str | None = None) -> "_TemporaryBam":
        target = self._folder / f"window-{os.getpid()}-{threading.get_ident()}.bam"
        arguments = ["-u", "-b", "--no-PG", "-T", str(self._reference.path), "-o", str(target)]
        if region is None:
            arguments.append(str(self.path))
        else:
            # {} quotes a contig name that holds a colon
            contig, _, rest = region.rpartition(":")
            arguments += ["-X", str(self.path), str(self._index_path), f"{{{contig}}}:{rest}"]
        try:
            run_samtools("view", *arguments, path=self.path, remedy="copy or make the CRAM again")
        except InputError as error:
            target.unlink(missing_ok=True)
            raise (self._other_reference() or error) from error
        return _TemporaryBam(target, self.path)

    def _other_reference(self) -> ReferenceMismatchError | None:
        """The error of a contig whose MD5 in the header is not the FASTA's; None where all agree.

        Looked for only after htslib, which sums every slice, has refused: a header's M5 alone may be stale.
        """
        for name, expected in self.header.contig_md5.items():
            if name in self._reference.lengths and self._reference.contig_md5(name) != expected:
                return ReferenceMismatchError(
                    f"the CRAM was made with another reference: MD5 of contig {name} differs",
                    path=self.path,
                    expected=f"MD5 {expected}",
                    found=f"MD5 {self._reference.contig_md5(name)} in {self._reference.path}",
                    remedy="give the FASTA that the CRAM was made with",
                )
        return None


class _TemporaryBam:
    """A transcoded BAM that goes when its block ends."""

    def __init__(self, bam: Path, shown: Path) -> None:
        self._bam, self._shown = bam, shown

    def __enter__(self) -> BamSource:
        return BamSource(self._bam, None, shown_path=self._shown)

    def __exit__(self, *exc: object) -> None:
        self._bam.unlink(missing_ok=True)
