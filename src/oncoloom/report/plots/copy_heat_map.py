"""Copy number of a cohort: how often each place is gained or lost, and below it a row per patient.

Gains stand in the upper half of a row and losses in the lower, so that the picture also reads without color.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.report.plots.crowding import evenly_spaced, wrapped
from oncoloom.report.svg import Drawing
from oncoloom.report.words import chromosome_key

WIDTH, LEFT, RIGHT, TOP = 658.0, 128.0, 2.0, 24.0
SHARE_PX, GAP, NAMES_PX, GROUP_GAP, KEY_PX = 66.0, 12.0, 20.0, 8.0, 24.0
ROW_MOST_PX, ROW_LEAST_PX, ROWS_PX = 14.0, 4.0, 520.0
MAX_ROWS = int(ROWS_PX / ROW_LEAST_PX)
CHANGE = 0.2  # |log2| from which on a segment counts as gained or lost
LEVELS = (
    (1.0, 1.0, "≥ 1"),
    (0.5, 0.65, "0.5–1"),
    (CHANGE, 0.35, "0.2–0.5"),
)  # |log2| from, opacity, in words
COLUMNS = 560  # places at which shares are counted: about one a pixel
UNLABELED = {"19", "21"}
NAME_LETTERS, NAME_LINES, LINE_PX = 18, 2, 14.0

Changed = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Profile:
    """Segments of one patient: contig, start and end (0-based half-open), log2 ratio to the main level."""

    segments: tuple[tuple[str, int, int, float], ...]


@dataclass(frozen=True, slots=True)
class ProfileGroup:
    """Patients of one tumor type, in the order of drawing."""

    name: str
    profiles: tuple[Profile, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """The genome on x: each contig's first pixel and pixels a base; contigs are as long as they were seen."""

    starts: dict[str, float]
    ends: dict[str, float]
    scale: float

    def span(self, chrom: str, start: int, end: int) -> tuple[float, float]:
        """Pixels of an interval."""
        left = self.starts[chrom]
        return left + start * self.scale, left + end * self.scale


def copy_heat_map(groups: Sequence[ProfileGroup]) -> Drawing:
    """Shares of gained and lost on top, patients below, group names at the left, key at the foot.

    Of more than `MAX_ROWS` patients, evenly spaced ones are drawn; shares count all.
    """
    axis = axis_of(groups)
    n_all = sum(len(group.profiles) for group in groups)
    drawn = [(group, evenly_spaced(group.profiles, n_all, MAX_ROWS)) for group in groups]
    n = sum(len(rows) for _, rows in drawn)
    changed = changed_shares(groups, axis)
    step = max(ROW_LEAST_PX, min(ROW_MOST_PX, ROWS_PX / max(1, n)))
    top = TOP + SHARE_PX + GAP
    names = [wrapped(group.name, NAME_LETTERS, NAME_LINES) for group, _ in drawn]
    talls = [
        max(step * len(rows), LINE_PX * len(name) - 1) for (_, rows), name in zip(drawn, names, strict=True)
    ]
    height = top + sum(tall + GROUP_GAP for tall in talls) + NAMES_PX + KEY_PX
    drawing = Drawing(WIDTH, height, _alt(n_all, axis, changed))
    _shares(drawing, axis, changed)
    y = top
    for (group, rows), name, tall in zip(drawn, names, talls, strict=True):
        _stripes(drawing, axis, y, tall)
        for index, profile in enumerate(rows):
            _row(drawing, profile, axis, y + step * index, step)
        for at, line in enumerate(name):
            drawing.text(0, y + 10 + LINE_PX * at, line, "t ti")
        if tall >= LINE_PX * (len(name) + 1) - 2:
            drawing.text(0, y + 10 + LINE_PX * len(name), f"{len(group.profiles):,}", "t")
        y += tall + GROUP_GAP
    _contig_names(drawing, axis, y + 8)
    _key(drawing, y + NAMES_PX + 14)
    return drawing


def changed_shares(groups: Sequence[ProfileGroup], axis: Axis) -> Changed:
    """Shares of the patients covered at each of `COLUMNS` places who are gained and lost there.

    Returns
    -------
    gained, lost : (COLUMNS,) float64
        0 where nobody is covered.
    """
    places = _places()
    covered, gained, lost = (np.zeros(COLUMNS, np.int64) for _ in range(3))
    for group in groups:
        for profile in group.profiles:
            for chrom, start, end, log2 in profile.segments:
                a, b = np.searchsorted(places, axis.span(chrom, start, end))
                covered[a:b] += 1
                gained[a:b] += log2 >= CHANGE
                lost[a:b] += log2 <= -CHANGE
    most = np.maximum(covered, 1)
    return gained / most, lost / most


def _places() -> NDArray[np.float64]:
    """Pixels at whose places shares are counted."""
    return LEFT + (np.arange(COLUMNS) + 0.5) * (WIDTH - LEFT - RIGHT) / COLUMNS


def axis_of(groups: Sequence[ProfileGroup]) -> Axis:
    """The genome as the groups cover it, contigs in their usual order."""
    length: dict[str, int] = defaultdict(int)
    for group in groups:
        for profile in group.profiles:
            for chrom, _, end, _ in profile.segments:
                length[chrom] = max(length[chrom], end)
    scale = (WIDTH - LEFT - RIGHT) / max(1, sum(length.values()))
    starts, ends, x = {}, {}, LEFT
    for chrom in sorted(length, key=chromosome_key):
        starts[chrom] = x
        x += scale * length[chrom]
        ends[chrom] = x
    return Axis(starts, ends, scale)


def _stripes(drawing: Drawing, axis: Axis, y: float, tall: float) -> None:
    for index, chrom in enumerate(axis.starts):
        if index % 2:
            drawing.rect(axis.starts[chrom], y, axis.ends[chrom] - axis.starts[chrom], tall, "f-wash")
    drawing.line(LEFT, y, WIDTH - RIGHT, y, "s-hair", 0.5)
    drawing.line(LEFT, y + tall, WIDTH - RIGHT, y + tall, "s-hair", 0.5)


def _shares(drawing: Drawing, axis: Axis, changed: Changed) -> None:
    """Gained upward and lost downward from a middle line, 100 % at the ends of the axis."""
    gained, lost = changed
    peak = next(top for top in (0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if max(gained.max(), lost.max(), 0.01) <= top)
    middle, half = TOP + SHARE_PX / 2, SHARE_PX / 2
    _stripes(drawing, axis, TOP, SHARE_PX)
    wide = (WIDTH - LEFT - RIGHT) / COLUMNS
    for values, sign, style in ((gained, -1, "f-vermillion"), (lost, 1, "f-blue")):
        heights = half * values / peak
        d = "".join(
            f"M{LEFT + wide * at:.2f} {middle:.1f}v{sign * h:.2f}h{wide:.2f}V{middle:.1f}z"
            for at, h in enumerate(heights)
            if h > 0
        )
        if d:
            drawing.path(d, style)
    drawing.line(LEFT, middle, WIDTH - RIGHT, middle, "s-ink")
    drawing.text(0, 12, "Share of patients gained (up) and lost (down)", "t ti b")
    for y, words in (
        (TOP + 9, f"{100 * peak:.0f} %"),
        (middle + 4, "0"),
        (TOP + SHARE_PX, f"{100 * peak:.0f} %"),
    ):
        drawing.text(LEFT - 8, y, words, "t", "end")


def _row(drawing: Drawing, profile: Profile, axis: Axis, y: float, step: float) -> None:
    """Gains in the upper half, losses in the lower; the darker, the farther from the main level."""
    inner = 0.9 * step
    for chrom, start, end, log2 in profile.segments:
        if abs(log2) < CHANGE:
            continue
        opacity = next(strength for least, strength, _ in LEVELS if abs(log2) >= least)
        left, right = axis.span(chrom, start, end)
        top, style = (y, "f-vermillion") if log2 > 0 else (y + inner / 2, "f-blue")
        drawing.rect(left, top, max(0.6, right - left), inner / 2, style, opacity=opacity)


def _contig_names(drawing: Drawing, axis: Axis, y: float) -> None:
    last = LEFT - 4
    for chrom, start in axis.starts.items():
        name = chrom.removeprefix("chr")
        center, half = (start + axis.ends[chrom]) / 2, (3.5 if name.isdigit() else 4.0) * len(name)
        if name not in UNLABELED and center - half > last + 3 and center + half <= WIDTH:
            drawing.text(center, y, name, "t", "middle")
            last = center + half


def _key(drawing: Drawing, y: float) -> None:
    x = 0.0
    for words, style, top in (("gained", "f-vermillion", -11.0), ("lost", "f-blue", -5.0)):
        drawing.text(x, y, words, "t ti")
        x += 6.6 * len(words) + 6
        for _, opacity, label in reversed(LEVELS):
            drawing.rect(x, y + top, 22, 6, style, opacity=opacity)
            drawing.text(x + 26, y, label, "t")
            x += 26 + 6.4 * len(label) + 12
        x += 10
    drawing.text(x, y, "|log2|", "t")


def _alt(n: int, axis: Axis, changed: Changed) -> str:
    places = _places()
    parts = []
    for word, values in zip(("gained", "lost"), changed, strict=True):
        if values.max() > 0:
            x = float(places[int(values.argmax())])
            chrom = next((one for one in axis.starts if axis.starts[one] <= x < axis.ends[one]), "")
            parts.append(
                f"most often {word} in chromosome {chrom.removeprefix('chr')} ({100 * values.max():.0f} %)"
            )
    return f"Copy number of {n} patients: {', '.join(parts) or 'nothing gained or lost'}."
