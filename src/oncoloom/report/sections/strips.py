"""The reads over the variants that matter: drivers, and known hotspots that a filter marked."""

from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import Strips
from oncoloom.report.words import count


def build_strips(inputs: ReportInputs) -> Strips:
    """Strips as gathered while the reads were there, or the sentence that says why there is none."""
    if inputs.features.get("entry") == "vcf":
        return Strips(text="Only a VCF was given: there are no reads to show.")
    if not inputs.config.report.evidence_strips:
        return Strips(text="Reads are not shown (report.evidence_strips is off).")
    if inputs.strips is None:
        return Strips(text="No reads were gathered for this report.")
    if not inputs.strips:
        return Strips(text="No driver and no known hotspot was found whose reads could be shown.")
    more = ""
    if inputs.strips_left_out:
        further = count(inputs.strips_left_out, "further variant has", "further variants have")
        more = f" {further} no picture here."
    text = f"{count(len(inputs.strips), 'variant')}, a sample of the reads over each.{more}"
    return Strips(text=text, rows=inputs.strips)
