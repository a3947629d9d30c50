"""Candidates of a call as columns, decoded from the evidence of all shards."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.mixture import SparseHistograms
from oncoloom.calling.pon.file import N_COUNTS
from oncoloom.calling.shard import EvidenceShard
from oncoloom.calling.slippage import REPEAT_RATE, Curves, slippage_rates


@dataclass(frozen=True, slots=True)
class CandidateTable:
    """Candidates in genome order, as columns.

    Attributes
    ----------
    contig, ref, alt : list of str; pos : (n,) int64
        0-based position.
    contig_index : (n,) int64
        Place of the contig in the reference.
    forced : (n,) bool
        Asked for by `--alleles`.
    unit : (n,) int32; units, slippage_rate : (n,) float64
        Repeat context (`calling.slippage`); 0 for substitutions. The rate is the sample's own.
    in_repeat : (n,) bool
        Whether the typical slippage rate is one of repeats: the context alone decides.
    population_af : (n,) float64
        NaN where the resource has no such allele, or there is no resource.
    panel : (n, N_COUNTS) int32
        Counts of the allele in the panel of normals (`pon.file.COUNTS`); 0 without one.
    tumor, normal : (n, N_STATISTICS) int32
        Counts (`kernels.arrays.STATISTICS`).
    is_indel : (n,) bool
    histograms : SparseHistograms
        Of the log ratios of fragments and reads.
    """

    contig: list[str]
    pos: NDArray[np.int64]
    ref: list[str]
    alt: list[str]
    contig_index: NDArray[np.int64]
    forced: NDArray[np.bool_]
    unit: NDArray[np.int32]
    units: NDArray[np.float64]
    slippage_rate: NDArray[np.float64]
    in_repeat: NDArray[np.bool_]
    population_af: NDArray[np.float64]
    panel: NDArray[np.int32]
    tumor: NDArray[np.int32]
    normal: NDArray[np.int32]
    is_indel: NDArray[np.bool_]
    histograms: SparseHistograms

    @property
    def is_snv(self) -> NDArray[np.bool_]:
        """Single-base substitutions."""
        return np.array([len(r) == 1 and len(a) == 1 for r, a in zip(self.ref, self.alt, strict=True)], bool)


def table_columns(table: CandidateTable) -> dict[str, Any]:
    """The table's columns by name, to build what extends it."""
    return {one.name: getattr(table, one.name) for one in fields(CandidateTable)}


def read_candidates(evidence: EvidenceShard, curves: Curves) -> CandidateTable:
    """Columns of the merged evidence's candidates; `curves` are the sample's slippage curves."""
    frame = evidence.candidates
    ref, alt, contig = (frame[name].to_list() for name in ("ref", "alt", "contig"))
    change = np.array([len(a) - len(r) for r, a in zip(ref, alt, strict=True)], np.int64)
    unit, units = frame["unit"].to_numpy(), frame["units"].to_numpy()
    order = {name: index for index, (name, _) in enumerate(evidence.header.contigs)}
    return CandidateTable(
        contig=contig,
        pos=frame["pos"].to_numpy(),
        ref=ref,
        alt=alt,
        contig_index=np.array([order[name] for name in contig], np.int64),
        forced=frame["forced"].to_numpy(),
        unit=unit,
        units=units,
        slippage_rate=slippage_rates(change, unit, units, curves),
        in_repeat=frame["slippage_rate"].to_numpy() > REPEAT_RATE,
        population_af=frame["population_af"].fill_null(np.nan).to_numpy(),
        panel=frame["panel"].to_numpy().astype(np.int32).reshape(len(frame), N_COUNTS),
        tumor=frame["tumor"].to_numpy().astype(np.int32),
        normal=frame["normal"].to_numpy().astype(np.int32),
        is_indel=change != 0,
        histograms=_sparse(evidence),
    )


def _sparse(evidence: EvidenceShard) -> SparseHistograms:
    cells = evidence.histograms
    row = cells["candidate"].to_numpy()
    borders = np.searchsorted(row, np.arange(len(evidence.candidates) + 1)).astype(np.int64)
    return SparseHistograms(borders, cells["cell"].to_numpy().copy(), cells["count"].to_numpy().copy())
