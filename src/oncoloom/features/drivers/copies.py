"""Copy-number drivers: an amplified oncogene, a deeply deleted suppressor."""

from oncoloom.features.copy_number.gene_calls import GeneCopies
from oncoloom.features.drivers.rules import NO_ROLE
from oncoloom.reference_data.drivers import gene_roles

COPY_RULES: tuple[str, ...] = ("amplified_oncogene", "deleted_tumor_suppressor")


def judge_copies(copies: GeneCopies) -> str | None:
    """Rule that makes a gene's copy level a driver: an amplified oncogene, a deeply deleted suppressor."""
    role = gene_roles().get(copies.gene, NO_ROLE)
    if copies.state == "amplification" and role.oncogene:
        return "amplified_oncogene"
    if copies.state == "deep deletion" and role.tumor_suppressor:
        return "deleted_tumor_suppressor"
    return None
