"""Training wired together: cohort tables to a calibrated model, its metrics and what the plots need."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from oncoloom import __version__
from oncoloom.config import TrainingConfig
from oncoloom.errors import ConfigError, InputError
from oncoloom.features.schema import FEATURES_VERSION
from oncoloom.logs import step
from oncoloom.response.assemble import Champion, choose_champion, endpoint_model, fit_final
from oncoloom.response.baselines.fitted import Baseline
from oncoloom.response.baselines.survival_forest import forest_out_of_fold
from oncoloom.response.bundle import Bundle, make_bundle
from oncoloom.response.candidates import candidates_for
from oncoloom.response.datamodule import CohortArrays, cohort_digest, to_arrays
from oncoloom.response.declare import Declaration, checked_signs, declare
from oncoloom.response.design import MIN_LEVEL_ROWS
from oncoloom.response.effects.estimating import estimate_effects
from oncoloom.response.ensemble import bootstrap_weights
from oncoloom.response.hardware import Hardware, training_on
from oncoloom.response.leakage import check_columns, is_running_number, say_suspects
from oncoloom.response.model import ResponseModel
from oncoloom.response.nested import NestedResult, run_nested
from oncoloom.response.one_thread import one_thread
from oncoloom.response.reach import fit_reach
from oncoloom.response.shared_patients import Separated, separate
from oncoloom.response.training_metrics import fit_baselines, held_out_metrics, training_metrics
from oncoloom.response.validation.refits import refits
from oncoloom.tables import Tally


@dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """A trained model with everything that is written beside it.

    Attributes
    ----------
    metrics
        Plain values for metrics.json.
    splits
        patient_id, cohort_name, therapy and the outer fold of each repeat.
    bundle, nested
        For plots and the model card.
    baselines
        Every candidate on all training rows, kept beside the model for validations.
    """

    model: ResponseModel
    metrics: dict[str, Any]
    splits: pl.DataFrame
    bundle: Bundle
    nested: NestedResult
    declaration: Declaration
    champion: Champion
    tally: Tally
    baselines: list[Baseline]


def train_model(
    frame: pl.DataFrame, *, endpoint: str, settings: TrainingConfig, seed: int
) -> TrainingOutcome:
    """Train all candidates on the training rows of a cohort table and choose the champion for `endpoint`.

    Rows with split test or external are held out and only judged. The same table (in any order), settings
    and seed give the same model.

    Raises
    ------
    NotAssessableError
        If the outcomes or features cannot carry a model (no events, too few patients, no values).
    ConfigError, InputError
        For undeclared columns, plain unit errors, and hardware that is not here.
    """
    hardware = Hardware(settings.accelerator, settings.precision, settings.devices)
    with one_thread(), training_on(hardware):
        return _train(frame, endpoint=endpoint, settings=settings, seed=seed)


def _train(frame: pl.DataFrame, *, endpoint: str, settings: TrainingConfig, seed: int) -> TrainingOutcome:
    separated = _rows(frame, settings)
    arrays = to_arrays(separated.train)
    declaration = declare(arrays, settings.features, settings.modifiers, settings.adjust_for)
    running = [name for name in declaration.features if is_running_number(arrays, name)]
    suspects = say_suspects(check_columns(arrays, declaration.features), running)
    bundle = make_bundle(
        arrays,
        endpoint,
        declaration.features,
        declaration.modifiers,
        checked_signs(settings.signs, declaration),
    )
    with step("nested cross-validation") as said:
        said["patients"], said["candidates"] = len(arrays), len(candidates_for(bundle))
        nested = run_nested(
            bundle,
            n_folds=settings.outer_folds,
            repeats=settings.repeats,
            seed=seed,
            search=settings.search,
        )
    champion = choose_champion(bundle, nested, search=settings.search, seed=seed)
    with step("final fit") as said:
        said["champion"] = champion.choice.champion
        model = _final_model(bundle, nested, champion, declaration, settings, seed)
    with step("differences between therapies") as said:
        effects = estimate_effects(
            bundle,
            horizons=settings.horizons_days,
            randomized=settings.randomized,
            adjust_for=tuple(name for name in settings.adjust_for if name in declaration.features),
            seed=seed,
        )
        said["comparisons"] = len(effects.comparisons)
        model = replace(model, effects=effects)
    peers = forest_out_of_fold(bundle, nested.folds[0], seed)
    metrics = training_metrics(model, bundle, nested, champion, declaration, separated.tally, peers)
    metrics["comparisons"] = [one.as_dict() for one in effects.comparisons]
    metrics["leakage"] = {
        "suspects": suspects,
        "running_numbers": running,
        "in_common": [asdict(one) for one in separated.found],
    }
    with step("refits for the report"):
        baselines = fit_baselines(bundle, nested, champion, seed)
        metrics["refits"] = refits(bundle, nested, champion, seed)
    metrics["cohorts"] = held_out_metrics(model, baselines, separated.held_out)
    splits = _splits(arrays, nested)
    return TrainingOutcome(
        model, metrics, splits, bundle, nested, declaration, champion, separated.tally, baselines
    )


def _rows(frame: pl.DataFrame, settings: TrainingConfig) -> Separated:
    """Rows to train on and held-out ones, refused where they or the declarations contradict each other."""
    if settings.randomized and settings.adjust_for:
        raise ConfigError(
            "a cohort is randomized or adjusted for, not both",
            record="training.randomized, training.adjust_for",
            remedy="declare one; covariates of a randomized trial train as features anyway",
        )  # fmt: skip
    separated = separate(frame)
    if not separated.train.height:
        raise InputError(
            "no row of the cohort is for training", found=str(separated.tally.as_dict()["filtered"]),
            remedy="rows with split `train` or none are used",
        )  # fmt: skip
    _refuse_doubles(separated.train)
    return separated


def _refuse_doubles(train: pl.DataFrame) -> None:
    doubled = train.group_by("cohort_name", "patient_id", "therapy").len().filter(pl.col("len") > 1)
    if doubled.height:
        raise InputError(
            "patients with the same therapy more than once", found=f"{doubled.height} of them",
            expected="one row per patient and index therapy",
            remedy="the same cohort was perhaps given twice",
        )  # fmt: skip


def _final_model(
    bundle: Bundle,
    nested: NestedResult,
    champion: Champion,
    declaration: Declaration,
    settings: TrainingConfig,
    seed: int,
) -> ResponseModel:
    weights = bootstrap_weights(settings.members, len(bundle.arrays), seed)
    fitted = fit_final(bundle, champion, weights, seed)
    endpoints = {
        name: endpoint_model(bundle, name, served_by, predictor, nested, settings.horizons_days)
        for name, (served_by, predictor) in fitted.items()
    }
    return ResponseModel(
        endpoint=bundle.endpoints[0],
        champion=champion.choice.champion,
        design=bundle.design,
        therapies=bundle.therapies,
        endpoints=endpoints,
        horizons_days=settings.horizons_days,
        essential=declaration.essential,
        reach=fit_reach(bundle.design, bundle.arrays, nested.folds[0]),
        facts={
            "oncoloom_version": __version__,
            "feature_schema_version": FEATURES_VERSION,
            "training_digest": bundle.arrays.digest,
            "training_cohorts": sorted(set(bundle.arrays.cohort_name)),
            "n": len(bundle.arrays),
            "tumor_types": _known_types(bundle.arrays),
            "seed": seed,
            "members": settings.members,
            "randomized": settings.randomized,
            "adjusted_for": list(settings.adjust_for),
            "features_chosen": declaration.how,
            "signs": dict(sorted(settings.signs.items())),
            "search": settings.search,
            "ridge": champion.penalty.ridge,
            "interaction_penalty": round(champion.penalty.interaction, 6),
        },
    )


def _known_types(arrays: CohortArrays) -> list[str]:
    """Tumor types of at least ten training patients."""
    named = [value for value in arrays.categories["tumor_type"] if value is not None]
    return sorted(value for value in set(named) if named.count(value) >= MIN_LEVEL_ROWS)


def _splits(arrays: CohortArrays, nested: NestedResult) -> pl.DataFrame:
    columns: dict[str, Any] = {
        "patient_id": arrays.patient_id,
        "cohort_name": arrays.cohort_name,
        "therapy": arrays.therapy,
    }
    columns |= {f"fold_{r}": nested.folds[r].astype(np.int32) for r in range(len(nested.folds))}
    return pl.DataFrame(columns)


def input_digest(frame: pl.DataFrame) -> str:
    """Content digest of the whole input, held-out rows too."""
    return cohort_digest(frame)
