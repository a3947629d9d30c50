"""Protein changes: every spelling that files use, to one HGVS form that can be matched."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

ChangeKind = Literal[
    "missense",
    "nonsense",
    "synonymous",
    "frameshift",
    "inframe_deletion",
    "inframe_insertion",
    "duplication",
    "delins",
    "extension",
    "start_lost",
    "splice",
    "unknown",
]

THREE_LETTER: dict[str, str] = {
    "A": "Ala", "C": "Cys", "D": "Asp", "E": "Glu", "F": "Phe", "G": "Gly", "H": "His", "I": "Ile",
    "K": "Lys", "L": "Leu", "M": "Met", "N": "Asn", "P": "Pro", "Q": "Gln", "R": "Arg", "S": "Ser",
    "T": "Thr", "V": "Val", "W": "Trp", "Y": "Tyr", "U": "Sec", "X": "Xaa", "*": "Ter",
}  # fmt: skip
_ONE_LETTER = {three.upper(): one for one, three in THREE_LETTER.items()} | {"STOP": "*"}
_LONG = re.compile("|".join(sorted(_ONE_LETTER, key=len, reverse=True)), re.IGNORECASE)

_AA = r"[ACDEFGHIKLMNPQRSTUVWXY*]"
_SUBSTITUTION = re.compile(rf"^({_AA})(\d+)({_AA}|=)$")
_FRAMESHIFT = re.compile(rf"^({_AA}*)(\d+)(?:_{_AA}?\d+)?({_AA}?)fs(?:\*(\d+|\?)?|X\d*)?$")
_RANGE = re.compile(rf"^({_AA})(\d+)(?:_({_AA})(\d+))?(del|dup|ins|delins)({_AA}*)$")
# Older annotators: both residues by number only, `599_600insDFREYEY`, `307_309NVE>K`.
_NUMBERED_INSERTION = re.compile(rf"^(\d+)_(\d+)ins({_AA}+)$")
_NUMBERED_CHANGE = re.compile(rf"^(\d+)_(\d+)({_AA}+)>({_AA}+)$")
_EXTENSION = re.compile(rf"^(?:\*|X)(\d+)({_AA}?)ext.*$")
_START = re.compile(r"^M1(\?|[A-Z])$")
_SPLICE = re.compile(r"^X(\d+)_splice$")


@dataclass(frozen=True, slots=True)
class ProteinChange:
    """One protein change.

    `short` is the one-letter HGVS form with its ``p.`` prefix (None where the text cannot be trusted to
    name one change), `long` the three-letter form, `position` the first residue (1-based), `last_position`
    the last one of a range, `reference` and `alternative` amino acids in one letter.
    """

    kind: ChangeKind
    raw: str
    short: str | None = None
    long: str | None = None
    position: int | None = None
    last_position: int | None = None
    reference: str | None = None
    alternative: str | None = None

    @property
    def truncating(self) -> bool:
        """True for a premature stop or a frameshift."""
        return self.kind in ("nonsense", "frameshift")


def to_three_letter(short: str) -> str:
    """Three-letter form of a one-letter change, e.g. ``p.V600E`` -> ``p.Val600Glu``."""
    body = short.removeprefix("p.")
    out = re.sub(
        r"(del|dup|ins|fs|ext|Ter|[ACDEFGHIKLMNPQRSTUVWXY*])",
        lambda found: THREE_LETTER.get(found.group(0), found.group(0)),
        body,
    )
    return f"p.{out}"


@cache
def parse_protein_change(text: str) -> ProteinChange:
    """A protein change in any common spelling.

    Understands a missing ``p.``, three-letter codes, parentheses, a transcript before a colon, ``X`` or
    ``Ter`` for a stop, frameshifts over two residues, ``*596fs*``. UTR rows such as ``*30*`` and anything
    else that names no change come back as kind ``unknown`` with `raw` kept.

    Examples
    --------
    >>> parse_protein_change("ENSP00000288602.6:p.Val600Glu").short
    'p.V600E'
    >>> parse_protein_change("R320X").short
    'p.R320*'
    >>> parse_protein_change("*30*").kind
    'unknown'
    """
    raw = text.strip()
    body = _bare(raw)
    if not body:
        return ProteinChange("unknown", raw)
    for parse in (_substitution, _frameshift, _range, _numbered, _other):
        found = parse(body, raw)
        if found is not None:
            return found
    return ProteinChange("unknown", raw)


def normalize_protein_change(text: str | None) -> str | None:
    """The one-letter HGVS form (``p.V600E``) of any spelling, or None where it names no change."""
    return parse_protein_change(text).short if text else None


def _bare(raw: str) -> str:
    body = raw.rsplit(":", 1)[-1].strip()
    body = body.removeprefix("p.").removeprefix("P.").strip("() ")
    if re.search(r"[A-Z][a-z]{2}\d", body) or re.search(r"\d[A-Z][a-z]{2}", body):
        body = _LONG.sub(lambda found: _ONE_LETTER[found.group(0).upper()], body)
    return body


def _make(kind: ChangeKind, raw: str, short: str, first: int, last: int, ref: str, alt: str) -> ProteinChange:
    full = f"p.{short}"
    return ProteinChange(kind, raw, full, to_three_letter(full), first, last, ref or None, alt or None)


def _substitution(body: str, raw: str) -> ProteinChange | None:
    found = _SUBSTITUTION.match(body)
    if found is None:
        return None
    ref, at, alt = found.group(1), int(found.group(2)), found.group(3)
    ref = "*" if ref == "X" else ref
    alt = "*" if alt == "X" else alt
    if at == 1 and ref == "M":
        return ProteinChange("start_lost", raw, "p.M1?", "p.Met1?", 1, 1, "M", None)
    if ref == "*" and alt == "*":  # `*30*` is what some annotators write into UTR rows
        return None
    if ref == "*" and alt == "=":
        return ProteinChange("synonymous", raw, f"p.*{at}=", f"p.Ter{at}=", at, at, "*", "*")
    if alt in (ref, "="):
        return _make("synonymous", raw, f"{ref}{at}=", at, at, ref, ref)
    if ref == "*":
        return _make("extension", raw, f"*{at}{alt}ext*?", at, at, ref, alt)
    return _make("nonsense" if alt == "*" else "missense", raw, f"{ref}{at}{alt}", at, at, ref, alt)


def _frameshift(body: str, raw: str) -> ProteinChange | None:
    found = _FRAMESHIFT.match(body)
    if found is None:
        return None
    ref, at, first_new = found.group(1), int(found.group(2)), found.group(3)
    if len(ref) != 1 or ref == "*" or "_" in body:  # `*596fs*`, `TE12fs`, `K5_L6fs`: no one residue is named
        return ProteinChange("frameshift", raw, None, None, at, at)
    return _make("frameshift", raw, f"{ref}{at}fs", at, at, ref, first_new)


def _range(body: str, raw: str) -> ProteinChange | None:
    found = _RANGE.match(body)
    if found is None:
        return None
    first, last = int(found.group(2)), int(found.group(4) or found.group(2))
    what, added = found.group(5), found.group(6)
    if last < first or (what in ("ins", "delins") and not added):
        return None
    span = f"{found.group(1)}{first}" + (f"_{found.group(3)}{last}" if found.group(3) else "")
    kinds: dict[str, ChangeKind] = {
        "del": "inframe_deletion",
        "dup": "duplication",
        "ins": "inframe_insertion",
        "delins": "delins",
    }
    added = added if what in ("ins", "delins") else ""
    return _make(kinds[what], raw, f"{span}{what}{added}", first, last, found.group(1), added)


def _numbered(body: str, raw: str) -> ProteinChange | None:
    """Changes whose residues are numbers alone: placed, and named where their own letters are enough."""
    if found := _NUMBERED_INSERTION.match(body):
        first, last = int(found.group(1)), int(found.group(2))
        return ProteinChange("inframe_insertion", raw, None, None, first, last, None, found.group(3))
    found = _NUMBERED_CHANGE.match(body)
    if found is None:
        return None
    start, old, new = int(found.group(1)), found.group(3), found.group(4)
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    while old and new and old[0] == new[0]:
        old, new, start = old[1:], new[1:], start + 1
    if old == new:
        return None
    if not old:  # an insertion, whose neighbors' letters are not all told
        return ProteinChange("inframe_insertion", raw, None, None, start - 1, start, None, new)
    last = start + len(old) - 1
    span = f"{old[0]}{start}" + (f"_{old[-1]}{last}" if len(old) > 1 else "")
    kind: ChangeKind = "delins" if new else "inframe_deletion"
    return _make(kind, raw, f"{span}delins{new}" if new else f"{span}del", start, last, old[0], new)


def _other(body: str, raw: str) -> ProteinChange | None:
    if found := _EXTENSION.match(body):
        at = int(found.group(1))
        return ProteinChange(
            "extension", raw, f"p.*{at}ext*?", f"p.Ter{at}extTer?", at, at, "*", found.group(2) or None
        )
    if _START.match(body):
        return ProteinChange("start_lost", raw, "p.M1?", "p.Met1?", 1, 1, "M", None)
    if found := _SPLICE.match(body):
        at = int(found.group(1))
        return ProteinChange("splice", raw, None, None, at, at)
    return None
