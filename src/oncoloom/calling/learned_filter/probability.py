"""The trained filter on a sample's candidates: one calibrated probability from mixture and evidence."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncoloom.bundled import bundled_path
from oncoloom.calling.candidate_table import CandidateTable
from oncoloom.calling.learned_filter.features import Sight, feature_matrix, features_named
from oncoloom.calling.learned_filter.model import FilterModel, read_filter_model
from oncoloom.calling.mixture import SOMATIC, classify_sites
from oncoloom.calling.options import BUNDLED, Mode
from oncoloom.calling.purity import UNKNOWN_PURITY
from oncoloom.calling.sample_fit import JudgedFit
from oncoloom.files import file_digest

LEAST_POSTERIOR = 0.05  # what the mixture gives less, the trees cannot lift
SEEN_FROM = 1e-4  # the trees are taught on candidates with at least this posterior


NONE = "none"
BUNDLED_FILTERS: dict[Mode, str] = {"tumor_normal": "tumor_normal.npz", "tumor_only": "tumor_only.npz"}


@dataclass(frozen=True, slots=True)
class ChosenFilter:
    """A filter and the digest of its file."""

    model: FilterModel
    digest: str


def choose_filter(wanted: str | Path, mode: Mode, *, has_population: bool = True) -> ChosenFilter | None:
    """The filter that `wanted` names: a file, "bundled" (what travels with oncoloom for the mode), or "none".

    Without a normal and a population resource nothing tells somatic from germline: none is bundled for that.

    Raises
    ------
    InputError
        If the file is no filter for this mode.
    """
    untold = mode == "tumor_only" and not has_population
    if str(wanted) == NONE or (str(wanted) == BUNDLED and (untold or mode not in BUNDLED_FILTERS)):
        return None
    if str(wanted) == BUNDLED:
        return _bundled_filter(mode)
    return _read_filter(Path(wanted), mode)


@cache
def _bundled_filter(mode: Mode) -> ChosenFilter:
    return _read_filter(bundled_path("resources", "calling", BUNDLED_FILTERS[mode]), mode)


def _read_filter(path: Path, mode: Mode) -> ChosenFilter:
    model = read_filter_model(path, mode=mode)
    features_named(tuple(name for one in model.kinds.values() for name in one.features))
    return ChosenFilter(model, file_digest(path))


def candidate_sight(table: CandidateTable, fit: JudgedFit, rows: NDArray[np.int64]) -> Sight:
    """What the features need of some candidates; `fit` holds scores and rates."""
    ref, alt = [table.ref[c] for c in rows.tolist()], [table.alt[c] for c in rows.tolist()]
    classes = classify_sites(ref, alt, table.slippage_rate[rows], table.in_repeat[rows])
    lengths = np.array([(len(r), len(a)) for r, a in zip(ref, alt, strict=True)], np.int64).reshape(-1, 2)
    return Sight(
        scores=fit.scores[rows],
        rates=fit.mixture.rates[classes.index],
        damage=classes.damage,
        tumor=table.tumor[rows],
        normal=table.normal[rows],
        change=lengths[:, 1] - lengths[:, 0],
        blocks=lengths.min(axis=1),
        unit=table.unit[rows],
        units=table.units[rows],
        slippage_rate=table.slippage_rate[rows],
        population_af=table.population_af[rows],
        purity=fit.purity.purity or UNKNOWN_PURITY,
    )


def learned_probability(
    table: CandidateTable,
    fit: JudgedFit,
    model: FilterModel,
    expected: NDArray[np.float64],
    listed: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """(n,) probability that each candidate is somatic.

    The trees' odds hold at the model's reference rate; times ``sample's rate / reference rate`` they hold in
    this sample. Where the mixture's posterior is at most `LEAST_POSTERIOR` the lower of the two counts.

    Parameters
    ----------
    expected : (n,)
        Somatic rate of single candidates (`sample_fit.expected_rate`), where it is above their class's.
    listed : (n,) bool
        Those that the trees look at: what no file lists keeps the mixture's posterior.
    """
    posterior = fit.mixture.posterior[:, SOMATIC]
    probability = posterior.copy()
    for kind, one in model.kinds.items():
        rows = np.flatnonzero((table.is_indel == (kind == "indel")) & listed)
        if rows.size:
            sight = candidate_sight(table, fit, rows)
            odds = one.log_odds(feature_matrix(features_named(one.features), sight))
            rate = np.maximum(sight.rates[:, SOMATIC], expected[rows])
            probability[rows] = 1.0 / (1.0 + np.exp(-odds - np.log(rate / model.reference_rate)))
    # Another person's variant is a rival that the trees know nothing of: as in the mixture, against somatic.
    probability = probability / (1.0 + probability * fit.foreign / np.maximum(posterior, 1e-300))
    return np.where(posterior > LEAST_POSTERIOR, probability, np.minimum(probability, posterior))
