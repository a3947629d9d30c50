"""Mutational spectrum: 96 channels as bars, grouped by substitution, on the pyrimidine strand."""

from math import ceil

from oncoloom.report.genome_model import Processes
from oncoloom.report.svg import Drawing

WIDTH, LEFT, TOP, HEIGHT = 658.0, 34.0, 30.0, 118.0
GROUPS = ("C>A", "C>G", "C>T", "T>A", "T>C", "T>G")
# Neighbors differ in lightness, too, so that the groups stand apart in print.
STYLES = ("f-sky", "f-ink", "f-vermillion", "f-mid", "f-blue", "f-orange")
_A_GROUP = 16


def spectrum_plot(processes: Processes) -> Drawing:
    """Bars of the 96 counts in the order of the channels, each group named above its bars."""
    counts = processes.counts
    drawing = Drawing(WIDTH, TOP + HEIGHT + 24, processes.alt)
    bottom, step = TOP + HEIGHT, _step(max(counts))
    top = step * max(1, ceil(max(counts) / step))
    for tick in range(0, top + 1, step):
        y = bottom - HEIGHT * tick / top
        drawing.line(LEFT, y, WIDTH, y, "s-hair")
        drawing.text(LEFT - 8, y + 4, str(tick), "t", "end")
    wide = (WIDTH - LEFT) / len(counts)
    for number, (name, style) in enumerate(zip(GROUPS, STYLES, strict=True)):
        start = LEFT + number * _A_GROUP * wide
        drawing.rect(start + 1, TOP - 12, _A_GROUP * wide - 2, 5, style)
        drawing.text(start + _A_GROUP * wide / 2, TOP - 17, name, "t ti b", "middle")
        for index in range(_A_GROUP):
            n = counts[number * _A_GROUP + index]
            if n:
                height = HEIGHT * n / top
                drawing.rect(start + index * wide + 0.8, bottom - height, wide - 1.6, height, style)
        for letter in range(4):  # the base before; the base after runs A, C, G, T within each
            x = start + (letter * 4 + 2) * wide
            drawing.text(x, bottom + 16, "ACGT"[letter], "t", "middle")
    drawing.line(LEFT, bottom, WIDTH, bottom, "s-ink")
    return drawing


def _step(highest: int) -> int:
    """Distance of grid lines: 1, 2 or 5 times a power of ten, at most five of them."""
    scale = 1
    while True:
        for factor in (1, 2, 5):
            if highest <= 5 * factor * scale:
                return factor * scale
        scale *= 10
