"""What `make ptx` compiles is every CUDA kernel there is, with a type for each of its parameters."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_PROGRAM = """
import inspect
import compile_ptx

kernels = compile_ptx.find_kernels()
assert set(kernels) == set(compile_ptx.PARAMETERS), set(kernels) ^ set(compile_ptx.PARAMETERS)
for name, kernel in sorted(kernels.items()):
    signature = compile_ptx.signature_of(name, kernel)
    assert len(signature.args) == len(inspect.signature(kernel.py_func).parameters)
    print(name)
"""


def test_every_kernel_has_its_types(tmp_path):
    pytest.importorskip("numba.cuda")
    benchmarks = Path(__file__).resolve().parents[2] / "benchmarks"
    path = os.pathsep.join([str(benchmarks), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env={**os.environ, "PYTHONPATH": path, "NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "pair_hmm_cuda._forward" in done.stdout.split()
