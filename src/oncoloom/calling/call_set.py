"""All candidates of a call with what the models say of them, as columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.contamination import Estimate, estimate_tumor_in_normal
from oncoloom.calling.filters.base import FilterInputs
from oncoloom.calling.filters.registry import apply_filters, filter_texts
from oncoloom.calling.germline_model import Genotypes, call_genotypes
from oncoloom.calling.mixture import (
    GERMLINE,
    SOMATIC,
    Mixture,
    SiteClasses,
    SparseHistograms,
    best_cut,
    classify_sites,
    fit_mixture,
    score_candidates,
)
from oncoloom.calling.shard import EvidenceShard
from oncoloom.calling.tumor_only import germline_log_likelihood
from oncoloom.kernels.arrays import STATISTIC
from oncoloom.kernels.dispatch import Device

LEAST_CUT = 0.55
FORCED_SOMATIC_RATE = 1e-3


@dataclass(frozen=True, slots=True)
class CallSet:
    """Candidates in genome order, as columns.

    Attributes
    ----------
    contig, ref, alt : list of str; pos : (n,) int64
        0-based position.
    tumor, normal : (n, N_STATISTICS) int32
    scores : (n, N_OUTPUTS); mixture : Mixture
    genotypes : Genotypes
        Of the normal.
    filters : list of str
        FILTER of each candidate as a somatic call.
    """

    contig: list[str]
    pos: NDArray[np.int64]
    ref: list[str]
    alt: list[str]
    forced: NDArray[np.bool_]
    unit: NDArray[np.int32]
    units: NDArray[np.float64]
    population_af: NDArray[np.float64]
    tumor: NDArray[np.int32]
    normal: NDArray[np.int32]
    is_indel: NDArray[np.bool_]
    scores: NDArray[np.float64]
    mixture: Mixture
    cut: float
    genotypes: Genotypes
    filters: list[str]
    tumor_in_normal: Estimate

    @property
    def is_snv(self) -> NDArray[np.bool_]:
        """Single-base substitutions."""
        return np.array([len(r) == 1 and len(a) == 1 for r, a in zip(self.ref, self.alt, strict=True)], bool)


def judge_candidates(evidence: EvidenceShard, *, callable_bp: int, device: Device) -> CallSet:
    """Learn the rates of this sample, and give each candidate posteriors, genotype and FILTER."""
    frame = evidence.candidates
    ref, alt = frame["ref"].to_list(), frame["alt"].to_list()
    tumor, normal = (frame[role].to_numpy().astype(np.int32) for role in ("tumor", "normal"))
    is_indel = np.array([len(r) != len(a) for r, a in zip(ref, alt, strict=True)], bool)
    rate = frame["slippage_rate"].to_numpy()
    population_af = frame["population_af"].fill_null(np.nan).to_numpy()
    forced = frame["forced"].to_numpy()
    histograms = _sparse(evidence)
    classes = classify_sites(ref, alt, rate)
    mode = evidence.header.mode
    scores, mixture, leak = _fit(
        mode,
        histograms,
        classes,
        tumor,
        normal,
        callable_bp,
        forced,
        device,
        population_af if "population_af" in evidence.header.resources else None,
    )
    order = {name: index for index, (name, _) in enumerate(evidence.header.contigs)}
    contig = frame["contig"].to_list()
    cut = max(LEAST_CUT, best_cut(mixture.posterior[:, SOMATIC]))
    marks = apply_filters(
        FilterInputs(
            posterior=mixture.posterior,
            veto=scores[:, 7] if mode == "tumor_normal" else np.full(len(ref), -np.inf),
            tumor=tumor,
            normal=normal,
            is_indel=is_indel,
            contig=np.array([order[name] for name in contig], np.int64),
            pos=frame["pos"].to_numpy(),
            cut=cut,
            min_af=float(evidence.header.options["min_af"]),
        )
    )
    return CallSet(
        contig=contig,
        pos=frame["pos"].to_numpy(),
        ref=ref,
        alt=alt,
        forced=forced,
        unit=frame["unit"].to_numpy(),
        units=frame["units"].to_numpy(),
        population_af=population_af,
        tumor=tumor,
        normal=normal,
        is_indel=is_indel,
        scores=scores,
        mixture=mixture,
        cut=cut,
        genotypes=call_genotypes(histograms, normal, is_indel, rate),
        filters=filter_texts(marks),
        tumor_in_normal=leak,
    )


def _sparse(evidence: EvidenceShard) -> SparseHistograms:
    cells = evidence.histograms
    row = cells["candidate"].to_numpy()
    borders = np.searchsorted(row, np.arange(len(evidence.candidates) + 1)).astype(np.int64)
    return SparseHistograms(borders, cells["cell"].to_numpy().copy(), cells["count"].to_numpy().copy())


def _fit(
    mode: str,
    histograms: SparseHistograms,
    classes: SiteClasses,
    tumor: NDArray[np.int32],
    normal: NDArray[np.int32],
    callable_bp: int,
    forced: NDArray[np.bool_],
    device: Device,
    population_af: NDArray[np.float64] | None,
) -> tuple[NDArray[np.float64], Mixture, Estimate]:
    """Two passes: the second knows how much tumor the normal holds, where that can be told."""
    bonus = np.where(forced, FORCED_SOMATIC_RATE, 0.0)
    teach = tumor[:, STATISTIC["alt"]] + normal[:, STATISTIC["alt"]] >= 2
    nobody = Estimate(None, 0)
    if mode != "tumor_normal":
        scores = score_candidates(histograms, classes, has_normal=False, device=device)
        if population_af is not None:
            scores[:, GERMLINE] = germline_log_likelihood(scores, tumor, population_af)
        mixture = fit_mixture(scores, classes.index, callable_bp, prior_bonus=bonus, used=teach)
        return scores, mixture, nobody
    scores = score_candidates(histograms, classes, device=device)
    mixture = fit_mixture(scores, classes.index, callable_bp, prior_bonus=bonus, used=teach)
    snv = classes.index < 3
    leak = estimate_tumor_in_normal(tumor, normal, snv & _clear_of_artifacts(mixture))
    if leak.fraction is not None and leak.fraction > 0.03:
        scores = score_candidates(histograms, classes, tumor_in_normal=leak.fraction, device=device)
        mixture = fit_mixture(scores, classes.index, callable_bp, prior_bonus=bonus, used=teach)
    return scores, mixture, leak


def _clear_of_artifacts(mixture: Mixture) -> NDArray[np.bool_]:
    """No strand, damage, slippage or plain error: somatic, or only the normal's reads speak against it."""
    return mixture.posterior[:, [1, 4, 5, 6]].sum(axis=1) < 0.1
