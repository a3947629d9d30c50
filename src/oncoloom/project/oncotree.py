"""OncoTree codes: is this one, and if not, which was meant."""

from functools import cache

from oncoloom.bundled import bundled_path
from oncoloom.tables import suggest

UNKNOWN_CODE = "UNKNOWN"


@cache
def _codes() -> tuple[frozenset[str], dict[str, str]]:
    lines = bundled_path("resources", "oncotree", "codes.tsv").read_text(encoding="utf-8").splitlines()
    codes, earlier = set(), {}
    for line in lines[1:]:
        code, _name, old = line.split("\t")
        codes.add(code)
        earlier.update(dict.fromkeys(filter(None, old.split("|")), code))
    return frozenset(codes), earlier


def oncotree_fault(code: str) -> tuple[str, str] | None:
    """Why `code` is no OncoTree code, as (message, remedy); None if it is one or UNKNOWN."""
    codes, earlier = _codes()
    if code == UNKNOWN_CODE or code in codes:
        return None
    if code in earlier:
        return "a code of an earlier OncoTree release", f"write `{earlier[code]}`"
    near = _nearest(code.upper(), sorted(codes))
    hint = f"did you mean `{near}`? " if near else ""
    return "not an OncoTree code of a tumor type", f"{hint}`{UNKNOWN_CODE}` where it is not known"


def _nearest(code: str, codes: list[str]) -> str | None:
    """The code meant: the same in upper case, the same letters in another order, else the nearest."""
    if code in codes or code == UNKNOWN_CODE:
        return code
    shuffled = [one for one in codes if sorted(one) == sorted(code)]
    return suggest(code, shuffled or codes)
