"""Units of clinical tables: factors between them, and the wrong unit that a range error smells of."""

from statistics import median

# (unit of the schema, unit of a source) -> factor from the source to the schema.
DAYS_PER_MONTH = 30.4375  # 365.25 / 12
FACTORS: dict[tuple[str, str], float] = {
    ("days", "weeks"): 7.0,
    ("days", "months"): DAYS_PER_MONTH,
    ("days", "years"): 365.25,
    ("years", "days"): 1 / 365.25,
    ("years", "months"): 1 / 12,
    ("g/dL", "g/L"): 0.1,
    ("%", "fraction"): 100.0,
    ("fraction", "%"): 0.01,
    ("fraction", "percent"): 0.01,
    ("%", "percent"): 1.0,
    ("mm", "cm"): 10.0,
    ("10^9/L", "10^6/L"): 0.001,
    ("10^9/L", "1/uL"): 0.001,
    ("mutations per callable Mb", "mutations per Mb"): 1.0,
}
_MIN_ROWS_FOR_SCALE = 20


def unit_factor(target: str, source: str) -> float | None:
    """Factor that turns `source` units into `target` units; None if the pair is not known."""
    if source in ("", target):
        return 1.0
    return FACTORS.get((target, source))


def known_source_units(target: str) -> list[str]:
    """Units that :func:`unit_factor` can turn into `target`, the target's own first."""
    return [target, *(source for (to, source) in FACTORS if to == target)]


def suspect_unit(values: list[float], unit: str, legal: tuple[float, float]) -> str | None:
    """A sentence on the unit that these out-of-range values look like, e.g. ``median 41: g/L? …``.

    Asked only once a value is out of its legal range. The median decides, so that one slip of the pen in a
    right column suggests nothing.
    """
    if not values:
        return None
    middle = median(values)
    low, high = legal
    if low <= middle <= high:
        return None
    for (to, source), factor in FACTORS.items():
        if to == unit and factor != 1.0 and low <= middle * factor <= high:
            return f"median {middle:g}: {source}? write `unit: {source}` (times {factor:.4g})"
    return None


def looks_like_fraction(values: list[float]) -> bool:
    """True where a percent column can only be a fraction: ≥ 20 values, none above 1, not all 0 or 1."""
    return (
        len(values) >= _MIN_ROWS_FOR_SCALE
        and max(values) <= 1.0
        and any(value not in (0.0, 1.0) for value in values)
    )
