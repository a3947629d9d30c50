"""How well aligned bases agree with the reference: a look for reads that do not belong to it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.bam_records_bytes import load_u32
from oncoloom.kernels.compiling import kernel

_FLAG_LEFT_OUT = 0x4 | 0x100 | 0x200 | 0x800


@kernel
def count_matches(
    arena: NDArray[np.uint8],
    pos: NDArray[np.int32],
    flag: NDArray[np.uint16],
    n_cigar: NDArray[np.uint16],
    cigar_at: NDArray[np.int64],
    seq_at: NDArray[np.int64],
    l_seq: NDArray[np.int32],
    codes: NDArray[np.uint8],
    start: int,
    window_bp: int,
    out: NDArray[np.int64],
) -> None:
    """Count aligned bases and those that differ from the reference, by window of the read's start.

    Arrays as in `ReadColumns`, one contig. codes: (n_bases,) uint8, 4-bit BAM codes of the reference from
    `start` on; 15 (N) is not compared, nor is an N of a read (consensus reads may hold many). out:
    (n_windows, 2) int64, added to: bases compared, bases that differ; window 0 begins at `start`. Unmapped,
    secondary, supplementary and QC-failed reads are left out.
    """
    n_codes = codes.shape[0]
    for i in range(pos.shape[0]):
        window = (np.int64(pos[i]) - start) // window_bp
        if flag[i] & _FLAG_LEFT_OUT or l_seq[i] == 0 or window < 0 or window >= out.shape[0]:
            continue
        at: Any = np.int64(pos[i]) - start
        base: Any = np.int64(0)
        for c in range(n_cigar[i]):
            operation = load_u32(arena, cigar_at[i] + 4 * c)
            kind, length = np.int64(operation & np.uint32(15)), np.int64(operation >> np.uint32(4))
            if kind == 0 or kind == 7 or kind == 8:
                n_compared, n_different = 0, 0
                for x in range(min(length, l_seq[i] - base, n_codes - at)):
                    two = np.uint32(arena[np.uintp(seq_at[i] + ((base + x) >> 1))])
                    code = (two >> np.uint32(4 - 4 * ((base + x) & 1))) & np.uint32(15)
                    known = np.uint32(codes[np.uintp(at + x)])
                    both = (code != np.uint32(15)) & (known != np.uint32(15))
                    n_compared += both
                    n_different += both & (code != known)
                out[window, 0] += n_compared
                out[window, 1] += n_different
                at += length
                base += length
            elif kind == 2 or kind == 3:
                at += length
            elif kind == 1 or kind == 4:
                base += length
