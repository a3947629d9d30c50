"""Placements and pair-HMM on a graphics card give what the processor gives: simulated, or on a real card."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_PROGRAM = """
import numpy as np
from invented_indels import invented, prepared
from naive_pair_hmm import batch_of, invented_batch
from naive_placement import invented_placements
from oncoloom.calling.candidate_evidence import weigh_candidates
from oncoloom.calling.indel_batches import ReadWeighing
from oncoloom.calling.options import CallOptions
from oncoloom.kernels.dispatch import pair_hmm, placements
from oncoloom.kernels.pair_hmm_core import longest_first
from oncoloom.kernels.pair_hmm_cuda import pair_hmm_cuda
from oncoloom.kernels.placement_cuda import placements_cuda

assert placements("gpu") is placements_cuda
batch = invented_placements(4, {n}, longest={longest})
for worst in (20.0, 1e9):
    cpu, gpu = np.full({n}, np.nan), np.full({n}, np.nan)
    placements("cpu")(batch, worst, cpu)
    placements("gpu")(batch, worst, gpu)
    np.testing.assert_allclose(gpu, cpu, rtol=0, atol=1e-6)
print("placed", len(gpu))

assert pair_hmm("gpu") is pair_hmm_cuda

def both(batch, band):
    out = []
    for device in ("cpu", "gpu"):
        penalty = np.full(len(batch.pairs), np.nan)
        rescued = pair_hmm(device)(batch, longest_first(batch), band, penalty)
        out.append((rescued, penalty))
    return out

for seed, band in enumerate({bands}):
    (lost_cpu, cpu), (lost_gpu, gpu) = both(invented_batch(seed, {n}, band, longest={longest}), band)
    assert np.isfinite(cpu).all() and lost_cpu == lost_gpu
    np.testing.assert_allclose(gpu, cpu, rtol=0, atol=1e-4)
    print(band, "equal", len(cpu))

rng = np.random.default_rng(1)
haplotype = rng.integers(0, 4, 60)
reads, ratios = [rng.integers(0, 4, 40), haplotype[4:44]], [np.full(40, 1e-7)] * 2
batch = batch_of(reads, ratios, [haplotype], [np.full(60, 2e-5)], [(0, 0, 0), (1, 0, 0)])
(lost_cpu, cpu), (lost_gpu, gpu) = both(batch, 8)
assert lost_cpu == lost_gpu == 1
np.testing.assert_allclose(gpu, cpu, rtol=1e-9, atol=1e-4)
print("rescued")

reference, reads, alleles = invented(7, {reads})
sample, window = prepared(reference, reads)
for pair_hmm_too in (False, True):
    counted = []
    for device in ("cpu", "gpu"):
        weighing = ReadWeighing(device, at_once=device == "gpu", pair_hmm=pair_hmm_too)
        found = weigh_candidates(alleles, window, sample, None, CallOptions(), weighing=weighing)
        counted.append((found.histogram, found.tumor))
    np.testing.assert_array_equal(counted[0][0], counted[1][0])
    np.testing.assert_array_equal(counted[0][1], counted[1][1])
print("counted alike")
"""


def _run(environment: dict[str, str], **sizes: object) -> str:
    reference = Path(__file__).resolve().parents[1] / "reference"
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(**sizes)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(reference), os.environ.get("PYTHONPATH", "")])}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_twins_agree_in_the_simulator():
    pytest.importorskip("numba.cuda")
    environment = {
        "NUMBA_ENABLE_CUDASIM": "1",
        "PYTHONWARNINGS": "ignore",
    }  # simulated kernels are never cached
    said = _run(environment, bands=(2, 7, 16), n=5, longest=24, reads=4)
    assert said == "placed 5\n2 equal 5\n7 equal 5\n16 equal 5\nrescued\ncounted alike\n"


@pytest.mark.gpu
def test_twins_agree_on_a_card(tmp_path):
    cuda = pytest.importorskip("numba.cuda")
    if not cuda.is_available():
        pytest.skip("no CUDA device here")
    said = _run({"NUMBA_CACHE_DIR": str(tmp_path)}, bands=(2, 15, 32, 64, 128), n=5000, longest=60, reads=500)
    assert said.endswith("128 equal 5000\nrescued\ncounted alike\n")


def test_a_band_too_wide_for_a_card_is_refused(tmp_path):
    pytest.importorskip("numba.cuda")
    program = (
        "import numpy as np\nfrom oncoloom.kernels.pair_hmm_cuda import pair_hmm_cuda\n"
        "try:\n    pair_hmm_cuda((), np.zeros(1, np.int64), 130, np.zeros(1))\n"
        "except ValueError as error:\n    print(error)\n"
    )
    environment = {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "bands on a card have 2 to 128 diagonals, not 130\n"
