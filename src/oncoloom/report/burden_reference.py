"""Mutational burden of other tumors: the cohort tables that a patient is compared with."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.tables import read_table

COLUMNS = ("patient_id", "cohort_name", "oncotree_code", "tumor_type", "tmb")


def no_burdens() -> pl.DataFrame:
    """A table without tumors."""
    return COHORT_TABLE.empty().select(COLUMNS)


def read_burdens(paths: Sequence[Path]) -> pl.DataFrame:
    """Burdens of all tumors of some cohort tables that have one; a patient of two cohorts counts once.

    Raises
    ------
    InputError, TableContractError
        If a table is absent or breaks its schema.
    """
    frames = [read_table(path, COHORT_TABLE).select(COLUMNS) for path in paths]
    if not frames:
        return no_burdens()
    known = pl.concat(frames).filter(pl.col("tmb").is_not_null())
    return known.unique(["patient_id", "cohort_name"], keep="first", maintain_order=True)
