"""Candidates in parts: any parts, in memory or in a file, give the same ones in the same order."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncoloom.calling.candidate_store import (
    CANDIDATE_SCHEMA,
    CELL_SCHEMA,
    CandidatePart,
    CandidateStore,
    in_genome_order,
    join_parts,
)
from oncoloom.calling.phase_pairs import PHASE_BP
from oncoloom.calling.pon.file import N_COUNTS
from oncoloom.calling.sample_table import candidate_runs
from oncoloom.errors import InputError
from oncoloom.kernels.arrays import N_STATISTICS

CONTIGS = ("z", "b", "a")  # not in the order of their names
ALLELES = st.tuples(
    st.sampled_from(CONTIGS),
    st.integers(0, 3_000),
    st.sampled_from(["A", "AC", "A" * 40, "A" * 700]),
    st.sampled_from(["C", "CT"]),
)


def part_of(alleles):
    """Each candidate's cells and counts follow from its position, so that a mix-up shows."""
    n = len(alleles)
    columns = dict(zip(("contig", "pos", "ref", "alt"), zip(*alleles, strict=True), strict=True))
    sizes = [pos % 4 for _, pos, _, _ in alleles]
    frame = pl.DataFrame(
        {
            **columns,
            "forced": [False] * n,
            "unit": [0] * n,
            "units": [0.0] * n,
            "slippage_rate": [0.0] * n,
            "population_af": [None] * n,
            "panel": np.zeros((n, N_COUNTS), np.int32),
            "tumor": np.zeros((n, N_STATISTICS), np.int32),
            "normal": np.zeros((n, N_STATISTICS), np.int32),
            "n_cells": sizes,
        }
    ).cast(CANDIDATE_SCHEMA)
    cells = [(index, key[1]) for key, size in zip(alleles, sizes, strict=True) for index in range(size)]
    return CandidatePart(frame, pl.DataFrame(cells, schema=CELL_SCHEMA, orient="row"))


def order(allele):
    return CONTIGS.index(allele[0]), *allele[1:]


def keys(part):
    return part.candidates.select("contig", "pos", "ref", "alt").rows()


def cells(part):
    values, borders = part.cells.rows(), part.borders.tolist()
    return [values[a:b] for a, b in pairwise(borders)]


@given(st.lists(st.lists(ALLELES, min_size=1, max_size=12), max_size=8), st.sampled_from([0, 2_000, 1 << 30]))
@settings(max_examples=60)
def test_parts_come_in_genome_order_wherever_they_lie(lists, most_in_memory):
    expected = sorted({one for some in lists for one in some}, key=order)
    store, seen = CandidateStore.empty(CONTIGS, most_in_memory=most_in_memory), set()
    for some in lists:
        fresh = [one for one in dict.fromkeys(some) if one not in seen]
        seen.update(fresh)
        if fresh:
            store.add(part_of(fresh))
    for _ in range(2):  # as often as one likes
        found = list(store.parts())
        assert [key for part in found for key in keys(part)] == expected
        assert all(
            cell == [(index, key[1]) for index in range(key[1] % 4)]
            for part in found
            for key, cell in zip(keys(part), cells(part), strict=True)
        )
    assert len(store) == len(expected)


class Evidence:
    def __init__(self, store):
        self.candidates = store


@given(st.sets(ALLELES, min_size=1, max_size=60), st.integers(1, 70), st.integers(1, 9))
@settings(max_examples=60)
def test_runs_end_where_nothing_reaches_over(alleles, least, part_size):
    alleles = sorted(alleles, key=order)
    store = CandidateStore.empty(CONTIGS)
    for at in range(0, len(alleles), part_size):
        store.add(part_of(alleles[at : at + part_size]))
    runs = list(candidate_runs(Evidence(store), least))
    assert [key for run in runs for key in keys(run.part)] == alleles
    assert [run.first for run in runs] == np.cumsum([0, *(len(run.part) for run in runs)])[:-1].tolist()
    assert all(len(run.part) >= least for run in runs[:-1])
    for left, right in pairwise(runs):
        for contig, pos, ref, _ in keys(left.part):
            for other, at, _, _ in keys(right.part):
                assert contig != other or (at - pos > PHASE_BP and at >= pos + len(ref))


def test_the_same_candidate_twice_is_refused():
    store = CandidateStore.empty(CONTIGS)
    store.add(part_of([("b", 5, "A", "C"), ("b", 9, "A", "C")]))
    store.add(part_of([("b", 9, "A", "C"), ("b", 12, "A", "C")]))
    with pytest.raises(InputError, match="cover the same bases"):
        list(store.parts())


def test_nothing_is_left_of_a_file(tmp_path):
    store = CandidateStore.empty(CONTIGS, tmp_path / "new", most_in_memory=0)
    store.add(part_of([("b", 5, "A", "C")]))
    assert len(store.whole()) == 1
    assert not list((tmp_path / "new").iterdir())


def test_order_and_choice_keep_the_cells_with_their_candidates():
    part = part_of([("a", 7, "A", "C"), ("z", 3, "AC", "C"), ("z", 3, "A", "CT"), ("z", 3, "A", "C")])
    ordered = in_genome_order(part, CONTIGS)
    assert [key[0] for key in keys(ordered)] == ["z", "z", "z", "a"]
    assert [key[2:] for key in keys(ordered)][:3] == [("A", "C"), ("A", "CT"), ("AC", "C")]
    assert cells(ordered)[3] == [(0, 7), (1, 7), (2, 7)]
    assert cells(ordered.take(np.array([3, 0]))) == [cells(ordered)[3], cells(ordered)[0]]
    assert keys(join_parts([ordered.between(0, 1), ordered.between(1, 4)])) == keys(ordered)
    assert len(join_parts([])) == 0
