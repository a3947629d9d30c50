"""A BAM file with its index, decoded by our own kernels."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncoloom.errors import InputError
from oncoloom.kernels.bam_records import (
    ALL_CONTIGS,
    SCAN_BAD_CONTIG,
    SCAN_BAD_POSITION,
    SCAN_BROKEN_RECORD,
    SCAN_CUT,
    SCAN_OK,
    SCAN_UNSORTED,
    count_records,
    scan_records,
)
from oncoloom.reads.bam_header import Contig, ReadGroup, parse_bam_header
from oncoloom.reads.bam_index import AlignmentIndex
from oncoloom.reads.bgzf_file import BgzfFile, InflatedSpan
from oncoloom.reads.column_arrays import allocate_columns, empty_columns, make_columns
from oncoloom.reads.columns import ReadColumns

_SCAN_FAULTS = {
    SCAN_BROKEN_RECORD: "a broken record",
    SCAN_BAD_CONTIG: "a record on a contig that the header lacks",
    SCAN_BAD_POSITION: "a record outside its contig",
    SCAN_CUT: "a record that is cut off",
}


class BamSource:
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
        self._groups = self.header.read_group_hashes()
        self._contig_index = {contig.name: index for index, contig in enumerate(self.header.contigs)}

    @property
    def contigs(self) -> tuple[Contig, ...]:
        """See `AlignmentSource`."""
        return self.header.contigs

    @property
    def read_groups(self) -> tuple[ReadGroup, ...]:
        """See `AlignmentSource`."""
        return self.header.read_groups

    @property
    def samples(self) -> tuple[str, ...]:
        """See `AlignmentSource`."""
        return self.header.samples

    @property
    def file_bytes(self) -> int:
        """Size of the file."""
        return self._file.size

    def first_record_offset(self) -> int:
        """Virtual offset of the first record (of the end, where there is none)."""
        byte, passed = 0, 0
        while True:
            _, place, after = self._file.read_blocks(byte, 1)
            if self._header_bytes - passed < place.stop or after >= self._file.size:
                return place.virtual_offset(min(self._header_bytes - passed, place.stop))
            passed, byte = passed + place.stop, after

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
        arena, place, _ = self._file.read_blocks(byte, 1)
        if inside == place.stop:
            return None
        if inside + 8 > place.stop:
            raise self._fault(SCAN_CUT, offset)
        size, contig = (int(value) for value in arena[inside : inside + 8].view(np.int32))
        if size < 32 or not -1 <= contig < len(self.header.contigs):
            raise self._fault(SCAN_BROKEN_RECORD, offset)
        return contig

    def read_region(self, contig_name: str, start: int, end: int) -> ReadColumns:
        """See `AlignmentSource`."""
        contig = self._contig_index.get(contig_name)
        if self.index is None:
            raise InputError(
                "the file has no index", path=self.path, remedy=f"samtools index {self.path.name}"
            )
        if contig is None or contig >= len(self.index):
            return empty_columns()
        start, end = max(start, 0), min(end, int(self._lengths[contig]))
        spans = self.index.spans(contig, start, end)
        if not spans:
            return empty_columns()
        arena, places = self._file.read_spans(spans)
        return self._scan(arena, places, contig, start, end)

    def iterate(self, *, n_bytes: int = 4 << 20) -> Iterator[ReadColumns]:
        """See `AlignmentSource`."""
        byte, skip, n_seen = 0, self._header_bytes, 0
        rest = np.empty(0, np.uint8)
        last_place = (-1, -1)
        while byte < self._file.size:
            arena, place, after = self._file.read_blocks(byte, n_bytes)
            inflated = place.stop
            if skip >= inflated:
                skip, byte = skip - inflated, after
                continue
            if len(rest):
                arena = np.concatenate((rest, arena))
                table = place.blocks.copy()
                table[:, 1] += len(rest)
                place = InflatedSpan(0, len(rest) + inflated, table)
            _, whole = count_records(arena, skip, place.stop)
            if whole == skip and place.stop - skip >= 4:
                self._check_cut(arena, skip, place, at_end=after >= self._file.size)
            piece = InflatedSpan(skip, int(whole), place.blocks)
            columns = self._scan(arena, [piece], ALL_CONTIGS, 0, 0, n_before=n_seen)
            if len(columns):
                if _place_of(columns, 0) < last_place:
                    raise self._unsorted(f"record {n_seen + 1}")
                last_place = _place_of(columns, -1)
                n_seen += len(columns)
                yield columns
            rest, skip, byte = arena[whole : place.stop], 0, after
        if len(rest):
            raise InputError(
                "the file ends inside a record", path=self.path, remedy="copy it again, or make it again"
            )

    def _check_cut(self, arena: NDArray[np.uint8], at: int, place: InflatedSpan, *, at_end: bool) -> None:
        size = int(arena[at : at + 4].view(np.int32)[0])
        if size < 32 or at_end:
            raise self._fault(SCAN_BROKEN_RECORD if size < 32 else SCAN_CUT, place.virtual_offset(at))

    def _first_bytes(self, wanted: int) -> bytes:
        pieces: list[bytes] = []
        byte = 0
        while byte < self._file.size and sum(map(len, pieces)) < wanted:
            arena, place, byte = self._file.read_blocks(byte, wanted)
            pieces.append(arena[: place.stop].tobytes())
        return b"".join(pieces)

    def _scan(
        self,
        arena: NDArray[np.uint8],
        places: list[InflatedSpan],
        contig: int,
        start: int,
        end: int,
        *,
        n_before: int = 0,
    ) -> ReadColumns:
        capacity = sum(int(count_records(arena, place.start, place.stop)[0]) for place in places)
        arrays = allocate_columns(capacity)
        kept = 0
        for place in places:
            kept, at, status = scan_records(
                arena,
                place.start,
                place.stop,
                contig,
                start,
                end,
                self._lengths,
                self._groups,
                kept,
                *arrays,
            )
            if status == SCAN_UNSORTED:
                in_file_order = contig == ALL_CONTIGS
                raise self._unsorted(
                    f"record {n_before + int(kept) + 1}"
                    if in_file_order
                    else f"virtual offset {place.virtual_offset(int(at))}"
                )
            if status != SCAN_OK:
                raise self._fault(int(status), place.virtual_offset(int(at)))
            if at < place.stop:
                break  # the region lies behind
        return make_columns(arena, arrays, int(kept))

    def _fault(self, status: int, offset: int) -> InputError:
        return InputError(
            _SCAN_FAULTS[status],
            path=self.path,
            record=f"virtual offset {offset} (byte {offset >> 16})",
            remedy=f"copy or make the file again, then index it: samtools index {self.path.name}",
        )

    def _unsorted(self, record: str) -> InputError:
        return InputError(
            "the records are not sorted by coordinate: this one comes before its predecessor",
            path=self.path,
            record=record,
            remedy=f"samtools sort -o sorted.bam {self.path.name}, then samtools index sorted.bam",
        )


def _place_of(columns: ReadColumns, row: int) -> tuple[int, int]:
    contig = int(columns.contig[row])
    return (contig, int(columns.pos[row])) if contig >= 0 else (1 << 31, 0)
