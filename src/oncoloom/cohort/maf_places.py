"""Places of MAF rows: contig and position of the first base, checked against end, length and chromosome."""

import re

import polars as pl

from oncoloom.cohort.maf_cells import WHOLE, MafCells, by_value
from oncoloom.reference_data.contigs import bare_name, sex_chromosome_name
from oncoloom.reference_data.cytobands import chromosomes

_NUMBERED = {"23": "chromosome 23 or 24 read as X or Y", "24": "chromosome 23 or 24 read as X or Y"} | {
    "25": "chromosome 25 read as the mitochondrion"
}  # fmt: skip
_LINES_SHOWN = 5
_SCIENTIFIC = re.compile(r"(\d)(?:\.(\d*))?[eE]\+?(\d+)")


def read_places(cells: MafCells, alleles: pl.DataFrame, build: pl.Series) -> pl.DataFrame:
    """Columns `chrom` and `pos` of all rows.

    A position without all its digits (``1.4e+08``), or one that its chromosome does not have, becomes null,
    with a note that names its line: it names no base. An insertion
    whose Start lies behind its End (Ensembl's way) gets the base before it, as a MAF counts.

    Parameters
    ----------
    alleles
        Columns `ref` and `variant_class`.
    build
        37, 38 or null a row.
    """
    chrom = _contigs(cells)
    pos = _starts(cells)
    end = cells.cells("end").str.extract(WHOLE, 1).cast(pl.Int64, strict=False)
    inserted = alleles["variant_class"] == "insertion"
    behind = (end < pos).fill_null(value=False)
    turned = behind & inserted & (end == pos - 1)
    cells.count(turned, "insertions with Start behind End, as Ensembl counts: the base before is taken")
    pos = pl.select(pl.when(turned).then(end).otherwise(pos)).to_series()
    cells.fault(behind & ~turned, "end", "a position at or behind Start_Position")
    _note_lengths(cells, alleles, pos, end, behind)
    pos = _without_past_end(cells, chrom, pos, build)
    return pl.DataFrame({"chrom": chrom, "pos": pos})


def _contigs(cells: MafCells) -> pl.Series:
    names = cells.cells("chrom").str.replace(r"^(\d+)\.0+$", "$1")  # a float of pandas
    bare = by_value(names, bare_name, pl.String())
    for number, what in _NUMBERED.items():
        cells.count(bare == number, what)
    return by_value(names, _renamed, pl.String())


def _renamed(name: str) -> str:
    prefix = "chr" if name.lower().startswith("chr") else ""
    if bare_name(name) in _NUMBERED:
        return prefix + sex_chromosome_name(name)
    return prefix + name[3:] if prefix else name


def _starts(cells: MafCells) -> pl.Series:
    text = cells.cells("start")
    if cells.has("start"):
        cells.count(text.is_null(), "no position")
    pos = text.str.extract(WHOLE, 1).cast(pl.Int64, strict=False)
    cells.count(pos == 0, "position 0 names no base, set to null")
    pos = pos.set(pos == 0, None)
    odd = text.is_not_null() & ~text.str.contains(WHOLE)
    exact: dict[int, int] = {}
    for row in cells.living(odd):
        found = _odd_position(cells, row, str(text[row]))
        if found is not None:
            exact[row] = found
    return pos.scatter(list(exact), list(exact.values())) if exact else pos


def _odd_position(cells: MafCells, row: int, text: str) -> int | None:
    found = _SCIENTIFIC.fullmatch(text)
    if found is None:
        cells.add_fault(row, "start", text, "a whole number")
        return None
    digits, exponent = found.group(2) or "", int(found.group(3))
    if len(digits) == exponent:  # every digit is there
        return int(found.group(1) + digits)
    cells.counts["position without all its digits, set to null"] += 1
    cells.notes.append(
        f"{cells.where(row)}: position {text} has lost digits and names no base; "
        "the variant is kept by gene and protein change"
    )
    return None


def _note_lengths(
    cells: MafCells, alleles: pl.DataFrame, pos: pl.Series, end: pl.Series, behind: pl.Series
) -> None:
    spans = alleles["variant_class"].is_in(["snv", "mnv", "deletion"]) & (alleles["ref"] != "-")
    unlike = spans & ~behind & (end - pos + 1 != alleles["ref"].str.len_bytes().cast(pl.Int64))
    rows = cells.living(unlike)
    if rows:
        cells.notes.append(
            f"{len(rows)} rows whose Start to End is not the length of Reference_Allele, "
            f"{cells.where(rows[0])} first: Start and allele are taken"
        )


def _without_past_end(cells: MafCells, chrom: pl.Series, pos: pl.Series, build: pl.Series) -> pl.Series:
    """Positions with null for those that the chromosome does not have (without a build: in neither build)."""
    human = cells.cells("build").is_null() | build.is_not_null()  # another species has other lengths
    lengths = {n: {k: one.length for k, one in chromosomes(f"GRCh{n}").items()} for n in (37, 38)}
    bare = by_value(chrom, bare_name, pl.String())
    ends = {
        n: bare.replace_strict(known, default=None, return_dtype=pl.Int64) for n, known in lengths.items()
    }
    longest = pl.select(pl.max_horizontal(ends[37], ends[38])).to_series()
    limit = pl.select(
        pl.when(build == 37).then(ends[37]).when(build == 38).then(ends[38]).otherwise(longest)
    ).to_series()
    past = (human & (pos > limit)).fill_null(value=False)
    rows = cells.living(past)
    if rows:
        shown = ", ".join(
            f"{cells.where(row)} ({bare[row]}:{pos[row]}, of {limit[row]})" for row in rows[:_LINES_SHOWN]
        )
        more = f" and {len(rows) - _LINES_SHOWN} more" if len(rows) > _LINES_SHOWN else ""
        cells.notes.append(
            f"positions past the end of their chromosome, set to null: {shown}{more}; is NCBI_Build right?"
        )
    return pos.set(past, None)
