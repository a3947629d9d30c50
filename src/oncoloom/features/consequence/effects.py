"""Consequences: what each small variant does to which gene, by csq on gene models and the reference.

csq decides the class of a change (Sequence Ontology); HGVS names are derived beside it (`hgvs`). One row per
variant: the preferred (MANE, canonical) transcript where it is touched, else the most severe.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from oncoloom.errors import OncoloomError
from oncoloom.features.consequence.coding import CodingView
from oncoloom.features.consequence.csq_process import CsqRecord, run_csq
from oncoloom.features.consequence.hgvs import HgvsNames, describe_protein_change, name_variant
from oncoloom.reference_data.consequence_terms import (
    CSQ_NAMES,
    NONSYNONYMOUS,
    most_severe,
    severity_rank,
)
from oncoloom.reference_data.fasta import Reference
from oncoloom.reference_data.gene_models import GeneModels
from oncoloom.reference_data.protein_change import to_three_letter
from oncoloom.reference_data.transcript_shape import TranscriptShape, shape_of


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a variant does: SO terms most severe first (joined by ``&``), and its names on one transcript.

    `stop_residue` is the 1-based residue at which the changed protein stops, None where it is unchanged.
    """

    consequence: str
    gene: str | None = None
    transcript: str | None = None
    hgvs_c: str | None = None
    hgvs_p: str | None = None
    hgvs_p_short: str | None = None
    coding_index: int | None = None
    stop_residue: int | None = None
    shape: TranscriptShape | None = None

    @property
    def terms(self) -> list[str]:
        """SO terms, most severe first."""
        return self.consequence.split("&")


@dataclass(frozen=True, slots=True)
class CsqEntry:
    """One BCSQ entry: SO terms, gene, transcript, amino-acid text, genome changes it was judged from."""

    terms: tuple[str, ...]
    gene: str
    transcript: str
    amino: str
    changes: str
    after_stop: bool

    @property
    def compound(self) -> bool:
        """True where several records of one haplotype were judged together."""
        return "+" in self.changes


_SILENT = {"synonymous_variant", "stop_retained_variant"}
_SPLICE_SITES = {"splice_donor_variant", "splice_acceptor_variant"}
INTERGENIC = Consequence("intergenic_variant")


def annotate_records(
    records: Sequence[CsqRecord], models: GeneModels, reference: Reference, fasta: Path
) -> list[Consequence]:
    """Consequence of each record, in order; intergenic where no gene model is touched.

    Parameters
    ----------
    records
        Left-aligned records with A, C, G, T alleles, REF equal to the reference.

    Raises
    ------
    OncoloomError
        If csq fails, or prints a consequence that is not known here.
    """
    found = run_csq(records, models, fasta, reference.lengths) if records else {}
    transcripts = models.by_name()
    chosen = {one.transcript for one in models.chosen().values()}
    views: dict[str, CodingView] = {}
    out = []
    for index, record in enumerate(records):
        entries = [parse_entry(text) for text in found.get(index, [])]
        if not entries:
            out.append(INTERGENIC)
            continue
        entry = _choose(merge_entries(entries), chosen)
        view = None
        if entry.transcript in transcripts:
            view = views.setdefault(entry.transcript, CodingView(transcripts[entry.transcript], reference))
        out.append(_describe(entry, record, view))
    return out


def parse_entry(text: str) -> CsqEntry:
    """One BCSQ entry as csq prints it.

    Raises
    ------
    OncoloomError
        If it names a consequence that is not known here.
    """
    fields = [*text.split("|"), "", "", "", "", "", ""]
    names = fields[0].lstrip("*").split("&")
    terms = [CSQ_NAMES.get(name) for name in names if name != "NMD_transcript"]
    if not terms or any(term is None for term in terms):
        raise OncoloomError("a consequence that csq printed is not known", found=text[:120])
    return CsqEntry(
        tuple(most_severe([term for term in terms if term])),
        fields[1],
        fields[2],
        fields[5],
        fields[6],
        fields[0].startswith("*"),
    )


def merge_entries(entries: Sequence[CsqEntry]) -> list[CsqEntry]:
    """One entry a transcript: csq tells a splice region and the change of the residue in two entries.

    The amino-acid text is that of the entry which has one; terms are joined, most severe first.
    """
    by_transcript: dict[tuple[str, str], CsqEntry] = {}
    for one in entries:
        key = (one.gene, one.transcript)
        other = by_transcript.get(key)
        if other is None:
            by_transcript[key] = one
            continue
        told = other if other.amino else one
        terms = tuple(most_severe([*other.terms, *one.terms]))
        by_transcript[key] = replace(told, terms=terms)
    return list(by_transcript.values())


def _choose(entries: list[CsqEntry], chosen: set[str]) -> CsqEntry:
    """The gene's chosen transcript where it is touched, else its most severe; then the most severe gene."""

    def order(one: CsqEntry) -> tuple[int, str, str]:
        return (severity_rank(one.terms[0]), one.gene, one.transcript)

    genes: dict[str, list[CsqEntry]] = {}
    for one in entries:
        genes.setdefault(one.gene, []).append(one)
    best = [
        min([one for one in those if one.transcript in chosen] or those, key=order)
        for those in genes.values()
    ]
    return min(best, key=order)


def _describe(entry: CsqEntry, record: CsqRecord, view: CodingView | None) -> Consequence:
    names, index = HgvsNames(), None
    if view is not None and view.transcript.coding:
        start = record.pos - 1
        names = name_variant(view, start, record.ref, record.alt)
        index = view.nearest_coding_index(start + (len(record.ref) > len(record.alt)))
    short = names.protein_short
    if entry.compound or entry.after_stop:
        short = _compound_name(entry.amino)
    terms = set(entry.terms)
    if terms & _SILENT and not terms & NONSYNONYMOUS and entry.amino:
        short = _synonymous_name(entry.amino)
    if terms & _SPLICE_SITES or (entry.terms[0] == "splice_region_variant" and not entry.amino):
        short = None
    if "start_lost" in terms:
        short = "p.M1?"
    long = names.protein if short == names.protein_short else to_three_letter(short) if short else None
    return Consequence(
        "&".join(entry.terms),
        entry.gene or None,
        entry.transcript or None,
        names.coding,
        long,
        short,
        index,
        names.stop_residue,
        None if view is None else shape_of(view.transcript),
    )


def _synonymous_name(amino: str) -> str | None:
    """`105R` as p.R105=; several residues in one change have no such name."""
    digits = amino.split(">")[0].rstrip("ACDEFGHIKLMNPQRSTVWYUX*")
    letters = amino.split(">")[0][len(digits) :]
    return f"p.{letters}{digits}=" if len(letters) == 1 and digits.isdigit() else None


def _compound_name(amino: str) -> str | None:
    """HGVS of csq's `12GV>12DE` by comparing the two stretches; None where a frame moved."""
    before, _, after = amino.partition(">")
    position = before.rstrip("ACDEFGHIKLMNPQRSTVWYUX*")
    old, new = before[len(position) :], after[len(position) :] if after.startswith(position) else ""
    if not position.isdigit() or not old or not new:
        return None
    offset = int(position) - 1
    name = describe_protein_change("X" * offset + old, "X" * offset + new)
    return None if name and "X" in name else name
