"""Kernels from Numba's cache: their machine code is loaded, what another kernel could inline only on demand.

Beside the machine code of a kernel Numba caches its LLVM bitcode, so that a kernel compiled later can take it
in. A process that finds all its kernels in the cache compiles nothing; still Numba parses each bitcode and
lists its symbols, which is more than half of what loading a kernel costs (5 of 8 ms).
"""

from typing import Any

_WRAPPER = "_ZN7cpython"  # how names of what Python calls begin: every compiled kernel has one
_UNSERIALIZE = (
    *("create_library", "isinstance", "ll", "parse_bitcode", "_final_module", "_finalize_final_module"),
    *("enable_object_caching", "_set_compiled_object", "_shared_module", "_codegen", "_engine"),
    *("_load_defined_symbols", "ValueError"),
)


def load_machine_code_alone() -> None:
    """Have Numba load kernels so; only where it loads them as it did when this was written."""
    from llvmlite import binding
    from numba.core import codegen

    usual = codegen.JITCodeLibrary
    if set(usual._unserialize.__func__.__code__.co_names) != set(_UNSERIALIZE):
        return

    class CachedLibrary(usual):  # type: ignore[misc, valid-type]  # Numba has no types
        """A library whose bitcode is parsed when somebody wants it."""

        _bitcode: bytes | None = None

        @classmethod
        def _unserialize(cls, owner: Any, state: tuple[str, str, Any]) -> Any:
            name, kind, data = state
            if kind != "object":
                return super()._unserialize(owner, state)
            self = owner.create_library(name)
            machine_code, self._bitcode = data
            self.enable_object_caching()
            self._set_compiled_object(machine_code)
            self._finalize_final_module()
            return self

        def _parse(self) -> None:
            if self._bitcode is not None:
                self._shared_module, self._bitcode = binding.parse_bitcode(self._bitcode), None
                self._codegen._engine._load_defined_symbols(self._shared_module)

        def _get_module_for_linking(self) -> Any:
            self._parse()
            return super()._get_module_for_linking()

        def get_pointer_to_function(self, name: str) -> int:
            """Address of a function, 0 where the library has none of that name."""
            if self._bitcode is not None and name.startswith(_WRAPPER):
                return int(self._codegen._engine.get_function_address(name))
            self._parse()
            return int(super().get_pointer_to_function(name))

    codegen.JITCPUCodegen._library_class = CachedLibrary
