import numpy as np
import pytest

from oncoloom.cohort.importing import import_csv
from oncoloom.cohort.mapping import load_mapping
from oncoloom.cohort.several_files import in_common_words
from oncoloom.errors import InputError

PLAIN = load_mapping("plain")
HEADER = "patient_id,tmb,fraction_genome_altered,age,sex"


def people(n, seed, start=1):
    rng = np.random.default_rng(seed)
    return [
        f"{start + at},{rng.lognormal(1.5, 1):.1f},{rng.uniform():.4f},{rng.normal(62, 10):.1f},"
        f"{rng.choice(['male', 'female'])}"
        for at in range(n)
    ]


def files(tmp_path, **tables):
    out = []
    for name, rows in tables.items():
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join([HEADER, *rows]) + "\n")
        out.append(path)
    return out


def test_ids_that_only_count_carry_their_file(tmp_path):
    made = import_csv(files(tmp_path, east=people(40, 1), west=people(30, 2)), PLAIN)
    assert made.frame["patient_id"].to_list()[:2] == ["east:1", "east:2"]
    assert made.frame["patient_id"].to_list()[-1] == "west:30"
    assert made.frame["cohort_name"].unique().sort().to_list() == ["east", "west"]
    assert made.tally["ids_named_by_file"] == 70
    assert made.tally["cohort_name"] == "east, west"
    (pair,) = made.tally["patients_in_common"]
    assert pair["assessed"]
    assert not pair["found"]
    assert in_common_words(made.tally) == []


def test_patients_that_two_files_share_are_told(tmp_path):
    east = people(60, 3)
    again = [",".join([str(900 + at), *row.split(",")[1:]]) for at, row in enumerate(east[:12])]
    made = import_csv(files(tmp_path, east=east, west=people(40, 4, start=500) + again), PLAIN)
    (pair,) = made.tally["patients_in_common"]
    assert pair["found"]
    assert pair["rows_of_second"] == list(range(40, 52))
    assert made.tally["ids_named_by_file"] == 0
    (line,) = in_common_words(made.tally)
    assert line.startswith("12 patients of west look like patients of east")


def test_the_same_patients_under_the_same_ids_are_refused(tmp_path):
    rows = people(30, 5)
    with pytest.raises(InputError, match="30 patient ids are in more than one of the files"):
        import_csv(files(tmp_path, east=rows, west=rows), PLAIN)


def test_too_few_figures_say_so(tmp_path):
    made = import_csv(files(tmp_path, east=people(40, 6), west=people(3, 7, start=100)), PLAIN)
    (pair,) = made.tally["patients_in_common"]
    assert not pair["assessed"]
    assert "west" not in pair["reason"]
    assert "3 rows" in pair["reason"]


def test_one_file_has_nothing_in_common_and_keeps_its_ids(tmp_path):
    made = import_csv(files(tmp_path, east=people(5, 8)), PLAIN)
    assert made.frame["patient_id"].to_list() == ["1", "2", "3", "4", "5"]
    assert "patients_in_common" not in made.tally


def test_a_given_name_names_every_row_and_ids_still_carry_their_file(tmp_path):
    (tmp_path / "more").mkdir()
    paths = files(tmp_path, east=people(25, 9)) + files(tmp_path / "more", east=people(25, 10))
    made = import_csv(paths, PLAIN, name="both")
    assert made.frame["cohort_name"].unique().to_list() == ["both"]
    assert made.frame["patient_id"].n_unique() == 50
    assert made.frame["patient_id"].to_list()[-1] == "east-2:25"
