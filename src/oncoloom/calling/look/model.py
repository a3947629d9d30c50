"""What `oncoloom evidence` says of a place, as values of which text, JSON and picture are made."""

from dataclasses import asdict, dataclass, field
from typing import Any

from oncoloom.calling.look.pileup import Pileup

# What became of an allele, from best to worst.
STATES = {
    "passes": "somatic, passes",
    "germline": "called germline",
    "filtered": "listed, marked by a filter",
    "listed": "listed because it was asked for",
    "not listed": "weighed, too unlikely to be listed",
    "screened out": "a candidate, told by another allele or by too few fragments",
    "never a candidate": "failed the screen for candidates",
    "not seen": "no read shows it",
    "outside the targets": "outside the assay's targets",
}


@dataclass(frozen=True, slots=True)
class AlleleCounts:
    """What one sample shows of one allele; fragments where not said otherwise.

    `base_quality` (lowest, median, highest) and `reads` are of reads whose alignment shows the allele;
    `supporting_reads`, `mapq`, `clipped`, `starts` and `end_distance` are of those that support it by
    likelihood, as the caller counts them; of `starts`, it counts up to 4.
    """

    depth: int
    ref: int
    alt: int
    other: int
    ambiguous: int
    af: float | None
    forward: int
    reverse: int
    f1r2: int
    f2r1: int
    discordant: int
    reads: int
    base_quality: tuple[int, int, int] | None
    supporting_reads: int
    mapq: float | None
    clipped: int
    starts: int
    end_distance: int | None
    sampled: bool


@dataclass(frozen=True, slots=True)
class AlleleLook:
    """One allele at the place: counts by role, what became of it, and why.

    Attributes
    ----------
    pos : int
        1-based.
    state : str
        Of `STATES`.
    reasons : tuple of str
        Sentences: which filter with which figures, which screen it failed, what would have been needed.
    posterior : dict
        Hypothesis to posterior; of the record where there is one, else by the call's learned rates.
    needed : int or None
        Tumor fragments like those seen from which on it passes.
    """

    pos: int
    ref: str
    alt: str
    state: str
    filters: tuple[str, ...]
    reasons: tuple[str, ...]
    posterior: dict[str, float]
    needed: int | None
    counts: dict[str, AlleleCounts]

    @property
    def name(self) -> str:
        """REF>ALT, long alleles shortened."""
        return f"{shortened(self.ref)}>{shortened(self.alt)}"


@dataclass(frozen=True, slots=True)
class SampleLook:
    """One sample at the place.

    Attributes
    ----------
    depth : tuple (lowest, highest)
        Fragments at the callable mapping quality over the locus.
    least_depth : int
        From which on a base is callable in this sample.
    bases : dict
        Reads by the base that they show on the first base of the locus, ``del`` and ``low quality`` too.
    """

    sample: str
    depth: tuple[int, int]
    least_depth: int
    bases: dict[str, int]
    pileup: Pileup


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A record or candidate beside the place; `pos` is 1-based."""

    pos: int
    ref: str
    alt: str
    state: str
    filters: tuple[str, ...]
    af: float | None
    posterior: float | None


@dataclass(frozen=True, slots=True)
class LocusLook:
    """Everything about the place. Positions are 1-based, ends inclusive.

    `reference` holds the bases of the view. `in_targets` is None where the call had targets that were not
    given; `callable_bases` counts the bases of the locus in callable.bed.gz.
    """

    locus: str
    contig: str
    start: int
    end: int
    view_start: int
    view_end: int
    reference: str
    in_targets: bool | None
    callable_bases: int
    focus: str | None
    samples: dict[str, SampleLook]
    alleles: tuple[AlleleLook, ...]
    neighbors: tuple[Neighbor, ...]
    notes: tuple[str, ...] = field(default=())

    def as_dict(self, *, reads: bool = True) -> dict[str, Any]:
        """For JSON; `reads` off leaves the single reads out."""
        value = asdict(self)
        for sample in value["samples"].values():
            if not reads:
                del sample["pileup"]["shown"]
        return value


def probability(value: float) -> str:
    """A probability for people: three digits, and a bound where it is next to nothing."""
    return "<0.001" if value < 0.001 else f"{value:.3g}"


def shortened(bases: str, most: int = 12) -> str:
    """Long alleles as their first bases and their length."""
    return bases if len(bases) <= most else f"{bases[:6]}…({len(bases)})"
