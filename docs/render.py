"""Render the docs that come from the source: tables, config keys, command line. `make docs`."""

import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

DOCS = Path(__file__).resolve().parent
NOTE = "<!-- rendered by docs/render.py from the source: edit there, then `make docs` -->\n"


def data_model() -> str:
    """docs/data-model.md: every table, column by column."""
    from oncoloom.cli.schema import TABLES, load_table

    out = [NOTE, "# Tables\n", "`oncoloom schema NAME` prints the same. Files are Parquet.\n"]
    for name in TABLES:
        table = load_table(name)
        out += [f"## {table.name} (version {table.version})\n", f"{table.description}\n"]
        out += ["| column | type | unit | null | meaning |", "|---|---|---|---|---|"]
        for column in table.columns:
            if column.name.endswith("_missing_reason"):
                continue
            text = column.description.replace("|", "\\|")
            if column.allowed:
                text += f" ({', '.join(column.allowed)})"
            unit = column.unit or "–"
            if column.legal:
                unit += f" ({column.legal[0]:g} to {column.legal[1]:g})"
            null = "yes" if column.nullable else "no"
            out.append(f"| `{column.name}` | {column.dtype} | {unit} | {null} | {text} |")
        if any(column.name.endswith("_missing_reason") for column in table.columns):
            out.append("\nEach feature `x` is followed by `x_missing_reason`: why it is null.")
        out.append("")
    return "\n".join(out)


def assays() -> str:
    """docs/methods/assays.md: what the assay changes in each feature."""
    from oncoloom.features.assay_effects import EFFECTS, effect_of
    from oncoloom.features.schema import FEATURES

    out = [
        NOTE,
        "# What the assay changes\n",
        (
            "*yes*: the same quantity, its interval as wide as the assay makes it. *calibrated*: after a "
            "calibration, else null. *within*: compare within one assay only. Tests cut one sample to the "
            "three: tests/unit/features/test_whole_row_of_three_assays.py; TMB: "
            "test_three_assays_of_a_tumor.py; what was assessable: testability/test_three_assays.py.\n"
        ),
        "| features | comparable | panel | exome | genome |",
        "|---|---|---|---|---|",
    ]
    for effect in EFFECTS:
        names = [spec.name for spec in FEATURES if effect_of(spec.name) is effect]
        shown = (
            "`driver_GENE`" if names[0].startswith("driver_") else ", ".join(f"`{name}`" for name in names)
        )
        cells = (shown, effect.comparable, effect.panel, effect.exome, effect.genome)
        out.append("| " + " | ".join(cells) + " |")
    return "\n".join(out) + "\n"


def feature_tiers() -> str:
    """docs/methods/feature_tiers.md: which features the response models use, and why."""
    from oncoloom.response.feature_rules import rule_of
    from oncoloom.response.feature_tiers import TIERS

    out = [
        NOTE,
        "# Which features train\n",
        (
            "*core*: in the published score. *offered*: used where nothing is declared, the core is not "
            "complete and half of the patients have a value. *never*: used only where `training.features` "
            "declares it; without a transform it cannot be declared either. A feature without a tier fails "
            "a test.\n"
        ),
        "| features | tier | why | can be declared |",
        "|---|---|---|---|",
    ]
    for tier in TIERS:
        gene = tier.names[0].startswith("driver_")
        shown = "`driver_GENE`" if gene else ", ".join(f"`{name}`" for name in tier.names)
        able = [name for name in tier.names if rule_of(name) is not None]
        can = "yes" if len(able) == len(tier.names) else ", ".join(f"`{name}`" for name in able) or "no"
        out.append(f"| {shown} | {tier.tier} | {tier.reason} | {can} |")
    return "\n".join(out) + "\n"


def config_keys() -> str:
    """docs/config.md: every key with its default."""
    from oncoloom.config import ProjectConfig

    out = [
        NOTE,
        "# Config keys\n",
        "`oncoloom init` writes them commented; `oncoloom schema config` is the JSON Schema.\n",
    ]
    out += ["| key | default | meaning |", "|---|---|---|"]
    out += _keys(ProjectConfig, "")
    return "\n".join(out) + "\n"


def _keys(model: type[BaseModel], prefix: str) -> list[str]:
    rows = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            rows += _keys(kind, f"{prefix}{name}.")
            continue
        default = "required" if field.is_required() else f"`{field.default}`"
        rows.append(f"| `{prefix}{name}` | {default} | {field.description or ''} |")
    return rows


def command_line() -> str:
    """docs/command-line.md: every verb with its options, as --help shows them."""
    import typer

    from oncoloom.cli.main import app

    group = typer.main.get_command(app)
    out = [NOTE, "# Command line\n"]
    for verb in group.list_commands(None):
        out += _command(group.get_command(None, verb), f"oncoloom {verb}")
    return "\n".join(out) + "\n"


def _command(command: Any, name: str) -> list[str]:
    out = [f"## {name}\n", (command.help or "").replace("\b\n", "").strip() + "\n"]
    rows = []
    for parameter in command.params:
        if "--help" in parameter.opts:
            continue
        names = ", ".join(f"`{one}`" for one in [*parameter.opts, *parameter.secondary_opts])
        text = (getattr(parameter, "help", None) or "").replace("|", "\\|").replace("\n", " ")
        needed = (
            "required"
            if parameter.required
            else (
                "–"
                if parameter.default in (None, False, [], ()) or callable(parameter.default)
                else f"`{parameter.default}`"
            )
        )
        rows.append(f"| {names} | {needed} | {text} |")
    if rows:
        out += ["| option | default | meaning |", "|---|---|---|", *rows, ""]
    for sub in getattr(command, "commands", {}):
        out += _command(command.commands[sub], f"{name} {sub}")
    return out


PAGES = {
    "methods/assays.md": assays,
    "methods/feature_tiers.md": feature_tiers,
    "data-model.md": data_model,
    "config.md": config_keys,
    "command-line.md": command_line,
}


def main() -> int:
    """Write the pages; with --check only compare, and say which is stale."""
    stale = []
    for name, render in PAGES.items():
        path, text = DOCS / name, render()
        if "--check" in sys.argv:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    for name in stale:
        sys.stderr.write(f"docs/{name} is stale: run `make docs`\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
