"""Changes that experts listed: missense changes of several lists, stretches of in-frame indels."""

from dataclasses import dataclass
from functools import cache

from oncoloom.reference_data.drivers import Hotspot, hotspots
from oncoloom.reference_data.embedded import read_rows
from oncoloom.reference_data.symbols import normalize_symbol

FOLDER = "curated_changes"


@dataclass(frozen=True, slots=True)
class CuratedChange:
    """A missense change (`V617F`) that `lists` hold, by `n_papers` papers together."""

    gene: str
    change: str
    lists: tuple[str, ...]
    n_papers: int
    pubmed: tuple[str, ...]

    @property
    def evidence(self) -> str:
        """The row, in words."""
        papers = ", ".join(self.pubmed[:3]) + (" …" if len(self.pubmed) > 3 else "")
        return (
            f"{FOLDER}/curated_changes.tsv.gz: {self.gene} {self.change}, {', '.join(self.lists)}, "
            f"{self.n_papers} papers (PubMed {papers})"
        )


@dataclass(frozen=True, slots=True)
class CuratedRegion:
    """A stretch in which in-frame indels drive; residues 1-based, both ends inclusive."""

    gene: str
    first: int
    last: int
    what: str
    source: str

    @property
    def evidence(self) -> str:
        """The row, in words."""
        return f"{FOLDER}/regions.tsv: {self.gene} {self.first}-{self.last}, {self.source}"


@cache
def curated_changes() -> dict[tuple[str, str], CuratedChange]:
    """Approved symbol and change (`("JAK2", "V617F")`) to its row."""
    found = {}
    for row in read_rows(FOLDER, "curated_changes.tsv.gz"):
        gene = normalize_symbol(row["gene"])
        found[gene, row["change"]] = CuratedChange(
            gene,
            row["change"],
            tuple(row["lists"].split("|")),
            int(row["n_papers"]),
            tuple(row["pubmed"].split("|")),
        )
    return found


@cache
def curated_regions() -> tuple[CuratedRegion, ...]:
    """All stretches, in the order of their table."""
    return tuple(
        CuratedRegion(
            normalize_symbol(row["gene"]),
            int(row["first_residue"]),
            int(row["last_residue"]),
            row["what"],
            row["source"],
        )
        for row in read_rows(FOLDER, "regions.tsv")
    )


@cache
def curated_hotspots() -> tuple[Hotspot, ...]:
    """Curated changes that the hotspot list lacks, as hotspots of one change in none of its tumors."""
    listed = {
        (one.gene, one.first, change)
        for one in hotspots()
        if one.kind == "single_residue"
        for change in one.changes
    }
    found = (
        Hotspot(one.gene, "single_residue", at, at, one.change[0], (one.change[-1],), 0, "", (0,))
        for one in curated_changes().values()
        if (at := int(one.change[1:-1]))
    )
    return tuple(one for one in found if (one.gene, one.first, one.changes[0]) not in listed)
