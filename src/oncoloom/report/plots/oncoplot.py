"""Oncoplot: a column is a patient, a row a gene; what could not be assessed is a dotted line."""

from collections.abc import Sequence
from dataclasses import dataclass

from oncoloom.report.plots.crowding import evenly_spaced, shortened
from oncoloom.report.svg import Drawing

WIDTH, LEFT, RIGHT = 658.0, 80.0, 44.0
TMB_PX, ROW_PX, CELL_PX, GROUP_GAP = 54.0, 17.0, 15.0, 10.0
MAX_COLUMNS = 260  # narrower columns cannot be told apart
KINDS = ("missense", "truncating", "altered", "amplified", "deep deletion", "not assessable")


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

    Of more than `MAX_COLUMNS` patients, evenly spaced ones are drawn; counts and shares are of all.
    """
    n_all = sum(len(group.columns) for group in groups)
    drawn = [evenly_spaced(group.columns, n_all, MAX_COLUMNS) for group in groups]
    n = sum(len(columns) for columns in drawn)
    room = WIDTH - LEFT - RIGHT - GROUP_GAP * (len(groups) - 1)
    step = min(44.0, room / max(1, n))
    with_tmb = any(column.tmb is not None for group in groups for column in group.columns)
    top = 20 + (TMB_PX + 14 if with_tmb else 6)
    height = top + ROW_PX * len(genes) + 32
    drawing = Drawing(WIDTH, height, _alt(groups, genes))
    peak = _peak(groups)
    x = LEFT
    for group, columns in zip(groups, drawn, strict=True):
        width = step * len(columns)
        if with_tmb:
            _tmb(drawing, columns, x, step, peak)
        for row, gene in enumerate(genes):
            y = top + ROW_PX * row
            drawing.rect(x, y, width, CELL_PX, "f-wash")
            for index, column in enumerate(columns):
                _cell(drawing, column.seen.get(gene, frozenset()), x + step * index, y, step)
        _group_name(drawing, group, x, max(width, 60))
        x += width + GROUP_GAP
    if with_tmb:
        _tmb_axis(drawing, peak)
    for row, gene in enumerate(genes):
        y = top + ROW_PX * row + 11.5
        name = shortened(gene, 10)
        drawing.text(LEFT - 8, y, name, "t ti", "end")
        altered, assessable = shares(groups, gene)
        drawing.text(WIDTH, y, f"{100 * altered / assessable:.0f} %" if assessable else "–", "t ti", "end")
    _key(drawing, groups, top + ROW_PX * len(genes) + 22)
    return drawing


def _group_name(drawing: Drawing, group: Group, x: float, width: float) -> None:
    letters = max(4, int(width / 7))
    name = shortened(group.name, letters)
    drawing.text(x, 12, name, "t ti b")
    drawing.text(x + 6.7 * len(name) + 6, 12, str(len(group.columns)), "t")


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
    if kinds == {"not assessable"}:
        drawing.rect(left, y, width, CELL_PX, "f-paper")
        drawing.line(x + step / 2, y + 1, x + step / 2, y + CELL_PX, "s-ink", 1, "1.5 2")


def _key(drawing: Drawing, groups: Sequence[Group], y: float) -> None:
    used: frozenset[str] = frozenset().union(
        *(kinds for group in groups for column in group.columns for kinds in column.seen.values())
    )
    x = LEFT
    for kind in KINDS:
        if kind in used:
            drawing.rect(x, y - 11, 7, 13, "f-wash")
            _cell(drawing, frozenset({kind}), x, y - 12, 8)
            words = f"{kind}, kind unknown" if kind == "altered" else kind
            drawing.text(x + 12, y, words, "t ti")
            x += 12 + 6.4 * len(words) + 16


def _alt(groups: Sequence[Group], genes: Sequence[str]) -> str:
    parts = []
    for gene in genes[:3]:
        altered, assessable = shares(groups, gene)
        parts.append(f"{gene} altered in {altered} of {assessable}")
    n = sum(len(group.columns) for group in groups)
    return f"Alterations of {n} patients: {', '.join(parts)}." if parts else f"No alteration in {n} patients."
