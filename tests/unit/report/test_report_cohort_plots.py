"""Pictures of a cohort: shares of gained and lost, rows of patients, TMB by tumor type."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from report_examples import table
from test_report_overview import cohort_rows

from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.features.contracts import SEGMENTS_TABLE
from oncoloom.features.schema import SIGNATURE_CAUSES
from oncoloom.report.overview import write_overview
from oncoloom.report.overview_cohorts import (
    MAX_PROCESS_GROUPS,
    PROCESS_WORDS,
    process_groups,
    processes_note,
)
from oncoloom.report.overview_copies import altered_share, profile_of
from oncoloom.report.plots.copy_heat_map import (
    COLUMNS,
    MAX_ROWS,
    Profile,
    ProfileGroup,
    axis_of,
    changed_shares,
    copy_heat_map,
)
from oncoloom.report.plots.crowding import evenly_spaced
from oncoloom.report.plots.signature_bars import Processes, ordered, shown_causes
from oncoloom.report.plots.tmb_types import LEAST_PATIENTS, MAX_TYPES, shown_types, tmb_by_type
from oncoloom.tables import write_table


def test_shares_are_of_those_covered():
    half_gained = Profile((("1", 0, 500, 0.5), ("1", 500, 1000, 0.0)))
    lost = Profile((("1", 0, 1000, -1.0),))
    not_covered_at_the_end = Profile((("1", 0, 500, 0.0),))
    groups = [ProfileGroup("a", (half_gained, lost, not_covered_at_the_end))]
    gained, lost_share = changed_shares(groups, axis_of(groups))
    front, back = slice(5, COLUMNS // 2 - 5), slice(COLUMNS // 2 + 5, COLUMNS - 5)
    assert np.allclose(gained[front], 1 / 3)
    assert np.all(gained[back] == 0)
    assert np.allclose(lost_share[front], 1 / 3)
    assert np.allclose(lost_share[back], 1 / 2)


def test_small_changes_are_not_drawn_and_gains_stand_above_losses():
    flat = copy_heat_map([ProfileGroup("a", (Profile((("1", 0, 10, 0.1), ("1", 10, 20, -0.1))),))])
    assert "nothing gained or lost" in flat.alt
    both = copy_heat_map([ProfileGroup("a", (Profile((("1", 0, 10, 1.2), ("2", 0, 10, -0.6))),))])
    assert "gained in chromosome 1 (100 %)" in both.alt
    assert "lost in chromosome 2 (100 %)" in both.alt
    y = {
        style: float(part.split('y="')[1].split('"')[0])
        for part in both.parts
        for style in ("f-vermillion", "f-blue")
        if part.startswith("<rect") and style in part and 'width="22"' not in part
    }
    assert y["f-vermillion"] < y["f-blue"]


def test_large_cohorts_are_thinned_evenly_and_counted_whole():
    everyone = tuple(Profile((("1", 0, 10, float(at)),)) for at in range(3 * MAX_ROWS))
    group = ProfileGroup("a", everyone)
    shown = evenly_spaced(group.profiles, len(everyone), MAX_ROWS)
    assert len(shown) == MAX_ROWS
    assert len(set(shown)) == MAX_ROWS
    assert f"of {3 * MAX_ROWS} patients" in copy_heat_map([group]).alt


def test_profile_is_relative_to_the_main_level():
    rows = [
        {"chrom": "1", "start": 0, "end": 10, "log2": 0.0, "total_cn": 4.0},
        {"chrom": "1", "start": 10, "end": 20, "log2": -1.0, "total_cn": 0.0},
        {"chrom": "1", "start": 20, "end": 30, "log2": None, "total_cn": None},
    ]
    frame = pl.DataFrame(rows)
    with_ploidy = profile_of(frame, 2.0)
    assert with_ploidy is not None
    assert [one[3] for one in with_ploidy.segments] == [1.0, -5.0]
    without = profile_of(frame, None)
    assert without is not None
    assert [one[3] for one in without.segments] == [0.0, -1.0]
    assert altered_share(without) == 0.5
    assert profile_of(frame.tail(1), 2.0) is None


def test_types_are_the_frequent_ones_by_median():
    values = {f"T{at:02d}": [float(at + 1)] * (LEAST_PATIENTS + at) for at in range(MAX_TYPES + 5)}
    values["rare"] = [100.0] * (LEAST_PATIENTS - 1)
    names = [name for name, _ in shown_types(values)]
    assert names == [f"T{at:02d}" for at in range(5, MAX_TYPES + 5)]
    alt = tmb_by_type(values).alt
    assert "T05 lowest (median 6" in alt
    assert "rare" not in alt


@pytest.mark.parametrize("value", [0.0, 0.01, 5.0, 900.0])
def test_every_patient_stands_inside_the_axis(value):
    drawing = tmb_by_type({"A": [value] * LEAST_PATIENTS, "B": [1.0] * LEAST_PATIENTS})
    assert f"{LEAST_PATIENTS}</text>" in drawing.inline()
    assert "nan" not in drawing.inline()


def _segments(n: int) -> pl.DataFrame:
    rows = []
    for at in range(n):
        row = dict.fromkeys((column.name for column in SEGMENTS_TABLE.columns), None)
        row |= {"patient_id": f"C{at}", "sample_id": f"C{at}", "caller": "x"}
        rows.append(row | {"chrom": "7", "start": 0, "end": 1000, "log2": 0.5 if at % 2 else 0.0})
    return table(rows, SEGMENTS_TABLE)


def test_segments_beside_a_cohort_become_the_picture_and_no_cohort_of_their_own(tmp_path: Path):
    folder = tmp_path / "cohort"
    rows = cohort_rows(30)
    for at, row in enumerate(rows):
        row["tumor_type"] = "Renal" if at % 3 else "NSCLC"
    write_table(table(rows, COHORT_TABLE), COHORT_TABLE, folder / "luad.parquet")
    write_table(_segments(8), SEGMENTS_TABLE, folder / "luad.segments.parquet")
    figures = write_overview(project=None, results=tmp_path, config=None, output=tmp_path / "o.html")
    page = (tmp_path / "o.html").read_text(encoding="utf-8")
    assert figures["cohort_rows"] == 30
    assert "Segments of cohort luad: 8 patients of 30 with copy number." in page
    assert "most often gained in chromosome 7 (50 %)" in page
    assert "Mutations per Mb of 2 tumor types" in page


def _with_processes(n: int) -> list[dict[str, object]]:
    rows = cohort_rows(n)
    for at, row in enumerate(rows):
        row["tumor_type"] = f"T{at % 8}"
        known = at % 4 != 3
        for cause in SIGNATURE_CAUSES:
            row[f"signature_{cause}"] = 0.0 if known else None
            row[f"signature_{cause}_missing_reason"] = None if known else "12 mutations are too few"
        if known:
            row["signature_uv"] = 0.7 if at % 2 else 0.0
            row["signature_aging"] = 0.3 if at % 2 else 1.0
            row["signature_state"] = "prior-led" if at % 3 else "measured"
    return rows


def test_processes_are_those_that_anybody_shows_and_the_rest_is_counted(tmp_path: Path):
    frame = table(_with_processes(32), COHORT_TABLE)
    groups = process_groups(frame)
    assert len(groups) == MAX_PROCESS_GROUPS
    assert sum(len(group.patients) for group in groups) == 24
    assert shown_causes(groups, list(SIGNATURE_CAUSES)) == [("aging", 24), ("uv", 8)]
    assert (
        processes_note(frame, groups)
        == "24 of 32 patients have signatures. 8 have none: 12 mutations are too few."
    )
    write_table(frame, COHORT_TABLE, tmp_path / "cohort" / "luad.parquet")
    write_overview(project=None, results=tmp_path, config=None, output=tmp_path / "o.html")
    page = (tmp_path / "o.html").read_text(encoding="utf-8")
    assert "Mutational processes of 24 patients: aging in 24, ultraviolet light in 8." in page


def test_patients_of_one_main_cause_stand_together():
    one, other = Processes({"uv": 0.9, "aging": 0.1}, False), Processes({"aging": 1.0}, True)
    less = Processes({"uv": 0.6, "aging": 0.4}, False)
    assert ordered((other, less, one), ["uv", "aging"]) == (one, less, other)


def test_every_cause_has_words():
    assert set(PROCESS_WORDS) == set(SIGNATURE_CAUSES)
