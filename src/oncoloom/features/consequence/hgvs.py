"""HGVS names of a small variant on one transcript: c. and p., shifted to the 3' end as HGVS asks.

Where csq stops short: it prints amino-acid strings (`746ELREA>746`), not HGVS. The class of a change stays
csq's. HGVS Nomenclature 21.1: substitutions, deletions, duplications, insertions, delins, frameshifts.
"""

from dataclasses import dataclass

from oncoloom.features.consequence.coding import CodingView, reverse_complement, translate
from oncoloom.reference_data.protein_change import to_three_letter


@dataclass(frozen=True, slots=True)
class HgvsNames:
    """c. and p. names; None where they cannot be derived from the gene model.

    `protein` is the full three-letter name (frameshifts with their first new residue and the new stop),
    `protein_short` the one-letter name that lists are matched by, `stop_residue` the residue (1-based) at
    which the changed protein stops where that is not the old stop.
    """

    coding: str | None = None
    protein: str | None = None
    protein_short: str | None = None
    stop_residue: int | None = None


def name_variant(view: CodingView, start: int, ref: str, alt: str) -> HgvsNames:
    """HGVS names of a variant: 0-based `start`, genome-strand alleles, left-aligned.

    Returns empty names for transcripts without a complete coding sequence.
    """
    if not view.complete:
        return HgvsNames()
    trimmed = trim_alleles(start, ref, alt)
    coding = _coding_name(view, *trimmed)
    proteins = _proteins(view, *trimmed)
    if proteins is None:
        return HgvsNames(coding)
    before, after = proteins
    shifted = (len(trimmed[1]) - len(trimmed[2])) % 3 != 0
    short = _frameshift_name(before, after) if shifted else describe_protein_change(before, after)
    stop = after.find("*") + 1 or None
    full = to_three_letter(short) if short else None
    if shifted and short is not None and short.endswith("fs"):
        full = _full_frameshift_name(before, after)
    return HgvsNames(coding, full, short, stop if after != before else None)


def trim_alleles(start: int, ref: str, alt: str) -> tuple[int, str, str]:
    """The change without shared bases: suffix first, then prefix; either allele may become empty.

    Examples
    --------
    >>> trim_alleles(10, "CAG", "CTG")
    (11, 'A', 'T')
    """
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        ref, alt, start = ref[1:], alt[1:], start + 1
    return start, ref, alt


def _coding_name(view: CodingView, start: int, ref: str, alt: str) -> str | None:
    if not ref and not alt:
        return None
    start, ref, alt = _shift_downstream(view, start, ref, alt)
    if ref:
        first, last = view.hgvs_position(start), view.hgvs_position(start + len(ref) - 1)
    else:
        first, last = view.hgvs_position(start - 1), view.hgvs_position(start)
    if first is None or last is None:
        return None
    if view.transcript.strand == "-":
        first, last, ref, alt = last, first, reverse_complement(ref), reverse_complement(alt)
    span = first if first == last else f"{first}_{last}"
    if len(ref) == 1 and len(alt) == 1:
        return f"c.{first}{ref}>{alt}"
    if not alt:
        return f"c.{span}del"
    if ref:
        return f"c.{span}delins{alt}"
    return _insertion_name(view, start, alt, span)


def _insertion_name(view: CodingView, start: int, alt: str, span: str) -> str:
    """A duplication where the inserted bases repeat what lies just 5' of them, else an insertion."""
    contig, size = view.transcript.contig, len(alt)
    if view.transcript.strand == "+":
        copied, lowest = view.reference.bases(contig, start - size, start), start - size
    else:
        copied, lowest = reverse_complement(view.reference.bases(contig, start, start + size)), start
    if copied == alt:
        ends = [view.hgvs_position(lowest), view.hgvs_position(lowest + size - 1)]
        if None not in ends:
            first, last = ends if view.transcript.strand == "+" else ends[::-1]
            return f"c.{first}dup" if size == 1 else f"c.{first}_{last}dup"
    return f"c.{span}ins{alt}"


def _shift_downstream(view: CodingView, start: int, ref: str, alt: str) -> tuple[int, str, str]:
    """Move a pure insertion or deletion as far 3' (of the transcript) as the sequence allows."""
    if bool(ref) == bool(alt):
        return start, ref, alt
    moved, contig = ref or alt, view.transcript.contig
    end = start + len(ref)
    limit = view.reference.lengths[contig]
    if view.transcript.strand == "+":
        while end < limit and view.reference.bases(contig, end, end + 1) == moved[0]:
            moved, start, end = moved[1:] + moved[0], start + 1, end + 1
    else:
        while start > 0 and view.reference.bases(contig, start - 1, start) == moved[-1]:
            moved, start, end = moved[-1] + moved[:-1], start - 1, end - 1
    return (start, moved, "") if ref else (start, "", moved)


def _proteins(view: CodingView, start: int, ref: str, alt: str) -> tuple[str, str] | None:
    """The protein before and after, each up to and with its first stop; None outside of one coding block."""
    mutated = _mutated_sequence(view, start, ref, alt)
    if mutated is None:
        return None
    return view.protein.split("*")[0] + "*", translate(mutated, to_stop=True)


def _full_frameshift_name(before: str, after: str) -> str:
    """``p.Lys10GlufsTer5``: first changed residue, what it became, codons to the new stop (HGVS 21.1)."""
    first = next(i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b)
    stop = after.find("*")
    to_stop = str(stop - first + 1) if stop >= 0 else "?"
    return to_three_letter(f"p.{before[first]}{first + 1}{after[first]}") + f"fsTer{to_stop}"


def _mutated_sequence(view: CodingView, start: int, ref: str, alt: str) -> str | None:
    """The coding sequence with the change; None unless the change lies whole inside one coding block."""
    if ref:
        one, other = view.coding_index(start), view.coding_index(start + len(ref) - 1)
        if one is None or other is None:
            return None
        low, high = min(one, other), max(one, other) + 1
        if high - low != len(ref):
            return None
    else:
        left, right = view.coding_index(start - 1), view.coding_index(start)
        if left is None or right is None or abs(left - right) != 1:
            return None
        low = high = max(left, right)
    new = reverse_complement(alt) if view.transcript.strand == "-" else alt
    return view.sequence[:low] + new + view.sequence[high:]


def _frameshift_name(before: str, after: str) -> str | None:
    first = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    if first is None or before[first] == "*":
        return None  # the frame moves behind the stop, or the stop itself is lost
    if first == 0:
        return "p.M1?"
    if after[first] == "*":
        return f"p.{before[first]}{first + 1}*"
    return f"p.{before[first]}{first + 1}fs"


def describe_protein_change(before: str, after: str) -> str | None:
    """One-letter HGVS name of an in-frame change between two proteins, each with its stop where it has one.

    Examples
    --------
    >>> describe_protein_change("MKV*", "MKE*")
    'p.V3E'
    >>> describe_protein_change("MKVLA*", "MKA*")
    'p.V3_L4del'
    >>> describe_protein_change("MKVA*", "MKVKVA*")
    'p.K2_V3dup'
    """
    if before == after:
        return None
    if before[:1] == "M" and after[:1] != "M":
        return "p.M1?"
    stop = after.find("*")
    first = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    if first is not None and stop == first and first < len(before) - 1:
        return f"p.{before[first]}{first + 1}*"
    if first is not None and before[first] == "*":
        return f"p.*{first + 1}{after[first]}ext*?"
    start, ref, alt = trim_alleles(0, before, after)
    start, ref, alt = _shift_protein(before, start, ref, alt)
    return _protein_delins(before, start, ref, alt)


def _shift_protein(before: str, start: int, ref: str, alt: str) -> tuple[int, str, str]:
    if bool(ref) == bool(alt):
        return start, ref, alt
    moved, end = ref or alt, start + len(ref)
    while end < len(before) and before[end] == moved[0]:
        moved, start, end = moved[1:] + moved[0], start + 1, end + 1
    return (start, moved, "") if ref else (start, "", moved)


def _protein_delins(before: str, start: int, ref: str, alt: str) -> str | None:
    if ref:
        last = start + len(ref)
        span = f"{ref[0]}{start + 1}" + (f"_{ref[-1]}{last}" if len(ref) > 1 else "")
        if not alt:
            return f"p.{span}del"
        if len(ref) == len(alt) == 1:
            return f"p.{ref}{start + 1}{alt}"
        return f"p.{span}delins{alt}"
    if start == 0 or start >= len(before):
        return None
    size = len(alt)
    if start >= size and before[start - size : start] == alt:
        first = f"{alt[0]}{start - size + 1}"
        return f"p.{first}dup" if size == 1 else f"p.{first}_{alt[-1]}{start}dup"
    return f"p.{before[start - 1]}{start}_{before[start]}{start + 1}ins{alt}"
