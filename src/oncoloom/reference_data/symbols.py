"""Gene symbols: whatever name a file uses, the approved HGNC symbol comes out, or a reason why not."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from oncoloom.reference_data.embedded import read_rows
from oncoloom.tables import Tally

MatchKind = Literal["approved", "previous", "alias", "ambiguous", "damaged", "unknown"]

# What spreadsheets make of symbols that look like dates, e.g. SEPT9 -> 9-Sep (Ziemann 2016, PubMed 27552985).
_SPREADSHEET = {"sep": "SEPTIN", "sept": "SEPTIN", "mar": "MARCHF", "march": "MARCHF", "dec": "DEC"}
_MONTHS = {3: "mar", 9: "sep", 12: "dec"}
_DAY_MONTH = re.compile(r"(?P<day>\d{1,2})[- ](?P<month>[A-Z]{3,5})(?:[- ]\d{2,4})?")
_MONTH_DAY = re.compile(r"(?P<month>[A-Z]{3,5})[- ](?P<day>\d{1,2})")
_ISO_DATE = re.compile(r"\d{4}-(?P<month>\d{2})-(?P<day>\d{2})(?: 00:00:00)?")
_DAY_NUMBER = re.compile(r"[345]\d{4}(?:\.0)?")  # days since 1900 of the years 1982 to 2064


@dataclass(frozen=True, slots=True)
class SymbolMatch:
    """How a name was resolved; `symbol` is None where it names no gene, or several."""

    symbol: str | None
    kind: MatchKind
    candidates: tuple[str, ...] = ()


@cache
def _approved() -> dict[str, str]:
    """Upper-case name to approved symbol as HGNC spells it (C11orf95 and the like hold lower case)."""
    return {row["symbol"].upper(): row["symbol"] for row in read_rows("genes", "hgnc_symbols.tsv.gz")}


@cache
def _other_names() -> dict[tuple[str, str], frozenset[str]]:
    """(kind, upper-case name) to the approved symbols it may mean."""
    names: dict[tuple[str, str], set[str]] = {}
    for row in read_rows("genes", "hgnc_aliases.tsv.gz"):
        names.setdefault((row["kind"], row["query"].upper()), set()).add(row["symbol"])
    return {key: frozenset(value) for key, value in names.items()}


@cache
def _by_entrez() -> dict[str, str]:
    return {row["entrez_id"]: row["symbol"] for row in read_rows("genes", "hgnc_symbols.tsv.gz")}


def symbol_of_entrez(number: str) -> str | None:
    """The approved symbol of an Entrez gene number, None where there is none (0 stands for none).

    Examples
    --------
    >>> symbol_of_entrez("7157"), symbol_of_entrez("0")
    ('TP53', None)
    """
    number = number.strip().removesuffix(".0")
    return _by_entrez().get(number) if number.isdigit() else None


@cache
def resolve_symbol(name: str) -> SymbolMatch:
    """The gene that `name` means.

    Approved symbols win over previous symbols, those over aliases (HGNC: 682 old names are the approved
    symbol of another gene). A name that points to several genes is refused as ambiguous.

    Examples
    --------
    >>> resolve_symbol("MLL3")
    SymbolMatch(symbol='KMT2C', kind='previous', candidates=())
    >>> resolve_symbol("9-Sep").kind
    'damaged'
    """
    key = name.strip().upper()
    if not key:
        return SymbolMatch(None, "unknown")
    approved = _approved().get(key)
    if approved is not None:
        return SymbolMatch(approved, "approved")
    for kind, label in (("prev", "previous"), ("alias", "alias")):
        meant = _other_names().get((kind, key))
        if meant is None:
            continue
        if len(meant) > 1:
            return SymbolMatch(None, "ambiguous", tuple(sorted(meant)))
        return SymbolMatch(next(iter(meant)), label)  # type: ignore[arg-type]
    return _spreadsheet_damage(key)


def _spreadsheet_damage(key: str) -> SymbolMatch:
    if _DAY_NUMBER.fullmatch(key):
        return SymbolMatch(None, "damaged")
    for pattern in (_DAY_MONTH, _MONTH_DAY, _ISO_DATE):
        found = pattern.fullmatch(key)
        if found is None:
            continue
        month = found["month"].lower()
        family = _SPREADSHEET.get(_MONTHS.get(int(month), "") if month.isdigit() else month)
        if family is not None:
            return SymbolMatch(None, "damaged", (f"{family}{int(found['day'])}",))
    return SymbolMatch(None, "unknown")


def normalize_symbol(name: str) -> str:
    """The approved symbol, or `name` itself (trimmed) where it cannot be resolved.

    Examples
    --------
    >>> normalize_symbol("mll3"), normalize_symbol("TOYA")
    ('KMT2C', 'TOYA')
    """
    return resolve_symbol(name).symbol or name.strip()


def normalize_symbols(names: Iterable[str]) -> tuple[dict[str, str], Tally]:
    """Each distinct name to the symbol to use, with a tally of how names were resolved.

    The tally counts distinct names: kept = resolved or already approved; the rest by kind, kept as written.
    """
    tally, out = Tally(), {}
    for name in sorted(set(names)):
        match = resolve_symbol(name)
        out[name] = match.symbol or name.strip()
        if match.kind in ("approved", "previous", "alias"):
            tally.kept += 1
        else:
            tally.drop(f"symbol {match.kind}, kept as written")
    return out, tally
