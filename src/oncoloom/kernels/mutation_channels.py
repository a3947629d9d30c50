"""Substitutions by channel (SBS-96), and how often a sequence offers each trinucleotide.

Channels are in the order (C, T) x other alternative base x left base x right base, on the strand of the
pyrimidine: ``A[C>A]A`` is 0. Trinucleotides: (C, T) x left x right, ``ACA`` is 0.
"""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.compiling import kernel

N_SBS, N_TRINUCLEOTIDES = 96, 32
NO_CONTEXT, WRONG_REFERENCE = -1, -2


@kernel
def count_sbs96(
    context: NDArray[np.uint8],
    ref: NDArray[np.uint8],
    alt: NDArray[np.uint8],
    sample: NDArray[np.int64],
    channel: NDArray[np.int16],
    counts: NDArray[np.int64],
) -> None:
    """Channel of each substitution, and their counts by sample.

    context: (n, 3) base codes 0 to 3 (A, C, G, T), 4 = unknown, the mutated base in the middle. ref, alt:
    (n,) base codes. sample: (n,) row of `counts`. channel: (n,) int16, overwritten; NO_CONTEXT beside an
    unknown base, WRONG_REFERENCE where `ref` is not the sequence's. counts: (m, 96) int64, added to.
    """
    for i in range(ref.shape[0]):
        left, middle, right = context[i, 0], context[i, 1], context[i, 2]
        if left > 3 or middle > 3 or right > 3 or alt[i] > 3:
            channel[i] = NO_CONTEXT
            continue
        if middle != ref[i]:
            channel[i] = WRONG_REFERENCE
            continue
        c = sbs_channel(left, middle, right, alt[i])
        channel[i] = c
        counts[sample[i], c] += 1


@kernel
def sbs_channel(left: int, ref: int, right: int, alt: int) -> int:
    """Channel of one substitution; purines are turned to the other strand."""
    if ref == 0 or ref == 2:
        left, ref, right, alt = 3 - right, 3 - ref, 3 - left, 3 - alt
    other = alt if alt < ref else alt - 1  # which of the three other bases
    pyrimidine = 0 if ref == 1 else 1
    return ((pyrimidine * 3 + other) * 4 + left) * 4 + right


@kernel
def count_trinucleotides(code: NDArray[np.uint8], first: int, last: int, counts: NDArray[np.int64]) -> None:
    """Add the trinucleotides whose middle base lies in [first, last) of `code`, by pyrimidine strand.

    code: (m,) base codes, 4 = unknown. counts: (32,) int64.
    """
    for i in range(max(first, 1), min(last, code.shape[0] - 1)):
        left, middle, right = code[i - 1], code[i], code[i + 1]
        if left > 3 or middle > 3 or right > 3:
            continue
        if middle == 0 or middle == 2:
            left, middle, right = 3 - right, 3 - middle, 3 - left
        counts[((0 if middle == 1 else 1) * 4 + left) * 4 + right] += 1
