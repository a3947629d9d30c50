"""Refit, prior, intervals, matrices and prevalence tables."""

import naive_signatures as naive
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncoloom.errors import InputError
from oncoloom.features.signatures.assign import assign_signatures
from oncoloom.features.signatures.channels import ID83, SBS96
from oncoloom.features.signatures.matrix import locate_matrix, read_signatures
from oncoloom.features.signatures.prevalence import (
    Prevalences,
    count_prevalences,
    leave_one_out,
    read_prevalences,
    write_prevalences,
)
from oncoloom.features.signatures.refit import RefitRules, refit
from oncoloom.features.signatures.single import prevalences_of_table

EVEN = np.full(6, 0.5)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(30, 3000))
def test_the_refit_is_backward_elimination_by_the_book(matrix, seed, total):
    rng = np.random.default_rng(seed)
    mixture = matrix.values @ rng.dirichlet(np.full(6, 0.4))
    spectrum = rng.multinomial(total, mixture).astype(float)
    prevalence = rng.choice([0.01, 0.05, 0.3, 0.9], 6)
    rules = RefitRules(linked=())
    kept = np.array([name in ("SBS1", "SBS5") for name in matrix.names])
    expected = naive.eliminate(matrix.values, spectrum, rules.thresholds(prevalence), kept)
    found = refit(spectrum[None], matrix, prevalence, rules)[0]
    assert np.allclose(found, expected, atol=1e-5 * total)


def test_a_signature_below_the_least_prevalence_is_never_used(matrix):
    spectrum = 1000 * matrix.values[:, 2]
    prevalence = np.array([0.5, 0.5, 0.01, 0.5, 0.5, 0.5])
    assert refit(spectrum[None], matrix, prevalence)[0, 2] == 0
    assert refit(spectrum[None], matrix, EVEN)[0, 2] > 900


def test_linked_signatures_come_together(matrix):
    plain = RefitRules(linked=(), threshold=0.2, log_odds_weight=0.0, never_removed=())
    linked = RefitRules(linked=(("SBS2", "SBS13"),), threshold=0.2, log_odds_weight=0.0, never_removed=())
    spectrum = 900 * matrix.values[:, 1] + 100 * matrix.values[:, 4]
    alone, both = (refit(spectrum[None], matrix, EVEN, rules)[0] for rules in (plain, linked))
    assert (alone[4], both[4]) == (0, pytest.approx(100, abs=1))


def test_an_empty_spectrum_has_no_exposures(matrix):
    assert (refit(np.zeros((2, 96)), matrix, EVEN) == 0).all()


@pytest.mark.parametrize(("n", "state"), [(49, None), (60, "prior-led"), (400, "measured")])
def test_too_few_mutations_are_said(matrix, n, state):
    spectrum = np.random.default_rng(n).multinomial(n, matrix.values[:, 2])
    result = assign_signatures(spectrum, matrix, EVEN, seed=3)
    assert result.state == state
    if state is None:
        assert "too few" in result.reason
        return
    assert result.reason is None
    names = [one.signature for one in result.exposures]
    assert "SBS3" in names
    assert sum(one.share for one in result.exposures) == pytest.approx(1)
    for one in result.exposures:
        assert 0 <= one.lower <= one.share <= one.upper <= 1
        assert 0 <= one.support <= 1
    assert result == assign_signatures(spectrum, matrix, EVEN, seed=3)


def test_intervals_narrow_with_mutations_and_support_tells_doubt(matrix):
    rng = np.random.default_rng(8)
    mixture = 0.9 * matrix.values[:, 3] + 0.1 * matrix.values[:, 5]
    widths, support = [], []
    for n in (100, 10_000):
        result = assign_signatures(rng.multinomial(n, mixture), matrix, EVEN, seed=1)
        found = {one.signature: one for one in result.exposures}
        widths.append(found["SBS5"].upper - found["SBS5"].lower)
        support.append(found["SBS45"].support if "SBS45" in found else 0.0)
    assert widths[1] < widths[0] / 3
    assert support[0] < support[1] == 1.0
    assert found["SBS45"].possible_artefact
    assert not found["SBS45"].uncertain


def test_leaving_one_out_never_looks_at_the_tumor_itself():
    rng = np.random.default_rng(4)
    present, types = rng.random((30, 5)) < 0.4, rng.integers(0, 3, 30)
    before = leave_one_out(present, types)
    for i in range(30):
        changed = present.copy()
        changed[i] = ~changed[i]
        assert np.allclose(leave_one_out(changed, types)[i], before[i])
    n = (types == types[0]).sum() - 1
    others = present[(types == types[0]) & (np.arange(30) != 0)].sum(axis=0)
    assert np.allclose(before[0], (others + np.delete(present, 0, axis=0).mean(axis=0)) / (n + 1))


def _exposures():
    return pl.DataFrame(
        {"tumor_type": ["a", "a", "a", "b"], "SBS1": [5, 0, 2, 0], "SBS4": [0.0, 0.0, 0.0, 9.5]}
    )


def test_prevalences_are_counted_and_name_their_source(tmp_path):
    table = count_prevalences(_exposures(), ["SBS1", "SBS4"], {"a": "LUAD,LUSC"})
    path = tmp_path / "p.parquet"
    write_prevalences(table, path, source="ours, 2026")
    read = read_prevalences(path)
    assert read.source == "ours, 2026"
    assert read.type_of_code("LUSC") == "a"
    assert read.type_of_code("MEL") is read.type_of_code(None) is None
    assert read.of_type("a", ["SBS1", "SBS4", "SBS9"]) == pytest.approx([2 / 4, 1 / 4, 0])
    assert read.of_type("b", ["SBS1", "SBS4"]) == pytest.approx([(0 + 2 / 3) / 2, (1 + 0) / 2])
    assert read.of_type(None, ["SBS1", "SBS4"]) == pytest.approx([2 / 4, 1 / 4])
    write_prevalences(table, path, source="")
    with pytest.raises(InputError, match="must name its source"):
        read_prevalences(path)
    assert Prevalences(table, "x").of_type("c", ["SBS1"]) == pytest.approx([0.5])


def test_a_table_of_exposures_is_read(tmp_path):
    path = tmp_path / "exposures.tsv"
    path.write_text("Cancer Types\tSample Names\tSBS1\tSBS4\nLung-SCC\tx\t5\t0\nNew\ty\t0\t2\n")
    table = prevalences_of_table(path, type_column="Cancer Types", types=None)
    assert dict(table.select("tumor_type", "oncotree_codes").unique().rows()) == {
        "Lung-SCC": "LUSC",
        "New": None,
    }
    with pytest.raises(InputError, match="a column of tumor types"):
        prevalences_of_table(path, type_column="type", types=None)
    path.write_text("Cancer Types\tSBS1\nLung-SCC\t-5\n")
    with pytest.raises(InputError, match="negative"):
        prevalences_of_table(path, type_column="Cancer Types", types=None)


def _write(path, rows, columns=("SBS1", "SBS2")):
    lines = ["\t".join(["Type", *columns]), *["\t".join([name, *map(str, values)]) for name, values in rows]]
    path.write_text("\n".join(lines) + "\n")


def test_a_matrix_is_joined_by_channel_name(tmp_path):
    path = tmp_path / "m.txt"
    rows = [(name, (i + 1, 1)) for i, name in enumerate(SBS96)]
    _write(path, rows[::-1])
    matrix = read_signatures(path)
    assert matrix.names == ("SBS1", "SBS2")
    assert np.allclose(matrix.values[:, 0], np.arange(1, 97) / (97 * 48))
    _write(path, [(name, (1, 2)) for name in ID83])
    assert read_signatures(path).channels == ID83
    assert locate_matrix(str(path)) == path


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("A[C>A]A", (1, 2))], "channels are not those"),
        ([(name, (1, "x")) for name in SBS96], "no number"),
        ([(name, (1, -1)) for name in SBS96], "zero or more"),
        ([(name, (0, 1)) for name in SBS96], "zero or more"),
    ],
)
def test_broken_matrices_are_refused(tmp_path, rows, said):
    _write(tmp_path / "m.txt", rows)
    with pytest.raises(InputError, match=said):
        read_signatures(tmp_path / "m.txt")


def test_a_table_of_an_extra_that_is_not_installed_says_how_to_get_it(tmp_path):
    with pytest.raises(InputError, match="SigProfilerAssignment"):
        locate_matrix("COSMIC_v0.0_SBS_GRCh38")
    with pytest.raises(InputError, match="no such signature matrix"):
        locate_matrix(str(tmp_path / "absent.txt"))
