"""How a patient's OncoTree code stands to the tumor types of a trial."""

from functools import cache
from typing import Literal

from oncoloom.errors import UsageError
from oncoloom.reference_data.embedded import read_rows

Relation = Literal["same", "within", "wider", "other histology", "other"]
_ROOT = "TISSUE"


@cache
def _tree() -> dict[str, tuple[str, str]]:
    """Code to its name and parent; organs included."""
    return {row["code"]: (row["name"], row["parent"]) for row in read_rows("oncotree", "parents.tsv")}


@cache
def _todays_codes() -> dict[str, str]:
    """Upper-case code, also of an earlier release, to today's."""
    old = {
        name.upper(): row["code"]
        for row in read_rows("oncotree", "codes.tsv")
        for name in row["earlier_codes"].split("|")
        if name
    }
    return old | {code.upper(): code for code in _tree()}


def todays_code(code: str) -> str:
    """A code as OncoTree has it now; organs (``LUNG``) are allowed.

    Raises
    ------
    UsageError
        If there is no such code.
    """
    found = _todays_codes().get(code.strip().upper())
    if found is None or found == _ROOT:
        raise UsageError(
            "no such OncoTree code", found=code, expected="e.g. LUAD, NSCLC, COADREAD, BRCA, LUNG"
        )
    return found


def type_name(code: str) -> str:
    """Name of a code, e.g. ``Lung Adenocarcinoma``."""
    return _tree()[code][0]


def lineage(code: str) -> tuple[str, ...]:
    """The code and everything above it up to its organ."""
    out = []
    while code and code != _ROOT:
        out.append(code)
        code = _tree()[code][1]
    return tuple(out)


def relate(code: str, types: tuple[str, ...], excluded: tuple[str, ...] = ()) -> Relation:
    """Relation of a patient's code to a trial's types.

    same: one of them. within: below one, and not below one that the trial left out. wider: above one, so the
    patient may or may not belong. other histology: left out, or a relative below the organ. other: the rest.
    """
    above = lineage(code)
    if any(one in above for one in excluded):
        return "other histology"
    if code in types:
        return "same"
    if any(one in above for one in types):
        return "within"
    trial_lines = [lineage(one) for one in types]
    if any(code in line for line in trial_lines):
        return "wider"
    shared = {one for line in trial_lines for one in line[:-1]} & set(above[:-1])
    return "other histology" if shared else "other"
