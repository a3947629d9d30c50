"""Ids that stand in two tables: one patient twice, or two counts of rows that both begin at 1?"""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import polars as pl

_AGE_YEARS = 2.0
_SAME_PERSON_SHARE = 0.5
_TRAITS = ("sex", "tumor_type", "tmb", "fraction_genome_altered")


def repeated_ids(frames: Sequence[pl.DataFrame]) -> list[str]:
    """Patient ids that stand in more than one of the cohort tables, sorted."""
    ids = pl.concat([frame.select("patient_id").unique() for frame in frames])
    return ids.filter(pl.col("patient_id").is_duplicated())["patient_id"].unique().sort().to_list()


def ids_only_count(frames: Sequence[pl.DataFrame], repeated: Sequence[str]) -> bool:
    """True where the rows under a repeated id are mostly of different people (sex, age, tumor type, TMB)."""
    same = different = 0
    for first, second in combinations(frames, 2):
        traits = [pl.col(name) for name in ("patient_id", "age_years", *_TRAITS)]
        pairs = first.select(traits).join(second.select(traits), on="patient_id", suffix="_other")
        for row in pairs.filter(pl.col("patient_id").is_in(list(repeated))).iter_rows(named=True):
            verdict = _agree(row)
            same += verdict is True
            different += verdict is False
    return different > 0 and same < _SAME_PERSON_SHARE * (same + different)


def _agree(row: dict[str, Any]) -> bool | None:
    """Whether two rows may be one person; None where they have no trait in common."""
    known = [(row[name], row[f"{name}_other"]) for name in _TRAITS]
    known = [(one, other) for one, other in known if one is not None and other is not None]
    ages = row["age_years"], row["age_years_other"]
    if None not in ages:
        known.append((True, abs(ages[0] - ages[1]) <= _AGE_YEARS))
    return all(one == other for one, other in known) if known else None
