"""Numbers as R, pandas and spreadsheets write them into segment files."""

import re
from math import isfinite

NO_DEPTH = ("-inf", "-infinity")
_MISSING = ("", "na", "nan", "n/a", ".", "null", "none", "inf", *NO_DEPTH)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.0*)?")


def whole_number(text: str) -> int | None:
    """A coordinate as R or a spreadsheet may write it, or None where it is not a whole number.

    Examples
    --------
    >>> whole_number("1e+08"), whole_number("112175639.0"), whole_number("1.5"), whole_number("4,000,000")
    (100000000, 112175639, None, 4000000)
    >>> whole_number("1,5")
    """
    text = text.strip()
    try:
        value = float(text.replace(",", "") if _THOUSANDS.fullmatch(text) else text)
    except ValueError:
        return None
    return int(value) if isfinite(value) and abs(value) < 1e10 and value == int(value) else None


def count(text: str) -> int | None:
    """A number of bins; None where it is none."""
    value = whole_number(text)
    return value if value is not None and 0 <= value <= 1_000_000_000 else None


def real(text: str) -> float | None:
    """A figure; None where the file says that there is none. Other text raises `ValueError`."""
    if text.lower() in _MISSING:
        return None
    try:
        value = float(text)
    except ValueError:
        raise ValueError(text[:40]) from None
    return value if isfinite(value) else None
