"""Driver rules that rest on curated lists instead of counts of tumors."""

from oncoloom.features.drivers.facts import INFRAME, Finding, SmallVariant
from oncoloom.reference_data.curated_changes import curated_changes, curated_regions


def curated_change(variant: SmallVariant) -> Finding | None:
    """The exact missense change stands in two curated lists by two papers, or in three."""
    change = variant.change
    if change.kind != "missense" or change.short is None:
        return None
    listed = curated_changes().get((variant.gene, change.short.removeprefix("p.")))
    if listed is None:
        return None
    lists = f"{', '.join(listed.lists[:-1])} and {listed.lists[-1]}"
    papers = "1 paper" if listed.n_papers == 1 else f"{listed.n_papers} papers"
    reason = f"listed as a cancer change by {lists}, {papers}"
    return Finding(reason, listed.evidence, f"{variant.gene} {change.reference}{change.position}")


def curated_region(variant: SmallVariant) -> Finding | None:
    """An in-frame indel in a stretch where such changes are known to drive."""
    change = variant.change
    first = change.position or (None if change.kind != "unknown" else variant.residue)
    if not variant.terms & INFRAME or first is None:
        return None
    last = change.last_position or first
    for region in curated_regions():
        if region.gene == variant.gene and first <= region.last and last >= region.first:
            reason = (
                f"in-frame change within residues {region.first} to {region.last} of {variant.gene} "
                f"({region.what}), where such changes are known to drive"
            )
            return Finding(reason, region.evidence, f"{variant.gene} {region.first}-{region.last}")
    return None
