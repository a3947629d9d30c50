"""The few HTML pieces of the validation page: tables, sections, numbers; no script, no network."""

from collections.abc import Sequence
from html import escape
from typing import Any

from oncoloom.response.abstention import plain_name

STYLE = """
body{font:15px/1.5 Inter,'Noto Sans',Helvetica,Arial,sans-serif;color:#1b1f24;margin:0 auto;max-width:1060px;
padding:24px}
h1{font-size:24px;margin:0 0 4px}h2{font-size:19px;margin:36px 0 8px;border-top:1px solid #c9ced4;
padding-top:16px}
h3{font-size:16px;margin:22px 0 6px}h4{font-size:15px;margin:16px 0 4px}p{margin:6px 0 10px;max-width:820px}
table{border-collapse:collapse;font-size:13px;margin:6px 0 14px}
th{text-align:left;font-weight:600;border-bottom:1.5px solid #8a939c;padding:3px 14px 3px 0;
vertical-align:bottom}
td{border-bottom:1px solid #d9dee3;padding:3px 14px 3px 0;vertical-align:top}
td.t{white-space:nowrap}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.grey{color:#5b6570}.row{display:flex;flex-wrap:wrap;gap:12px 24px;align-items:flex-start}
nav{font-size:13px;margin:10px 0}nav a{margin-right:14px;color:#1b1f24}
code{font-size:12px;word-break:break-all}svg{max-width:100%;height:auto}
@media print{body{max-width:none}h2{break-after:avoid}svg,table{break-inside:avoid}}
"""


def number(value: Any, digits: int = 3) -> str:
    """A figure, or a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return escape(str(value))
    return f"{value:,}" if isinstance(value, int) else f"{value:.{digits}f}"


def percent(value: float | None) -> str:
    """A share in per cent."""
    return "–" if value is None else f"{100 * value:.0f} %"


def with_interval(value: float | None, interval: Sequence[float] | None, digits: int = 3) -> str:
    """A figure with its interval: ``0.767 (0.713 to 0.813)``."""
    if value is None:
        return "–"
    if interval is None:
        return number(value, digits)
    return f"{value:.{digits}f} ({interval[0]:.{digits}f} to {interval[1]:.{digits}f})"


def signed(value: float | None, interval: Sequence[float] | None = None, digits: int = 3) -> str:
    """A difference with its sign and interval."""
    if value is None:
        return "–"
    if interval is None:
        return f"{value:+.{digits}f}"
    return f"{value:+.{digits}f} ({interval[0]:+.{digits}f} to {interval[1]:+.{digits}f})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int = 1) -> str:
    """A table; the first `text_columns` are left-aligned, the others numbers. Cells are escaped already."""
    if not rows:
        return '<p class="grey">none</p>'
    kind = ['class="t"' if i < text_columns else 'class="n"' for i in range(len(head))]
    top = "".join(f"<th {k}>{name}</th>" for k, name in zip(kind, head, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td {k}>{cell}</td>" for k, cell in zip(kind, row, strict=True)) + "</tr>\n"
        for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>\n{body}</tbody></table>\n"


def words(name: str) -> str:
    """A machine name for a reader, escaped."""
    return escape(plain_words(name))


def plain_words(name: str) -> str:
    """A machine name for a reader: a column by its plain name, else without underscores."""
    known = plain_name(name)
    return known.replace("pdl1", "PD-L1").replace("tmb ", "TMB ").replace("stage iv", "stage")


def ordered(by_endpoint: dict[str, Any], judged: str) -> list[tuple[str, Any]]:
    """Endpoints with the judged one first (JSON sorts them by name)."""
    order = [judged, "response", "pfs", "os"]
    return sorted(by_endpoint.items(), key=lambda one: order.index(one[0]))


def page(title: str, intro: str, sections: Sequence[tuple[str, str]]) -> str:
    """The whole document: title, links to the sections, and the sections in order."""
    links = "".join(f'<a href="#s{i}">{escape(name)}</a>' for i, (name, _) in enumerate(sections))
    body = "".join(f'<h2 id="s{i}">{escape(name)}</h2>\n{text}\n' for i, (name, text) in enumerate(sections))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>\n"
        f"<h1>{escape(title)}</h1>\n{intro}\n<nav>{links}</nav>\n{body}</body></html>\n"
    )
