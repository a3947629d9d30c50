"""Healthy BGZF files made faulty, one fault at a time."""

import struct
from pathlib import Path

_EOF_BYTES = 28


def block_offsets(path: Path) -> list[int]:
    """File byte at which each BGZF block begins, the end marker included."""
    raw, at, found = path.read_bytes(), 0, []
    while at < len(raw):
        found.append(at)
        at += struct.unpack_from("<H", raw, at + 16)[0] + 1
    return found


def cut_eof_marker(path: Path) -> None:
    """Cut the empty last block off."""
    path.write_bytes(path.read_bytes()[:-_EOF_BYTES])


def cut_inside_block(path: Path, *, share: float = 0.6) -> None:
    """Cut the file at a share of its size, one byte into the data of a block at least."""
    raw = path.read_bytes()
    at = int(len(raw) * share)
    if at in block_offsets(path):
        at += 20
    path.write_bytes(raw[:at])


def flip_crc(path: Path, block: int) -> int:
    """Flip the CRC32 of a block; returns the file byte at which the block begins."""
    offsets = block_offsets(path)
    raw = bytearray(path.read_bytes())
    crc_at = offsets[block + 1] - 8
    raw[crc_at] ^= 0xFF
    path.write_bytes(bytes(raw))
    return offsets[block]


def zero_data(path: Path, block: int, *, n_bytes: int = 20) -> int:
    """Overwrite bytes in the middle of a block's data by zeros; returns where the block begins."""
    offsets = block_offsets(path)
    raw = bytearray(path.read_bytes())
    middle = (offsets[block] + offsets[block + 1]) // 2
    raw[middle : middle + n_bytes] = bytes(n_bytes)
    path.write_bytes(bytes(raw))
    return offsets[block]
