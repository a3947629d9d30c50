"""What the models say of a sample, and of its candidates that may be somatic."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.candidate_table import Candidates, CandidateTable, read_candidates
from oncoloom.calling.columns import Rows, blocks, take
from oncoloom.calling.contamination import Estimate
from oncoloom.calling.filters.base import FilterInputs
from oncoloom.calling.filters.registry import apply_filters, mark_bits
from oncoloom.calling.foreign_dna import estimate_foreign_share
from oncoloom.calling.germline_model import HOM, SampleGenotypes
from oncoloom.calling.learned_filter.model import FilterModel
from oncoloom.calling.learned_filter.probability import NONE, SEEN_FROM, ChosenFilter, learned_probability
from oncoloom.calling.listing import can_be_listed
from oncoloom.calling.mixture import SOMATIC
from oncoloom.calling.mixture_fit import best_cut
from oncoloom.calling.options import Mode
from oncoloom.calling.pair_fit import fit_pair
from oncoloom.calling.pon.terms import PanelRates
from oncoloom.calling.purity import PurityEstimate
from oncoloom.calling.sample_fit import FitSettings, JudgedFit, SampleFit, expected_rate
from oncoloom.calling.sample_table import Run, SampleRead, SampleTable
from oncoloom.calling.shard import EvidenceShard
from oncoloom.calling.slippage import Curves
from oncoloom.calling.threads import map_in_threads, run_in_threads
from oncoloom.calling.tumor_only import fit_tumor_only
from oncoloom.kernels.dispatch import Device
from oncoloom.kernels.mixture_core import VETO

# Lowest probability that passes: of the mixture, which is a little too sure, and of a calibrated filter.
LEAST_CUT, LEAST_CALIBRATED_CUT = 0.55, 0.4
MOST_KNOWN = 16_384  # candidates that may be somatic, 1.2 kB each, up to which they are read once
# In germline mode no tumor is called: its rates are not shown, its candidates not listed.
FITS: dict[Mode, Callable[[Candidates, FitSettings], SampleFit]] = {
    "tumor_normal": fit_pair,
    "tumor_only": fit_tumor_only,
    "germline": fit_tumor_only,
}


@dataclass(frozen=True, slots=True)
class CallSet:
    """What the models say of a sample, and of its candidates that may be somatic (n of them).

    Of those only what all of them together decide is kept, so that a genome of which every candidate may be
    somatic, as without a normal, fits into memory; the rest is read again, run by run (`JudgedRun`).

    Attributes
    ----------
    index : (n,) int64
        Of these candidates in `sample`, ascending.
    sample : SampleTable
        All candidates.
    fit : SampleFit
        Scores and posteriors of all candidates.
    genotypes : SampleGenotypes
        Of the normal, at all candidates; what passes as somatic is no germline variant, too.
    probability : (n,) float64
        That it is somatic (real, without a normal): the learned filter's, or the mixture's posterior where
        there is no filter. QUAL and PASS come from it.
    listed : (n,) bool
        Those that somatic.vcf lists.
    marks : (n,) int32
        Filters of each candidate as a somatic call (`filters.registry.mark_bits`); 0: it passes.
    call_filter : str
        Digest of the learned filter, or "none".
    cut : float
        Probability from which on a call passes.
    foreign_share : dict
        role -> Estimate of another person's DNA in the sample.
    other_tumors : (all candidates,) integer or None
        In how many other tumors of the patient each candidate passes.
    curves : Curves
        Slippage of the sample.
    """

    index: NDArray[np.int64]
    sample: SampleTable
    fit: SampleFit
    genotypes: SampleGenotypes
    probability: NDArray[np.float64]
    listed: NDArray[np.bool_]
    marks: NDArray[np.int32]
    call_filter: str
    cut: float
    foreign_share: dict[str, Estimate]
    other_tumors: NDArray[np.integer] | None
    curves: Curves

    @property
    def tumor_in_normal(self) -> Estimate:
        """Tumor cells in the normal."""
        return self.fit.tumor_in_normal

    @property
    def purity(self) -> PurityEstimate:
        """Of a tumor without a normal."""
        return self.fit.purity

    @property
    def passing(self) -> NDArray[np.int64]:
        """Candidates of `sample` that no filter marks, ascending."""
        return self.index[self.marks == 0]

    def rows_in(self, run: Run) -> NDArray[np.int64]:
        """Those of the n candidates that lie in a run."""
        return np.arange(*np.searchsorted(self.index, [run.rows.start, run.rows.stop]))


class JudgedRun(NamedTuple):
    """Candidates of a run that may be somatic: `rows` of the call set's, with all that is known of them."""

    rows: NDArray[np.int64]
    table: CandidateTable
    fit: JudgedFit


def judge_candidates(
    evidence: EvidenceShard,
    read: SampleRead,
    *,
    device: Device = "cpu",
    somatic_rate: float | None = None,
    other_tumors: NDArray[np.integer] | None = None,
    call_filter: ChosenFilter | None = None,
    threads: int = 1,
    folder: Path | None = None,
) -> CallSet:
    """Learn the rates of this sample, and give each candidate posteriors, genotype and FILTER.

    Parameters
    ----------
    read
        Of the same evidence (`sample_table.read_sample`).
    somatic_rate
        Judge by this somatic rate instead of the learned one (`mixture.fit_mixture`).
    other_tumors : (all candidates,) integer
        In how many other tumors of the patient each passes; None: there is no other tumor.
    call_filter
        Gives the final probability; without it the mixture does.
    threads
        How many runs of candidates are worked on at once; does not change the result.
    folder
        Where columns of all candidates go that are too large for the memory.
    """
    mode: Mode = evidence.header.mode
    foreign_share = _foreign_shares(read.table, read.genotypes, mode)
    settings = FitSettings(
        callable_bp=evidence.callable_bp,
        other_tumors=other_tumors,
        has_population="population_af" in evidence.header.resources,
        foreign_share=foreign_share["tumor"].fraction or 0.0,
        device=device,
        panel=None if evidence.header.panel is None else PanelRates.from_header(evidence.header.panel),
        somatic_rate=somatic_rate,
        threads=threads,
        folder=folder,
    )
    fit = FITS[mode](read.table, settings)
    expected = expected_rate(read.table, settings)
    index = _maybe_somatic(fit, expected)
    calls = CallSet(
        index=index,
        sample=read.table,
        fit=fit,
        genotypes=read.genotypes,
        probability=np.zeros(len(index)),
        listed=np.zeros(len(index), bool),
        marks=np.zeros(len(index), np.int32),
        call_filter=NONE if call_filter is None else call_filter.digest,
        cut=0.0,
        foreign_share=foreign_share,
        other_tumors=other_tumors,
        curves=read.curves,
    )
    return _with_filters(calls, expected, call_filter, mode, threads)


def _with_filters(
    calls: CallSet, expected: Rows, call_filter: ChosenFilter | None, mode: Mode, threads: int
) -> CallSet:
    """Final probabilities; then the cut that they set together; then the filters, which need the cut."""
    few = len(calls.index) <= MOST_KNOWN

    def weigh(one: JudgedRun) -> JudgedRun | None:
        _put_probability(calls, one, expected, None if call_filter is None else call_filter.model)
        return one if few else None

    weighed = list(map_in_threads(weigh, judged_runs(calls), threads))
    least = LEAST_CUT if call_filter is None else LEAST_CALIBRATED_CUT
    calls = replace(calls, cut=max(least, best_cut(calls.probability)))
    min_af = float(calls.sample.evidence.header.options["min_af"])

    def mark(one: JudgedRun) -> None:
        inputs = _filter_inputs(one, mode, calls.probability[one.rows], calls.cut, min_af)
        calls.marks[one.rows] = mark_bits(apply_filters(inputs))

    known = [one for one in weighed if one is not None]
    run_in_threads(mark, known if few else judged_runs(calls), threads)
    if mode != "tumor_normal":
        return calls
    # What both samples call somatic is none of the person's alleles: tumor cells in the normal show it.
    return replace(calls, genotypes=calls.genotypes.without(calls.passing))


def judged_runs(calls: CallSet) -> Iterator[JudgedRun]:
    """All candidates that may be somatic, a run at a time."""
    contigs = calls.sample.evidence.candidates.contigs
    for run in calls.sample.runs():
        rows = calls.rows_in(run)
        if rows.size:
            here = calls.index[rows] - run.first
            table = read_candidates(run.part.take(here), contigs, calls.curves)
            yield JudgedRun(rows, table, calls.fit.among(run.rows, here))


def _put_probability(calls: CallSet, one: JudgedRun, expected: Rows, model: FilterModel | None) -> None:
    """Probability of each candidate of a run, and whether it is listed."""
    index = calls.index[one.rows]
    others = None if calls.other_tumors is None else calls.other_tumors[index]
    probability = one.fit.mixture.posterior[:, SOMATIC]
    listed = can_be_listed(one.table, probability, others)
    if model is not None:
        within = slice(int(index[0]), int(index[-1]) + 1)
        rate = expected[within][index - within.start]
        probability = learned_probability(one.table, one.fit, model, rate, listed)
    # a filter knows nothing of other people
    calls.probability[one.rows] = np.minimum(probability, 1.0 - one.fit.foreign)
    calls.listed[one.rows] = listed


def _maybe_somatic(fit: SampleFit, expected: Rows) -> NDArray[np.int64]:
    """Candidates with a somatic posterior of `SEEN_FROM`, and those that something else speaks for."""
    found = [np.zeros(0, np.int64)]
    for rows in blocks(len(expected)):
        chosen = (fit.mixture.posterior[rows][:, SOMATIC] >= SEEN_FROM) | (expected[rows] > 0)
        found.append(np.flatnonzero(chosen) + rows.start)
    return np.concatenate(found)


def _foreign_shares(table: SampleTable, genotypes: SampleGenotypes, mode: Mode) -> dict[str, Estimate]:
    """Another person's DNA in each sample; a tumor alone does not tell: a lost allele leaves traces, too."""
    nobody = Estimate(None, 0)
    if mode == "tumor_only":
        return {"tumor": nobody, "normal": nobody}
    homozygous = np.flatnonzero(table.is_snv & (genotypes.genotype == HOM))
    columns = {"tumor": table.tumor, "normal": table.normal}
    if mode != "tumor_normal":
        del columns["tumor"]
    samples = {role: take(counts, homozygous) for role, counts in columns.items()}
    population_af = take(table.population_af, homozygous)
    partner = {"tumor": "normal", "normal": "tumor"}
    found = {
        role: estimate_foreign_share(counts, samples.get(partner[role]), population_af)
        for role, counts in samples.items()
    }
    return {"tumor": nobody, **found}


def _filter_inputs(
    one: JudgedRun, mode: Mode, probability: NDArray[np.float64], cut: float, min_af: float
) -> FilterInputs:
    table, fit = one.table, one.fit
    return FilterInputs(
        posterior=fit.mixture.posterior,
        foreign=fit.foreign,
        probability=probability,
        veto=fit.scores[:, VETO] if mode == "tumor_normal" else np.full(len(table), -np.inf),
        tumor=table.tumor,
        normal=table.normal,
        panel=table.panel,
        is_indel=table.is_indel,
        contig=table.contig_index,
        pos=table.pos,
        tumor_in_normal=fit.tumor_in_normal.fraction or 0.0,
        cut=cut,
        min_af=min_af,
    )
