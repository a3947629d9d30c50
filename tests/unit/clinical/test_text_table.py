import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncoloom.clinical.text_table import read_text_table
from oncoloom.errors import OncoloomError


def write(folder, text, name="t.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_separators_and_line_ends_give_the_same_cells(tmp_path, end, separator):
    text = end.join(separator.join(row) for row in (["id", "x"], ["a", "1"], ["b", ""])) + end
    table = read_text_table(write(tmp_path, text))
    assert table.frame.rows() == [("a", "1"), ("b", "")]
    assert table.lines == [2, 3]
    assert table.blank_lines == 0


@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("latin-1", "latin-1")]
)
def test_encodings(tmp_path, encoding, said):
    table = read_text_table(write(tmp_path, "id,name\n1,Müller\n", encoding=encoding))
    assert table.frame.columns == ["id", "name"]
    assert table.frame["name"].to_list() == ["Müller"]
    assert table.encoding == said


def test_gzip_quotes_and_a_line_end_inside_a_cell(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b'id,text\n1,"a, b"\n2,"two\nlines"\n3,c\n'))
    table = read_text_table(path)
    assert table.frame["text"].to_list() == ["a, b", "two\nlines", "c"]
    assert table.lines == [2, 3, 5]


def test_what_is_no_row_is_counted(tmp_path):
    text = "#first\nid,x\n1,2\n\n#again\nid,x\n3,4\n\n\n"
    table = read_text_table(write(tmp_path, text), comment="#")
    assert table.frame["id"].to_list() == ["1", "3"]
    assert table.as_tally() == {
        "rows": 2,
        "comment_lines": 2,
        "repeated_headers": 1,
        "blank_lines": 3,
        "encoding": "utf-8",
    }


def test_a_row_name_column_without_a_name_is_kept_under_a_number(tmp_path):
    table = read_text_table(write(tmp_path, ",id\n0,a\n1,b\n"))
    assert table.frame.columns == ["column_1", "id"]


def test_only_columns_asked_for_are_read_and_only_they_must_be_unique(tmp_path):
    table = read_text_table(write(tmp_path, "id,x,x\na,1,2\n"), keep=frozenset(("id",)))
    assert table.frame.columns == ["id"]
    assert table.header == ["id", "x", "x"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["empty"]),
        ("\n\n", ["empty"]),
        ("id,x\n", ["no rows"]),
        ("id,x,x\n1,2,3\n", ["twice", "x", "line 1"]),
        ("id,x\n1,2\n3\n4,5,6\n", ["2 rows of a wrong width", "line 3", "line 4", "expected: 2 cells"]),
        ("id,x\n1,\x00\n", ["not a text file", "byte 7"]),
    ],
)
def test_a_broken_file_is_refused_with_its_place(tmp_path, text, words):
    with pytest.raises(OncoloomError) as caught:
        read_text_table(write(tmp_path, text))
    assert all(word in str(caught.value) for word in words)


def test_absent_file_and_broken_gzip(tmp_path):
    with pytest.raises(OncoloomError, match="no such file"):
        read_text_table(tmp_path / "none.csv")
    broken = tmp_path / "t.csv.gz"
    broken.write_bytes(gzip.compress(b"id,x\n1,2\n" * 100)[:-12])
    with pytest.raises(OncoloomError, match="cannot be read"):
        read_text_table(broken)


_CELL = st.text(alphabet="abc 0123.-", max_size=6)


@given(rows=st.lists(st.tuples(_CELL, _CELL), min_size=1, max_size=20))
def test_cells_come_back_stripped_and_in_order(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("t") / "t.tsv"
    path.write_text("id\tx\n" + "".join(f"k{i}{a}\t{b}\n" for i, (a, b) in enumerate(rows)))
    table = read_text_table(path, separator="\t")
    assert table.frame["x"].to_list() == [b.strip() for _, b in rows]
    assert table.lines == list(range(2, len(rows) + 2))


def test_quotation_marks_around_tab_separated_cells_are_no_value(tmp_path):
    path = tmp_path / "from_r.tsv"
    path.write_text('"id"\t"gene"\t"note"\n"a"\t"TP53"\t5" wide\n"b"\t"say ""x"""\t""\n')
    table = read_text_table(path)
    assert table.frame.rows() == [("a", "TP53", '5" wide'), ("b", 'say "x"', "")]
