import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncoloom.cohort.assemble import write_cohort
from oncoloom.cohort.importing import import_csv
from oncoloom.cohort.mapping import load_mapping, parse_mapping
from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.errors import OncoloomError
from oncoloom.features.schema import FEATURE_NAMES, missing_reason_column
from oncoloom.tables import read_table, table_metadata

PLAIN = load_mapping("plain")


def cohort(tmp_path, text, mapping=PLAIN, **options):
    path = tmp_path / "clinic.csv"
    path.write_text(text)
    return import_csv([path], mapping, **options)


def loose(columns, **more):
    return parse_mapping({"name": "t", "columns": {"patient_id": "id", **columns}, **more})


def test_rows_and_ids_stay_in_the_order_of_the_input(tmp_path):
    frame = cohort(tmp_path, "patient_id,tmb\nz,1\na,2\n10,3\n", use="test", name="mine").frame
    assert frame["patient_id"].to_list() == ["z", "a", "10"]
    assert frame["split"].unique().to_list() == ["test"]
    assert frame["cohort_name"].unique().to_list() == ["mine"]


def test_every_null_feature_has_its_reason_and_no_known_one_has(tmp_path):
    mapping = loose({"tmb": "TMB", "purity": "PUR"}, reasons={"ploidy": "no copy number here"})
    frame = cohort(tmp_path, "id,TMB\na,1\nb,\n", mapping).frame
    for name in FEATURE_NAMES:
        known = frame[name].is_not_null()
        assert (frame[missing_reason_column(name)].is_null() == known).all(), name
    assert frame["tmb_missing_reason"].to_list() == [None, "empty in the source"]
    assert frame["purity_missing_reason"][0] == "no column PUR in the source"
    assert frame["ploidy_missing_reason"][0] == "no copy number here"


def test_units_scale_offset_and_values(tmp_path):
    mapping = loose(
        {
            "os_days": {"from": "months", "unit": "months"},
            "os_event": {"from": "dead", "values": {"yes": 1, "no": 0}},
            "albumin_g_dl": {"from": "alb", "unit": "g/L"},
            "age_years": {"from": "born", "scale": -1, "offset": 2020},
            "sex": {"from": "s", "values": {"2": "female"}, "otherwise": "unknown"},
            "therapy": {"from": "drug", "values": {"1": "nivolumab"}, "keep_unknown": True},
            "pdl1_stratum": {"from": ["s", "drug"], "join": "/", "values": {"2/1": "x", "1/7": "y"}},
        }
    )
    row = cohort(
        tmp_path, "id,months,dead,alb,born,s,drug\na,2,YES,41,1950,2,1\nb,3,no,39,1960,1,7\n", mapping
    ).frame
    assert row["os_days"].to_list() == [2 * 30.4375, 3 * 30.4375]
    assert row["os_event"].to_list() == [1, 0]
    assert row["albumin_g_dl"].to_list() == pytest.approx([4.1, 3.9])
    assert row["age_years"].to_list() == [70, 60]
    assert row["sex"].to_list() == ["female", "unknown"]
    assert row["therapy"].to_list() == ["nivolumab", "7"]
    assert row["pdl1_stratum"].to_list() == ["x", "y"]


def test_whole_numbers_that_became_decimals_are_translated(tmp_path):
    mapping = loose({"sex": {"from": "s", "values": {"1": "male", "0": "female"}}})
    frame = cohort(tmp_path, "id,s\na,1.0\nb,0.0\nc,\n", mapping).frame
    assert frame["sex"].to_list() == ["male", "female", None]


def test_a_value_that_the_mapping_lacks_is_a_fault_or_null_where_declared(tmp_path):
    rule = {"from": "s", "values": {"yes": 1}, "keep_unknown": True}
    mapping = loose({"driver_EGFR": rule})
    frame = cohort(tmp_path, "id,s\na,yes\nb,odd\n", mapping).frame
    assert frame["driver_EGFR_missing_reason"].to_list() == [None, '"odd" is not in the mapping']


def test_one_impossible_number_in_every_row_is_a_placeholder(tmp_path):
    text = "patient_id,albumin,nlr\n" + "".join(f"p{i},0,3\n" for i in range(25))
    made = cohort(tmp_path, text)
    assert made.frame["albumin_g_dl"].null_count() == 25
    assert "nlr is 3 in every row: measured, or filled in?" in made.tally["inputs"][0]["notes"]
    assert any("albumin_g_dl: refused" in note for note in made.tally["inputs"][0]["notes"])


def test_oncotree_codes_are_todays_or_unknown(tmp_path):
    made = cohort(tmp_path, "patient_id,oncotree_code\na,LUAD\nb,luad\nc,NOSUCH\nd,DLBCL\ne,\n")
    assert made.frame["oncotree_code"].to_list() == ["LUAD", "LUAD", "UNKNOWN", "DLBCLNOS", None]
    assert made.tally["inputs"][0]["notes"] == [
        "OncoTree code DLBCL to DLBCLNOS: 1 patients",
        "OncoTree code luad to LUAD: 1 patients",
        "NOSUCH is no OncoTree code: UNKNOWN for 1 patients",
    ]


def test_a_late_decimal_and_missing_words_do_not_change_a_column(tmp_path):
    rows = [f"p{i},{180 + i},{i % 3}" for i in range(200)]
    rows[150] = "p150,215.5,NA"
    rows[160] = "p160,NA,1"
    frame = cohort(tmp_path, "patient_id,ldh,ecog\n" + "\n".join(rows)).frame
    assert frame["ldh"][150] == 215.5
    assert frame["ldh"].null_count() == 1
    assert frame["ecog"].null_count() == 1


def test_not_evaluable_is_null_with_its_reason_and_no_failure(tmp_path):
    frame = cohort(tmp_path, "patient_id,response\na,CR\nb,SD\nc,NE\nd,\n").frame
    assert frame["response"].to_list() == [1, 0, None, None]
    assert frame["response_missing_reason"].to_list() == [None, None, "not evaluable", "empty in the source"]


def test_a_column_that_is_neither_mapped_nor_ignored_is_counted(tmp_path):
    mapping = loose({"tmb": "TMB"}, ignore=["known"])
    (table,) = cohort(tmp_path, "id,TMB,known,surprise\na,1,x,y\nb,2,x,\n", mapping).tally["inputs"]
    assert table["columns_not_used"] == {"surprise": 1}


def test_a_percent_sign_and_an_age_above_the_limit_of_privacy(tmp_path):
    frame = cohort(tmp_path, "patient_id,pdl1,age\na,50%,>89\nb,5 %,60\n").frame
    assert frame["pdl1_tps"].to_list() == [50.0, 5.0]
    assert frame["age_years"].to_list() == [None, 60.0]


def test_the_year_and_the_quarter_of_day_zero(tmp_path):
    mapping = loose({"calendar_quarter": "when"})
    frame = cohort(tmp_path, "id,when\na,2018\nb,2018Q2\nc,2018-11-30\n", mapping).frame
    assert frame["calendar_quarter"].to_list() == ["2018", "2018Q2", "2018Q4"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("patient_id,albumin\n" + "".join(f"p{i},{38 + i % 7}\n" for i in range(30)), ["g/L", "median 41"]),
        ("patient_id,hgb\n" + "".join(f"p{i},{120 + i}\n" for i in range(9)), ["hemoglobin_g_dl", "g/L"]),
        ("patient_id,pdl1\n" + "".join(f"p{i},0.{i:02d}\n" for i in range(30)), ["looks like a fraction"]),
        ("patient_id,age\na,40\nb,20211\nc,50\n", ["line 3", "20211", "0 to 120 years"]),
        ("patient_id,sex\na,female\nb,woman\n", ["line 3", '"woman"', "column `sex`"]),
        ("patient_id,tmb\na,1\nb,\nc,>8\n", ["line 4", '">8"', "a number"]),
        ("patient_id,tmb\na,1e400\n", ["line 2", "can hold"]),
        ("patient_id,ecog\na,9\n", ["ecog", "0 to 5"]),
        ("patient_id,n_somatic\na,1.5\n", ["whole number"]),
        ("patient_id,n_somatic\na,1e400\n", ["can hold"]),
        ('patient_id,tmb\na,"1,5"\n', ["decimal comma"]),
        ("patient_id,note\na,seen on 2020-01-02\n", ["note", "date"]),
    ],
)
def test_a_bad_cell_names_row_column_unit_and_a_way_out(tmp_path, text, words):
    with pytest.raises(OncoloomError) as caught:
        cohort(tmp_path, text)
    assert all(word in str(caught.value) for word in words)


def test_all_faults_of_a_table_come_at_once_and_are_capped(tmp_path):
    text = "patient_id,age,ecog,os_days,os_event\n" + "".join(
        f"p{i},{200 + i},{7 + i},-{i + 1},1\n" for i in range(50)
    )
    with pytest.raises(OncoloomError) as caught:
        cohort(tmp_path, text)
    said = str(caught.value)
    assert "52 faults" in said
    assert "lines 2, 3, 4, 5, 6 and 45 more" in said
    assert "32 more of the kind" in said


def test_a_patient_in_two_files_is_refused(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("patient_id,tmb\nP1,1\n")
    with pytest.raises(OncoloomError, match="more than one of the files"):
        import_csv([tmp_path / "a.csv", tmp_path / "b.csv"], PLAIN)


def test_two_files_are_stacked_in_order(tmp_path):
    (tmp_path / "a.csv").write_text("patient_id,tmb,ldh\nP2,1,5\n")
    (tmp_path / "b.csv").write_text("patient_id,tmb,crp\nP1,2,6\n")
    frame = import_csv([tmp_path / "a.csv", tmp_path / "b.csv"], PLAIN).frame
    assert frame["patient_id"].to_list() == ["P2", "P1"]
    assert frame["ldh"].to_list() == [5.0, None]


def test_pseudonyms_replace_ids_and_the_table_says_under_which_key(tmp_path):
    key = tmp_path / "key"
    key.write_text("0123456789abcdef")
    made = cohort(tmp_path, "patient_id,sample_id,tmb\na,s,1\nb,,2\n", key_file=key)
    ids = made.frame["patient_id"].to_list()
    assert all(value.startswith("P") and len(value) == 17 for value in ids)
    assert made.frame["sample_id"].to_list()[1] is None
    write_cohort(made, tmp_path / "c.parquet")
    assert len(table_metadata(tmp_path / "c.parquet")["oncoloom.pseudonym_key"]) == 8


def test_same_input_gives_the_same_bytes_and_a_tally_beside(tmp_path):
    text = "patient_id,tmb,os_days,os_event,ldh\na,1,3,1,5\nb,2,4,0,\n"
    for name in ("one", "two"):
        write_cohort(cohort(tmp_path, text), tmp_path / f"{name}.parquet")
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
    tally = json.loads((tmp_path / "one.parquet.tally.json").read_text())
    assert tally["endpoints"]["os"] == {"known": 2, "events": 1, "null": {}}
    frame = read_table(tmp_path / "one.parquet", COHORT_TABLE)
    assert frame.columns[-1] == "ldh"


@given(values=st.lists(st.one_of(st.none(), st.floats(0, 900, width=32)), min_size=1, max_size=30))
def test_numbers_survive_the_door(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("t")
    rows = "".join(f"p{i},{'' if v is None else repr(float(v))}\n" for i, v in enumerate(values))
    frame = cohort(folder, "patient_id,tmb\n" + rows).frame
    assert frame["tmb"].to_list() == [None if v is None else float(v) for v in values]


def test_a_cohort_written_as_csv_comes_in_again(tmp_path):
    first = cohort(tmp_path, "patient_id,tmb,os_days,os_event\na,1,3,1\nb,,4,0\n").frame
    again = cohort(tmp_path, first.write_csv()).frame
    assert again["os_missing_reason"].to_list() == [None, None]
    assert again.select("patient_id", "tmb", "os_days", "os_event").equals(
        first.select("patient_id", "tmb", "os_days", "os_event")
    )


def test_covariates_of_two_files_may_differ_in_kind(tmp_path):
    (tmp_path / "a.csv").write_text("patient_id,site\nP2,5\n")
    (tmp_path / "b.csv").write_text("patient_id,site\nP1,east\n")
    frame = import_csv([tmp_path / "a.csv", tmp_path / "b.csv"], PLAIN).frame
    assert frame["site"].to_list() == ["5.0", "east"]


def told(tmp_path, text, mapping=PLAIN):
    """The message of the refusal of a table."""
    with pytest.raises(OncoloomError) as caught:
        cohort(tmp_path, text, mapping)
    return "\n".join(caught.value.lines())


@pytest.mark.parametrize(
    ("dead", "alive"),
    [("TRUE", "FALSE"), ("1:DECEASED", "0:LIVING"), ("Dead", "Alive"), ("yes", "no"), ("1.0", "0.0")],
)
def test_common_words_for_an_event_are_read(tmp_path, dead, alive):
    frame = cohort(tmp_path, f"patient_id,os_days,os_event\na,5,{dead}\nb,9,{alive}\n").frame
    assert frame["os_event"].to_list() == [1, 0]


def test_yes_and_no_fill_any_column_of_zeros_and_ones(tmp_path):
    assert cohort(tmp_path, "patient_id,stage_iv\na,TRUE\nb,no\n").frame["stage_iv"].to_list() == [1, 0]


def test_an_event_coded_1_and_2_is_refused(tmp_path):
    message = told(tmp_path, "patient_id,os_days,os_event\na,5,1\nb,9,2\n")
    assert 'found:    "2"' in message
    assert "line 3" in message


def test_a_cell_that_cannot_be_read_is_not_called_empty(tmp_path):
    message = told(tmp_path, "patient_id,os_days,os_event\na,2020-01-05,1\nb,3,0\n")
    assert "days since the start of therapy" in message
    assert "empty" not in message


def test_an_endpoint_with_one_column_is_one_fault_with_the_column_to_take(tmp_path):
    message = told(tmp_path, "patient_id,os_months,os_event\na,5,1\nb,9,0\n")
    assert "os_days: {from: os_months, unit: months}" in message
    assert message.count("os_event") == 1


@pytest.mark.parametrize("age", [">89", "> 89", "90+", "\u226590", ">= 90"])
def test_an_age_above_the_limit_of_naming_is_null(tmp_path, age):
    text = f"patient_id,age,response\na,{age},Not Evaluable\nb,50,CR\n"
    frame = cohort(tmp_path, text).frame
    assert frame["age_years"].to_list() == [None, 50.0]
    assert frame["response_missing_reason"].to_list() == ["not evaluable", None]


@pytest.mark.parametrize("comma", [True, False])
def test_grouped_digits_are_never_guessed(tmp_path, comma):
    cell = "1.234" if comma else '"1,234"'
    mapping = loose({"tmb": "TMB"}, decimal_comma=comma)
    assert "thousands?" in told(
        tmp_path, f"id{';' if comma else ','}TMB\na{';' if comma else ','}{cell}\n", mapping
    )


def test_days_that_look_like_months_are_asked_about(tmp_path):
    rows = "".join(f"p{i},{i + 0.5},{i % 2}\n" for i in range(30))
    notes = json.dumps(cohort(tmp_path, f"patient_id,os_days,os_event\n{rows}").tally)
    assert "are they months?" in notes


def test_a_row_without_an_id_has_a_remedy(tmp_path):
    assert "remedy" in told(tmp_path, "patient_id,tmb\nNA,1\nb,2\n")


def test_a_table_without_ids_gets_them_from_its_name_and_rows(tmp_path):
    frame = cohort(tmp_path, "x0,x1,t,e\n1,2.5,12,1\n0,3.5,24,0\n", load_mapping("deepsurv")).frame
    assert frame["patient_id"].to_list() == ["clinic-1", "clinic-2"]
    assert frame["os_days"].to_list() == pytest.approx([365.25, 730.5])
    assert frame["os_event"].to_list() == [1, 0]
    assert frame["x1"].to_list() == [2.5, 3.5]
    days = cohort(tmp_path, "x0,x1,t,e\n1,2.5,12,1\n0,3.5,24,0\n", load_mapping("deepsurv_days")).frame
    assert days["os_days"].to_list() == [12, 24]


def test_days_read_as_months_are_refused(tmp_path):
    with pytest.raises(OncoloomError, match="os_days"):
        cohort(tmp_path, "x0,t,e\n1,2000,1\n0,24,0\n", load_mapping("deepsurv"))
