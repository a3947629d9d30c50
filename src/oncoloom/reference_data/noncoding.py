"""Recurrent changes outside coding sequence, known by position only: promoter hotspots."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from oncoloom.reference_data.contigs import bare_name
from oncoloom.reference_data.embedded import read_rows

PROMOTER_RULE = "promoter_hotspot"
# Lengths that tell a human build; a cut-out reference has none of them.
_LENGTHS = {
    "GRCh37": {"1": 249250621, "5": 180915260, "7": 159138663, "17": 81195210},
    "GRCh38": {"1": 248956422, "5": 181538259, "7": 159345973, "17": 83257441},
}


@dataclass(frozen=True, slots=True)
class NoncodingHotspot:
    """A recurrent non-coding change; `pos` 1-based, contig without `chr`."""

    gene: str
    name: str
    build: str
    contig: str
    pos: int
    ref: str
    alt: str
    source: str

    @property
    def title(self) -> str:
        """As people say it, e.g. `TERT C228T`."""
        return f"{self.gene} {self.name}"

    @property
    def evidence(self) -> str:
        """The row, in words."""
        return f"hotspots/noncoding.tsv: {self.title}, {self.source}"


@cache
def noncoding_hotspots() -> tuple[NoncodingHotspot, ...]:
    """All of them, for either build."""
    return tuple(
        NoncodingHotspot(
            row["gene"],
            row["name"],
            row["build"],
            row["contig"],
            int(row["pos"]),
            row["ref"],
            row["alt"],
            row["source"],
        )
        for row in read_rows("hotspots", "noncoding.tsv")
    )


def noncoding_hotspot(
    build: str | None, contig: str, pos: int | None, ref: str | None, alt: str | None
) -> NoncodingHotspot | None:
    """The hotspot that a change of the reference makes, None where it makes none or the build is unknown.

    Examples
    --------
    >>> noncoding_hotspot("GRCh38", "chr5", 1295113, "G", "A").title
    'TERT C228T'
    """
    return _by_place().get((build, bare_name(contig), pos, ref, alt))


@cache
def _by_place() -> dict[tuple[str | None, str, int | None, str | None, str | None], NoncodingHotspot]:
    return {(one.build, one.contig, one.pos, one.ref, one.alt): one for one in noncoding_hotspots()}


def human_build(lengths: Mapping[str, int]) -> str | None:
    """GRCh37 or GRCh38 where the contigs that this reference has are as long as that build's, else None."""
    own = {bare_name(name): length for name, length in lengths.items()}
    for build, expected in _LENGTHS.items():
        seen = [own[name] == length for name, length in expected.items() if name in own]
        if seen and all(seen):
            return build
    return None
