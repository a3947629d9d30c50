"""Single machine instructions that Numba has no name for. With NUMBA_DISABLE_JIT=1 plain Python."""

from typing import Any

from numba import config, types
from numba.extending import intrinsic

if config.DISABLE_JIT:

    def trailing_zeros(value: Any) -> int:
        """Number of zero bits below the lowest set bit of a nonzero 64-bit integer."""
        return (int(value) & -int(value)).bit_length() - 1

    def leading_zeros(value: Any) -> int:
        """Number of zero bits above the highest set bit of a nonzero 64-bit integer."""
        return 64 - int(value).bit_length()

    def prefetch(array: Any, at: int) -> None:
        """Ask for the cache line of byte `at` ahead of its use."""

else:
    from llvmlite import ir

    @intrinsic
    def trailing_zeros(typing_context: Any, value: Any) -> Any:
        """Number of zero bits below the lowest set bit of a nonzero 64-bit integer."""
        if value != types.uint64:
            return None

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

        return types.int64(value), generate

    @intrinsic
    def leading_zeros(typing_context: Any, value: Any) -> Any:
        """Number of zero bits above the highest set bit of a nonzero 64-bit integer."""
        if value != types.uint64:
            return None

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.ctlz(args[0], ir.Constant(ir.IntType(1), 1))

        return types.int64(value), generate

    @intrinsic
    def prefetch(typing_context: Any, array: Any, at: Any) -> Any:
        """Ask for the cache line of byte `at` ahead of its use; a hint only: `at` may lie anywhere."""
        if not isinstance(array, types.Array) or not isinstance(at, types.Integer):
            return None

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, args[0]).data
            byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
            pointer = builder.gep(builder.bitcast(data, byte), [args[1]])
            function = builder.module.declare_intrinsic(
                "llvm.prefetch", [byte], ir.FunctionType(ir.VoidType(), [byte, number, number, number])
            )
            # for reading, into all levels of the data cache
            builder.call(function, [pointer, *(ir.Constant(number, value) for value in (0, 3, 1))])
            return context.get_dummy_value()

        return types.void(array, types.intp), generate
