"""Sixteen float32 lanes as one value in Numba code: arithmetic that is a vector instruction on any machine.

Numba tells LLVM nothing about arrays that cannot overlap, so a loop over lanes is vectorized behind a test of
all its pointers, which costs more than the lanes save where the loop has only sixteen turns. Here the vectors
are written down as such: one register with AVX-512, two with AVX2, four with SSE or NEON. Every operation is
exact IEEE arithmetic, the fused ones, too, so results have the same bits on every machine.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

N_LANES = 16
_FLOATS = ir.VectorType(ir.FloatType(), N_LANES)
_INTEGERS = ir.VectorType(ir.IntType(32), N_LANES)
_BYTES = ir.VectorType(ir.IntType(8), N_LANES)


class _LanesType(types.Type):
    """Numba's name for a value of sixteen lanes."""

    def __init__(self, kind: str) -> None:
        super().__init__(name=f"lanes_{kind}")


FLOATS = _LanesType("float32")
CODES = _LanesType("int8")


@register_model(_LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, fe_type: Any) -> None:
        super().__init__(manager, fe_type, _FLOATS if fe_type == FLOATS else _BYTES)


def _layout(array: Any) -> tuple[_LanesType, Any, int]:
    """Lane type, LLVM type and alignment of an array's elements."""
    return (FLOATS, _FLOATS, 4) if array.dtype == types.float32 else (CODES, _BYTES, 1)


def _address(context: Any, builder: Any, array_type: Any, array: Any, index: Any, vector: Any) -> Any:
    """Pointer to a vector at an element; with NUMBA_BOUNDSCHECK, all its elements must be in the array."""
    struct = cgutils.create_struct_proxy(array_type)(context, builder, array)
    if context.enable_boundscheck:
        last = builder.add(index, ir.Constant(index.type, N_LANES - 1))
        for element in (index, last):
            cgutils.do_boundscheck(context, builder, element, struct.nitems)
    return builder.bitcast(builder.gep(struct.data, [index]), vector.as_pointer())


@intrinsic
def load(_typing: Any, array: Any, index: Any) -> Any:
    """Lanes at ``array[index : index + 16]`` of a contiguous float32 or uint8 array."""
    kind, vector, align = _layout(array)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        at = _address(context, builder, signature.args[0], args[0], args[1], vector)
        return builder.load(at, align=align)

    return kind(array, types.uintp), generate


@intrinsic
def store(_typing: Any, array: Any, index: Any, value: Any) -> Any:
    """Write float32 lanes to ``array[index : index + 16]``."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        at = _address(context, builder, signature.args[0], args[0], args[1], _FLOATS)
        builder.store(args[2], at, align=4)
        return context.get_dummy_value()

    return types.void(array, types.uintp, FLOATS), generate


@intrinsic
def spread(_typing: Any, value: Any) -> Any:
    """The same float32 in every lane."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        one = builder.insert_element(
            ir.Constant(_FLOATS, ir.Undefined), args[0], ir.Constant(ir.IntType(32), 0)
        )
        return builder.shuffle_vector(one, one, ir.Constant(_INTEGERS, [0] * N_LANES))

    return FLOATS(types.float32), generate


@intrinsic
def add(_typing: Any, a: Any, b: Any) -> Any:
    """a + b."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.fadd(args[0], args[1])

    return FLOATS(a, b), generate


@intrinsic
def multiply(_typing: Any, a: Any, b: Any) -> Any:
    """a * b."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.fmul(args[0], args[1])

    return FLOATS(a, b), generate


@intrinsic
def multiply_add(_typing: Any, a: Any, b: Any, c: Any) -> Any:
    """a * b + c, rounded once."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(_FLOATS, [_FLOATS] * 3)
        fused = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{N_LANES}f32")
        return builder.call(fused, args)

    return FLOATS(a, b, c), generate


@intrinsic
def where_equal(_typing: Any, a: Any, b: Any, yes: Any, no: Any) -> Any:
    """`yes` in the lanes whose codes are equal, else `no`."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.select(builder.icmp_unsigned("==", args[0], args[1]), args[2], args[3])

    return FLOATS(a, b, yes, no), generate


@intrinsic
def transpose(_typing: Any, source: Any, starts: Any, offset: Any, target: Any, row: Any) -> Any:
    """Write 16 rows of 16 lanes: ``target[(row + i) * 16 + lane] = source[starts[lane] + offset + i]``.

    Four rounds of pairwise interleaving; nothing is checked, all 256 elements are read and written.
    """
    _, vector, align = _layout(source)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        word = ir.IntType(64)
        data = cgutils.create_struct_proxy(signature.args[1])(context, builder, args[1]).data
        rows = []
        for lane in range(N_LANES):
            start = builder.load(builder.gep(data, [ir.Constant(word, lane)]))
            index = builder.add(start, args[2])
            at = _address(context, builder, signature.args[0], args[0], index, vector)
            rows.append(builder.load(at, align=align))
        half = N_LANES // 2
        low = ir.Constant(_INTEGERS, [i // 2 + N_LANES * (i % 2) for i in range(N_LANES)])
        high = ir.Constant(_INTEGERS, [half + i // 2 + N_LANES * (i % 2) for i in range(N_LANES)])
        for _ in range(4):  # interleave row i with row i + 8: after four rounds, lanes are rows
            mixed = []
            for i in range(half):
                mixed.append(builder.shuffle_vector(rows[i], rows[i + half], low))
                mixed.append(builder.shuffle_vector(rows[i], rows[i + half], high))
            rows = mixed
        first = builder.mul(args[4], ir.Constant(word, N_LANES))
        for i, values in enumerate(rows):
            index = builder.add(first, ir.Constant(word, N_LANES * i))
            at = _address(context, builder, signature.args[3], args[3], index, vector)
            builder.store(values, at, align=align)
        return context.get_dummy_value()

    return types.void(source, starts, types.int64, target, types.int64), generate
