"""What a report is made of: tables of the earlier steps, read once and checked against their schemas."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.clinical.sheet_text import patient_rows
from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.config import ProjectConfig
from oncoloom.errors import InputError
from oncoloom.features.contracts import ASSESSABILITY_TABLE, HOTSPOTS_TABLE, SEGMENTS_TABLE, VARIANTS_TABLE
from oncoloom.features.drivers.contracts import DRIVERS_TABLE
from oncoloom.features.further_tumors import FurtherTumor, read_further_tumors
from oncoloom.features.msi.contracts import MSI_LOCI_TABLE
from oncoloom.features.schema import FEATURES_TABLE
from oncoloom.features.signatures.contracts import SIGNATURES_TABLE, SPECTRUM_TABLE
from oncoloom.features.strips import STRIPS_VERSION
from oncoloom.files import file_digest, read_json
from oncoloom.report.burden_reference import no_burdens, read_burdens
from oncoloom.report.model import NamedStrip
from oncoloom.report.strip import strip_of
from oncoloom.response.effects.schema import COMPARISONS_TABLE
from oncoloom.response.schema import PREDICTIONS_TABLE
from oncoloom.tables import read_table

STATES = ("passed", "warned", "stopped")
_DETAILS = {
    "variants": VARIANTS_TABLE,
    "drivers": DRIVERS_TABLE,
    "segments": SEGMENTS_TABLE,
    "assessability": ASSESSABILITY_TABLE,
    "hotspots": HOTSPOTS_TABLE,
    "spectrum": SPECTRUM_TABLE,
    "signatures": SIGNATURES_TABLE,
    "msi_loci": MSI_LOCI_TABLE,
}


@dataclass(frozen=True, slots=True)
class ReportInputs:
    """Everything one patient's report may say. Tables hold this patient's rows only.

    `features` is the one row of the features table, or empty for a stopped patient. `calls_qc` is empty for
    the VCF door, `clinic` is the cohort row or empty; `predictions` is None where nobody predicted, `metrics`
    where no model's metrics were given, `strips` where no reads were gathered.
    """

    patient_id: str
    config: ProjectConfig
    qc: dict[str, Any]
    sheet: dict[str, str]
    features: dict[str, Any] = field(default_factory=dict)
    variants: pl.DataFrame = field(default_factory=VARIANTS_TABLE.empty)
    drivers: pl.DataFrame = field(default_factory=DRIVERS_TABLE.empty)
    segments: pl.DataFrame = field(default_factory=SEGMENTS_TABLE.empty)
    assessability: pl.DataFrame = field(default_factory=ASSESSABILITY_TABLE.empty)
    hotspots: pl.DataFrame = field(default_factory=HOTSPOTS_TABLE.empty)
    spectrum: pl.DataFrame = field(default_factory=SPECTRUM_TABLE.empty)
    signatures: pl.DataFrame = field(default_factory=SIGNATURES_TABLE.empty)
    msi_loci: pl.DataFrame = field(default_factory=MSI_LOCI_TABLE.empty)
    measures: dict[str, dict[str, Any]] = field(default_factory=dict)
    strips: tuple[NamedStrip, ...] | None = None
    strips_left_out: int = 0
    tally: dict[str, int] = field(default_factory=dict)
    copy_number: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    calls_qc: dict[str, Any] = field(default_factory=dict)
    further_tumors: tuple[FurtherTumor, ...] = ()
    clinic: dict[str, Any] = field(default_factory=dict)
    predictions: pl.DataFrame | None = None
    comparisons: pl.DataFrame | None = None
    metrics: dict[str, Any] | None = None
    burdens: pl.DataFrame = field(default_factory=no_burdens)
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def stopped(self) -> bool:
        """Whether a check stopped this patient."""
        return bool(self.qc["state"] == "stopped")


def read_inputs(
    patient_id: str,
    *,
    qc: Path,
    features: Path,
    calls: Path | None,
    predictions: Path | None,
    patients: Path | None,
    config: ProjectConfig,
    metrics: Path | None,
    evidence: Path | None = None,
    cohort: Path | None = None,
    comparisons: Path | None = None,
    burdens: Sequence[Path] = (),
) -> ReportInputs:
    """Read one patient's inputs. A stopped patient's results are not read at all.

    Parameters
    ----------
    features
        ``results/features/ID.parquet``; its detail tables lie in the folder ``ID`` beside it.
    calls
        ``results/calls/ID``; qc.json in it may be absent (VCF door).
    evidence
        ``results/evidence/ID.json``: the reads over reported variants; None by the VCF door.
    burdens
        Cohort tables whose tumors the patient's mutational burden is compared with.
    comparisons
        A table of `oncoloom compare`, where somebody compared.
    cohort
        ``results/cohort/cohort.parquet``: what the clinic knows of the patient; None where none was joined.

    Raises
    ------
    InputError, TableContractError
        If a file is absent, breaks its schema, or does not speak of this patient.
    """
    verdict = read_verdict(qc, patient_id)
    sheet = read_sheet(patients, patient_id) if patients else {}
    if verdict["state"] == "stopped":
        return ReportInputs(
            patient_id, config, verdict, sheet, calls_qc=_calls_qc(calls), digests={"checks": file_digest(qc)}
        )
    folder = features.parent / features.stem
    row = _feature_row(features, patient_id)
    left_out, notes = _tally(folder / "tally.json")
    told = read_json(folder / "tally.json") if (folder / "tally.json").is_file() else {}
    tables = {
        name: of_patient(read_table(folder / f"{name}.parquet", schema), patient_id)
        for name, schema in _DETAILS.items()
    }
    digests = {name: file_digest(folder / f"{name}.parquet") for name in _DETAILS}
    strips, strips_left_out = (None, 0) if evidence is None else _strips(evidence, patient_id)
    return ReportInputs(
        patient_id,
        config,
        verdict,
        sheet,
        features=row,
        **tables,
        tally=left_out,
        copy_number=_copy_number(folder / "copy_number.json"),
        notes=notes,
        measures={name: told[name] for name in ("msi", "signatures") if isinstance(told.get(name), dict)},
        calls_qc=_calls_qc(calls),
        further_tumors=() if calls is None else read_further_tumors(calls),
        clinic=_clinic(cohort, patient_id),
        predictions=_predictions(predictions, patient_id),
        comparisons=None
        if comparisons is None
        else of_patient(read_table(comparisons, COMPARISONS_TABLE), patient_id),
        metrics=read_json(metrics) if metrics else None,
        burdens=read_burdens(burdens),
        strips=strips,
        strips_left_out=strips_left_out,
        digests={"checks": file_digest(qc), "features": file_digest(features), **digests},
    )


def _copy_number(path: Path) -> dict[str, Any]:
    """What copies rest on, with the plot's dots; empty where the features were imported."""
    return dict(read_json(path)) if path.is_file() else {}


def read_verdict(path: Path, patient_id: str) -> dict[str, Any]:
    """The verdict of the sample checks.

    Raises
    ------
    InputError
        If the file is of another patient, or has no state.
    """
    raw = read_json(path)
    if not isinstance(raw, dict) or raw.get("state") not in STATES:
        raise InputError("not a verdict of checks", path=path, expected=f"state: {', '.join(STATES)}")
    if raw.get("patient_id") != patient_id:
        raise InputError("verdict of another patient", path=path, remedy="give this patient's --qc file")
    return {"checks": [], "override": None, "mode": "", **raw}


def read_sheet(path: Path, patient_id: str) -> dict[str, str]:
    """The patient's row of patients.tsv; empty cells are left out.

    Raises
    ------
    InputError, ConfigError
        If the sheet lacks the patient, or cannot be read.
    """
    row = patient_rows(Path(path)).get(patient_id)
    if row is None:
        raise InputError("the sheet has no row of this patient", path=path, expected="its patient_id")
    return row


def of_patient(frame: pl.DataFrame, patient_id: str) -> pl.DataFrame:
    """The rows of one patient."""
    return frame.filter(pl.col("patient_id") == patient_id)


def source_date() -> str | None:
    """The day of SOURCE_DATE_EPOCH (UTC) as 2026-05-02, or None where it is not set."""
    raw = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(raw), UTC).date().isoformat() if raw else None


def _feature_row(path: Path, patient_id: str) -> dict[str, Any]:
    rows = of_patient(read_table(path, FEATURES_TABLE), patient_id)
    if len(rows) != 1:
        raise InputError(
            "a report needs one feature row of the patient", path=path, expected="1 row", found=f"{len(rows)}"
        )
    return rows.row(0, named=True)


def _tally(path: Path) -> tuple[dict[str, int], tuple[str, ...]]:
    """What the feature step left out, by reason over its tables, and its notes for the reader."""
    raw = read_json(path) if path.is_file() else {}
    tables = [raw, *raw.values()] if isinstance(raw, dict) else []
    left_out: Counter[str] = Counter()
    for table in tables:
        filtered = table.get("filtered", {}) if isinstance(table, dict) else {}
        left_out.update({str(reason): n for reason, n in filtered.items() if isinstance(n, int)})
    notes = raw.get("notes", []) if isinstance(raw, dict) else []
    return dict(sorted(left_out.items())), tuple(str(note) for note in notes)


def _strips(path: Path, patient_id: str) -> tuple[tuple[NamedStrip, ...], int]:
    """Strips of the evidence file, and how many variants have none."""
    raw = read_json(path)
    if not isinstance(raw, dict) or raw.get("version") != STRIPS_VERSION:
        raise InputError("not the evidence of a report", path=path, remedy="make it again: oncoloom evidence")
    if raw.get("patient_id") != patient_id:
        raise InputError("evidence of another patient", path=path, remedy="give this patient's file")
    rows = tuple(NamedStrip(name=one["name"], strip=strip_of(one["look"])) for one in raw["strips"])
    return rows, int(raw["left_out"])


def _calls_qc(calls: Path | None) -> dict[str, Any]:
    if calls is None or not (calls / "qc.json").is_file():
        return {}
    raw = read_json(calls / "qc.json")
    return raw if isinstance(raw, dict) else {}


def _clinic(path: Path | None, patient_id: str) -> dict[str, Any]:
    """The patient's row of the cohort table; empty where it has none."""
    if path is None:
        return {}
    rows = of_patient(read_table(path, COHORT_TABLE), patient_id)
    return rows.row(0, named=True) if rows.height else {}


def _predictions(path: Path | None, patient_id: str) -> pl.DataFrame | None:
    return of_patient(read_table(path, PREDICTIONS_TABLE), patient_id) if path else None
