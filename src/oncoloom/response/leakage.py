"""Columns that must not train: measured after day 0, identifiers, years, the outcome in another form.

What is certain is refused (a value dated after day 0, a declared identifier, an endpoint's own days under
another name). A column that separates an outcome nearly perfectly may be a leak or a strong marker: it
trains, and is said with its figure (Kapoor & Narayanan 2023: leakage is found by looking at such columns).
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from oncoloom.cohort.schema import MEASURED_SUFFIX
from oncoloom.errors import FaultList, InputError, OncoloomError
from oncoloom.logs import logger
from oncoloom.response.datamodule import ENDPOINTS, BoolArray, CohortArrays, FloatArray
from oncoloom.response.feature_rules import rule_of
from oncoloom.response.metrics import roc_auc
from oncoloom.response.survival_metrics import concordance

MIN_ROWS, MIN_EACH = 20, 5
NEAR_PERFECT = 0.99
_UNIQUE_TEXTS = 0.95
_LONG_NUMBER = 1e6  # from here on whole, distinct numbers of one length are numbers of records
_LINEAR = 1 - 1e-9
_ID_NAME = re.compile(
    r"(^|[_ .-])(id|ids|uid|pid|mrn|no|nr|barcode|record|row)($|[_ .-])"
    r"|\w(ID|Id|Nr|No)$"
)
_YEAR_NAME = re.compile(r"year|date|jahr|calendar|quarter", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Suspect:
    """A column that separates an outcome nearly perfectly.

    `figure` is the AUC (response) or concordance in the better direction over `n` patients; `by` says whether
    the values separate, or only whether a value is there.
    """

    column: str
    endpoint: str
    by: str
    figure: float
    n: int


def identifier_reason(arrays: CohortArrays, name: str) -> str | None:
    """Why a column names patients or calendar time rather than describing them; None if it does not.

    Numbers with a rule of their own (age, TMB) have legal ranges and are never taken for numbers of records.
    """
    if name in arrays.categories:
        return _text_identifier([value for value in arrays.categories[name] if value is not None])
    if rule_of(name) is not None or name not in arrays.numbers:
        return None
    values = arrays.numbers[name][np.isfinite(arrays.numbers[name])]
    if values.size < MIN_ROWS or np.any(values != np.round(values)):
        return None
    if values.min() >= 1900 and values.max() <= 2100 and _YEAR_NAME.search(name):
        return "calendar time: it tells when a patient was treated, not who responds"
    if np.unique(values).size < values.size:
        return None
    long = values.min() >= _LONG_NUMBER and len(set(np.floor(np.log10(values)))) == 1
    if long or _ID_NAME.search(name):
        return f"an identifier: a number of its own in each of {values.size} rows"
    return None


def is_running_number(arrays: CohortArrays, name: str) -> bool:
    """True where an own covariate counts the rows; it may be a score all the same, so it is only said."""
    if rule_of(name) is not None or name not in arrays.numbers:
        return False
    values = arrays.numbers[name][np.isfinite(arrays.numbers[name])]
    if values.size < MIN_ROWS or np.any(values != np.round(values)):
        return False
    return bool(np.unique(values).size == values.size and np.ptp(values) + 1 <= 1.2 * values.size)


def _text_identifier(values: list[str]) -> str | None:
    distinct = len(set(values))
    if len(values) < MIN_ROWS or distinct < _UNIQUE_TEXTS * len(values):
        return None
    return f"an identifier: {distinct} different texts in {len(values)} rows"


def check_columns(arrays: CohortArrays, features: tuple[str, ...]) -> tuple[Suspect, ...]:
    """Refuse features that cannot be known at day 0; return those that separate an outcome suspiciously.

    Parameters
    ----------
    features
        Raw columns that train, or that a model reads.

    Raises
    ------
    InputError, FaultList
        For values measured after day 0, and for an endpoint's own days under another name.
    """
    faults: list[OncoloomError] = [*_late(arrays, features), *_endpoint_days(arrays, features)]
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise FaultList(f"{len(faults)} columns tell the outcome, not the patient", faults)
    return tuple(_suspects(arrays, features))


def _late(arrays: CohortArrays, features: tuple[str, ...]) -> Iterator[InputError]:
    for name in features:
        days = arrays.numbers.get(f"{name}{MEASURED_SUFFIX}")
        if days is None:
            continue
        late = np.isfinite(days) & (days > 0) & arrays.present(name)
        if late.any():
            yield InputError(
                f"`{name}` was measured after day 0", record=f"{int(late.sum())} of {len(arrays)} rows",
                expected="values known when the therapy began",
                found=f"up to {np.max(days[late]):g} days after it",
                remedy='take the last value before day 0, or set `after_day_zero: "null"` in the mapping',
            )  # fmt: skip


def _endpoint_days(arrays: CohortArrays, features: tuple[str, ...]) -> Iterator[InputError]:
    """Covariates of a cohort's own that are an endpoint's days, in whatever unit."""
    for name in features:
        if rule_of(name) is not None or name not in arrays.numbers:
            continue
        for endpoint in ("pfs", "os"):
            rows = arrays.known(endpoint) & arrays.present(name)
            values, days = arrays.numbers[name][rows], arrays.time[endpoint][rows]
            if rows.sum() < MIN_ROWS or np.ptp(values) == 0 or np.ptp(days) == 0:
                continue
            r = float(np.corrcoef(values, days)[0, 1])
            if abs(r) > _LINEAR:
                yield InputError(
                    f"`{name}` is `{endpoint}_days` under another name",
                    record=f"correlation {r:.6f} in {int(rows.sum())} rows",
                    expected="values known when the therapy began", remedy="leave it out of the features",
                )  # fmt: skip


def _suspects(arrays: CohortArrays, features: tuple[str, ...]) -> Iterator[Suspect]:
    for endpoint in ENDPOINTS:
        known = arrays.known(endpoint)
        for name in features:
            present = arrays.present(name)
            for by, rows, score in (
                ("values", known & present, _score(arrays, name, endpoint, known & present)),
                ("being there", known, present.astype(np.float64)),
            ):
                figure = _separation(arrays, endpoint, rows, score)
                if figure is not None and figure >= NEAR_PERFECT:
                    yield Suspect(name, endpoint, by, round(figure, 6), int(rows.sum()))


def _score(arrays: CohortArrays, name: str, endpoint: str, rows: BoolArray) -> FloatArray:
    """(n,) the number itself; of a category the share of events among its patients, if it has ten or more."""
    if name in arrays.numbers:
        return arrays.numbers[name]
    event, out = arrays.event[endpoint], np.full(len(arrays), np.nan)
    values = arrays.categories[name]
    for level in {value for value, row in zip(values, rows, strict=True) if row}:
        mine = np.array([value == level for value in values]) & rows
        out[mine] = event[mine].mean() if mine.sum() >= 10 else event[rows].mean()
    return out


def _separation(arrays: CohortArrays, endpoint: str, rows: BoolArray, score: FloatArray) -> float | None:
    """AUC or concordance in the better direction; None where too few rows or outcomes of a kind are there."""
    event, time, score = arrays.event[endpoint][rows], arrays.time[endpoint][rows], score[rows]
    if rows.sum() < MIN_ROWS or np.ptp(score) == 0 or event.sum() < MIN_EACH:
        return None
    if endpoint == "response":
        value = roc_auc(score, event) if event.size - event.sum() >= MIN_EACH else None
    else:
        value = concordance(time, event, score)
    return None if value is None else max(value, 1 - value)


def say_suspects(suspects: tuple[Suspect, ...], running: list[str]) -> list[dict[str, Any]]:
    """Warn of each, and of columns that count the rows; give the suspects as plain values."""
    for name in running:
        logger.warning("`%s` counts the rows (whole numbers, each once): is it an identifier?", name)
    for one in suspects:
        figure = "AUC" if one.endpoint == "response" else "concordance"
        what = "" if one.by == "values" else ", by being recorded or not"
        logger.warning(
            "`%s` alone separates %s nearly perfectly (%s %.3f in %d patients%s): was it known at day 0?",
            one.column, one.endpoint, figure, one.figure, one.n, what,
        )  # fmt: skip
    return [asdict(one) for one in suspects]
