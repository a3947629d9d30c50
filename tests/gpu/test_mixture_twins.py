"""The mixture kernel on a graphics card gives what the processor gives: simulated, or on a real card."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

_PROGRAM = """
import numpy as np
from twin_histograms import invented_candidates
from oncoloom.calling.mixture import score_candidates
from oncoloom.kernels.dispatch import mixture
from oncoloom.kernels.mixture_cuda import mixture_cuda

histograms, classes = invented_candidates({n}, seed=3)
assert mixture("gpu") is mixture_cuda
for leak in (0.0, 0.2):
    cpu = score_candidates(histograms, classes, tumor_in_normal=leak, device="cpu")
    gpu = score_candidates(histograms, classes, tumor_in_normal=leak, device="gpu")
    assert np.isfinite(cpu).all()
    np.testing.assert_allclose(gpu, cpu, rtol=1e-9, atol=1e-9)
print("equal", len(cpu))
"""


def _run(n: int, environment: dict[str, str]) -> str:
    reference = Path(__file__).resolve().parents[1] / "reference"
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(n=n)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(reference), os.environ.get("PYTHONPATH", "")])}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_twins_agree_in_the_simulator(tmp_path):
    pytest.importorskip("numba.cuda")
    environment = {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONWARNINGS": "ignore"}
    assert _run(5, environment) == "equal 5\n"


@pytest.mark.gpu
def test_twins_agree_on_a_card(tmp_path):
    cuda = pytest.importorskip("numba.cuda")
    if not cuda.is_available():
        pytest.skip("no CUDA device here")
    assert _run(20_000, {"NUMBA_CACHE_DIR": str(tmp_path)}) == "equal 20000\n"


def test_a_card_that_is_not_there_is_said(tmp_path):
    program = (
        "from oncoloom.kernels.dispatch import NoDeviceError, mixture\n"
        "try:\n    mixture('gpu')\nexcept NoDeviceError as error:\n    print('refused:', error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("refused: ")


def test_invented_candidates_are_varied():
    from twin_histograms import invented_candidates

    histograms, classes = invented_candidates(50, seed=3)
    assert len(histograms.borders) == 51
    assert set(classes.damage.tolist()) == {-1, 0, 1}
    assert (classes.slippage_rate > 0).any()
    assert np.diff(histograms.borders).min() > 0
