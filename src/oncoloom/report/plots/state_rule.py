"""The rule under the title that says the state without words; it survives fax and photocopy."""

from oncoloom.report.svg import Drawing

WIDTH = 658.0
HEIGHT = 5.0


def state_rule(state: str) -> Drawing:
    """Draft dashes, reviewed two lines, signed a bar, amended bar and line, stopped hatching.

    Raises
    ------
    ValueError
        If there is no such state.
    """
    if state == "stopped":
        drawing = Drawing(WIDTH, HEIGHT)
        drawing.path("".join(f"M{x} 5h4l4-5h-4z" for x in range(0, int(WIDTH) - 7, 9)), "f-ink")
        return drawing
    drawing = Drawing("100%", HEIGHT)
    if state == "draft":
        drawing.line("0%", 2.5, "100%", 2.5, "s-ink", 4.5, "7 4")
    elif state == "reviewed":
        drawing.line("0%", 0.7, "100%", 0.7, "s-ink", 1.3)
        drawing.line("0%", 4.3, "100%", 4.3, "s-ink", 1.3)
    elif state == "signed":
        drawing.line("0%", 2.5, "100%", 2.5, "s-ink", 4.5)
    elif state == "amended":
        drawing.line("0%", 1.5, "100%", 1.5, "s-ink", 3)
        drawing.line("0%", 4.5, "100%", 4.5, "s-ink", 1)
    elif state == "plain":
        drawing.line("0%", 2.5, "100%", 2.5, "s-ink", 1.3)
    else:
        raise ValueError(f"no such state: {state}")
    return drawing
