"""Further files of a call: alleles to genotype, and population allele frequencies."""

from pathlib import Path

import polars as pl
import pysam

from oncoloom.calling.alleles import Allele
from oncoloom.errors import InputError
from oncoloom.reads.reference import Reference


def read_forced_alleles(path: Path, reference: Reference) -> dict[str, list[Allele]]:
    """Alleles of a VCF by contig, sorted; records with other than A, C, G, T are refused.

    Raises
    ------
    InputError
        If the file is not a VCF, names an unknown contig, or its REF is not the reference's.
    """
    found: dict[str, set[Allele]] = {}
    lengths = reference.lengths
    for number, record in enumerate(_records(path), start=1):
        where = f"record {number}, {record.chrom}:{record.pos}"
        if record.chrom not in lengths:
            raise InputError("a contig that the reference lacks", path=path, record=where, found=record.chrom)
        ref = str(record.ref).upper()
        if record.stop > lengths[record.chrom]:
            raise InputError("a position behind the contig's end", path=path, record=where)
        true = reference.bases(record.chrom, record.start, record.start + len(ref)).tobytes().decode("ascii")
        if ref != true:
            raise InputError(
                "REF is not the reference's base",
                path=path,
                record=where,
                expected=true,
                found=ref,
                remedy="this VCF may belong to another genome build",
            )
        for alt in record.alts or ():
            if set(alt.upper()) <= set("ACGT") and alt.upper() != ref:
                found.setdefault(record.chrom, set()).add(Allele(record.start, ref, alt.upper()))
    return {contig: sorted(alleles) for contig, alleles in found.items()}


def add_population_af(candidates: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Candidates with `population_af` from INFO/AF of a VCF; null where the VCF has no such allele.

    Raises
    ------
    InputError
        If the VCF has no INFO/AF or is no VCF.
    """
    wanted = {
        (contig, pos, ref, alt): index
        for index, (contig, pos, ref, alt) in enumerate(
            candidates.select("contig", "pos", "ref", "alt").iter_rows()
        )
    }
    values: list[float | None] = [None] * len(candidates)
    positions = {(contig, pos) for contig, pos, _, _ in wanted}
    for number, record in enumerate(_records(path), start=1):
        if (record.chrom, record.start) not in positions:
            continue
        try:
            frequencies = record.info["AF"]
        except KeyError as error:
            raise InputError(
                "a population resource without INFO/AF", path=path, record=f"record {number}"
            ) from error
        for alt, frequency in zip(record.alts or (), _as_tuple(frequencies), strict=False):
            index = wanted.get((record.chrom, record.start, str(record.ref).upper(), alt.upper()))
            if index is not None and frequency is not None:
                values[index] = min(max(float(frequency), 0.0), 1.0)
    return candidates.with_columns(pl.Series("population_af", values, dtype=pl.Float64))


def _as_tuple(value: object) -> tuple[float | None, ...]:
    return value if isinstance(value, tuple) else (value,)


def _records(path: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Records of a VCF; htslib's complaints become an error that names the file."""
    path = Path(path)
    if not path.is_file():
        raise InputError("no such file", path=path, expected="a VCF")
    verbosity = pysam.set_verbosity(0)
    try:
        with pysam.VariantFile(str(path)) as handle:
            yield from handle
    except NotImplementedError as error:  # what pysam says of plain gzip
        raise InputError(
            "compressed, but not with bgzip", path=path, remedy=f"bgzip it: gunzip, then bgzip {path.stem}"
        ) from error
    except (ValueError, OSError) as error:
        raise InputError("not a readable VCF", path=path, found=str(error)) from error
    finally:
        pysam.set_verbosity(verbosity)
