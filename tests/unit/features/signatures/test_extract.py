"""De novo signatures: factorization on any array module, stability, what is too little."""

import numpy as np
import pytest

from oncoloom.errors import NotAssessableError, UsageError
from oncoloom.features.signatures.channels import SBS96
from oncoloom.features.signatures.extract import extract_signatures, match_signatures, resample
from oncoloom.features.signatures.nmf import array_module, divergence_of, factorize
from oncoloom.features.signatures.single import extract_from_table
from oncoloom.kernels.dispatch import NoDeviceError


class CountingModule:
    """An array module that is not NumPy by name: forwards every function and notes which were asked for."""

    def __init__(self):
        self.asked = set()

    def __getattr__(self, name):
        self.asked.add(name)
        return getattr(np, name)


def _cohort(matrix, n=120, seed=5):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet([0.25, 0.25, 0.25], n)
    return np.stack([rng.multinomial(800, matrix.values[:, [0, 2, 4]] @ one) for one in shares])


def test_updates_never_raise_the_divergence_and_are_the_same_on_any_module(matrix):
    rng = np.random.default_rng(2)
    v = rng.poisson(4.0, (2, 96, 15)).astype(float)
    w, h = rng.random((2, 96, 3)) + 0.1, rng.random((2, 3, 15)) + 0.1
    errors = [divergence_of(v, w @ h, xp=np)]
    errors += [factorize(v, w, h, xp=np, max_steps=steps, tolerance=0.0)[2] for steps in (1, 5, 20)]
    assert (np.diff(np.array(errors), axis=0) <= 1e-9).all()
    other = CountingModule()
    ours = factorize(v, w, h, xp=np, max_steps=50, tolerance=1e-6)
    theirs = factorize(v, w, h, xp=other, max_steps=50, tolerance=1e-6)
    assert all((a == b).all() for a, b in zip(ours, theirs, strict=True))
    assert {"log", "swapaxes"} <= other.asked
    assert np.allclose(ours[0].sum(axis=1), 1)


def test_planted_signatures_are_found_and_their_number_is_stable(matrix):
    spectra = _cohort(matrix)
    found = extract_signatures(spectra, range(2, 4), seed=1, n_resamples=6, max_steps=300)
    assert found.chosen == 3
    nearest = match_signatures(found.solutions[3].signatures, matrix)
    assert sorted(name for name, _ in nearest) == ["SBS1", "SBS13", "SBS3"]
    assert min(cosine for _, cosine in nearest) > 0.97
    again = extract_signatures(spectra, range(3, 4), seed=1, n_resamples=6, max_steps=300)
    assert (again.solutions[3].signatures == found.solutions[3].signatures).all()


def test_noise_alone_has_no_stable_signatures():
    rng = np.random.default_rng(3)
    spectra = rng.multinomial(60, np.full(96, 1 / 96), size=110)
    found = extract_signatures(spectra, range(4, 5), seed=1, n_resamples=5, max_steps=100)
    assert found.chosen is None
    assert "stable" in found.reason


def test_hypermutated_tumors_are_drawn_down():
    spectra = np.zeros((3, 96), np.int64)
    spectra[0, 0], spectra[1, 1] = 50_000, 30
    drawn = resample(spectra, np.random.default_rng(1), 4)
    assert drawn.shape == (4, 96, 2)  # a tumor without mutations tells nothing
    assert drawn.sum(axis=1).tolist() == [[10_000, 30]] * 4


def test_few_tumors_are_too_few(tmp_path):
    with pytest.raises(NotAssessableError, match="99 tumors are too few"):
        extract_signatures(np.ones((99, 96), np.int64), range(2, 3), seed=1)
    path = tmp_path / "spectra.tsv"
    path.write_text("Type\tT1\n" + "".join(f"{name}\t3\n" for name in SBS96))
    arguments = {"matrix": None, "device": "cpu", "seed": 1}
    with pytest.raises(NotAssessableError):
        extract_from_table(path, tmp_path / "out.tsv", factors=(2, 3), **arguments)
    with pytest.raises(UsageError):
        extract_from_table(path, tmp_path / "out.tsv", factors=(3, 2), **arguments)
    assert not (tmp_path / "out.tsv").exists()


def test_the_twin_is_chosen_by_name_and_says_when_it_cannot_run():
    assert array_module("cpu") is np
    try:
        import cupy
    except ImportError:
        with pytest.raises(NoDeviceError, match="CuPy"):
            array_module("gpu")
    else:
        assert array_module("gpu") is cupy
