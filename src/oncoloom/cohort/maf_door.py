"""The MAF door: variants of many patients, alone or beside a table of the clinic."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.cohort.assemble import Filled
from oncoloom.cohort.csv_door import TableResult
from oncoloom.cohort.maf_features import count_features, merge_features
from oncoloom.cohort.maf_fields import TCGA_BARCODE
from oncoloom.cohort.maf_reader import MafTable, read_maf
from oncoloom.cohort.mapping import Mapping
from oncoloom.errors import InputError
from oncoloom.files import file_digest
from oncoloom.logs import logger

_PRIMARY = "01"  # TCGA sample type: primary solid tumor


@dataclass(slots=True)
class MafVariants:
    """The variants of a MAF; `extra` has the cells of further columns a row."""

    frame: pl.DataFrame
    extra: dict[str, list[str]]
    tally: dict[str, Any]
    path: Path


def load_variants(path: Path, mapping: Mapping) -> MafVariants:
    """Read a MAF as `mapping` says.

    Raises
    ------
    InputError, FaultList
        See :func:`oncoloom.cohort.maf_reader.read_maf`.
    """
    maf = read_maf(
        path,
        spellings=mapping.maf.columns,
        extra=tuple(mapping.maf.btmb_count),
        build=mapping.maf.build,
    )
    lacking = [name for name in mapping.maf.btmb_count if name not in maf.extra]
    if lacking:
        raise InputError(
            "a column that `maf: btmb_count:` of the mapping names is not in the MAF",
            path=path,
            expected=", ".join(lacking),
        )
    return MafVariants(maf.frame, maf.extra, _tally(maf, path), Path(path))


def _tally(maf: MafTable, path: Path) -> dict[str, Any]:
    return {
        "file": Path(path).name,
        "digest": file_digest(Path(path)),
        **maf.lines,
        "n_variants": maf.tally.kept,
        "n_samples": maf.frame["sample_id"].n_unique(),
        "filtered": maf.tally.as_dict()["filtered"],
        "drivers": int(maf.frame["driver"].sum()),
        "notes": list(maf.notes),
    }


def patients_of_maf(variants: MafVariants, mapping: Mapping) -> TableResult:
    """A table with a row per patient of the MAF, in order of first appearance, features not yet counted."""
    samples = variants.frame["sample_id"].unique(maintain_order=True).to_list()
    patients = list(dict.fromkeys(_patient_of(sample, mapping) for sample in samples))
    filled = Filled(len(patients), default_reasons=dict(mapping.reasons))
    filled.values["patient_id"] = patients
    for target, rule in mapping.columns.items():
        if rule.constant is not None and target != "patient_id":
            filled.values[target] = [rule.constant] * filled.n
    return TableResult(filled, {})


def _patient_of(sample: str, mapping: Mapping) -> str:
    """The first letters that the mapping says, or the patient of a TCGA barcode, or the sample itself."""
    if mapping.maf.patient_length is not None:
        return sample[: mapping.maf.patient_length]
    barcode = TCGA_BARCODE.fullmatch(sample)
    return barcode.group(1) if barcode else sample


def add_variants(
    result: TableResult,
    variants: MafVariants,
    mapping: Mapping,
    *,
    tested: Sequence[frozenset[str] | None] | None = None,
    reference: Path | None = None,
) -> pl.DataFrame:
    """Count the features of `variants` into a filled table, in place; returns the variants of its patients.

    Of several samples of a patient one is used: the one that the table names, else the primary tumor where
    the barcode says so, else the first name in order; the choice is counted in the tally.

    Parameters
    ----------
    tested
        Genes looked at in each patient: an empty set for a patient who was not sequenced, None for all
        genes. Not given, the mapping says it (`maf: genes_tested`, `maf: sequenced`).
    reference
        FASTA of the MAF's build, for mutational spectra.

    Raises
    ------
    InputError
        If no sample of the MAF belongs to a patient of the table.
    """
    filled = result.filled
    patients = [str(value) for value in filled.values["patient_id"]]
    samples = variants.frame["sample_id"].unique(maintain_order=True).to_list()
    owner = _owners(samples, patients, filled.values.get("sample_id"), mapping)
    if not owner and tested is None:
        raise _no_patient_error(variants.path, len(samples), len(patients))
    chosen, spare = _choose_samples(owner, frozenset(str(s) for s in filled.column("sample_id") if s))
    used = pl.Series(
        [sample in chosen for sample in variants.frame["sample_id"].to_list()], dtype=pl.Boolean()
    )
    frame = variants.frame.filter(used)
    frame = frame.with_columns(
        pl.Series("patient_id", [chosen[s] for s in frame["sample_id"].to_list()], pl.String())
    )
    if tested is None:
        sequenced = _sequenced(result, mapping, frozenset(owner.values()))
    else:
        sequenced = [genes is None or bool(genes) for genes in tested]
    counted = _btmb_flags(variants, mapping, used)
    found = count_features(
        frame, patients, sequenced, mapping.maf, counted_for_btmb=counted, tested=tested, reference=reference
    )
    notes = merge_features(filled, found)
    sample_of = {patient: sample for sample, patient in chosen.items()}
    before = filled.column("sample_id")
    filled.values["sample_id"] = [
        sample_of.get(patient, old) for patient, old in zip(patients, before, strict=True)
    ]
    for note in notes:
        logger.info("%s: %s", variants.path.name, note)
    result.tally["variants"] = {
        **variants.tally,
        "used_variants": frame.height,
        "samples_without_patient": len(set(samples) - set(owner)),
        "patients_without_variants": len(set(patients) - set(sample_of)),
        "patients_sequenced": sum(sequenced),
        "further_samples_of_a_patient": len(spare),
        "not_counted": found.filtered,
        "notes": [*variants.tally["notes"], *notes, *_sample_notes(spare)],
    }
    return frame


def _no_patient_error(path: Path, n_samples: int, n_patients: int) -> InputError:
    return InputError(
        "no sample of the MAF belongs to a patient of the table",
        path=path,
        expected="Tumor_Sample_Barcode equal to a patient or sample id of the table",
        found=f"{n_samples} samples, {n_patients} patients, none in common",
        remedy="if the barcode begins with the patient's id, set `maf: patient_length:` in the mapping",
    )


def _owners(
    samples: Sequence[str], patients: Sequence[str], sample_ids: Sequence[Any] | None, mapping: Mapping
) -> dict[str, str]:
    """Sample to patient, for samples that belong to one: by sample id, patient id, or its first letters."""
    known = dict.fromkeys(patients)
    by_sample = {
        str(sample): patient for sample, patient in zip(sample_ids or (), patients, strict=False) if sample
    }
    owner = {}
    for sample in samples:
        patient = by_sample.get(sample, sample if sample in known else _patient_of(sample, mapping))
        if patient in known:
            owner[sample] = patient
    return owner


def _choose_samples(owner: dict[str, str], named: frozenset[str]) -> tuple[dict[str, str], list[str]]:
    """One sample a patient: the one in `named`, the primary of TCGA-like barcodes, the first name."""
    groups: dict[str, list[str]] = {}
    for sample, patient in owner.items():
        groups.setdefault(patient, []).append(sample)
    chosen: dict[str, str] = {}
    spare: list[str] = []
    for patient, names in groups.items():
        first, *rest = sorted(
            names, key=lambda name: (name not in named, _sample_type(name) != _PRIMARY, name)
        )
        chosen[first] = patient
        spare += rest
    return chosen, spare


def _sample_type(sample: str) -> str:
    barcode = TCGA_BARCODE.fullmatch(sample)
    if barcode:
        return barcode.group(2)
    last = sample.rsplit("-", 1)[-1]
    return last[:2] if last[:2].isdigit() else ""


def _sample_notes(spare: list[str]) -> list[str]:
    if not spare:
        return []
    note = (
        f"{len(spare)} further samples of patients with several are not used: the sample of the table, the "
        "primary tumor (type 01) or the first name in order stands for the patient"
    )
    return [note]


def _btmb_flags(variants: MafVariants, mapping: Mapping, used: pl.Series) -> pl.Series | None:
    if not mapping.maf.btmb_count:
        return None
    flags = pl.Series([True] * variants.frame.height)
    for name, wanted in mapping.maf.btmb_count.items():
        flags &= pl.Series([cell.casefold() == wanted.casefold() for cell in variants.extra[name]])
    return flags.filter(used)


def _sequenced(result: TableResult, mapping: Mapping, owners: frozenset[str]) -> list[bool]:
    """Whose absence of a variant is a finding: patients with variants, and whom the mapping names."""
    filled, rule = result.filled, mapping.maf.sequenced
    listed = [patient in owners for patient in filled.values["patient_id"]]
    if rule == "all":
        return [True] * filled.n
    if rule == "listed":
        return listed
    rules = {**mapping.columns, **mapping.covariates}
    target = next((name for name, one in rules.items() if rule in one.source), None)
    if target is None:
        raise InputError(
            f"`maf: sequenced: {rule}` names no column that the mapping fills",
            expected="listed, all, or a source column under `columns` or `covariates`",
        )
    extra = filled.extras.get(target)
    cells = filled.column(target) if extra is None else extra.to_list()
    return [known or cell is not None for known, cell in zip(listed, cells, strict=True)]
