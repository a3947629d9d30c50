"""Residues of MAF rows by our own gene models: a MAF counts them in whatever transcript its annotator took.

Where the number differs, a hotspot would be missed (RUNX1 R174Q of one isoform is R201Q of the other), and
where most numbers differ the positions are of another build.
"""

from dataclasses import dataclass, field
from functools import cache

from oncoloom.reference_data.contigs import bare_name
from oncoloom.reference_data.embedded_models import embedded_transcripts
from oncoloom.reference_data.protein_change import ProteinChange

_LEAST_CHECKED = 20
_LEAST_AGREEMENT = 0.5


@dataclass(slots=True)
class CodonCheck:
    """How many protein changes of substitutions count their residue as our gene models do."""

    checked: int = 0
    agree: int = 0
    differ: dict[str, int] = field(default_factory=dict)

    def add(self, gene: str, told: int, ours: int, rows: int) -> None:
        """Count the rows of one substitution."""
        self.checked += rows
        if told == ours:
            self.agree += rows
        else:
            self.differ[gene] = self.differ.get(gene, 0) + rows

    def notes(self) -> list[str]:
        """Sentences worth saying."""
        if not self.checked:
            return []
        text = f"residues as in our gene models: {self.agree} of {self.checked} substitutions in cancer genes"
        if self.differ:
            named = ", ".join(f"{gene} {n}" for gene, n in sorted(self.differ.items()))
            text += f"; other isoforms: {named}"
        notes = [text]
        if self.checked >= _LEAST_CHECKED and self.agree < _LEAST_AGREEMENT * self.checked:
            notes.append("most residue numbers do not fit their positions: is NCBI_Build right?")
        return notes


@cache
def residue_at(build: int | None, gene: str, chrom: str, pos: int) -> int | None:
    """1-based residue of a 1-based position in the gene's embedded transcript; None outside of it."""
    if build is None:
        return None
    one = embedded_transcripts(f"GRCh{build}").get(gene)
    if one is None or bare_name(one.contig) != bare_name(chrom):
        return None
    index = one.coding_index(pos - 1)
    return None if index is None else index // 3 + 1


def renumbered(change: ProteinChange, residue: int) -> str | None:
    """A substitution with its residue counted in our gene model, None for other kinds."""
    if change.kind != "missense":
        return None
    return f"p.{change.reference}{residue}{change.alternative}"
