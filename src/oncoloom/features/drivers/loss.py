"""Loss of a tumor suppressor by a small variant: which truncations take the protein away.

After the decision tree of ClinGen for loss of function (Abou Tayoun 2018, PubMed 30192042): a stop before the
last 50 bp of the second-last exon is followed by decay of the messenger; a later one counts where it takes at
least a tenth of the protein.
"""

from collections.abc import Callable
from dataclasses import dataclass

from oncoloom.reference_data.drivers import GeneRole
from oncoloom.reference_data.transcript_shape import TranscriptShape

LEAST_SHARE_LOST = 0.10
_STOPS = {"stop_gained", "frameshift_variant"}
_SPLICE = {"splice_donor_variant", "splice_acceptor_variant"}


@dataclass(frozen=True, slots=True)
class LossFacts:
    """What the loss rules look at; residues are 1-based, None where unknown."""

    terms: frozenset[str]
    first_residue: int | None
    stop_residue: int | None
    role: GeneRole
    shape: TranscriptShape | None
    exonic: bool = False  # a residue is changed or named: no base of an intron


def _truncated(facts: LossFacts) -> str | None:
    """A premature stop with decay; where place or exons are unknown, the class alone."""
    if not facts.role.tumor_suppressor or not facts.terms & (_STOPS | {"transcript_ablation"}):
        return None
    if facts.first_residue is None or facts.shape is None:
        return "premature stop in a tumor suppressor (its place in the exons is not known)"
    at = facts.stop_residue or facts.first_residue
    if facts.shape.decays(at):
        return f"premature stop at residue {at} in a tumor suppressor, followed by decay of the messenger"
    return None


def _shortened(facts: LossFacts) -> str | None:
    """A premature stop without decay that takes at least a tenth of the protein."""
    if not facts.role.tumor_suppressor or not facts.terms & _STOPS:
        return None
    if facts.first_residue is None or facts.shape is None:
        return None
    lost = facts.shape.share_lost(facts.first_residue)
    if lost < LEAST_SHARE_LOST:
        return None
    return (
        f"stop without decay of the messenger in a tumor suppressor, {100 * lost:.0f} % of the protein lost"
    )


def _splice_site(facts: LossFacts) -> str | None:
    if facts.role.tumor_suppressor and facts.terms & _SPLICE and not facts.exonic:
        return "essential splice site of a tumor suppressor (the two bases beside an exon)"
    return None


def _start_lost(facts: LossFacts) -> str | None:
    if facts.role.tumor_suppressor and "start_lost" in facts.terms:
        return "start codon of a tumor suppressor lost"
    return None


LOSS_RULES: dict[str, Callable[[LossFacts], str | None]] = {
    "truncated_tumor_suppressor": _truncated,
    "shortened_tumor_suppressor": _shortened,
    "splice_site_tumor_suppressor": _splice_site,
    "start_lost_tumor_suppressor": _start_lost,
}


def explain_no_loss(facts: LossFacts) -> str | None:
    """Why a truncating change is no loss that counts; None where the change truncates nothing."""
    if not facts.terms & (_STOPS | _SPLICE | {"start_lost"}):
        return None
    if facts.exonic and not facts.terms & _STOPS:
        return "beside a splice site, but in the exon: not one of the two essential bases"
    if not facts.role.tumor_suppressor:
        return "truncates an oncogene, which is driven by activation"
    if facts.first_residue is not None and facts.shape is not None:
        lost = 100 * facts.shape.share_lost(facts.first_residue)
        return f"stop without decay of the messenger that takes only {lost:.0f} % of the protein"
    return None
