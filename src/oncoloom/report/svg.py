"""Drawing: a small SVG builder, with classes instead of colors so that paper and dark share one drawing.

The HTML page defines the classes by variables (light and dark); a drawing that stands alone (in the PDF)
carries them in a style element. Lengths are CSS pixels (96 to the inch); text is text.
"""

from dataclasses import dataclass, field
from html import escape

INK, GREY, MID, BAND, HAIR, WASH = "#1b1f24", "#5b6570", "#8a939c", "#d9dee3", "#c9ced4", "#f1f3f5"
BLUE, VERMILLION, ORANGE, SKY, PAPER = "#0072B2", "#D55E00", "#E69F00", "#56B4E9", "#ffffff"

PALETTE: dict[str, str] = {
    "ink": INK,
    "grey": GREY,
    "mid": MID,
    "band": BAND,
    "hair": HAIR,
    "wash": WASH,
    "blue": BLUE,
    "vermillion": VERMILLION,
    "orange": ORANGE,
    "sky": SKY,
    "paper": PAPER,
}
DARK: dict[str, str] = {
    "ink": "#e9ecef",
    "grey": "#a7b0ba",
    "mid": "#7d8894",
    "band": "#3a424b",
    "hair": "#3a424b",
    "wash": "#1c2228",
    "blue": "#5aaee3",
    "vermillion": "#f08a47",
    "orange": "#E69F00",
    "sky": "#a5d8f6",
    "paper": "#12161a",
}

TEXT_PX = 12
SMALL_PX = 9.4  # seven points; letters of single bases: the color of their box says the same
Length = float | str


def class_rules(value: str = "{hex}") -> str:
    """CSS rules of the drawing classes: ``s-NAME`` strokes, ``f-NAME`` fills, ``t ts ti b`` text.

    `value` is a template with ``{hex}`` and ``{name}``: ``var(--{name})`` for a page, ``{hex}`` for a file.
    """
    rules = []
    for name, code in PALETTE.items():
        color = value.format(hex=code, name=name)
        rules.append(f".s-{name}{{stroke:{color};fill:none}}.f-{name}{{fill:{color}}}")
    ink, grey, paper = (value.format(hex=PALETTE[name], name=name) for name in ("ink", "grey", "paper"))
    rules.append(f".t{{fill:{grey};font-size:{TEXT_PX}px}}.ti{{fill:{ink}}}.b{{font-weight:600}}")
    rules.append(f".ts{{fill:{grey};font-size:{SMALL_PX}px}}.ts.ti{{fill:{ink}}}.ts.f-paper{{fill:{paper}}}")
    rules.append(f".ts.f-black{{fill:{INK}}}")
    rules.append(f".s-ink-only{{stroke:{ink}}}.s-black{{stroke:{INK};fill:none}}.f-black{{fill:{INK}}}")
    rules.append(f".halo{{stroke:{paper};stroke-width:3px;fill:{paper}}}")
    return "".join(rules)


def px(value: Length) -> str:
    """A length as an attribute: at most two decimals, no trailing zeros; percentages stay."""
    if isinstance(value, str):
        return value
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


@dataclass(slots=True)
class Drawing:
    """Shapes of one drawing, in painting order.

    `width` may be ``100%``: x positions in percent then stretch with the page while text keeps its size.
    `alt` is the one sentence that says what the drawing shows; an empty one hides it from screen readers.
    """

    width: Length
    height: float
    alt: str = ""
    parts: list[str] = field(default_factory=list)

    def line(
        self, x1: Length, y1: Length, x2: Length, y2: Length, style: str, width: float = 1, dash: str = ""
    ) -> None:
        """A straight line."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<line x1="{px(x1)}" y1="{px(y1)}" x2="{px(x2)}" y2="{px(y2)}" class="{style}"'
            f' stroke-width="{px(width)}"{dashes}/>'
        )

    def rect(
        self,
        x: Length,
        y: float,
        width: Length,
        height: float,
        style: str,
        radius: float = 0,
        opacity: float = 1,
    ) -> None:
        """A filled rectangle."""
        rounded = f' rx="{px(radius)}"' if radius else ""
        rounded += f' fill-opacity="{px(opacity)}"' if opacity != 1 else ""
        self.parts.append(
            f'<rect x="{px(x)}" y="{px(y)}" width="{px(width)}" height="{px(height)}"'
            f' class="{style}"{rounded}/>'
        )

    def circle(self, x: Length, y: float, radius: float, style: str, width: float = 0) -> None:
        """A disc, or a ring where `width` is its stroke."""
        stroke = f' stroke-width="{px(width)}"' if width else ""
        self.parts.append(f'<circle cx="{px(x)}" cy="{px(y)}" r="{px(radius)}" class="{style}"{stroke}/>')

    def path(self, d: str, style: str, width: float = 0, dash: str = "") -> None:
        """A path."""
        stroke = f' stroke-width="{px(width)}" stroke-linejoin="round"' if width else ""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(f'<path d="{d}" class="{style}"{stroke}{dashes}/>')

    def text(
        self,
        x: Length,
        y: float,
        words: str,
        style: str = "t",
        anchor: str = "start",
        *,
        halo: bool = False,
        turn: float = 0,
    ) -> None:
        """Text on baseline `y`, turned by degrees about its anchor; a halo keeps it readable over lines."""
        where = f'x="{px(x)}" y="{px(y)}" text-anchor="{anchor}"'
        if turn:
            where += f' transform="rotate({px(turn)} {px(x)} {px(y)})"'
        if halo:
            self.parts.append(
                f'<text {where} class="{style} halo" aria-hidden="true">{escape(words, quote=False)}</text>'
            )
        self.parts.append(f'<text {where} class="{style}">{escape(words, quote=False)}</text>')

    def inline(self) -> str:
        """For a page that defines the classes."""
        return self._wrap("")

    def standalone(self, width: float | None = None) -> str:
        """A file of its own on paper; a stretching drawing is fixed to `width` px."""
        style = f"<style>text{{font-family:Inter}}{class_rules()}</style>"
        return self._wrap(style, width=width if width is not None else self.width, standalone=True)

    def _wrap(self, style: str, *, width: Length | None = None, standalone: bool = False) -> str:
        width = self.width if width is None else width
        box = "" if isinstance(width, str) else f' viewBox="0 0 {px(width)} {px(self.height)}"'
        named = f' role="img" aria-label="{escape(self.alt)}"' if self.alt else ' aria-hidden="true"'
        space = ' xmlns="http://www.w3.org/2000/svg"' if standalone else ""
        size = f'width="{px(width)}" height="{px(self.height)}"'
        return f"<svg{space} {size}{box}{named}>{style}{''.join(self.parts)}</svg>"
