"""House rules that a linter does not hold."""

import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "oncoloom"


def test_package_inits_are_empty():
    full = [path for path in SOURCE.glob("*/__init__.py") if path.read_text().strip()]
    assert full == []


@pytest.mark.parametrize("module", ["response.encoder", "response.heads", "response.ensemble"])
def test_models_import_without_genome_and_workflow_libraries(module):
    forbidden = ["pysam", "polars", "snakemake", "mlflow"]
    code = f"import sys\nfor name in {forbidden}: sys.modules[name] = None\nimport oncoloom.{module}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_kernels_import_without_genome_and_workflow_libraries():
    modules = [
        f"oncoloom.kernels.{p.stem}" for p in (SOURCE / "kernels").glob("*.py") if p.stem != "__init__"
    ]
    assert modules
    code = (
        "import sys, importlib\n"
        "for name in 'pysam polars snakemake mlflow torch pydantic'.split(): sys.modules[name] = None\n"
        f"for name in {modules}:\n"
        "    if not name.endswith('_cuda'): importlib.import_module(name)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_file_is_a_god():
    long = {
        str(p.relative_to(SOURCE)): n
        for p in SOURCE.rglob("*.py")
        if (n := len(p.read_text().splitlines())) > 420
    }
    assert long == {}


def test_telemetry_switches_are_set():
    code = "import oncoloom, os; print(os.environ['DO_NOT_TRACK'], os.environ['MLFLOW_DISABLE_TELEMETRY'])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={"PATH": ""}
    )
    assert done.stdout.split() == ["1", "true"], done.stderr
