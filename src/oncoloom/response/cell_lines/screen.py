"""A drug screen of cell lines as arrays: response per drug, tissue and binary genomic features."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from oncoloom.errors import InputError
from oncoloom.response.array_types import FloatArray, IntArray

KEY, TISSUE = "COSMIC_ID", "TISSUE_FACTOR"


@dataclass(frozen=True, slots=True)
class Screen:
    """Cell lines in one order.

    Attributes
    ----------
    lines, drugs, features
        Names: (n,), (d,), (p,).
    response
        (n, d) natural log of IC50, NaN where not measured.
    tissue
        (n,) tissue of each line.
    genome
        (n, p) 0/1.
    is_mutation
        (p,) True for mutations, False for copy-number segments and other flags.
    """

    lines: tuple[str, ...]
    drugs: tuple[str, ...]
    features: tuple[str, ...]
    response: FloatArray
    tissue: tuple[str, ...]
    genome: FloatArray
    is_mutation: tuple[bool, ...]

    def take(self, rows: IntArray) -> "Screen":
        """The same screen with these lines."""
        return Screen(
            lines=tuple(self.lines[int(i)] for i in rows),
            drugs=self.drugs,
            features=self.features,
            response=self.response[rows],
            tissue=tuple(self.tissue[int(i)] for i in rows),
            genome=self.genome[rows],
            is_mutation=self.is_mutation,
        )


def read_screen(response: Path, features: Path) -> Screen:
    """A screen of two CSV tables keyed by COSMIC_ID: IC50 per drug; tissue and 0/1 features.

    Raises
    ------
    InputError
        If a file or column is absent, a line stands twice, or no line is in both tables.
    """
    outcome, genome = _table(response), _table(features)
    if TISSUE not in genome.columns:
        raise InputError("no column of the tissue", path=features, expected=TISSUE)
    both = outcome.join(genome, on=KEY, how="inner").sort(KEY)
    if not both.height:
        raise InputError("no cell line is in both tables", path=response, expected=f"shared {KEY}")
    drugs = [name for name in outcome.columns if name != KEY]
    names = [name for name in genome.columns if name not in {KEY, TISSUE}]
    return Screen(
        lines=tuple(str(value) for value in both[KEY]),
        drugs=tuple(drugs),
        features=tuple(names),
        response=both.select(pl.col(drugs).cast(pl.Float64).fill_null(float("nan"))).to_numpy(),
        tissue=tuple(str(value) for value in both[TISSUE]),
        genome=both.select(pl.col(names).cast(pl.Float64).fill_null(0.0)).to_numpy(),
        is_mutation=tuple(name.endswith("_mut") for name in names),
    )


def _table(path: Path) -> pl.DataFrame:
    if not Path(path).is_file():
        raise InputError("no such file", path=path)
    frame = pl.read_csv(path, infer_schema_length=None)
    if KEY not in frame.columns:
        raise InputError("no column of the cell line", path=path, expected=KEY)
    if frame[KEY].is_duplicated().any():
        raise InputError(
            "a cell line stands twice", path=path, found=f"{int(frame[KEY].is_duplicated().sum())} rows"
        )
    return frame


def standardize(response: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Response (n, d) with mean 0 and spread 1 per drug, the means (d,) and spreads (d,); NaN stays."""
    with np.errstate(invalid="ignore"):
        known = np.isfinite(response)
        n = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, response, 0.0).sum(axis=0) / n
        variance = np.where(known, (response - mean) ** 2, 0.0).sum(axis=0) / n
    spread = np.where(variance > 1e-12, np.sqrt(variance), 1.0)
    return (response - mean) / spread, mean, spread
