"""Microsatellites: share of the tumor on new lengths, locus by locus, and the score between its lines."""

from oncoloom.report.genome_model import Microsatellites
from oncoloom.report.svg import Drawing

WIDTH, LEFT, TOP, HEIGHT = 658.0, 34.0, 34.0, 84.0
SCORE_Y = TOP + HEIGHT + 62.0
SCORE_MOST = 0.5


def microsatellite_plot(msi: Microsatellites) -> Drawing:
    """Loci by share of fragments on new lengths (the unstable ones in color, below), score below."""
    drawing = Drawing(WIDTH, SCORE_Y + 30, msi.alt)
    bottom, n_bins = TOP + HEIGHT, len(msi.stable_by_share)
    wide = (WIDTH - LEFT) / n_bins
    totals = [a + b for a, b in zip(msi.stable_by_share, msi.unstable_by_share, strict=True)]
    drawing.text(0, 11, "Loci by share of tumor fragments on new lengths; dark: unstable", "t ti b")
    most = max(1, *totals)
    for index, (stable, unstable) in enumerate(zip(msi.stable_by_share, msi.unstable_by_share, strict=True)):
        y, n = bottom, stable + unstable
        height = HEIGHT * (n / most) ** 0.5  # square root: one locus must be seen beside hundreds
        for part, style in ((unstable, "f-vermillion"), (stable, "f-band")):
            if part:
                drawing.rect(
                    LEFT + index * wide + 0.6, y - height * part / n, wide - 1.2, height * part / n, style
                )
                y -= height * part / n
        if totals[index]:
            x = LEFT + (index + 0.5) * wide
            drawing.text(x, y - 4, str(totals[index]), "ts", "middle")
    drawing.line(LEFT, bottom, WIDTH, bottom, "s-ink")
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = LEFT + share * (WIDTH - LEFT)
        drawing.text(
            x,
            bottom + 17,
            f"{share:.2f}",
            "t",
            "middle" if 0 < share < 1 else "start" if not share else "end",
        )
    _score(drawing, msi)
    return drawing


def _score(drawing: Drawing, msi: Microsatellites) -> None:
    """Score with its interval on an axis to 50 %, the two lines that decide the state."""
    drawing.text(0, SCORE_Y - 20, "Unstable share of loci, 95 % interval", "t ti b")

    def x(share: float) -> float:
        return LEFT + min(share, SCORE_MOST) / SCORE_MOST * (WIDTH - LEFT)

    drawing.line(LEFT, SCORE_Y + 8, WIDTH, SCORE_Y + 8, "s-hair")
    for tick in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5):
        anchor = "start" if tick == 0 else "end" if tick == SCORE_MOST else "middle"
        drawing.text(x(tick), SCORE_Y + 26, f"{100 * tick:.0f} %", "t", anchor)
    for share, dash in ((msi.line, ""), (msi.expected, "4 3")):
        if share is not None:
            drawing.line(x(share), SCORE_Y - 10, x(share), SCORE_Y + 12, "s-ink", 1.2, dash)
    drawing.line(x(msi.lower), SCORE_Y, x(msi.upper), SCORE_Y, "s-blue", 4)
    drawing.circle(x(msi.score), SCORE_Y, 5, "f-ink")
