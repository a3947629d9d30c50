"""Thirty-two bytes at a time: comparing, unpacking and hashing by vector instructions that Numba cannot name.

Written as vectors of LLVM, so every processor has them: one AVX2 register, two of SSE. The caller guarantees
that the bytes exist: these loads are not bounds-checked, unless NUMBA_BOUNDSCHECK=1 compiles them from single
bytes that are. With NUMBA_DISABLE_JIT=1 they are plain Python.
"""

from typing import Any

import numpy as np
from numba import config, types
from numba.extending import intrinsic

from oncoloom.kernels.bam_records_bytes import load_u64
from oncoloom.kernels.compiling import inlined, kernel

WIDE = 32


@inlined
def code_at(arena: Any, at: int, k: int) -> int:
    """Code of base k of those packed from byte `at` on, two a byte as in a BAM record."""
    byte = np.int64(arena[np.uintp(at + (k >> 1))])
    nibble = byte & 15 if k & 1 else byte >> 4
    if nibble == 1:
        return 0
    if nibble == 2:
        return 1
    if nibble == 4:
        return 2
    return 3 if nibble == 8 else 4


if config.DISABLE_JIT or config.BOUNDSCHECK:

    @kernel
    def differing_bytes(one: Any, at: int, other: Any, there: int) -> Any:
        """Bit k is set where byte ``at + k`` of `one` is not byte ``there + k`` of `other`, k < 32."""
        mask = np.uint64(0)
        for k in range(WIDE):
            if one[np.uintp(at + k)] != other[np.uintp(there + k)]:
                mask |= np.uint64(1) << np.uint64(k)
        return mask

    @kernel
    def unlike_codes(one: Any, at: int, other: Any, there: int) -> Any:
        """As `differing_bytes` of base codes; set, too, where one of the two is no base (above 3)."""
        mask = np.uint64(0)
        for k in range(WIDE):
            x, y = one[np.uintp(at + k)], other[np.uintp(there + k)]
            if x != y or x > 3 or y > 3:
                mask |= np.uint64(1) << np.uint64(k)
        return mask

    @kernel
    def unpack_codes(arena: Any, at: int, out: Any, to: int) -> None:
        """Codes of the 32 bases in 16 bytes of a BAM record from byte `at` on, into `out` from `to` on."""
        for k in range(WIDE):
            out[np.uintp(to + k)] = code_at(arena, at, k)

    @kernel
    def absorb_wide(
        arena: Any, at: int, turns: int, a: Any, b: Any, c: Any, d: Any, odd: Any, even: Any
    ) -> tuple[Any, Any, Any, Any]:
        """Four lanes of a hash take in `turns` times 32 bytes from byte `at` on, eight bytes a lane.

        A lane becomes ``x ^ (x >> 32)`` of ``x = (lane ^ word) * factor``; the factor is `odd` for the first
        and third lane, `even` for the others. Returns the lanes.
        """
        for turn in range(turns):
            first = at + WIDE * turn
            a = (a ^ load_u64(arena, first)) * odd
            b = (b ^ load_u64(arena, first + 8)) * even
            c = (c ^ load_u64(arena, first + 16)) * odd
            d = (d ^ load_u64(arena, first + 24)) * even
            a ^= a >> np.uint64(32)
            b ^= b >> np.uint64(32)
            c ^= c >> np.uint64(32)
            d ^= d >> np.uint64(32)
        return a, b, c, d

else:
    from llvmlite import ir
    from numba.core import cgutils

    _LANES = ir.VectorType(ir.IntType(64), 4)
    _BYTES = ir.VectorType(ir.IntType(8), WIDE)

    def _pointer(context: Any, builder: Any, array_type: Any, array: Any, at: Any, kind: Any) -> Any:
        data = context.make_array(array_type)(context, builder, array).data
        first = builder.bitcast(data, ir.IntType(8).as_pointer())
        return builder.bitcast(builder.gep(first, [at]), kind.as_pointer())

    def _wide_load(context: Any, builder: Any, array_type: Any, array: Any, at: Any, kind: Any) -> Any:
        return builder.load(_pointer(context, builder, array_type, array, at, kind), align=1)

    def _is_indexed(array: Any, at: Any) -> bool:
        return isinstance(array, types.Array) and isinstance(at, types.Integer)

    def _compared(one: Any, at: Any, other: Any, there: Any, differ: Any) -> Any:
        """Type and code of a comparison of 32 bytes each; `differ` makes the vector of its outcomes."""
        if not _is_indexed(one, at) or not _is_indexed(other, there):
            return None

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            mine = _wide_load(context, builder, signature.args[0], args[0], args[1], _BYTES)
            theirs = _wide_load(context, builder, signature.args[2], args[2], args[3], _BYTES)
            bits = builder.bitcast(differ(builder, mine, theirs), ir.IntType(WIDE))
            return builder.zext(bits, ir.IntType(64))

        return types.uint64(one, types.intp, other, types.intp), generate

    @intrinsic
    def differing_bytes(typing_context: Any, one: Any, at: Any, other: Any, there: Any) -> Any:
        """Bit k is set where byte ``at + k`` of `one` is not byte ``there + k`` of `other`, k < 32."""

        def differ(builder: Any, mine: Any, theirs: Any) -> Any:
            return builder.icmp_unsigned("!=", mine, theirs)

        return _compared(one, at, other, there, differ)

    @intrinsic
    def unlike_codes(typing_context: Any, one: Any, at: Any, other: Any, there: Any) -> Any:
        """As `differing_bytes` of base codes; set, too, where one of the two is no base (above 3)."""

        def differ(builder: Any, mine: Any, theirs: Any) -> Any:
            no_base = builder.and_(builder.or_(mine, theirs), ir.Constant(_BYTES, [4] * WIDE))
            odd = builder.or_(builder.xor(mine, theirs), no_base)
            return builder.icmp_unsigned("!=", odd, ir.Constant(_BYTES, [0] * WIDE))

        return _compared(one, at, other, there, differ)

    @intrinsic
    def unpack_codes(typing_context: Any, arena: Any, at: Any, out: Any, to: Any) -> Any:
        """Codes of the 32 bases in 16 bytes of a BAM record from byte `at` on, into `out` from `to` on."""
        if not _is_indexed(arena, at) or not _is_indexed(out, to):
            return None

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            half = ir.VectorType(ir.IntType(8), WIDE // 2)

            def every(value: int, kind: Any) -> Any:
                return ir.Constant(kind, [value] * kind.count)

            packed = _wide_load(context, builder, signature.args[0], args[0], args[1], half)
            first, second = builder.lshr(packed, every(4, half)), builder.and_(packed, every(15, half))
            order = [side + WIDE // 2 * turn for side in range(WIDE // 2) for turn in range(2)]
            mask = ir.Constant(ir.VectorType(ir.IntType(32), WIDE), order)
            nibbles = builder.shuffle_vector(first, second, mask)
            codes = every(4, _BYTES)
            for base in range(4):
                shown = builder.icmp_unsigned("==", nibbles, every(1 << base, _BYTES))
                codes = builder.select(shown, every(base, _BYTES), codes)
            pointer = _pointer(context, builder, signature.args[2], args[2], args[3], _BYTES)
            builder.store(codes, pointer, align=1)
            return context.get_dummy_value()

        return types.void(arena, types.intp, out, types.intp), generate

    @intrinsic
    def absorb_wide(
        typing_context: Any,
        arena: Any,
        at: Any,
        turns: Any,
        a: Any,
        b: Any,
        c: Any,
        d: Any,
        odd: Any,
        even: Any,
    ) -> Any:
        """Four lanes of a hash take in `turns` times 32 bytes from byte `at` on, eight bytes a lane.

        A lane becomes ``x ^ (x >> 32)`` of ``x = (lane ^ word) * factor``; the factor is `odd` for the first
        and third lane, `even` for the others. Returns the lanes.
        """
        words = (a, b, c, d, odd, even)
        if not _is_indexed(arena, at) or any(word != types.uint64 for word in words):
            return None

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            def packed(values: Any) -> Any:
                out = ir.Constant(_LANES, ir.Undefined)
                for lane, value in enumerate(values):
                    out = builder.insert_element(out, value, ir.Constant(ir.IntType(32), lane))
                return out

            factors = packed((args[7], args[8], args[7], args[8]))
            half = ir.Constant(_LANES, [32] * 4)
            state = cgutils.alloca_once_value(builder, packed(args[3:7]))
            with cgutils.for_range(builder, args[2]) as loop:
                at_word = builder.add(args[1], builder.mul(loop.index, ir.Constant(loop.index.type, WIDE)))
                word = _wide_load(context, builder, signature.args[0], args[0], at_word, _LANES)
                product = builder.mul(builder.xor(builder.load(state), word), factors)
                builder.store(builder.xor(product, builder.lshr(product, half)), state)
            last = builder.load(state)
            lanes = [builder.extract_element(last, ir.Constant(ir.IntType(32), lane)) for lane in range(4)]
            return context.make_tuple(builder, signature.return_type, lanes)

        u64 = types.uint64
        given = (arena, types.intp, types.intp, u64, u64, u64, u64, u64, u64)
        return types.UniTuple(u64, 4)(*given), generate


@inlined
def unpack_bases(arena: Any, at: int, n: int, out: Any) -> None:
    """Codes of n bases, packed from byte `at` on, into `out` (with room for one more)."""
    n_bytes = (n + 1) >> 1
    if n_bytes >= WIDE // 2:
        for u in range(0, n_bytes - WIDE // 2, WIDE // 2):
            unpack_codes(arena, at + u, out, 2 * u)
        last = n_bytes - WIDE // 2  # some of these a second time
        unpack_codes(arena, at + last, out, 2 * last)
    else:
        for k in range(n):
            out[np.uintp(k)] = code_at(arena, at, k)
