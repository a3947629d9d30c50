"""Further files of a call: alleles to genotype, and population allele frequencies."""

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele
from oncoloom.calling.stored_frames import PLACE_BITS
from oncoloom.errors import InputError, ReferenceMismatchError
from oncoloom.logs import logger
from oncoloom.reads.bgzf_file import require_end_marker
from oncoloom.reads.contig_style import RowContigs
from oncoloom.reads.reference import Reference

_BASES = frozenset("ACGT")
_LOOKED_AT = 1_000
_ROWS_AT_ONCE = 20_000


class VcfRow(NamedTuple):
    """What a resource's line says; `pos` is 0-based, alleles are upper case, `where` names the line."""

    where: str
    contig: str
    pos: int
    ref: str
    alts: tuple[str, ...]
    info: str


def read_forced_alleles(path: Path, reference: Reference) -> dict[str, list[Allele]]:
    """Alleles of a VCF by contig, sorted; those with other letters than A, C, G, T are left out and counted.

    Raises
    ------
    InputError, ReferenceMismatchError
        If the file is not a VCF, names an unknown contig, or its REF is not the reference's.
    """
    found: dict[str, set[Allele]] = {}
    n_unusable = 0
    lengths = reference.lengths
    contigs = RowContigs(lengths)
    for row in vcf_rows(path):
        contig = contigs.own(row.contig)
        if contig is None:
            raise ReferenceMismatchError(
                "a contig that the reference lacks",
                path=path,
                record=row.where,
                expected="contigs such as " + ", ".join(list(lengths)[:5]),
                found=row.contig,
            )
        _check_ref(row, contig, path, reference)
        for alt in row.alts:
            if set(alt) <= _BASES and alt != row.ref:
                found.setdefault(contig, set()).add(Allele(row.pos, row.ref, alt))
            else:
                n_unusable += 1
    _tell(contigs, path)
    if n_unusable:
        logger.warning(
            "%s: %d alleles are left out: symbolic, spanning (*), unknown bases, or the reference itself",
            path,
            n_unusable,
        )
    if not found:
        logger.warning("%s: no allele to genotype", path)
    return {contig: sorted(alleles) for contig, alleles in found.items()}


def _check_ref(row: VcfRow, contig: str, path: Path, reference: Reference) -> None:
    end, length = row.pos + len(row.ref), reference.lengths[contig]
    true = reference.bases(contig, row.pos, end).tobytes().decode("ascii") if end <= length else ""
    if row.ref != true:
        raise ReferenceMismatchError(
            "REF is not the reference's base",
            path=path,
            record=row.where,
            expected=true or f"a position up to {length}",
            found=row.ref if true else str(row.pos + 1),
            remedy="this VCF may belong to another genome build",
        )


def check_population(path: Path, reference: Reference) -> None:
    """A look at the first thousand records of a population resource: form, frequencies, and REF.

    Frequencies of another genome build would match few candidates, in silence.

    Raises
    ------
    InputError, ReferenceMismatchError
        As :func:`read_forced_alleles`, and where INFO/AF is absent or no frequency.
    """
    contigs = RowContigs(reference.names)
    for row in islice(vcf_rows(path), _LOOKED_AT):
        _frequencies(row, path)
        contig = contigs.own(row.contig)
        if contig is not None and "N" not in row.ref:
            _check_ref(row, contig, path, reference)


def _tell(contigs: RowContigs, path: Path) -> None:
    """Say what became of rows in the other style, and of those on contigs that the reference lacks."""
    if contigs.n_renamed:
        logger.warning(
            "%s: contigs of %d of %d records renamed to the reference's style",
            path,
            contigs.n_renamed,
            contigs.n_rows,
        )
    if contigs.n_unknown:
        logger.warning(
            "%s: %d of %d records are on contigs that the reference lacks; they are left out",
            path,
            contigs.n_unknown,
            contigs.n_rows,
        )


def add_population_af(candidates: pl.DataFrame, path: Path, contig_names: Iterable[str]) -> pl.DataFrame:
    """Candidates with `population_af` from INFO/AF of a VCF; null where the VCF has no such allele.

    Parameters
    ----------
    contig_names
        Of the reference: the VCF may write them in the other style (chr1 for 1).

    Raises
    ------
    InputError
        If it is no VCF, or an AF is absent or no number between 0 and 1.
    ReferenceMismatchError
        If its REF differs from the reference at a candidate, or it has no contig of the reference.
    """
    names = list(contig_names)
    contigs = RowContigs(names)
    order = {name: index for index, name in enumerate(names)}
    code = pl.col("contig").replace_strict(order, default=len(names), return_dtype=pl.Int64)
    keys = candidates.select((code * (1 << PLACE_BITS) + pl.col("pos")).alias("place"), "ref", "alt")
    place, first = np.unique(keys["place"].to_numpy(), return_index=True)
    bases = keys["ref"].gather(first).str.slice(0, 1)
    rows = vcf_rows(path)
    found = [pl.DataFrame(schema={**keys.schema, "population_af": pl.Float64()})]
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        known = [(row, _frequencies(row, path), contigs.own(row.contig)) for row in some]
        mine = [(row, values, order[name]) for row, values, name in known if name is not None]
        _check_bases([(row, code) for row, _, code in mine], place, bases, path)
        alleles = [
            (code, *_trimmed(row.pos, row.ref, alt), value)
            for row, values, code in mine
            for alt, value in zip(row.alts, values, strict=False)
        ]
        at = np.array([code << PLACE_BITS | pos for code, pos, *_ in alleles], np.int64)
        hits = np.flatnonzero(np.isin(at, place)).tolist()
        columns = [(int(at[hit]), *alleles[hit][2:]) for hit in hits]
        found.append(pl.DataFrame(columns, schema=found[0].schema, orient="row"))
    if contigs.n_rows and contigs.n_unknown == contigs.n_rows:
        raise ReferenceMismatchError(
            "the VCF and the reference have no contig in common",
            path=path,
            remedy="give the frequencies of this genome build",
        )
    _tell(contigs, path)
    listed = pl.concat(found).unique(list(keys.columns), keep="last", maintain_order=True)
    joined = keys.join(listed, on=list(keys.columns), how="left", maintain_order="left")
    return candidates.with_columns(joined["population_af"])


def _check_bases(
    rows: Sequence[tuple[VcfRow, int]], place: NDArray[np.int64], bases: pl.Series, path: Path
) -> None:
    """REF must begin with the base that candidates at its position have."""
    at = np.array([code << PLACE_BITS | row.pos for row, code in rows], np.int64)
    for index in np.flatnonzero(np.isin(at, place)).tolist():
        row = rows[index][0]
        base = bases[int(np.searchsorted(place, at[index]))]
        if base != row.ref[0]:
            raise ReferenceMismatchError(
                "REF is not the reference's base",
                path=path,
                record=row.where,
                expected=base,
                found=row.ref[0],
                remedy="this VCF may belong to another genome build",
            )


def _trimmed(pos: int, ref: str, alt: str) -> tuple[int, str, str]:
    """An allele without the bases that a multi-allelic record pads it with."""
    while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        pos, ref, alt = pos + 1, ref[1:], alt[1:]
    return pos, ref, alt


def _frequencies(row: VcfRow, path: Path) -> list[float | None]:
    text = next((field[3:] for field in row.info.split(";") if field.startswith("AF=")), None)
    if text is None:
        raise InputError("a population resource without INFO/AF", path=path, record=row.where)
    found: list[float | None] = []
    for part in text.split(","):
        try:
            value = None if part == "." else float(part)
        except ValueError:
            value = -1.0
        if value is not None and not 0.0 <= value <= 1.0:
            raise InputError(
                "INFO/AF is no allele frequency",
                path=path,
                record=row.where,
                expected="a number between 0 and 1",
                found=part,
            )
        found.append(value)
    return found


def vcf_rows(path: Path) -> Iterator[VcfRow]:
    """Records of a VCF (plain, gzip or bgzip) without its samples.

    Raises
    ------
    InputError
        If it is absent, has no header, or a line is not a record: the line is named.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("no such file", path=path, expected="a VCF")
    require_end_marker(path)
    with path.open("rb") as probe:
        opener = gzip.open if probe.read(2) == b"\x1f\x8b" else open
    columns = 0  # of the #CHROM line
    try:
        with opener(path, "rt", encoding="utf-8-sig") as handle:
            for number, line in enumerate(handle, start=1):
                if line.startswith("#CHROM\t"):
                    columns = columns or line.rstrip("\r\n").count("\t") + 1
                elif line.startswith("#"):
                    continue
                elif not columns:
                    raise InputError(
                        "not a VCF: no #CHROM line before the records", path=path, record=f"line {number}"
                    )
                elif line.strip():
                    yield _row(line, number, columns, path)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError("not a readable VCF", path=path, found=str(error)) from error
    if not columns:
        raise InputError("not a VCF: no #CHROM line", path=path)


def _row(line: str, number: int, columns: int, path: Path) -> VcfRow:
    fields, found = line.rstrip("\r\n").split("\t", 8), line.count("\t") + 1
    if len(fields) < 8:
        raise InputError(
            "not a VCF record",
            path=path,
            record=f"line {number}",
            expected="8 columns or more, separated by tabs",
            found=f"{found} columns",
        )
    if found > columns:  # two records that lost the line feed between them, or samples without a name
        raise InputError(
            "a record with more columns than the #CHROM line",
            path=path,
            record=f"line {number}",
            expected=f"{columns} columns",
            found=f"{found} columns",
        )
    where = f"line {number}, {fields[0]}:{fields[1]}"
    if not fields[1].isdigit() or int(fields[1]) < 1 or not fields[3]:
        raise InputError(
            "POS must be a whole number from 1 on", path=path, record=f"line {number}", found=fields[1]
        )
    alts = () if fields[4] == "." else tuple(fields[4].upper().split(","))
    return VcfRow(where, fields[0], int(fields[1]) - 1, fields[3].upper(), alts, fields[7])
