"""All candidates of a sample as a few numbers each; the rest is read again, run by run, where it is needed.

A run ends where no candidate reaches over: none of the next one lies within what neighbors are asked for
(phase, shared bases). So what is done run by run does not depend on where the runs end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.calling.candidate_store import CandidatePart, join_parts, places
from oncoloom.calling.candidate_table import HistogramRuns, read_candidates, sparse_histograms
from oncoloom.calling.columns import Rows, new_rows
from oncoloom.calling.features_raw import HETS, het_counts
from oncoloom.calling.germline_model import SampleGenotypes, call_genotypes
from oncoloom.calling.mixture import SiteClasses
from oncoloom.calling.phase_pairs import PHASE_BP
from oncoloom.calling.pon.file import N_COUNTS
from oncoloom.calling.shard import EvidenceShard
from oncoloom.calling.shared_sites import resolve_shared_sites
from oncoloom.calling.slippage import Curves, fit_curves
from oncoloom.calling.table_store import TableStore
from oncoloom.calling.threads import map_in_threads
from oncoloom.kernels.arrays import STATISTIC

RUN_CANDIDATES = 8_192  # a run has at least so many, but for the last one
MOST_KEPT = 65_536  # candidates of a sample whose runs stay in memory, some 30 MB: a panel, an exome
N_FIRST = 3  # counts of each sample that are kept: ref, alt, other
_ORIENTED = [STATISTIC["alt_f1r2"], STATISTIC["alt_f2r1"]]


class Run(NamedTuple):
    """Candidates [first, first + len(part)) of a sample."""

    first: int
    part: CandidatePart

    @property
    def rows(self) -> slice:
        """Their rows in the sample's columns."""
        return slice(self.first, self.first + len(self.part))


def candidate_runs(evidence: EvidenceShard, least: int = RUN_CANDIDATES) -> Iterator[Run]:
    """All candidates in genome order, in runs of at least `least` (the last one: fewer)."""
    contigs = evidence.candidates.contigs
    first, waiting = 0, None
    for part in evidence.candidates.parts():
        waiting = part if waiting is None else join_parts([waiting, part])
        start, borders = 0, _free_borders(waiting, contigs)
        while (at := int(np.searchsorted(borders, start + least))) < len(borders):
            stop = int(borders[at])
            yield Run(first, waiting.between(start, stop))
            first += stop - start
            start = stop
        waiting = waiting.between(start, len(waiting))
    if waiting is not None and len(waiting):
        yield Run(first, waiting)


def _free_borders(part: CandidatePart, contigs: tuple[str, ...]) -> NDArray[np.int64]:
    """Where candidates may be parted: nothing before has to do with anything behind."""
    place = places(part.candidates, contigs)
    end = np.maximum.accumulate(place + part.candidates["ref"].str.len_bytes().to_numpy())
    return np.flatnonzero((np.diff(place) > PHASE_BP) & (place[1:] >= end[:-1])) + 1


@dataclass(frozen=True, slots=True)
class SampleTable:
    """Candidates in genome order, as the columns that fits over the whole sample need.

    Attributes
    ----------
    evidence : EvidenceShard
        Where all else of the candidates is.
    forced, is_indel, is_snv, contig_index, class_index, damage : (n,)
        See `candidate_table.CandidateTable` and `mixture.SiteClasses`.
    pos, population_af, slippage_rate : (n,)
    panel : (n, N_COUNTS) int32
    tumor, normal : (n, 3) int32
        Fragments that show the reference, the allele, something else.
    oriented : (n, 2) int32
        The tumor's supporting fragments in F1R2 and in F2R1 orientation.
    kept : tuple of Run
        The candidates themselves, where they are few; else they are read each time.
    """

    evidence: EvidenceShard
    forced: NDArray[np.bool_]
    is_indel: NDArray[np.bool_]
    is_snv: NDArray[np.bool_]
    contig_index: NDArray[np.int32]
    class_index: NDArray[np.int8]
    damage: NDArray[np.int8]
    pos: Rows
    population_af: Rows
    slippage_rate: Rows
    panel: Rows
    tumor: Rows
    normal: Rows
    oriented: Rows
    run_candidates: int = RUN_CANDIDATES
    kept: tuple[Run, ...] = ()

    def __len__(self) -> int:
        return len(self.forced)

    def classes_among(self, rows: slice) -> SiteClasses:
        """What decides the priors of some candidates."""
        return SiteClasses(self.class_index[rows], self.damage[rows], self.slippage_rate[rows])

    def runs(self) -> Iterator[Run]:
        """The candidates themselves."""
        return iter(self.kept) if self.kept else candidate_runs(self.evidence, self.run_candidates)

    def histogram_runs(self) -> HistogramRuns:
        """Histograms of all candidates, a run at a time."""
        for run in self.runs():
            yield run.rows, sparse_histograms(run.part)


@dataclass(frozen=True, slots=True)
class SampleRead:
    """What is known of a sample before anything is learned from all candidates together.

    Attributes
    ----------
    curves : Curves
        Slippage of the sample.
    table : SampleTable
        All candidates.
    genotypes : SampleGenotypes
        Of the normal, at all candidates.
    hets : TableStore
        Counts at heterozygous sites (`features_raw.HETS`).
    """

    curves: Curves
    table: SampleTable
    genotypes: SampleGenotypes
    hets: TableStore


def learned_curves(evidence: EvidenceShard) -> Curves:
    """Slippage of the normal, which somatic indels do not disturb; of the tumor where there is no normal."""
    role = "normal" if "normal" in evidence.sums else "tumor"
    return fit_curves(evidence.sums[role].slips)


def read_sample(
    evidence: EvidenceShard,
    *,
    run_candidates: int = RUN_CANDIDATES,
    folder: Path | None = None,
    threads: int = 1,
) -> SampleRead:
    """Columns of all candidates, and the normal's genotype at each; `folder`: where large columns lie."""
    n, curves = len(evidence.candidates), learned_curves(evidence)
    has_panel = "panel_of_normals" in evidence.header.resources
    table = SampleTable(
        evidence=evidence,
        forced=np.zeros(n, bool),
        is_indel=np.zeros(n, bool),
        is_snv=np.zeros(n, bool),
        contig_index=np.zeros(n, np.int32),
        class_index=np.zeros(n, np.int8),
        damage=np.zeros(n, np.int8),
        pos=new_rows(n, np.int64, folder=folder),
        population_af=new_rows(n, folder=folder),
        slippage_rate=new_rows(n, folder=folder),
        panel=new_rows(n, np.int32, N_COUNTS, folder)
        if has_panel
        else np.broadcast_to(np.zeros((), np.int32), (n, N_COUNTS)),
        tumor=new_rows(n, np.int32, N_FIRST, folder),
        normal=new_rows(n, np.int32, N_FIRST, folder),
        oriented=new_rows(n, np.int32, len(_ORIENTED), folder),
        run_candidates=run_candidates,
        kept=tuple(candidate_runs(evidence, run_candidates)) if n <= MOST_KEPT else (),
    )
    genotypes = SampleGenotypes.empty(n, folder)
    hets = TableStore.empty(HETS, evidence.candidates.contigs, folder)

    def read(run: Run) -> pl.DataFrame:
        _fill(table, genotypes, run, curves, has_panel=has_panel)
        return het_counts(run.part.candidates, genotypes.between(run.rows), evidence.header)

    for frame in map_in_threads(read, table.runs(), threads):
        hets.add(frame)
    return SampleRead(curves, table, genotypes, hets)


def _fill(
    table: SampleTable, genotypes: SampleGenotypes, run: Run, curves: Curves, *, has_panel: bool
) -> None:
    """Columns and genotypes of one run."""
    rows, some = run.rows, read_candidates(run.part, table.evidence.candidates.contigs, curves)
    for name in ("pos", "contig_index", "forced", "population_af", "is_indel", "is_snv"):
        getattr(table, name)[rows] = getattr(some, name)
    if has_panel:
        table.panel[rows] = some.panel
    table.tumor[rows], table.normal[rows] = some.tumor[:, :N_FIRST], some.normal[:, :N_FIRST]
    table.oriented[rows] = some.tumor[:, _ORIENTED]
    classes = some.classes
    table.class_index[rows], table.damage[rows] = classes.index, classes.damage
    table.slippage_rate[rows] = classes.slippage_rate
    called = call_genotypes(
        some.histograms, some.normal, some.carrier_rates, some.slippage_rate, some.in_repeat
    )
    genotypes.put(
        rows, resolve_shared_sites(called, some.contig_index, some.pos, some.ref, some.alt, some.normal)
    )
