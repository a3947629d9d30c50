"""Cohort tables to plain arrays: roles, therapies, endpoints, and which rows train."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl

from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.errors import InputError
from oncoloom.files import text_digest
from oncoloom.response.array_types import BoolArray as BoolArray
from oncoloom.response.array_types import FloatArray as FloatArray
from oncoloom.response.array_types import IntArray as IntArray
from oncoloom.response.feature_rules import rule_of
from oncoloom.tables import Tally, read_table

ENDPOINTS: tuple[str, ...] = ("response", "pfs", "os")
UNRECORDED_THERAPY = "therapy not recorded"


@dataclass(frozen=True, slots=True)
class CohortArrays:
    """A cohort as arrays, rows in one order.

    Attributes
    ----------
    numbers
        Column to (n,) float64, NaN = missing, raw units.
    categories
        Column to n strings, None = missing; `tumor_type` falls back to the OncoTree code.
    time, event
        Endpoint to (n,) float64. `response`: time is 0 where known, event 1 = response. NaN = not known.
    """

    patient_id: list[str]
    cohort_name: list[str]
    therapy: list[str | None]
    therapy_class: list[str | None]
    numbers: dict[str, FloatArray]
    categories: dict[str, list[str | None]]
    time: dict[str, FloatArray]
    event: dict[str, FloatArray]
    entry: FloatArray
    digest: str = ""
    tally: Tally = field(default_factory=Tally)

    def __len__(self) -> int:
        return len(self.patient_id)

    def take(self, rows: IntArray) -> "CohortArrays":
        """The same cohort with these rows, in this order."""
        index = [int(row) for row in rows]
        return CohortArrays(
            patient_id=[self.patient_id[i] for i in index],
            cohort_name=[self.cohort_name[i] for i in index],
            therapy=[self.therapy[i] for i in index],
            therapy_class=[self.therapy_class[i] for i in index],
            numbers={name: values[rows] for name, values in self.numbers.items()},
            categories={name: [values[i] for i in index] for name, values in self.categories.items()},
            time={name: values[rows] for name, values in self.time.items()},
            event={name: values[rows] for name, values in self.event.items()},
            entry=self.entry[rows],
            digest=self.digest,
            tally=self.tally,
        )

    def respelled(self, words: Mapping[str, Iterable[str]]) -> "CohortArrays":
        """The same cohort with words as a model spells them, where they differ in case or spaces only.

        `words`: a category, ``therapy`` or ``therapy_class`` to the words that the model knows.
        """
        known = {name: {_folded(word): word for word in some} for name, some in words.items()}

        def spelled(name: str, values: list[str | None]) -> list[str | None]:
            mine = known.get(name, {})
            return [None if value is None else mine.get(_folded(value), value) for value in values]

        return replace(
            self,
            therapy=spelled("therapy", self.therapy),
            therapy_class=spelled("therapy_class", self.therapy_class),
            categories={name: spelled(name, values) for name, values in self.categories.items()},
        )

    def known(self, endpoint: str) -> BoolArray:
        """(n,) True where the endpoint's outcome is recorded."""
        return np.isfinite(self.time[endpoint]) & np.isfinite(self.event[endpoint])

    def present(self, source: str) -> BoolArray:
        """(n,) True where the column has a value; all False where the cohort lacks the column."""
        if source in self.numbers:
            return np.isfinite(self.numbers[source])
        if source in self.categories:
            return np.array([value is not None for value in self.categories[source]], dtype=bool)
        return np.zeros(len(self), dtype=bool)


def _folded(word: str) -> str:
    return " ".join(word.split()).casefold()


def read_cohorts(paths: Sequence[Path]) -> pl.DataFrame:
    """Cohort tables, one after the other, each checked against the cohort schema.

    Raises
    ------
    InputError, TableContractError
        If a file is absent or not a cohort table.
    """
    if not paths:
        raise InputError("no cohort table given", remedy="oncoloom train --cohort cohort.parquet …")
    # diagonal: a cohort may carry covariates of its own beyond the declared columns
    return pl.concat([read_table(Path(path), COHORT_TABLE) for path in paths], how="diagonal_relaxed")


def cohort_digest(frame: pl.DataFrame) -> str:
    """Content digest of a cohort table: equal for equal rows, whatever file or compression holds them."""
    return text_digest(frame.write_csv(separator="\t", null_value="\\N"))


def to_arrays(frame: pl.DataFrame) -> CohortArrays:
    """A cohort table as arrays; columns that a rule knows, and covariates of its own, can become inputs."""
    numbers: dict[str, FloatArray] = {}
    categories: dict[str, list[str | None]] = {}
    declared = {column.name for column in COHORT_TABLE.columns}
    for name, dtype in frame.schema.items():
        rule = rule_of(name)
        if rule is None and (
            name in declared or not (dtype.is_numeric() or dtype in (pl.String, pl.Boolean))
        ):
            continue
        if rule.kind == "category" if rule else dtype == pl.String:
            categories[name] = _texts(frame[name])
        else:
            numbers[name] = frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy().copy()
    categories["tumor_type"] = _tumor_types(frame)
    time, event = _endpoints(frame)
    entry = frame["entry_days"].cast(pl.Float64).fill_null(0.0).to_numpy().copy()
    return CohortArrays(
        patient_id=frame["patient_id"].to_list(),
        cohort_name=frame["cohort_name"].to_list(),
        therapy=_texts(frame["therapy"]),
        therapy_class=_texts(frame["therapy_class"]),
        numbers=numbers,
        categories=categories,
        time=time,
        event=event,
        entry=entry,
        digest=cohort_digest(frame),
    )


def _texts(series: pl.Series) -> list[str | None]:
    return [
        None if v is None or not v.strip() or v.lower() == "unknown" else v.strip() for v in series.to_list()
    ]


def _tumor_types(frame: pl.DataFrame) -> list[str | None]:
    named, coded = _texts(frame["tumor_type"]), _texts(frame["oncotree_code"])
    return [name if name is not None else code for name, code in zip(named, coded, strict=True)]


def _endpoints(frame: pl.DataFrame) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    def column(name: str) -> FloatArray:
        return frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy().copy()

    response = column("response")
    time = {"response": np.where(np.isfinite(response), 0.0, np.nan)}
    event = {"response": response}
    for endpoint in ("pfs", "os"):
        time[endpoint], event[endpoint] = column(f"{endpoint}_days"), column(f"{endpoint}_event")
        half = np.isfinite(time[endpoint]) != np.isfinite(event[endpoint])
        time[endpoint][half] = event[endpoint][half] = np.nan  # a time without its event says nothing
    return time, event


def training_rows(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, Tally]:
    """Rows that train, rows that are held out (split test or external), and a tally.

    Training rows are sorted by cohort, patient and therapy, so that the order of the input does not change
    the model. Rows without a therapy are left out, counted, unless no row has one: then all had the same,
    unrecorded one.
    """
    tally = Tally()
    split = frame["split"].fill_null("train")
    held_out = frame.filter(split.is_in(["test", "external"]))
    tally.drop("split test or external: held out", held_out.height)
    tally.drop("split predict", int((split == "predict").sum()))
    train = frame.filter(split == "train")
    if train.height and train["therapy"].null_count() == train.height:
        train = train.with_columns(pl.lit(UNRECORDED_THERAPY).alias("therapy"))
    tally.drop("no therapy recorded", train["therapy"].null_count())
    train = train.filter(pl.col("therapy").is_not_null())
    train = train.sort(["cohort_name", "patient_id", "therapy"], maintain_order=True)
    tally.kept = train.height
    return train, held_out, tally
