"""Finding libdeflate and making its C symbols callable from compiled code.

Tried in this order: the `deflate` wheel (its extension module exports libdeflate's symbols), the system's
libdeflate. Where neither is, `INFLATE_BACKEND` is "zlib" and :mod:`oncoloom.kernels.bgzf` inflates with the
standard library, checking the same checksums.
"""

import ctypes
import ctypes.util
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import llvmlite.binding
from numba import config

SYMBOLS = (
    "libdeflate_alloc_decompressor",
    "libdeflate_free_decompressor",
    "libdeflate_deflate_decompress",
    "libdeflate_crc32",
)

_kept_open: list[ctypes.CDLL] = []  # the symbols stay valid only while their library stays loaded


def _candidates() -> list[str]:
    found: list[str] = []
    wheel = find_spec("deflate")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        found += sorted(str(path) for path in Path(folder).glob("_deflate*.so"))
        found += sorted(str(path) for path in Path(folder).glob("_deflate*.dylib"))
    system = ctypes.util.find_library("deflate")
    return [*found, *([system] if system else []), "libdeflate.so.0"]


def _works(library: ctypes.CDLL) -> bool:
    """Whether the library inflates a known block and sums it right: a probe, not a guess by name."""
    alloc = library.libdeflate_alloc_decompressor
    alloc.restype = ctypes.c_void_p
    inflate = library.libdeflate_deflate_decompress
    inflate.argtypes = [
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_void_p,
    ]
    free = library.libdeflate_free_decompressor
    free.argtypes = [ctypes.c_void_p]
    crc = library.libdeflate_crc32
    crc.argtypes = [ctypes.c_uint32, ctypes.c_char_p, ctypes.c_size_t]
    crc.restype = ctypes.c_uint32
    stored = b"\x01\x03\x00\xfc\xffabc"  # one stored deflate block that holds "abc"
    out = ctypes.create_string_buffer(3)
    handle = alloc()
    if not handle:
        return False
    try:
        return inflate(handle, stored, len(stored), out, 3, None) == 0 and (
            out.raw == b"abc" and crc(0, b"abc", 3) == 0x352441C2
        )
    finally:
        free(handle)


def _register() -> Literal["libdeflate", "zlib"]:
    if config.DISABLE_JIT:
        return "zlib"
    for name in _candidates():
        try:
            library = ctypes.CDLL(name)
            addresses = {
                symbol: ctypes.cast(getattr(library, symbol), ctypes.c_void_p).value for symbol in SYMBOLS
            }
            good = _works(library)
        except (OSError, AttributeError):
            continue
        if good and all(addresses.values()):
            for symbol, address in addresses.items():
                llvmlite.binding.add_symbol(symbol, address)
            _kept_open.append(library)
            return "libdeflate"
    return "zlib"


INFLATE_BACKEND: Literal["libdeflate", "zlib"] = _register()
