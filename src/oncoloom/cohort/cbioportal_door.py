"""The cBioPortal door: a study folder to a cohort, with therapies from its timeline."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.clinical.endpoints import SURVIVAL
from oncoloom.clinical.pseudonyms import pseudonym, read_key
from oncoloom.clinical.timelines import TherapyLine, index_line, therapy_lines
from oncoloom.cohort.assemble import Cohort, Filled
from oncoloom.cohort.csv_door import TableResult, fill_from_table
from oncoloom.cohort.importing import cohort_of
from oncoloom.cohort.maf_door import add_variants, load_variants
from oncoloom.cohort.mapping import Mapping, TimelineRules
from oncoloom.cohort.study import WHOLE_EXOME, Study, open_study, panels_of_samples, read_study_table
from oncoloom.cohort.study_samples import join_samples, samples_in
from oncoloom.cohort.study_segments import study_segments
from oncoloom.cohort.study_treatments import read_treatments
from oncoloom.logs import logger

TIME_ZERO = "time_zero"


def import_cbioportal(
    folder: Path,
    mapping: Mapping,
    *,
    name: str | None = None,
    use: str = "train",
    key_file: Path | None = None,
) -> Cohort:
    """A cohort from a study folder: one row per patient, in the order of the patient table.

    Day 0 is the start of the first systemic line on or after the study's day 0; for a patient without a
    treatment on record it stays the study's own, and column `time_zero` says which.

    Raises
    ------
    InputError, FaultList
        For a folder that is no study, and for faults of its tables; all faults of a table at once.
    """
    study = open_study(folder)
    patients, samples = study.file("patients"), study.file("samples")
    mutations, matrix = study.file("mutations"), study.file("panel_matrix")
    panels = panels_of_samples(matrix) if matrix else {}
    sequenced = frozenset(panels) | (study.sequenced or frozenset()) | samples_in(mutations)
    joined = join_samples(
        read_study_table(patients) if patients else None,
        read_study_table(samples) if samples else None,
        sequenced,
        name_sample=_sample_name(key_file),
    )
    result = fill_from_table(joined.table, mapping)
    result.tally.update(joined.tally)
    result.tally["notes"] = [*joined.notes, *result.tally["notes"]]
    result.tally["files_not_read"] = study.not_read
    for note in joined.notes:
        logger.warning("%s: %s", Path(folder).name, note)
    variants = []
    if mutations is not None:
        tested = _tested(study, joined.sample_of, result.filled, panels, sequenced)
        variants.append(add_variants(result, load_variants(mutations, mapping), mapping, tested=tested))
    more = _add_therapies(study, result, mapping.timeline)
    segments, seg = None, study.file("segments")
    if seg is not None:
        segments, more["segments"] = study_segments(seg, joined.sample_of, study.genome_build)
    inputs = [path for path in (patients or samples,) if path is not None]
    return cohort_of(
        [result],
        inputs,
        mapping,
        name=name or Path(folder).resolve().name,
        use=use,
        key_file=key_file,
        variants=variants,
        segments=segments,
        more=more,
    )


def _sample_name(key_file: Path | None) -> Callable[[str], str]:
    if key_file is None:
        return str
    key = read_key(key_file)
    return lambda sample: pseudonym(sample, key, prefix="S")


def _tested(
    study: Study,
    sample_of: dict[str, str],
    filled: Filled,
    panels: dict[str, str],
    sequenced: frozenset[str],
) -> list[frozenset[str] | None]:
    """Genes looked at in each patient's sample: none if not sequenced, None for all of them."""
    out: list[frozenset[str] | None] = []
    for patient in filled.values["patient_id"]:
        sample = sample_of.get(patient)
        if sample is None or sample not in sequenced:
            out.append(frozenset())
            continue
        panel = panels.get(sample, WHOLE_EXOME)
        out.append(None if panel == WHOLE_EXOME else study.panels.get(panel, frozenset()))
    return out


def _add_therapies(study: Study, result: TableResult, rules: TimelineRules) -> dict[str, Any]:
    """Fill therapy and prior lines from the timelines and move day 0 to the index therapy, in place."""
    filled = result.filled
    treatments, counts = read_treatments(study.files.get("timelines", []), rules)
    filled.extras[TIME_ZERO] = pl.Series(TIME_ZERO, ["study day 0"] * filled.n)
    if not study.files.get("timelines"):
        return {"therapy_lines": 0}
    lines = therapy_lines(treatments, regimen_days=rules.regimen_days)
    patients = filled.values["patient_id"]
    zero = ["study day 0"] * filled.n
    columns: dict[str, list[Any]] = {
        key: list(filled.column(key))
        for key in ("therapy", "therapy_class", "prior_lines", "prior_systemic_therapy")
    }
    for row, patient in enumerate(patients):
        own = lines.get(patient, [])
        index, prior = index_line(own)
        if own:
            columns["prior_lines"][row] = float(prior)
            columns["prior_systemic_therapy"][row] = int(prior > 0)
        if index is None:
            continue
        if _starts_after_end(filled, row, index):
            counts["index therapy after the end of observation, set aside"] += 1
            continue
        columns["therapy"][row] = index.name
        columns["therapy_class"][row] = " + ".join(index.kinds) or None
        zero[row] = "index therapy"
        _move_day_zero(filled, row, index.start, counts)
    filled.values.update(columns)
    filled.extras[TIME_ZERO] = pl.Series(TIME_ZERO, zero)
    return _therapy_tally(result, lines, zero, counts, patients)


def _starts_after_end(filled: Filled, row: int, line: TherapyLine) -> bool:
    end = filled.column("os_days")[row]
    return end is not None and line.start > end


def _move_day_zero(filled: Filled, row: int, start: float, counts: Counter[str]) -> None:
    for name in SURVIVAL:
        days = filled.values[f"{name}_days"]
        if days[row] is None:
            continue
        if days[row] < start:
            days[row] = None
            filled.values[f"{name}_event"][row] = None
            filled.reasons[name][row] = "ended before the index therapy"
            counts[f"{name} ended before the index therapy, set to null"] += 1
        else:
            days[row] -= start


def _therapy_tally(
    result: TableResult,
    lines: dict[str, list[TherapyLine]],
    zero: list[str],
    counts: Counter[str],
    patients: list[str],
) -> dict[str, Any]:
    known = set(patients)
    without = zero.count("study day 0")
    if without:
        result.tally["notes"].append(
            f"immortal time: {without} patients have no systemic treatment on record and keep the study's "
            "day 0; the treated are counted from their therapy on. Do not compare the two groups from day 0"
        )
        logger.warning("%s", result.tally["notes"][-1])
    return {
        "therapy_lines": sum(len(own) for patient, own in lines.items() if patient in known),
        "patients_with_therapy": zero.count("index therapy"),
        "treatments": dict(sorted(counts.items())),
        "treatment_patients_unknown": sum(1 for patient in lines if patient not in known),
    }
