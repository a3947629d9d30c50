"""Mutational processes of a cohort: a column is a patient, a row a cause, a bar its share of mutations."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

from oncoloom.report.plots.crowding import evenly_spaced, shortened
from oncoloom.report.svg import Drawing

WIDTH, LEFT, RIGHT, TOP = 658.0, 150.0, 44.0, 76.0
NAME_LETTERS, LETTER_PX, SLANTED_PX, SLANT = 14, 7.4, 6.6, -45.0
ROW_PX, BAR_PX, GROUP_GAP, FOOT_PX, STEP_MOST = 30.0, 24.0, 8.0, 24.0, 24.0
MAX_COLUMNS = 240  # narrower columns cannot be told apart


@dataclass(frozen=True, slots=True)
class Processes:
    """Shares of one patient by cause, and whether they rest on the prior of the tumor type."""

    shares: dict[str, float]
    prior_led: bool


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """Patients of one tumor type."""

    name: str
    patients: tuple[Processes, ...]


def shown_causes(groups: Sequence[ProcessGroup], causes: Sequence[str]) -> list[tuple[str, int]]:
    """Causes that anybody shows, with how many do, the most frequent first."""
    counted = [
        (cause, sum(one.shares.get(cause, 0.0) > 0 for group in groups for one in group.patients))
        for cause in causes
    ]
    order = {cause: at for at, cause in enumerate(causes)}
    return sorted((one for one in counted if one[1]), key=lambda one: (-one[1], order[one[0]]))


def ordered(patients: Sequence[Processes], causes: Sequence[str]) -> tuple[Processes, ...]:
    """Patients of the same main cause together, the larger share first."""

    def key(one: Processes) -> tuple[int, float]:
        main = max(range(len(causes)), key=lambda at: (one.shares.get(causes[at], 0.0), -at))
        return main, -one.shares.get(causes[main], 0.0)

    return tuple(sorted(patients, key=key))


def signature_bars(groups: Sequence[ProcessGroup], causes: Sequence[str], words: dict[str, str]) -> Drawing:
    """Rows of bars, 0 to 100 % each; ink where the mutations told it, grey where the prior led.

    Parameters
    ----------
    causes
        In the order that breaks ties.
    words
        What each cause is called; at least one patient shows one.
    """
    rows = shown_causes(groups, causes)
    names = [cause for cause, _ in rows]
    n = sum(len(group.patients) for group in groups)
    drawn = [(group, evenly_spaced(ordered(group.patients, names), n, MAX_COLUMNS)) for group in groups]
    room = WIDTH - LEFT - RIGHT - GROUP_GAP * (len(groups) - 1)
    step = min(STEP_MOST, room / max(1, sum(len(patients) for _, patients in drawn)))
    drawing = Drawing(WIDTH, TOP + ROW_PX * len(rows) + FOOT_PX, _alt(rows, words, n))
    x = LEFT
    for group, patients in drawn:
        width = step * len(patients)
        _group(drawing, group, patients, names, x, step)
        _group_name(drawing, group.name, x, width)
        x += width + GROUP_GAP
    for at, (cause, count) in enumerate(rows):
        y = TOP + ROW_PX * at + BAR_PX
        drawing.text(LEFT - 8, y - 4, words[cause], "t ti", "end")
        drawing.text(WIDTH, y - 4, f"{100 * count / n:.0f} %", "t ti", "end")
    _key(drawing, TOP + ROW_PX * len(rows) + 14)
    return drawing


def _group_name(drawing: Drawing, name: str, x: float, width: float) -> None:
    """Level where the group is wide enough, else slanted, so that names of narrow neighbors do not meet."""
    if LETTER_PX * min(len(name), NAME_LETTERS) <= width:
        drawing.text(x, TOP - 6, shortened(name, int(width / LETTER_PX)), "t ti b")
        return
    at = x + min(width, 12) / 2
    room = int((WIDTH - at) / (SLANTED_PX * cos(radians(SLANT))))  # letters up to the page's right edge
    drawing.text(at, TOP - 6, shortened(name, min(NAME_LETTERS, room)), "t ti", turn=SLANT)


def _group(
    drawing: Drawing,
    group: ProcessGroup,
    patients: Sequence[Processes],
    causes: Sequence[str],
    x: float,
    step: float,
) -> None:
    for row, cause in enumerate(causes):
        bottom = TOP + ROW_PX * row + BAR_PX
        drawing.rect(x, bottom - BAR_PX, step * len(patients), BAR_PX, "f-wash")
        for prior_led, style in ((False, "f-ink"), (True, "f-mid")):
            d = "".join(
                _bar(x + step * (at + 0.1), bottom, 0.8 * step, BAR_PX * one.shares[cause])
                for at, one in enumerate(patients)
                if one.prior_led == prior_led and one.shares.get(cause, 0.0) > 0
            )
            if d:
                drawing.path(d, style)


def _bar(x: float, bottom: float, width: float, height: float) -> str:
    return f"M{x:.1f} {bottom:.1f}v{-height:.1f}h{width:.1f}V{bottom:.1f}z"


def _key(drawing: Drawing, y: float) -> None:
    drawing.rect(LEFT, y - 9, 8, 10, "f-ink")
    drawing.text(LEFT + 13, y, "told by the mutations", "t")
    drawing.rect(LEFT + 160, y - 9, 8, 10, "f-mid")
    drawing.text(LEFT + 173, y, "fewer than 200: the tumor type's prior leads", "t")
    drawing.text(WIDTH, y, "of patients", "t", "end")


def _alt(rows: Sequence[tuple[str, int]], words: dict[str, str], n: int) -> str:
    first = ", ".join(f"{words[cause]} in {count}" for cause, count in rows[:3])
    return f"Mutational processes of {n} patients: {first}."
