"""Words that differ only in case or spaces are one word: `Nivolumab` and `nivolumab` are no two therapies."""

from collections import Counter
from typing import Any


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
