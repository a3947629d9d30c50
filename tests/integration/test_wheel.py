"""The built wheel works in an empty folder: what it needs travels inside it."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def run(*command, cwd, code=0):
    done = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.mark.slow
def test_wheel_runs_in_an_empty_folder(tmp_path):
    run(
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        tmp_path,
        REPOSITORY,
        cwd=tmp_path,
    )
    wheel = next(tmp_path.glob("*.whl"))
    # An environment of its own that borrows the dependencies, so that nothing is downloaded.
    venv.create(tmp_path / "env", system_site_packages=False, with_pip=False)
    site = next((tmp_path / "env" / "lib").glob("python*")) / "site-packages"
    run(
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        site,
        wheel,
        cwd=tmp_path,
    )
    borrowed = next(p for p in map(Path, sys.path) if p.name == "site-packages")
    kept = [
        site / "borrowed.pth",
    ]
    kept[0].write_text(f"{borrowed}\n")
    python = tmp_path / "env" / "bin" / "python"
    where = run(python, "-c", "import oncoloom; print(oncoloom.__file__)", cwd=tmp_path).stdout
    assert str(tmp_path) in where
    empty = tmp_path / "empty"
    empty.mkdir()
    run(python, "-m", "oncoloom.cli.main", "init", "project", cwd=empty)
    assert (empty / "project" / "config" / "config.yaml").is_file()
    checked = run(python, "-m", "oncoloom.cli.main", "check", cwd=empty / "project", code=1)
    assert "Traceback" not in checked.stderr
    found = run(
        python,
        "-c",
        "from oncoloom.bundled import bundled_path; print(bundled_path('workflow', 'Snakefile'))",
        cwd=empty,
    ).stdout
    assert "_bundled" in found
