"""Patients that trained and are judged, or that two training cohorts share: told, counted and left out.

A cohort is compared with those before it by its ids (where the rows under an id may be one person) and by
what was measured of the patients (:mod:`oncoloom.cohort.overlap`). A test on patients of the training set
is no test, and a patient who trains twice is in two folds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from oncoloom.cohort.overlap import find_overlap
from oncoloom.cohort.repeated_ids import ids_only_count, repeated_ids
from oncoloom.cohort.spelling import one_spelling_of
from oncoloom.errors import InputError, NotAssessableError
from oncoloom.logs import logger
from oncoloom.response.datamodule import training_rows
from oncoloom.tables import Tally


@dataclass(frozen=True, slots=True)
class InCommon:
    """What two cohorts share.

    Attributes
    ----------
    first, second
        Names of the cohorts.
    n_by_id, n_by_measures
        Rows of the second cohort that are rows of the first by id, by what was measured (0 where that is no
        more than chance).
    expected
        Rows that would match in what was measured by chance; None where that could not be looked for.
    note
        Why it could not, empty otherwise.
    """

    first: str
    second: str
    n_by_id: int
    n_by_measures: int
    expected: float | None
    note: str

    @property
    def n_rows(self) -> int:
        """Rows found either way, at least."""
        return max(self.n_by_id, self.n_by_measures)


@dataclass(frozen=True, slots=True)
class Separated:
    """Rows that train and rows that are held out, no patient in both; what was left out, and why."""

    train: pl.DataFrame
    held_out: pl.DataFrame
    tally: Tally
    found: tuple[InCommon, ...]


@dataclass(frozen=True, slots=True)
class WithoutShared:
    """The rows of a cohort that are in none before it, and the comparisons made."""

    frame: pl.DataFrame
    n_left_out: int
    found: tuple[InCommon, ...]


def separate(frame: pl.DataFrame) -> Separated:
    """Training rows of cohort tables, each patient once, and held-out rows of patients who do not train.

    Therapies and tumor types that differ in case or spaces only get one spelling.

    Cohorts are compared in the order of their names; of two that share patients the later one loses them.

    Raises
    ------
    InputError
        If patients of one cohort are in two splits.
    """
    frame, notes = one_spelling_of(frame)
    for note in notes:
        logger.warning("training: %s", note)
    train, held_out, tally = training_rows(frame)
    refuse_split_patients(train, held_out)
    found: list[InCommon] = []
    earlier: list[tuple[str, pl.DataFrame]] = []
    for name in train["cohort_name"].unique().sort().to_list():
        kept = without_shared(train.filter(pl.col("cohort_name") == name), name, earlier)
        earlier.append((name, kept.frame))
        found += kept.found
        _count(tally, kept)
    if earlier:
        train = pl.concat([one for _, one in earlier])
    tally.kept = train.height
    judged = []
    for name in held_out["cohort_name"].unique().sort().to_list():
        kept = without_shared(
            held_out.filter(pl.col("cohort_name") == name), name, [one for one in earlier if one[0] != name]
        )
        judged.append(kept.frame)
        found += kept.found
        _count(tally, kept)
    return Separated(train, pl.concat(judged) if judged else held_out, tally, tuple(found))


def _count(tally: Tally, kept: "WithoutShared") -> None:
    if kept.n_left_out:
        names = ", ".join(one.first for one in kept.found if one.n_rows)
        tally.drop(f"{kept.found[0].second}: patients who are also in {names}", kept.n_left_out)


def without_shared(
    frame: pl.DataFrame, name: str, earlier: Sequence[tuple[str, pl.DataFrame]]
) -> WithoutShared:
    """Take out the rows of cohort `name` that are rows of an `earlier` one (name, table).

    Raises
    ------
    InputError
        If a patient of the same cohort name is on both sides: its splits are broken.
    """
    drop: set[int] = set()
    found = []
    for other, before in earlier:
        rows, one = _in_common(before, frame, other, name)
        drop.update(rows)
        found.append(one)
        if rows:
            logger.warning(
                "%d rows of %s are patients of %s (%d by id, %d by what was measured): left out",
                len(rows), name, other, one.n_by_id, one.n_by_measures,
            )  # fmt: skip
    keep = [row for row in range(frame.height) if row not in drop]
    return WithoutShared(frame[keep] if drop else frame, len(drop), tuple(found))


def refuse_split_patients(train: pl.DataFrame, held_out: pl.DataFrame) -> None:
    """Refuse a cohort whose splits share patients: there an id names one patient.

    Raises
    ------
    InputError
        If patients of one cohort are in two splits.
    """
    key = ["cohort_name", "patient_id"]
    both = train.select(key).unique().join(held_out.select(key).unique(), on=key)
    if both.height:
        names = ", ".join(both["cohort_name"].unique().sort().to_list())
        raise InputError(
            "patients are in two splits of one cohort", record=f"cohort {names}",
            found=f"{both.height} patients both train and are held out", expected="a patient in one split",
            remedy="split by patient, not by row",
        )  # fmt: skip


def _in_common(
    first: pl.DataFrame, second: pl.DataFrame, first_name: str, second_name: str
) -> tuple[set[int], InCommon]:
    rows: set[int] = set()
    repeated = repeated_ids([first, second])
    if repeated and not ids_only_count([first, second], repeated):
        rows = {i for i, one in enumerate(second["patient_id"].to_list()) if one in set(repeated)}
    n_by_id = len(rows)
    expected, note, measured = None, "", 0
    try:
        match = find_overlap(first, second)
    except NotAssessableError as error:
        note = error.message
    else:
        expected = match.expected
        if match.found:
            rows.update(match.rows)
            measured = len(match.rows)
    return rows, InCommon(first_name, second_name, n_by_id, measured, expected, note)
