"""Compiled kernels come from the cache in a new process; a pointer in a closure would forbid that."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import sys
from oncoloom.kernels import bam_decode, bam_records, bgzf
from oncoloom.kernels.bgzf_native import INFLATE_BACKEND
from oncoloom.reads.alignments import open_alignments
source = open_alignments(sys.argv[1])
assert len(source.read_region("a", 0, 400))
kernels = [bgzf.find_blocks]
if INFLATE_BACKEND == "libdeflate":
    kernels += [bgzf._inflate_libdeflate, bam_decode.decode_blocks]
else:
    kernels.append(bam_records.scan_records)
misses = {kernel.__name__: sum(kernel.stats.cache_misses.values()) for kernel in kernels}
hits = {kernel.__name__: sum(kernel.stats.cache_hits.values()) for kernel in kernels}
assert all(hits.values()) and not any(misses.values()), (hits, misses)
"""


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")
def test_a_second_process_compiles_nothing(tmp_path):
    import numpy as np

    from oncoloom.reads.alignments import open_alignments
    from oncoloom.testing.reads import random_sequence, write_fragments

    bam = write_fragments(tmp_path / "a.bam", {"a": random_sequence(np.random.default_rng(1), 600)})
    assert len(open_alignments(bam).read_region("a", 0, 400))  # compiles here where nothing is cached yet
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(bam)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
