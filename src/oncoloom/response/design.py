"""The one design of every model: columns of a cohort to standardized inputs, fitted on training rows only.

Missing numbers become 0 after standardization (the training mean); no known-flag except where a rule asks
for one. All candidates, neural or not, read the same design, else their comparison is void.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from oncoloom.response.datamodule import BoolArray, CohortArrays, FloatArray
from oncoloom.response.feature_rules import FeatureRule, open_rule, rule_of, tumor_group

MIN_LEVEL_ROWS = 10
GROUPS = ("melanoma", "lung")
OWN_LIMIT = 5.0  # spreads; keeps an outlier of a covariate without known caps from ruling a prediction


@dataclass(frozen=True, slots=True)
class DesignColumn:
    """One input column: what it is made of and how it is standardized.

    `part` is `value`, `missing`, `level` (one category), `group` (a tumor group) or `lung` (PD-L1 x lung).
    """

    source: str
    part: str
    level: str = ""
    center: float = 0.0
    scale: float = 1.0
    penalty: float = 1.0

    @property
    def name(self) -> str:
        """A readable name, e.g. ``tumor_type=Melanoma``."""
        return self.source if self.part == "value" else f"{self.source}={self.level or self.part}"


@dataclass(frozen=True, slots=True)
class Design:
    """Fitted columns in order.

    `sources` are the raw columns, `modifiers` those whose effect may differ by therapy, `own` the sources
    that no rule knows (covariates of a cohort's own), each with whether it is a category.
    """

    columns: tuple[DesignColumn, ...]
    sources: tuple[str, ...]
    modifiers: tuple[str, ...] = ()
    own: tuple[tuple[str, bool], ...] = ()

    def rule(self, source: str) -> FeatureRule:
        """The rule of one of the sources."""
        return rule_of(source) or open_rule(source, category=dict(self.own)[source])

    @property
    def penalties(self) -> FloatArray:
        """(p,) ridge multipliers."""
        return np.array([column.penalty for column in self.columns], dtype=np.float64)

    @property
    def modifier_index(self) -> list[int]:
        """Positions of the modifier columns (missing flags and coarse groups left out)."""
        return [
            i
            for i, column in enumerate(self.columns)
            if column.source in self.modifiers and column.part in {"value", "level"}
        ]

    def columns_of(self, source: str) -> list[int]:
        """Positions of the columns made of one raw column."""
        return [i for i, column in enumerate(self.columns) if column.source == source]

    def encode(self, arrays: CohortArrays) -> FloatArray:
        """(n, p) standardized inputs; an absent column of the cohort counts as missing in all rows."""
        raw = self.encode_raw(arrays)
        return np.where(np.isfinite(raw), raw, 0.0)

    def encode_raw(self, arrays: CohortArrays) -> FloatArray:
        """As :meth:`encode`, with NaN where a value is missing."""
        out = self.transformed(arrays)
        for i, column in enumerate(self.columns):
            out[:, i] = (out[:, i] - column.center) / column.scale
            if rule_of(column.source) is None:
                out[:, i] = np.clip(out[:, i], -OWN_LIMIT, OWN_LIMIT)
        return out

    def transformed(self, arrays: CohortArrays) -> FloatArray:
        """(n, p) clipped and transformed values before centering and scaling, NaN where missing."""
        out = np.full((len(arrays), len(self.columns)), np.nan)
        for source in self.sources:
            rule = self.rule(source)
            parts = _category_parts(rule, arrays) if rule.kind == "category" else _number_parts(rule, arrays)
            for i in self.columns_of(source):
                out[:, i] = parts(self.columns[i])
        return out

    def missing(self, arrays: CohortArrays) -> BoolArray:
        """(n, n_sources) True where a raw column has no usable value; an unseen category is missing."""
        out = np.zeros((len(arrays), len(self.sources)), dtype=bool)
        for j, source in enumerate(self.sources):
            out[:, j] = ~arrays.present(source)
            if source in arrays.categories:
                out[:, j] |= self.unseen(source, arrays)
        return out

    def unseen(self, source: str, arrays: CohortArrays) -> BoolArray:
        """(n,) True where a category is named that training did not hold often enough to know."""
        levels = {
            column.level for column in self.columns if column.source == source and column.part == "level"
        }
        values = arrays.categories.get(source, [None] * len(arrays))
        return np.array([value is not None and value not in levels for value in values], dtype=bool)

    def as_dict(self) -> dict[str, Any]:
        """For model.json."""
        return {
            "sources": list(self.sources),
            "modifiers": list(self.modifiers),
            "own": [list(one) for one in self.own],
            "columns": [[c.source, c.part, c.level, c.center, c.scale, c.penalty] for c in self.columns],
        }

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> "Design":
        """The design that :meth:`as_dict` wrote."""
        columns = tuple(
            DesignColumn(str(c[0]), str(c[1]), str(c[2]), float(c[3]), float(c[4]), float(c[5]))
            for c in value["columns"]
        )
        own = tuple((str(name), bool(category)) for name, category in value["own"])
        return cls(columns, tuple(value["sources"]), tuple(value["modifiers"]), own)


def transform(rule: FeatureRule, values: FloatArray) -> FloatArray:
    """Clip and transform raw numbers; NaN stays NaN."""
    low = -np.inf if rule.low is None else rule.low
    high = np.inf if rule.high is None else rule.high
    clipped = np.clip(values, low, high)
    if rule.kind == "log":
        return np.log(np.maximum(clipped, 1e-6))
    if rule.kind == "log1p":
        return np.log1p(np.maximum(clipped, 0.0))
    if rule.kind == "pdl1":
        return np.where(np.isfinite(clipped), (clipped / 100 - 0.25) / 0.35, 0.0)
    return clipped


def _number_parts(rule: FeatureRule, arrays: CohortArrays) -> Any:
    raw = arrays.numbers.get(rule.source, np.full(len(arrays), np.nan))
    value = transform(rule, raw)

    def part(column: DesignColumn) -> FloatArray:
        if column.part == "missing":
            return (~np.isfinite(raw)).astype(np.float64)
        if column.part == "lung":
            return value * _group_flag(arrays, "lung")
        return value

    return part


def _category_parts(rule: FeatureRule, arrays: CohortArrays) -> Any:
    values = arrays.categories.get(rule.source, [None] * len(arrays))

    def part(column: DesignColumn) -> FloatArray:
        if column.part == "group":
            known = np.array([value is not None for value in values])
            return np.where(known, _group_flag(arrays, column.level), np.nan)
        flags = [np.nan if value is None else float(value == column.level) for value in values]
        return np.array(flags, dtype=np.float64)

    return part


def _group_flag(arrays: CohortArrays, group: str) -> FloatArray:
    types = arrays.categories.get("tumor_type", [None] * len(arrays))
    return np.array([float(tumor_group(value) == group) for value in types], dtype=np.float64)


def fit_design(arrays: CohortArrays, sources: tuple[str, ...], modifiers: tuple[str, ...] = ()) -> Design:
    """Fit levels, centers and scales on these rows (training rows of one fold).

    A column without spread here is left out; PD-L1 keeps its fixed scale so that a fold without tested
    patients changes nothing.
    """
    columns: list[DesignColumn] = []
    own = tuple((name, name in arrays.categories) for name in sources if rule_of(name) is None)
    for source in sources:
        if not arrays.present(source).any():
            continue
        rule = rule_of(source) or open_rule(source, category=source in arrays.categories)
        if rule.kind == "category":
            columns += _fit_category(rule, arrays)
        elif rule.kind == "pdl1":
            columns += _fit_pdl1(rule, arrays)
        else:
            columns += _fit_number(rule, arrays)
    return Design(tuple(columns), sources, modifiers, own)


def refit_design(design: Design, arrays: CohortArrays) -> Design:
    """The same columns with centers and scales of these rows: folds share one list of inputs.

    A column that is constant here encodes to 0 in all rows.
    """
    raw = design.transformed(arrays)
    columns = []
    for i, column in enumerate(design.columns):
        rule = design.rule(column.source)
        if rule.kind == "pdl1":
            columns.append(column)
            continue
        known = raw[np.isfinite(raw[:, i]), i]
        center = float(known.mean()) if known.size else 0.0
        scale = 1.0
        if column.part in {"value", "missing"}:
            spread = float(known.std()) if known.size else 0.0
            floor = 0.25 if rule.kind == "flag" else 0.0
            scale = max(spread, floor) if spread > 1e-9 else 1.0
        columns.append(replace(column, center=center, scale=scale))
    return replace(design, columns=tuple(columns))


def _fit_number(rule: FeatureRule, arrays: CohortArrays) -> list[DesignColumn]:
    raw = arrays.numbers[rule.source]
    value = transform(rule, raw)
    known = np.isfinite(value)
    out = []
    center, scale = float(value[known].mean()), float(value[known].std())
    if rule.kind == "flag" and scale > 0:
        scale = max(scale, 0.25)  # a rare flag must not weigh ten standard deviations
    if scale > 1e-9:
        out.append(DesignColumn(rule.source, "value", "", center, scale, rule.penalty))
    share = float((~known).mean())
    if rule.missing_flag and 0.02 <= share <= 0.98:
        out.append(
            DesignColumn(rule.source, "missing", "", share, (share * (1 - share)) ** 0.5, rule.penalty)
        )
    return out


def _fit_pdl1(rule: FeatureRule, arrays: CohortArrays) -> list[DesignColumn]:
    known = arrays.present(rule.source)
    if known.sum() < MIN_LEVEL_ROWS:
        return []
    out = [DesignColumn(rule.source, "value", "", 0.0, 1.0, rule.penalty)]
    lung = _group_flag(arrays, "lung") > 0
    if lung.any() and not lung[known].all():
        out.append(DesignColumn(rule.source, "lung", "", 0.0, 1.0, rule.penalty))
    return out


def _fit_category(rule: FeatureRule, arrays: CohortArrays) -> list[DesignColumn]:
    values = arrays.categories[rule.source]
    known = [value for value in values if value is not None]
    counts = {level: known.count(level) for level in sorted(set(known))}
    levels = [level for level, n in counts.items() if MIN_LEVEL_ROWS <= n < len(known) or n == len(known)]
    out = []
    if rule.source == "tumor_type" and len(counts) > 2:
        for group in GROUPS:
            share = sum(n for level, n in counts.items() if tumor_group(level) == group) / len(known)
            if 0 < share < 1:
                out.append(DesignColumn(rule.source, "group", group, share, 1.0, 0.5 * rule.penalty))
    for level in levels:
        share = counts[level] / len(known)
        out.append(DesignColumn(rule.source, "level", level, share, 1.0, rule.penalty))
    return out
