"""Compiling all kernels of a call by making one: a few invented reads through the whole pipeline."""

import os
import tempfile
from pathlib import Path

import numpy as np
import pysam

from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call
from oncoloom.kernels.off_target import count_fragments

_READ_BP, _CONTIG_BP = 100, 2_000


def compile_kernels() -> int:
    """Call variants on an invented pair in a temporary folder; return how many kernels are loaded."""
    with tempfile.TemporaryDirectory(prefix="oncoloom-warmup-") as name:
        folder = Path(name)
        reference = _write_reference(folder / "ref.fa")
        for role, changed in (("tumor", True), ("normal", False)):
            _write_reads(folder / f"{role}.bam", reference, role, changed=changed)
        run_call(
            CallInputs(reference=folder / "ref.fa", tumor=folder / "tumor.bam", normal=folder / "normal.bam"),
            folder / "out",
        )
    _count_nothing()
    return _count_compiled()


def _count_nothing() -> None:
    """Compile what only captures with gaps of 20 kb need."""
    places, counts = np.zeros(0, np.int64), np.zeros(0, np.int64)
    reads = np.zeros(0, np.uint16), np.zeros(0, np.uint8), np.zeros(0, np.int32)
    count_fragments(*reads, places, places, 20, counts, counts)


def _write_reference(path: Path) -> str:
    letters = np.random.Generator(np.random.PCG64(7)).choice(list("ACGT"), _CONTIG_BP)
    sequence = "".join(letters[:1000]) + "A" * 12 + "".join(letters[1012:])
    path.write_text(f">warm\n{sequence}\n", encoding="ascii")
    pysam.faidx(str(path))
    return sequence


def _write_reads(path: Path, reference: str, sample: str, *, changed: bool) -> None:
    header = pysam.AlignmentHeader.from_dict(
        {
            "HD": {"VN": "1.6", "SO": "coordinate"},
            "SQ": [{"SN": "warm", "LN": _CONTIG_BP}],
            "RG": [{"ID": "one", "SM": sample}],
        }
    )
    with pysam.AlignmentFile(os.fspath(path), "wb", header=header) as out:
        for i in range(60):
            start = 940 + i // 2
            read = pysam.AlignedSegment(header)
            read.query_name = f"r{i}"
            bases, cigar = list(reference[start : start + _READ_BP]), [(0, _READ_BP)]
            if changed and i % 3 == 0:
                bases[985 - start] = "A" if bases[985 - start] != "A" else "C"
            if changed and i % 3 == 1:
                left = 999 - start + 1
                bases = list(
                    reference[start : start + left] + reference[start + left + 1 : start + _READ_BP + 1]
                )
                cigar = [(0, left), (2, 1), (0, _READ_BP - left)]
            if changed and i % 3 == 2 and start + 60 <= 1015 <= start + 85:  # clips, to be assembled
                left = 1015 - start
                bases[left:] = reference[100 : 100 + _READ_BP - left]
                cigar = [(0, left), (4, _READ_BP - left)]
            read.query_sequence = "".join(bases)
            read.flag = 0 if i % 2 else 16
            read.reference_id, read.reference_start, read.mapping_quality = 0, start, 60
            read.cigartuples = cigar
            read.query_qualities = pysam.qualitystring_to_array("F" * _READ_BP)
            read.set_tag("RG", "one")
            out.write(read)
    pysam.index(os.fspath(path))


def _count_compiled() -> int:
    import sys

    kernels: set[int] = set()
    for name, module in list(sys.modules.items()):
        if name.startswith("oncoloom.kernels"):
            kernels.update(id(value) for value in vars(module).values() if getattr(value, "signatures", None))
    return len(kernels)
