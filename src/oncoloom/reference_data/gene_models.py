"""Gene models: transcripts with exons and coding intervals out of a GFF3 file of any of the usual makers."""

import gzip
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from oncoloom.errors import InputError
from oncoloom.reference_data.contigs import rename_contigs, require_shared
from oncoloom.reference_data.symbols import normalize_symbol

_TRANSCRIPTS = {"mRNA", "transcript", "lnc_RNA", "ncRNA", "miRNA", "snoRNA", "snRNA", "rRNA", "tRNA"}
_PARTS = {"exon", "CDS"}
# Lines that no transcript is made of; most of a whole-genome file beside exons and CDS.
_IGNORED = {
    "region",
    "chromosome",
    "biological_region",
    "five_prime_UTR",
    "three_prime_UTR",
    "start_codon",
    "stop_codon",
}
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
    coding: list[tuple[int, int, int]] = field(default_factory=list)


def read_gene_models(path: Path, reference_contigs: Iterable[str]) -> GeneModels:
    """Gene models of a GFF3 file (plain or gzipped), contigs renamed to the reference's style.

    Raises
    ------
    InputError
        If the file is absent, no GFF3, or a line is broken (with its number).
    ReferenceMismatchError
        If none of its contigs is in the reference.
    """
    genes: dict[str, dict[str, str]] = {}
    drafts: dict[str, _Draft] = {}
    contigs: Counter[str] = Counter()
    for number, fields in _records(Path(path)):
        if len(fields) > 2 and fields[2] in _IGNORED:
            contigs[fields[0]] += 1
            continue
        contig, kind, start, end, strand, phase, attributes = _parse(fields, Path(path), number)
        contigs[contig] += 1
        parent = attributes.get("Parent", "").split(",")[0]
        if (
            kind in _GENES
            or kind.endswith("_gene")
            or (not parent and attributes.get("ID", "").startswith("gene:"))
        ):
            genes[attributes.get("ID", "")] = attributes
        elif kind in _TRANSCRIPTS or (parent in genes and "ID" in attributes and kind not in ("exon", "CDS")):
            drafts[attributes.get("ID", "")] = _Draft(parent, contig, strand, attributes)
        elif kind in ("exon", "CDS"):
            for one in attributes.get("Parent", "").split(","):
                draft = drafts.get(one) or _implicit(one, genes, drafts, contig, strand)
                if draft is None:
                    continue
                if kind == "exon":
                    draft.exons.append((start, end))
                else:
                    draft.coding.append((start, end, phase))
    if not contigs:
        raise InputError("no gene models in this file", path=path, expected="GFF3 with gene, transcript, CDS")
    names = list(reference_contigs)
    mapping = rename_contigs(contigs, names)
    require_shared(mapping, names, path=path, what="gene models")
    kept = [_finish(key, draft, genes, mapping[draft.contig]) for key, draft in drafts.items()]
    transcripts = sorted((one for one in kept if one is not None), key=lambda t: (t.contig, t.start))
    return GeneModels(
        tuple(transcripts),
        sum(1 for old, new in mapping.items() if new is not None and new != old),
        tuple(sorted(old for old, new in mapping.items() if new is None)),
    )


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    if not path.is_file():
        raise InputError("no such gene-model file", path=path)
    with path.open("rb") as start:
        opener = gzip.open if start.read(2) == b"\x1f\x8b" else open
    try:
        with opener(path, "rt", encoding="utf-8") as handle:
            for number, line in enumerate(handle, start=1):
                if line.startswith("##FASTA"):
                    return
                if line.startswith("#") or not line.strip():
                    continue
                yield number, line.rstrip("\r\n").split("\t")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError("cannot read the gene models", path=path, found=str(error)) from error


def _parse(fields: list[str], path: Path, number: int) -> tuple[str, str, int, int, str, int, dict[str, str]]:
    record = f"line {number}"
    if len(fields) < 9:  # tools that intersect intervals leave columns after the ninth
        raise InputError(
            "not a GFF3 line", path=path, record=record, expected="9 columns", found=f"{len(fields)}"
        )
    try:
        start, end = int(fields[3]) - 1, int(fields[4])
    except ValueError as error:
        raise InputError("start or end is no whole number", path=path, record=record) from error
    if start >= end:
        raise InputError("start lies after end", path=path, record=record, found=f"{fields[3]} {fields[4]}")
    if "=" not in fields[8] and '"' in fields[8]:
        raise InputError(
            "this is a GTF file",
            path=path,
            record=record,
            expected="GFF3",
            remedy="give the GFF3 of the same release",
        )
    attributes = _attributes(fields[8], parent_only=fields[2] in _PARTS)
    phase = int(fields[7]) if fields[7] in ("0", "1", "2") else 0
    return fields[0], fields[2], start, end, fields[6], phase, attributes


def _attributes(text: str, *, parent_only: bool) -> dict[str, str]:
    """Column 9; of exons and CDS, most of the lines, only what they belong to."""
    found = {}
    for part in text.split(";"):
        key, _, value = part.strip().partition("=")
        if key and (not parent_only or key == "Parent"):
            found[key] = unquote(value) if "%" in value else value
    return found


def _implicit(
    gene_id: str, genes: dict[str, dict[str, str]], drafts: dict[str, _Draft], contig: str, strand: str
) -> _Draft | None:
    """A gene whose CDS hangs on it directly (bacteria, viruses, some own files) is its own transcript."""
    if gene_id not in genes:
        return None
    draft = drafts[gene_id] = _Draft(gene_id, contig, strand, genes[gene_id])
    return draft


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
        phases=tuple(phase for _, _, phase in coding),
    )


def _strip(name: str) -> str:
    for prefix in ("transcript:", "gene:", "rna-", "gene-", "mRNA:"):
        name = name.removeprefix(prefix)
    return name


def _transcript_name(key: str, attributes: dict[str, str]) -> str:
    return attributes.get("transcript_id") or _strip(key)


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
