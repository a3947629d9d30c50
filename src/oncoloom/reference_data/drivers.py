"""What is known of cancer genes: roles (IntOGen and a supplement), hotspots, hematopoiesis, fusions."""

from dataclasses import dataclass
from functools import cache

from oncoloom.reference_data.embedded import read_rows
from oncoloom.reference_data.symbols import normalize_symbol


@dataclass(frozen=True, slots=True)
class GeneRole:
    """Whether a gene drives cancer when activated, when lost, or both; `evidence` names the row."""

    oncogene: bool
    tumor_suppressor: bool
    evidence: str = ""


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
    tumors_by_change: tuple[int, ...] = ()

    def tumors_with(self, change: str) -> int | None:
        """Tumors with this very change (`E` of V600E), None where the list does not have it."""
        return dict(zip(self.changes, self.tumors_by_change, strict=True)).get(change)

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

    @property
    def evidence(self) -> str:
        """The row, in words."""
        return f"hotspots/cancer_hotspots.tsv.gz: {self.name}, {self.n_tumors} tumors"


@cache
def gene_roles() -> dict[str, GeneRole]:
    """Approved symbol to its role."""
    roles = {normalize_symbol(row["gene"]): _intogen_role(row) for row in _rows("driver_genes.tsv.gz")}
    for row in _rows("supplement.tsv"):
        said = f"driver_genes/supplement.tsv: {row['gene']}, {row['reason']}"
        roles[row["gene"]] = GeneRole(row["oncogene"] == "1", row["tumor_suppressor"] == "1", said)
    return roles


def _rows(name: str) -> tuple[dict[str, str], ...]:
    return read_rows("driver_genes", name)


def _intogen_role(row: dict[str, str]) -> GeneRole:
    said = (
        f"driver_genes/driver_genes.tsv.gz: {row['gene']}, IntOGen 2023-05-31, activating in "
        f"{row['n_activating']} and loss of function in {row['n_loss_of_function']} of {row['n_cohorts']} "
        "cohorts"
    )
    return GeneRole(row["oncogene"] == "1", row["tumor_suppressor"] == "1", said)


@cache
def hematopoiesis_genes() -> dict[str, str]:
    """Genes whose changes may come from clonal hematopoiesis, with the papers that say so."""
    return {row["gene"]: row["source"] for row in _rows("clonal_hematopoiesis.tsv")}


@dataclass(frozen=True, slots=True)
class KnownFusion:
    """A recurrent fusion; `first` is empty where any 5' partner counts."""

    first: str
    second: str
    tumor_types: str
    pubmed: str

    @property
    def evidence(self) -> str:
        """The row, in words."""
        name = f"{self.first or 'any'}::{self.second}"
        papers = self.pubmed.replace("|", ", ")
        return f"fusions/known_fusions.tsv.gz: {name}, {self.tumor_types.replace('|', ', ')}, PubMed {papers}"


@cache
def known_fusions() -> tuple[KnownFusion, ...]:
    """All recurrent fusions, approved symbols."""
    return tuple(
        KnownFusion(
            normalize_symbol(row["gene_5prime"]) if row["gene_5prime"] else "",
            normalize_symbol(row["gene_3prime"]),
            row["tumor_types"],
            row["pubmed"],
        )
        for row in read_rows("fusions", "known_fusions.tsv.gz")
    )


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
            tuple(int(n) for n in row["tumors_by_change"].split("|")),
        )
        for row in read_rows("hotspots", "cancer_hotspots.tsv.gz")
    )
