import polars as pl
import pytest

from oncoloom.cohort.build import build_cohort
from oncoloom.cohort.mapping import load_mapping
from oncoloom.errors import OncoloomError
from oncoloom.features.schema import FEATURE_NAMES, FEATURES_TABLE, missing_reason_column
from oncoloom.tables import write_table

PLAIN = load_mapping("plain")


def features(folder, patient, *samples, **values):
    """A feature table of one patient; without samples the table of a stopped patient."""
    rows = []
    for sample in samples:
        row = {column.name: None for column in FEATURES_TABLE.columns}
        row |= {"patient_id": patient, "sample_id": sample, "entry": "reads", "assay": "wgs"}
        row |= {missing_reason_column(name): "not here" for name in FEATURE_NAMES if name not in values}
        rows.append(row | values)
    path = folder / f"{patient}.parquet"
    write_table(pl.DataFrame(rows, schema=FEATURES_TABLE.polars_schema()), FEATURES_TABLE, path)
    return path


def sheet(folder, *rows):
    path = folder / "patients.tsv"
    path.write_text("\n".join(["patient_id\tsex\toncotree_code", *("\t".join(row) for row in rows)]) + "\n")
    return path


def clinic(folder, text):
    path = folder / "clinic.csv"
    path.write_text(text)
    return path


def test_rows_follow_the_sheet_and_stopped_patients_are_counted(tmp_path):
    paths = [
        features(tmp_path, "P1", "P1T", tmb=2.0),
        features(tmp_path, "P2"),
        features(tmp_path, "P3", "T"),
    ]
    order = sheet(tmp_path, ("P3", "female", "MEL"), ("P2", "male", "MEL"), ("P1", "unknown", "UNKNOWN"))
    made = build_cohort(paths, patients=order)
    assert made.frame["patient_id"].to_list() == ["P3", "P1"]
    assert made.frame["sex"].to_list() == ["female", "unknown"]
    assert made.frame["split"].to_list() == ["predict", "predict"]
    assert made.frame["tmb_missing_reason"].to_list() == ["not here", None]
    assert made.tally["join"]["stopped_patients"] == 1
    assert made.tally["join"]["sheet_patients_without_features"] == 1


def test_the_clinic_is_joined_by_id_and_nobody_is_lost(tmp_path):
    paths = [features(tmp_path, "P1", "T", tmb=2.0), features(tmp_path, "P2", "T")]
    table = clinic(
        tmp_path,
        "patient_id,sex,therapy,tmb,purity,ldh,os_days,os_event\n"
        "P1,male,nivolumab,9,0.4,5,10,1\nP9,male,x,1,0.1,6,3,0\n",
    )
    made = build_cohort(
        paths,
        clinic=table,
        mapping=PLAIN,
        patients=sheet(tmp_path, ("P1", "female", "MEL"), ("P2", "male", "X")),
    )
    frame = made.frame
    assert frame["therapy"].to_list() == ["nivolumab", None]
    assert frame["tmb"].to_list() == [2.0, None]
    assert frame["purity"].to_list() == [0.4, None]
    assert frame["ldh"].to_list() == [5.0, None]
    assert frame["os_missing_reason"].to_list() == [None, "no row in the clinic's table"]
    assert frame["sex"].to_list() == ["female", "male"]
    assert made.tally["notes"] == ["sex: sheet and clinic differ in 1 patients; the sheet's stands"]
    assert made.tally["join"]["clinic_rows_without_features"] == 1
    assert made.tally["join"]["patients_without_clinic_row"] == 1


def test_a_clinic_of_other_ids_is_said(tmp_path):
    table = clinic(tmp_path, "patient_id,tmb\nQ1,1\n")
    made = build_cohort([features(tmp_path, "P1", "T")], clinic=table, mapping=PLAIN)
    assert "no patient of the cohort has a row" in made.tally["notes"][0]


def test_several_samples_and_no_patient_at_all(tmp_path):
    made = build_cohort([features(tmp_path, "P1", "T2", "T1", tmb=1.0)])
    assert made.frame["sample_id"].to_list() == ["T1"]
    assert made.tally["join"]["further_samples_of_a_patient"] == 1
    empty = build_cohort([features(tmp_path, "P2")])
    assert empty.frame.height == 0
    assert empty.frame.columns == made.frame.columns


def test_a_patient_twice_or_a_table_of_another_kind_is_refused(tmp_path):
    path = features(tmp_path, "P1", "T")
    with pytest.raises(OncoloomError, match="two feature tables"):
        build_cohort([path, path])
    other = tmp_path / "x.parquet"
    pl.DataFrame({"a": [1]}).write_parquet(other)
    with pytest.raises(OncoloomError, match="not a features table"):
        build_cohort([other])
