"""Which chapters of the PDF go on below the one before, so that no page but the last holds a few lines.

Each later chapter begins on a new page, unless the one before left no more than a few lines on its last.
Where one ends depends on the chapters before it alone, so that after k rounds the first k are settled.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from oncoloom.errors import OncoloomError

FEW_LINES_MM = 90.0  # from the page's upper edge, running head included: the upper third
MOST_ROUNDS = 12  # more than there are chapters


@dataclass(frozen=True, slots=True)
class ChapterEnd:
    """Where a chapter ends: millimeters from the upper edge of its last page."""

    chapter: str
    y: float


def joined_chapters(ends: Sequence[ChapterEnd]) -> list[str]:
    """Chapters that go on below the one before; `ends` in the order of the document."""
    return [after.chapter for before, after in pairwise(ends) if before.y <= FEW_LINES_MM]


def settle(lay_out: Callable[[list[str]], Sequence[ChapterEnd]]) -> list[str]:
    """The chapters to join: the choice that its own layout leads to again.

    Parameters
    ----------
    lay_out
        Sets the document with the chapters named joined, and tells where each ends.

    Raises
    ------
    OncoloomError
        If no choice lasts: then an end depends on what comes after it.
    """
    joined: list[str] = []
    for _ in range(MOST_ROUNDS):
        found = joined_chapters(lay_out(joined))
        if found == joined:
            return joined
        joined = found
    raise OncoloomError("the pages of the PDF do not settle", found=", ".join(joined))
