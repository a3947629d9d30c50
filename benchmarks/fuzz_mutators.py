"""Mutations of BGZF, BAM, index and text files: what disks, copies, other tools and hands do to them.

Each takes a NumPy generator and healthy bytes and gives mutated bytes. Mutations of the payload are
compressed again with right checksums: they reach what a CRC would have caught.
"""

import struct
import zlib
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

EOF_MARKER = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
Generator = np.random.Generator
Mutation = Callable[[Generator, bytes], bytes]


def bgzf(payload: bytes, block_bytes: int = 6_000, *, level: int = 1) -> bytes:
    """BGZF of a payload in blocks of `block_bytes`, so that records cross them; end marker included."""
    return (
        b"".join(block(payload[at : at + block_bytes], level) for at in range(0, len(payload), block_bytes))
        + EOF_MARKER
    )


def block(data: bytes, level: int = 1) -> bytes:
    """One BGZF block."""
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = deflate.compress(data) + deflate.flush()
    head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + struct.pack("<H", len(body) + 25)
    return head + body + struct.pack("<II", zlib.crc32(data), len(data))


def blocks_of(raw: bytes) -> list[bytes]:
    """The blocks of a healthy BGZF file, end marker included."""
    found, at = [], 0
    while at < len(raw):
        size = struct.unpack_from("<H", raw, at + 16)[0] + 1
        found.append(raw[at : at + size])
        at += size
    return found


def payload_of(raw: bytes) -> bytes:
    """The inflated bytes of a healthy BGZF file."""
    return b"".join(zlib.decompress(one[18:-8], wbits=-15) for one in blocks_of(raw))


def pick(rng: Generator, n: int) -> int:
    """A number below n (n at least 1)."""
    return int(rng.integers(0, max(n, 1)))


# --- bytes of any file


def flip_bits(rng: Generator, raw: bytes) -> bytes:
    """One to eight bits turned."""
    out = bytearray(raw)
    for _ in range(1 + pick(rng, 8)):
        out[pick(rng, len(out))] ^= 1 << pick(rng, 8)
    return bytes(out)


def set_bytes(rng: Generator, raw: bytes) -> bytes:
    """A short stretch overwritten: zeros, ones, or noise."""
    at, n = pick(rng, len(raw)), 1 + pick(rng, 24)
    fill = (bytes(n), b"\xff" * n, rng.bytes(n))[pick(rng, 3)]
    return raw[:at] + fill[: len(raw) - at] + raw[at + n :]


def truncate(rng: Generator, raw: bytes) -> bytes:
    """The end cut off, often only a little of it."""
    n = 1 + (pick(rng, 64) if rng.random() < 0.3 else pick(rng, len(raw)))
    return raw[:-n]


def drop_stretch(rng: Generator, raw: bytes) -> bytes:
    """A stretch left out."""
    at = pick(rng, len(raw))
    return raw[:at] + raw[at + 1 + pick(rng, 300) :]


def repeat_stretch(rng: Generator, raw: bytes) -> bytes:
    """A stretch written twice."""
    at = pick(rng, len(raw))
    end = at + 1 + pick(rng, 300)
    return raw[:end] + raw[at:end] + raw[end:]


def append_noise(rng: Generator, raw: bytes) -> bytes:
    """Noise, zeros or the file's own beginning behind its end."""
    return raw + (rng.bytes(1 + pick(rng, 80)), bytes(1 + pick(rng, 80)), raw[:100])[pick(rng, 3)]


BYTES: dict[str, Mutation] = {
    "bits": flip_bits,
    "bytes": set_bytes,
    "truncated": truncate,
    "stretch lost": drop_stretch,
    "stretch twice": repeat_stretch,
    "bytes behind the end": append_noise,
}

# --- BGZF


def block_fields(rng: Generator, raw: bytes) -> bytes:
    """One field of a block's header or footer changed: magic, flags, XLEN, BSIZE, CRC32, ISIZE."""
    blocks = blocks_of(raw)
    k = pick(rng, len(blocks))
    one = bytearray(blocks[k])
    at, n = ((0, 2), (3, 1), (10, 2), (12, 2), (14, 2), (16, 2), (-8, 4), (-4, 4))[pick(rng, 8)]
    at %= len(one)
    one[at : at + n] = extreme(rng, n) if rng.random() < 0.7 else rng.bytes(n)
    blocks[k] = bytes(one)
    return b"".join(blocks)


def splice_blocks(rng: Generator, raw: bytes) -> bytes:
    """Blocks exchanged, lost or doubled: every checksum stays right."""
    blocks = blocks_of(raw)
    a, b = pick(rng, len(blocks)), pick(rng, len(blocks))
    how = pick(rng, 4)
    if how == 0:
        blocks[a], blocks[b] = blocks[b], blocks[a]
    elif how == 1:
        del blocks[a]
    elif how == 2:
        blocks.insert(b, blocks[a])
    else:
        blocks.insert(a, EOF_MARKER)  # an empty block inside is legal
    return b"".join(blocks)


BGZF: dict[str, Mutation] = {"block fields": block_fields, "blocks spliced": splice_blocks}


def extreme(rng: Generator, n: int) -> bytes:
    """A little-endian number of n bytes that programs stumble over."""
    bits = 8 * n
    values = (0, 1, 2, (1 << bits) - 1, 1 << (bits - 1), (1 << (bits - 1)) - 1, 0x10000, 37, 255)
    return (values[pick(rng, len(values))] & ((1 << bits) - 1)).to_bytes(n, "little")


# --- BAM payload


def header_bytes(payload: bytes) -> int:
    """Byte after the binary header of a healthy BAM payload."""
    (l_text,) = struct.unpack_from("<i", payload, 4)
    (n_contigs,) = struct.unpack_from("<i", payload, 8 + l_text)
    at = 12 + l_text
    for _ in range(n_contigs):
        at += 8 + struct.unpack_from("<i", payload, at)[0]
    return at


def record_starts(payload: bytes) -> list[int]:
    """First byte of each record of a healthy BAM payload."""
    at, found = header_bytes(payload), []
    while at < len(payload):
        found.append(at)
        at += 4 + struct.unpack_from("<i", payload, at)[0]
    return found


def _changed(payload: bytes, at: int, new: bytes) -> bytes:
    return payload[:at] + new + payload[at + len(new) :]


def record_fields(rng: Generator, payload: bytes) -> bytes:
    """A fixed field of a record: block_size, refID, pos, l_name, MAPQ, n_cigar, flag, l_seq, mate, tlen."""
    starts = record_starts(payload)
    at = starts[pick(rng, len(starts))]
    fields = ((0, 4), (4, 4), (8, 4), (12, 1), (13, 1), (14, 2), (16, 2), (18, 2), (20, 4), (24, 4), (28, 4))
    offset, n = (*fields, (32, 4))[pick(rng, 12)]
    value = int.from_bytes(payload[at + offset : at + offset + n], "little")
    near = (value + int(rng.integers(-3, 4))) % (1 << 8 * n)
    new = near.to_bytes(n, "little") if rng.random() < 0.5 else extreme(rng, n)
    return _changed(payload, at + offset, new)


def cigar_fields(rng: Generator, payload: bytes) -> bytes:
    """A CIGAR operation's kind or length; half of the time made up for in its neighbour or l_seq's stead."""
    starts = record_starts(payload)
    at = starts[pick(rng, len(starts))]
    n_cigar = struct.unpack_from("<H", payload, at + 16)[0]
    if not n_cigar:
        return record_fields(rng, payload)
    word_at = at + 36 + payload[at + 12] + 4 * pick(rng, n_cigar)
    word = struct.unpack_from("<I", payload, word_at)[0]
    op, length = word & 15, word >> 4
    how = pick(rng, 4)
    if how == 0:
        op = pick(rng, 16)
    elif how == 1:
        length = (0, 1, length + 1, max(length - 1, 0), (1 << 28) - 1, 1 << 27)[pick(rng, 6)]
    elif how == 2:
        op = (0, 1, 4, 7, 8)[pick(rng, 5)]  # as many bases of the read
    else:
        op, length = (2, 3)[pick(rng, 2)], (1, 60, 3_000, 1 << 20, (1 << 28) - 1)[pick(rng, 5)]
    return _changed(payload, word_at, struct.pack("<I", length << 4 | op))


def split_cigar(rng: Generator, payload: bytes) -> bytes:
    """A valid odd CIGAR of the same bases in place of a record's own: D, N, P, H, S and I anywhere."""
    starts = record_starts(payload)
    at = starts[pick(rng, len(starts))]
    size = struct.unpack_from("<i", payload, at)[0]
    n_cigar, l_seq = (
        struct.unpack_from("<H", payload, at + 16)[0],
        struct.unpack_from("<i", payload, at + 20)[0],
    )
    cigar_at = at + 36 + payload[at + 12]
    words, left = [], l_seq
    for _ in range(1 + pick(rng, 9)):
        op = pick(rng, 9)
        n = 1 + pick(rng, 30) if rng.random() < 0.9 else (0, 1 << 16, 1 << 27)[pick(rng, 3)]
        if op in (0, 1, 4, 7, 8):
            n = min(n, left)
            left -= n
        words.append(n << 4 | op)
    if left:
        words.insert(pick(rng, len(words) + 1), left << 4 | (0, 1, 4)[pick(rng, 3)])
    new = struct.pack(f"<{len(words)}I", *words)
    record = bytearray(payload[at : at + 4 + size])
    begin = cigar_at - at
    record[begin : begin + 4 * n_cigar] = new
    record[0:4] = struct.pack("<i", len(record) - 4)
    record[16:18] = struct.pack("<H", len(words))
    return payload[:at] + bytes(record) + payload[at + 4 + size :]


def tag_bytes(rng: Generator, payload: bytes) -> bytes:
    """The tags of a record: a type, a count of an array, a string without its end, noise."""
    starts = record_starts(payload)
    k = pick(rng, len(starts))
    at = starts[k]
    l_seq = struct.unpack_from("<i", payload, at + 20)[0]
    tags_at = at + 36 + payload[at + 12] + 4 * struct.unpack_from("<H", payload, at + 16)[0]
    tags_at += (l_seq + 1) // 2 + l_seq
    end = at + 4 + struct.unpack_from("<i", payload, at)[0]
    if tags_at + 4 > end:
        return record_fields(rng, payload)
    how = pick(rng, 4)
    if how == 0:
        return _changed(payload, tags_at + 2, b"AcCsSiIfZHBdq\0"[(p := pick(rng, 14)) : p + 1])
    if how == 1:
        new = b"ZBBi" + extreme(rng, 4)
        return _changed(payload, tags_at, new[: end - tags_at])
    if how == 2:
        return _changed(payload, tags_at, b"RGZ" + b"x" * (end - tags_at - 3))
    return _changed(payload, tags_at, rng.bytes(end - tags_at))


def splice_records(rng: Generator, payload: bytes) -> bytes:
    """Records lost, doubled, exchanged or cut."""
    starts = [*record_starts(payload), len(payload)]
    records = [payload[a:b] for a, b in pairwise(starts)]
    a, b = pick(rng, len(records)), pick(rng, len(records))
    how = pick(rng, 4)
    if how == 0:
        del records[a]
    elif how == 1:
        records.insert(a, records[a])
    elif how == 2:
        records[a], records[b] = records[b], records[a]
    else:
        records[a] = records[a][: pick(rng, len(records[a]))]
    return payload[: starts[0]] + b"".join(records)


def header_fields(rng: Generator, payload: bytes) -> bytes:
    """Lengths, numbers and names of the binary header."""
    (l_text,) = struct.unpack_from("<i", payload, 4)
    end = header_bytes(payload)
    places = (0, 4, 8 + l_text, 12 + l_text, end - 4)
    at = places[pick(rng, len(places))]
    if rng.random() < 0.5:
        value = int.from_bytes(payload[at : at + 4], "little") + int(rng.integers(-2, 3))
        return _changed(payload, at, (value % (1 << 32)).to_bytes(4, "little"))
    return _changed(payload, at, extreme(rng, 4))


def header_text(rng: Generator, payload: bytes) -> bytes:
    """The header's text: a line lost, doubled or cut, a field's value changed; its length stays right."""
    (l_text,) = struct.unpack_from("<i", payload, 4)
    text = mutate_lines(rng, payload[8 : 8 + l_text])
    return payload[:4] + struct.pack("<i", len(text)) + text + payload[8 + l_text :]


PAYLOAD: dict[str, Mutation] = {
    "payload bits": flip_bits,
    "payload bytes": set_bytes,
    "payload truncated": truncate,
    "payload stretch lost": drop_stretch,
    "record fields": record_fields,
    "CIGAR fields": cigar_fields,
    "odd CIGAR": split_cigar,
    "tags": tag_bytes,
    "records spliced": splice_records,
    "header fields": header_fields,
    "header text": header_text,
}

# --- text


def mutate_lines(rng: Generator, text: bytes) -> bytes:
    """Lines of text lost, doubled, cut, exchanged; separators and numbers changed."""
    lines = text.split(b"\n")
    k, j = pick(rng, len(lines)), pick(rng, len(lines))
    how = pick(rng, 8)
    if how == 0:
        del lines[k]
    elif how == 1:
        lines.insert(j, lines[k])
    elif how == 2:
        lines[k] = lines[k][: pick(rng, len(lines[k]) + 1)]
    elif how == 3:
        lines[k], lines[j] = lines[j], lines[k]
    elif how == 4:
        fields = lines[k].split(b"\t")
        fields[pick(rng, len(fields))] = ODD_VALUES[pick(rng, len(ODD_VALUES))]
        lines[k] = b"\t".join(fields)
    elif how == 5:
        lines[k] = lines[k].replace(b"\t", (b" ", b"\t\t", b"", b",")[pick(rng, 4)], 1)
    elif how == 6:
        lines[k] += (b"\r", b"\t", b" ", b"\0", b"\xff\xfe")[pick(rng, 5)]
    else:
        return flip_bits(rng, text) if text else text
    return b"\n".join(lines)


ODD_VALUES = (
    *(b"", b".", b"-1", b"0", b"1e3", b"nan", b"99999999999999999999", b"2147483648", b"\xc2\xb2", b"chr1"),
    *(b"<DEL>", b"*", b"A,,C", b"AF=2", b"AF=", b"AF=nan", b"N", b"acgt", b"1:5", b"SN:1", b"LN:5", b"ID:"),
)

TEXT: dict[str, Mutation] = {"lines": mutate_lines, **{f"text {name}": how for name, how in BYTES.items()}}


def choose(rng: Generator, table: dict[str, Any]) -> tuple[str, Any]:
    """One entry of a table."""
    name = list(table)[pick(rng, len(table))]
    return name, table[name]
