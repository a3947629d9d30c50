"""Trial evidence as rows: the table `trial_evidence.parquet`, and the same as plain values for `--json`."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from oncoloom.knowledge.trials.figures import AtMonth, TrialFigures, figures_of
from oncoloom.knowledge.trials.matching import TrialMatch
from oncoloom.knowledge.trials.survival import Estimate
from oncoloom.tables import Column, TableSchema

_TEXT, _FLOAT, _INT = pl.String(), pl.Float64(), pl.Int32()


def _text(name: str, text: str, *, nullable: bool = False) -> Column:
    return Column(name, _TEXT, text, nullable=nullable)


def _share(name: str, text: str) -> Column:
    return Column(name, _FLOAT, text, "share", nullable=True, legal=(-1, 1))


TRIAL_EVIDENCE_TABLE = TableSchema(
    name="trial_evidence",
    version=1,
    description=(
        "Randomized comparisons looked at for a patient, best first. `first` is the arm asked about; "
        "ratios are first over second, differences first minus second. Intervals are 95 %."
    ),
    columns=(
        _text("patient_id", "Patient; empty for a question without one"),
        _text("match_kind", "fits, fits in part, does not fit"),
        _text("trial", "Name of the trial"),
        _text("registration", "Registry numbers, joined by `|`; empty where not known for certain"),
        _text("pubmed_id", "PubMed number of the publication"),
        _text("curve", "Curve among the embedded ones"),
        _text("population", "For whom it was measured"),
        _text("tumor_types", "OncoTree codes of the trial, joined by `|`"),
        _text("setting", "Line or setting of treatment"),
        _text("endpoint", "Endpoint of the curve"),
        _text("first_therapy", "Drugs of the first arm"),
        _text("second_therapy", "Drugs of the second arm"),
        Column("first_is_experimental", pl.Boolean(), "Whether the first arm was the experimental one"),
        Column("n_first", _INT, "Patients of the first arm", legal=(1, 1e6)),
        Column("n_second", _INT, "Patients of the second arm", legal=(1, 1e6)),
        Column("events_first", _INT, "Events in the first arm", legal=(0, 1e6)),
        Column("events_second", _INT, "Events in the second arm", legal=(0, 1e6)),
        Column("hazard_ratio", _FLOAT, "Cox hazard ratio", nullable=True, legal=(0, 1e3)),
        Column("lower", _FLOAT, "Its lower limit", nullable=True, legal=(0, 1e3)),
        Column("upper", _FLOAT, "Its upper limit", nullable=True, legal=(0, 1e6)),
        Column("proportional_hazards_z", _FLOAT, "Beyond 1.96 the ratio changes with time", nullable=True),
        Column("rmst_difference_months", _FLOAT, "Difference of restricted mean survival", "months"),
        Column("rmst_lower", _FLOAT, "Its lower limit", "months"),
        Column("rmst_upper", _FLOAT, "Its upper limit", "months"),
        Column("rmst_horizon_months", _FLOAT, "Time the means cover: the shorter follow-up", "months"),
        *(
            _share(f"survival_{month}_{what}", f"{words} at {month} months; null past the follow-up")
            for month in (6, 12, 24)
            for what, words in (
                ("first", "Share without the event, first arm,"),
                ("second", "Share without the event, second arm,"),
                ("difference", "Their difference"),
                ("difference_lower", "Lower limit of the difference"),
                ("difference_upper", "Upper limit of the difference"),
            )
        ),
        Column("published_hazard_ratio", _FLOAT, "As printed, either way round", nullable=True),
        _text("reasons", "Why it fits, joined by `; `"),
        _text("mismatches", "What does not fit, joined by `; `"),
        _text("unknowns", "What is not known, joined by `; `"),
        _text("note", "Note of the map"),
    ),
)  # fmt: skip


def evidence_row(match: TrialMatch, patient_id: str = "") -> dict[str, Any]:
    """One row of the table."""
    one = match.comparison
    figures = figures_of(one, swapped=match.swapped)
    return {
        "patient_id": patient_id,
        "match_kind": match.kind,
        "trial": one.trial,
        "registration": one.registration,
        "pubmed_id": one.publication.pubmed_id,
        "curve": one.curve,
        "population": one.population,
        "tumor_types": "|".join(one.tumor_types),
        "setting": one.setting,
        "endpoint": one.endpoint,
        "first_therapy": figures.first.arm.name,
        "second_therapy": figures.second.arm.name,
        "first_is_experimental": not match.swapped,
        **_figures(figures),
        "published_hazard_ratio": one.published_hazard_ratio,
        "reasons": "; ".join(match.reasons),
        "mismatches": "; ".join(match.mismatches),
        "unknowns": "; ".join(match.unknowns),
        "note": one.note,
    }


def _figures(figures: TrialFigures) -> dict[str, Any]:
    ratio = figures.ratio
    return {
        "n_first": figures.first.n,
        "n_second": figures.second.n,
        "events_first": figures.first.n_events,
        "events_second": figures.second.n_events,
        "hazard_ratio": None if ratio is None else ratio.ratio,
        "lower": None if ratio is None else ratio.lower,
        "upper": None if ratio is None else ratio.upper,
        "proportional_hazards_z": None if ratio is None else ratio.trend_z,
        "rmst_difference_months": figures.mean_difference.value,
        "rmst_lower": figures.mean_difference.lower,
        "rmst_upper": figures.mean_difference.upper,
        "rmst_horizon_months": figures.mean_horizon_months,
        **{key: value for at in figures.at for key, value in _at(at).items()},
    }


def _at(at: AtMonth) -> dict[str, float | None]:
    name = f"survival_{at.month:g}"

    def value(estimate: Estimate | None) -> float | None:
        return None if estimate is None else estimate.value

    return {
        f"{name}_first": value(at.first),
        f"{name}_second": value(at.second),
        f"{name}_difference": value(at.difference),
        f"{name}_difference_lower": None if at.difference is None else at.difference.lower,
        f"{name}_difference_upper": None if at.difference is None else at.difference.upper,
    }


def evidence_table(matches: Iterable[TrialMatch], patient_id: str = "") -> pl.DataFrame:
    """The table of one patient, in the order of the matches."""
    rows = [evidence_row(match, patient_id) for match in matches]
    return pl.DataFrame(rows, schema=TRIAL_EVIDENCE_TABLE.polars_schema(), orient="row")
