"""Names of mutation channels, in the field's spelling: SBS-96 and ID-83."""

import re

_ALTERNATIVES = {"C": "AGT", "T": "ACG"}

SBS96: tuple[str, ...] = tuple(
    f"{left}[{ref}>{alt}]{right}"
    for ref in "CT"
    for alt in _ALTERNATIVES[ref]
    for left in "ACGT"
    for right in "ACGT"
)
TRINUCLEOTIDES: tuple[str, ...] = tuple(
    left + ref + right for ref in "CT" for left in "ACGT" for right in "ACGT"
)

ID83: tuple[str, ...] = (
    *(f"1:{kind}:{base}:{n}" for kind in ("Del", "Ins") for base in "CT" for n in range(6)),
    *(f"{size}:{kind}:R:{n}" for kind in ("Del", "Ins") for size in (2, 3, 4, 5) for n in range(6)),
    *(f"{size}:Del:M:{n}" for size in (2, 3, 4, 5) for n in range(1, size if size < 5 else 6)),
)

_SBS_PATTERN = re.compile(r"^([ACGT])\[([CT])>([ACGT])\]([ACGT])$")


def trinucleotide_of(channel: str) -> str:
    """The reference trinucleotide of an SBS-96 channel.

    Examples
    --------
    >>> trinucleotide_of("A[C>T]G"), len(SBS96), len(ID83)
    ('ACG', 96, 83)
    """
    found = _SBS_PATTERN.match(channel)
    if found is None:
        raise ValueError(f"{channel!r} is no SBS-96 channel")
    left, ref, _, right = found.groups()
    return left + ref + right
