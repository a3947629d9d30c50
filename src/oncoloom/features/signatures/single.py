"""Signatures from plain files: a VCF, a table of exposures, a table of spectra."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from oncoloom.bundled import bundled_path
from oncoloom.errors import InputError, UsageError
from oncoloom.features.intervals import read_bed
from oncoloom.features.signatures.assign import SignatureResult, assign_signatures, no_signatures, why_too_few
from oncoloom.features.signatures.channels import ID83, SBS96
from oncoloom.features.signatures.counting import count_vcf_spectra
from oncoloom.features.signatures.extract import extract_signatures, match_signatures
from oncoloom.features.signatures.matrix import locate_matrix, read_signatures
from oncoloom.features.signatures.nmf import array_module
from oncoloom.features.signatures.opportunities import (
    fit_to_target,
    genome_opportunities,
    target_opportunities,
)
from oncoloom.features.signatures.prevalence import count_prevalences, read_prevalences
from oncoloom.files import atomic_path
from oncoloom.kernels.dispatch import NoDeviceError
from oncoloom.reference_data.fasta import open_reference

_EVEN = 0.5  # of each signature, where nobody says how frequent it is: its log odds are zero


def signatures_of_vcf(
    vcf: Path,
    reference: Path,
    *,
    matrix: str | None,
    prevalences: Path | None,
    tumor_type: str | None,
    targets: Path | None,
    seed: int,
    tumor: str | None = None,
) -> dict[str, Any]:
    """Spectrum and signatures of a VCF, for JSON.

    Raises
    ------
    InputError, ReferenceMismatchError, NotAssessableError
        If a file is broken, or the targets cannot show a signature.
    """
    spectra = count_vcf_spectra(vcf, reference, tumor=tumor)
    told = spectra.as_dict(spectra.samples[0])
    few = why_too_few(told["sbs_total"])
    if matrix is None or few is not None:
        why = few or "no signature matrix was given; COSMIC's may not be shipped"
        return told | _told(no_signatures(told["sbs_total"], why))
    known = read_signatures(locate_matrix(matrix))
    if known.channels != SBS96:
        raise InputError("not an SBS-96 matrix", path=matrix, found=f"{len(known.channels)} channels")
    prior, source, kind = np.full(len(known.names), _EVEN), "none: every signature as likely", None
    if prevalences is not None:
        table = read_prevalences(prevalences)
        kind = table.type_of_code(tumor_type)
        if kind is None and tumor_type in table.table["tumor_type"].to_list():
            kind = tumor_type
        prior, source = table.of_type(kind, known.names), table.source
    if targets is not None:
        with open_reference(reference) as opened:
            inside = read_bed(targets, opened.lengths)
            seen = target_opportunities(opened, inside.intervals)
            known = fit_to_target(known, seen, genome_opportunities(opened))
    result = assign_signatures(spectra.sbs96[0], known, prior, seed=seed)
    return told | _told(result) | {"matrix": known.source, "prevalences": source, "tumor_type": kind}


def _told(result: SignatureResult) -> dict[str, Any]:
    rows = [
        {
            "signature": one.signature,
            "mutations": one.mutations,
            "share": one.share,
            "share_lower": one.lower,
            "share_upper": one.upper,
            "support": one.support,
            "uncertain": one.uncertain,
            "possible_artefact": one.possible_artefact,
        }
        for one in result.exposures
    ]
    return {
        "exposures": rows or None,
        "exposures_missing_reason": result.reason,
        "state": result.state,
        "cosine": result.cosine,
    }


def prevalences_of_table(path: Path, *, type_column: str, types: Path | None) -> pl.DataFrame:
    """Prevalences counted from a TSV of tumors with known exposures.

    Columns that begin with SBS, DBS or ID and a digit are signatures.

    Raises
    ------
    InputError
        If the table has no such columns, no tumor type, or an exposure is negative or no number.
    """
    table = _read_tsv(path)
    names = [
        name
        for name in table.columns
        if name.startswith(("SBS", "DBS", "ID")) and any(map(str.isdigit, name))
    ]
    if type_column not in table.columns or not names:
        raise InputError(
            "a table of exposures has a column of tumor types and one a signature",
            path=path,
            expected=f"{type_column}, SBS1, …",
            found=", ".join(table.columns[:6]),
        )
    body = table.select(names)
    if not all(dtype.is_numeric() for dtype in body.dtypes) or (body.to_numpy() < 0).any():
        raise InputError("an exposure is negative or no number", path=path)
    known = _read_tsv(types or bundled_path("resources", "signatures", "pcawg_types.tsv"))
    codes = dict(known.select("tumor_type", "oncotree_codes").rows())
    return count_prevalences(table.rename({type_column: "tumor_type"}), names, codes)


def extract_from_table(
    path: Path, output: Path, *, factors: tuple[int, int], matrix: str | None, device: str, seed: int
) -> dict[str, Any]:
    """De novo signatures of a table of spectra; written in COSMIC's layout where an answer is stable.

    Raises
    ------
    InputError, NotAssessableError, UsageError
        If the table is broken, holds fewer than 100 tumors, or the numbers to try make no sense.
    """
    if not 2 <= factors[0] <= factors[1]:
        raise UsageError("at least two signatures, from few to many", found=f"{factors[0]} {factors[1]}")
    if device not in ("cpu", "gpu"):
        raise UsageError("unknown device", expected="cpu, gpu", found=device)
    try:
        xp = array_module(device)
    except NoDeviceError as error:
        raise UsageError(str(error), remedy="leave out --device gpu: the answer is the same") from error
    table = _read_tsv(path)
    rows = [str(name) for name in table.to_series(0).to_list()]
    channels = next((order for order in (SBS96, ID83) if set(rows) == set(order)), None)
    if channels is None or not all(dtype.is_numeric() for dtype in table.dtypes[1:]):
        raise InputError(
            "not a table of spectra", path=path, expected="rows like A[C>A]A, a column of counts a tumor"
        )
    spectra = table[:, 1:].to_numpy()[[rows.index(name) for name in channels]].T.astype(np.int64)
    found = extract_signatures(spectra, range(factors[0], factors[1] + 1), seed=seed, xp=xp)
    told: dict[str, Any] = {
        "chosen": found.chosen,
        "reason": found.reason,
        "solutions": {
            str(k): {
                "mean_silhouette": float(one.silhouette.mean()),
                "least_silhouette": float(one.silhouette.min()),
                "divergence": one.divergence,
            }
            for k, one in found.solutions.items()
        },
    }
    if found.chosen is None:
        return told
    best = found.solutions[found.chosen]
    names = [f"S{index + 1}" for index in range(found.chosen)]
    columns = {name: best.signatures[:, index] for index, name in enumerate(names)}
    with atomic_path(output) as temporary:
        pl.DataFrame({"Type": list(channels), **columns}).write_csv(temporary, separator="\t")
    if matrix is not None:
        known = read_signatures(locate_matrix(matrix))
        told["nearest"] = {
            name: {"signature": other, "cosine": value}
            for name, (other, value) in zip(names, match_signatures(best.signatures, known), strict=True)
        }
    return told


def _read_tsv(path: Path) -> pl.DataFrame:
    if not Path(path).is_file():
        raise InputError("no such file", path=path)
    try:
        return pl.read_csv(path, separator="\t", infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise InputError("not a tab-separated table", path=path, found=str(error).split("\n")[0]) from error
