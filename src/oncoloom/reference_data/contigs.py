"""Contig names: the two styles of one genome (`chr1` and `1`), renamed once at the door and counted."""

from collections.abc import Iterable, Mapping

from oncoloom.errors import ReferenceMismatchError

_MITOCHONDRION = {"m", "mt"}
_NUMBERED_SEX = {"23": "X", "24": "Y", "25": "MT"}


def bare_name(contig: str) -> str:
    """A contig's name without `chr`, upper case, the mitochondrion as MT.

    Examples
    --------
    >>> bare_name("chrX"), bare_name("chrM"), bare_name("x")
    ('X', 'MT', 'X')
    """
    text = contig.strip()
    short = text[3:] if text.lower().startswith("chr") and len(text) > 3 else text
    return "MT" if short.lower() in _MITOCHONDRION else short.upper()


def is_chromosome(contig: str) -> bool:
    """Whether a contig is a numbered chromosome, X or Y, by its name.

    Examples
    --------
    >>> is_chromosome("chr7"), is_chromosome("Y"), is_chromosome("MT"), is_chromosome("GL000220.1")
    (True, True, False, False)
    """
    bare = bare_name(contig)
    return bare in ("X", "Y") or (bare.isdecimal() and len(bare) <= 2)


def rename_contigs(names: Iterable[str], reference: Iterable[str]) -> dict[str, str | None]:
    """Each name to the reference's spelling; None where the reference has no such contig.

    A name that the reference has is kept; else the other style of it (`chr1`/`1`) is used.
    """
    spelled = list(reference)
    exact = set(spelled)
    by_bare: dict[str, str] = {}
    for name in spelled:
        by_bare.setdefault(bare_name(name), name)
    return {name: name if name in exact else by_bare.get(bare_name(name)) for name in dict.fromkeys(names)}


def sex_chromosome_name(contig: str) -> str:
    """`23`, `24`, `25` of segment files as `X`, `Y`, `MT`, other names without `chr`.

    Only for human segment files: a reference of one's own may well have a contig 23.

    Examples
    --------
    >>> sex_chromosome_name("23"), sex_chromosome_name("chr24"), sex_chromosome_name("x")
    ('X', 'Y', 'X')
    """
    bare = bare_name(contig)
    return _NUMBERED_SEX.get(bare, bare)


def require_shared(
    mapping: Mapping[str, str | None], reference: Iterable[str], *, path: object, what: str
) -> None:
    """Refuse a file none of whose contigs is in the reference.

    Raises
    ------
    ReferenceMismatchError
        Showing both spellings.
    """
    if mapping and not any(mapping.values()):
        raise ReferenceMismatchError(
            f"no contig name of the {what} is in the reference",
            path=str(path),
            expected=", ".join(list(reference)[:4]),
            found=", ".join(list(mapping)[:4]),
            remedy=f"give the {what} of this genome build",
        )
