"""Repeat lengths of a tumor and its normal, locus by locus, as arrays."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.features.msi.loci import LOCUS_COLUMNS, evenly, select_loci

REACH_BP = 15
N_LENGTHS = 2 * REACH_BP + 1
TUMOR, NORMAL = 0, 1
MOST_LOCI = 5_000  # a genome has millions; evenly thinned, so that its score means what an exome's does


@dataclass(frozen=True, slots=True)
class LengthHistograms:
    """Fragments by repeat length.

    Attributes
    ----------
    loci : DataFrame
        Columns `loci.LOCUS_COLUMNS`, sorted, one row a locus.
    counts : (n, 2, 31) int64
        Fragments of tumor and normal by length − reference length, −15 … +15; what lies beyond is in the
        outer columns. A sample that is absent has zeros.
    has_tumor, has_normal
        Whether the sample was there at all.
    """

    loci: pl.DataFrame
    counts: NDArray[np.int64]
    has_tumor: bool
    has_normal: bool

    def with_roles(self, *, tumor: bool, normal: bool) -> "LengthHistograms":
        """The same, said to come from these samples (they may have given no fragment)."""
        return replace(self, has_tumor=tumor, has_normal=normal)


def histograms_of(raw: pl.DataFrame) -> LengthHistograms:
    """Histograms of the `repeat` rows of a `features_raw` table (loci chosen by `loci.select_loci`).

    Of more than 5,000 loci every so manieth is taken.
    """
    rows = raw.filter(pl.col("kind") == "repeat").rename({"label": "unit"})
    chosen = select_loci(rows.select(LOCUS_COLUMNS).unique(maintain_order=True))
    loci = evenly(chosen, MOST_LOCI).with_row_index("row")
    joined = rows.join(loci, on=LOCUS_COLUMNS, how="inner")
    counts = np.zeros((loci.height, 2, N_LENGTHS), np.int64)
    length = joined["end"].to_numpy() - joined["start"].to_numpy()
    offset = np.clip(joined["key"].to_numpy().astype(np.int64) - length, -REACH_BP, REACH_BP) + REACH_BP
    role = (joined["role"] == "normal").to_numpy().astype(np.int64)
    np.add.at(counts, (joined["row"].to_numpy(), role, offset), joined["count"].to_numpy())
    roles = set(raw["role"].unique().to_list())
    return LengthHistograms(loci.drop("row"), counts, "tumor" in roles, "normal" in roles)
