"""Small kernels of a tile against plain numpy."""

import numpy as np
import pytest

from oncoloom.calling.sample_reads import ASCII_TO_CODE, CODE_TO_NIBBLE, ReferenceWindow
from oncoloom.kernels.read_hashes import hash_bytes
from oncoloom.kernels.sparse_cells import pack_cells, put_categories
from oncoloom.kernels.tile_counts import count_fates, sum_bins, sum_depth


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 255, 256])
def test_a_reference_is_packed_from_both_parities(length):
    rng = np.random.default_rng(length)
    bases = rng.choice(np.frombuffer(b"ACGTNacgtR", np.uint8), length)
    arrays = ReferenceWindow.from_ascii(7, bases).arrays
    nibble = np.concatenate([CODE_TO_NIBBLE[ASCII_TO_CODE[bases]], np.full(3, 15, np.uint8)])
    even = nibble[: 2 * ((length + 3) // 2)]
    odd = nibble[1 : 1 + 2 * ((length + 2) // 2)]
    assert (arrays.code == ASCII_TO_CODE[bases]).all()
    assert (arrays.packed_even == (even[0::2] << 4 | even[1::2])).all()
    assert (arrays.packed_odd == (odd[0::2] << 4 | odd[1::2])).all()


def test_cells_that_are_not_zero_come_back_in_order():
    rng = np.random.default_rng(3)
    flat = rng.integers(-1, 60, (9, 100)).astype(np.int32)
    flat[flat > 2] = 0
    kept = np.array([0, 3, 4, 8])
    expected = np.nonzero(flat[kept])
    n = len(expected[0])
    row, cell, count = np.empty(n, np.int64), np.empty(n, np.int32), np.empty(n, np.int32)
    assert pack_cells(flat, kept, row[: n // 2], cell[: n // 2], count[: n // 2]) == n  # too little room
    assert pack_cells(flat, kept, row, cell, count) == n
    assert (row == expected[0]).all()
    assert (cell == expected[1]).all()
    assert (count == flat[kept][expected]).all()


def test_only_the_named_categories_are_overwritten():
    out = np.full((3, 8, 5), 7, np.int32)
    put_categories(np.array([2, 0]), np.array([1, 4]), np.arange(80, dtype=np.int32).reshape(2, 8, 5), out)
    assert out[2, 1].tolist() == [5, 6, 7, 8, 9]
    assert out[0, 4].tolist() == [60, 61, 62, 63, 64]
    assert (out[1] == 7).all()
    assert (out[0, [0, 2, 3, 5, 6, 7]] == 7).all()


def test_bins_sum_what_lies_in_them():
    rng = np.random.default_rng(5)
    ready, code = rng.random(50) < 0.5, rng.integers(0, 5, 50).astype(np.uint8)
    depth = rng.integers(0, 90, 50).astype(np.int32)
    start, end = np.array([0, 10, 30]), np.array([10, 11, 50])
    sums = np.zeros((3, 3), np.int64)
    sum_bins(start, end, ready, code, sums[0], sums[1])
    sum_depth(start, end, depth, sums[2])
    for i, (a, b) in enumerate(zip(start, end, strict=True)):
        assert sums[:, i].tolist() == [
            ready[a:b].sum(),
            np.isin(code[a:b], (1, 2)).sum(),
            depth[a:b].sum(),
        ]


def test_inserts_are_those_of_used_proper_first_mates():
    counted = np.array([True, True, True, True, False])
    fate = np.array([0, 0, 5, 0, 0], np.uint8)
    flag = np.array([0x43, 0x83, 0x43, 0x43, 0x43], np.uint16)
    fates, sizes = np.zeros(9, np.int64), np.zeros(301, np.int64)
    count_fates(counted, fate, flag, np.array([-300, 300, 300, 5000, 7], np.int32), fates, sizes)
    assert fates.tolist() == [3, 0, 0, 0, 0, 1, 0, 0, 0]
    assert np.flatnonzero(sizes).tolist() == [300]


def test_a_hash_reads_its_bytes_and_no_others():
    rng = np.random.default_rng(9)
    arena = rng.integers(0, 256, 200).astype(np.uint8)
    seen = set()
    for length in range(120):
        other = arena.copy()
        other[:3] = 1
        other[3 + length :] = 2
        value = int(hash_bytes(arena, 3, length))
        assert value == int(hash_bytes(other, 3, length))
        if length:
            other[3 + length // 2] ^= 16
            assert value != int(hash_bytes(other, 3, length))
        seen.add(value)
    assert len(seen) == 120
