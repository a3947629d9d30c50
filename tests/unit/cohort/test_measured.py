"""Values dated after day 0: an error, or null and counted; dates never reach the cohort."""

import pytest

from oncoloom.cohort.csv_door import read_clinic
from oncoloom.cohort.importing import import_csv
from oncoloom.cohort.mapping import parse_mapping
from oncoloom.errors import ConfigError, InputError, OncoloomError

TABLE = """id,alb,alb_date,ldh,ldh_day,start
A,3.9,2020-01-02,200,-4,2020-01-10
B,3.1,2020-02-15,300,7,2020-02-01
C,4.0,,250,0,2020-03-01
D,,2020-05-01,,30,2020-04-01
"""


def mapping(**more):
    return parse_mapping(
        {
            "name": "t",
            "columns": {"patient_id": "id", "albumin_g_dl": {"from": "alb", "measured": "alb_date"}},
            "covariates": {"ldh": {"from": "ldh", "measured": "ldh_day"}},
            "index_date": "start",
            **more,
        }
    )


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(TABLE)
    return path


def test_late_values_are_faults_with_their_lines(table):
    with pytest.raises(OncoloomError) as caught:
        read_clinic(table, mapping())
    text = str(caught.value)
    assert "`albumin_g_dl` was measured after day 0 in 1 of 4 rows" in text
    assert "up to 14 days after it" in text
    assert "line 3, column `ldh_day`" in text


def test_late_values_become_null_where_the_mapping_says_so(table):
    cohort = import_csv([table], mapping(after_day_zero="null"))
    assert cohort.frame["albumin_g_dl"].to_list() == [3.9, None, 4.0, None]
    assert cohort.frame["ldh"].to_list() == [200, None, 250, None]
    assert cohort.frame["albumin_g_dl_measured_day"].to_list() == [-8, 14, None, 30]
    notes = cohort.tally["inputs"][0]["notes"]
    assert "albumin_g_dl: 1 values measured after day 0 are set to null" in notes
    assert not any("2020-0" in str(value) for row in cohort.frame.rows() for value in row)


@pytest.mark.parametrize("cell", ["02.01.2020", "01/02/2020", "20200102", "Jan 2, 2020"])
def test_other_dates_are_refused(tmp_path, cell):
    path = tmp_path / "t.csv"
    path.write_text(f'id,alb,alb_date,ldh,ldh_day,start\nA,3.9,"{cell}",200,0,2020-01-10\n')
    with pytest.raises(InputError, match="cannot be read") as caught:
        read_clinic(path, mapping())
    assert "2020-05-31" in str(caught.value)


def test_a_mapping_must_name_columns_that_are_there_and_no_outcome(table):
    with pytest.raises(ConfigError, match="no column `begin`"):
        read_clinic(table, mapping(index_date="begin"))
    with pytest.raises(ConfigError, match="features and covariates"):
        parse_mapping(
            {"name": "t", "columns": {"patient_id": "id", "os_days": {"from": "alb", "measured": "start"}}}
        )
