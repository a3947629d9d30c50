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
from oncoloom.errors import InputError
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
) -> Cohort:
    """A cohort from tables with a row per patient; rows and ids as in the input.

    Parameters
    ----------
    inputs
        Tables, in order; a patient may be in one of them only.
    variants
        A MAF of the same patients, whose features are counted into the cohort.
    name
        Cohort name; the first file's stem when not given.
    use
        train, test, external or predict: becomes the split of every row.
    key_file
        Key for pseudonyms; without it the ids stay as they are.

    Raises
    ------
    InputError, FaultList
        See :func:`oncoloom.cohort.csv_door.read_clinic` and :func:`oncoloom.cohort.maf_reader.read_maf`.
    """
    results = [read_clinic(path, mapping) for path in inputs]
    frames = []
    if variants is not None:
        found = load_variants(variants, mapping)
        frames = [add_variants(result, found, mapping) for result in results]
    return cohort_of(results, inputs, mapping, name=name, use=use, key_file=key_file, variants=frames)


def import_maf(
    maf: Path,
    mapping: Mapping,
    *,
    clinic: Path | None = None,
    name: str | None = None,
    use: str = "train",
    key_file: Path | None = None,
) -> Cohort:
    """A cohort from a MAF, with a table of its patients where there is one; errors as :func:`import_csv`.

    Without a table the cohort has a row per patient of the MAF, in order of first appearance, and no
    outcomes.
    """
    name = name or _stem(maf)
    if clinic is not None:
        return import_csv([clinic], mapping, variants=maf, name=name, use=use, key_file=key_file)
    found = load_variants(maf, mapping)
    result = patients_of_maf(found, mapping)
    frame = add_variants(result, found, mapping)
    return cohort_of([result], [maf], mapping, name=name, use=use, key_file=key_file, variants=[frame])


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").rsplit(".", 1)[0]


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
    name = name or _stem(inputs[0])
    frames = [assemble(result.filled, cohort_name=name, split=_SPLITS[use]) for result in results]
    frame = _stack(frames, inputs)
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
        **(more or {}),
    }
    return Cohort(frame, tally, metadata, rows, segments)


def _stack(frames: Sequence[pl.DataFrame], inputs: Sequence[Path]) -> pl.DataFrame:
    if len(frames) == 1:
        return frames[0]
    frame = pl.concat(frames, how="diagonal_relaxed")
    repeated = frame.filter(pl.col("patient_id").is_duplicated())
    if repeated.height:
        raise InputError(
            f"{repeated['patient_id'].n_unique()} patient ids are in more than one of the files",
            path=", ".join(path.name for path in inputs),
            expected="ids that name one patient over all files",
            remedy="import the files one by one; ids that count 1, 2, 3 in each file name nobody",
        )
    return frame


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
