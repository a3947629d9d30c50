"""Marks of 15 px: a shape each, always followed by its word; hidden from screen readers.

Squares speak of therapies, rings of what was seen, triangle, cross and tick of checks.
"""

from oncoloom.report.svg import Drawing

SIZE = 15


def mark(name: str) -> Drawing:
    """The mark of that name.

    Raises
    ------
    KeyError
        If there is none.
    """
    drawing = Drawing(SIZE, SIZE)
    _MARKS[name](drawing)
    return drawing


def _plus(drawing: Drawing) -> None:
    drawing.rect(0, 0, 15, 15, "f-blue", 2.5)
    drawing.line(3.5, 7.5, 11.5, 7.5, "s-paper", 2)
    drawing.line(7.5, 3.5, 7.5, 11.5, "s-paper", 2)


def _minus(drawing: Drawing) -> None:
    drawing.rect(0, 0, 15, 15, "f-vermillion", 2.5)
    drawing.line(3.5, 7.5, 11.5, 7.5, "s-paper", 2)


def _square(drawing: Drawing, style: str, width: float) -> None:
    half, side = width / 2, 15 - width
    drawing.path(
        f"M{half + 2} {half}h{side - 4}a2 2 0 0 1 2 2v{side - 4}a2 2 0 0 1-2 2h-{side - 4}"
        f"a2 2 0 0 1-2-2v-{side - 4}a2 2 0 0 1 2-2z",
        style,
        width,
    )


def _disagrees(drawing: Drawing) -> None:
    _square(drawing, "s-ink", 1.4)
    drawing.line(4.5, 5.8, 10.5, 5.8, "s-ink", 1.4)
    drawing.line(7.5, 2.9, 7.5, 8.7, "s-ink", 1.4)
    drawing.line(4.5, 11.4, 10.5, 11.4, "s-ink", 1.4)


def _none(drawing: Drawing) -> None:
    _square(drawing, "s-mid", 1.2)


def _ring(drawing: Drawing) -> None:
    drawing.circle(7.5, 7.5, 5.2, "s-ink", 1.7)


def _dashed(drawing: Drawing) -> None:
    drawing.path("M7.5 .9a6.6 6.6 0 1 1 0 13.2a6.6 6.6 0 1 1 0-13.2", "s-ink", 1.3, "2.6 1.55")
    drawing.path("M5.7 5.9a1.85 1.85 0 1 1 2.8 1.6c-.7.4-1 .75-1 1.4", "s-ink", 1.3)
    drawing.circle(7.5, 10.8, 0.85, "f-ink")


def _dash(drawing: Drawing) -> None:
    drawing.line(2.3, 7.5, 12.7, 7.5, "s-ink", 1.9)


def _triangle(drawing: Drawing) -> None:
    drawing.path("M7.5 1.2L14.2 13.4H.8Z", "f-orange s-ink-only", 1)
    drawing.line(7.5, 5.6, 7.5, 9.5, "s-black", 1.6)
    drawing.circle(7.5, 11.5, 0.9, "f-black")


def _cross(drawing: Drawing) -> None:
    drawing.path("M3.2 3.2L11.8 11.8M11.8 3.2L3.2 11.8", "s-ink", 2.2)


def _tick(drawing: Drawing) -> None:
    drawing.path("M2.6 8.2L6 11.6L12.4 3.8", "s-ink", 1.8)


_MARKS = {
    "sensitive": _plus,
    "resistant": _minus,
    "disagrees": _disagrees,
    "none matched": _none,
    "not looked up": _none,
    "detected": _tick,
    "not detected": _ring,
    "not assessable": _dashed,
    "not tested": _dash,
    "warning": _triangle,
    "warn": _triangle,
    "overridden": _triangle,
    "stop": _cross,
    "pass": _tick,
}


def mark_names() -> tuple[str, ...]:
    """Names of all marks."""
    return tuple(_MARKS)
