"""Tables as hospitals send them: each oddity is read right, told with a remedy, or counted."""

import pytest

from oncoloom.cohort.importing import import_csv
from oncoloom.cohort.mapping import load_mapping, parse_mapping
from oncoloom.errors import OncoloomError

N = 40


def patient(i):
    return {
        "patient_id": f"P{i:03d}", "tumor_type": "NSCLC", "therapy": "nivolumab", "age_years": 50 + i % 30,
        "albumin_g_dl": round(3.5 + 0.02 * (i % 30), 2), "nlr": round(2 + 0.1 * (i % 37), 1),
        "tmb": round(1 + 0.7 * (i % 29), 1), "pdl1_tps": (i * 7) % 101, "response": int(i % 3 == 0),
        "pfs_days": 50 + i * 5, "pfs_event": int(i % 4 != 0), "os_days": 150 + i * 9,
        "os_event": int(i % 2 == 0),
    }  # fmt: skip


def read(tmp_path, mapping="plain", n=N, **columns):
    rows = [patient(i) | {k: v(i) if callable(v) else v for k, v in columns.items()} for i in range(n)]
    lines = [",".join(rows[0]), *(",".join(f'"{value}"' for value in row.values()) for row in rows)]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    rules = load_mapping(mapping) if isinstance(mapping, str) else parse_mapping(mapping)
    return import_csv([tmp_path / "t.csv"], rules)


def notes(cohort):
    return "\n".join(cohort.tally["inputs"][0]["notes"])


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"albumin_g_dl": lambda i: 35 + i % 10}, "median 39.5: g/L? write `unit: g/L`"),
        ({"albumin_g_dl": lambda i: 38 if i % 2 else 3.8}, "20 values look like g/L, 20 like g/dL"),
        ({"nlr": lambda i: round(0.1 + 0.01 * i, 2)}, "more lymphocytes than neutrophils (median 0.295)"),
        ({"tmb": lambda i: 60 + 13 * i}, "whole numbers with a median of 313.5 look like counts"),
        ({"age_years": lambda i: 1940 + i}, "years of birth?"),
        ({"age_years": lambda i: 700 + i}, "median 719.5: months? write `unit: months`"),
        ({"os_days": lambda i: 43831 + i}, "dates as a spreadsheet counts them?"),
        ({"os_days": "2020-03-14"}, "a date? write the days since the start of therapy"),
        ({"os_days": "2020/03/14"}, "a date?"),
        ({"os_days": "14.03.2020"}, "a date?"),
        ({"os_days": "3/14/20"}, "a date?"),
        ({"os_days": "14 Mar 2020"}, "a date?"),
        ({"os_days": "March 14, 2020"}, "a date?"),
        ({"pdl1_tps": lambda i: "<1" if i == 3 else 20}, "a bound or a range?"),
        ({"pdl1_tps": lambda i: "1-49%" if i == 3 else 20}, "a bound or a range?"),
        ({"pdl1_tps": lambda i: "≥50%" if i == 3 else 20}, "a bound or a range?"),
        ({"age_years": lambda i: "90 or older" if i == 3 else 60}, "a bound or a range?"),
        ({"os_event": lambda i: 1 + i % 2}, 'write `values: {"1": 0, "2": 1}`'),
    ],
)
def test_a_wrong_figure_is_refused_with_what_it_looks_like(tmp_path, columns, says):
    with pytest.raises(OncoloomError) as caught:
        read(tmp_path, **columns)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "columns",
    [
        {"nlr": lambda i: 0.4 if i < 15 else 3.0},  # some patients have few neutrophils
        {"tmb": lambda i: i % 25},  # rounded
        {"tmb": lambda i: 40.5 + i},  # a cohort with mismatch repair lost
        {"albumin_g_dl": lambda i: 3 + i % 2},
    ],
)
def test_a_rare_but_right_figure_passes(tmp_path, columns):
    assert read(tmp_path, **columns).frame.height == N


def test_a_mapping_may_say_that_the_figure_is_right(tmp_path):
    rules = {"name": "t", "columns": {"patient_id": "patient_id", "nlr": {"from": "nlr", "scale": 1}}}
    assert read(tmp_path, rules, nlr=0.3).frame["nlr"].to_list() == [0.3] * N


def test_words_beside_numbers_are_translated_and_other_words_still_told(tmp_path):
    tps = {"from": "pdl1_tps", "values": {"<1": 0, ">=50%": 75}}
    rules = {"name": "t", "columns": {"patient_id": "patient_id", "pdl1_tps": tps}}
    cohort = read(tmp_path, rules, pdl1_tps=lambda i: ["<1", ">=50%", "30", "5.5"][i % 4])
    assert cohort.frame["pdl1_tps"].to_list()[:4] == [0, 75, 30, 5.5]
    with pytest.raises(OncoloomError, match="cannot be read"):
        read(tmp_path, rules, pdl1_tps=lambda i: "high" if i == 2 else 3)


def test_words_that_differ_in_case_are_one_therapy_and_one_tumor_type(tmp_path):
    cohort = read(
        tmp_path, therapy=lambda i: ["nivolumab", "Nivolumab", "nivolumab "][i % 3],
        tumor_type=lambda i: "nsclc" if i == 0 else "NSCLC",
    )  # fmt: skip
    assert set(cohort.frame["therapy"]) == {"nivolumab"}
    assert set(cohort.frame["tumor_type"]) == {"NSCLC"}
    assert "therapy: `Nivolumab` (13) are read as `nivolumab` (27)" in notes(cohort)


def test_drugs_in_several_columns_are_joined_without_empty_places(tmp_path):
    rules = {
        "name": "t", "columns": {"patient_id": "patient_id", "therapy": {"from": ["a", "b"], "join": " + "}},
    }  # fmt: skip
    cohort = read(tmp_path, rules, a="ipilimumab", b=lambda i: "nivolumab" if i % 2 else "")
    assert cohort.frame["therapy"].to_list()[:2] == ["ipilimumab", "ipilimumab + nivolumab"]


def test_a_few_progressions_after_the_last_contact_are_nulled_and_many_refuse_the_endpoint(tmp_path):
    late = {"pfs_event": 1, "os_event": 0}
    few = read(tmp_path, pfs_days=lambda i: 999 if i in (1, 3) else 40, **late)
    assert few.frame["pfs_days"].null_count() == 2
    assert few.frame["pfs_missing_reason"][1] == "progression after the last contact"
    assert "2 rows progress after the last contact" in notes(few)
    many = read(tmp_path, pfs_days=lambda i: 999 if i < 9 else 40, **late)
    assert many.frame["pfs_days"].null_count() == N
    assert "progression after the last contact in 9 of 40 patients" in notes(many)


def test_progression_free_time_that_is_censored_at_death_is_said(tmp_path):
    cohort = read(tmp_path, pfs_days=lambda i: 150 + i * 9, pfs_event=0, os_event=1)
    assert "40 patients are censored at their death" in notes(cohort)
    assert cohort.frame["pfs_days"].null_count() == 0
