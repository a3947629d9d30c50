"""What was not found, what could not be seen and what was not tested: three verdicts, never merged."""

from collections import defaultdict
from typing import Any

import polars as pl

from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import GeneRow, Seen, SeenState
from oncoloom.report.words import count, fraction, listed, lower_first, percent, sentence

CLASSES = (
    "small variant",
    "promoter",
    "amplification",
    "deep deletion",
    "fusion",
    "exon skipping",
    "expression",
)
_PLURAL = {
    "small variant": "small variants",
    "promoter": "promoter changes",
    "amplification": "amplification",
    "deep deletion": "deep deletion",
    "fusion": "fusions",
    "exon skipping": "exon skipping",
    "expression": "expression",
}
_ORDER: tuple[SeenState, ...] = ("not detected", "not assessable", "not tested")
NAMED_GENES = 40
NOT_LISTED_FROM = 8
# Genes whose fusions and skipped exons are drug targets; a line for all genes names them.
_KNOWN_FOR: dict[str, tuple[str, ...]] = {
    "fusion": ("ALK", "RET", "ROS1", "NTRK1", "NTRK2", "NTRK3", "FGFR2", "FGFR3", "NRG1"),
    "exon skipping": ("MET",),
}


def build_seen(inputs: ReportInputs) -> tuple[Seen, ...]:
    """One line for each verdict × class × cause; genes that share all three share the line."""
    groups: dict[tuple[int, int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in inputs.assessability.sort("gene").iter_rows(named=True):
        if row["state"] in _ORDER:
            key = (_ORDER.index(row["state"]), CLASSES.index(row["alteration_class"]), _cause_key(row))
            groups[key].append(row)
    lines = [_line(rows, inputs) for _, rows in sorted(groups.items(), key=lambda item: item[0])]
    genes = tuple(inputs.assessability["gene"].unique().sort().to_list())
    merged = _merged(lines)
    for state in ("not assessable", "not tested"):
        merged = _same_for_all(merged, genes, state)
    return tuple(merged)


def _cause_key(row: dict[str, Any]) -> str:
    """Causes that differ only in the covered share of the gene make one line."""
    if row["state"] == "not detected":
        return ""
    by_coding = row["alteration_class"] == "small variant" and row["covered_fraction"] is not None
    if row["state"] == "not assessable" and by_coding:
        return "covered"
    return row["cause"] or ""


def _line(rows: list[dict[str, Any]], inputs: ReportInputs) -> Seen:
    first = rows[0]
    genes = tuple(row["gene"] for row in rows)
    by_coverage = _cause_key(first) == "covered" and len(rows) > 1
    names = (
        [f"{row['gene']} {percent(row['covered_fraction'])}" for row in rows] if by_coverage else list(genes)
    )
    shown = names[:NAMED_GENES]
    more = f" and {count(len(names) - NAMED_GENES, 'more gene')}" if len(names) > NAMED_GENES else ""
    text = f"{listed(shown)}{more}: {_PLURAL[first['alteration_class']]}."
    return Seen(
        state=first["state"],
        alteration_class=first["alteration_class"],
        genes=genes,
        text=text,
        detail=_detail(rows, inputs, by_coverage=by_coverage),
    )


def _detail(rows: list[dict[str, Any]], inputs: ReportInputs, *, by_coverage: bool) -> str:
    first = rows[0]
    needed = percent(inputs.config.features.min_gene_covered_fraction)
    if by_coverage:
        return f"Share of coding bases covered enough; {needed} needed"
    if first["state"] != "not detected":
        return sentence(first["cause"] or "cause not recorded").rstrip(".")
    if first["alteration_class"] == "amplification":
        return f"Limit: {inputs.config.features.amplification_min_copies:g} copies"
    limits = [row["detection_limit_af"] for row in rows if row["detection_limit_af"] is not None]
    if not limits:
        return "Limit: copies near 0" if first["alteration_class"] == "deep deletion" else "Limit: not given"
    low, high = fraction(min(limits)), fraction(max(limits))
    return f"Limit: AF {low}" if low == high else f"Limit: AF {low} to {high}"


def _merged(lines: list[Seen]) -> list[Seen]:
    """Lines of one verdict and the same genes become one; causes must agree, limits add up."""
    out: dict[tuple[str, tuple[str, ...], str], Seen] = {}
    for line in lines:
        found = line.state == "not detected"
        key = (line.state, line.genes, "" if found else line.detail)
        first = out.get(key)
        if first is None:
            out[key] = line
            continue
        words = f"{first.text.rstrip('.')}, {_PLURAL[line.alteration_class]}."
        classes = f"{first.alteration_class}, {line.alteration_class}"
        detail = f"{first.detail}; {line.detail.removeprefix('Limit: ')}" if found else first.detail
        out[key] = first.model_copy(update={"text": words, "alteration_class": classes, "detail": detail})
    return list(out.values())


def _same_for_all(lines: list[Seen], all_genes: tuple[str, ...], state: SeenState) -> list[Seen]:
    """Classes with one verdict in every gene share one line, which names the genes that matter most."""
    whole = [line for line in lines if line.state == state and line.genes == all_genes]
    if not whole or len(all_genes) < NOT_LISTED_FROM:
        return lines
    words = []
    for line in whole:
        for name in line.alteration_class.split(", "):
            known = [gene for gene in _KNOWN_FOR.get(name, ()) if gene in all_genes]
            among = f" ({', '.join(_ranges(known))} and others)" if known else ""
            words.append(f"{_PLURAL[name]}{among}")
    causes = dict.fromkeys(line.detail for line in whole)
    merged = Seen(
        state=state,
        alteration_class=", ".join(line.alteration_class for line in whole),
        genes=all_genes,
        text=sentence(f"{listed(words)}: all {len(all_genes)} genes"),
        detail="; ".join(lower_first(cause) if at else cause for at, cause in enumerate(causes)),
    )
    place = lines.index(whole[0])
    rest = [line for line in lines if line not in whole]
    return [*rest[:place], merged, *rest[place:]]


def _ranges(genes: list[str]) -> list[str]:
    """Neighbors of one family as a range: NTRK1, NTRK2, NTRK3 become NTRK1–3."""
    out: list[str] = []
    for gene in genes:
        last = out[-1] if out else ""
        stem, end = last[: len(gene) - 1], last[-1:]
        follows = stem == gene[:-1] and end.isdigit() and gene[-1].isdigit() and int(gene[-1]) == int(end) + 1
        if follows:
            out[-1] = f"{last.partition('–')[0]}–{gene[-1]}"
        else:
            out.append(gene)
    return out


def build_genes(inputs: ReportInputs) -> tuple[GeneRow, ...]:
    """Each gene with its verdict for each class."""
    out = []
    for (gene,), rows in inputs.assessability.sort("gene", "alteration_class").group_by(
        "gene", maintain_order=True
    ):
        small = rows.filter(pl.col("alteration_class") == "small variant")
        first = small.row(0, named=True) if len(small) else rows.row(0, named=True)
        out.append(
            GeneRow(
                gene=str(gene),
                states=dict(zip(rows["alteration_class"], rows["state"], strict=True)),
                covered_fraction=first["covered_fraction"],
                detection_limit_af=first["detection_limit_af"],
                cause=first["cause"] or "",
            )
        )
    return tuple(out)
