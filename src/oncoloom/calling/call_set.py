"""What the models say of a sample, and of its candidates that may be somatic."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.candidate_table import Candidates, CandidateTable, read_candidates, table_columns
from oncoloom.calling.columns import Rows, blocks, take
from oncoloom.calling.contamination import Estimate
from oncoloom.calling.filters.base import FilterInputs
from oncoloom.calling.filters.registry import apply_filters, filter_texts
from oncoloom.calling.foreign_dna import estimate_foreign_share
from oncoloom.calling.germline_model import HOM, SampleGenotypes
from oncoloom.calling.learned_filter.probability import NONE, SEEN_FROM, ChosenFilter, learned_probability
from oncoloom.calling.listing import can_be_listed
from oncoloom.calling.mixture import SOMATIC
from oncoloom.calling.mixture_fit import Mixture, best_cut
from oncoloom.calling.options import Mode
from oncoloom.calling.pair_fit import fit_pair
from oncoloom.calling.pon.terms import PanelRates
from oncoloom.calling.purity import PurityEstimate
from oncoloom.calling.sample_fit import FitSettings, JudgedFit, SampleFit, expected_rate
from oncoloom.calling.sample_table import SampleRead, SampleTable
from oncoloom.calling.shard import EvidenceShard
from oncoloom.calling.slippage import Curves
from oncoloom.calling.tumor_only import fit_tumor_only
from oncoloom.kernels.dispatch import Device
from oncoloom.kernels.mixture_core import VETO

# Lowest probability that passes: of the mixture, which is a little too sure, and of a calibrated filter.
LEAST_CUT, LEAST_CALIBRATED_CUT = 0.55, 0.4
# In germline mode no tumor is called: its rates are not shown, its candidates not listed.
FITS: dict[Mode, Callable[[Candidates, FitSettings], SampleFit]] = {
    "tumor_normal": fit_pair,
    "tumor_only": fit_tumor_only,
    "germline": fit_tumor_only,
}


@dataclass(frozen=True, slots=True)
class CallSet(CandidateTable):
    """What the models say of a sample; the columns are those of the candidates that may be somatic.

    Of the others the sample's own columns are all that is kept (`sample`, `fit`, `genotypes`).

    Attributes
    ----------
    index : (n,) int64
        Of these candidates in `sample`, ascending.
    sample : SampleTable
        All candidates.
    fit : SampleFit
        Scores and posteriors of all candidates.
    genotypes : SampleGenotypes
        Of the normal, at all candidates.
    scores : (n, N_OUTPUTS); mixture : Mixture; foreign : (n,) float64
        As in `fit`, of these candidates.
    probability : (n,) float64
        That it is somatic (real, without a normal): the learned filter's, or the mixture's posterior where
        there is no filter. QUAL and PASS come from it.
    listed : (n,) bool
        Those that somatic.vcf lists.
    call_filter : str
        Digest of the learned filter, or "none".
    cut : float
        Probability from which on a call passes.
    filters : list of str
        FILTER of each candidate as a somatic call.
    foreign_share : dict
        role -> Estimate of another person's DNA in the sample.
    other_tumors : (n,) integer or None
        In how many other tumors of the patient the candidate passes.
    curves : Curves
        Slippage of the sample.
    """

    index: NDArray[np.int64]
    sample: SampleTable
    fit: SampleFit
    genotypes: SampleGenotypes
    scores: NDArray[np.float64]
    mixture: Mixture
    foreign: NDArray[np.float64]
    probability: NDArray[np.float64]
    listed: NDArray[np.bool_]
    call_filter: str
    cut: float
    filters: list[str]
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
    def passes(self) -> NDArray[np.bool_]:
        """(n,) bool: those that no filter marks."""
        return np.array([one == "PASS" for one in self.filters], bool)


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
    sample, genotypes, curves = read.table, read.genotypes, read.curves
    foreign_share = _foreign_shares(sample, genotypes, mode)
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
    fit = FITS[mode](sample, settings)
    expected = expected_rate(sample, settings)
    index = _maybe_somatic(fit, expected)
    table, mine = read_candidates(sample.read(index), evidence.candidates.contigs, curves), fit.among(index)
    others = None if other_tumors is None else other_tumors[index]
    probability = mine.mixture.posterior[:, SOMATIC]
    listed = can_be_listed(table, probability, others)
    if call_filter is not None:
        probability = learned_probability(table, mine, call_filter.model, take(expected, index), listed)
    probability = np.minimum(probability, 1.0 - mine.foreign)  # a filter knows nothing of other people
    cut = max(LEAST_CUT if call_filter is None else LEAST_CALIBRATED_CUT, best_cut(probability))
    min_af = float(evidence.header.options["min_af"])
    return CallSet(
        **table_columns(table),
        index=index,
        sample=sample,
        fit=fit,
        genotypes=genotypes,
        scores=mine.scores,
        mixture=mine.mixture,
        foreign=mine.foreign,
        probability=probability,
        listed=listed,
        call_filter=NONE if call_filter is None else call_filter.digest,
        cut=cut,
        filters=filter_texts(apply_filters(_filter_inputs(table, mine, mode, probability, cut, min_af))),
        foreign_share=foreign_share,
        other_tumors=others,
        curves=curves,
    )


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
    table: CandidateTable,
    fit: JudgedFit,
    mode: Mode,
    probability: NDArray[np.float64],
    cut: float,
    min_af: float,
) -> FilterInputs:
    no_veto = np.full(len(table), -np.inf)
    return FilterInputs(
        posterior=fit.mixture.posterior,
        foreign=fit.foreign,
        probability=probability,
        veto=fit.scores[:, VETO] if mode == "tumor_normal" else no_veto,
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
