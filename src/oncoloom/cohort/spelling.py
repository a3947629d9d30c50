"""Words that differ only in case or spaces are one word: `Nivolumab` and `nivolumab` are no two therapies."""

from collections import Counter
from typing import Any

import polars as pl

# Words that a model tells apart letter by letter.
COLUMNS = ("therapy", "therapy_class", "tumor_type", "histology", "pdl1_stratum")


def one_spelling(name: str, values: list[Any]) -> tuple[list[Any], list[str]]:
    """Each word in the spelling that most rows use (of equals the first in the alphabet), and what to note.

    Other values than text stay as they are.
    """
    counts = Counter(value for value in values if isinstance(value, str))
    groups: dict[str, list[str]] = {}
    for word in sorted(counts):
        groups.setdefault(" ".join(word.split()).casefold(), []).append(word)
    chosen: dict[str, str] = {}
    notes = []
    for words in groups.values():
        best = max(words, key=lambda word: counts[word])
        chosen |= dict.fromkeys(words, best)
        if len(words) > 1:
            others = ", ".join(f"`{word}` ({counts[word]})" for word in words if word != best)
            notes.append(f"{name}: {others} are read as `{best}` ({counts[best]})")
    return [chosen[value] if isinstance(value, str) else value for value in values], notes


def one_spelling_of(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """:func:`one_spelling` for each such column of a cohort table."""
    columns, notes = [], []
    for name in COLUMNS:
        values, said = one_spelling(name, frame[name].to_list())
        columns.append(pl.Series(name, values, dtype=frame.schema[name]))
        notes += said
    return frame.with_columns(columns), notes
