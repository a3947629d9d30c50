"""Oncoplot: a column is a patient, a row a gene; what could not be assessed is a dotted line."""

from collections.abc import Sequence
from dataclasses import dataclass

from oncoloom.report.plots.crowding import evenly_spaced, shortened
from oncoloom.report.svg import Drawing

WIDTH, LEFT, RIGHT = 658.0, 80.0, 44.0
TMB_PX, ROW_PX, CELL_PX, GROUP_GAP = 54.0, 17.0, 15.0, 10.0
STEP_MOST, LETTER_PX, TEXT_PX, COUNT_PX, LINE_PX = 44.0, 7.2, 6.5, 34.0, 15.0
MAX_COLUMNS = 260  # narrower columns cannot be told apart
KINDS = ("missense", "truncating", "altered", "amplified", "deep deletion", "fusion", "not assessable")
KEY_WORDS = {"missense": "missense, in frame", "altered": "altered, kind unknown or other"}


@dataclass(frozen=True, slots=True)
class Column:
    """A patient: TMB (None where it could not be given) and, for each gene, the kinds of what was seen."""

    tmb: float | None
    seen: dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Group:
    """Patients of one therapy."""

    name: str
    columns: tuple[Column, ...]


def shares(groups: Sequence[Group], gene: str) -> tuple[int, int]:
    """Patients with an alteration of `gene`, and patients in whom it could be assessed."""
    altered = assessable = 0
    for group in groups:
        for column in group.columns:
            kinds = column.seen.get(gene, frozenset())
            if "not assessable" in kinds and len(kinds) == 1:
                continue
            assessable += 1
            altered += bool(kinds - {"not assessable"})
    return altered, assessable


def oncoplot(groups: Sequence[Group], genes: Sequence[str]) -> Drawing:
    """Groups side by side, TMB above, genes below, shares of the assessable at the right, key at the foot.

    Groups without room for their names have a number, and a line of the key.

    Of more than `MAX_COLUMNS` patients, evenly spaced ones are drawn; counts and shares are of all.
    """
    n_all = sum(len(group.columns) for group in groups)
    drawn = [evenly_spaced(group.columns, n_all, MAX_COLUMNS) for group in groups]
    room = WIDTH - LEFT - RIGHT - GROUP_GAP * (len(groups) - 1)
    step, slots = _layout([len(columns) for columns in drawn], [group.name for group in groups], room)
    with_tmb = any(column.tmb is not None for group in groups for column in group.columns)
    top = 20 + (TMB_PX + 14 if with_tmb else 6)
    key = _numbered(groups, slots)
    height = top + ROW_PX * len(genes) + 32 + LINE_PX * len(key)
    drawing = Drawing(WIDTH, height, _alt(groups, genes))
    peak = _peak(groups)
    _head(drawing, groups, slots)
    x = LEFT
    for _, columns, slot in zip(groups, drawn, slots, strict=True):
        width = step * len(columns)
        if with_tmb:
            _tmb(drawing, columns, x, step, peak)
        for row, gene in enumerate(genes):
            y = top + ROW_PX * row
            drawing.rect(x, y, width, CELL_PX, "f-wash")
            for index, column in enumerate(columns):
                _cell(drawing, column.seen.get(gene, frozenset()), x + step * index, y, step)
        x += slot + GROUP_GAP
    if with_tmb:
        _tmb_axis(drawing, peak)
    for row, gene in enumerate(genes):
        y = top + ROW_PX * row + 11.5
        name = shortened(gene, 10)
        drawing.text(LEFT - 8, y, name, "t ti", "end")
        altered, assessable = shares(groups, gene)
        drawing.text(WIDTH, y, f"{100 * altered / assessable:.0f} %" if assessable else "–", "t ti", "end")
    bottom = top + ROW_PX * len(genes)
    _key(drawing, groups, bottom + 22)
    for at, line in enumerate(key):
        drawing.text(LEFT, bottom + 22 + LINE_PX * (at + 1), line, "t")
    return drawing


def _layout(counts: Sequence[int], names: Sequence[str], room: float) -> tuple[float, list[float]]:
    """Width of a column and of each group: wide enough for the group's name where all names fit."""
    named = [LETTER_PX * len(name) + COUNT_PX for name in names]
    if sum(named) > room:
        step = min(STEP_MOST, room / max(1, sum(counts)))
        return step, [step * n for n in counts]
    step = STEP_MOST
    while sum(max(step * n, wide) for n, wide in zip(counts, named, strict=True)) > room:
        step *= 0.97
    return step, [max(step * n, wide) for n, wide in zip(counts, named, strict=True)]


def _named(groups: Sequence[Group], slots: Sequence[float]) -> bool:
    """Whether every group has room for its name."""
    wide = [LETTER_PX * len(group.name) + COUNT_PX for group in groups]
    return all(slot >= need - 0.5 for slot, need in zip(slots, wide, strict=True))


def _head(drawing: Drawing, groups: Sequence[Group], slots: Sequence[float]) -> None:
    """Names with the number of patients over the groups; numbers where names have no room (key below)."""
    x, free = LEFT, LEFT
    named = _named(groups, slots)
    for at, (group, slot) in enumerate(zip(groups, slots, strict=True), start=1):
        words = group.name if named else str(at)
        if x >= free:
            drawing.text(x, 12, words, "t ti b")
            free = x + LETTER_PX * len(words) + 4
            if named:
                drawing.text(free, 12, str(len(group.columns)), "t")
        x += slot + GROUP_GAP


def _numbered(groups: Sequence[Group], slots: Sequence[float]) -> list[str]:
    """Lines that say which number stands for which group; none where names stand over the groups."""
    if _named(groups, slots):
        return []
    lines: list[str] = []
    for at, group in enumerate(groups, start=1):
        words = f"{at} {shortened(group.name, 60)} ({len(group.columns)})"
        if lines and TEXT_PX * (len(lines[-1]) + 3 + len(words)) <= WIDTH - LEFT:
            lines[-1] += " · " + words
        else:
            lines.append(words)
    return lines


def _peak(groups: Sequence[Group]) -> float:
    values = sorted(column.tmb for group in groups for column in group.columns if column.tmb is not None)
    if not values:
        return 9.0
    high = values[int(0.97 * (len(values) - 1))]
    return next((peak for peak in (9.0, 15.0, 30.0, 60.0, 90.0) if high <= peak), 90.0)


def _tmb(drawing: Drawing, columns: Sequence[Column], x: float, step: float, peak: float) -> None:
    bottom = 22 + TMB_PX
    width = step * len(columns)
    for tick in range(4):
        y = bottom - TMB_PX * tick / 3
        drawing.line(x, y, x + width, y, "s-mid" if tick == 0 else "s-hair")
    for index, column in enumerate(columns):
        if column.tmb is not None:
            tall = TMB_PX * min(column.tmb, peak) / peak
            drawing.rect(x + step * index + 0.1 * step, bottom - tall, 0.8 * step, tall, "f-grey")


def _tmb_axis(drawing: Drawing, peak: float) -> None:
    drawing.text(0, 34, "TMB", "t ti b")
    drawing.text(0, 48, "per Mb", "t")
    for tick in range(4):
        y = 22 + TMB_PX * (1 - tick / 3) + 4
        drawing.text(LEFT - 8, y, f"{peak * tick / 3:.0f}", "t", "end")


def _cell(drawing: Drawing, kinds: frozenset[str], x: float, y: float, step: float) -> None:
    left, width = x + 0.1 * step, 0.8 * step
    for kind, style in (("altered", "f-mid"), ("missense", "f-mid"), ("truncating", "f-ink")):
        if kind in kinds:
            drawing.rect(left, y, width, CELL_PX, style)
    if "amplified" in kinds:
        drawing.rect(left, y, width, CELL_PX / 2, "f-ink")
    if "deep deletion" in kinds:
        drawing.rect(left, y + CELL_PX / 2, width, CELL_PX / 2, "f-ink")
    if "fusion" in kinds:
        drawing.rect(left, y + CELL_PX / 3, width, CELL_PX / 3, "f-ink")
    if kinds == {"not assessable"}:
        drawing.rect(left, y, width, CELL_PX, "f-paper")
        drawing.line(x + step / 2, y + 1, x + step / 2, y + CELL_PX, "s-ink", 1, "1.5 2")


def _key(drawing: Drawing, groups: Sequence[Group], y: float) -> None:
    used: frozenset[str] = frozenset().union(
        *(kinds for group in groups for column in group.columns for kinds in column.seen.values())
    )
    x = 0.0
    for kind in KINDS:
        if kind in used:
            drawing.rect(x, y - 11, 7, 13, "f-wash")
            _cell(drawing, frozenset({kind}), x, y - 12, 8)
            words = KEY_WORDS.get(kind, kind)
            drawing.text(x + 12, y, words, "t ti")
            x += 12 + 6.4 * len(words) + 16


def _alt(groups: Sequence[Group], genes: Sequence[str]) -> str:
    parts = []
    for gene in genes[:3]:
        altered, assessable = shares(groups, gene)
        parts.append(f"{gene} altered in {altered} of {assessable}")
    n = sum(len(group.columns) for group in groups)
    return f"Alterations of {n} patients: {', '.join(parts)}." if parts else f"No alteration in {n} patients."
