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

EOF_MARKER = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty last block that a complete BGZF file ends with (SAMv1 §4.1.2)."""

_MAX_BLOCK_BYTES = 1 << 16
_BLOCK_START = b"\x1f\x8b\x08\x04"
_COPY_AGAIN = "the file is damaged: copy it again from its source, or make it again"


def require_end_marker(path: Path) -> None:
    """A bgzipped text file must end with its last block: one cut between two blocks reads well otherwise.

    Plain files, and those compressed by gzip, are left alone.

    Raises
    ------
    InputError
        If the end is missing.
    """
    with path.open("rb") as handle:
        head = handle.read(18)
        if head[:4] != _BLOCK_START or head[12:14] != b"BC":
            return
        handle.seek(max(0, path.stat().st_size - len(EOF_MARKER)))
        if handle.read() == EOF_MARKER:
            return
    raise InputError(
        "the file is truncated: bgzip's end-of-file marker is missing",
        path=path,
        remedy="copy it again from its source, or make it again",
    )


@dataclass(frozen=True, slots=True)
class RawSpan:
    """Whole BGZF blocks of a file, not yet inflated.

    Parameters
    ----------
    first_byte
        File byte of the first block.
    raw : (n_bytes,) uint8
        The blocks' bytes.
    blocks : (n, 4) int64
        As :func:`oncoloom.kernels.bgzf.find_blocks` gives them.
    begin, end
        Where the wanted data begin in the inflated bytes, and where they end.
    """

    first_byte: int
    raw: NDArray[np.uint8]
    blocks: NDArray[np.int64]
    begin: int
    end: int

    @property
    def inflated(self) -> int:
        """Inflated bytes of all blocks."""
        return int(self.blocks[:, 3].sum())

    def virtual_offset(self, at: int) -> int:
        """Virtual offset of inflated byte `at`."""
        starts = np.concatenate(([0], np.cumsum(self.blocks[:, 3])))
        index = min(max(int(np.searchsorted(starts, at, side="right")) - 1, 0), len(self.blocks) - 1)
        return ((self.first_byte + int(self.blocks[index, 0])) << 16) | (at - int(starts[index]))


def new_arena(n_bytes: int) -> NDArray[np.uint8]:
    """(n_bytes + ARENA_PAD,) uint8; values undefined but for the padding, which is 0."""
    arena = np.empty(n_bytes + ARENA_PAD, np.uint8)
    arena[n_bytes:] = 0
    return arena


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

    def inflate(self, span: RawSpan, first: int, last: int, arena: NDArray[np.uint8], at: int) -> int:
        """Inflate blocks [first, last) of a span into `arena` from byte `at`; returns the byte after them.

        Raises
        ------
        InputError
            If a block is corrupt; its virtual offset is named.
        """
        blocks = span.blocks[first:last]
        status, bad = inflate_blocks(span.raw, blocks, arena, at)
        if status != INFLATE_OK:
            raise self.corrupt(span, first + bad, status)
        return at + int(blocks[:, 3].sum())

    def whole_blocks(self, first_byte: int, n_bytes: int) -> tuple[RawSpan, int]:
        """The whole blocks in about `n_bytes` file bytes from `first_byte` on, at least one.

        Returns
        -------
        span
        next_byte
            File byte of the next block; the file's size at its end.

        Raises
        ------
        InputError
            If no block begins there, or the file ends inside one.
        """
        n_bytes = min(max(n_bytes, _MAX_BLOCK_BYTES), self.size - first_byte)
        raw = self._pread(first_byte, n_bytes)
        blocks, stopped, status = self._find(raw, first_byte)
        if status == BLOCK_INCOMPLETE and (first_byte + len(raw) == self.size or not len(blocks)):
            raise self.truncated(first_byte + stopped)
        return RawSpan(first_byte, raw, blocks, 0, int(blocks[:, 3].sum())), first_byte + stopped

    def inflated_blocks(self, first_byte: int, n_bytes: int) -> tuple[NDArray[np.uint8], RawSpan, int]:
        """As :meth:`whole_blocks`, and inflated: arena, span, next byte."""
        span, after = self.whole_blocks(first_byte, n_bytes)
        arena = new_arena(span.inflated)
        self.inflate(span, 0, len(span.blocks), arena, 0)
        return arena, span, after

    def locate(self, begin: int, end: int) -> RawSpan:
        """The blocks between two virtual offsets.

        Raises
        ------
        InputError
            If the file is cut off, or no block begins where an index says.
        """
        first_byte, last_byte = begin >> 16, end >> 16
        if last_byte > self.size or first_byte >= self.size:
            raise self._index_misfit("the index points beyond the end of the file")
        if end <= begin:
            raise self._index_misfit("the index has a stretch that ends before it begins")
        tail = _MAX_BLOCK_BYTES if end & 0xFFFF else 0
        raw = self._pread(first_byte, last_byte - first_byte + tail)
        blocks, stopped, _ = self._find(raw, first_byte, by_index=True)
        wanted = blocks[blocks[:, 0] < last_byte - first_byte + (1 if tail else 0)]
        reached = int(wanted[-1, 0]) if tail and len(wanted) else stopped
        if reached != last_byte - first_byte:
            if first_byte + stopped + _MAX_BLOCK_BYTES > self.size > first_byte + stopped:
                raise self.truncated(first_byte + stopped)
            raise self._index_misfit("the index does not point to the beginning of a block")
        if not len(wanted):
            raise self._index_misfit("no block begins where one should")
        inside = end & 0xFFFF
        if (inside and inside > int(wanted[-1, 3])) or (begin & 0xFFFF) > int(wanted[0, 3]):
            raise self._index_misfit("the index points beyond the end of a block")
        total = int(wanted[:, 3].sum())
        return RawSpan(
            first_byte,
            raw,
            wanted,
            begin & 0xFFFF,
            total - int(wanted[-1, 3]) + inside if inside else total,
        )

    def _find(
        self, raw: NDArray[np.uint8], first_byte: int, *, by_index: bool = False
    ) -> tuple[NDArray[np.int64], int, int]:
        table = np.empty((len(raw) // 26 + 1, 4), np.int64)  # no block is shorter than 26 bytes
        n, stopped, status = find_blocks(raw, 0, table)
        if status == BLOCK_BAD_HEADER:
            if n == 0 and by_index:
                raise self._index_misfit(f"no block begins at byte {first_byte}")
            raise InputError(
                "corrupt BGZF block: its header or its size is impossible",
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

    def corrupt(self, span: RawSpan, bad: int, status: int) -> InputError:
        """The error of block `bad` of a span, which inflating refused with `status`."""
        why = "its CRC32 differs" if status == INFLATE_BAD_CRC else "its data do not inflate to its size"
        return InputError(
            f"corrupt BGZF block: {why}",
            path=self.path,
            record=_at_byte(span.first_byte + int(span.blocks[bad, 0])),
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
