"""Training wired together: cohort tables to a calibrated model, its metrics and what the plots need."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from oncoloom import __version__
from oncoloom.config import TrainingConfig
from oncoloom.errors import InputError
from oncoloom.features.schema import FEATURES_VERSION
from oncoloom.logs import logger, step
from oncoloom.response.assemble import Champion, choose_champion, endpoint_model, fit_final
from oncoloom.response.baselines.loris import loris_logit
from oncoloom.response.bundle import Bundle, make_bundle
from oncoloom.response.candidates import CANDIDATE_BY_NAME, CANDIDATES, FitTask, point_weights
from oncoloom.response.datamodule import CohortArrays, FloatArray, cohort_digest, to_arrays, training_rows
from oncoloom.response.declare import Declaration, declare
from oncoloom.response.design import MIN_LEVEL_ROWS
from oncoloom.response.ensemble import bootstrap_weights
from oncoloom.response.evaluate import (
    concordance_figures,
    evaluate_cohort,
    response_figures,
    survival_figures,
    with_interval,
)
from oncoloom.response.metrics import roc_auc
from oncoloom.response.model import ResponseModel
from oncoloom.response.nested import OUTER_STEPS, NestedResult, run_nested
from oncoloom.response.reach import fit_reach
from oncoloom.response.survival_metrics import concordance
from oncoloom.response.timegrid import cumulative_hazard
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
    """

    model: ResponseModel
    metrics: dict[str, Any]
    splits: pl.DataFrame
    bundle: Bundle
    nested: NestedResult
    declaration: Declaration
    champion: Champion
    tally: Tally


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
        For undeclared columns and plain unit errors.
    """
    train, held_out, tally = training_rows(frame)
    if not train.height:
        raise InputError(
            "no row of the cohort is for training", found=str(tally.as_dict()["filtered"]),
            remedy="rows with split `train` or none are used",
        )  # fmt: skip
    _refuse_doubles(train)
    arrays = to_arrays(train)
    declaration = declare(arrays, settings.features, settings.modifiers)
    bundle = make_bundle(arrays, endpoint, declaration.features, declaration.modifiers)
    with step("nested cross-validation") as said:
        said["patients"], said["candidates"] = len(arrays), len(CANDIDATES)
        nested = run_nested(bundle, n_folds=settings.outer_folds, repeats=settings.repeats, seed=seed)
    champion = choose_champion(bundle, nested)
    with step("final fit") as said:
        said["champion"] = champion.choice.champion
        model = _final_model(bundle, nested, champion, declaration, settings, seed)
    metrics = _metrics(model, bundle, nested, champion, declaration, tally)
    metrics["cohorts"] = _held_out_metrics(model, bundle, champion, held_out, seed)
    return TrainingOutcome(
        model, metrics, _splits(arrays, nested), bundle, nested, declaration, champion, tally
    )


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
        name: endpoint_model(
            bundle, name, served_by, predictor, nested.out_of_fold[served_by][name], settings.horizons_days
        )
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
            "features_chosen": declaration.how,
            "ridge": champion.penalty.ridge,
            "interaction_penalty": round(champion.penalty.interaction, 6),
        },
    )


def _known_types(arrays: CohortArrays) -> list[str]:
    """Tumor types of at least ten training patients."""
    named = [value for value in arrays.categories["tumor_type"] if value is not None]
    return sorted(value for value in set(named) if named.count(value) >= MIN_LEVEL_ROWS)


def _metrics(
    model: ResponseModel, bundle: Bundle, nested: NestedResult, champion: Champion, declaration: Declaration,
    tally: Tally,
) -> dict[str, Any]:  # fmt: skip
    score = "roc_auc" if model.endpoint == "response" else "minus_integrated_brier"
    return {
        "endpoint": model.endpoint,
        "champion": model.champion,
        "simplest_not_beaten": champion.choice.champion,
        "best_by_mean": champion.choice.best,
        "selection_score": score,
        "selection": list(champion.choice.evidence),
        "inner_choices": [choice.champion for choice in nested.choices],
        "served_by": {name: one.served_by for name, one in model.endpoints.items()},
        "rows": tally.as_dict(),
        "features": {
            "how": declaration.how,
            "used": list(declaration.features),
            "modifiers": list(declaration.modifiers),
            "essential": list(declaration.essential),
            "left_out": declaration.left_out,
        },
        "therapies": {
            name: {"class": group, "n": n}
            for name, group, n in zip(
                bundle.therapies.names, bundle.therapies.classes, bundle.therapies.n_treated, strict=True
            )
        },
        "folds": {
            name: {"score": [_or_none(v) for v in scores], "mean": _or_none(float(np.nanmean(scores)))}
            if np.isfinite(scores).any()
            else {"score": [None] * len(scores), "mean": None}
            for name, scores in nested.outer_scores.items()
        },
        "penalties_by_fold": [[p.ridge, round(p.interaction, 3)] for p in nested.penalties],
        "out_of_fold": _out_of_fold(model, bundle, nested),
    }


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _out_of_fold(model: ResponseModel, bundle: Bundle, nested: NestedResult) -> dict[str, Any]:
    """Figures of every candidate on out-of-fold predictions, and the served model's in full."""
    out: dict[str, Any] = {}
    for name, endpoint in model.endpoints.items():
        eta = nested.out_of_fold[endpoint.served_by][name][None]
        index = bundle.therapies.index(bundle.arrays.therapy)
        if name == "response":
            figures = response_figures(endpoint, bundle.arrays, eta)
        else:
            figures = survival_figures(
                endpoint, bundle.arrays, eta, endpoint.shifts[index], model.horizons_days
            )
        figures["candidates"] = {
            candidate: _discrimination(bundle, bundle.arrays, name, etas[name], model.horizons_days)
            for candidate, etas in nested.out_of_fold.items()
            if name in etas
        }
        figures["features_alone"] = _features_alone(bundle, name)
        figures["calibration"] = {
            "slope": endpoint.calibration.slope,
            "intercept": endpoint.calibration.intercept,
            "fitted_slope": endpoint.calibration.fitted_slope,
            "shift_by_therapy": [float(value) for value in endpoint.shifts],
            "event_share_of_lower_bound": endpoint.event_share,
        }
        out[name] = figures
    return out


def _features_alone(bundle: Bundle, endpoint: str) -> dict[str, Any]:
    """AUC or concordance of each number by itself, in the direction that is better than chance."""
    known = bundle.known(endpoint)
    time, event = bundle.arrays.time[endpoint][known], bundle.arrays.event[endpoint][known]
    out: dict[str, Any] = {}
    for source in bundle.design.sources:
        if source not in bundle.arrays.numbers:
            continue
        values = bundle.arrays.numbers[source][known]
        seen = np.isfinite(values)
        if endpoint == "response":
            value = roc_auc(values[seen], event[seen])
        else:
            value = concordance(time[seen], event[seen], values[seen])
        if value is not None:
            higher = "more" if value >= 0.5 else "less"
            out[source] = {
                "value": max(value, 1 - value),
                "n": int(seen.sum()),
                "a_higher_value_means": f"{higher} events",
            }
    return out


def _discrimination(
    bundle: Bundle, arrays: CohortArrays, endpoint: str, eta: FloatArray, horizons: tuple[int, ...]
) -> dict[str, Any]:
    known = arrays.known(endpoint)
    event, time = arrays.event[endpoint][known], arrays.time[endpoint][known]
    if endpoint == "response":
        score = eta[known, 0]
        return with_interval("roc_auc", lambda rows: roc_auc(score[rows], event[rows]), event.size)
    day = np.array([float(np.median(horizons))])
    risk = cumulative_hazard(eta[known], bundle.edges[endpoint], day)[:, 0]
    return concordance_figures(time, event, risk)


def _held_out_metrics(
    model: ResponseModel, bundle: Bundle, champion: Champion, held_out: pl.DataFrame, seed: int
) -> dict[str, Any]:
    """Each held-out cohort by itself, never pooled: the model in full, every candidate beside it."""
    if not held_out.height:
        return {}
    everyone = np.ones(len(bundle.arrays), dtype=bool)
    x = bundle.inputs(everyone)
    penalty = champion.penalty
    task = FitTask(x, point_weights(everyone), penalty.ridge, penalty.interaction, seed, OUTER_STEPS)
    judged = bundle.endpoints[0]
    fits = {
        name: candidate.fit(bundle, judged, [task])[0][judged]
        for name, candidate in CANDIDATE_BY_NAME.items()
    }
    out = {}
    for name in held_out["cohort_name"].unique().sort().to_list():
        arrays = to_arrays(held_out.filter(pl.col("cohort_name") == name))
        figures = evaluate_cohort(model, arrays)
        code, _, _ = model.received_codes(arrays)
        inputs = model.design.encode(arrays)
        figures["candidates"] = {
            candidate: _discrimination(
                bundle, arrays, judged, fit.eta(inputs, code).mean(axis=0), model.horizons_days
            )
            for candidate, fit in fits.items()
        }
        if judged == "response":
            known = arrays.known("response")
            published = loris_logit(arrays)
            usable = known & np.isfinite(published)
            if usable.any():
                label, score = arrays.event["response"][usable], published[usable]
                figures["candidates"]["published_formula"] = {
                    "roc_auc": roc_auc(score, label), "n": int(usable.sum())
                }  # fmt: skip
        logger.info("held-out cohort %s: %d rows judged", name, len(arrays))
        out[name] = figures
    return out


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
