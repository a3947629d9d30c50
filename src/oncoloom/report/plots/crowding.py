"""What is drawn where there is more than fits: some of many columns or rows, the start of a long name."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def evenly_spaced(items: Sequence[T], n_all: int, most: int) -> tuple[T, ...]:
    """All items of a group, or its share of `most`, evenly spaced in their order.

    Parameters
    ----------
    n_all
        Items of all groups of the drawing.
    most
        How many fit in the drawing.
    """
    n = len(items)
    if n_all <= most:
        return tuple(items)
    shown = max(1, n * most // n_all)
    return tuple(items[(2 * at + 1) * n // (2 * shown)] for at in range(shown))


def shortened(name: str, letters: int) -> str:
    """A name of at most so many letters, the cut shown.

    Examples
    --------
    >>> shortened("Hepatobiliary", 7)
    'Hepato…'
    """
    return name if len(name) <= letters else name[: letters - 1] + "…"


def wrapped(name: str, letters: int, lines: int) -> list[str]:
    """A name in at most so many lines of at most so many letters, broken between words where it can be.

    Examples
    --------
    >>> wrapped("High-Grade Serous Ovarian Cancer", 18, 2)
    ['High-Grade Serous', 'Ovarian Cancer']
    >>> wrapped("Hepatobiliary", 8, 2)
    ['Hepatob…']
    """
    out: list[str] = []
    for word in name.split():
        if out and len(out[-1]) + 1 + len(word) <= letters:
            out[-1] += " " + word
        else:
            out.append(word)
    if len(out) > lines:
        out = [*out[: lines - 1], " ".join(out[lines - 1 :])]
    return [shortened(line, letters) for line in out]
