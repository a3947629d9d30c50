"""A BAM file with its index, decoded by our own kernels."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncoloom.errors import InputError
from oncoloom.kernels.bam_decode import decode_blocks
from oncoloom.kernels.bam_records import (
    ALL_CONTIGS,
    SCAN_BAD_CIGAR,
    SCAN_BAD_CONTIG,
    SCAN_BAD_POSITION,
    SCAN_BEHIND,
    SCAN_BROKEN_RECORD,
    SCAN_CUT,
    SCAN_LONG_CIGAR,
    SCAN_OK,
    SCAN_UNSORTED,
    SMALLEST_RECORD,
    scan_records,
)
from oncoloom.kernels.bgzf import INFLATE_OK
from oncoloom.kernels.bgzf_native import INFLATE_BACKEND
from oncoloom.kernels.read_scan import NIBBLE_TO_CODE
from oncoloom.reads.bam_header import HasHeader, parse_bam_header
from oncoloom.reads.bam_index import AlignmentIndex
from oncoloom.reads.bgzf_file import BgzfFile, RawSpan, new_arena
from oncoloom.reads.column_arrays import allocate_columns, empty_columns, make_columns
from oncoloom.reads.columns import ReadColumns
from oncoloom.reads.comparison import (
    NO_COMPARISON,
    CompareWith,
    Differences,
    compare_all,
    found_differences,
    new_comparison,
    usual_room,
)

_SCAN_FAULTS = {
    SCAN_BROKEN_RECORD: "a broken record",
    SCAN_BAD_CONTIG: "a record on a contig that the header lacks",
    SCAN_BAD_POSITION: "a record outside its contig",
    SCAN_BAD_CIGAR: "a record whose CIGAR and bases differ in length",
    SCAN_LONG_CIGAR: "a record with its CIGAR in the CG tag: reads of more than 65,535 operations",
    SCAN_CUT: "a record that is cut off",
}


class BamSource(HasHeader):
    """A BAM file with its index.

    Parameters
    ----------
    path
        The BAM file.
    index_path
        Its .bai or .csi; None: only :meth:`iterate` works.
    shown_path
        Name for messages, where `path` is a transcoded copy.

    Raises
    ------
    InputError
        If the file is not a BAM file, is truncated, or its header is broken.
    """

    def __init__(self, path: Path, index_path: Path | None, *, shown_path: Path | None = None) -> None:
        self.path = Path(shown_path or path)
        self._file = BgzfFile(path)
        self._file.path = self.path
        if not self._file.has_eof_marker():
            raise InputError(
                "the file is truncated: the end-of-file marker is missing",
                path=self.path,
                remedy="copy it again from its source, or make it again",
            )
        self.header, self._header_bytes = parse_bam_header(self.path, self._first_bytes)
        self.index = AlignmentIndex(index_path) if index_path else None
        if self.index is not None and len(self.index) > len(self.header.contigs):
            raise InputError(
                "the index does not fit this file: it has more contigs",
                path=self.path,
                found=f"{len(self.index)} in the index, {len(self.header.contigs)} in the header",
                remedy=f"index it again: samtools index {self.path.name}",
            )
        self._lengths = self.header.contig_lengths()
        self._contig_index = {contig.name: index for index, contig in enumerate(self.header.contigs)}

    @property
    def file_bytes(self) -> int:
        """Size of the file."""
        return self._file.size

    def first_record_offset(self) -> int:
        """Virtual offset of the first record (of the end, where there is none)."""
        byte, passed = 0, 0
        while True:
            span, after = self._file.whole_blocks(byte, 1)
            if self._header_bytes - passed < span.end or after >= self._file.size:
                return span.virtual_offset(min(self._header_bytes - passed, span.end))
            passed, byte = passed + span.end, after

    def contig_at(self, offset: int) -> int | None:
        """Reference id (-1: unplaced) of the record at a virtual offset; None at the end of the file.

        Raises
        ------
        InputError
            If no record begins there.
        """
        byte, inside = offset >> 16, offset & 0xFFFF
        if byte >= self._file.size:
            return None
        arena, span, _ = self._file.inflated_blocks(byte, 1)
        if inside == span.end:
            return None
        if inside + 8 > span.end:
            raise self._fault(SCAN_CUT, offset)
        size, contig = (int(value) for value in arena[inside : inside + 8].view(np.int32))
        if size < 32 or not -1 <= contig < len(self.header.contigs):
            raise self._fault(SCAN_BROKEN_RECORD, offset)
        return contig

    def next_offset(self, offset: int) -> int:
        """The same place, written as the beginning of a block where it is the end of one."""
        byte, inside = offset >> 16, offset & 0xFFFF
        while byte < self._file.size:
            span, _ = self._file.whole_blocks(byte, 1)
            if inside < int(span.blocks[0, 3]):
                break
            byte += int(span.blocks[1, 0] if len(span.blocks) > 1 else len(span.raw))
            inside = 0
        return byte << 16 | inside

    def read_region(self, contig_name: str, start: int, end: int) -> ReadColumns:
        """See `AlignmentSource`."""
        return self._read(contig_name, start, end, None)[0]

    def read_compared(
        self, contig_name: str, start: int, end: int, wanted: CompareWith
    ) -> tuple[ReadColumns, Differences]:
        """As `read_region`, and the reads' differences from the reference: looked for while the cache holds
        the reads.
        """
        columns, found = self._read(contig_name, start, end, wanted)
        return columns, found or compare_all(columns, wanted)

    def _read(
        self, contig_name: str, start: int, end: int, wanted: CompareWith | None
    ) -> tuple[ReadColumns, Differences | None]:
        contig = self._contig_index.get(contig_name)
        if self.index is None:
            raise InputError(
                "the file has no index", path=self.path, remedy=f"samtools index {self.path.name}"
            )
        if contig is None or contig >= len(self.index):
            return empty_columns(), None
        start, end = max(start, 0), min(end, int(self._lengths[contig]))
        spans = self.index.spans(contig, start, end)
        if not spans:
            return empty_columns(), None
        located = [self._file.locate(*span) for span in spans]
        arena = new_arena(sum(span.inflated for span in located))
        scan = _Scan(arena, contig, start, end, wanted=wanted)
        at = 0
        for span in located:
            if scan.behind:
                break
            scan.at = at + span.begin
            at = self._decode(span, scan, at)
            if not scan.behind and scan.at < at - span.inflated + span.end:
                raise self._fault(SCAN_CUT, span.virtual_offset(scan.at - (at - span.inflated)))
        return scan.columns(), None if wanted is None else found_differences(scan.comparison, scan.kept)

    def iterate(self, *, n_bytes: int = 1 << 20) -> Iterator[ReadColumns]:
        """See `AlignmentSource`."""
        byte, skip, n_seen, cut_at = 0, self._header_bytes, 0, 0
        rest = np.empty(0, np.uint8)
        last = np.full(2, -1, np.int64)
        while byte < self._file.size:
            span, byte = self._file.whole_blocks(byte, n_bytes)
            if skip >= span.inflated:
                skip -= span.inflated
                continue
            arena = new_arena(len(rest) + span.inflated)
            arena[: len(rest)] = rest
            scan = _Scan(arena, ALL_CONTIGS, 0, 0, last=last, n_before=n_seen, at=skip)
            end = self._decode(span, scan, len(rest))
            if scan.kept:
                n_seen += scan.kept
                yield scan.columns()
            if scan.at >= len(rest):  # else the record began in an earlier span
                cut_at = span.virtual_offset(scan.at - len(rest))
            rest, skip = arena[scan.at : end], 0
        if len(rest):
            raise InputError(
                "the file ends inside a record",
                path=self.path,
                record=_at_offset(cut_at),
                remedy="copy it again, or make it again",
            )

    def _decode(self, span: RawSpan, scan: "_Scan", at: int) -> int:
        """Inflate a span to byte `at` of the arena, and scan it block by block, while the cache holds them.

        Returns the byte after the inflated data. A record that is cut at the end is left to the caller.
        """
        status = scan.decode(self._file, span, at, self._lengths)
        if status == SCAN_UNSORTED:
            where = f"virtual offset {span.virtual_offset(scan.at - at)}"
            if scan.contig == ALL_CONTIGS:
                where = f"record {scan.n_before + scan.kept + 1}"
            raise self._unsorted(where)
        if status not in (SCAN_OK, SCAN_CUT, SCAN_BEHIND):
            raise self._fault(status, span.virtual_offset(max(scan.at - at, 0)))
        return at + span.inflated

    def _first_bytes(self, wanted: int) -> bytes:
        pieces: list[bytes] = []
        byte = 0
        while byte < self._file.size and sum(map(len, pieces)) < wanted:
            arena, span, byte = self._file.inflated_blocks(byte, wanted)
            pieces.append(arena[: span.end].tobytes())
        return b"".join(pieces)

    def _fault(self, status: int, offset: int) -> InputError:
        again = f"copy or make the file again, then index it: samtools index {self.path.name}"
        return InputError(
            _SCAN_FAULTS[status],
            path=self.path,
            record=_at_offset(offset),
            remedy="give short reads alone" if status == SCAN_LONG_CIGAR else again,
        )

    def _unsorted(self, record: str) -> InputError:
        return InputError(
            "the records are not sorted by coordinate: this one comes before its predecessor",
            path=self.path,
            record=record,
            remedy=f"samtools sort -o sorted.bam {self.path.name}, then samtools index sorted.bam",
        )


def _at_offset(offset: int) -> str:
    return f"virtual offset {offset} (byte {offset >> 16})"


class _Scan:
    """A scan over a growing arena: what is wanted, how far it is, the rows so far."""

    def __init__(
        self,
        arena: NDArray[np.uint8],
        contig: int,
        start: int,
        end: int,
        *,
        last: NDArray[np.int64] | None = None,
        n_before: int = 0,
        at: int = 0,
        wanted: CompareWith | None = None,
    ) -> None:
        self.arena = arena
        self.contig, self.start, self.end = contig, start, end
        self.last = np.full(2, -1, np.int64) if last is None else last
        self.n_before, self.at = n_before, at
        self.kept, self.behind = 0, False
        # room for every record there can be; memory is only taken where rows are written
        n_rows = len(arena) // SMALLEST_RECORD + 1
        self._arrays = allocate_columns(n_rows)
        self.comparison = NO_COMPARISON
        if wanted is not None:
            self.comparison = new_comparison(wanted, n_rows, usual_room(len(arena)))

    def decode(self, file: BgzfFile, span: RawSpan, to: int, lengths: NDArray[np.int64]) -> int:
        """Inflate a span to byte `to` of the arena and scan on to its wanted end; returns the scan's status.

        Raises
        ------
        InputError
            If a block is corrupt.
        """
        if self.at >= to + span.end:  # a record that began before goes on behind it: nothing to scan
            file.inflate(span, 0, len(span.blocks), self.arena, to)
            return SCAN_OK
        wanted = (self.contig, self.start, self.end, lengths, self.last)
        if INFLATE_BACKEND == "libdeflate":
            kept, at, status, inflated, bad = decode_blocks(
                span.raw,
                span.blocks,
                self.arena,
                to,
                to + span.end,
                self.at,
                *wanted,
                self.kept,
                *self._arrays,
                NIBBLE_TO_CODE,
                self.comparison,
            )
            if inflated != INFLATE_OK:
                raise file.corrupt(span, int(bad), int(inflated))
        else:
            file.inflate(span, 0, len(span.blocks), self.arena, to)
            kept, at, status = scan_records(
                self.arena, self.at, to + span.end, *wanted, self.kept, *self._arrays
            )
            self.comparison.state[1] = 1  # left to a comparison of all reads
        self.kept, self.at, self.behind = int(kept), int(at), status == SCAN_BEHIND
        return int(status)

    def columns(self) -> ReadColumns:
        """The rows so far."""
        return make_columns(self.arena, self._arrays, self.kept)
