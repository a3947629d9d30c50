"""A short fuzzing of the decoders with bounds checked; the long one: benchmarks/fuzz_decoder.py."""

import subprocess
import sys
from pathlib import Path

import pytest

FUZZER = Path(__file__).resolve().parents[2] / "benchmarks" / "fuzz_decoder.py"


@pytest.mark.slow
def test_a_few_hundred_mutated_files_end_as_htslib_has_it_or_in_an_error(tmp_path):
    """In a process and a kernel cache of its own: warm caches hold kernels that do not check."""
    command = [sys.executable, str(FUZZER), "--inputs", "300", "--seed", "20", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "300 mutated inputs" in done.stdout
    assert not (tmp_path / "findings").exists()


def test_the_fuzzer_sees_what_it_is_for(tmp_path):
    """Without NUMBA_BOUNDSCHECK its worker refuses to start: a run of unchecked kernels proves nothing."""
    worker = FUZZER.with_name("fuzz_worker.py")
    command = [sys.executable, str(worker), str(tmp_path), "1", "0", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "bounds are not checked" in done.stderr
