"""`oncoloom init`: a commented config with every key, and example sheets; nothing that exists is touched."""

import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from oncoloom.clinical.sheet_text import PATIENT_COLUMNS, SheetColumn
from oncoloom.config import CohortSource, ProjectConfig
from oncoloom.errors import InputError, UsageError
from oncoloom.files import write_text
from oncoloom.project.sheets import SAMPLE_COLUMNS

_FASTA = (".fa", ".fasta", ".fna")


@dataclass(frozen=True, slots=True)
class Initialised:
    """What init did: files written, files that were there and are kept, the config that speaks for them."""

    config: Path
    written: tuple[Path, ...]
    kept: tuple[Path, ...]


def initialise(folder: Path, *, reference: Path | None = None) -> Initialised:
    """Make a project folder, or make a project of a folder that holds sheets or a FASTA.

    Sheets that lie in the folder itself keep their place, and the config is put beside them; otherwise
    config and sheets go into ``config/``.

    Parameters
    ----------
    reference
        The FASTA; a single one in the folder is taken when not given.

    Raises
    ------
    InputError
        If the folder cannot be written, or `reference` is not there.
    UsageError
        If the folder already has a config.
    """
    folder = folder.absolute()
    for name in ("config/config.yaml", "config.yaml"):
        if (folder / name).exists():
            raise UsageError(
                "the folder already has a config; init never overwrites",
                path=folder / name,
                remedy="edit it, or move it away",
            )
    if reference is not None and not reference.is_file():
        raise InputError("no such reference", path=reference, expected="a FASTA file")
    beside = any((folder / name).is_file() for name in ("patients.tsv", "samples.tsv"))
    home = folder if beside else folder / "config"
    fasta = _written_path(reference, folder) if reference else _only_fasta(folder)
    values: dict[str, Any] = {"reference.fasta": fasta} if fasta else {}
    if beside:
        values |= {"patients": "patients.tsv", "samples": "samples.tsv"}
    values["project_name"] = folder.name[:60] or "my_project"
    written, kept = [], []
    for name, text in example_files(values).items():
        path = home / name
        if path.exists():
            kept.append(path)
        else:
            write_text(path, text)
            written.append(path)
    return Initialised(home / "config.yaml", tuple(written), tuple(kept))


def example_files(values: dict[str, Any] | None = None) -> dict[str, str]:
    """The config and the two sheets as init writes them, by file name; `values` as in :func:`config_text`."""
    return {
        "config.yaml": config_text(values),
        "patients.tsv": _sheet_text(PATIENT_COLUMNS, "P01\tfemale\tLUAD\t\t"),
        "samples.tsv": _sheet_text(
            SAMPLE_COLUMNS,
            "P01\tP01_T\ttumor\treads/P01_T.bam\t\t\t\tpanel\tpanel.bed",
            "P01\tP01_N\tnormal\treads/P01_N.bam\t\t\t\tpanel\tpanel.bed",
        ),
    }


def config_text(values: dict[str, Any] | None = None) -> str:
    """The commented config: every key with its meaning, bounds and default.

    Parameters
    ----------
    values
        Values other than the defaults, by dotted key, e.g. ``reference.fasta``.
    """
    lines = [
        "# A project of oncoloom. Every key is here with its default; a key may be left out.",
        "# Paths are relative to the project folder: the folder of this file, or, where that is called",
        "# `config`, its parent.",
        "",
    ]
    lines += _section_lines(ProjectConfig, values or {}, prefix="", indent="")
    return "\n".join(lines).rstrip() + "\n"


def _section_lines(model: type[BaseModel], values: dict[str, Any], *, prefix: str, indent: str) -> list[str]:
    lines: list[str] = []
    for name, info in model.model_fields.items():
        key = f"{prefix}{name}"
        default = info.get_default(call_default_factory=True)
        if isinstance(default, BaseModel):
            lines += ["", f"{indent}# {_first_line(type(default).__doc__)}"]
            lines.append(f"{indent}{name}:")
            inner = _with_defaults(type(default), default)
            lines += _section_lines(inner, values, prefix=f"{key}.", indent=indent + "  ")
            continue
        lines.append(f"{indent}# {_comment(info)}")
        lines.append(f"{indent}{name}: {_yaml(values.get(key, _plain(default)))}")
        if info.annotation == tuple[CohortSource, ...]:
            lines += _cohort_example(indent)
    return lines


def _with_defaults(model: type[BaseModel], instance: BaseModel) -> type[BaseModel]:
    """The model with the defaults that `instance` carries (a QC profile differs between assays)."""
    changed = {
        name: (info.annotation, _copy_info(info, getattr(instance, name)))
        for name, info in model.model_fields.items()
    }
    from pydantic import create_model

    made: type[BaseModel] = create_model(model.__name__, **changed)  # type: ignore[call-overload]
    return made


def _copy_info(info: FieldInfo, default: Any) -> FieldInfo:
    from copy import copy

    copied = copy(info)
    copied.default = default
    return copied


def _comment(info: FieldInfo) -> str:
    text = info.description or ""
    allowed = _allowed(info.annotation)
    bounds = [
        f"{sign} {value:g}"
        for sign, name in ((">=", "ge"), (">", "gt"), ("<=", "le"), ("<", "lt"))
        for value in (getattr(one, name, None) for one in info.metadata)
        if isinstance(value, int | float)
    ]
    notes = ([f"one of {', '.join(allowed)}"] if allowed else []) + ([" and ".join(bounds)] if bounds else [])
    return f"{text} ({'; '.join(notes)})" if notes else text


def _allowed(annotation: Any) -> list[str]:
    if typing.get_origin(annotation) is typing.Literal:
        return [str(value) for value in typing.get_args(annotation)]
    return [word for part in typing.get_args(annotation) for word in _allowed(part)]


def _cohort_example(indent: str) -> list[str]:
    lines = [f"{indent}# Each cohort is an entry of the list:"]
    for name, info in CohortSource.model_fields.items():
        lead = "- " if name == next(iter(CohortSource.model_fields)) else "  "
        example = {"kind": "csv", "path": "clinic/train.csv", "mapping": "loris_icb"}.get(name)
        value = example if example is not None else _plain(info.get_default())
        lines.append(f"{indent}#   {lead}{name}: {_yaml(value)}  # {_comment(info)}")
    return lines


def _first_line(text: str | None) -> str:
    return (text or "").strip().splitlines()[0] if text else ""


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def _yaml(value: Any) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, width=10_000, allow_unicode=True)
    return text.strip().removesuffix("...").strip()


def _sheet_text(columns: tuple[SheetColumn, ...], *examples: str) -> str:
    lines = ["# One row each, cells separated by tabs; lines that begin with # are no rows."]
    for column in columns:
        note = f" ({', '.join(column.allowed)})" if column.allowed else ""
        lines.append(
            f"#   {column.name}: {column.description}{note}{'' if column.required else '; may be empty'}"
        )
    lines.append("\t".join(column.name for column in columns))
    lines += [f"# {example}" for example in examples]
    return "\n".join(lines) + "\n"


def _only_fasta(folder: Path) -> str | None:
    if not folder.is_dir():
        return None
    found = [path.name for path in sorted(folder.iterdir()) if path.name.lower().endswith(_FASTA)]
    return found[0] if len(found) == 1 else None


def _written_path(reference: Path, folder: Path) -> str:
    absolute = reference.absolute()
    return str(absolute.relative_to(folder)) if absolute.is_relative_to(folder) else str(absolute)
