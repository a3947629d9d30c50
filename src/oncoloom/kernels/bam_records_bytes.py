"""Unaligned little-endian loads from a byte array, as one machine instruction each.

The caller guarantees that the bytes exist: these loads are not bounds-checked, unless NUMBA_BOUNDSCHECK=1
compiles them from single bytes that are. With NUMBA_DISABLE_JIT=1 they are plain Python.
"""

from typing import Any

import numpy as np
from numba import config, njit, types
from numba.extending import intrinsic

if config.DISABLE_JIT:
    np.seterr(over="ignore")  # the hashes wrap around on purpose; compiled code does not warn of it

    def load_u16(arena: Any, at: int) -> int:
        """Unsigned 16-bit integer at byte `at`."""
        return int.from_bytes(arena[at : at + 2].tobytes(), "little")

    def load_i32(arena: Any, at: int) -> int:
        """Signed 32-bit integer at byte `at`."""
        return int.from_bytes(arena[at : at + 4].tobytes(), "little", signed=True)

    def load_u32(arena: Any, at: int) -> int:
        """Unsigned 32-bit integer at byte `at`."""
        return int.from_bytes(arena[at : at + 4].tobytes(), "little")

    def load_u64(arena: Any, at: int) -> Any:
        """Unsigned 64-bit integer at byte `at`."""
        return np.uint64(int.from_bytes(arena[at : at + 8].tobytes(), "little"))

elif config.BOUNDSCHECK:

    @njit(nogil=True, cache=True)
    def load_u64(arena: Any, at: int) -> Any:
        """Unsigned 64-bit integer at byte `at`; IndexError outside `arena`."""
        value = np.uint64(0)
        for k in range(8):
            value |= np.uint64(arena[np.uintp(at + k)]) << np.uint64(8 * k)
        return value

    @njit(nogil=True, cache=True)
    def load_u32(arena: Any, at: int) -> Any:
        """Unsigned 32-bit integer at byte `at`; IndexError outside `arena`."""
        value = np.uint32(0)
        for k in range(4):
            value |= np.uint32(np.uint32(arena[np.uintp(at + k)]) << np.uint32(8 * k))
        return np.uint32(value)

    @njit(nogil=True, cache=True)
    def load_i32(arena: Any, at: int) -> Any:
        """Signed 32-bit integer at byte `at`; IndexError outside `arena`."""
        return np.int32(load_u32(arena, at))

    @njit(nogil=True, cache=True)
    def load_u16(arena: Any, at: int) -> Any:
        """Unsigned 16-bit integer at byte `at`; IndexError outside `arena`."""
        low, high = np.uint16(arena[np.uintp(at)]), np.uint16(arena[np.uintp(at + 1)])
        return np.uint16(low | np.uint16(high << np.uint16(8)))

else:
    from llvmlite import ir

    def _make_load(name: str, bits: int, result: Any) -> Any:
        def load(typing_context: Any, arena: Any, at: Any) -> Any:
            if not isinstance(arena, types.Array) or not isinstance(at, types.Integer):
                return None

            def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
                array = context.make_array(signature.args[0])(context, builder, args[0])
                first = builder.bitcast(array.data, ir.IntType(8).as_pointer())
                pointer = builder.bitcast(builder.gep(first, [args[1]]), ir.IntType(bits).as_pointer())
                return builder.load(pointer, align=1)

            return result(arena, types.intp), generate

        load.__name__ = name
        load.__doc__ = f"{result} at byte `at` of `arena`, little-endian, any alignment."
        return intrinsic(load)

    load_u16 = _make_load("load_u16", 16, types.uint16)
    load_i32 = _make_load("load_i32", 32, types.int32)
    load_u32 = _make_load("load_u32", 32, types.uint32)
    load_u64 = _make_load("load_u64", 64, types.uint64)
