"""Mapping files: which column of a stranger's table is which column of the cohort, in which unit.

A mapping is YAML; docs/howto/cohort_tables.md has every key. Unknown keys and unknown target columns are
refused with the nearest known one, all faults at once.
"""

from pathlib import Path
from typing import Any, Literal

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from oncoloom.bundled import bundled_path
from oncoloom.clinical.schema import ENDPOINTS
from oncoloom.clinical.units import known_source_units, unit_factor
from oncoloom.cohort.schema import COHORT_TABLE, ENDPOINT_REASON_COLUMNS
from oncoloom.errors import ConfigError, FaultList, OncoloomError, UsageError
from oncoloom.tables import Column, suggest

Scalar = str | int | float
# Filled by the import itself, never by a mapping.
_OWN = ("split", "cohort_name")
_OUTCOMES = tuple(column.name for column in ENDPOINTS)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _text_keys(value: Any) -> Any:
    """YAML keys as text: 1 -> "1". A bare yes/no is a boolean in YAML and would match nothing."""
    if not isinstance(value, dict):
        return value
    if any(isinstance(key, bool) for key in value):
        raise ValueError('quote the words yes, no, on, off, true and false: "yes"')
    return {f"{key}": item for key, item in value.items()}


class ColumnRule(_Strict):
    """How one target column is filled."""

    source: tuple[str, ...] = Field(
        default=(), alias="from", description="Source column; of several, the first that the table has"
    )
    join: str | None = Field(
        default=None, description="Text between the cells of all sources, to translate them together"
    )
    constant: Scalar | None = Field(default=None, description="The same value in every row instead")
    row_number: bool = Field(
        default=False, description="`patient_id` of a table without one: the file's name and the row's number"
    )
    unit: str = Field(default="", description="Unit of the source, e.g. months, g/L, fraction")
    scale: float | None = Field(default=None, description="Factor instead of a unit")
    offset: float = Field(default=0.0, description="Added after the factor")
    values: dict[str, Scalar] = Field(default={}, description="Source value to target value")
    otherwise: Scalar | None = Field(default=None, description="For a value that `values` lacks")
    keep_unknown: bool = Field(
        default=False,
        description="A value that `values` lacks: text stays, a number becomes null with a reason",
    )
    null_values: dict[str, str] = Field(default={}, description="Source value to the reason why it is null")
    measured: str = Field(
        default="",
        description="Source column with the day of measuring: days from day 0, or a date beside `index_date`",
    )
    type: Literal["auto", "number", "text"] = Field(default="auto", description="Covariates: kind of values")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"from": value} if isinstance(value, str | list) else value

    @field_validator("source", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("values", "null_values", mode="before")
    @classmethod
    def _keys(cls, value: Any) -> Any:
        return _text_keys(value)

    @model_validator(mode="after")
    def _one_filling(self) -> "ColumnRule":
        if bool(self.source) + (self.constant is not None) + self.row_number != 1:
            raise ValueError("give `from` or `constant`, one of the two")
        if self.unit and self.scale is not None:
            raise ValueError("give `unit` or `scale`, not both")
        if (self.otherwise is not None or self.keep_unknown) and not self.values:
            raise ValueError("`otherwise` and `keep_unknown` need `values`")
        return self

    def factor(self, target_unit: str) -> float:
        """Factor from the source's unit to the target's."""
        known = unit_factor(target_unit, self.unit)
        return self.scale if self.scale is not None else known or 1.0


class TimelineRules(_Strict):
    """Which treatments of a timeline make therapy lines (cBioPortal)."""

    agent: tuple[str, ...] = Field(
        default=("AGENT", "THERAPEUTIC_AGENT"), description="Columns with the drug"
    )
    type: tuple[str, ...] = Field(
        default=("TREATMENT_TYPE",), description="Columns with the kind of treatment"
    )
    local_types: tuple[str, ...] = Field(
        default=(), description="Words of treatments that are no systemic therapy"
    )
    regimen_days: int = Field(
        default=28, ge=0, description="Drugs started within this many days are one line"
    )


class MafRules(_Strict):
    """How a MAF becomes features."""

    columns: dict[str, tuple[str, ...]] = Field(
        default={}, description="Further spellings of a MAF field, e.g. `hgvs_p: AAChange.refGene`"
    )
    patient_length: int | None = Field(
        default=None, ge=1, description="First letters of a sample barcode that name the patient"
    )
    callable_mb: float | None = Field(
        default=None, gt=0, description="Mb that the assay can call; without it TMB is null"
    )
    genes_tested: Literal["all", "seen"] | tuple[str, ...] = Field(
        default="all", description="Genes of the assay: all, those seen in the MAF, or a list"
    )
    btmb_count: dict[str, str] = Field(
        default={}, description="MAF column and the value that counts a variant into btmb"
    )
    build: Literal["GRCh37", "GRCh38"] | None = Field(
        default=None,
        description="Build of the positions: of a MAF of several the rows to take, of one without its build",
    )
    sequenced: str = Field(
        default="listed",
        description="Who was sequenced: `listed` in the MAF, `all`, or a clinic column filled for them alone",
    )

    @field_validator("columns", mode="before")
    @classmethod
    def _many(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: (item,) if isinstance(item, str) else item for key, item in value.items()}

    @field_validator("btmb_count", mode="before")
    @classmethod
    def _keys(cls, value: Any) -> Any:
        return _text_keys(value)


class Mapping(_Strict):
    """A whole mapping file."""

    name: str = Field(min_length=1, description="Name of the mapping")
    description: str = Field(default="", description="What table it is for")
    columns: dict[str, ColumnRule] = Field(description="Target column to rule")
    covariates: dict[str, ColumnRule] = Field(
        default={}, description="Further covariates, under names of your own"
    )
    keep_other_columns: bool = Field(
        default=False, description="Every other source column becomes a covariate"
    )
    missing: tuple[str, ...] = Field(
        default=("", "NA", "N/A", "nan", "NaN", "null", "NULL"), description="Cells that mean: not known"
    )
    ignore: tuple[str, ...] = Field(default=(), description="Source columns that are known and not used")
    reasons: dict[str, str] = Field(default={}, description="Feature to the reason why this source lacks it")
    separator: str | None = Field(
        default=None, description="Field separator; found from the header when absent"
    )
    decimal_comma: bool = Field(default=False, description="Numbers are written 1,5")
    allow_free_text: tuple[str, ...] = Field(default=(), description="Target columns that may hold free text")
    incomplete_endpoints: Literal["error", "null"] = Field(
        default="error", description="An event without its time, or a time without its event"
    )
    before_day_zero: Literal["error", "null"] = Field(default="error", description="A negative time")
    index_date: str = Field(
        default="", description="Source column with the date of day 0, from which `measured` dates count"
    )
    after_day_zero: Literal["error", "null"] = Field(
        default="error", description="A value that was `measured` after day 0"
    )
    timeline: TimelineRules = TimelineRules()
    maf: MafRules = MafRules()

    @model_validator(mode="after")
    def _known_targets(self) -> "Mapping":
        if "patient_id" not in self.columns:
            raise ValueError("`columns` must say which column is `patient_id`")
        for target in self.columns:
            self._check_target(target)
        for name in self.covariates:
            if name in _DECLARED or name in ENDPOINT_REASON_COLUMNS:
                raise ValueError(f"`{name}` is a column of the cohort: put it under `columns`")
        named = (self.columns | self.covariates).items()
        if [target for target, rule in named if rule.row_number and target != "patient_id"]:
            raise ValueError("`row_number` is for `patient_id`")
        for target in ("patient_id", "sample_id", *_OUTCOMES):
            if target in self.columns and self.columns[target].measured:
                raise ValueError(f"`{target}`: `measured` is for features and covariates")
        for name in self.reasons:
            if name not in _DECLARED:
                raise ValueError(_unknown_target(name, "reasons"))
        return self

    def _check_target(self, target: str) -> None:
        if target in _OWN or target not in _DECLARED or target.endswith("_missing_reason"):
            raise ValueError(_unknown_target(target, "columns"))
        column, rule = _DECLARED[target], self.columns[target]
        if unit_factor(column.unit, rule.unit) is None:
            raise ValueError(
                f"`{target}`: unit {rule.unit!r} is not known here; "
                f"one of {', '.join(known_source_units(column.unit))}, or give `scale`"
            )
        for value in (*rule.values.values(), rule.constant, rule.otherwise):
            if value is not None and not _fits(column, value):
                raise ValueError(f"`{target}`: {value!r} is no value of it; expected {_expected(column)}")


_DECLARED = {column.name: column for column in COHORT_TABLE.columns}


def _fits(column: Column, value: Scalar) -> bool:
    if column.dtype == pl.String():
        return isinstance(value, str) and (column.allowed is None or value in column.allowed)
    if isinstance(value, str) or (column.dtype.is_integer() and value != int(value)):
        return False
    return column.legal is None or column.legal[0] <= value <= column.legal[1]


def _expected(column: Column) -> str:
    if column.dtype == pl.String():
        return f"one of {', '.join(column.allowed)}" if column.allowed else "a quoted text"
    low, high = column.legal or (float("-inf"), float("inf"))
    return f"a number from {low:g} to {high:g}"


def _unknown_target(name: str, where: str) -> str:
    targets = [key for key in _DECLARED if key not in _OWN and not key.endswith("_missing_reason")]
    near = suggest(name, targets)
    hint = f"did you mean `{near}`?" if near else "a covariate of your own goes under `covariates`"
    return f"`{where}`: no column `{name}` in the cohort; {hint}"


def load_mapping(name_or_path: str | Path) -> Mapping:
    """The mapping in a YAML file, or the shipped one of that name.

    Raises
    ------
    ConfigError, FaultList
        If there is none, or it breaks the format; all faults at once, each with its key.
    """
    path = _find(str(name_or_path))
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise ConfigError("not a YAML file", path=path, found=str(error).replace("\n", " ")) from error
    if not isinstance(raw, dict):
        raise ConfigError("not a mapping", path=path, expected="keys and values", found=type(raw).__name__)
    return parse_mapping(raw, path=path)


def parse_mapping(raw: dict[str, Any], *, path: Path | str | None = None) -> Mapping:
    """The mapping in a plain dictionary; errors as for :func:`load_mapping`."""
    try:
        return Mapping.model_validate(raw)
    except ValidationError as error:
        faults: list[OncoloomError] = [_fault(one, path) for one in error.errors()]
        if len(faults) == 1:
            raise faults[0] from None
        raise FaultList(f"the mapping has {len(faults)} faults", faults) from None


def shipped_mappings() -> list[str]:
    """Names of the mappings that travel with oncoloom."""
    return sorted(file.stem for file in bundled_path("config", "mappings").glob("*.yaml"))


def _find(name: str) -> Path:
    if Path(name).is_file():
        return Path(name)
    shipped = shipped_mappings()
    place = name.removeprefix("config/mappings/").removesuffix(".yaml")  # as it is called in the source tree
    if place in shipped and name in (place, f"config/mappings/{place}.yaml"):
        return bundled_path("config", "mappings", f"{place}.yaml")
    near = suggest(name, shipped)
    raise ConfigError(
        "no such mapping",
        path=name,
        expected=f"a file, or a shipped one: {', '.join(shipped)}",
        remedy=f"did you mean {near}?" if near else "docs/howto/cohort_tables.md shows how to write one",
    )


_SECTIONS: dict[str, type[BaseModel]] = {
    "columns": ColumnRule,
    "covariates": ColumnRule,
    "timeline": TimelineRules,
    "maf": MafRules,
}


def _fault(one: Any, path: Path | str | None) -> ConfigError:
    location = [str(part) for part in one["loc"]]
    if one["type"] != "extra_forbidden":
        text = one["msg"].removeprefix("Value error, ")
        key = ".".join(location)
        return ConfigError(text, path=path, record=f"key `{key}`" if key else None)
    section = _SECTIONS.get(location[0], Mapping) if len(location) > 1 else Mapping
    known = [field.alias or name for name, field in section.model_fields.items()]
    near = suggest(location[-1], known)
    return ConfigError(
        "unknown key",
        path=path,
        record=f"key `{'.'.join(location)}`",
        expected=", ".join(known),
        remedy=f"did you mean `{near}`?" if near else "docs/howto/cohort_tables.md has every key",
    )


def with_build(mapping: Mapping, build: str | None) -> Mapping:
    """The mapping with the build of its MAF declared, where one is given.

    Raises
    ------
    UsageError
        If it is neither GRCh37 nor GRCh38.
    """
    if build is None:
        return mapping
    if build not in ("GRCh37", "GRCh38"):
        raise UsageError("unknown genome build", expected="GRCh37 or GRCh38", found=build)
    return mapping.model_copy(update={"maf": mapping.maf.model_copy(update={"build": build})})
