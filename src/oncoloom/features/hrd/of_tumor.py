"""HRD scars of a tumor from its own segments: only where its copies can be trusted over the genome."""

from dataclasses import dataclass

import numpy as np

from oncoloom.config import FeaturesConfig
from oncoloom.features.copy_number.bins import Floats
from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.copy_number.outcome import WholeCopies
from oncoloom.features.copy_number.purity_ploidy import PurityFit
from oncoloom.features.copy_number.states import CopyStates, assign_states
from oncoloom.features.copy_number.verdict import PurityVerdict
from oncoloom.features.hrd.scars import AlleleSegment, HrdScores, count_hrd
from oncoloom.reference_data.contigs import bare_name
from oncoloom.reference_data.cytobands import Chromosome, chromosomes

_MASS = 0.95
_MIN_AUTOSOMES = 0.9  # share of the autosomes, by length, in segments with known minor copies


@dataclass(frozen=True, slots=True)
class TumorHrd:
    """Scars with the range of their sum over the solutions that fit; what is None has its `reason`."""

    scores: HrdScores | None
    lower: int | None
    upper: int | None
    reason: str | None


def scars_of_tumor(
    whole: WholeCopies | None,
    lengths: dict[str, int],
    settings: FeaturesConfig,
    *,
    missing: str | None,
    formalin_fixed: bool,
) -> TumorHrd:
    """Scars of one tumor, or why they are not given.

    Parameters
    ----------
    whole
        Segments with purity and copies; None for `missing`. Imported ones are counted as they are.
    lengths
        Contigs of the reference; they tell the build, and it the centromeres.
    formalin_fixed
        FFPE material needs a higher purity.
    """
    if whole is None:
        return _none(missing or "no copy number")
    layout, verdict = layout_of(lengths), whole.verdict
    reason = None if verdict is None else _why_not(whole, verdict, settings, formalin_fixed=formalin_fixed)
    if reason is None and layout is None:
        reason = "centromeres are known for GRCh37 and GRCh38 only"
    if reason is not None or layout is None or whole.states is None:
        return _none(reason or "the copies of both alleles are not known")
    known = _known_share(whole.levels, whole.states, layout)
    if known < _MIN_AUTOSOMES:
        return _none(
            f"copies of both alleles are known for {100 * known:.0f} % of the autosomes; "
            f"{100 * _MIN_AUTOSOMES:.0f} % are needed"
        )
    scores = _count(whole.levels, whole.states, layout)
    if verdict is None or verdict.fit is None:
        return TumorHrd(scores, None, None, "imported segments are of one solution")
    low, high = _range(whole, verdict.fit, layout)
    return TumorHrd(scores, low, high, None)


def layout_of(lengths: dict[str, int]) -> dict[str, Chromosome] | None:
    """Chromosomes of the build whose lengths the reference has; None for another reference."""
    bare = {bare_name(name): length for name, length in lengths.items()}
    for build in ("GRCh37", "GRCh38"):
        layout = chromosomes(build)
        if all(bare.get(str(n)) == layout[str(n)].length for n in range(1, 23)):
            return layout
    return None


def _none(reason: str) -> TumorHrd:
    return TumorHrd(None, None, None, reason)


def _why_not(
    whole: WholeCopies, verdict: PurityVerdict, settings: FeaturesConfig, *, formalin_fixed: bool
) -> str | None:
    if not verdict.confident or verdict.fit is None:
        return f"purity and ploidy are not certain: {verdict.reason}"
    least = settings.hrd_min_purity_ffpe if formalin_fixed else settings.hrd_min_purity
    if verdict.fit.best.purity < least:
        kind = " of formalin-fixed tissue" if formalin_fixed else ""
        return f"purity {verdict.fit.best.purity:.2f}{kind} is below {least:g}"
    sites = int(whole.levels.n_sites.sum())
    if sites < settings.hrd_min_sites:
        return f"{sites} germline heterozygous sites tell allele copies; {settings.hrd_min_sites} are needed"
    return None


def _known_share(segments: Segments, states: CopyStates, layout: dict[str, Chromosome]) -> float:
    known = segments.autosome & (states.minor >= 0)
    whole = sum(one.length for name, one in layout.items() if name.isdigit())
    return float(segments.length[known].sum() / whole)


def _count(segments: Segments, states: CopyStates, layout: dict[str, Chromosome]) -> HrdScores:
    rows = [
        AlleleSegment(
            bare_name(str(segments.contig[n])),
            int(segments.start[n]),
            int(segments.end[n]),
            int(states.total[n] - states.minor[n]),
            int(states.minor[n]),
        )
        for n in np.flatnonzero(segments.autosome & (states.minor >= 0))
    ]
    return count_hrd(rows, layout)


def _range(whole: WholeCopies, fit: PurityFit, layout: dict[str, Chromosome]) -> tuple[int, int]:
    """95 % range of the sum over the solutions, each weighing as well as it fits."""
    weights = np.exp(-np.array([one.below for one in fit.solutions]))
    sums = []
    for one in fit.solutions:
        states = assign_states(
            whole.levels,
            purity=one.purity,
            ploidy=one.ploidy,
            center=whole.levels.mean_log2(),
            tau=fit.tau,
            weights=fit.state_weights if one is fit.best else None,
            sex=whole.sex,
        )
        sums.append(_count(whole.levels, states, layout).hrd_sum)
    return _weighted_range(np.array(sums, dtype=np.float64), weights / weights.sum())


def _weighted_range(values: Floats, weights: Floats) -> tuple[int, int]:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    tail = (1 - _MASS) / 2
    low = int(np.searchsorted(total, tail, side="right"))
    high = min(int(np.searchsorted(total, 1 - tail, side="left")), len(values) - 1)
    return int(values[order][low]), int(values[order][high])
