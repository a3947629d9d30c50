"""Mutational spectrum and signatures, and the microsatellites."""

from typing import Any

import numpy as np
import polars as pl

from oncoloom.features.msi.verdict import MARGIN
from oncoloom.features.schema import missing_reason_column
from oncoloom.features.signatures.assign import UNCERTAIN_SUPPORT
from oncoloom.features.signatures.channels import SBS96
from oncoloom.report.genome_model import Exposure, Microsatellites, Processes
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.words import count, percent, sentence

N_BINS = 50
LEAST_SHARE = 0.005  # a signature below it is in the table of the features, not on the page


def build_processes(inputs: ReportInputs) -> Processes:
    """The 96 channels of the tumor, its signatures, or why there are none."""
    told = inputs.measures.get("signatures", {})
    rows = inputs.spectrum.filter(pl.col("catalogue") == "SBS96")
    if rows.is_empty():
        reason = inputs.features.get(missing_reason_column("n_sbs")) or "none was counted"
        return Processes(text=sentence(f"No spectrum: {reason}"))
    by_channel = dict(rows.select("channel", "mutations").rows())
    counts = tuple(int(by_channel.get(name, 0)) for name in SBS96)
    exposures = tuple(
        Exposure(
            signature=row["signature"],
            share=row["share"],
            lower=row["share_lower"],
            upper=row["share_upper"],
            support=row["support"],
            remark=_remark(row),
        )
        for row in inputs.signatures.sort("share", "signature", descending=[True, False]).iter_rows(
            named=True
        )
        if row["share"] >= LEAST_SHARE
    )
    n, indels = sum(counts), told.get("indel_total", 0)
    text = (
        f"{count(n, 'substitution')}, {count(indels, 'indel')}, {count(told.get('dbs_total', 0), 'doublet')}."
    )
    return Processes(
        text=text,
        available=n > 0,
        alt=_alt(counts, n),
        counts=counts if n else (),
        exposures=exposures,
        signatures_text=_signatures_text(told, exposures),
    )


def _remark(row: dict[str, Any]) -> str:
    marks = []
    if row["support"] < UNCERTAIN_SUPPORT:
        marks.append("uncertain")
    if row["possible_artefact"]:
        marks.append("possible artefact")
    return ", ".join(marks)


def _alt(counts: tuple[int, ...], n: int) -> str:
    if not n:
        return ""
    top = max(range(len(counts)), key=lambda index: (counts[index], -index))
    names = ("C>A", "C>G", "C>T", "T>A", "T>C", "T>G")
    groups = {name: sum(counts[16 * i : 16 * i + 16]) for i, name in enumerate(names)}
    first = max(groups, key=lambda name: groups[name])
    return (
        f"{count(n, 'substitution')} in 96 channels: most are {first} ({percent(groups[first] / n)}),"
        f" the highest bar is {SBS96[top]} with {counts[top]}."
    )


def _signatures_text(told: dict[str, Any], exposures: tuple[Exposure, ...]) -> str:
    if not exposures:
        return sentence(f"No signatures: {told.get('reason') or 'none fits'}")
    text = "Intervals are those of sampling; support is the share of resamples that choose the signature."
    if told.get("state") == "prior-led":
        text += " Fewer than 200 mutations: how common a signature is in this tumor type decides much."
    kind = f", {told['tumor_type']}" if told.get("tumor_type") else ""
    return text + (f" Prevalences: {told['prevalences']}{kind}." if told.get("prevalences") else "")


def build_microsatellites(inputs: ReportInputs) -> Microsatellites | None:
    """Loci and score; None where microsatellites could not be assessed (the figures say why)."""
    row, told = inputs.features, inputs.measures.get("msi", {})
    low, high = row.get("msi_score_lower"), row.get("msi_score_upper")
    if row.get("msi_score") is None or low is None or high is None or inputs.msi_loci.is_empty():
        return None
    shares = np.minimum((inputs.msi_loci["new_share"].to_numpy() * N_BINS).astype(int), N_BINS - 1)
    unstable = inputs.msi_loci["unstable"].to_numpy()
    stable_bins = np.bincount(shares[~unstable], minlength=N_BINS).tolist()
    unstable_bins = np.bincount(shares[unstable], minlength=N_BINS).tolist()
    line = inputs.config.features.msi_background + MARGIN
    expected = told.get("expected_score")
    n, k = len(shares), int(unstable.sum())
    text = f"{k} of {count(n, 'locus', 'loci')} unstable."
    text += f" Unbroken line: {100 * line:.1f} %, what normals show and 1 %."
    if expected is not None:
        text += f" Broken line: {percent(expected)}, what the least unstable MSI-H tumor would score here."
    if told.get("why"):
        text += " " + sentence(f"Indeterminate: {told['why']}")
    return Microsatellites(
        text=text,
        alt=(
            f"{k} of {count(n, 'microsatellite')} unstable: score {percent(row['msi_score'])},"
            f" interval {percent(low)} to {percent(high)}."
        ),
        stable_by_share=tuple(stable_bins),
        unstable_by_share=tuple(unstable_bins),
        score=row["msi_score"],
        lower=low,
        upper=high,
        line=line,
        expected=expected,
    )
