"""How a coding transcript is cut into exons: what decides whether a premature stop is followed by decay."""

import gzip
from dataclasses import dataclass
from functools import cache

from oncoloom.bundled import bundled_path
from oncoloom.reference_data.gene_models import Transcript
from oncoloom.reference_data.symbols import normalize_symbol

DECAY_MARGIN_BP = 50  # a stop nearer to the last junction than this escapes decay (Nagy & Maquat 1998)


@dataclass(frozen=True, slots=True)
class TranscriptShape:
    """Coding bases with the stop, and the coding base behind the last exon junction (None: one exon)."""

    coding_bp: int
    last_junction: int | None

    @property
    def n_residues(self) -> int:
        """Residues without the stop."""
        return self.coding_bp // 3 - 1

    def decays(self, residue: int) -> bool:
        """Whether a stop at a 1-based residue lies before the last 50 bp of the second-last exon."""
        return self.last_junction is not None and 3 * (residue - 1) < self.last_junction - DECAY_MARGIN_BP

    def share_lost(self, residue: int) -> float:
        """Share of the protein from a 1-based residue on, 0 to 1."""
        return min(1.0, max(0.0, (self.n_residues - residue + 1) / max(1, self.n_residues)))


def shape_of(transcript: Transcript) -> TranscriptShape | None:
    """The shape of a coding transcript, None where it does not code."""
    return _shape(transcript.strand, list(transcript.exons), list(transcript.coding))


@cache
def embedded_shapes() -> dict[str, TranscriptShape]:
    """Approved symbol to the shape of its embedded transcript: the same for either build."""
    exons: dict[str, list[tuple[int, int]]] = {}
    coding: dict[str, list[tuple[int, int]]] = {}
    genes: dict[str, tuple[str, str]] = {}
    path = bundled_path("resources", "genes", "cancer_genes.hg38.gff3.gz")
    for line in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines():
        fields = line.split("\t")
        if len(fields) < 9:
            continue
        attributes = dict(part.partition("=")[::2] for part in fields[8].split(";"))
        if fields[2] == "mRNA":
            genes[attributes["ID"]] = (attributes.get("gene", attributes.get("Parent", "")), fields[6])
        elif fields[2] in ("exon", "CDS"):
            parts = exons if fields[2] == "exon" else coding
            parts.setdefault(attributes["Parent"], []).append((int(fields[3]) - 1, int(fields[4])))
    found = {}
    for name, (gene, strand) in genes.items():
        shape = _shape(strand, sorted(exons.get(name, [])), sorted(coding.get(name, [])))
        if shape is not None:
            found[normalize_symbol(gene.removeprefix("gene:").removeprefix("gene-"))] = shape
    return found


def _shape(
    strand: str, exons: list[tuple[int, int]], coding: list[tuple[int, int]]
) -> TranscriptShape | None:
    if not coding:
        return None
    total = sum(end - start for start, end in coding)
    if len(exons) < 2:
        return TranscriptShape(total, None)
    # coding bases before the last junction; all of them where the last exon is untranslated
    last = exons[-1] if strand == "+" else exons[0]
    behind = sum(end - start for start, end in coding if start >= last[0] and end <= last[1])
    return TranscriptShape(total, total - behind)
