"""Copies of X and Y in a patient's normal cells: what tumor copies there are held against."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from oncoloom.features.copy_number.bins import Floats
from oncoloom.files import read_json
from oncoloom.reference_data.contigs import bare_name

# Depth of a normal on X and Y against its autosomes, by copies; nothing is said between the ranges.
_X_RANGES = {1: (0.40, 0.65), 2: (0.85, 1.20), 3: (1.35, 1.70)}
_Y_RANGES = {0: (0.0, 0.10), 1: (0.35, 0.65), 2: (0.85, 1.20)}
_LEAST_DEPTH = 5.0
_LEAST_BP = 1_000


@dataclass(frozen=True, slots=True)
class SexCopies:
    """Copies of X and of Y in a normal cell of the patient; None where nothing tells."""

    x: float | None
    y: float | None

    def normal_copies(self, contigs: list[str]) -> Floats:
        """(n,) copies of each contig in a normal cell: two of autosomes, NaN where unknown."""
        own = {"X": np.nan if self.x is None else self.x, "Y": np.nan if self.y is None else self.y}
        return np.array([own.get(bare_name(name).upper(), 2.0) for name in contigs], dtype=np.float64)


FEMALE, MALE, UNKNOWN_SEX = SexCopies(2.0, 0.0), SexCopies(1.0, 1.0), SexCopies(None, None)


def sex_of_calls(calls: Path, raw: pl.DataFrame | None) -> SexCopies:
    """Copies of X and Y by the `qc.json` of a folder of calls and their `features_raw` table."""
    path = calls / "qc.json"
    inferred = str(read_json(path).get("inferred_sex", "unknown")) if path.is_file() else "unknown"
    return sex_copies(raw, inferred)


def sex_copies(raw: pl.DataFrame | None, inferred: str) -> SexCopies:
    """Copies of X and Y of a patient.

    Parameters
    ----------
    raw
        `features_raw` table, whose normal tells other than usual copies (XXY, X0): a tumor's depth would not.
    inferred
        What the caller inferred from depth and heterozygous sites: female, male or unknown.
    """
    if inferred == "female":
        return FEMALE
    if inferred == "male":
        return MALE
    depth = {} if raw is None else _normal_depth(raw)
    autosomal = depth.get("autosomes", 0.0)
    if autosomal < _LEAST_DEPTH:
        return UNKNOWN_SEX
    return SexCopies(
        *(
            _within(depth[name] / autosomal, ranges) if name in depth else None
            for name, ranges in (("X", _X_RANGES), ("Y", _Y_RANGES))
        )
    )


def _within(ratio: float, ranges: dict[int, tuple[float, float]]) -> float | None:
    return next((float(n) for n, (low, high) in ranges.items() if low <= ratio <= high), None)


def _normal_depth(raw: pl.DataFrame) -> dict[str, float]:
    """Mean depth of the normal on the autosomes, on X and on Y, where the assay has 1,000 bases there."""
    rows = raw.filter((pl.col("kind") == "coverage") & (pl.col("role") == "normal") & (pl.col("key") == 0))
    names = {name: bare_name(name).upper() for name in rows["chrom"].unique().to_list()}
    kinds = {name: bare if bare in ("X", "Y", "MT") else "autosomes" for name, bare in names.items()}
    if not kinds:
        return {}
    sums = (
        rows.with_columns(pl.col("chrom").replace_strict(kinds, return_dtype=pl.String).alias("place"))
        .group_by("place")
        .agg(pl.col("count").sum(), (pl.col("end") - pl.col("start")).sum().alias("bp"))
    )
    return {place: n / bp for place, n, bp in sums.iter_rows() if bp >= _LEAST_BP}
