"""The patient's further tumors: what of the first one they show, and how much is theirs alone."""

from typing import Any

from oncoloom.features.further_tumors import AlleleKey, FurtherTumor
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import FurtherRow, FurtherTumors
from oncoloom.report.sections.findings import filter_words
from oncoloom.report.sections.variants import passed_rows
from oncoloom.report.words import count, fraction


def build_further_tumors(inputs: ReportInputs) -> FurtherTumors | None:
    """A row a variant of the first tumor, a column a further tumor; None where there is one tumor."""
    if not inputs.further_tumors:
        return None
    first = str(inputs.features["sample_id"])
    rows = passed_rows(inputs)
    known = {_key(row) for row in rows}
    sentences = [_sentence(tumor, known, first) for tumor in inputs.further_tumors]
    sentences.append(f"Everything else in this report, predictions included, describes {first} alone.")
    return FurtherTumors(
        text=" ".join(sentences),
        first=first,
        samples=tuple(tumor.sample for tumor in inputs.further_tumors),
        rows=tuple(_row(row, inputs.further_tumors) for row in rows),
    )


def _key(row: dict[str, Any]) -> AlleleKey:
    return str(row["chrom"]), int(row["pos"] or 0), str(row["ref"]), str(row["alt"])


def _sentence(tumor: FurtherTumor, known: set[AlleleKey], first: str) -> str:
    passing = tumor.passing
    return (
        f"{tumor.sample} ({tumor.mean_depth:.0f}×): {count(len(passing), 'somatic variant')} passed, "
        f"{len(passing - known)} of them not reported in {first}."
    )


def _row(row: dict[str, Any], tumors: tuple[FurtherTumor, ...]) -> FurtherRow:
    return FurtherRow(
        gene=row["gene"] or "–",
        change=row["hgvs_p_short"]
        or row["hgvs_c"]
        or f"{row['chrom']}:{row['pos']:,} {row['ref']}>{row['alt']}",
        first=_seen(row["alt_count"], row["depth"]),
        others=tuple(_other(tumor, _key(row)) for tumor in tumors),
    )


def _other(tumor: FurtherTumor, key: AlleleKey) -> str:
    seen = tumor.alleles.get(key)
    if seen is None:
        return "not looked at"
    text = _seen(seen.alt_count, seen.depth)
    return text if seen.filters == "PASS" or not seen.alt_count else f"{text}, {filter_words(seen.filters)}"


def _seen(alt: int | None, depth: int | None) -> str:
    if not depth:
        return "not covered"
    return f"{alt or 0} of {depth:,} ({fraction((alt or 0) / depth)})"
