"""Reference bases around many positions, fetched in runs instead of one by one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oncoloom.reference_data.fasta import Reference

_RUN_BP = 20_000  # positions this close to each other share one fetch
_CODES = np.full(256, 4, np.uint8)
for _index, _base in enumerate(b"ACGT"):
    _CODES[_base] = _index


def codes_of(text: str) -> NDArray[np.uint8]:
    """(n,) uint8: A, C, G, T as 0 to 3, every other letter as 4."""
    return _CODES[np.frombuffer(text.encode(), np.uint8)]


def trinucleotides(reference: Reference, chrom: Sequence[str], pos: NDArray[np.int64]) -> NDArray[np.uint8]:
    """(n, 3) uint8 base codes at 1-based `pos` and its two neighbors; 4 beyond a contig's end.

    A contig that the reference lacks gives 4 throughout, which no channel takes.
    """
    out = np.full((len(pos), 3), 4, np.uint8)
    names = np.asarray(chrom, dtype=object)
    for contig in sorted(set(chrom) & set(reference.lengths)):
        rows = np.flatnonzero(names == contig)
        rows = rows[np.argsort(pos[rows], kind="stable")]
        cuts = np.flatnonzero(np.diff(pos[rows]) > _RUN_BP) + 1
        for run in np.split(rows, cuts):
            _fill_run(reference, contig, pos[run], run, out)
    return out


def _fill_run(
    reference: Reference,
    contig: str,
    pos: NDArray[np.int64],
    rows: NDArray[np.int64],
    out: NDArray[np.uint8],
) -> None:
    start, end = int(pos[0]) - 2, int(pos[-1]) + 1
    low, high = max(0, start), min(end, reference.lengths[contig])
    code = np.full(end - start, 4, np.uint8)
    if high > low:
        code[low - start : high - start] = codes_of(reference.bases(contig, low, high))
    at = pos - 2 - start
    for offset in range(3):
        out[rows, offset] = code[at + offset]
