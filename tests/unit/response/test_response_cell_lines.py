"""Cell lines: the completed matrix, kernel ridge and its dual form, markers, prediction of unseen lines."""

from dataclasses import replace

import numpy as np
import pytest

from oncoloom.errors import InputError, NotAssessableError
from oncoloom.response.cell_lines.completion import complete
from oncoloom.response.cell_lines.kernel import fit_kernel, kernel_inputs, ridge_weights
from oncoloom.response.cell_lines.markers import fit_markers, within_tissue
from oncoloom.response.cell_lines.model import fit_cell_lines
from oncoloom.response.cell_lines.screen import Screen, read_screen, standardize


def screen(n=150, seed=0):
    """Two tissues; mutation 0 sensitizes to drug 0; drugs 1 to 5 follow one factor and the tissue."""
    rng = np.random.default_rng(seed)
    genome = (rng.random((n, 12)) < 0.25).astype(float)
    tissue = rng.integers(0, 2, n)
    factor = rng.normal(size=n)
    response = np.stack(
        [rng.normal(scale=0.5, size=n) + 1.5 * tissue * (j > 0) + factor for j in range(6)], 1
    )
    response[:, 0] -= 3 * genome[:, 0]
    response[rng.random(response.shape) < 0.15] = np.nan
    names = tuple(f"G{i}_mut" if i < 8 else f"gain_{i}" for i in range(12))
    return Screen(
        lines=tuple(str(i) for i in range(n)), drugs=tuple(f"d{j}" for j in range(6)), features=names,
        response=response, tissue=tuple("skin" if t else "lung" for t in tissue), genome=genome,
        is_mutation=tuple(name.endswith("_mut") for name in names),
    )  # fmt: skip


def test_completion_keeps_what_was_measured_and_finds_a_factor():
    rng = np.random.default_rng(1)
    whole = np.outer(rng.normal(size=60), rng.normal(size=9))
    holes = rng.random(whole.shape) < 0.2
    given = np.where(holes, np.nan, whole)
    done = complete(given, rank=1)
    assert np.array_equal(done.matrix[~holes], whole[~holes])
    assert np.abs(done.matrix - whole)[holes].max() < 0.05
    assert done.loadings @ done.loadings.T == pytest.approx(np.eye(1))


def test_standardized_columns_have_mean_zero_and_spread_one():
    values, mean, spread = standardize(np.array([[1.0, np.nan], [3.0, 5.0], [np.nan, 5.0]]))
    assert mean == pytest.approx([2.0, 5.0])
    assert spread == pytest.approx([1.0, 1.0])  # a constant drug keeps scale 1
    assert values[:2, 0] == pytest.approx([-1.0, 1.0])


def test_the_kernel_is_that_of_its_written_out_features():
    one, other = screen(n=60), screen(n=9, seed=5)
    tissues = ("lung", "skin")
    inputs, new = kernel_inputs(one, tissues), kernel_inputs(other, tissues)
    kernel = fit_kernel(inputs, one, 2)

    def written_out(values):
        scaled = (values - kernel.centers) * kernel.scale
        within = np.sqrt(kernel.within) * values[:, :2, None] * scaled[:, None, 2:]
        return np.concatenate([scaled, within.reshape(len(values), -1)], axis=1)

    x, z = written_out(inputs), written_out(new)
    assert kernel.gram(new) == pytest.approx(z @ x.T)
    y = np.random.default_rng(2).normal(size=(60, 3))
    primal = z @ np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ y)
    assert kernel.gram(new) @ ridge_weights(kernel.gram(inputs), y) == pytest.approx(primal)
    shares = (x**2).sum(axis=1).mean()
    assert shares == pytest.approx(0.1 + 0.05 + 0.02 + 0.1)


def test_a_line_of_an_unknown_tissue_is_like_nobody_within_a_tissue():
    one = screen(n=60)
    kernel = fit_kernel(kernel_inputs(one, ("lung", "skin")), one, 2)
    stranger = kernel_inputs(replace(one, tissue=("bone",) * 60), ("lung", "skin"))
    plain = replace(kernel, within=0.0)
    assert np.array_equal(kernel.gram(stranger), plain.gram(stranger))


def test_a_marker_is_found_within_its_tissue_and_only_there():
    one = screen(n=300)
    markers = fit_markers(one, standardize(one.response)[0])
    assert markers.of_drug(0)[0] == 0
    assert markers.effects[0, 0] < -0.8
    centered = within_tissue(one.genome, one.tissue)
    for name in ("skin", "lung"):
        assert np.abs(centered[np.array(one.tissue) == name].mean(axis=0)).max() < 1e-12


def test_unseen_lines_are_predicted_better_than_by_the_mean():
    one, other = screen(n=200, seed=3), screen(n=100, seed=4)
    model = fit_cell_lines(one)
    got = model.predict(other)
    for j in range(6):
        rows = np.isfinite(other.response[:, j])
        assert np.corrcoef(got[rows, j], other.response[rows, j])[0, 1] > 0.3
    again = fit_cell_lines(one).predict(other)
    assert np.array_equal(got, again)
    with pytest.raises(NotAssessableError, match="too few cell lines"):
        fit_cell_lines(one.take(np.arange(10)))


def test_tables_of_a_screen(tmp_path):
    response, features = tmp_path / "r.csv", tmp_path / "f.csv"
    response.write_text("COSMIC_ID,Drug_1_IC50\n2,1.5\n1,\n")
    features.write_text("COSMIC_ID,TISSUE_FACTOR,TP53_mut,MSI_FACTOR\n1,skin,1,0\n2,lung,0,1\n3,lung,0,0\n")
    one = read_screen(response, features)
    assert one.lines == ("1", "2")
    assert one.is_mutation == (True, False)
    assert np.isnan(one.response[0, 0])
    assert one.response[1, 0] == 1.5
    response.write_text("COSMIC_ID,Drug_1_IC50\n1,1\n1,2\n")
    with pytest.raises(InputError, match="stands twice"):
        read_screen(response, features)
    with pytest.raises(InputError, match="no such file"):
        read_screen(tmp_path / "absent.csv", features)
