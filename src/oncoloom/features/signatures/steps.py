"""Signatures of one sample in the feature step: counted, refitted where there is what to refit with."""

from typing import Any

import numpy as np
import polars as pl

from oncoloom.errors import NotAssessableError
from oncoloom.features.intervals import IntervalSet
from oncoloom.features.request import FeatureRequest
from oncoloom.features.signatures.assign import (
    SignatureResult,
    assign_signatures,
    no_signatures,
    why_too_few,
)
from oncoloom.features.signatures.channels import ID83, SBS96
from oncoloom.features.signatures.contracts import SIGNATURES_TABLE, SPECTRUM_TABLE
from oncoloom.features.signatures.counting import Spectra, count_spectra
from oncoloom.features.signatures.matrix import SignatureMatrix, locate_matrix, read_signatures
from oncoloom.features.signatures.opportunities import (
    fit_to_target,
    genome_opportunities,
    target_opportunities,
)
from oncoloom.features.signatures.prevalence import read_prevalences
from oncoloom.features.signatures.sample import SampleSignatures
from oncoloom.reference_data.fasta import Reference

Values = dict[str, tuple[Any, str | None]]
MIN_INDELS = 50
# Causes that a treatment may hang on, by the signatures that show them (COSMIC's proposed etiologies).
CAUSES: dict[str, tuple[str, ...]] = {
    "aging": ("SBS1", "SBS5"),
    "apobec": ("SBS2", "SBS13"),
    "hr_deficiency": ("SBS3",),
    "tobacco": ("SBS4", "SBS92"),
    "uv": ("SBS7a", "SBS7b", "SBS7c", "SBS7d"),
    "mismatch_repair": ("SBS6", "SBS14", "SBS15", "SBS20", "SBS21", "SBS26", "SBS44"),
    "polymerase": ("SBS10a", "SBS10b", "SBS10c", "SBS10d"),
    "platinum": ("SBS31", "SBS35"),
    "temozolomide": ("SBS11",),
}
NO_MATRIX = "no signature matrix was given (features.signature_matrix); COSMIC's may not be shipped"
NO_PRIOR = "no signature prevalences were given (features.signature_prevalences)"


def measure_signatures(
    variants: pl.DataFrame,
    reference: Reference,
    request: FeatureRequest,
    targets: IntervalSet | None,
    *,
    uncountable: str | None,
) -> SampleSignatures:
    """Spectrum and signatures of the sample's somatic variants.

    Parameters
    ----------
    variants
        `variants` table of the sample.
    uncountable
        Why its variants cannot be taken for somatic mutations; None where they can.
    """
    if uncountable is not None:
        return _finish(None, no_signatures(0, uncountable), request, [])
    spectra = count_spectra(variants, reference, samples=[request.sample_id])
    notes: list[str] = []
    counts = spectra.sbs96[0]
    n = int(counts.sum())
    if (few := why_too_few(n)) is not None:
        return _finish(spectra, no_signatures(n, few), request, notes)
    if request.signature_matrix is None:
        return _finish(spectra, no_signatures(n, NO_MATRIX), request, notes)
    if request.signature_prevalences is None:
        return _finish(spectra, no_signatures(n, NO_PRIOR), request, notes)
    matrix = read_signatures(locate_matrix(request.signature_matrix))
    if matrix.channels != SBS96:
        return _finish(spectra, no_signatures(n, f"{matrix.source} is no SBS-96 matrix"), request, notes)
    prevalences = read_prevalences(request.signature_prevalences)
    kind = prevalences.type_of_code(request.tumor_type)
    if kind is None:
        notes.append(
            f"signatures: {prevalences.source} has no tumor type {request.tumor_type or 'of this patient'};"
            " the prevalence over all types was taken"
        )
    prior = prevalences.of_type(kind, matrix.names)
    try:
        fitted = _as_seen(matrix, reference, request, targets, notes)
    except NotAssessableError as error:
        return _finish(spectra, no_signatures(n, error.message), request, notes)
    result = assign_signatures(counts, fitted, prior, seed=request.seed)
    made = _finish(spectra, result, request, notes)
    made.summary |= {"matrix": matrix.source, "prevalences": prevalences.source, "tumor_type": kind}
    return made


def signature_values(found: SampleSignatures) -> Values:
    """Features of the spectrum: counts, shares by cause, share of microhomology deletions."""
    why = found.result.reason
    values: Values = {f"signature_{cause}": (None, why) for cause in CAUSES}
    values |= {"signature_state": (found.result.state, why)}
    if why is None:
        for cause, names in CAUSES.items():
            values[f"signature_{cause}"] = (min(1.0, found.result.share(names)), None)
    if found.spectrum is None:
        return values | {"n_sbs": (None, found.reason), "indel_microhomology": (None, found.reason)}
    indels = found.spectrum.id83[0]
    n = int(indels.sum())
    shared = sum(int(count) for name, count in zip(ID83, indels, strict=True) if ":Del:M:" in name)
    few = f"{n} indels are too few; {MIN_INDELS} are needed" if n < MIN_INDELS else None
    values["n_sbs"] = (int(found.spectrum.sbs96[0].sum()), None)
    values["indel_microhomology"] = (None if few else shared / n, few)
    return values


def _as_seen(
    matrix: SignatureMatrix,
    reference: Reference,
    request: FeatureRequest,
    targets: IntervalSet | None,
    notes: list[str],
) -> SignatureMatrix:
    """The matrix as the assay can see it: as it is for a genome, by opportunity for targets."""
    if request.assay == "wgs":
        return matrix
    if targets is None:
        raise NotAssessableError(
            f"the targets of the {request.assay} were not given: its opportunities are unknown"
        )
    genome = genome_opportunities(reference)
    total = sum(reference.lengths.values())
    if total < 1_000_000_000:
        notes.append(f"signatures: opportunities are relative to this reference of {total / 1e6:.0f} Mb")
    return fit_to_target(matrix, target_opportunities(reference, targets.intervals), genome)


def _finish(
    spectra: Spectra | None, result: SignatureResult, request: FeatureRequest, notes: list[str]
) -> SampleSignatures:
    names = {"patient_id": request.patient_id, "sample_id": request.sample_id}
    rows: list[dict[str, Any]] = [
        names
        | {
            "signature": one.signature,
            "mutations": one.mutations,
            "share": one.share,
            "share_lower": one.lower,
            "share_upper": one.upper,
            "support": one.support,
            "state": result.state,
            "possible_artefact": one.possible_artefact,
        }
        for one in result.exposures
    ]
    table = pl.DataFrame(rows, schema=SIGNATURES_TABLE.polars_schema())
    summary: dict[str, Any] = {
        "n_mutations": result.n_mutations,
        "state": result.state,
        "cosine": result.cosine,
        "reason": result.reason,
    }
    counts = SPECTRUM_TABLE.empty()
    if spectra is not None:
        told = spectra.as_dict(request.sample_id)
        summary |= {
            key: told[key] for key in ("sbs_total", "indel_total", "dbs_total", "mnv_total", "left_out")
        }
        counts = _count_table(spectra, names)
    uncountable = result.reason if spectra is None else None
    return SampleSignatures(spectra, result, uncountable, table, counts, summary, notes)


def _count_table(spectra: Spectra, names: dict[str, str]) -> pl.DataFrame:
    parts = [("SBS96", SBS96, spectra.sbs96[0]), ("ID83", ID83, spectra.id83[0])]
    return pl.concat(
        pl.DataFrame(
            {
                "catalogue": [catalogue] * len(channels),
                "channel": list(channels),
                "mutations": counts.astype(np.int32),
            }
        ).select(*[pl.lit(value).alias(key) for key, value in names.items()], pl.all())
        for catalogue, channels, counts in parts
    )
