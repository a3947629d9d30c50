"""One feature alone, from one plain file."""

from pathlib import Path
from typing import Any

from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.config import FeaturesConfig
from oncoloom.features.msi import assess_loci, summarize_msi
from oncoloom.tables import read_table


def msi_of_file(path: Path, settings: FeaturesConfig | None = None) -> dict[str, Any]:
    """MSI of a `features_raw` table: score, interval, loci, status (the tumor is taken as seen)."""
    settings = settings or FeaturesConfig()
    raw = read_table(path, FEATURES_RAW_TABLE)
    paired = "normal" in raw["role"].unique().to_list()
    result = summarize_msi(
        assess_loci(raw) if paired else [],
        min_loci=settings.min_msi_loci,
        unstable_high=settings.msi_unstable_high,
        tumor_seen=True,
        paired=paired,
    )
    return {
        "msi_score": result.score,
        "msi_score_lower": result.lower,
        "msi_score_upper": result.upper,
        "msi_n_loci": result.n_loci,
        "n_unstable": result.n_unstable,
        "msi_status": result.status,
        "reason": result.reason,
    }
