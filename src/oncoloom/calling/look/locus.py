"""A place that a person asks about: a position, a range, or one change of the reference."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from oncoloom.calling.alleles import Allele
from oncoloom.errors import ReferenceMismatchError, UsageError
from oncoloom.reads.contig_style import rename_contigs

MOST_BP = 500
_FORM = re.compile(
    r"^(?P<contig>.+?):(?P<start>[\d,]+)(?:-(?P<end>[\d,]+))?"
    r"(?:[\s:]*(?P<ref>[ACGTNacgtn]+)(?:>|:|/)(?P<alt>[ACGTacgt]+))?$"
)
_EXPECTED = "chr7:55191822, chr7:55191810-55191830, or chr7:55191822 T>G"


@dataclass(frozen=True, slots=True)
class Locus:
    """An interval of a contig, 0-based half-open, and the allele asked about, if any."""

    contig: str
    start: int
    end: int
    allele: Allele | None = None

    @property
    def text(self) -> str:
        """As people write it, 1-based."""
        place = f"{self.contig}:{self.start + 1}"
        if self.allele is not None:
            return f"{place} {self.allele.ref}>{self.allele.alt}"
        return place if self.end == self.start + 1 else f"{place}-{self.end}"


def parse_locus(text: str, lengths: Mapping[str, int]) -> Locus:
    """The place that `text` names: CHR:POS, CHR:START-END, or CHR:POS REF>ALT (1-based, commas allowed).

    Raises
    ------
    UsageError
        If it is none of these, leaves its contig, or is longer than `MOST_BP`.
    ReferenceMismatchError
        If the reference has no such contig, in either style of names.
    """
    found = _FORM.match(text.strip())
    if found is None:
        raise UsageError("not a place in the genome", expected=_EXPECTED, found=text)
    known, _ = rename_contigs({found["contig"]}, lengths)
    contig = known.get(found["contig"])
    if contig is None:
        raise ReferenceMismatchError(
            "the reference has no such contig",
            expected="contigs such as " + ", ".join(list(lengths)[:5]),
            found=found["contig"],
        )
    start = int(found["start"].replace(",", "")) - 1
    end = start + 1 if found["end"] is None else int(found["end"].replace(",", ""))
    allele = None
    if found["ref"] is not None:
        allele = Allele(start, found["ref"].upper(), found["alt"].upper())
        end = max(end, allele.end)
    if not 0 <= start < end <= lengths[contig]:
        raise UsageError(
            "the place is not on its contig",
            expected=f"1 to {lengths[contig]} on {contig}",
            found=text,
        )
    if end - start > MOST_BP:
        raise UsageError("the range is too long to look at", expected=f"{MOST_BP} bases or less", found=text)
    return Locus(contig, start, end, allele)
