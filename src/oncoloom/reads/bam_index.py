"""BAI and CSI indexes: from a region to the file spans that hold its records.

Source: SAMv1 §5 (BAI, binning), CSIv1.
"""

import struct
import zlib
from bisect import bisect_left
from dataclasses import dataclass, field
from operator import gt
from pathlib import Path

from oncoloom.errors import InputError

_MERGE_GAP_BYTES = 1 << 16  # spans nearer than one block are read in one go
_DEEPEST, _COARSEST = 12, 40  # levels of bins and bits of the finest: contigs up to 2^76 bases

Span = tuple[int, int]
"""Two virtual offsets (file byte of a block << 16 | byte inside it): begin, end (exclusive)."""


@dataclass(slots=True)
class _ContigIndex:
    bins: dict[int, list[Span]] = field(default_factory=dict)
    first_offset_of_bin: dict[int, int] = field(default_factory=dict)  # CSI only
    linear: tuple[int, ...] = ()  # BAI only
    n_mapped: int | None = None
    n_unmapped: int | None = None
    finest: tuple[list[int], list[int]] = ([], [])  # numbers of the finest bins, and where each begins


class AlignmentIndex:
    """Where the records of a region lie in a BAM file.

    Parameters
    ----------
    path
        A .bai or .csi file.

    Raises
    ------
    InputError
        If it is neither, or cut off.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        raw = self.path.read_bytes()
        try:
            if raw[:2] == b"\x1f\x8b":
                raw = _gunzip(raw)
            if raw[:4] == b"BAI\x01":
                self._min_shift, self._depth = 14, 5
                self._contigs, self.n_unplaced = _parse(raw, 4, depth=5, is_csi=False)
            elif raw[:4] == b"CSI\x01":
                self._min_shift, self._depth, length_aux = struct.unpack_from("<iii", raw, 4)
                if not (
                    0 < self._min_shift <= _COARSEST and 0 <= self._depth <= _DEEPEST and length_aux >= 0
                ):
                    raise self._broken("the index is broken: an impossible number or size of bins")
                self._contigs, self.n_unplaced = _parse(raw, 16 + length_aux, depth=self._depth, is_csi=True)
            else:
                raise self._broken("neither BAI nor CSI")
        except (struct.error, zlib.error, IndexError, ValueError) as error:
            raise self._broken("the index is cut off or broken") from error

    def _broken(self, why: str) -> InputError:
        return InputError(why, path=self.path, remedy="make it again: samtools index")

    def __len__(self) -> int:
        return len(self._contigs)

    def counts(self, contig: int) -> tuple[int, int] | None:
        """Mapped and placed unmapped records of a contig by the index; None if it does not say."""
        one = self._contigs[contig]
        if one.n_mapped is None or one.n_unmapped is None:
            return (0, 0) if not one.bins else None
        return one.n_mapped, one.n_unmapped

    def chunk_limits(self, contig: int) -> Span | None:
        """Lowest and highest virtual offset of a contig's records; None where it has none."""
        chunks = [chunk for chunks in self._contigs[contig].bins.values() for chunk in chunks]
        return (min(chunk[0] for chunk in chunks), max(chunk[1] for chunk in chunks)) if chunks else None

    def chunks(self) -> list[Span]:
        """Every stretch of file that the index knows to hold placed records, in file order."""
        return sorted(chunk for one in self._contigs for chunks in one.bins.values() for chunk in chunks)

    def late_window(self, contig: int) -> int | None:
        """First 16 kb window from which a BAI sends a query behind records that may overlap it; None: none.

        A window's linear offset is that of the first record over it, so a bin cannot begin before all of its
        windows' offsets.
        """
        one = self._contigs[contig]
        first, level_windows = ((1 << (3 * self._depth)) - 1) // 7, 1
        levels = []
        for _ in range(self._depth + 1):
            levels.append((first, level_windows))
            first, level_windows = (first - 1) >> 3, level_windows << 3
        for number, chunks in sorted(one.bins.items()):
            first, width = next(level for level in levels if number >= level[0])
            low = (number - first) * width
            offsets = one.linear[low : low + width]
            if chunks and offsets and min(offsets) > min(chunks)[0]:
                return low
        return None

    def filled_intervals(self, contig: int) -> list[tuple[int, int]]:
        """Intervals of the finest bins that hold records, in order, 0-based half-open."""
        numbers = sorted(self._contigs[contig].bins, reverse=True)
        if not numbers:
            return []
        first, shift = ((1 << (3 * self._depth)) - 1) // 7, self._min_shift
        while numbers[0] < first:
            first, shift = (first - 1) >> 3, shift + 3
        size = 1 << shift
        return [
            ((number - first) * size, (number - first + 1) * size)
            for number in reversed(numbers)
            if number >= first
        ]

    def spans(self, contig: int, start: int, end: int) -> list[Span]:
        """File spans that hold every record overlapping [start, end), in file order, near ones joined."""
        one = self._contigs[contig]
        if not one.bins or start >= end:
            return []
        lowest, behind = self._lowest_offset(one, start), self._offset_behind(one, end)
        found = sorted(
            (max(begin, lowest), min(stop, behind))
            for number in self._overlapping_bins(start, end)
            for begin, stop in one.bins.get(number, ())
            if stop > lowest and max(begin, lowest) < behind
        )
        joined: list[Span] = []
        for begin, stop in found:
            if joined and (begin >> 16) <= (joined[-1][1] >> 16) + _MERGE_GAP_BYTES:
                joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
            else:
                joined.append((begin, stop))
        return joined

    def _overlapping_bins(self, start: int, end: int) -> list[int]:
        numbers: list[int] = []
        shift, first = self._min_shift + 3 * self._depth, 0
        for level in range(self._depth + 1):
            numbers += range(first + (start >> shift), first + ((end - 1) >> shift) + 1)
            first += 1 << (3 * level)
            shift -= 3
        return numbers

    def _first_finest_bin(self) -> int:
        return ((1 << (3 * self._depth)) - 1) // 7

    def _offset_behind(self, one: _ContigIndex, end: int) -> int:
        """Offset before which every record that starts before `end` lies: where a later finest bin begins.

        Without it the coarse bins, whose chunks lie all over the contig, would each cost a look.
        """
        numbers, begins = one.finest
        if not numbers:
            first = self._first_finest_bin()
            numbers = sorted(number for number, chunks in one.bins.items() if number >= first and chunks)
            begins = [min(chunks)[0] for chunks in map(one.bins.__getitem__, numbers)]
            one.finest = numbers, begins
        at = bisect_left(numbers, self._first_finest_bin() + ((end - 1) >> self._min_shift) + 1)
        return begins[at] if at < len(begins) else 1 << 64

    def _lowest_offset(self, one: _ContigIndex, start: int) -> int:
        if one.linear:
            window = min(start >> self._min_shift, len(one.linear) - 1)
            return one.linear[window]
        number = self._first_finest_bin() + (start >> self._min_shift)
        while number and number not in one.first_offset_of_bin:
            parent = (number - 1) >> 3
            # the nearest earlier sibling, else the parent, as htslib walks
            number = number - 1 if number > (parent << 3) + 1 else parent
        return one.first_offset_of_bin.get(number, 0)


def _gunzip(raw: bytes) -> bytes:
    pieces = []
    while raw:
        member = zlib.decompressobj(wbits=31)
        pieces.append(member.decompress(raw))
        if not member.eof:
            raise zlib.error("cut off")
        raw = member.unused_data
    return b"".join(pieces)


def _parse(raw: bytes, at: int, *, depth: int, is_csi: bool) -> tuple[list[_ContigIndex], int]:
    meta_bin = ((1 << (3 * depth + 3)) - 1) // 7 + 1
    (n_contigs,) = struct.unpack_from("<i", raw, at)
    at += 4
    contigs = []
    for _ in range(n_contigs):
        one, at = _parse_contig(raw, at, meta_bin, is_csi=is_csi)
        contigs.append(one)
    n_unplaced = struct.unpack_from("<Q", raw, at)[0] if at + 8 <= len(raw) else 0
    return contigs, n_unplaced


def _parse_contig(raw: bytes, at: int, meta_bin: int, *, is_csi: bool) -> tuple[_ContigIndex, int]:
    one = _ContigIndex()
    (n_bins,) = struct.unpack_from("<i", raw, at)
    at += 4
    for _ in range(n_bins):
        if is_csi:
            number, first_offset, n_chunks = struct.unpack_from("<IQi", raw, at)
            at += 16
        else:
            number, n_chunks = struct.unpack_from("<Ii", raw, at)
            first_offset = 0
            at += 8
        values = struct.unpack_from(f"<{2 * n_chunks}Q", raw, at)
        at += 16 * n_chunks
        if number == meta_bin:
            one.n_mapped, one.n_unmapped = values[2], values[3]
        elif number > meta_bin or number in one.bins or any(map(gt, values[::2], values[1::2])):
            raise ValueError(f"bin {number}: unknown, twice, or with a stretch that ends before it begins")
        else:
            one.bins[number] = list(zip(values[::2], values[1::2], strict=True))
            one.first_offset_of_bin[number] = first_offset
    if not is_csi:
        (n_windows,) = struct.unpack_from("<i", raw, at)
        one.linear = struct.unpack_from(f"<{n_windows}Q", raw, at + 4)
        at += 4 + 8 * n_windows
    return one, at
