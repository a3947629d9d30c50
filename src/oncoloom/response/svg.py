"""A few lines of SVG: one font stack, one number format, no dates: equal data give equal bytes."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

INK, GREY, MID, HAIR, BAND = "#1b1f24", "#5b6570", "#8a939c", "#c9ced4", "#d9dee3"
FONT = "Inter, 'Noto Sans', Helvetica, Arial, sans-serif"
SIZE = 12  # px; the 9 pt of docs' plots


@dataclass(slots=True)
class Canvas:
    """A picture under construction; coordinates in px from the top left."""

    width: float
    height: float
    title: str
    parts: list[str] = field(default_factory=list)

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        *,
        color: str = INK,
        width: float = 1,
        dash: str = "",
    ) -> None:
        """A straight line."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{color}" '
            f'stroke-width="{_n(width)}"{dashes}/>'
        )

    def path(
        self, points: list[tuple[float, float]], *, color: str = INK, width: float = 2, dash: str = ""
    ) -> None:
        """A polyline."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        text = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self.parts.append(
            f'<polyline points="{text}" fill="none" stroke="{color}" stroke-width="{_n(width)}"{dashes}/>'
        )

    def dot(self, x: float, y: float, *, radius: float = 4, filled: bool = True) -> None:
        """A round mark, filled or a ring."""
        fill = INK if filled else "#ffffff"
        self.parts.append(
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{fill}" stroke="{INK}" '
            'stroke-width="1.5"/>'
        )

    def text(
        self, x: float, y: float, words: str, *, anchor: str = "start", bold: bool = False, color: str = INK
    ) -> None:
        """A line of text, its baseline at y."""
        weight = ' font-weight="600"' if bold else ""
        self.parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}" fill="{color}"{weight}>'
            f"{escape(words)}</text>"
        )

    def render(self) -> str:
        """The SVG text."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(self.width)}" height="{_n(self.height)}" '
            f'viewBox="0 0 {_n(self.width)} {_n(self.height)}" role="img" '
            f'font-family="{FONT}" font-size="{SIZE}">'
        )
        body = "\n".join(self.parts)
        paper = '<rect width="100%" height="100%" fill="#ffffff"/>'
        return f"{head}\n<title>{escape(self.title)}</title>\n{paper}\n{body}\n</svg>\n"


@dataclass(frozen=True, slots=True)
class Axes:
    """A plot area and its scales: data x and y to px."""

    left: float
    top: float
    width: float
    height: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: float) -> float:
        """Px of a data x."""
        low, high = self.x_range
        return self.left + (value - low) / (high - low) * self.width

    def y(self, value: float) -> float:
        """Px of a data y (upward)."""
        low, high = self.y_range
        return self.top + self.height - (value - low) / (high - low) * self.height

    def frame(
        self, canvas: Canvas, x_ticks: list[float], y_ticks: list[float], x_label: str, y_label: str
    ) -> None:
        """Grid lines, tick labels, and the axes' names; the y name stands above its axis, never turned."""
        for tick in y_ticks:
            canvas.line(self.left, self.y(tick), self.left + self.width, self.y(tick), color=HAIR)
            canvas.text(self.left - 8, self.y(tick) + 4, f"{tick:g}", anchor="end", color=GREY)
        bottom = self.top + self.height
        canvas.line(self.left, bottom, self.left + self.width, bottom, color=MID)
        for tick in x_ticks:
            canvas.line(self.x(tick), bottom, self.x(tick), bottom + 4, color=MID)
            canvas.text(self.x(tick), bottom + 18, f"{tick:g}", anchor="middle", color=GREY)
        canvas.text(self.left + self.width, bottom + 36, x_label, anchor="end", color=GREY)
        canvas.text(self.left - 32, self.top - 14, y_label, color=GREY)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"
