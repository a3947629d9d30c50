"""How kernels of the evidence step are compiled."""

from numba import njit

kernel = njit(cache=True, nogil=True, _nrt=False)
"""Decorator of kernels that allocate nothing and return numbers.

As `njit(cache=True, nogil=True)`, but the reference counts of arrays are left alone: whoever calls a kernel
holds its arrays anyway. Numba would else count each array of a bundle, each row and each slice up and down by
an atomic operation, read by read: an eighth of a call's CPU time. `np.empty` and the like do not compile.
"""

inlined = njit(cache=True, nogil=True, _nrt=False, forceinline=True)
"""As `kernel`, and put into its callers by LLVM: for what runs many times a read.

A call passes an array as seven words, and a bundle as seven for each of its arrays.
"""
