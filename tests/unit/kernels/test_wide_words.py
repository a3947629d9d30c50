"""Thirty-two bytes at a time against one at a time."""

import numpy as np
import pytest

from oncoloom.kernels.compiling import kernel
from oncoloom.kernels.read_hashes import hash_bytes
from oncoloom.kernels.repeat_lengths import runs_of
from oncoloom.kernels.wide_words import differing_bytes, unlike_codes, unpack_bases

WORD = (1 << 64) - 1
P1, P2 = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F


@kernel
def masks(one, other, at, there, out):
    out[0] = differing_bytes(one, at, other, there)
    out[1] = unlike_codes(one, at, other, there)


@kernel
def unpacked(arena, at, n, out):
    unpack_bases(arena, at, n, out)


@kernel
def all_runs(unlike, out):
    for need in range(1, 17):
        out[need - 1] = runs_of(unlike, need)


def bits(flags):
    return sum(1 << k for k, flag in enumerate(flags.tolist()) if flag)


def test_bytes_and_codes_that_differ_are_bits():
    rng = np.random.default_rng(1)
    out = np.empty(2, np.uint64)
    for turn in range(40):
        one, other = rng.integers(0, 6 if turn % 2 else 2, (2, 80)).astype(np.uint8)
        at, there = rng.integers(0, 48, 2).tolist()
        masks(one, other, at, there, out)
        x, y = one[at : at + 32], other[there : there + 32]
        assert int(out[0]) == bits(x != y)
        assert int(out[1]) == bits((x != y) | (x > 3) | (y > 3))


def test_packed_bases_of_any_number_come_out_in_order():
    rng = np.random.default_rng(2)
    arena = rng.integers(0, 256, 120).astype(np.uint8)
    code = np.full(16, 4, np.uint8)
    code[[1, 2, 4, 8]] = [0, 1, 2, 3]
    nibbles = np.stack([arena >> 4, arena & 15], axis=1).ravel()
    for n in (0, 1, 2, 29, 30, 31, 32, 33, 62, 63, 64, 65, 95, 96, 97, 150, 151):
        out = np.full(n + 1, 9, np.uint8)
        unpacked(arena, 5, n, out)
        assert (out[:n] == code[nibbles[10 : 10 + n]]).all()


def test_runs_begin_where_so_many_places_are_alike():
    rng = np.random.default_rng(3)
    out = np.empty(16, np.uint64)
    for _ in range(20):
        alike = rng.random(32) < 0.8
        all_runs(np.uint64(bits(~alike)), out)
        for need in range(1, 17):
            begins = np.array([k + need <= 32 and alike[k : k + need].all() for k in range(32)])
            assert int(out[need - 1]) == bits(begins)


def absorbed(state, word, factor):
    state = ((state ^ word) * factor) & WORD
    return state ^ (state >> 32)


def mixed(value):
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & WORD
    return value ^ (value >> 31)


def plain_hash(data):
    """The hash by its definition: four lanes over 32 bytes, then words, then what is left of one."""
    lanes, at = [P1 ^ len(data), P2, (P1 + P2) & WORD, (P1 - P2) & WORD], 0
    word = lambda first: int.from_bytes(data[first : first + 8], "little")  # noqa: E731
    while at + 32 <= len(data):
        lanes = [absorbed(lanes[k], word(at + 8 * k), (P1, P2)[k % 2]) for k in range(4)]
        at += 32
    a = lanes[0]
    if len(data) >= 32:
        a = absorbed(absorbed(a, lanes[1], P1), mixed(lanes[2] ^ ((lanes[3] * P1) & WORD)), P2)
    while at < len(data):
        a = absorbed(a, word(at), P1)
        at += 8
    return mixed(a)


@pytest.mark.parametrize("length", [0, 1, 7, 8, 31, 32, 33, 63, 64, 100, 229])
def test_a_hash_is_what_its_definition_says(length):
    arena = np.random.default_rng(length).integers(0, 256, length + 19).astype(np.uint8)
    assert int(hash_bytes(arena, 3, length)) == plain_hash(arena[3 : 3 + length].tobytes())
