"""A BGZF file read by position from any thread: spans of it, inflated and checked."""

import os
import weakref
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncoloom.errors import InputError
from oncoloom.kernels.bgzf import (
    ARENA_PAD,
    BLOCK_BAD_HEADER,
    BLOCK_INCOMPLETE,
    INFLATE_BAD_CRC,
    INFLATE_OK,
    find_blocks,
    inflate_blocks,
)
from oncoloom.reads.bam_index import Span

EOF_MARKER = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty last block that a complete BGZF file ends with (SAMv1 §4.1.2)."""

_MAX_BLOCK_BYTES = 1 << 16
_COPY_AGAIN = "the file is damaged: copy it again from its source, or make it again"


@dataclass(frozen=True, slots=True)
class InflatedSpan:
    """Where one span lies in an arena: [start, stop), and the blocks it came from.

    `blocks`: (n, 2) int64, file byte and arena byte at which each block begins.
    """

    start: int
    stop: int
    blocks: NDArray[np.int64]

    def virtual_offset(self, at: int) -> int:
        """Virtual offset of arena byte `at`."""
        index = max(int(np.searchsorted(self.blocks[:, 1], at, side="right")) - 1, 0)
        return (int(self.blocks[index, 0]) << 16) | (at - int(self.blocks[index, 1]))


class BgzfFile:
    """An open BGZF file. Reading by position, so threads share it without a lock.

    Raises
    ------
    InputError
        If the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        try:
            self._fd = os.open(self.path, os.O_RDONLY)
        except OSError as error:
            raise InputError(f"cannot open: {error.strerror}", path=path) from error
        self.size = os.fstat(self._fd).st_size
        self.close = weakref.finalize(self, os.close, self._fd)

    def has_eof_marker(self) -> bool:
        """Whether the file ends with the empty block that says it is complete."""
        n = len(EOF_MARKER)
        return self.size >= n and os.pread(self._fd, n, self.size - n) == EOF_MARKER

    def read_spans(self, spans: list[Span]) -> tuple[NDArray[np.uint8], list[InflatedSpan]]:
        """Inflate `spans` one after another into one arena.

        Returns
        -------
        arena : (n_bytes + ARENA_PAD,) uint8
        places : one a span

        Raises
        ------
        InputError
            If a block is corrupt (its virtual offset is named), cut off, or does not begin where the span
            says.
        """
        pieces = [self._locate(begin, end) for begin, end in spans]
        total = sum(int(blocks[:, 3].sum()) for _, blocks in pieces)
        arena = np.empty(total + ARENA_PAD, np.uint8)
        arena[total:] = 0
        places, at = [], 0
        for (begin, end), (raw, blocks) in zip(spans, pieces, strict=True):
            first_byte = begin >> 16
            status, bad = inflate_blocks(raw, blocks, arena, at)
            if status != INFLATE_OK:
                raise self._corrupt(first_byte + int(blocks[bad, 0]), status)
            arena_starts = at + np.concatenate(([0], np.cumsum(blocks[:, 3])))
            table = np.stack((first_byte + blocks[:, 0], arena_starts[:-1]), axis=1)
            stop = int(arena_starts[-1])
            if end & 0xFFFF:
                stop = int(arena_starts[-2]) + (end & 0xFFFF)
            places.append(InflatedSpan(at + (begin & 0xFFFF), stop, table))
            at = int(arena_starts[-1])
        return arena, places

    def read_blocks(self, first_byte: int, n_bytes: int) -> tuple[NDArray[np.uint8], InflatedSpan, int]:
        """Inflate the whole blocks of about `n_bytes` file bytes from `first_byte` on, in file order.

        Returns
        -------
        arena, place
            As in :meth:`read_spans`.
        next_byte
            File byte of the next block; the file's size at its end.
        """
        n_bytes = min(max(n_bytes, _MAX_BLOCK_BYTES), self.size - first_byte)
        raw = self._pread(first_byte, n_bytes)
        blocks, stopped, status = self._find(raw, first_byte)
        if status == BLOCK_INCOMPLETE and (first_byte + len(raw) == self.size or not len(blocks)):
            raise self.truncated(first_byte + stopped)
        arena = np.empty(int(blocks[:, 3].sum()) + ARENA_PAD, np.uint8)
        arena[-ARENA_PAD:] = 0
        status, bad = inflate_blocks(raw, blocks, arena, 0)
        if status != INFLATE_OK:
            raise self._corrupt(first_byte + int(blocks[bad, 0]), status)
        starts = np.concatenate(([0], np.cumsum(blocks[:, 3])))[:-1]
        table = np.stack((first_byte + blocks[:, 0], starts), axis=1)
        return arena, InflatedSpan(0, len(arena) - ARENA_PAD, table), first_byte + stopped

    def _locate(self, begin: int, end: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Raw bytes and block table of one span, its last block included."""
        first_byte, last_byte = begin >> 16, end >> 16
        if last_byte > self.size or first_byte >= self.size:
            raise self._index_misfit("the index points beyond the end of the file")
        tail = _MAX_BLOCK_BYTES if end & 0xFFFF else 0
        raw = self._pread(first_byte, last_byte - first_byte + tail)
        blocks, stopped, _ = self._find(raw, first_byte)
        wanted = blocks[blocks[:, 0] < last_byte - first_byte + (1 if tail else 0)]
        reached = int(wanted[-1, 0]) if tail and len(wanted) else stopped
        if reached != last_byte - first_byte:
            if first_byte + stopped + _MAX_BLOCK_BYTES > self.size > first_byte + stopped:
                raise self.truncated(first_byte + stopped)
            raise self._index_misfit("the index does not point to the beginning of a block")
        inside = end & 0xFFFF
        if (inside and inside > int(wanted[-1, 3])) or (begin & 0xFFFF) > int(wanted[0, 3]):
            raise self._index_misfit("the index points beyond the end of a block")
        return raw, wanted

    def _find(self, raw: NDArray[np.uint8], first_byte: int) -> tuple[NDArray[np.int64], int, int]:
        table = np.empty((len(raw) // 26 + 1, 4), np.int64)  # no block is shorter than 26 bytes
        n, stopped, status = find_blocks(raw, 0, table)
        if status == BLOCK_BAD_HEADER:
            if n == 0:
                raise self._index_misfit("no block begins where one should")
            raise InputError(
                "corrupt BGZF block: its header is broken",
                path=self.path,
                record=_at_byte(first_byte + int(stopped)),
                remedy=_COPY_AGAIN,
            )
        return table[:n], int(stopped), int(status)

    def _pread(self, first_byte: int, n_bytes: int) -> NDArray[np.uint8]:
        try:
            raw = os.pread(self._fd, n_bytes, first_byte)
        except OSError as error:
            raise InputError(f"cannot read: {error.strerror}", path=self.path) from error
        return np.frombuffer(raw, np.uint8)

    def _corrupt(self, byte: int, status: int) -> InputError:
        why = "its CRC32 differs" if status == INFLATE_BAD_CRC else "its data do not inflate to its size"
        return InputError(
            f"corrupt BGZF block: {why}",
            path=self.path,
            record=_at_byte(byte),
            remedy=_COPY_AGAIN,
        )

    def truncated(self, byte: int) -> InputError:
        """The error of a file that ends inside a block."""
        return InputError(
            "the file is truncated: it ends inside a block",
            path=self.path,
            record=_at_byte(byte),
            remedy="copy it again from its source, or make it again",
        )

    def _index_misfit(self, why: str) -> InputError:
        return InputError(
            f"the index does not fit this file: {why}",
            path=self.path,
            remedy=f"index it again: samtools index {self.path.name}",
        )


def _at_byte(byte: int) -> str:
    return f"virtual offset {byte << 16} (byte {byte})"
