"""A gene that is not expressed is not driven by an activating change."""

from collections.abc import Mapping
from typing import Any

from oncoloom.features.drivers.loss import LOSS_RULES
from oncoloom.reference_data.noncoding import PROMOTER_RULE

LEAST_TPM = 1.0  # below it a gene counts as not expressed (GTEx practice: 0.1 to 1)


def drop_unexpressed(rows: list[dict[str, Any]], tpm: Mapping[str, float]) -> None:
    """Take the driver's rule from activating changes of genes below 1 TPM, with the reason, in place.

    Losses stay: a suppressor without messenger is what a loss makes. Genes that the table lacks stay, too.
    """
    for row in rows:
        rule, level = row.get("driver_rule"), tpm.get(row.get("gene") or "")
        if rule is None or level is None or level >= LEAST_TPM:
            continue
        if rule in LOSS_RULES or rule == PROMOTER_RULE or rule.startswith("germline_"):
            continue
        reason = f"would be a driver ({rule}), but the gene is not expressed ({level:.2f} TPM)"
        row |= {"driver": False, "driver_rule": None, "driver_evidence": None, "driver_reason": reason}
