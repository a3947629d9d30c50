"""Tab-separated rows by Polars equal rows cut line by line in Python."""

from hypothesis import given
from hypothesis import strategies as st

from oncoloom.clinical.tab_rows import read_tab_rows, tab_cells

HEADER = ["gene", "n", "note"]
_CELL = st.one_of(
    st.sampled_from(["", " ", "gene", "n", "note", "#", '"', '""', '"a"', '"a""b"', ' "x" ', "é", "0,5"]),
    st.text(st.characters(exclude_characters="\t\n\r", exclude_categories=["Cs", "Cc"]), max_size=4),
)
_LINE = st.one_of(
    st.lists(_CELL, min_size=1, max_size=5).map("\t".join),
    st.sampled_from(["", "  ", "\t\t", "#comment\tx", "gene\tn\tnote", '"gene"\t"n"\t"note"']),
)


def plain(lines, start, comment):
    """Rows, lines, and what was passed over, one line at a time."""
    rows, numbers, passed, wrong = [], [], [0, 0, 0], []
    for number, line in enumerate(lines[start:], start=start + 1):
        cells = tab_cells(line)
        if not any(cell.strip() for cell in cells):
            passed[2] += 1
        elif comment and cells[0].startswith(comment):
            passed[0] += 1
        elif [cell.strip() for cell in cells[: len(HEADER)]] == HEADER:
            passed[1] += 1
        elif len(cells) < len(HEADER) or any(cell.strip() for cell in cells[len(HEADER) :]):
            numbers.append(number)
            wrong.append((number, len(cells)))
        else:
            numbers.append(number)
            rows.append((cells[0].strip(), cells[2].strip()))
    return rows, numbers, tuple(passed), wrong


@given(st.lists(_LINE, max_size=8), st.sampled_from(["", "#"]))
def test_rows_are_those_cut_line_by_line(lines, comment):
    lines = ["#version", "\t".join(HEADER), *lines]
    rows, numbers, passed, wrong = plain(lines, 2, comment)
    found = read_tab_rows(lines, 2, HEADER, [0, 2], comment)
    assert (found.comment_lines, found.repeated_headers, found.blank_lines) == passed
    assert found.wrong_width == wrong
    assert found.lines == numbers
    if not wrong:
        assert found.frame.columns == ["gene", "note"]
        assert found.frame.rows() == rows


def test_trailing_separators_are_no_cells_and_content_behind_them_is():
    found = read_tab_rows(["a\tb\tc\t\t", "a\tb\tc\tx"], 0, HEADER, [0], "#")
    assert found.wrong_width == [(2, 4)]
