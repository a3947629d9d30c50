"""Changes that experts listed: missense changes of several lists, stretches of in-frame indels."""

from dataclasses import dataclass
from functools import cache

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
