"""`oncoloom cohort import`: several files of one door become one cohort table with its tally."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.clinical.pseudonyms import key_fingerprint, pseudonym, read_key
from oncoloom.cohort.assemble import Cohort, assemble, describe
from oncoloom.cohort.csv_door import TableResult, read_clinic
from oncoloom.cohort.maf_door import add_variants, load_variants, patients_of_maf
from oncoloom.cohort.mapping import Mapping
from oncoloom.cohort.several_files import file_stem, stack_files
from oncoloom.files import file_digest

_SPLITS = {"train": "train", "test": "test", "predict": "predict", "external": "external"}


def import_csv(
    inputs: Sequence[Path],
    mapping: Mapping,
    *,
    variants: Path | None = None,
    name: str | None = None,
    use: str = "train",
    key_file: Path | None = None,
    reference: Path | None = None,
) -> Cohort:
    """A cohort from tables with a row per patient; rows and ids as in the input.

    Parameters
    ----------
    inputs
        Tables, in order; a patient may be in one of them only (:func:`stack_files` says how ids are read).
    variants
        A MAF of the same patients, whose features are counted into the cohort.
    name
        Cohort name of every row; each file's own stem when not given.
    use
        train, test, external or predict: becomes the split of every row.
    key_file
        Key for pseudonyms; without it the ids stay as they are.
    reference
        FASTA of the MAF's build, for mutational spectra; without it those are null.

    Raises
    ------
    InputError, FaultList
        See :func:`oncoloom.cohort.csv_door.read_clinic` and :func:`oncoloom.cohort.maf_reader.read_maf`.
    """
    results = [read_clinic(path, mapping) for path in inputs]
    frames = []
    if variants is not None:
        found = load_variants(variants, mapping)
        frames = [add_variants(result, found, mapping, reference=reference) for result in results]
    return cohort_of(results, inputs, mapping, name=name, use=use, key_file=key_file, variants=frames)


def import_maf(
    maf: Path,
    mapping: Mapping,
    *,
    clinic: Path | None = None,
    name: str | None = None,
    use: str = "train",
    key_file: Path | None = None,
    reference: Path | None = None,
) -> Cohort:
    """A cohort from a MAF, with a table of its patients where there is one; errors as :func:`import_csv`.

    Without a table the cohort has a row per patient of the MAF, in order of first appearance, and no
    outcomes.
    """
    name = name or file_stem(maf)
    if clinic is not None:
        return import_csv(
            [clinic], mapping, variants=maf, name=name, use=use, key_file=key_file, reference=reference
        )
    found = load_variants(maf, mapping)
    result = patients_of_maf(found, mapping)
    frame = add_variants(result, found, mapping, reference=reference)
    return cohort_of([result], [maf], mapping, name=name, use=use, key_file=key_file, variants=[frame])


def cohort_of(
    results: Sequence[TableResult],
    inputs: Sequence[Path],
    mapping: Mapping,
    *,
    name: str | None,
    use: str,
    key_file: Path | None,
    variants: Sequence[pl.DataFrame] = (),
    segments: pl.DataFrame | None = None,
    more: dict[str, Any] | None = None,
) -> Cohort:
    """Stack what one or more tables gave into a cohort; `more` is added to the tally."""
    names = [name or file_stem(path) for path in inputs]
    frames = [
        assemble(result.filled, cohort_name=one, split=_SPLITS[use])
        for result, one in zip(results, names, strict=True)
    ]
    stacked = stack_files(frames, inputs, ids_fixed=bool(variants) or segments is not None)
    frame, name = stacked.frame, ", ".join(dict.fromkeys(names))
    metadata = {"oncoloom.mapping": mapping.name}
    rows = pl.concat(variants) if variants else None
    if key_file is not None:
        key = read_key(key_file)
        frame = with_pseudonyms(frame, key)
        rows = None if rows is None else with_pseudonyms(rows, key)
        segments = None if segments is None else with_pseudonyms(segments, key)
        metadata["oncoloom.pseudonym_key"] = key_fingerprint(key)
    tally = {
        "cohort_name": name,
        "mapping": mapping.name,
        "inputs": [
            {"file": path.name, "digest": file_digest(path) if path.is_file() else None, **result.tally}
            for path, result in zip(inputs, results, strict=True)
        ],
        **describe(frame),
        **stacked.tally,
        **(more or {}),
    }
    return Cohort(frame, tally, metadata, rows, segments)


def with_pseudonyms(frame: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """A table with patient and sample ids replaced by keyed pseudonyms."""
    return frame.with_columns(
        pl.Series("patient_id", [pseudonym(value, key) for value in frame["patient_id"].to_list()]),
        pl.Series(
            "sample_id",
            [
                None if value is None else pseudonym(value, key, prefix="S")
                for value in frame["sample_id"].to_list()
            ],
            dtype=pl.String(),
        ),
    )
