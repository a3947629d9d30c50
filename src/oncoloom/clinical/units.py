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
_MIXED_SHARE = 0.1
_BIRTH_YEARS, _EXCEL_DAYS = (1880, 2030), (36_526, 55_153)  # the latter: 2000 to 2050
_LEAST_MEDIAN_NLR, _MOST_MEDIAN_COUNT = 1.0, 30.0


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
    right column suggests nothing; a column half in one unit and half in another is said to be mixed.
    """
    low, high = legal
    outside = [value for value in values if not low <= value <= high]
    if not outside:
        return None
    if unit == "years" and all(_BIRTH_YEARS[0] <= value <= _BIRTH_YEARS[1] for value in outside):
        return "years of birth? write the age at the start of therapy"
    if unit == "days" and all(_EXCEL_DAYS[0] <= value <= _EXCEL_DAYS[1] for value in outside):
        return "dates as a spreadsheet counts them? write the days since the start of therapy"
    middle = median(outside)
    known = [(source, factor) for (to, source), factor in FACTORS.items() if to == unit and factor != 1.0]
    known = [(source, factor) for source, factor in known if low <= middle * factor <= high]
    if not known:
        return None
    source, factor = min(known, key=lambda one: abs(middle * one[1] - (low + high) / 2))
    inside = len(values) - len(outside)
    if inside > len(outside):
        return None
    if inside >= _MIXED_SHARE * len(values):
        return f"{len(outside)} values look like {source}, {inside} like {unit}: bring them to one unit"
    return f"median {middle:g}: {source}? write `unit: {source}` (times {factor:.4g})"


def suspect_measure(name: str, values: list[float]) -> tuple[str, str] | None:
    """What a column within its legal range cannot be, and what it may be instead; None if nothing is odd.

    Judged by the median of 20 values or more: in cancer patients neutrophils outnumber lymphocytes two to
    five times, and a tumor has a few mutations per Mb, in whole numbers by rare chance only.
    """
    if len(values) < _MIN_ROWS_FOR_SCALE:
        return None
    middle = median(values)
    if name == "nlr" and middle < _LEAST_MEDIAN_NLR:
        return (
            f"half of the patients have more lymphocytes than neutrophils (median {middle:g})",
            "lymphocytes per neutrophil? give its inverse; `scale: 1` says that it is right",
        )
    whole = all(value == round(value) for value in values)
    if name == "tmb" and whole and middle > _MOST_MEDIAN_COUNT:
        return (
            f"whole numbers with a median of {middle:g} look like counts, not mutations per Mb",
            "map them to `n_somatic`, or give `scale`: 1 / callable Mb; `scale: 1` says that it is right",
        )
    return None


def looks_like_fraction(values: list[float]) -> bool:
    """True where a percent column can only be a fraction: ≥ 20 values, none above 1, not all 0 or 1."""
    return (
        len(values) >= _MIN_ROWS_FOR_SCALE
        and max(values) <= 1.0
        and any(value not in (0.0, 1.0) for value in values)
    )
