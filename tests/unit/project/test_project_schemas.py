"""What is generated or pinned twice is equal: JSON schemas, environments."""

from pathlib import Path

import pytest
import yaml

import oncoloom
from oncoloom.bundled import bundled_path
from oncoloom.project.initialise import example_files
from oncoloom.project.schemas import workflow_schemas

ENVIRONMENTS = sorted(path.name for path in bundled_path("envs").glob("*.yaml"))


@pytest.mark.parametrize("name", sorted(workflow_schemas()))
def test_workflow_schemas_are_those_of_the_code(name):
    written = (bundled_path("workflow") / "schemas" / name).read_text(encoding="utf-8")
    assert written == workflow_schemas()[name], "run: python -m oncoloom.project.schemas"


@pytest.mark.parametrize("name", sorted(example_files()))
def test_example_config_is_what_init_writes(name):
    written = (bundled_path("config") / name).read_text(encoding="utf-8")
    assert written == example_files()[name], "run: python -m oncoloom.project.schemas"


def pins(lines):
    return dict(line.lower().split("==") for line in lines if "==" in line)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_environments_pin_the_tested_versions(name):
    root = Path(__file__).resolve().parents[3]
    tested = pins((root / "constraints.txt").read_text(encoding="utf-8").split())
    spec = yaml.safe_load((bundled_path("envs") / name).read_text(encoding="utf-8"))
    [by_pip] = [part["pip"] for part in spec["dependencies"] if isinstance(part, dict)]
    own = pins(by_pip)
    assert own.pop("oncoloom") == oncoloom.__version__
    assert len(own) == len(by_pip) - 1, "every package has an exact version"
    assert own == {package: tested[package] for package in own}


def test_every_rule_names_an_environment_that_exists():
    used = set()
    for path in bundled_path("workflow", "rules").glob("*.smk"):
        text = path.read_text(encoding="utf-8")
        assert "script:" not in text
        assert "run:" not in text
        assert "lambda" not in text
        used |= {word.rpartition("/")[2] for word in text.split('"') if word.startswith("../../envs/")}
    assert used == {name for name in ENVIRONMENTS if name != "workflow.yaml"}
