"""The CSV door: a table with a row per patient, through a mapping, to a cohort."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.clinical.endpoints import SURVIVAL, Endpoints, check_endpoints
from oncoloom.clinical.oncotree import normalize_codes
from oncoloom.clinical.pseudonyms import free_text_reason
from oncoloom.clinical.schema import ENDPOINT_NAMES
from oncoloom.clinical.text_table import TextTable, fault_list, read_text_table
from oncoloom.cohort.assemble import ENDPOINT_COLUMNS, GENERIC_REASONS, Filled
from oncoloom.cohort.convert import (
    PLACEHOLDER_ROWS,
    Converted,
    convert_column,
    find_source,
    lines_text,
    missing_id_fault,
)
from oncoloom.cohort.mapping import ColumnRule, Mapping
from oncoloom.cohort.measured import AFTER_DAY_ZERO, hold_to_day_zero
from oncoloom.cohort.schema import COHORT_TABLE, ENDPOINT_REASON_COLUMNS, MEASURED_SUFFIX
from oncoloom.cohort.spelling import COLUMNS, one_spelling
from oncoloom.errors import InputError, OncoloomError
from oncoloom.features.schema import FEATURE_NAMES
from oncoloom.logs import logger
from oncoloom.tables import Column

_TARGETS = {column.name: column for column in COHORT_TABLE.columns}
_MOSTLY = 0.5


@dataclass(frozen=True, slots=True)
class TableResult:
    """Filled columns of one table, with the counts for the tally."""

    filled: Filled
    tally: dict[str, Any]


def read_clinic(path: Path, mapping: Mapping, *, comment: str = "") -> TableResult:
    """Read one table of patients through `mapping`.

    Raises
    ------
    InputError, FaultList
        For a file that cannot be read; else all faults of its cells, ids and endpoints at once.
    """
    table = read_text_table(path, separator=mapping.separator, comment=comment)
    return fill_from_table(table, mapping)


def fill_from_table(table: TextTable, mapping: Mapping) -> TableResult:
    """Fill cohort columns from a table already read as text; errors as for :func:`read_clinic`."""
    id_rule = mapping.columns["patient_id"]
    if id_rule.source and find_source(table, id_rule) is None:
        raise missing_id_fault(table, id_rule)
    filled = Filled(table.frame.height, default_reasons=dict(mapping.reasons))
    used: set[str] = set()
    faults, notes, absent, unread = _fill_columns(table, mapping, filled, used)
    faults += _half_endpoints(table, mapping, filled, absent, unread)
    faults += _fill_covariates(table, mapping, filled, used, notes)
    faults += _id_faults(table, filled.values["patient_id"])
    filled.values["oncotree_code"], code_notes = normalize_codes(filled.column("oncotree_code"))
    endpoints = _endpoints(filled)
    faults += check_endpoints(
        endpoints,
        incomplete=mapping.incomplete_endpoints,
        before_day_zero=mapping.before_day_zero,
        where=table.where,
        path=table.path,
        unread=frozenset(unread),
    )
    if faults:
        raise fault_list(f"{table.path.name} has {len(faults)} faults", faults)
    filled.values.update(endpoints.columns)
    filled.reasons.update(endpoints.reasons)
    unused = _unused(table, mapping, used)
    notes = [*code_notes, *notes, *endpoints.notes]
    for note in notes:
        logger.warning("%s: %s", table.path.name, note)
    if unused:
        logger.info("%s: columns not used: %s", table.path.name, ", ".join(unused))
    counts = {"columns_not_used": unused, "columns_absent": sorted(absent.values()), "notes": notes}
    return TableResult(filled, {**table.as_tally(), **counts})


def _fill_columns(
    table: TextTable, mapping: Mapping, filled: Filled, used: set[str]
) -> tuple[list[OncoloomError], list[str], dict[str, str], set[str]]:
    """Fill the mapped columns; returns faults, notes, target to a source that the table lacks, and targets
    with cells that could not be read."""
    faults: list[OncoloomError] = []
    placeholders: list[str] = []
    constants: list[str] = []
    absent: dict[str, str] = {}
    unread: set[str] = set()
    for target, rule in mapping.columns.items():
        done = convert_column(table, _TARGETS[target], rule, mapping)
        placeholders += _hold(table, filled, target, rule, mapping, done)
        if target in COLUMNS:
            done.values, folded = one_spelling(target, done.values)
            placeholders += folded
        filled.values[target] = done.values
        if target in FEATURE_NAMES or target == "response":
            filled.reasons[target] = done.reasons
        _keep_survival_reason(filled, target, done.reasons)
        faults += done.faults
        unread.update({target} if done.faults else ())
        faults += _free_text_faults(table, target, done.values, mapping, _TARGETS[target])
        placeholders += _placeholder_note(target, done.reasons)
        constants += _constant_notes(table, filled, target)
        used.update(done.sources)
        if rule.source and not done.sources:
            absent[target] = rule.source[0]
    return faults, placeholders + constants, absent, unread


def _half_endpoints(
    table: TextTable, mapping: Mapping, filled: Filled, absent: dict[str, str], unread: set[str]
) -> list[OncoloomError]:
    """One fault for an endpoint of which the table has only the event or only the time: not one a row."""
    faults: list[OncoloomError] = []
    for name in SURVIVAL:
        days, event = f"{name}_days", f"{name}_event"
        for lacking, given in ((days, event), (event, days)):
            seen = given not in absent and any(value is not None for value in filled.column(given))
            if lacking not in absent or not seen or mapping.incomplete_endpoints == "null":
                continue
            unread.add(lacking)
            near = [c for c in table.frame.columns if c.casefold().startswith(f"{name}_") and c != given]
            unit = ", unit: months" if near and "month" in near[0].casefold() else ""
            faults.append(
                InputError(
                    f"no column for `{lacking}`, though `{given}` is there",
                    path=table.path,
                    expected=f"{absent[lacking]} beside it",
                    found=", ".join(near) or ", ".join(table.frame.columns[:12]),
                    remedy=f"write `{lacking}: {{from: {near[0]}{unit}}}` into the mapping"
                    if near
                    else f'name it as `{lacking}` in the mapping, or set `incomplete_endpoints: "null"`',
                )
            )
    return faults


def _keep_survival_reason(filled: Filled, target: str, reasons: list[str | None]) -> None:
    """A cell that the mapping declares null (`null_values`) explains its endpoint; an empty cell does not."""
    for name in ("pfs", "os"):
        if target in (f"{name}_days", f"{name}_event"):
            stated = [None if r is None or r.startswith(GENERIC_REASONS) else r for r in reasons]
            before = filled.reasons.get(name) or [None] * filled.n
            filled.reasons[name] = [old or new for old, new in zip(before, stated, strict=True)]


def _endpoints(filled: Filled) -> Endpoints:
    columns = {name: list(filled.column(name)) for name in ENDPOINT_COLUMNS}
    reasons = {name: list(filled.reasons.get(name) or [None] * filled.n) for name in ENDPOINT_NAMES}
    for row, value in enumerate(columns["response"]):
        if value is None and reasons["response"][row] is None:
            reasons["response"][row] = "not recorded"
    return Endpoints(columns, reasons)


def _fill_covariates(
    table: TextTable, mapping: Mapping, filled: Filled, used: set[str], notes: list[str]
) -> list[OncoloomError]:
    faults: list[OncoloomError] = []
    rules = dict(mapping.covariates)
    if mapping.keep_other_columns:
        named = used.union(*(rule.source for rule in rules.values())) if rules else used
        for name in table.frame.columns:
            if (
                name not in named
                and name not in mapping.ignore
                and name not in (*_TARGETS, *ENDPOINT_REASON_COLUMNS)
            ):
                rules[name] = ColumnRule.model_validate({"from": name})
    for name, rule in rules.items():
        source = find_source(table, rule)
        if source is None and rule.constant is None:
            filled.extras[name] = pl.Series(name, [None] * filled.n, dtype=pl.Float64())
            continue
        numeric = rule.type == "number" or (
            rule.type == "auto" and _mostly_numbers(table, source, rule, mapping)
        )
        column = Column(name, pl.Float64() if numeric else pl.String(), "covariate", nullable=True)
        done = convert_column(table, column, rule, mapping)
        notes += _hold(table, filled, name, rule, mapping, done)
        filled.extras[name] = pl.Series(name, done.values, dtype=column.dtype, strict=False)
        faults += done.faults
        faults += _free_text_faults(table, name, done.values, mapping, column)
        used.update(done.sources)
    return faults


def _hold(
    table: TextTable, filled: Filled, name: str, rule: ColumnRule, mapping: Mapping, done: Converted
) -> list[str]:
    """Hold a converted column to day 0 where its rule says when it was measured; what to note of it.

    The days go into the cohort beside the column, so that a training can check them again.
    """
    if not rule.measured:
        return []
    held = hold_to_day_zero(table, name, rule, mapping, done.values)
    done.values, done.sources = held.values, [*done.sources, rule.measured]
    done.faults += held.faults
    for row in held.late:
        done.reasons[row] = AFTER_DAY_ZERO
    beside = f"{name}{MEASURED_SUFFIX}"
    filled.extras[beside] = pl.Series(beside, held.days, dtype=pl.Float64())
    return [f"{name}: {len(held.late)} values {AFTER_DAY_ZERO} are set to null"] if held.late else []


def _mostly_numbers(table: TextTable, source: str | None, rule: ColumnRule, mapping: Mapping) -> bool:
    if source is None or rule.values:
        values = [rule.constant, *rule.values.values()]
        return all(isinstance(value, int | float) for value in values if value is not None)
    cells = [
        c for c in table.frame[source].to_list() if c not in mapping.missing and c not in rule.null_values
    ]
    comma = mapping.decimal_comma
    numbers = sum(1 for cell in cells if _is_number(cell.replace(",", ".") if comma else cell))
    return bool(cells) and numbers > _MOSTLY * len(cells)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _free_text_faults(
    table: TextTable, name: str, values: list[Any], mapping: Mapping, column: Column
) -> list[OncoloomError]:
    if column.dtype != pl.String() or name in ("patient_id", "sample_id", *mapping.allow_free_text):
        return []
    reason = free_text_reason([value for value in values if isinstance(value, str)])
    if reason is None:
        return []
    return [
        InputError(
            f"`{name}` {reason}, which could name a person",
            path=table.path,
            expected="categories",
            remedy=f"leave the column out, translate it with `values`, or add `{name}` to `allow_free_text`",
        )
    ]


def _id_faults(table: TextTable, ids: Sequence[str | None]) -> list[OncoloomError]:
    rows: dict[str | None, list[int]] = {}
    for row, value in enumerate(ids):
        rows.setdefault(value, []).append(row)
    faults: list[OncoloomError] = []
    for value, where in rows.items():
        if value is None:
            faults.append(
                InputError(
                    "no patient id",
                    path=table.path,
                    record=lines_text(table, where),
                    found="an empty cell, or a word that the mapping lists under `missing`",
                    remedy="give each patient an id, or take the row out",
                )
            )
        elif len(where) > 1:
            faults.append(
                InputError(
                    "one patient id in several rows",
                    path=table.path,
                    record=lines_text(table, where),
                    expected="a row per patient",
                    remedy="keep the row of the index therapy, or give each patient an id of its own",
                )
            )
    return faults


def _constant_notes(table: TextTable, filled: Filled, target: str) -> list[str]:
    """Say where a column is one number in every row of a table of some size: often a filled-in constant."""
    column, values = _TARGETS[target], filled.values[target]
    if table.frame.height < PLACEHOLDER_ROWS or not column.dtype.is_float() or len(set(values)) != 1:
        return []
    return [] if values[0] is None else [f"{target} is {values[0]:g} in every row: measured, or filled in?"]


def _placeholder_note(target: str, reasons: list[str | None]) -> list[str]:
    first = reasons[0] if reasons else None
    return [f"{target}: {first}"] if first is not None and first.startswith("refused") else []


def _unused(table: TextTable, mapping: Mapping, used: set[str]) -> dict[str, int]:
    """Source column to its filled cells, for columns that are neither mapped nor known as ignored."""
    missing = list(mapping.missing)
    return {
        name: int((~table.frame[name].is_in(missing)).sum())
        for name in table.frame.columns
        if name not in used and name not in mapping.ignore
    }
