"""Predicted outcome under each therapy, with interval, count and what similar patients had.

A prediction is "predicted", never "recommended"; a therapy without one has a sentence with the cause instead.
"""

from typing import Any

import polars as pl

from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import Interval, Panel, Predictions, TherapyPrediction
from oncoloom.report.sections.rests_on import rests_on
from oncoloom.report.words import (
    count,
    listed,
    lower_first,
    months,
    percent,
    percent_interval,
    sentence,
    similar,
)

SHOWN = 4
MAIN_HORIZON_DAYS = 365
_TITLES = {"pfs": "Free of progression at", "os": "Alive at"}
_NO_DIFFERENCE = (
    "Each therapy is predicted by itself: the gap between two of them is no estimate of a benefit. "
    "Intervals that overlap give no rank."
)


def build_predictions(inputs: ReportInputs) -> Predictions:
    """All therapies; the predicted ones by estimate, then those without a prediction."""
    frame = inputs.predictions
    if frame is None:
        return Predictions(available=False, text="No prediction: no model was trained or given.")
    if frame.is_empty():
        return Predictions(
            available=False, text="No prediction: the model's table has no row of this patient."
        )
    panels = _panels(frame)
    main = next((panel.id for panel in panels if panel.endpoint != "response"), panels[0].id)
    therapies = sorted(
        (
            _therapy(str(name[0]), rows, panels)
            for name, rows in frame.group_by("therapy", maintain_order=True)
        ),
        key=lambda therapy: _rank(therapy, main),
    )
    shown, more = _page_one(therapies, main)
    predicted = [therapy for therapy in therapies if main in therapy.panels]
    return Predictions(
        available=True,
        panels=panels,
        main_panel=main,
        therapies=tuple(therapies),
        shown_first=shown,
        more=more,
        difference=_NO_DIFFERENCE if len(predicted) > 1 else "",
        rests_on=rests_on(inputs.metrics, frame["model_version"][0]),
        model_version=frame["model_version"][0],
        cohort_digest=frame["cohort_digest"][0],
    )


def _panels(frame: pl.DataFrame) -> tuple[Panel, ...]:
    """Response, then progression-free and alive at the horizon nearest to twelve months."""
    out = []
    for endpoint in ("response", "pfs", "os"):
        rows = frame.filter(pl.col("endpoint") == endpoint)
        if rows.is_empty():
            continue
        horizons = sorted(
            rows["horizon_days"].drop_nulls().unique().to_list(),
            key=lambda days: (abs(days - MAIN_HORIZON_DAYS), days),
        )
        horizon = horizons[0] if horizons else None
        title = "Complete or partial response" if endpoint == "response" else _title(endpoint, horizon)
        out.append(Panel(id=endpoint, title=title, endpoint=endpoint, horizon_days=horizon))
    return tuple(out)


def _title(endpoint: str, horizon: int | None) -> str:
    return f"{_TITLES[endpoint]} {months(horizon) if horizon else 'the horizon'}"


def _therapy(name: str, rows: pl.DataFrame, panels: tuple[Panel, ...]) -> TherapyPrediction:
    intervals, abstentions, further = {}, {}, []
    for panel in panels:
        match = rows.filter(
            (pl.col("endpoint") == panel.endpoint)
            & (pl.col("horizon_days").eq_missing(pl.lit(panel.horizon_days, dtype=pl.Int32)))
        )
        if match.is_empty():
            abstentions[panel.id] = "No prediction: the model has none for this endpoint."
            continue
        row = match.row(0, named=True)
        if row["abstained"] or row["probability"] is None:
            abstentions[panel.id] = abstention(row["reason"])
        else:
            intervals[panel.id] = _interval(row)
            further += _further(row)
    return TherapyPrediction(
        therapy=name,
        received=bool(rows["received"].any()),
        panels=intervals,
        abstentions=abstentions,
        further=tuple(further),
    )


def abstention(reason: str | None) -> str:
    """``No prediction: CAUSE.`` in one sentence."""
    cause = (reason or "the model abstained without a recorded cause").strip()
    for prefix in ("no prediction:", "abstained:"):
        if cause.lower().startswith(prefix):
            cause = cause[len(prefix) :].strip()
    return sentence(f"No prediction: {lower_first(cause)}")


def _interval(row: dict[str, Any]) -> Interval:
    """The chance of the good outcome: response, or the survival endpoint's event not yet happened."""
    good = row["endpoint"] == "response"

    def of(name: str) -> float | None:
        value = row[name]
        return None if value is None else round(value if good else 1 - value, 6)

    low, high = ("lo", "hi") if good else ("hi", "lo")
    estimate = of("probability")
    assert estimate is not None
    lo90, hi90 = of(f"probability_{low}90"), of(f"probability_{high}90")
    observed = of("observed_similar")
    return Interval(
        estimate=estimate,
        lo90=lo90,
        hi90=hi90,
        lo50=of(f"probability_{low}50"),
        hi50=of(f"probability_{high}50"),
        observed=observed,
        n_similar=row["n_similar"],
        text=percent_interval(estimate, lo90, hi90),
        observed_text=_observed(observed, row["n_similar"]),
    )


def _observed(observed: float | None, n_similar: int | None) -> str:
    if observed is None or (n_similar is not None and n_similar < 10):
        return similar(n_similar)
    return f"{percent(observed)} of {similar(n_similar)}" if n_similar is not None else percent(observed)


def _further(row: dict[str, Any]) -> list[str]:
    out = []
    outcomes = [name.replace("_", " ").strip() for name in (row["outcome_set"] or "").split("|") if name]
    if len(outcomes) == 1:
        out.append(f"At the 90 % level only one outcome remains possible: {outcomes[0]}")
    if row["survival_time_lower90_days"] is not None:
        what = {"pfs": "Free of progression", "os": "Alive"}.get(row["endpoint"], "Event-free")
        out.append(f"{what} longer than {row['survival_time_lower90_days']:.0f} days with 90 % probability")
    return out


def _rank(therapy: TherapyPrediction, main: str) -> tuple[int, float, str]:
    interval = therapy.panels.get(main)
    return (0, -interval.estimate, therapy.therapy) if interval else (1, 0.0, therapy.therapy)


def _page_one(therapies: list[TherapyPrediction], main: str) -> tuple[tuple[str, ...], str]:
    """Four therapies at most; the one given or planned is always among them."""
    first = [therapy.therapy for therapy in therapies[:SHOWN]]
    received = [therapy.therapy for therapy in therapies if therapy.received]
    for name in received[:1]:
        if name not in first:
            first[-1] = name
    rest = [therapy for therapy in therapies if therapy.therapy not in first]
    if not rest:
        return tuple(first), ""
    without = sum(main not in therapy.panels for therapy in rest)
    note = f", {without} of them without a prediction" if without else ""
    names = listed([therapy.therapy for therapy in rest[:6]]) + (" and others" if len(rest) > 6 else "")
    return tuple(
        first
    ), f"{count(len(rest), 'more therapy', 'more therapies')}{note}, under Predictions: {names}"
