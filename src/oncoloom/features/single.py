"""One feature alone, from one plain file."""

from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.config import FeaturesConfig
from oncoloom.features.contracts import VARIANTS_TABLE
from oncoloom.features.msi import assess_loci, summarize_msi
from oncoloom.features.tmb.rate import compute_tmb
from oncoloom.reference_data.consequence_terms import CODING, NONSYNONYMOUS
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


def tmb_of_file(path: Path, callable_mb: float, settings: FeaturesConfig | None = None) -> dict[str, Any]:
    """TMB of a `variants` table over a callable size in coding megabases."""
    settings = settings or FeaturesConfig()
    table = read_table(path, VARIANTS_TABLE).filter(
        (pl.col("origin") == "somatic") & (pl.col("filters") == "PASS")
    )
    terms = [set((text or "").split("&")) for text in table["consequence"].to_list()]
    n, n_coding = sum(bool(t & NONSYNONYMOUS) for t in terms), sum(bool(t & CODING) for t in terms)
    result = compute_tmb(n, n_coding, round(callable_mb * 1e6), settings.min_tmb_callable_mb)
    return {
        "tmb": result.value,
        "tmb_lower": result.lower,
        "tmb_upper": result.upper,
        "tmb_all_coding": result.all_coding,
        "n_nonsynonymous": n,
        "reason": result.reason,
    }
