"""What is known of cancer genes: roles (IntOGen and a supplement) and hotspots."""

from dataclasses import dataclass
from functools import cache

from oncoloom.reference_data.embedded import read_rows
from oncoloom.reference_data.symbols import normalize_symbol


@dataclass(frozen=True, slots=True)
class GeneRole:
    """Whether a gene drives cancer when activated, when lost, or both."""

    oncogene: bool
    tumor_suppressor: bool


@dataclass(frozen=True, slots=True)
class Hotspot:
    """A recurrent residue, in-frame indel stretch or splice site; residues 1-based, both ends inclusive."""

    gene: str
    kind: str
    first: int
    last: int
    reference: str
    changes: tuple[str, ...]
    n_tumors: int
    transcript: str = ""

    @property
    def name(self) -> str:
        """As people say it, e.g. `BRAF V600`, `EGFR 745-759`, `MET X1010 splice`."""
        if self.kind == "single_residue":
            return f"{self.gene} {self.reference}{self.first}"
        if self.kind == "splice_site":
            return f"{self.gene} X{self.first} splice"
        return (
            f"{self.gene} {self.first}-{self.last}"
            if self.last != self.first
            else f"{self.gene} {self.first}"
        )


@cache
def gene_roles() -> dict[str, GeneRole]:
    """Approved symbol to its role."""
    roles = {
        normalize_symbol(row["gene"]): GeneRole(row["oncogene"] == "1", row["tumor_suppressor"] == "1")
        for row in read_rows("driver_genes", "driver_genes.tsv.gz")
    }
    for row in read_rows("driver_genes", "supplement.tsv"):
        roles[row["gene"]] = GeneRole(row["oncogene"] == "1", row["tumor_suppressor"] == "1")
    return roles


@cache
def hotspots_of(gene: str) -> tuple[Hotspot, ...]:
    """Hotspots of a gene, by its approved symbol."""
    return tuple(one for one in hotspots() if one.gene == gene)


@cache
def hotspots() -> tuple[Hotspot, ...]:
    """All hotspots, in the order of their table."""
    return tuple(
        Hotspot(
            normalize_symbol(row["gene"]),
            row["type"],
            int(row["first_residue"]),
            int(row["last_residue"] or row["first_residue"]),
            row["reference_amino_acid"],
            tuple(row["changes"].split("|")),
            int(row["n_tumors"]),
            row["transcript"],
        )
        for row in read_rows("hotspots", "cancer_hotspots.tsv.gz")
    )
