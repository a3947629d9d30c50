"""Mutational spectra of a MAF's patients: a MAF names no trinucleotides, so the reference must be given."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from oncoloom.errors import ReferenceMismatchError
from oncoloom.features.schema import SIGNATURE_CAUSES
from oncoloom.features.signatures.channels import ID83
from oncoloom.features.signatures.counting import Spectra, count_spectra
from oncoloom.features.signatures.steps import MIN_INDELS, NO_MATRIX
from oncoloom.reference_data.contigs import rename_contigs
from oncoloom.reference_data.fasta import open_reference

NO_REFERENCE = "a MAF comes without the reference, and so without trinucleotides (--reference)"
MOST_WRONG = 0.02  # share of substitutions whose REF is not the reference's: above it, another build
_WRONG = "REF is not the reference's base"

Cells = dict[str, list[tuple[float | int | None, str | None]]]


def spectra_cells(
    variants: pl.DataFrame,
    patients: Sequence[str],
    sequenced: Sequence[bool],
    reference: Path | None,
    why_not: str,
) -> Cells:
    """Value and reason of each feature of the spectrum, a patient each, in the order of `patients`.

    Parameters
    ----------
    variants
        Variants table with `patient_id`; each patient has one sample.
    why_not
        Reason for a patient who was not sequenced.

    Raises
    ------
    ReferenceMismatchError
        If the substitutions are not on this reference.
    """
    names = ["n_sbs", "indel_microhomology", "signature_state"]
    names += [f"signature_{cause}" for cause in SIGNATURE_CAUSES]
    if reference is None:
        return {name: [(None, NO_REFERENCE)] * len(patients) for name in names}
    spectra = _count(variants, patients, reference)
    cells: Cells = {name: [] for name in names}
    for patient, known in zip(patients, sequenced, strict=True):
        told = _of_patient(spectra, patient) if known else {}
        for name in names:
            cells[name].append(told.get(name, (None, NO_MATRIX if known else why_not)))
    return cells


def _of_patient(spectra: Spectra, patient: str) -> dict[str, tuple[float | int | None, str | None]]:
    row = spectra.row_of(patient)
    indels = spectra.id83[row]
    n = int(indels.sum())
    shared = int(indels[[":Del:M:" in name for name in ID83]].sum())
    few = f"{n} indels are too few; {MIN_INDELS} are needed" if n < MIN_INDELS else None
    return {
        "n_sbs": (int(spectra.sbs96[row].sum()), None),
        "indel_microhomology": (None if few else shared / n, few),
    }


def _count(variants: pl.DataFrame, patients: Sequence[str], path: Path) -> Spectra:
    with open_reference(path) as reference:
        contigs = variants["chrom"].drop_nulls().unique().sort().to_list()
        names = {old: new or old for old, new in rename_contigs(contigs, list(reference.lengths)).items()}
        own = variants.with_columns(
            pl.col("patient_id").alias("sample_id"), pl.col("chrom").replace_strict(names, default=None)
        )
        spectra = count_spectra(own, reference, samples=list(patients))
    wrong = sum(reasons[_WRONG] for reasons in spectra.left_out.values())
    seen = wrong + int(np.sum(spectra.sbs96))
    if seen and wrong > MOST_WRONG * seen:
        raise ReferenceMismatchError(
            "the MAF's alleles are not those of this reference",
            path=path,
            found=f"{wrong} of {seen} substitutions with another REF",
            remedy="give the FASTA of the build that the MAF names",
        )
    return spectra
