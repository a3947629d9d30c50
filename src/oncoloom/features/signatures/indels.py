"""ID-83: the class of one insertion or deletion, from its bases and the sequence around it.

Classes as in Alexandrov et al. 2020: size, kind, then how often the unit is repeated or, for deletions of two
bases or more that lie in no repeat, how many bases of microhomology they share with a flank.
"""

from oncoloom.features.consequence.coding import reverse_complement

FLANK_UNITS = 6  # units looked at on either side; the last class is "five or more"
_MOST = 5


def flank_bp(indel_bp: int) -> int:
    """Bases needed on either side to class an indel of that size."""
    return FLANK_UNITS * indel_bp + 1


def id83_class(bases: str, before: str, after: str, *, deleted: bool) -> str | None:
    """Channel of an indel, e.g. ``1:Del:T:5``; None where an unknown base decides.

    Parameters
    ----------
    bases
        Inserted or deleted bases.
    before, after
        Reference before and after them, up to `flank_bp` bases (for an insertion: on either side of the
        point where it went in).

    Notes
    -----
    Homopolymer and repeat classes of a deletion count the units besides the deleted one, those of an
    insertion the units present. The indel is left-aligned first, as far as `before` reaches, so that every
    placement of it within a repeat gives one class.

    Examples
    --------
    >>> id83_class("T", "ACG", "TTTA", deleted=True)
    '1:Del:T:3'
    >>> id83_class("GAC", "TTTT", "GATT", deleted=True)
    '3:Del:M:2'
    """
    size = len(bases)
    while before and before[-1] == bases[-1]:
        last = bases[-1]
        bases, before, after = last + bases[:-1], before[:-1], last + after
    repeats = _units(bases, after)
    around = before[-size:] + bases + after[:size]
    if set(around) - set("ACGT"):
        return None
    kind = "Del" if deleted else "Ins"
    if size == 1:
        base = bases if bases in "CT" else reverse_complement(bases)
        return f"1:{kind}:{base}:{min(repeats, _MOST)}"
    named = min(size, 5)
    if deleted and repeats == 0:
        shared = max(_shared(bases, after), _shared(bases[::-1], before[::-1]))
        if shared:
            return f"{named}:Del:M:{min(shared, _MOST)}"
    return f"{named}:{kind}:R:{min(repeats, _MOST)}"


def _units(unit: str, text: str) -> int:
    """Whole copies of `unit` at the head of `text`."""
    n = 0
    while n < FLANK_UNITS and text.startswith(unit, n * len(unit)):
        n += 1
    return n


def _shared(bases: str, flank: str) -> int:
    """Bases at the head of `flank` that equal those of the deletion, at most all but one."""
    n = 0
    while n < min(len(bases) - 1, len(flank)) and bases[n] == flank[n]:
        n += 1
    return n
