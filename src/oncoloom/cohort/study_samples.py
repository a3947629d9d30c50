"""Patients of a study with one sample each: which of several stands for the patient, and why."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.clinical.text_table import TextTable, read_text_table
from oncoloom.errors import InputError

_PATIENT, _SAMPLE, _TYPE = "PATIENT_ID", "SAMPLE_ID", "SAMPLE_TYPE"


@dataclass(slots=True)
class PatientTable:
    """Patient and sample columns side by side, a row per patient, with counts and notes for the tally."""

    table: TextTable
    sample_of: dict[str, str]
    tally: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def join_samples(
    patients: TextTable | None,
    samples: TextTable | None,
    preferred: frozenset[str],
    *,
    name_sample: Callable[[str], str] = str,
) -> PatientTable:
    """Put each patient's chosen sample beside the patient's own columns.

    A sample id that comes twice with different values is set aside and named; exact repeats count once.
    Of several samples of a patient the one in `preferred` (sequenced) is chosen, then the primary tumor,
    then the first name in order. `name_sample` is how a note names a sample (its pseudonym under a key).

    Raises
    ------
    InputError
        If a table lacks its id column.
    """
    _require_ids(patients, samples)
    if samples is None:
        assert patients is not None  # open_study has found one of the two
        return PatientTable(patients, {}, {"patients": patients.frame.height, "samples": 0})
    notes: list[str] = []
    kept, repeats, aside = _without_contradictions(samples, notes, name_sample)
    chosen = _choose(kept, preferred)
    left = patients.frame if patients is not None else kept.select(_PATIENT).unique(maintain_order=True)
    lines = patients.lines if patients is not None else list(range(1, left.height + 1))
    new = [name for name in chosen.columns if name == _PATIENT or name not in left.columns]
    joined = left.join(chosen.select(new), on=_PATIENT, how="left", maintain_order="left")
    joined = joined.with_columns(pl.col(pl.String).fill_null(""))
    sample_of = dict(chosen.select(_PATIENT, _SAMPLE).iter_rows())
    path = patients.path if patients is not None else samples.path
    tally = {
        "patients": left.height,
        "samples": samples.frame.height,
        "samples_repeated": repeats,
        "samples_set_aside": aside,
        **_count_patients(left, kept, notes),
    }
    return PatientTable(TextTable(joined, lines, path, joined.columns), sample_of, tally, notes)


def _require_ids(patients: TextTable | None, samples: TextTable | None) -> None:
    for table, name in ((patients, _PATIENT), (samples, _SAMPLE), (samples, _PATIENT)):
        if table is not None and name not in table.frame.columns:
            raise InputError(
                "a clinical table without its id column",
                path=table.path,
                expected=name,
                found=", ".join(table.header[:12]),
            )


def _count_patients(patients: pl.DataFrame, samples: pl.DataFrame, notes: list[str]) -> dict[str, int]:
    known, owners = set(patients[_PATIENT].to_list()), samples[_PATIENT].to_list()
    several = samples.filter(pl.col(_PATIENT).is_duplicated())[_PATIENT].n_unique()
    if several:
        notes.append(
            f"{several} patients have several samples; the sequenced one, then the primary tumor, then the "
            "first name in order stands for the patient (column `sample_id`)"
        )
    return {
        "samples_of_unknown_patients": sum(1 for owner in owners if owner not in known),
        "patients_with_several_samples": several,
        "patients_without_sample": len(known.difference(owners)),
    }


def _without_contradictions(
    samples: TextTable, notes: list[str], name_sample: Callable[[str], str]
) -> tuple[pl.DataFrame, int, int]:
    distinct = samples.frame.unique(maintain_order=True)
    repeats = samples.frame.height - distinct.height
    twice = distinct.filter(pl.col(_SAMPLE).is_duplicated())
    for sample in twice[_SAMPLE].unique(maintain_order=True).to_list():
        rows = twice.filter(pl.col(_SAMPLE) == sample)
        differ = [name for name in rows.columns if rows[name].n_unique() > 1]
        values = "; ".join(f"{name} {' / '.join(rows[name].to_list())}" for name in differ)
        notes.append(f"sample {name_sample(sample)} comes twice and contradicts itself ({values}): set aside")
    return distinct.filter(~pl.col(_SAMPLE).is_duplicated()), repeats, twice.height


def _choose(samples: pl.DataFrame, preferred: frozenset[str]) -> pl.DataFrame:
    kind = (
        pl.col(_TYPE).str.to_lowercase().str.starts_with("primary")
        if _TYPE in samples.columns
        else pl.lit(value=True)
    )
    return (
        samples.with_columns(
            pl.col(_SAMPLE).is_in(list(preferred)).alias("_sequenced"), kind.alias("_primary")
        )
        .sort(["_sequenced", "_primary", _SAMPLE], descending=[True, True, False], maintain_order=True)
        .unique(_PATIENT, keep="first", maintain_order=True)
        .drop("_sequenced", "_primary")
    )


def samples_in(path: Path | None) -> frozenset[str]:
    """Sample ids in a MAF's barcode column, without reading the rest."""
    if path is None:
        return frozenset()
    table = read_text_table(path, separator="\t", comment="#", keep=frozenset(("tumor_sample_barcode",)))
    return frozenset(table.frame.to_series(0).to_list()) if table.frame.width else frozenset()
