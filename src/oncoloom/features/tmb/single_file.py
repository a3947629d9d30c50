"""TMB alone, from a variants table and a size."""

from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.config import FeaturesConfig
from oncoloom.features.contracts import VARIANTS_TABLE
from oncoloom.features.tmb.counts import count_burden
from oncoloom.features.tmb.rate import compute_tmb
from oncoloom.tables import read_table


def tmb_of_file(path: Path, callable_mb: float, settings: FeaturesConfig | None = None) -> dict[str, Any]:
    """TMB of a `variants` table over a callable size in coding megabases."""
    settings = settings or FeaturesConfig()
    table = read_table(path, VARIANTS_TABLE).filter(
        (pl.col("origin") == "somatic") & (pl.col("filters") == "PASS")
    )
    counts = count_burden(table, None, None)
    result = compute_tmb(
        counts.n_nonsynonymous,
        counts.n_coding,
        round(callable_mb * 1e6),
        settings.min_tmb_callable_mb,
        high_cutoff=settings.tmb_high_cutoff,
    )
    return {
        "tmb": result.value,
        "tmb_lower": result.lower,
        "tmb_upper": result.upper,
        "tmb_all_coding": result.all_coding,
        "tmb_probability_high": result.probability_high,
        "tmb_level": result.level,
        "n_nonsynonymous": counts.n_nonsynonymous,
        "by_class": counts.by_class,
        "reason": result.reason,
    }
