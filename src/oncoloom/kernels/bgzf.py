"""BGZF: finding blocks in raw bytes and inflating them into one array, every checksum checked.

Source: SAMv1 §4.1 (BGZF), RFC 1951 and 1952.
"""

import zlib
from typing import Any

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from oncoloom.kernels.bam_records_bytes import load_u16, load_u32
from oncoloom.kernels.bgzf_native import INFLATE_BACKEND

BLOCK_OK, BLOCK_BAD_HEADER, BLOCK_INCOMPLETE = 0, 1, 2
INFLATE_OK, INFLATE_BAD_DATA, INFLATE_BAD_CRC = 0, 1, 2

ARENA_PAD = 16
"""Zero bytes after the last inflated byte, so that 8-byte loads at its end stay inside the array."""

MOST_INFLATED = 1 << 16
"""A block inflates to 64 KiB at most (SAMv1 §4.1): no memory is reserved for what claims more."""

# Pointers travel as integers: the same registers in every 64-bit calling convention.
_alloc_decompressor = types.ExternalFunction("libdeflate_alloc_decompressor", types.uintp())
_free_decompressor = types.ExternalFunction("libdeflate_free_decompressor", types.void(types.uintp))
_deflate_decompress = types.ExternalFunction(
    "libdeflate_deflate_decompress",
    types.int32(types.uintp, types.uintp, types.uintp, types.uintp, types.uintp, types.uintp),
)
_crc32 = types.ExternalFunction("libdeflate_crc32", types.uint32(types.uint32, types.uintp, types.uintp))


@njit(nogil=True, cache=True)
def find_blocks(raw: NDArray[np.uint8], start: int, out: NDArray[np.int64]) -> tuple[int, int, int]:
    """List the BGZF blocks that lie whole in `raw` from byte `start` on.

    raw: (n_bytes,) uint8, BGZF bytes; a block begins at `start`.
    out: (capacity, 4) int64, overwritten: byte where the block begins, where its deflate data begins,
    length of that data, inflated size (ISIZE).

    Returns (number of blocks, byte after the last of them, status). Status BLOCK_INCOMPLETE: the next
    block is cut off, or `out` is full; BLOCK_BAD_HEADER: no block begins there, or one that claims to inflate
    to more than MOST_INFLATED bytes.
    """
    n, size = 0, raw.shape[0]
    at: Any = start
    while at < size:
        if n == out.shape[0] or at + 18 > size:
            return n, at, BLOCK_INCOMPLETE
        if raw[at] != 31 or raw[at + 1] != 139 or raw[at + 2] != 8 or raw[at + 3] != 4:
            return n, at, BLOCK_BAD_HEADER
        extra: Any = np.int64(load_u16(raw, at + 10))
        field, field_end = at + 12, at + 12 + extra
        block_size: Any = np.int64(0)
        if field_end > size:
            return n, at, BLOCK_INCOMPLETE
        while field + 4 <= field_end:
            length = np.int64(load_u16(raw, field + 2))
            if raw[field] == 66 and raw[field + 1] == 67 and length == 2 and field + 6 <= field_end:
                block_size = np.int64(load_u16(raw, field + 4)) + 1
            field += 4 + length
        if block_size < 12 + extra + 8:
            return n, at, BLOCK_BAD_HEADER
        if at + block_size > size:
            return n, at, BLOCK_INCOMPLETE
        inflated = np.int64(load_u32(raw, at + block_size - 4))
        if inflated > MOST_INFLATED:
            return n, at, BLOCK_BAD_HEADER
        out[n, 0] = at
        out[n, 1] = field_end
        out[n, 2] = block_size - 12 - extra - 8
        out[n, 3] = inflated
        n += 1
        at += block_size
    return n, at, BLOCK_OK


@njit(nogil=True, cache=True)
def new_decompressor() -> Any:
    """A decompressor of libdeflate, to be freed; only where `INFLATE_BACKEND` is "libdeflate"."""
    return _alloc_decompressor()


@njit(nogil=True, cache=True)
def free_decompressor(decompressor: Any) -> None:
    """Give a decompressor back."""
    _free_decompressor(decompressor)


@njit(nogil=True, cache=True)
def inflate_block(
    decompressor: Any,
    raw: NDArray[np.uint8],
    blocks: NDArray[np.int64],
    i: int,
    arena: NDArray[np.uint8],
    at: int,
) -> int:
    """Inflate block i to byte `at` of the arena, and check its size and CRC32; returns the status."""
    data, length, inflated = blocks[i, 1], blocks[i, 2], blocks[i, 3]
    to = np.uint64(arena.ctypes.data) + np.uint64(at)
    # A null pointer for the actual size makes libdeflate demand exactly ISIZE bytes.
    result = _deflate_decompress(
        decompressor,
        np.uint64(raw.ctypes.data) + np.uint64(data),
        np.uint64(length),
        to,
        np.uint64(inflated),
        np.uint64(0),
    )
    if result != 0:
        return INFLATE_BAD_DATA
    if _crc32(np.uint32(0), to, np.uint64(inflated)) != load_u32(raw, data + length):
        return INFLATE_BAD_CRC
    return INFLATE_OK


@njit(nogil=True, cache=True)
def _inflate_libdeflate(
    raw: NDArray[np.uint8], blocks: NDArray[np.int64], arena: NDArray[np.uint8], at: int
) -> tuple[int, int]:
    decompressor = new_decompressor()
    status, bad = INFLATE_OK, -1
    for i in range(blocks.shape[0]):
        status = inflate_block(decompressor, raw, blocks, i, arena, at)
        if status != INFLATE_OK:
            bad = i
            break
        at += blocks[i, 3]
    free_decompressor(decompressor)
    return status, bad


def _inflate_zlib(raw: Any, blocks: Any, arena: Any, at: int) -> tuple[int, int]:
    view = memoryview(raw)
    for i, (_, data, length, inflated) in enumerate(blocks.tolist()):
        try:
            piece = zlib.decompress(view[data : data + length], wbits=-15)
        except zlib.error:
            return INFLATE_BAD_DATA, i
        if len(piece) != inflated:
            return INFLATE_BAD_DATA, i
        if zlib.crc32(piece) != int.from_bytes(view[data + length : data + length + 4], "little"):
            return INFLATE_BAD_CRC, i
        arena[at : at + inflated] = np.frombuffer(piece, np.uint8)
        at += inflated
    return INFLATE_OK, -1


def inflate_blocks(
    raw: NDArray[np.uint8], blocks: NDArray[np.int64], arena: NDArray[np.uint8], at: int
) -> tuple[int, int]:
    """Inflate `blocks` of `raw` one after another into `arena` from byte `at` on; the GIL is released.

    raw: (n_bytes,) uint8. blocks: (n, 4) int64 as :func:`find_blocks` gives. arena: uint8 with room for
    the sum of their inflated sizes.

    Returns (status, index of the bad block or -1). Every block's size and CRC32 is checked.
    """
    if INFLATE_BACKEND == "libdeflate":
        status, bad = _inflate_libdeflate(raw, blocks, arena, at)
    else:
        status, bad = _inflate_zlib(raw, blocks, arena, at)
    return int(status), int(bad)
