"""OncoTree codes of a source: today's code, or UNKNOWN, which disables disease matching and says so."""

from collections import Counter
from functools import cache

from oncoloom.reference_data.embedded import read_rows

UNKNOWN_CODE = "UNKNOWN"


@cache
def _codes() -> dict[str, str]:
    """Upper-case code, also of an earlier release, to today's code."""
    rows = read_rows("oncotree", "codes.tsv")
    old = {name.upper(): row["code"] for row in rows for name in row["earlier_codes"].split("|") if name}
    return old | {row["code"].upper(): row["code"] for row in rows}


def normalize_codes(values: list[str | None]) -> tuple[list[str | None], list[str]]:
    """Codes as OncoTree has them now, with notes on what was renamed or is not known; None stays None."""
    renamed: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    out: list[str | None] = []
    for value in values:
        if value is None or value.upper() == UNKNOWN_CODE:
            out.append(None if value is None else UNKNOWN_CODE)
            continue
        code = _codes().get(value.upper())
        if code is None:
            unknown[value] += 1
        elif code != value:
            renamed[f"{value} to {code}"] += 1
        out.append(code or UNKNOWN_CODE)
    notes = [f"OncoTree code {what}: {n} patients" for what, n in sorted(renamed.items())]
    notes += [
        f"{value} is no OncoTree code: UNKNOWN for {n} patients" for value, n in sorted(unknown.items())
    ]
    return out, notes
