"""JSON schemas of config and sheets for the workflow, generated from the code that reads them."""

from pathlib import Path
from typing import Any

from oncoloom.bundled import bundled_path
from oncoloom.clinical.sheet_text import PATIENT_COLUMNS, SheetColumn
from oncoloom.config import ProjectConfig
from oncoloom.files import json_text, write_text
from oncoloom.project.initialise import example_files
from oncoloom.project.sheets import ID_PATTERN, SAMPLE_COLUMNS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def workflow_schemas() -> dict[str, str]:
    """File name to JSON text of every schema in ``workflow/schemas``."""
    config: dict[str, Any] = {"$schema": _DIALECT, **ProjectConfig.model_json_schema()}
    return {
        "config.schema.json": json_text(config),
        "patients.schema.json": json_text(_sheet_schema("patients.tsv", PATIENT_COLUMNS)),
        "samples.schema.json": json_text(_sheet_schema("samples.tsv", SAMPLE_COLUMNS)),
    }


def _sheet_schema(title: str, columns: tuple[SheetColumn, ...]) -> dict[str, Any]:
    return {
        "$schema": _DIALECT,
        "title": title,
        "description": "A row of the sheet.",
        "type": "object",
        "additionalProperties": False,
        "required": [column.name for column in columns if column.required],
        "properties": {column.name: _cell(column) for column in columns},
    }


def _cell(column: SheetColumn) -> dict[str, Any]:
    cell: dict[str, Any] = {"type": "string", "description": column.description}
    if column.allowed:
        cell["enum"] = list(column.allowed)
    elif column.name in ("patient_id", "sample_id"):
        cell["pattern"] = f"^{ID_PATTERN.pattern}$"
    return cell


def main() -> None:
    """``python -m oncoloom.project.schemas``: write what a checkout keeps of them."""
    folder: Path = bundled_path("workflow") / "schemas"
    for name, text in workflow_schemas().items():
        write_text(folder / name, text)
    for name, text in example_files().items():
        write_text(bundled_path("config") / name, text)


if __name__ == "__main__":
    main()
