"""Small kernels of a tile against plain numpy."""

import numpy as np
import pytest

from oncoloom.calling.alleles import Allele, places_of
from oncoloom.calling.sample_reads import ASCII_TO_CODE, CODE_TO_NIBBLE, ReferenceWindow
from oncoloom.kernels.read_hashes import hash_bytes
from oncoloom.kernels.slipped_reads import count_slipped, count_spanning
from oncoloom.kernels.sparse_cells import clear_categories, pack_cells
from oncoloom.kernels.substitution_cells import add_cell_reads, make_cell_table, passing_cells, tally_cells
from oncoloom.kernels.tile_counts import count_fates, sum_bins, sum_depth


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 255, 256])
def test_a_reference_is_packed_from_both_parities(length):
    rng = np.random.default_rng(length)
    bases = rng.choice(np.frombuffer(b"ACGTNacgtR", np.uint8), length)
    arrays = ReferenceWindow.from_ascii(7, bases).arrays
    nibble = np.concatenate([CODE_TO_NIBBLE[ASCII_TO_CODE[bases]], np.full(3, 15, np.uint8)])
    even = nibble[: 2 * ((length + 3) // 2)]
    odd = np.append(nibble, 15)[1 : 1 + len(even)]
    packed = np.concatenate([even[0::2] << 4 | even[1::2], odd[0::2] << 4 | odd[1::2]])
    assert (arrays.code == ASCII_TO_CODE[bases]).all()
    assert (arrays.packed == packed).all()


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


def test_only_the_named_categories_are_cleared():
    out = np.full((3, 8, 5), 7, np.int32)
    clear_categories(np.array([2, 0]), np.array([1, 4]), out)
    assert not out[[2, 0]][:, [1, 4]].any()
    assert (out[1] == 7).all()
    assert (out[[0, 2]][:, [0, 2, 3, 5, 6, 7]] == 7).all()


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


def test_cells_are_tallied_as_a_dictionary_does_it():
    rng = np.random.default_rng(11)
    n, start, end = 3000, 100, 160
    pos = rng.integers(80, 180, n).astype(np.int32)
    kind = rng.integers(0, 4, n).astype(np.int8)
    value = rng.integers(0, 4, n).astype(np.int32)
    quality = rng.integers(13, 40, n).astype(np.uint8)
    expected: dict[int, list[int]] = {}
    for p, k, v, q in zip(pos.tolist(), kind.tolist(), value.tolist(), quality.tolist(), strict=True):
        if k == 0 and start <= p < end:
            one = expected.setdefault(4 * (p - start) + v, [0, 0])
            one[0] += 1
            one[1] += q
    table = make_cell_table(n)
    tally_cells(pos, kind, value, quality, start, end, table)
    code = rng.integers(0, 5, end - start).astype(np.uint8)
    depth = rng.integers(0, 60, end - start).astype(np.int32)
    out = np.empty(len(table.cell), np.int64)
    found = out[: passing_cells(table, 3, 90, 0.2, depth, code, out)]
    passing = [
        cell
        for cell, (reads, total) in expected.items()
        if reads >= max(3, 0.2 * depth[cell >> 2]) and total >= 90 and code[cell >> 2] < 4
    ]
    assert passing
    assert sorted(found.tolist()) == sorted(passing)
    cells = np.arange(4 * (end - start))
    reads = np.ones(len(cells), np.int64)
    add_cell_reads(table, cells, reads)
    assert (reads - 1).tolist() == [expected.get(cell, [0])[0] for cell in cells.tolist()]


def test_reads_over_repeats_are_those_that_span_them():
    rng = np.random.default_rng(12)
    n = 400
    pos = np.sort(rng.integers(0, 300, n)).astype(np.int32)
    end = (pos + rng.integers(10, 70, n)).astype(np.int32)
    use, mapq = (rng.random(n) < 0.2).astype(np.uint8), rng.integers(0, 61, n).astype(np.uint8)
    tracts = np.array([[3, 9, 1], [60, 70, 2], [60, 72, 3], [140, 200, 1], [290, 299, 1]], np.int64)
    good = (use == 0) & (mapq >= 20)
    spanning = np.zeros(len(tracts), np.int64)
    count_spanning(tracts, 5, int((end - pos).max()), use, mapq, 20, pos, end, np.empty_like(pos), spanning)
    over = [(good & (pos <= a - 5) & (end >= b + 5)).sum() for a, b, _ in tracts.tolist()]
    within = [(good & (pos > a - 5) & (end < b + 5)).sum() for a, b, _ in tracts.tolist()]
    assert spanning.tolist() == [max(int(x - y), 0) for x, y in zip(over, within, strict=True)]
    m = 9000
    read = np.sort(rng.integers(0, n, m)).astype(np.int32)
    anchor = (rng.choice(tracts[:, 0], m) - rng.integers(0, 3, m)).astype(np.int32)
    kind, value = rng.integers(0, 4, m).astype(np.int8), rng.integers(1, 4, m).astype(np.int32)
    slipped, last = np.zeros(len(tracts), np.int64), np.zeros(len(tracts), np.int64)
    count_slipped(tracts, 5, anchor, kind, value, read, use, mapq, 20, pos, end, last, slipped)
    shown = [
        (i, at, v)
        for i, at, k, v in zip(read.tolist(), anchor.tolist(), kind.tolist(), value.tolist(), strict=True)
        if k in (1, 2) and good[i]
    ]
    expected = [
        len({i for i, at, v in shown if at == a - 1 and v == u and pos[i] <= a - 5 and end[i] >= b + 5})
        for a, b, u in tracts.tolist()
    ]
    assert sum(expected) > 10
    assert slipped.tolist() == expected


def test_places_of_alleles_are_their_own():
    alleles = [Allele(5, "A", "C"), Allele(5, "A", "AT"), Allele(7, "ACG", "ATGT"), Allele(9, "ACGT", "A")]
    places = places_of(alleles)
    assert places.pos.tolist() == [one.pos for one in alleles]
    assert places.end.tolist() == [one.end for one in alleles]
    assert places.first_changed.tolist() == [one.first_changed for one in alleles]
    assert places.change.tolist() == [0, 1, 1, -3]
    assert len(places_of([]).pos) == 0
