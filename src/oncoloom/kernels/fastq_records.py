"""FASTQ text in a buffer, record by record: form, lengths, names."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from oncoloom.kernels.read_hashes import hash_bytes

FASTQ_OK, FASTQ_NO_AT, FASTQ_NO_PLUS, FASTQ_LENGTHS, FASTQ_FULL = 0, 1, 2, 3, 4

_NEWLINE, _RETURN, _SPACE, _TAB, _SLASH = 10, 13, 32, 9, 47


@njit(nogil=True, cache=True)
def _line_end(text: NDArray[np.uint8], at: int, stop: int) -> int:
    end: Any = at
    while end < stop and text[end] != _NEWLINE:
        end += 1
    return end


@njit(nogil=True, cache=True)
def scan_fastq(
    text: NDArray[np.uint8], stop: int, names: NDArray[np.uint64], detail: NDArray[np.int64]
) -> tuple[int, int, int]:
    """Walk the whole records in bytes [0, stop) of `text`.

    text: uint8 with at least 8 bytes after `stop`. names: (capacity,) uint64, overwritten: hash of each
    name, without what follows a blank and without a closing /1 or /2. detail: (2,) int64, overwritten on
    FASTQ_LENGTHS: bases and qualities of the faulty record.

    Returns (whole records, byte after them, status); on a fault the record after the whole ones is the
    faulty one. FASTQ_FULL: `names` has no more room.
    """
    n = 0
    at: Any = 0
    while at < stop:
        if n == names.shape[0]:
            return n, at, FASTQ_FULL
        if text[at] != 64:
            return n, at, FASTQ_NO_AT
        name_end = _line_end(text, at, stop)
        bases_end = _line_end(text, name_end + 1, stop)
        plus_end = _line_end(text, bases_end + 1, stop)
        quality_end = _line_end(text, plus_end + 1, stop)
        if bases_end + 1 < stop and text[bases_end + 1] != 43:
            return n, at, FASTQ_NO_PLUS
        if quality_end >= stop:
            return n, at, FASTQ_OK  # the record goes on in the next piece
        n_bases = bases_end - name_end - 1
        if n_bases > 0 and text[bases_end - 1] == _RETURN:
            n_bases -= 1
        n_qualities = quality_end - plus_end - 1
        if n_qualities > 0 and text[quality_end - 1] == _RETURN:
            n_qualities -= 1
        if n_bases != n_qualities:
            detail[0], detail[1] = n_bases, n_qualities
            return n, at, FASTQ_LENGTHS
        end: Any = at + 1
        while end < name_end and text[end] != _SPACE and text[end] != _TAB and text[end] != _RETURN:
            end += 1
        if end - at > 3 and text[end - 2] == _SLASH and (text[end - 1] == 49 or text[end - 1] == 50):
            end -= 2
        names[n] = hash_bytes(text, at + 1, end - at - 1)
        n += 1
        at = quality_end + 1
    return n, at, FASTQ_OK
