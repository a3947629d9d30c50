"""The feature step: calls of one tumor sample in, one row of features with reasons and tables out."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.errors import UsageError
from oncoloom.features.consequence.effects import Consequence, annotate_records
from oncoloom.features.contracts import (
    ASSESSABILITY_TABLE,
    COVERAGE_TABLE,
    HOTSPOTS_TABLE,
    SEGMENTS_TABLE,
    VARIANTS_TABLE,
)
from oncoloom.features.copy_number.measure import measure_copy_number
from oncoloom.features.copy_number.outcome import CopyNumber
from oncoloom.features.drivers.by_class import drivers_by_class
from oncoloom.features.drivers.contracts import DRIVERS_TABLE
from oncoloom.features.drivers.hotspot_table import hotspot_rows
from oncoloom.features.drivers.table import driver_table
from oncoloom.features.intervals import coding_of, read_bed
from oncoloom.features.msi.contracts import MSI_LOCI_TABLE
from oncoloom.features.msi.steps import measure_msi, msi_loci_table, msi_notes
from oncoloom.features.purity import why_unseen
from oncoloom.features.rearrangements.imported import read_imported
from oncoloom.features.request import FeatureRequest
from oncoloom.features.row_inputs import RowInputs, notes_on_filters, passed_somatic, why_uncountable
from oncoloom.features.rows import feature_row
from oncoloom.features.schema import FEATURES_TABLE
from oncoloom.features.signatures.contracts import SIGNATURES_TABLE, SPECTRUM_TABLE
from oncoloom.features.signatures.steps import measure_signatures
from oncoloom.features.testability.assessability import ASSESSED_GENES, AssayView, assess_genes
from oncoloom.features.testability.coverage import coverage_rows
from oncoloom.features.testability.rearrangements import Rearrangements, places_of
from oncoloom.features.tmb.burden import burden_notes, burden_tally
from oncoloom.features.variants.calls import CallSet, read_call_set
from oncoloom.features.variants.steps import finish_variants, gene_depths, hidden_candidates
from oncoloom.files import read_json, write_json
from oncoloom.reference_data.fasta import Reference, open_reference
from oncoloom.reference_data.gene_models import GeneModels, read_gene_models
from oncoloom.reference_data.noncoding import human_build
from oncoloom.tables import Tally, write_table


@dataclass(slots=True)
class FeatureTables:
    """The tables of one sample, and sentences worth saying."""

    row: pl.DataFrame
    variants: pl.DataFrame
    segments: pl.DataFrame
    assessability: pl.DataFrame
    hotspots: pl.DataFrame
    spectrum: pl.DataFrame
    signatures: pl.DataFrame
    msi_loci: pl.DataFrame
    coverage: pl.DataFrame
    drivers: pl.DataFrame
    tally: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    copy_number: dict[str, Any] = field(default_factory=dict)


def build_features(request: FeatureRequest) -> FeatureTables:
    """Compute and write ``{output}``, and variants, segments, assessability and tally in a folder beside it.

    A patient whose checks say `stopped` gets the same tables without rows: a stop is data.

    Raises
    ------
    InputError, ReferenceMismatchError
        If a file is absent, broken, or of another reference.
    """
    if request.output.suffix != ".parquet":
        raise UsageError(
            "the output is a table", expected="a name that ends in .parquet", found=str(request.output)
        )
    tables = _stopped_tables(request) if _is_stopped(request.qc) else compute_features(request)
    folder = request.output.with_suffix("")
    metadata = _metadata(request)
    write_table(tables.variants, VARIANTS_TABLE, folder / "variants.parquet", metadata=metadata)
    write_table(tables.segments, SEGMENTS_TABLE, folder / "segments.parquet", metadata=metadata)
    write_table(
        tables.assessability, ASSESSABILITY_TABLE, folder / "assessability.parquet", metadata=metadata
    )
    write_table(tables.hotspots, HOTSPOTS_TABLE, folder / "hotspots.parquet", metadata=metadata)
    write_table(tables.spectrum, SPECTRUM_TABLE, folder / "spectrum.parquet", metadata=metadata)
    write_table(tables.signatures, SIGNATURES_TABLE, folder / "signatures.parquet", metadata=metadata)
    write_table(tables.msi_loci, MSI_LOCI_TABLE, folder / "msi_loci.parquet", metadata=metadata)
    write_table(tables.coverage, COVERAGE_TABLE, folder / "coverage.parquet", metadata=metadata)
    write_table(tables.drivers, DRIVERS_TABLE, folder / "drivers.parquet", metadata=metadata)
    write_json(folder / "copy_number.json", tables.copy_number)
    write_json(folder / "tally.json", tables.tally | {"notes": tables.notes})
    write_table(tables.row, FEATURES_TABLE, request.output, metadata=metadata)
    return tables


def compute_features(request: FeatureRequest) -> FeatureTables:
    """The tables of one sample, unwritten."""
    notes: list[str] = []
    imported = read_imported(request.fusions, request.expression)
    with open_reference(request.reference) as reference:
        build = human_build(reference.lengths)
        models = _models(request, reference, notes)
        calls = read_call_set(
            request.calls, reference, sample_id=request.sample_id, germline_in=_germline_intervals(models)
        )
        targets = None if request.targets is None else read_bed(request.targets, reference.lengths)
        consequences = _consequences(calls, models, reference, request.reference)
        copies = measure_copy_number(calls, models, reference.lengths, request)
        tally = Tally(kept=len(calls.rows))
        variants = finish_variants(
            calls,
            consequences,
            copies,
            request.patient_id,
            request.sample_id,
            tally,
            build=build,
            tpm=imported.tpm(),
        )
        notes += notes_on_filters(variants)
        uncountable = why_uncountable(variants)
        signatures = measure_signatures(variants, reference, request, targets, uncountable=uncountable)
    fractions = passed_somatic(variants)["af"].drop_nulls().to_list()
    msi = measure_msi(calls.raw, request, entry=calls.entry, purity=copies.purity.value, fractions=fractions)
    drivers = drivers_by_class(variants, copies.genes or {}, imported.fusions)
    places = replace(
        places_of(models, build),
        fusions=imported.fusions,
        fusion_material=imported.material,
        expression=imported.expression,
    )
    view = _view(calls, models, copies, variants, places, request)
    assessability = assess_genes(view, drivers, patient_id=request.patient_id, sample_id=request.sample_id)
    inputs = RowInputs(
        request,
        calls,
        models,
        targets,
        variants,
        copies,
        drivers,
        assessability,
        reference.lengths,
        msi,
        signatures,
    )
    row = feature_row(inputs)
    notes += burden_notes(inputs, row.row(0, named=True))
    told = {
        "variants": tally.as_dict(),
        "copy_number": copies.tally.as_dict(),
        "tmb": burden_tally(inputs),
        "msi": asdict(msi.result),
        "signatures": signatures.summary,
    }
    hotspots = hotspot_rows(calls.rows, consequences, request.patient_id, request.sample_id)
    coverage = coverage_rows(
        calls.raw,
        calls.callable_regions,
        view.coding,
        targets,
        patient_id=request.patient_id,
        sample_id=request.sample_id,
    )
    return FeatureTables(
        row,
        variants,
        copies.segments,
        assessability,
        hotspots,
        signatures.counts,
        signatures.table,
        msi_loci_table(msi, request),
        coverage,
        driver_table(
            variants,
            copies,
            imported.fusions,
            models,
            patient_id=request.patient_id,
            sample_id=request.sample_id,
            amplification_min_copies=request.settings.amplification_min_copies,
        ),
        told,
        notes + copies.notes + msi_notes(msi) + signatures.notes,
        copies.evidence,
    )


def _is_stopped(qc: Path | None) -> bool:
    return qc is not None and read_json(qc).get("state") == "stopped"


def _stopped_tables(request: FeatureRequest) -> FeatureTables:
    note = f"the checks of {request.patient_id} say stopped: tables without rows, no call enters the cohort"
    empty = {"variants": Tally().as_dict(), "copy_number": Tally().as_dict(), "state": "stopped"}
    return FeatureTables(
        FEATURES_TABLE.empty(),
        VARIANTS_TABLE.empty(),
        SEGMENTS_TABLE.empty(),
        ASSESSABILITY_TABLE.empty(),
        HOTSPOTS_TABLE.empty(),
        SPECTRUM_TABLE.empty(),
        SIGNATURES_TABLE.empty(),
        MSI_LOCI_TABLE.empty(),
        COVERAGE_TABLE.empty(),
        DRIVERS_TABLE.empty(),
        empty,
        [note],
    )


def _metadata(request: FeatureRequest) -> dict[str, str]:
    return {
        "assay": request.assay,
        "settings": json.dumps(request.plain_settings(), sort_keys=True),
        "seed": str(request.seed),
        "tumor_type": request.tumor_type or "none",
        **request.file_digests(),
    }


def _models(request: FeatureRequest, reference: Reference, notes: list[str]) -> GeneModels | None:
    if request.gff is None:
        notes.append("no gene models were given: no consequences, no gene can be assessed")
        return None
    models = read_gene_models(request.gff, reference.lengths)
    if models.renamed:
        notes.append(f"{models.renamed} contigs of the gene models were renamed to the reference's style")
    if models.absent:
        notes.append(f"gene models on {len(models.absent)} contigs that the reference lacks were left out")
    return models


def _germline_intervals(models: GeneModels | None) -> Iterable[tuple[str, int, int]]:
    if models is None:
        return []
    return [(contig, start - 10, end + 10) for contig, start, end in models.coding_intervals(ASSESSED_GENES)]


def _consequences(
    calls: CallSet, models: GeneModels | None, reference: Reference, fasta: Path
) -> list[Consequence | None]:
    if models is None:
        return [None] * len(calls.rows)
    return list(annotate_records(calls.records(), models, reference, fasta))


def _view(
    calls: CallSet,
    models: GeneModels | None,
    copies: CopyNumber,
    variants: pl.DataFrame,
    places: Rearrangements,
    request: FeatureRequest,
) -> AssayView:
    coding = None if models is None else coding_of(models, ASSESSED_GENES)
    depths = gene_depths(calls.raw, coding)
    return AssayView(
        coding,
        calls.callable_regions,
        depths.get,
        copies.genes,
        copies.reason or "",
        _blind_to(calls, copies),
        hidden_candidates(variants, paired=calls.paired),
        request.settings.min_gene_covered_fraction,
        request.min_af,
        places,
    )


def _blind_to(calls: CallSet, copies: CopyNumber) -> dict[str, str]:
    """Copy classes that would not show at this tumor content: six copies need less of it than none."""
    fractions = [
        row["af"]
        for row in calls.rows
        if row["origin"] == "somatic" and row["filters"] == "PASS" and row["af"]
    ]
    highest = max(fractions, default=None)
    causes = {
        "amplification": why_unseen(copies.purity.value, highest, min_purity=0.25, min_af=0.15),
        "deep deletion": why_unseen(copies.purity.value, highest, min_purity=0.35, min_af=0.20),
    }
    return {name: cause for name, cause in causes.items() if cause is not None}
