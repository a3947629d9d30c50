"""Rows of tab-separated text by Polars: lines are judged whole, then only the wanted columns are cut out."""

import io
from dataclasses import dataclass

import polars as pl

_BLANK = r'^(?:\s|"")*$'
_BLANK_END = r'(?:\s|"")*$'


@dataclass(frozen=True, slots=True)
class TabRows:
    """Rows below a header.

    Parameters
    ----------
    frame
        Wanted columns as text, cells stripped, in file order.
    lines
        1-based line number of each row.
    comment_lines, repeated_headers, blank_lines
        Lines that are no rows.
    wrong_width
        Line number and number of cells of rows of another width than the header: then `frame` is empty.
    """

    frame: pl.DataFrame
    lines: list[int]
    comment_lines: int
    repeated_headers: int
    blank_lines: int
    wrong_width: list[tuple[int, int]]


def read_tab_rows(
    lines: list[str], start: int, header: list[str], wanted: list[int], comment: str
) -> TabRows:
    """Rows of `lines` from index `start` on (the header is above).

    A row may end in separators without cells; quotation marks around a whole cell are not part of its value.

    Parameters
    ----------
    wanted
        Indices of the columns to read.
    comment
        Lines that start with it are no rows; "" for none.
    """
    line = pl.col("line")
    told = (
        line.str.starts_with(comment) | line.str.starts_with(f'"{comment}')
        if comment
        else pl.lit(value=False)
    )
    table = (
        pl.LazyFrame({"line": pl.Series(lines[start:], dtype=pl.String)})
        .with_row_index("number", start + 1)
        .with_columns(
            blank=line.str.contains(_BLANK),
            comment=told,
            cells=line.str.count_matches("\t", literal=True) + 1,
            again=line.str.contains(header[0], literal=True),
        )
        .collect()
    )
    rows = table.filter(~pl.col("blank") & ~pl.col("comment"))
    again = [
        number
        for number, text in rows.filter("again").select("number", "line").iter_rows()
        if [cell.strip() for cell in tab_cells(text)[: len(header)]] == header
    ]
    rows = rows.filter(~pl.col("number").is_in(again))
    wrong = _wrong_width(rows, len(header))
    frame = pl.DataFrame() if wrong else _cut(rows["line"], header, wanted)
    blank = int(table["blank"].sum())
    n_comments = int((table["comment"] & ~table["blank"]).sum())
    return TabRows(frame, rows["number"].to_list(), n_comments, len(again), blank, wrong)


def tab_cells(line: str) -> list[str]:
    """Cells between tabs; quotation marks around a whole cell (R writes them) are not part of its value.

    A single mark is: tab-separated formats do not quote, and a cell never runs over a line.
    """
    cells = line.split("\t")
    return [_unquoted(cell) for cell in cells] if '"' in line else cells


def _unquoted(cell: str) -> str:
    text = cell.strip()
    if len(text) < 2 or not (text.startswith('"') and text.endswith('"')):
        return cell
    return text[1:-1].replace('""', '"')


def _wrong_width(rows: pl.DataFrame, width: int) -> list[tuple[int, int]]:
    """Line and cells of rows with too few cells, or with content behind the last column."""
    content = pl.col("line").str.replace(_BLANK_END, "").str.count_matches("\t", literal=True) + 1
    long = rows.filter(pl.col("cells") > width).filter(content > width)
    short = rows.filter(pl.col("cells") < width)
    return sorted(pl.concat([short, long]).select("number", "cells").rows())


def _cut(lines: pl.Series, header: list[str], wanted: list[int]) -> pl.DataFrame:
    """The wanted columns, stripped; Polars parses no others."""
    names = {header[at]: f"c{at}" for at in wanted}
    if not len(lines):
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    text = "\n".join(lines.to_list())
    scanned = pl.scan_csv(
        io.BytesIO(text.encode()),
        separator="\t",
        quote_char=None,
        has_header=False,
        schema={f"c{at}": pl.String() for at in range(len(header))},
        truncate_ragged_lines=True,
    )
    clean = _unquote if '"' in text else _strip
    return scanned.select(clean(pl.col(place)).alias(name) for name, place in names.items()).collect()


def _strip(cell: pl.Expr) -> pl.Expr:
    return cell.fill_null("").str.strip_chars()


def _unquote(cell: pl.Expr) -> pl.Expr:
    cell = _strip(cell)
    quoted = cell.str.starts_with('"') & cell.str.ends_with('"') & (cell.str.len_bytes() > 1)
    inner = cell.str.slice(1, cell.str.len_chars() - 2).str.replace_all('""', '"', literal=True)
    return pl.when(quoted).then(inner.str.strip_chars()).otherwise(cell)
