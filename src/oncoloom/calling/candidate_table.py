"""Candidates of a call as columns, decoded from the evidence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.candidate_store import CandidatePart
from oncoloom.calling.columns import Rows
from oncoloom.calling.germline_prior import carrier_rates
from oncoloom.calling.mixture import SiteClasses, SparseHistograms, classify_sites
from oncoloom.calling.slippage import REPEAT_RATE, Curves, slippage_rates
from oncoloom.calling.stored_frames import contig_indexes

HistogramRuns = Iterator[tuple[slice, SparseHistograms]]


class Candidates(Protocol):
    """What fits ask of candidates, be they all of a sample (`sample_table`) or some in memory (below)."""

    def __len__(self) -> int: ...

    @property
    def pos(self) -> Rows:
        """0-based."""
        ...

    @property
    def contig_index(self) -> NDArray[np.integer]:
        """Place of the contig in the reference; ascending."""
        ...

    @property
    def forced(self) -> NDArray[np.bool_]: ...

    @property
    def population_af(self) -> Rows: ...

    @property
    def panel(self) -> Rows: ...

    @property
    def tumor(self) -> Rows:
        """(n, at least 3): ref, alt, other first, as in `kernels.arrays.STATISTICS`."""
        ...

    @property
    def normal(self) -> Rows:
        """As `tumor`."""
        ...

    @property
    def is_indel(self) -> NDArray[np.bool_]: ...

    @property
    def is_snv(self) -> NDArray[np.bool_]: ...

    @property
    def class_index(self) -> NDArray[np.integer]:
        """Into `mixture.CLASSES`."""
        ...

    def classes_among(self, rows: slice) -> SiteClasses:
        """What decides the priors of some of them."""
        ...

    def histogram_runs(self) -> HistogramRuns:
        """Histograms of all candidates, some at a time, with the rows they belong to."""
        ...


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

    def __len__(self) -> int:
        return len(self.pos)

    @property
    def is_snv(self) -> NDArray[np.bool_]:
        """Single-base substitutions."""
        return np.array([len(r) == 1 and len(a) == 1 for r, a in zip(self.ref, self.alt, strict=True)], bool)

    @property
    def carrier_rates(self) -> NDArray[np.float64]:
        """(n,) prior probability that a person carries each allele."""
        lengths = zip(self.ref, self.alt, strict=True)
        change = np.array([len(alt) - len(ref) for ref, alt in lengths], np.int64)
        return carrier_rates(change, self.unit, self.units, self.in_repeat)

    @property
    def classes(self) -> SiteClasses:
        """Class, damage orientation and slippage rate of each candidate."""
        return classify_sites(self.ref, self.alt, self.slippage_rate, self.in_repeat)

    @property
    def class_index(self) -> NDArray[np.integer]:
        """Class of each candidate."""
        return self.classes.index

    def classes_among(self, rows: slice) -> SiteClasses:
        """What decides the priors of some of them."""
        return self.classes.among(rows)

    def histogram_runs(self) -> HistogramRuns:
        """All histograms at once."""
        yield slice(0, len(self)), self.histograms


def read_candidates(part: CandidatePart, contigs: Sequence[str], curves: Curves) -> CandidateTable:
    """Columns of some candidates.

    Parameters
    ----------
    contigs
        Names in the order of the reference.
    curves
        The sample's slippage curves.
    """
    frame = part.candidates
    ref, alt = frame["ref"].to_list(), frame["alt"].to_list()
    change = (frame["alt"].str.len_bytes().cast(int) - frame["ref"].str.len_bytes().cast(int)).to_numpy()
    unit, units = frame["unit"].to_numpy(), frame["units"].to_numpy()
    return CandidateTable(
        contig=frame["contig"].to_list(),
        pos=frame["pos"].to_numpy(),
        ref=ref,
        alt=alt,
        contig_index=contig_indexes(frame, contigs),
        forced=frame["forced"].to_numpy(),
        unit=unit,
        units=units,
        slippage_rate=slippage_rates(change, unit, units, curves),
        in_repeat=frame["slippage_rate"].to_numpy() > REPEAT_RATE,
        population_af=frame["population_af"].fill_null(np.nan).to_numpy(),
        panel=frame["panel"].to_numpy(),
        tumor=frame["tumor"].to_numpy(),
        normal=frame["normal"].to_numpy(),
        is_indel=change != 0,
        histograms=sparse_histograms(part),
    )


def sparse_histograms(part: CandidatePart) -> SparseHistograms:
    """Histograms of some candidates."""
    cells = part.cells.rechunk()
    return SparseHistograms(part.borders, cells["cell"].to_numpy().copy(), cells["count"].to_numpy().copy())
