"""The genome as a whole: share altered, share without one parent's allele, doubling."""

import numpy as np

from oncoloom.features.copy_number.bins import Bins, Floats, Ints
from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.copy_number.sex_copies import SexCopies
from oncoloom.features.copy_number.states import CopyStates

MIN_COVERED = 0.5
_NEAR_BP = 1_000_000
_CHANGED_LOG2 = 0.2
_DOUBLED_MAJOR = 2
_DOUBLED_SHARE = 0.5

Figure = tuple[float | None, str | None]


def covered_reason(bins: Bins, genome_bp: int) -> str | None:
    """Why the bins cannot stand for the genome, or None: half of it must lie in bins or between near ones.

    Near: no further apart than a thousandth of the genome, at most 1 Mb, so that an exome passes and a panel
    does not.
    """
    reach = min(_NEAR_BP, genome_bp / 1000)
    gap = np.where(bins.contig[1:] == bins.contig[:-1], bins.start[1:] - bins.end[:-1], np.inf)
    covered = float((bins.end - bins.start).sum() + gap[gap <= reach].sum()) / max(genome_bp, 1)
    if covered >= MIN_COVERED:
        return None
    return f"the assay's bins tell of {100 * covered:.1f} % of the genome; half of it is needed"


def altered_fraction(segments: Segments, states: CopyStates | None, sex: SexCopies) -> float:
    """Share of segment length with other than the commonest copies, else 0.2 log2 off the main level.

    X and Y are held against their own normal copies, and left out where those are unknown or none.
    """
    length, normal = segments.length, sex.normal_copies(segments.contig.tolist())
    if states is not None:
        known = (states.total >= 0) & (normal > 0)
        told = known & segments.autosome if (known & segments.autosome).any() else known
        changed = states.total != np.rint(_commonest(states.total[told], length[told]) * normal / 2)
    else:
        known = np.isfinite(segments.log2) & (normal > 0)
        with np.errstate(invalid="ignore"):
            changed = np.abs(segments.log2 - segments.main_log2()) > _CHANGED_LOG2
    return float(length[changed & known].sum() / length[known].sum())


def _commonest(total: Ints, length: Floats) -> int:
    return int(np.argmax(np.bincount(total, weights=length)))


def loh_fraction(segments: Segments, states: CopyStates) -> Figure:
    """Share of the autosomes (where minor copies are known) that lost one parent's allele."""
    known = segments.autosome & (states.minor >= 0)
    length = segments.length
    share = float(length[known].sum() / max(length[segments.autosome].sum(), 1.0))
    if share < MIN_COVERED:
        return (
            None,
            f"allele fractions tell the copies of {100 * share:.0f} % of the autosomes; half is needed",
        )
    lost = known & (states.minor == 0) & (states.total > 0)
    return float(length[lost].sum() / length[known].sum()), None


def is_doubled(segments: Segments, states: CopyStates) -> tuple[bool | None, str | None]:
    """Whether the genome was doubled: two or more major copies on over half of the autosomes."""
    known = segments.autosome & (states.minor >= 0)
    length = segments.length
    share = float(length[known].sum() / max(length[segments.autosome].sum(), 1.0))
    if share < MIN_COVERED:
        return (
            None,
            f"allele fractions tell the copies of {100 * share:.0f} % of the autosomes; half is needed",
        )
    doubled = known & (states.total - states.minor >= _DOUBLED_MAJOR)
    return bool(length[doubled].sum() > _DOUBLED_SHARE * length[known].sum()), None
