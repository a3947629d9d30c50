"""Tables of a shard come in order, whatever parts they were put aside in, and cut rows are joined again."""

from itertools import groupby, pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncoloom.calling.shard_tables import joined_regions, merged_bins
from oncoloom.calling.stored_frames import row_places
from oncoloom.calling.table_store import CALLABLE, COVERAGE, PHASES, RowsInOrder, TableStore
from oncoloom.errors import InputError

CONTIGS = ("z", "b", "a")  # not in the order of their names
BIN_BP = 10


def stored(kind, lists):
    store = TableStore.empty(kind, CONTIGS)
    for rows in lists:
        store.add(pl.DataFrame(rows, schema=kind.schema, orient="row"))
    return store


@st.composite
def pieces(draw):
    """Disjoint intervals of tiles on the contigs, dealt out to parts in any order."""
    cuts = {name: sorted(draw(st.sets(st.integers(0, 120), max_size=14))) for name in CONTIGS}
    rows = [(name, a, b) for name, at in cuts.items() for a, b in pairwise(at) if draw(st.integers(0, 3))]
    parts = draw(st.integers(1, 4))
    dealt = [[] for _ in range(parts)]
    for row in rows:
        dealt[draw(st.integers(0, parts - 1))].append(row)
    return dealt


def naively_joined(rows):
    found = []
    for name, start, end in rows:
        if found and found[-1][0] == name and found[-1][2] == start:
            found[-1] = (name, found[-1][1], end)
        else:
            found.append((name, start, end))
    return found


@given(pieces())
@settings(max_examples=80)
def test_regions_that_touch_are_one(dealt):
    rows = sorted((row for part in dealt for row in part), key=lambda row: (CONTIGS.index(row[0]), row[1]))
    parts = list(joined_regions(stored(CALLABLE, dealt)))
    assert [row for part in parts for row in part.iter_rows()] == naively_joined(rows)


def test_regions_that_overlap_are_refused():
    with pytest.raises(InputError, match="cover the same bases"):
        list(joined_regions(stored(CALLABLE, [[("b", 0, 10)], [("b", 9, 12)]])))


@given(pieces())
@settings(max_examples=80)
def test_bins_that_a_border_cut_are_whole_again(dealt):
    """Bins are cut at the grid already, as tiles do it; each has a row for both samples."""
    roles = ("normal", "tumor")
    cut = [
        [
            (role, name, a, b, (b - a) * (1 + roles.index(role)), b - a, 1, a % 3)
            for role in roles
            for name, start, end in part
            for a, b in zip(
                [start, *range((start // BIN_BP + 1) * BIN_BP, end, BIN_BP)],
                [*range((start // BIN_BP + 1) * BIN_BP, end, BIN_BP), end],
                strict=True,
            )
        ]
        for part in dealt
    ]
    everything = sorted((row for part in cut for row in part), key=lambda row: (row[1], row[2], row[0]))
    expected = []
    for role in roles:
        mine = [row for row in everything if row[0] == role]
        bins = groupby(mine, key=lambda row: (row[1], row[2] // BIN_BP))
        for _, rows in bins:  # a gap within a bin parts it
            for row in rows:
                last = expected[-1] if expected else None
                if last and last[:2] == row[:2] and last[3] == row[2] and row[2] % BIN_BP:
                    sums = tuple(x + y for x, y in zip(last[4:], row[4:], strict=True))
                    expected[-1] = (*last[:3], row[3], *sums)
                else:
                    expected.append(row)
    parts = list(merged_bins(stored(COVERAGE, cut), BIN_BP))
    found = [row for part in parts for row in part.iter_rows()]
    assert found == sorted(expected, key=lambda row: (row[1], row[2], row[0]))


@given(
    st.lists(st.lists(st.tuples(st.sampled_from(CONTIGS), st.integers(0, 50)), max_size=9), max_size=5),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60)), max_size=5),
)
@settings(max_examples=60)
def test_rows_are_taken_off_in_order(lists, stops):
    rows = [
        [(name, pos, "A", "C", pos + 1, "A", "C", [0, 0, 1], [1, 0, 0]) for name, pos in part]
        for part in lists
    ]
    store = stored(PHASES, rows)
    everything = sorted((CONTIGS.index(name), pos) for part in lists for name, pos in part)
    taker, seen = RowsInOrder(store), 0
    for contig, pos in sorted(stops):
        taken = taker.until(
            int(row_places(pl.DataFrame({"contig": [CONTIGS[contig]], "pos": [pos]}), CONTIGS, "pos")[0])
        )
        expected = [one for one in everything[seen:] if one < (contig, pos)]
        seen += len(expected)
        assert [
            (CONTIGS.index(name), at) for name, at in taken.select("contig", "pos").iter_rows()
        ] == expected
    assert len(store) == len(everything)
