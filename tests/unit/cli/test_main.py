import subprocess
import sys

import pytest
from typer.testing import CliRunner

from oncoloom.cli.main import VERBS, app

runner = CliRunner()


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "oncoloom.cli.main", *arguments], capture_output=True, text=True, check=False
    )


def test_help_lists_every_verb():
    shown = runner.invoke(app, ["--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert all(verb in shown.output for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb):
    shown = runner.invoke(app, [verb, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0, shown.output
    if "Commands" in shown.output:  # a group: its sub-verbs carry the examples
        return
    assert "xample" in shown.output


def test_help_loads_no_heavy_library():
    code = (
        "import sys; sys.argv=['oncoloom','--help']\n"
        "from oncoloom.cli.main import app\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "libraries = 'numba torch mlflow snakemake pysam sklearn scipy pytorch_lightning'.split()\n"
        "heavy = set(libraries) & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_error_is_a_message_not_a_trace(tmp_path):
    done = run("schema", "predictionz")
    assert done.returncode == 2
    assert "did you mean predictions" in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_the_trace():
    done = run("--debug", "schema", "predictionz")
    assert done.returncode == 2
    assert "Traceback" in done.stderr


def test_unknown_verb_is_wrong_usage():
    assert run("cal").returncode == 2
