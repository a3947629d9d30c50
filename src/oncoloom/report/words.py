"""Numbers and lists as a report prints them: unit, interval and count together, two significant digits."""

import re
from collections.abc import Sequence
from math import floor, isfinite, log10

FEW = 10
MONTH_DAYS = 365.25 / 12


def number(value: float, digits: int = 2) -> str:
    """`value` with `digits` significant digits, never in exponent form; 10 and more stay whole.

    Examples
    --------
    >>> number(3.14159), number(0.02), number(212.4), number(1204)
    ('3.1', '0.020', '212', '1,204')
    """
    if not isfinite(value):
        raise ValueError(f"not a number that can be printed: {value}")
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - floor(log10(abs(value))))
    return f"{value:,.{min(decimals, 4)}f}"


def percent(share: float) -> str:
    """A share of 0 to 1 as ``58 %``; a tenth is kept below 1 % and above 99 %."""
    return f"{percent_figure(share)} %"


def percent_figure(share: float) -> str:
    """The figure of :func:`percent` without its sign."""
    value = 100 * share
    if 0 < value < 0.05:
        return "< 0.1"
    if 99.95 <= value < 100:
        return "> 99.9"
    if 0 < value < 1 or 99 < value < 100:
        return f"{value:.1f}"
    return f"{value:.0f}"


def percent_interval(share: float, low: float | None, high: float | None) -> str:
    """``58 % (44–71)``, or ``58 %`` where an interval is missing."""
    if low is None or high is None:
        return percent(share)
    return f"{percent(share)} ({percent_figure(low)}–{percent_figure(high)})"


def fraction_interval(value: float, low: float | None, high: float | None) -> str:
    """``0.31 (0.25–0.38)``: allele fractions carry two decimals, three below 0.01."""
    if low is None or high is None:
        return fraction(value)
    return f"{fraction(value)} ({fraction(low)}–{fraction(high)})"


def fraction(value: float) -> str:
    """An allele fraction: two decimals, three below 0.01."""
    return f"{value:.3f}" if 0 < value < 0.01 else f"{value:.2f}"


def count(n: int, one: str, many: str | None = None) -> str:
    """``1 variant``, ``34 variants``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def listed(items: Sequence[str]) -> str:
    """Comma-separated."""
    return ", ".join(items)


def similar(n: int | None) -> str:
    """How many similar patients, as a count; below ten only "fewer than 10" (nobody may be recognized)."""
    if n is None:
        return "similar patients not counted"
    return f"fewer than {FEW} similar" if n < FEW else f"{n:,} similar"


def months(days: int) -> str:
    """A horizon in whole months, or in days where it is none.

    Examples
    --------
    >>> months(365), months(183), months(100)
    ('12 months', '6 months', '100 days')
    """
    value = days / MONTH_DAYS
    return count(round(value), "month") if abs(value - round(value)) < 0.1 else count(days, "day")


def sentence(text: str) -> str:
    """`text` with a capital first letter and one full stop at its end; ``5%`` becomes ``5 %``."""
    text = re.sub(r"(?<=\d)%", " %", " ".join(text.split()))
    if not text:
        return text
    first = text.split(" ", 1)[0]
    if first.isalpha() and first.islower():
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."


def lower_first(text: str) -> str:
    """`text` with a small first letter where its first word is a word, not a gene or an abbreviation."""
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first[1:].islower() or len(first) == 1 else text


def lead_and_rest(text: str) -> tuple[str, str]:
    """The first sentence, and what follows it."""
    text = sentence(text)
    head, stop, rest = text.partition(". ")
    return (head + "." if stop else head), rest


def short_digest(digest: str) -> str:
    """First eight hexadecimal digits of a content digest."""
    return digest.removeprefix("sha256:")[:8]


def chromosome_key(name: str) -> tuple[int, int, str]:
    """1 … 22, X, Y, then other contigs by name, numbers inside names by value."""
    bare = name.removeprefix("chr")
    if bare.isdigit():
        return (0, int(bare), "")
    if bare in ("X", "Y"):
        return (1, ord(bare), "")
    return (2, 0, re.sub(r"\d+", lambda match: match[0].zfill(6), name))
