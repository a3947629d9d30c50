"""Whether both copies of BRCA1 or BRCA2 are lost."""

from collections.abc import Iterable
from typing import Any

from oncoloom.features.copy_number.gene_calls import GeneCopies
from oncoloom.features.copy_number.outcome import WholeCopies

HRD_GENES = ("BRCA1", "BRCA2")
Verdict = tuple[int | None, str | None]


def biallelic_loss(
    gene: str,
    variants: Iterable[dict[str, Any]],
    copies: GeneCopies | None,
    whole: WholeCopies | None,
    *,
    assessable: str | None,
) -> Verdict:
    """1 both copies are lost, 0 not, or None with its reason.

    Lost: no copy is left; or a damaging variant (a driver of `variants`, germline or somatic) with loss of
    the other allele. Two damaging variants may lie on one copy: without phase that is unknown.

    Parameters
    ----------
    variants
        Rows of the `variants` table.
    assessable
        Why the gene's small variants could not be judged, or None where they could.
    """
    if copies is not None and copies.state == "deep deletion":
        return 1, None
    damaging = [row for row in variants if row["gene"] == gene and row["driver"]]
    if not damaging:
        unseen = copies is None or not copies.assessable
        cause = assessable or (f"a deep deletion of {gene} could not be seen" if unseen else None)
        return (0, None) if cause is None else (None, cause)
    if len(damaging) > 1:
        return None, f"{len(damaging)} damaging variants of {gene}: whether on both copies is not known"
    minor = minor_copies_at(damaging[0], whole)
    if minor is None:
        return None, f"a damaging variant of {gene}, but the copies of both alleles there are not known"
    return int(minor == 0), None


def minor_copies_at(row: dict[str, Any], whole: WholeCopies | None) -> int | None:
    """Minor copies of the clonal segment that holds a variant; None where unknown."""
    if whole is None or whole.states is None or row["chrom"] is None:
        return None
    at = whole.levels.containing(row["chrom"], row["pos"] - 1)
    if at is None or whole.states.subclonal[at] or whole.states.minor[at] < 0:
        return None
    return int(whole.states.minor[at])
