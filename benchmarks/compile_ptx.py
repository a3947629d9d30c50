"""Compile every CUDA kernel to PTX for one architecture, without a card; with ptxas, registers and spills.

    make ptx                        in an environment of its own (envs/gpu-ptx.txt)
    python benchmarks/compile_ptx.py --output build/ptx --record

Needs numpy, numba and numba-cuda with its compilers only. `--record` writes docs/benchmarks/gpu_ptx.json.
"""

import argparse
import importlib
import inspect
import json
import pkgutil
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

from measure import RESULTS, show
from numba import cuda, types
from numba.cuda import dispatcher

import oncoloom.kernels

_BATCH = {"read_at": "i8:", "haplotypes": "u1:", "haplotype_at": "i8:", "pairs": "i8::"}
_READS = {"reads": "u1:", "ratios": "f4:", "costs": "f4:", "opening": "f4:", **_BATCH}
# Types of the kernels' parameters by name; a colon a dimension.
PARAMETERS = {
    "pair_hmm_cuda._forward": {**_READS, "order": "i8:", "band": "i8", "out": "f8:"},
    "pair_hmm_cuda._rescue": {**_READS, "lost": "i8:", "band": "i8", "room": "f8:::", "out": "f8:"},
    "placement_cuda._place": {**_READS, "places": "i8:", "place_at": "i8:", "worst": "f8", "out": "f8:"},
    "mixture_cuda._mixture_kernel": {
        "borders": "i8:",
        "cells": "i4:",
        "counts": "i4:",
        "damage": "i1:",
        "slippage_rate": "f8:",
        "repeat": "u1:",
        "table": "f8::",
        "leak_table": "f8:::",
        "leak_weight": "f8:",
        "leak_base": "f8",
        "fractions": "f8:",
        "log_w": "f8:",
        "log_v": "f8:",
        "genotype": "i8:",
        "slipped": "f8::",
        "workspace": "f8:::",
        "out": "f8::",
    },
}
_SCALARS = {
    "u1": types.uint8,
    "i1": types.int8,
    "i4": types.int32,
    "i8": types.int64,
    "f4": types.float32,
    "f8": types.float64,
}


def find_kernels() -> dict[str, object]:
    """Every kernel (no device functions) of the modules `oncoloom.kernels.*_cuda`, by name."""
    found = {}
    for module in pkgutil.iter_modules(oncoloom.kernels.__path__):
        if module.name.endswith("_cuda"):
            loaded = importlib.import_module(f"oncoloom.kernels.{module.name}")
            for name, value in vars(loaded).items():
                if getattr(value, "targetoptions", {}).get("device") is False:
                    found[f"{module.name}.{name}"] = value
    return found


def signature_of(name: str, kernel: object) -> object:
    """The kernel's Numba signature, from `PARAMETERS`."""
    known = PARAMETERS[name]
    arguments = []
    for parameter in inspect.signature(kernel.py_func).parameters:
        kind, n = known[parameter].rstrip(":"), known[parameter].count(":")
        arguments.append(types.Array(_SCALARS[kind], n, "C") if n else _SCALARS[kind])
    return types.void(*arguments)


def assemble(path: Path, architecture: str) -> dict[str, int] | None:
    """Registers, shared memory and spilled bytes that ptxas reports; None where there is no ptxas."""
    if shutil.which("ptxas") is None:
        return None
    command = ["ptxas", "-v", f"-arch={architecture}", str(path), "-o", "/dev/null"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    shared = re.search(r"(\d+) bytes smem", said)
    spilled = [int(n) for n in re.findall(r"(\d+) bytes spill (?:stores|loads)", said)]
    return {
        "registers": int(re.findall(r"Used (\d+) registers", said)[-1]),
        "shared_bytes": int(shared.group(1)) if shared else 0,
        "stack_bytes": max(int(n) for n in re.findall(r"(\d+) bytes stack frame", said)),
        "spilled_bytes": sum(spilled),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, default=Path("build/ptx"))
    parser.add_argument("--capability", default="9.0")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    major, minor = (int(part) for part in options.capability.split("."))
    # Numba compiles device functions for the card it finds, even where only PTX is asked for: name one.
    dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=(major, minor))
    options.output.mkdir(parents=True, exist_ok=True)
    architecture, rows, result = f"sm_{major}{minor}", [], {}
    for name, kernel in find_kernels().items():
        ptx, _ = cuda.compile_ptx(kernel.py_func, signature_of(name, kernel), cc=(major, minor))
        path = options.output / f"{name}.{architecture}.ptx"
        path.write_text(ptx, encoding="ascii")
        if f".target {architecture}" not in ptx:
            raise SystemExit(f"{path} is not for {architecture}")
        figures = {"ptx_lines": ptx.count("\n"), **(assemble(path, architecture) or {})}
        result[name] = figures
        rows.append([name, *figures.values()])
    show(f"PTX for {architecture}", ["kernel", *next(iter(result.values()))], rows)
    if options.record:
        text = json.dumps({"architecture": architecture, "kernels": result}, indent=1)
        (RESULTS / "gpu_ptx.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
