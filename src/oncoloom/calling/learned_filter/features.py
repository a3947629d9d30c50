"""What the learned filter looks at: figures that mean the same at any place, depth and density.

Positions, depth alone and names of sets are no features: trees would learn the simulated sets by heart.
The somatic rate of the sample is none either: log odds are taken at `REFERENCE_RATE`, and the sample's own
rate comes in afterwards (`learned_filter`), so that a filter taught on dense sets holds at a real tumor's
density.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.errors import InputError
from oncoloom.kernels.arrays import STATISTIC
from oncoloom.kernels.mixture_core import (
    DAMAGE,
    ERROR,
    FRACTION,
    GERMLINE,
    SHARED_NOISE,
    SLIPPAGE,
    SOMATIC,
    STRAND,
    VETO,
)

Column = NDArray[np.float64]
REFERENCE_RATE = 2e-5  # somatic rate per site at which log odds are taken: between dense sets and real tumors
MOST_LOG_ODDS = 15.0


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of the candidates that are looked at, as columns.

    Attributes
    ----------
    scores : (n, N_OUTPUTS) float64
        Log likelihoods of the hypotheses, and the figures beside them.
    rates : (n, 7) float64
        Rate of each hypothesis in the candidate's class, as the sample taught it.
    damage : (n,) int8
        0 made in F1R2 fragments, 1 in F2R1, -1 no damage class.
    tumor, normal : (n, N_STATISTICS) int32
    change : (n,) int64
        Bases that the allele adds; `blocks` : (n,) int64, the shorter of REF and ALT.
    unit : (n,) int32; units, slippage_rate : (n,) float64
    population_af : (n,) float64
        NaN where no resource knows the allele.
    purity : float
        Estimated without a normal (`calling.purity`).
    """

    scores: Column
    rates: Column
    damage: NDArray[np.int8]
    tumor: NDArray[np.int32]
    normal: NDArray[np.int32]
    change: NDArray[np.int64]
    blocks: NDArray[np.int64]
    unit: NDArray[np.int32]
    units: Column
    slippage_rate: Column
    population_af: Column
    purity: float

    def count(self, name: str) -> Column:
        """A statistic of the tumor."""
        return self.tumor[:, STATISTIC[name]].astype(np.float64)

    def normal_count(self, name: str) -> Column:
        """A statistic of the normal."""
        return self.normal[:, STATISTIC[name]].astype(np.float64)

    def log_weight(self, hypothesis: int) -> Column:
        """Log of rate times likelihood; the somatic rate is `REFERENCE_RATE`."""
        rate = REFERENCE_RATE if hypothesis == SOMATIC else self.rates[:, hypothesis]
        return np.asarray(np.log(rate) + self.scores[:, hypothesis])


@dataclass(frozen=True, slots=True)
class Feature:
    """One column: its name, its meaning, and in which direction alone the probability may follow it.

    `monotone`: 1 rises with it, -1 falls, 0 free. `kinds`: "snv", "indel" or "both".
    `with_normal`: needs a normal; `alone`: means something without a normal only.
    """

    name: str
    description: str
    monotone: int
    of: Callable[[Sight], Column]
    kinds: str = "both"
    with_normal: bool = False
    alone: bool = False


def somatic_log_odds(sight: Sight) -> Column:
    """Log odds of "somatic" against all other hypotheses together, at `REFERENCE_RATE`."""
    others = [sight.log_weight(k) for k in range(sight.rates.shape[1]) if k != SOMATIC]
    odds = sight.log_weight(SOMATIC) - np.logaddexp.reduce(others, axis=0)
    return np.asarray(np.clip(odds, -MOST_LOG_ODDS, MOST_LOG_ODDS))


def _against(hypothesis: int) -> Callable[[Sight], Column]:
    def ratio(sight: Sight) -> Column:
        difference = sight.log_weight(hypothesis) - sight.log_weight(SOMATIC)
        return np.asarray(np.clip(difference, -MOST_LOG_ODDS, MOST_LOG_ODDS))

    return ratio


def _share(part: Column, whole: Column, empty: float = 0.0) -> Column:
    return np.where(whole > 0, part / np.maximum(whole, 1.0), empty)


def _depth(sight: Sight) -> Column:
    return sight.count("ref") + sight.count("alt") + sight.count("other")


def _normal_depth(sight: Sight) -> Column:
    return sight.normal_count("ref") + sight.normal_count("alt") + sight.normal_count("other")


def _rarer(first: str, second: str) -> Callable[[Sight], Column]:
    """Share of the rarer of two counts, each with half a count more: 2 of 2 on one strand is no bias yet."""

    def share(sight: Sight) -> Column:
        a, b = sight.count(first) + 0.5, sight.count(second) + 0.5
        return np.minimum(a, b) / (a + b)

    return share


def _strand_contrast(sight: Sight) -> Column:
    alt = (sight.count("alt_forward") + 0.5) / (sight.count("alt_forward") + sight.count("alt_reverse") + 1)
    ref = (sight.count("ref_forward") + 0.5) / (sight.count("ref_forward") + sight.count("ref_reverse") + 1)
    return np.abs(alt - ref)


def _damage_orientation(sight: Sight) -> Column:
    f1r2, f2r1 = sight.count("alt_f1r2") + 0.5, sight.count("alt_f2r1") + 0.5
    made = np.where(sight.damage == 1, f2r1, f1r2)
    return np.where(sight.damage < 0, 0.5, made / (f1r2 + f2r1))


def _of_alt(name: str) -> Callable[[Sight], Column]:
    return lambda sight: _share(sight.count(name), sight.count("alt"))


def _mean(allele: str, name: str, per: str = "reads", empty: float = 0.0) -> Callable[[Sight], Column]:
    return lambda sight: _share(sight.count(f"{allele}_{name}"), sight.count(f"{allele}_{per}"), empty)


def _contrast(name: str, per: str = "reads") -> Callable[[Sight], Column]:
    """Mean over the supporting reads minus mean over those of the reference; 0 where one has none."""

    def difference(sight: Sight) -> Column:
        both = (sight.count(f"alt_{per}") > 0) & (sight.count(f"ref_{per}") > 0)
        return np.where(both, _mean("alt", name, per)(sight) - _mean("ref", name, per)(sight), 0.0)

    return difference


def _log_population(sight: Sight) -> Column:
    return np.log10(np.maximum(np.nan_to_num(sight.population_af), 1e-6))


FEATURES: tuple[Feature, ...] = (
    Feature("log_odds", "log odds of somatic at the reference rate", 1, somatic_log_odds),
    Feature("error_ratio", "log of error over somatic", 0, _against(ERROR)),
    Feature("germline_ratio", "log of germline over somatic", -1, _against(GERMLINE)),
    Feature("shared_ratio", "log of shared noise over somatic", -1, _against(SHARED_NOISE)),
    Feature("strand_ratio", "log of strand error over somatic", -1, _against(STRAND)),
    Feature("damage_ratio", "log of damage over somatic", -1, _against(DAMAGE), "snv"),
    Feature("slippage_ratio", "log of slippage over somatic", -1, _against(SLIPPAGE), "indel"),
    Feature(
        "carrier",
        "log ratio of the normal: carrier against leak",
        0,
        lambda s: np.clip(s.scores[:, VETO], -MOST_LOG_ODDS, MOST_LOG_ODDS),
        with_normal=True,
    ),
    Feature("best_fraction", "most likely allele fraction", 0, lambda s: s.scores[:, FRACTION]),
    Feature("alt", "supporting fragments", 0, lambda s: s.count("alt")),
    Feature("fraction", "share of fragments that support it", 0, lambda s: _share(s.count("alt"), _depth(s))),
    Feature("other", "share of other alleles", 0, lambda s: _share(s.count("other"), _depth(s))),
    Feature(
        "ambiguous",
        "share of fragments that do not tell",
        0,
        lambda s: _share(s.count("ambiguous"), s.count("ambiguous") + _depth(s)),
    ),
    Feature("weak_alt", "weakly supporting fragments", 0, _of_alt("weak_alt")),
    Feature("strand_balance", "share of the rarer strand", 0, _rarer("alt_forward", "alt_reverse")),
    Feature("strand_contrast", "strand share of ALT against REF", 0, _strand_contrast),
    Feature("orientation_balance", "share of the rarer orientation", 0, _rarer("alt_f1r2", "alt_f2r1")),
    Feature("damage_orientation", "share of the damage's orientation", 0, _damage_orientation, "snv"),
    Feature("discordant", "mates that disagree, per supporting fragment", -1, _of_alt("discordant")),
    Feature("concordant", "mates that agree, per supporting fragment", 0, _of_alt("concordant")),
    Feature(
        "starts",
        "distinct 5' ends, per supporting fragment",
        0,
        lambda s: _share(s.count("alt_starts"), np.minimum(s.count("alt"), 8.0)),
    ),
    Feature("end_distance", "median distance to the ends", 0, lambda s: s.count("alt_end_distance")),
    Feature("end_distance_max", "largest distance to the ends", 0, lambda s: s.count("alt_end_distance_max")),
    Feature("end_distance_sd", "spread of the distances", 0, lambda s: s.count("alt_end_distance_sd")),
    Feature("base_quality", "mean base quality", 0, _mean("alt", "quality_sum"), "snv"),
    Feature("mapq", "mean mapping quality", 1, _mean("alt", "mapq_sum")),
    Feature("mapq_contrast", "mean mapping quality, ALT minus REF", 1, _contrast("mapq_sum")),
    Feature("low_mapq", "share of mapping quality below 30", -1, _mean("alt", "low_mapq_reads")),
    Feature("clipped", "share of clipped reads", 0, _mean("alt", "clipped_reads")),
    Feature("clipped_contrast", "clipped share, ALT minus REF", 0, _contrast("clipped_reads")),
    Feature("mismatches", "further mismatches a read", -1, _mean("alt", "mismatch_sum")),
    Feature("mismatch_contrast", "mismatches, ALT minus REF", -1, _contrast("mismatch_sum")),
    Feature("indels", "further indels a read", -1, _mean("alt", "indel_sum")),
    Feature("indel_contrast", "further indels, ALT minus REF", -1, _contrast("indel_sum")),
    Feature("cycle_contrast", "bases from the 5' end, ALT minus REF", 0, _contrast("cycle_sum")),
    Feature("insert_contrast", "template length, ALT minus REF", 0, _contrast("insert_sum", "insert_reads")),
    Feature("neighbors", "other candidates near", 0, lambda s: s.count("neighbors")),
    Feature(
        "normal_alt",
        "fragments of the normal that support it",
        -1,
        lambda s: s.normal_count("alt"),
        with_normal=True,
    ),
    Feature(
        "normal_weak",
        "fragments of the normal that support it weakly",
        -1,
        lambda s: s.normal_count("weak_alt"),
        with_normal=True,
    ),
    Feature(
        "normal_fraction",
        "share of the normal's fragments",
        -1,
        lambda s: _share(s.normal_count("alt"), _normal_depth(s)),
        with_normal=True,
    ),
    Feature(
        "normal_other",
        "share of other alleles in the normal",
        0,
        lambda s: _share(s.normal_count("other"), _normal_depth(s)),
        with_normal=True,
    ),
    Feature("listed", "log10 of the population frequency", 0, _log_population, alone=True),
    Feature(
        "fraction_of_clonal",
        "allele fraction against half of the purity",
        0,
        lambda s: _share(s.count("alt"), _depth(s)) / (s.purity / 2),
        alone=True,
    ),
    Feature("bases", "bases replaced", 0, lambda s: s.blocks.astype(np.float64)),
    Feature("change", "bases added", 0, lambda s: s.change.astype(np.float64), "indel"),
    Feature("unit", "bases of the repeat unit", 0, lambda s: s.unit.astype(np.float64), "indel"),
    Feature("units", "units in the reference", 0, lambda s: s.units, "indel"),
    Feature(
        "slippage_rate",
        "log of the expected slippage",
        0,
        lambda s: np.log(np.maximum(s.slippage_rate, 1e-7)),
        "indel",
    ),
)


def features_of(kind: str, *, has_normal: bool) -> tuple[Feature, ...]:
    """Features of "snv" (substitutions of any length) or "indel", in their order."""
    return tuple(
        one
        for one in FEATURES
        if one.kinds in ("both", kind) and not (one.alone if has_normal else one.with_normal)
    )


def features_named(names: tuple[str, ...]) -> tuple[Feature, ...]:
    """Features by name, as a model lists them.

    Raises
    ------
    InputError
        If the model knows a feature that is none of ours.
    """
    known = {one.name: one for one in FEATURES}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError("a call filter with unknown features", found=", ".join(unknown))
    return tuple(known[name] for name in names)


def feature_matrix(features: tuple[Feature, ...], sight: Sight) -> NDArray[np.float64]:
    """(n, len(features)) float64, no missing values."""
    return np.stack([one.of(sight) for one in features], axis=1)
