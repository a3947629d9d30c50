"""Broken cohort tables: each gives an error that names file and place, never a table."""

import pytest

from oncoloom.cohort.importing import import_csv
from oncoloom.cohort.mapping import load_mapping
from oncoloom.errors import OncoloomError

GOOD = "patient_id,age,response,os_days,os_event\n"

BROKEN = {
    "bad number": (GOOD + "a,4o,1,5,1\n", ["line 2", '"4o"']),
    "not a number": (GOOD + "a,inf,1,5,1\n", ["line 2", '"inf"']),
    "hexadecimal": (GOOD + "a,0x28,1,5,1\n", ["line 2", '"0x28"']),
    "number with an underscore": (GOOD + "a,4_0,1,5,1\n", ["line 2", '"4_0"']),
    "duplicate ids": (GOOD + "a,1,1,5,1\nb,1,1,5,1\na,2,0,6,0\n", ["one patient id", "lines 2, 4"]),
    "empty id": (GOOD + "a,1,1,5,1\n,1,1,5,1\n", ["no patient id", "line 3"]),
    "missing id column": ("patientid,age\na,1\n", ["patient's id", "did you mean `patientid`"]),
    "empty file": ("", ["empty"]),
    "header alone": (GOOD, ["no rows"]),
    "one column twice": ("patient_id,age,age\na,1,2\n", ["twice", "age"]),
    "row cut short": (GOOD + "a,1,1,5,1\nb,1,1\n", ["line 3", "5 cells", "3 cells"]),
    "row too long": (GOOD + "a,1,1,5,1,9\n", ["line 2", "6 cells"]),
    "two separators": (GOOD + "a;1;1;5;1\n", ["line 2", "1 cells"]),
    "negative time": (GOOD + "a,1,1,-5,1\n", ["line 2", "before day 0"]),
    "event without time": (GOOD + "a,1,1,,1\n", ["line 2", "os_days", "empty"]),
    "time without event": (GOOD + "a,1,1,5,\n", ["line 2", "os_event", "empty"]),
    "text in a 0/1 column": (GOOD + "a,1,1,5,lost\n", ["line 2", '"lost"', "0 or 1"]),
    "2 in a 0/1 column": (GOOD + "a,1,1,5,2\n", ["os_event", '{"1": 0, "2": 1}']),
    "unknown response": (GOOD + "a,1,maybe,5,1\n", ["line 2", '"maybe"', "CR"]),
    "a second header of units": (GOOD + "text,years,0/1,days,0/1\na,1,1,5,1\n", ["line 2", '"years"']),
    "quote without end": (GOOD + 'a,"1,1,5,1\nb,1,1,5,1\n', ["line 2", "quote"]),
    "a Git LFS pointer": (
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n",
        ["Git LFS", "git lfs pull"],
    ),
    "binary": ("patient_id,age\na,\x00\x01\n", ["not a text file"]),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_table_is_refused(tmp_path, kind):
    text, words = BROKEN[kind]
    path = tmp_path / "clinic.csv"
    path.write_text(text)
    with pytest.raises(OncoloomError) as caught:
        import_csv([path], load_mapping("plain"))
    said = str(caught.value)
    assert all(word in said for word in ["clinic.csv", *words])


ODD = {
    "byte order mark": (GOOD + "a,1,1,5,1\n").encode("utf-8-sig"),
    "windows line ends": (GOOD + "a,1,1,5,1\n").replace("\n", "\r\n").encode(),
    "old mac line ends": (GOOD + "a,1,1,5,1\n").replace("\n", "\r").encode(),
    "latin-1": (GOOD.replace("age", "age,tumor_type") + "a,1,Krebs für,1,5,1\n").encode("latin-1"),
    "utf-16": (GOOD + "a,1,1,5,1\n").encode("utf-16"),
    "semicolons": (GOOD + "a,1,1,5,1\n").replace(",", ";").encode(),
    "separator line of Excel": b"sep=;\n" + (GOOD + "a,1,1,5,1\n").replace(",", ";").encode(),
    "tabs": (GOOD + "a,1,1,5,1\n").replace(",", "\t").encode(),
    "header again": (GOOD + "a,1,1,5,1\n" + GOOD).encode(),
    "blank last lines": (GOOD + "a,1,1,5,1\n\n\n").encode(),
    "no line end at the end": (GOOD + "a,1,1,5,1").encode(),
    "trailing separators": (GOOD.replace("\n", ",,\n") + "a,1,1,5,1,,\n").encode(),
}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_table_is_read_right(tmp_path, kind):
    path = tmp_path / "clinic.csv"
    path.write_bytes(ODD[kind])
    frame = import_csv([path], load_mapping("plain")).frame
    assert frame.select("patient_id", "age_years", "response", "os_days", "os_event").rows() == [
        ("a", 1.0, 1, 5.0, 1)
    ]
