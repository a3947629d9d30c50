"""TMB alone, from a variants table and a size."""

from pathlib import Path
from typing import Any

from oncoloom.config import FeaturesConfig
from oncoloom.errors import NotAssessableError, UsageError
from oncoloom.features.contracts import VARIANTS_TABLE
from oncoloom.features.row_inputs import passed_somatic, why_uncountable
from oncoloom.features.tmb.counts import count_burden
from oncoloom.features.tmb.rate import compute_tmb
from oncoloom.tables import read_table

_GENOME_MB = 3300


def tmb_of_file(path: Path, callable_mb: float, settings: FeaturesConfig | None = None) -> dict[str, Any]:
    """TMB of a `variants` table over a callable size in coding megabases.

    Raises
    ------
    UsageError
        If the size is no number of megabases that a genome can have.
    NotAssessableError
        If the table's variants carry no consequences, or somatic ones cannot be told.
    """
    if not 0 <= callable_mb <= _GENOME_MB:
        raise UsageError("no size of an assay", expected=f"0 to {_GENOME_MB} Mb", found=f"{callable_mb:g}")
    settings = settings or FeaturesConfig()
    whole = read_table(path, VARIANTS_TABLE)
    reason = why_uncountable(whole)
    if reason is not None:
        raise NotAssessableError(f"no TMB: {reason}", path=path)
    table = passed_somatic(whole)
    if table.height and table["consequence"].null_count() == table.height:
        raise NotAssessableError(
            "the variants carry no consequences",
            path=path,
            remedy="give the variants.parquet of `oncoloom features --gff`",
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
