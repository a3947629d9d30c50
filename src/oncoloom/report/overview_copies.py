"""What the copy-number picture of the overview shows: the project's patients, or a cohort with segments."""

from collections import defaultdict
from dataclasses import dataclass
from math import log2
from pathlib import Path

import polars as pl

from oncoloom.features.contracts import SEGMENTS_TABLE
from oncoloom.features.schema import FEATURES_TABLE
from oncoloom.report.overview_cohorts import CohortView
from oncoloom.report.plots.copy_heat_map import (
    CHANGE,
    MAX_ROWS,
    Profile,
    ProfileGroup,
    copy_heat_map,
)
from oncoloom.report.svg import Drawing
from oncoloom.report.words import count
from oncoloom.tables import read_table

LEAST_PATIENTS = 2
MAX_GROUPS = 12
ALL, OTHER = "all", "other"
LEAST_RATIO = -5.0  # a deep deletion's log2 may be minus infinity


@dataclass(frozen=True, slots=True)
class Copies:
    """The picture and the sentence below it."""

    drawing: Drawing
    note: str


def copies_picture(
    features: Path, patients: list[str], types: dict[str, str], cohorts: list[CohortView], folder: Path
) -> Copies | None:
    """The picture of the project's patients, else of the first cohort with segments, else None.

    Parameters
    ----------
    patients
        Those who were reported.
    types
        Patient to tumor type.
    folder
        Where cohort tables lie, with `NAME.segments.parquet` beside them.
    """
    found = {name: profile for name in patients if (profile := _own_profile(features, name)) is not None}
    source, total = "Patients of this project who were reported", len(patients)
    if len(found) < LEAST_PATIENTS:
        for view in cohorts:
            path = folder / f"{view.name}.segments.parquet"
            if not path.is_file():
                continue
            found = _cohort_profiles(path)
            types = dict(view.frame.select("patient_id", pl.col("tumor_type").fill_null(ALL)).iter_rows())
            source, total = f"Segments of cohort {view.name}", view.n
            break
    if len(found) < LEAST_PATIENTS:
        return None
    groups = _grouped(found, types)
    note = f"{source}: {count(len(found), 'patient')} of {total:,} with copy number."
    if len(found) > MAX_ROWS:
        note += f" {MAX_ROWS} evenly spaced ones are drawn; shares count all."
    return Copies(copy_heat_map(groups), note)


def _own_profile(features: Path, patient_id: str) -> Profile | None:
    path = features / patient_id / "segments.parquet"
    if not path.is_file() or not (features / f"{patient_id}.parquet").is_file():
        return None
    ploidy = read_table(features / f"{patient_id}.parquet", FEATURES_TABLE)["ploidy"][0]
    return profile_of(read_table(path, SEGMENTS_TABLE), ploidy)


def _cohort_profiles(path: Path) -> dict[str, Profile]:
    frame = read_table(path, SEGMENTS_TABLE)
    found = {}
    for (name,), rows in frame.group_by("patient_id", maintain_order=True):
        profile = profile_of(rows, None)
        if profile is not None:
            found[str(name)] = profile
    return found


def profile_of(frame: pl.DataFrame, ploidy: float | None) -> Profile | None:
    """Segments relative to the main level: copies over ploidy where both are known, else the log2 ratio."""
    segments = []
    for chrom, start, end, ratio, copies in frame.select(
        "chrom", "start", "end", "log2", "total_cn"
    ).iter_rows():
        if copies is not None and ploidy:
            ratio = log2(copies / ploidy) if copies > 0 else LEAST_RATIO
        if ratio is not None:
            segments.append((str(chrom), int(start), int(end), max(LEAST_RATIO, float(ratio))))
    return Profile(tuple(segments)) if segments else None


def _grouped(found: dict[str, Profile], types: dict[str, str]) -> list[ProfileGroup]:
    """By tumor type, the largest first; inside a type the most altered first."""
    by_type: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for name, profile in found.items():
        by_type[types.get(name) or ALL].append((-altered_share(profile), name))
    ranked = sorted(by_type.items(), key=lambda item: (-len(item[1]), item[0]))
    if len(ranked) > MAX_GROUPS:
        rest = [one for _, members in ranked[MAX_GROUPS - 1 :] for one in members]
        ranked = [*ranked[: MAX_GROUPS - 1], (OTHER, rest)]
    return [ProfileGroup(kind, tuple(found[name] for _, name in sorted(members))) for kind, members in ranked]


def altered_share(profile: Profile) -> float:
    """Share of the covered bases that are gained or lost."""
    covered = sum(end - start for _, start, end, _ in profile.segments)
    changed = sum(end - start for _, start, end, ratio in profile.segments if abs(ratio) >= CHANGE)
    return changed / covered if covered else 0.0
