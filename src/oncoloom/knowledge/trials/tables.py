"""The embedded trials: patient-level curves, and the map that says what each of them compares."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Literal

import numpy as np
import polars as pl

from oncoloom.bundled import bundled_path
from oncoloom.errors import InputError
from oncoloom.knowledge.trials.biomarkers import Condition, parse_conditions
from oncoloom.knowledge.trials.survival import Group
from oncoloom.reference_data.embedded import read_rows

FOLDER = "trials"
ENDPOINTS = ("OS", "PFS", "rPFS", "DFS", "EFS", "RFS", "LRR", "TTF", "intracranial TTP")
STAGES = ("in situ", "early", "locally advanced", "advanced")
SETTINGS = (
    "neoadjuvant", "adjuvant", "extended adjuvant", "perioperative", "definitive", "salvage",
    "first line", "first or second line", "second line", "second or later line", "third or later line",
    "any line", "maintenance", "supportive",
)  # fmt: skip

Ratio = Literal["experimental/control", "control/experimental", "unknown", ""]


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm: its label in the curves, the drugs as ``a + b``, dose or schedule where arms share drugs."""

    label: str
    therapy: str
    detail: str

    @property
    def name(self) -> str:
        """Therapy, with its detail in brackets where there is one."""
        return f"{self.therapy} ({self.detail})" if self.detail else self.therapy


@dataclass(frozen=True, slots=True)
class Publication:
    """Where a curve was published."""

    pubmed_id: str
    journal: str
    year: int
    title: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One curve of the map: two randomized arms, one endpoint, and for whom it was measured.

    `tumor_types` are OncoTree codes; `excluded_types` those below them that the trial left out.
    `published_ratio` says which way round `published_hazard_ratio` was printed.
    """

    curve: str
    trial: str
    registration: str
    publication: Publication
    tumor_types: tuple[str, ...]
    excluded_types: tuple[str, ...]
    conditions: tuple[Condition, ...]
    stage: str
    setting: str
    population: str
    endpoint: str
    randomized: bool
    kind: str
    experimental: Arm
    control: Arm
    published_hazard_ratio: float | None
    published_ratio: Ratio
    reading_quality: int | None
    note: str


@cache
def comparisons() -> tuple[Comparison, ...]:
    """All curves of the map, sorted by curve.

    Raises
    ------
    InputError
        If a row names an unknown endpoint, setting, stage or publication.
    """
    publications = {row["pubmed_id"]: row for row in read_rows(FOLDER, "publications.tsv")}
    quality = {
        row["curve"]: row["reconstruction_quality"] for row in read_rows(FOLDER, "reading_quality.tsv")
    }
    return tuple(_comparison(row, publications, quality) for row in read_rows(FOLDER, "comparisons.tsv"))


def _comparison(
    row: dict[str, str], publications: Mapping[str, dict[str, str]], quality: Mapping[str, str]
) -> Comparison:
    closed = {
        "endpoint": ENDPOINTS, "setting": SETTINGS, "stage": STAGES, "randomized": ("yes", "doubtful"),
        "pubmed_id": tuple(publications),
    }  # fmt: skip
    for name, allowed in closed.items():
        if row[name] not in allowed:
            raise InputError(
                f"column `{name}` of the map of trials", path="resources/trials/comparisons.tsv",
                record=row["curve"], found=row[name], expected=", ".join(allowed[:20]),
            )  # fmt: skip
    paper = publications[row["pubmed_id"]]
    ratio: Ratio = row["published_ratio"]  # type: ignore[assignment]
    return Comparison(
        curve=row["curve"],
        trial=row["trial"],
        registration=row["registration"],
        publication=Publication(row["pubmed_id"], paper["journal"], int(paper["year"]), paper["title"]),
        tumor_types=tuple(row["tumor_type"].split("|")),
        excluded_types=tuple(code for code in row["tumor_type_excluded"].split("|") if code),
        conditions=parse_conditions(row["biomarkers"]),
        stage=row["stage"],
        setting=row["setting"],
        population=row["population"],
        endpoint=row["endpoint"],
        randomized=row["randomized"] == "yes",
        kind=row["comparison"],
        experimental=Arm(row["experimental_arm"], row["experimental_therapy"], row["experimental_detail"]),
        control=Arm(row["control_arm"], row["control_therapy"], row["control_detail"]),
        published_hazard_ratio=float(row["published_hr"]) if row["published_hr"] else None,
        published_ratio=ratio,
        reading_quality=int(float(quality[row["curve"]])) if quality.get(row["curve"]) else None,
        note=row["note"],
    )


@cache
def _curves() -> dict[str, pl.DataFrame]:
    raw = bundled_path("resources", FOLDER, "curves.tsv.gz").read_bytes()
    types = {"curve": pl.String(), "arm": pl.String(), "time_months": pl.Float64(), "event": pl.UInt8()}
    frame = pl.read_csv(BytesIO(raw), separator="\t", schema_overrides=types, quote_char=None)
    return {str(key[0]): rows for key, rows in frame.group_by("curve", maintain_order=True)}


def curve_names() -> tuple[str, ...]:
    """Names of all embedded curves."""
    return tuple(_curves())


def arm_labels(curve: str) -> tuple[str, ...]:
    """Labels of a curve's arms, sorted."""
    return tuple(sorted(_curves()[curve]["arm"].unique()))


def group_of(curve: str, arm: str) -> Group:
    """Patients of one arm of a curve, sorted by time.

    Raises
    ------
    InputError
        If there is no such curve or arm.
    """
    rows = _curves()[curve].filter(pl.col("arm") == arm) if curve in _curves() else None
    if rows is None or rows.is_empty():
        raise InputError("no such arm among the embedded curves", record=f"{curve}, {arm}")
    time = rows["time_months"].to_numpy().astype(np.float64)
    order = np.argsort(time, kind="stable")
    return Group(time[order], rows["event"].to_numpy()[order] == 1)
