"""`oncoloom cohort build`: our own features per patient, joined with the clinic."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.clinical.pseudonyms import key_fingerprint, read_key
from oncoloom.clinical.sheet_text import patient_rows
from oncoloom.cohort.assemble import Cohort, Filled, assemble, describe
from oncoloom.cohort.csv_door import TableResult, read_clinic
from oncoloom.cohort.importing import with_pseudonyms
from oncoloom.cohort.mapping import Mapping
from oncoloom.errors import InputError
from oncoloom.features.schema import FEATURE_NAMES, FEATURES_TABLE, missing_reason_column
from oncoloom.logs import logger
from oncoloom.tables import read_table

_SHEET_COLUMNS = ("sex", "oncotree_code")
NO_CLINIC_ROW = "no row in the clinic's table"
NO_CLINIC = "no clinic's table was given"


def build_cohort(
    features: Sequence[Path],
    *,
    clinic: Path | None = None,
    mapping: Mapping | None = None,
    patients: Path | None = None,
    name: str = "patients",
    use: str = "predict",
    key_file: Path | None = None,
) -> Cohort:
    """A cohort of the patients with features, in the order of the sheet (else of the feature files).

    A feature table without rows belongs to a patient whom a check stopped: counted, not in the cohort.
    A patient without a row in the clinic stays, with nulls. Our own features stand; the clinic's fill
    their nulls. Sex and tumor type come from the sheet, else from the clinic.

    Raises
    ------
    InputError, FaultList, TableContractError
        If a feature table breaks its schema, a patient comes in two of them, or the clinic has faults.
    """
    counts: dict[str, Any] = {"feature_files": len(features)}
    rows = _read_features(features, counts)
    sheet = _read_sheet(patients)
    order = _order(rows, sheet, counts)
    filled = _fill_features(rows, order)
    result = read_clinic(clinic, mapping) if clinic is not None and mapping is not None else None
    notes = _join_clinic(filled, order, result, counts)
    notes += _fill_from_sheet(filled, order, sheet)
    for note in notes:
        logger.warning("cohort: %s", note)
    frame = assemble(filled, cohort_name=name, split=use)
    metadata: dict[str, str] = {} if mapping is None else {"oncoloom.mapping": mapping.name}
    if key_file is not None:
        key = read_key(key_file)
        frame = with_pseudonyms(frame, key)
        metadata["oncoloom.pseudonym_key"] = key_fingerprint(key)
    tally = {
        "cohort_name": name,
        "clinic": None if result is None else result.tally,
        "join": counts,
        "notes": notes,
        **describe(frame),
    }
    return Cohort(frame, tally, metadata)


def _read_features(paths: Sequence[Path], counts: dict[str, Any]) -> pl.DataFrame:
    """Feature rows, one sample a patient; tables without rows and further samples are counted."""
    tables = [read_table(path, FEATURES_TABLE) for path in paths]
    counts["stopped_patients"] = sum(1 for table in tables if table.is_empty())
    source: dict[str, Path] = {}
    for path, table in zip(paths, tables, strict=True):
        for patient in table["patient_id"].unique().to_list():
            if patient in source:
                raise InputError(
                    "a patient comes in two feature tables",
                    path=path,
                    found=f"also in {source[patient]}",
                    remedy="give each patient's features once",
                )
            source[patient] = path
    rows = pl.concat(tables) if tables else FEATURES_TABLE.empty()
    first = rows.sort("sample_id", maintain_order=True).unique(
        "patient_id", keep="first", maintain_order=True
    )
    counts["further_samples_of_a_patient"] = rows.height - first.height
    order = {patient: index for index, patient in enumerate(source)}
    return first.sort(pl.col("patient_id").replace_strict(order, default=0, return_dtype=pl.Int64()))


def _read_sheet(path: Path | None) -> dict[str, dict[str, str]]:
    """patients.tsv as patient to its row; its own checks are those of `oncoloom check`."""
    return {} if path is None else patient_rows(path)


def _order(rows: pl.DataFrame, sheet: dict[str, dict[str, str]], counts: dict[str, Any]) -> list[str]:
    present = rows["patient_id"].to_list()
    if not sheet:
        return present
    known = set(present)
    counts["sheet_patients_without_features"] = sum(1 for patient in sheet if patient not in known)
    outside = [patient for patient in present if patient not in sheet]
    counts["feature_patients_not_in_sheet"] = len(outside)
    return [*(patient for patient in sheet if patient in known), *outside]


def _fill_features(rows: pl.DataFrame, order: list[str]) -> Filled:
    frame = pl.DataFrame({"patient_id": order}, schema={"patient_id": pl.String()}).join(
        rows, on="patient_id", how="left", maintain_order="left"
    )
    filled = Filled(len(order))
    filled.values["patient_id"] = order
    filled.values["sample_id"] = frame["sample_id"].to_list()
    for name in FEATURE_NAMES:
        filled.values[name] = frame[name].to_list()
        filled.reasons[name] = frame[missing_reason_column(name)].to_list()
    return filled


def _join_clinic(
    filled: Filled, order: list[str], result: TableResult | None, counts: dict[str, Any]
) -> list[str]:
    """Bring the clinic's columns beside the features, by patient id."""
    if result is None:
        for endpoint in ("response", "pfs", "os"):
            filled.reasons[endpoint] = [NO_CLINIC] * filled.n
        return []
    clinic = result.filled
    row_of = {patient: row for row, patient in enumerate(clinic.values["patient_id"])}
    rows = [row_of.get(patient) for patient in order]
    matched = sum(1 for row in rows if row is not None)
    counts["patients_without_clinic_row"] = filled.n - matched
    counts["clinic_rows_without_features"] = clinic.n - matched
    for name, values in clinic.values.items():
        if name in ("patient_id", "sample_id"):
            continue
        picked = [None if row is None else values[row] for row in rows]
        own = filled.column(name)
        filled.values[name] = [
            theirs if mine is None else mine for mine, theirs in zip(own, picked, strict=True)
        ]
    for name, reasons in clinic.reasons.items():
        if name not in FEATURE_NAMES:
            filled.reasons[name] = [NO_CLINIC_ROW if row is None else reasons[row] for row in rows]
    for name, series in clinic.extras.items():
        values = series.to_list()
        filled.extras[name] = pl.Series(
            name, [None if row is None else values[row] for row in rows], dtype=series.dtype
        )
    if filled.n and not matched:
        return ["no patient of the cohort has a row in the clinic's table; are the ids of the same kind?"]
    return []


def _fill_from_sheet(filled: Filled, order: list[str], sheet: dict[str, dict[str, str]]) -> list[str]:
    notes = []
    for name in _SHEET_COLUMNS:
        stated = [sheet.get(patient, {}).get(name) or None for patient in order]
        before = filled.column(name)
        unlike = sum(
            1
            for new, old in zip(stated, before, strict=True)
            if new and old and new != old and "unknown" not in (new.lower(), old.lower())
        )
        if unlike:
            notes.append(f"{name}: sheet and clinic differ in {unlike} patients; the sheet's stands")
        filled.values[name] = [
            old if new is None or (new.lower() == "unknown" and old) else new
            for new, old in zip(stated, before, strict=True)
        ]
    return notes
