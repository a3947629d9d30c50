"""Gene models: transcripts with exons and coding intervals out of a GFF3 file of any of the usual makers."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from oncoloom.errors import InputError
from oncoloom.logs import logger
from oncoloom.reference_data.contigs import rename_contigs, require_shared
from oncoloom.reference_data.gff_lines import PARTS, GffLine, read_gff_lines
from oncoloom.reference_data.symbols import normalize_symbol

_TRANSCRIPTS = {"mRNA", "transcript", "lnc_RNA", "ncRNA", "miRNA", "snoRNA", "snRNA", "rRNA", "tRNA"}
_SEPARATORS = str.maketrans(dict.fromkeys("|,;=& \t", "_"))
_GENES = {"gene", "ncRNA_gene", "pseudogene", "protein_coding_gene"}


@dataclass(frozen=True, slots=True)
class Transcript:
    """One transcript; intervals 0-based half-open in genome order, `phases` beside `coding` as in GFF3."""

    transcript: str
    gene: str
    contig: str
    strand: str
    biotype: str
    preferred: bool
    exons: tuple[tuple[int, int], ...]
    coding: tuple[tuple[int, int], ...]
    phases: tuple[int, ...]

    @property
    def start(self) -> int:
        """First base of the first exon."""
        return self.exons[0][0]

    @property
    def end(self) -> int:
        """End of the last exon, exclusive."""
        return self.exons[-1][1]

    def coding_index(self, position: int) -> int | None:
        """0-based index in the coding sequence of a 0-based genome position; None outside of it."""
        offset = 0
        for start, end in self._coding_order():
            if start <= position < end:
                return offset + (position - start if self.strand == "+" else end - 1 - position)
            offset += end - start
        return None

    def genome_position(self, index: int) -> int:
        """0-based genome position of a 0-based index into the coding sequence.

        Raises
        ------
        IndexError
            If the coding sequence is shorter.
        """
        rest = index
        for start, end in self._coding_order():
            if rest < end - start:
                return start + rest if self.strand == "+" else end - 1 - rest
            rest -= end - start
        raise IndexError(f"{self.transcript} has no coding base {index}")

    def _coding_order(self) -> tuple[tuple[int, int], ...]:
        return self.coding if self.strand == "+" else self.coding[::-1]


@dataclass(frozen=True, slots=True)
class GeneModels:
    """Transcripts of a GFF3 file on the contigs of one reference.

    `renamed` counts contigs spelled in the other style, `absent` names contigs that the reference lacks.
    """

    transcripts: tuple[Transcript, ...]
    renamed: int
    absent: tuple[str, ...]

    def by_name(self) -> dict[str, Transcript]:
        """Transcript id to transcript."""
        return {one.transcript: one for one in self.transcripts}

    def contigs(self) -> set[str]:
        """Contigs that hold a transcript."""
        return {one.contig for one in self.transcripts}

    def chosen(self) -> dict[str, Transcript]:
        """Gene symbol to its preferred transcript: MANE or canonical, else longest coding, else first."""
        best: dict[str, Transcript] = {}
        for one in self.transcripts:
            old = best.get(one.gene)
            if old is None or _preference(one) > _preference(old):
                best[one.gene] = one
        return best

    def coding_intervals(self, genes: Iterable[str] | None = None) -> list[tuple[str, int, int]]:
        """Merged coding intervals over the chosen transcripts (of `genes`, else of all genes)."""
        chosen = self.chosen()
        names = chosen if genes is None else [gene for gene in genes if gene in chosen]
        raw = [(chosen[gene].contig, a, b) for gene in names for a, b in chosen[gene].coding]
        return merge_intervals(raw)


def _preference(one: Transcript) -> tuple[bool, bool, int]:
    return (one.preferred, bool(one.coding), sum(b - a for a, b in one.coding))


def merge_intervals(intervals: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Sorted intervals without overlap; intervals that touch become one.

    Examples
    --------
    >>> merge_intervals([("1", 5, 9), ("1", 0, 5), ("2", 1, 2)])
    [('1', 0, 9), ('2', 1, 2)]
    """
    out: list[tuple[str, int, int]] = []
    for contig, start, end in sorted(intervals):
        if out and out[-1][0] == contig and start <= out[-1][2]:
            out[-1] = (contig, out[-1][1], max(end, out[-1][2]))
        else:
            out.append((contig, start, end))
    return out


@dataclass(slots=True)
class _Draft:
    gene_id: str
    contig: str
    strand: str
    attributes: dict[str, str]
    exons: list[tuple[int, int]] = field(default_factory=list)
    coding: list[tuple[int, int, int | None]] = field(default_factory=list)


@dataclass(slots=True)
class _Drafts:
    """Genes and transcripts as the lines tell them; parts whose parent comes later wait for it."""

    genes: dict[str, dict[str, str]] = field(default_factory=dict)
    transcripts: dict[str, _Draft] = field(default_factory=dict)
    waiting: list[GffLine] = field(default_factory=list)

    def take(self, line: GffLine) -> None:
        """Put one line where it belongs, or let it wait."""
        if not self._place(line, last=False):
            self.waiting.append(line)

    def settle(self) -> None:
        """Place what waited, transcripts before their parts; what has no parent here belongs to no gene."""
        for parts in (False, True):
            for line in self.waiting:
                if (line.kind in PARTS) == parts:
                    self._place(line, last=True)

    def _place(self, line: GffLine, *, last: bool) -> bool:
        attributes = line.attributes
        name, parents = attributes.get("ID", ""), attributes.get("Parent", "").split(",")
        if line.kind in PARTS:
            drafts = [self._owner(one, line) for one in parents]
            if None in drafts and not last:
                return False
            for draft in drafts:
                if draft is not None and line.kind == "exon":
                    draft.exons.append((line.start, line.end))
                elif draft is not None:
                    draft.coding.append((line.start, line.end, line.phase))
            return True
        is_gene = line.kind in _GENES or line.kind.endswith("_gene")
        if is_gene or (not parents[0] and name.startswith("gene:")):
            self.genes[name] = attributes
        elif line.kind in _TRANSCRIPTS or (parents[0] in self.genes and name):
            self.transcripts[name] = _Draft(parents[0], line.contig, line.strand, attributes)
        else:
            return False
        return True

    def _owner(self, name: str, line: GffLine) -> _Draft | None:
        """The transcript of that name, or a gene whose CDS hangs on it directly (bacteria, viruses)."""
        if name not in self.transcripts and name in self.genes:
            self.transcripts[name] = _Draft(name, line.contig, line.strand, self.genes[name])
        return self.transcripts.get(name)


def read_gene_models(
    path: Path, reference_contigs: Iterable[str], *, say_left_out: bool = True
) -> GeneModels:
    """Gene models of a GFF3 file (plain or gzipped), contigs renamed to the reference's style.

    Transcripts that no protein can be read from are left out, with a warning where `say_left_out`.

    Raises
    ------
    InputError
        If the file is absent, no GFF3, or a line is broken (with its number).
    ReferenceMismatchError
        If none of its contigs is in the reference.
    """
    drafts = _Drafts()
    contigs: Counter[str] = Counter()
    lengths = reference_contigs if isinstance(reference_contigs, Mapping) else {}
    for contig, line in read_gff_lines(Path(path), lengths):
        contigs[contig] += 1
        if line is not None:
            drafts.take(line)
    drafts.settle()
    if not contigs:
        raise InputError("no gene models in this file", path=path, expected="GFF3 with gene, transcript, CDS")
    names = list(reference_contigs)
    mapping = rename_contigs(contigs, names)
    require_shared(mapping, names, path=path, what="gene models")
    kept = [
        _finish(key, draft, drafts.genes, mapping[draft.contig]) for key, draft in drafts.transcripts.items()
    ]
    _leave_out_broken(kept, Path(path), say=say_left_out)
    transcripts = sorted((one for one in kept if one is not None), key=lambda t: (t.contig, t.start))
    return GeneModels(
        tuple(transcripts),
        sum(1 for old, new in mapping.items() if new is not None and new != old),
        tuple(sorted(old for old, new in mapping.items() if new is None)),
    )


def _finish(
    key: str, draft: _Draft, genes: dict[str, dict[str, str]], contig: str | None
) -> Transcript | None:
    exons = sorted(draft.exons) or sorted((start, end) for start, end, _ in draft.coding)
    if contig is None or not exons:
        return None
    gene = genes.get(draft.gene_id, {})
    coding = sorted(draft.coding)
    return Transcript(
        transcript=_transcript_name(key, draft.attributes),
        gene=_gene_name(draft.gene_id, gene, draft.attributes),
        contig=contig,
        strand=draft.strand,
        biotype=_biotype(draft.attributes, gene, coding=bool(coding)),
        preferred=_is_preferred(draft.attributes),
        exons=tuple(exons),
        coding=tuple((start, end) for start, end, _ in coding),
        phases=_phases(coding, draft.strand),
    )


def _phases(coding: list[tuple[int, int, int | None]], strand: str) -> tuple[int, ...]:
    """Phases as written; where a file has none at all, those of a reading frame that begins at its start."""
    if any(phase is not None for _, _, phase in coding):
        return tuple(phase or 0 for _, _, phase in coding)
    return _frame([end - start for start, end, _ in coding], 0, strand)


def _frame(sizes: list[int], first: int, strand: str) -> tuple[int, ...]:
    """Phases (GFF3: bases before the next codon) that parts of these sizes, in genome order, must have."""
    ordered = sizes if strand == "+" else sizes[::-1]
    phases, read = [], -first
    for size in ordered:
        phases.append(-read % 3)
        read += size
    return tuple(phases if strand == "+" else phases[::-1])


def _leave_out_broken(kept: list[Transcript | None], path: Path, *, say: bool) -> None:
    """Set transcripts that no protein can be read from to None, in place, and say so.

    Parts that overlap or whose phases contradict their lengths: programmed frameshifts (OAZ1, PEG10), errors.
    """
    broken = []
    for n, one in enumerate(kept):
        if one is None or not one.coding:
            continue
        first = one.phases[0 if one.strand == "+" else -1]
        overlap = any(a[1] > b[0] for a, b in pairwise(one.coding))
        if overlap or one.phases != _frame([b - a for a, b in one.coding], first, one.strand):
            broken.append(f"{one.gene} {one.transcript}")
            kept[n] = None
    if broken and say:
        logger.warning(
            "%s: %d transcripts whose coding parts overlap or whose phases contradict their lengths were "
            "left out: %s%s",
            path,
            len(broken),
            ", ".join(broken[:5]),
            " …" if len(broken) > 5 else "",
        )


def _strip(name: str) -> str:
    """A name without its maker's prefix, and without the characters that part fields in a VCF."""
    name = name.translate(_SEPARATORS)
    for prefix in ("transcript:", "gene:", "rna-", "gene-", "mRNA:"):
        name = name.removeprefix(prefix)
    return name


def _transcript_name(key: str, attributes: dict[str, str]) -> str:
    return _strip(attributes.get("transcript_id") or key)


def _gene_name(gene_id: str, gene: dict[str, str], attributes: dict[str, str]) -> str:
    for source in (gene, attributes):
        for name in ("gene_name", "gene_symbol", "gene", "Name"):
            if source.get(name) and not (source is attributes and name == "Name"):
                return normalize_symbol(_strip(source[name]))
    return normalize_symbol(_strip(gene_id))


def _biotype(attributes: dict[str, str], gene: dict[str, str], *, coding: bool) -> str:
    for source in (attributes, gene):
        for name in ("biotype", "transcript_type", "transcript_biotype", "gene_biotype", "gene_type"):
            if source.get(name):
                return source[name]
    return "protein_coding" if coding else "non_coding"


def _is_preferred(attributes: dict[str, str]) -> bool:
    tags = {tag.strip().lower().replace(" ", "_") for tag in attributes.get("tag", "").split(",")}
    return bool(tags & {"mane_select", "ensembl_canonical", "canonical", "appris_principal_1"})
