"""Fusion calls of STAR-Fusion, Arriba, or a plain table, to the `fusions` table."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.errors import FaultList, InputError, OncoloomError, UsageError
from oncoloom.features.rearrangements.contracts import FUSIONS_TABLE
from oncoloom.features.rearrangements.fusion_rules import judge_fusion
from oncoloom.reference_data.symbols import resolve_symbol
from oncoloom.tables import Tally

_FRAMES = {
    "inframe": "in frame",
    "in-frame": "in frame",
    "in frame": "in frame",
    "frameshift": "out of frame",
    "out-of-frame": "out of frame",
    "out of frame": "out of frame",
}
_BREAKPOINT = re.compile(r"^([^:\s]+):(\d+)(?::[+-])?$")


@dataclass(frozen=True, slots=True)
class Dialect:
    """Columns of a tool: genes, breakpoints, frame, and those whose sum is the support."""

    first: str
    second: str
    left: str
    right: str
    frame: str
    support: tuple[str, ...]
    low_confidence: Callable[[dict[str, str]], str | None]


def _arriba_doubt(row: dict[str, str]) -> str | None:
    return "Arriba says low confidence" if row.get("confidence") == "low" else None


def _no_doubt(_: dict[str, str]) -> str | None:
    return None


DIALECTS: dict[str, Dialect] = {
    "star-fusion": Dialect(
        "LeftGene",
        "RightGene",
        "LeftBreakpoint",
        "RightBreakpoint",
        "PROT_FUSION_TYPE",
        ("JunctionReadCount", "SpanningFragCount"),
        _no_doubt,
    ),
    "arriba": Dialect(
        "gene1",
        "gene2",
        "breakpoint1",
        "breakpoint2",
        "reading_frame",
        ("split_reads1", "split_reads2", "discordant_mates"),
        _arriba_doubt,
    ),
    "plain": Dialect(
        "gene_5prime",
        "gene_3prime",
        "breakpoint_5prime",
        "breakpoint_3prime",
        "frame",
        ("support",),
        _no_doubt,
    ),
}


def import_fusions(path: Path, *, source: str, material: str) -> tuple[pl.DataFrame, Tally]:
    """The `fusions` table of a file; calls of low confidence are counted and left out.

    A file without rows is a finding: nothing was called.

    Raises
    ------
    UsageError
        If `source` or `material` is not known.
    InputError, FaultList
        If the file is absent, lacks a column of its tool, or holds a count or breakpoint that is none.
    """
    if source not in DIALECTS:
        raise UsageError("unknown fusion caller", expected=", ".join(DIALECTS), found=source)
    if material not in ("rna", "dna"):
        raise UsageError("unknown material", expected="rna, dna", found=material)
    dialect, faults, tally = DIALECTS[source], [], Tally()
    rows = []
    for number, cells in _read(Path(path), dialect):
        doubt = dialect.low_confidence(cells)
        if doubt is not None:
            tally.drop(doubt)
            continue
        try:
            rows.append(_row(cells, dialect, source, material))
        except ValueError as error:
            faults.append(InputError(str(error), path=path, record=f"line {number}"))
    if faults:
        told: list[OncoloomError] = list(faults)
        raise FaultList(f"{Path(path).name} has {len(faults)} faults", told)
    tally.kept = len(rows)
    return pl.DataFrame(rows, schema=FUSIONS_TABLE.polars_schema()), tally


def _read(path: Path, dialect: Dialect) -> list[tuple[int, dict[str, str]]]:
    if not path.is_file():
        raise InputError("no such fusion file", path=path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError("not a text file", path=path, found=str(error)) from error
    if not lines:
        raise InputError("an empty file: not even a header", path=path, expected="a header line")
    header = [name.strip() for name in lines[0].lstrip("#").split("\t")]
    absent = [name for name in (dialect.first, dialect.second) if name not in header]
    if absent:
        raise InputError(
            "a column is missing", path=path, expected=", ".join(absent), found=", ".join(header[:12])
        )
    return [
        (number, dict(zip(header, line.split("\t"), strict=False)))
        for number, line in enumerate(lines[1:], start=2)
        if line.strip()
    ]


def _row(cells: dict[str, str], dialect: Dialect, source: str, material: str) -> dict[str, Any]:
    first, second = _symbol(cells.get(dialect.first, "")), _symbol(cells.get(dialect.second, ""))
    frame = _FRAMES.get(cells.get(dialect.frame, "").strip().lower(), "unknown")
    verdict = judge_fusion(first, second, frame)
    return {
        "gene_5prime": first,
        "gene_3prime": second,
        "breakpoint_5prime": _breakpoint(cells.get(dialect.left, "")),
        "breakpoint_3prime": _breakpoint(cells.get(dialect.right, "")),
        "frame": frame,
        "support": _support(cells, dialect),
        "material": material,
        "caller": source,
        "driver_gene": verdict.gene,
        "driver_rule": verdict.rule,
        "driver_evidence": verdict.evidence,
        "driver_reason": verdict.reason,
    }


def _symbol(text: str) -> str | None:
    """`EML4^ENSG00000143924` and `EML4` alike; Arriba's intergenic `A(12),B(99)` is no gene."""
    name = text.split("^")[0].strip()
    if name in ("", ".", "NA") or "(" in name:
        return None
    return resolve_symbol(name).symbol or name


def _breakpoint(text: str) -> str | None:
    if text.strip() in ("", ".", "NA"):
        return None
    found = _BREAKPOINT.match(text.strip())
    if found is None:
        raise ValueError(f"a breakpoint is contig:position, found {text[:40]!r}")
    return f"{found.group(1)}:{found.group(2)}"


def _support(cells: dict[str, str], dialect: Dialect) -> int | None:
    told = [
        cells[name].strip() for name in dialect.support if cells.get(name, "").strip() not in ("", ".", "NA")
    ]
    if not told:
        return None
    if not all(text.isdigit() for text in told):
        raise ValueError(f"support is a whole number of reads, found {', '.join(told)[:40]!r}")
    return sum(int(text) for text in told)
