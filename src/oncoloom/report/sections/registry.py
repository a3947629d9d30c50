"""The sections of a report, in the order in which they are built and read.

A new section is one module with a function of the inputs (and of what was built before), and one line here.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from oncoloom import __version__
from oncoloom.report.inputs import ReportInputs, source_date
from oncoloom.report.model import Report
from oncoloom.report.sections.also import build_also
from oncoloom.report.sections.burden import build_burden
from oncoloom.report.sections.changes import build_changes
from oncoloom.report.sections.checks import build_checks
from oncoloom.report.sections.findings import build_findings
from oncoloom.report.sections.further_tumors import build_further_tumors
from oncoloom.report.sections.genome import build_genome
from oncoloom.report.sections.hotspots import build_hotspots
from oncoloom.report.sections.identity import build_identity
from oncoloom.report.sections.methods import build_methods, lineage
from oncoloom.report.sections.predictions import build_predictions
from oncoloom.report.sections.processes import build_microsatellites, build_processes
from oncoloom.report.sections.seen import build_genes, build_seen
from oncoloom.report.sections.strips import build_strips
from oncoloom.report.sections.treatment_differences import build_treatment_differences
from oncoloom.report.sections.trials import build_randomized_evidence
from oncoloom.report.sections.variants import build_variants
from oncoloom.report.sections.warnings import SHOWN, build_override, build_warnings

Built = dict[str, Any]


class Section(NamedTuple):
    """A field of the report and the function that fills it from the inputs and the fields before it."""

    field: str
    build: Callable[[ReportInputs, Built], Any]


SECTIONS: tuple[Section, ...] = (
    Section("identity", lambda inputs, _: build_identity(inputs)),
    Section("override", lambda inputs, _: build_override(inputs)),
    Section("warnings", lambda inputs, _: build_warnings(inputs)[:SHOWN]),
    Section("more_warnings", lambda inputs, _: build_warnings(inputs)[SHOWN:]),
    Section("findings", lambda inputs, _: build_findings(inputs)),
    Section("seen", lambda inputs, _: build_seen(inputs)),
    Section("genes", lambda inputs, _: build_genes(inputs)),
    Section("predictions", lambda inputs, _: build_predictions(inputs)),
    Section(
        "randomized_evidence", lambda inputs, built: build_randomized_evidence(inputs, built["predictions"])
    ),
    Section(
        "treatment_differences",
        lambda inputs, built: build_treatment_differences(inputs, built["predictions"]),
    ),
    Section("also", lambda inputs, _: build_also(inputs)),
    Section("genome", lambda inputs, built: build_genome(inputs, built["findings"].rows)),
    Section("burden", lambda inputs, _: build_burden(inputs)),
    Section("processes", lambda inputs, _: build_processes(inputs)),
    Section("microsatellites", lambda inputs, _: build_microsatellites(inputs)),
    Section("variants", lambda inputs, _: build_variants(inputs)),
    Section("further_tumors", lambda inputs, _: build_further_tumors(inputs)),
    Section("hotspots", lambda inputs, _: build_hotspots(inputs)),
    Section("changes", lambda inputs, _: build_changes(inputs)),
    Section("strips", lambda inputs, _: build_strips(inputs)),
    Section("checks", lambda inputs, _: build_checks(inputs)),
    Section("methods", lambda inputs, _: build_methods(inputs)),
    Section("lineage", lambda inputs, _: lineage(inputs)),
)


def build_report(inputs: ReportInputs) -> Report:
    """The report of a patient who was not stopped."""
    built: Built = {}
    for section in SECTIONS:
        built[section.field] = section.build(inputs, built)
    return Report(
        oncoloom_version=__version__,
        simulated=inputs.config.report.simulated,
        report_date=source_date(),
        **built,
    )
