"""What `oncoloom call` left in a folder, as the feature step reads it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pysam

from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.errors import InputError
from oncoloom.features.consequence.csq_process import CsqRecord
from oncoloom.features.contracts import VARIANTS_TABLE
from oncoloom.features.intervals import IntervalSet, read_bed
from oncoloom.features.sample_columns import SampleColumns, find_samples
from oncoloom.features.variants.foreign_counts import NOTHING, count_allele
from oncoloom.features.variants.normalize import variant_class
from oncoloom.features.variants.vcf_door import NOT_FILTERED
from oncoloom.features.variants.vcf_text import VcfReader, VcfRecord
from oncoloom.reference_data.fasta import Reference
from oncoloom.tables import read_table


@dataclass(slots=True)
class CallSet:
    """Variants (rows of the `variants` table without consequences) and what the one pass over reads gathered.

    `haplotypes` stands beside `rows`: phase set and copy where the caller phased the variant. `entry` is
    `reads` or `vcf`; by the VCF door `callable_regions` and `raw` are None.
    """

    entry: str
    rows: list[dict[str, Any]]
    haplotypes: list[tuple[str, int] | None]
    callable_regions: IntervalSet | None
    raw: pl.DataFrame | None
    paired: bool

    def records(self) -> list[CsqRecord]:
        """The variants for csq."""
        return [
            CsqRecord(row["chrom"], row["pos"], row["ref"], row["alt"], haplotype)
            for row, haplotype in zip(self.rows, self.haplotypes, strict=True)
        ]


def read_call_set(
    folder: Path, reference: Reference, *, sample_id: str, germline_in: Iterable[tuple[str, int, int]] = ()
) -> CallSet:
    """The calls of a folder: our caller's files, or `variants.parquet` of the VCF door.

    Parameters
    ----------
    germline_in
        Intervals (0-based) whose germline calls are read; elsewhere they are nobody's feature.

    Raises
    ------
    InputError
        If the folder holds neither, or a file of it is broken.
    """
    folder = Path(folder)
    if (folder / "somatic.vcf.gz").is_file():
        return _read_own(folder, reference, sample_id, list(germline_in))
    if (folder / "variants.parquet").is_file():
        table = read_table(folder / "variants.parquet", VARIANTS_TABLE)
        rows = [row for row in table.iter_rows(named=True) if row["chrom"] is not None]
        foreign = sorted({row["chrom"] for row in rows} - set(reference.lengths))
        if foreign:
            raise InputError(
                "variants on a contig that the reference lacks",
                path=folder / "variants.parquet",
                found=", ".join(foreign[:4]),
                remedy="import the VCF with this reference",
            )
        paired = any(row["normal_depth"] is not None for row in rows)
        return CallSet("vcf", rows, [None] * len(rows), None, None, paired)
    raise InputError(
        "no calls in this folder",
        path=folder,
        expected="somatic.vcf.gz (oncoloom call) or variants.parquet (oncoloom import variants)",
    )


def _read_own(
    folder: Path, reference: Reference, sample_id: str, germline_in: list[tuple[str, int, int]]
) -> CallSet:
    with VcfReader(folder / "somatic.vcf.gz") as reader:
        columns = find_samples(
            reader.header,
            reader.path,
            sample_id=sample_id,
            tumor=sample_id if sample_id in reader.header.samples else None,
        )
        found = [_own_row(record, columns, "somatic", reader) for record in reader]
    germline = folder / "germline.vcf.gz"
    if germline.is_file() and germline_in:
        found += _read_germline(germline, germline_in, sample_id)
    raw_path = folder / "features_raw.parquet"
    raw = read_table(raw_path, FEATURES_RAW_TABLE) if raw_path.is_file() else None
    callable_path = folder / "callable.bed.gz"
    regions = None
    if callable_path.is_file():
        regions = IntervalSet([]) if _is_empty(callable_path) else read_bed(callable_path, reference.lengths)
    paired = raw is not None and "normal" in raw["role"].unique().to_list()
    rows, haplotypes = [row for row, _ in found], [haplotype for _, haplotype in found]
    return CallSet("reads", rows, haplotypes, regions, raw, paired)


def _is_empty(path: Path) -> bool:
    with pysam.BGZFile(str(path), "rb") as handle:
        return not any(line.strip() and not line.startswith(b"#") for line in handle)


def _read_germline(
    path: Path, where: list[tuple[str, int, int]], sample_id: str
) -> list[tuple[dict[str, Any], tuple[str, int] | None]]:
    inside = IntervalSet(where).intervals
    with VcfReader(path) as reader:
        names = reader.header.samples
        normal = reader.header.value("normal_sample")
        tumor = names.index(sample_id) if sample_id in names else None
        control = names.index(normal) if normal in names else (0 if tumor is None and names else None)
        found = [
            _own_row(record, SampleColumns(tumor, control), "germline", reader)
            for record in reader.overlapping(inside)
        ]
    return found


def _own_row(
    record: VcfRecord, columns: SampleColumns, origin: str, reader: VcfReader
) -> tuple[dict[str, Any], tuple[str, int] | None]:
    if len(record.alts) != 1:
        raise reader.fault(
            "our caller writes one ALT a record", record.line, found=",".join(record.alts)[:80]
        )
    tumor = record.samples[columns.tumor] if columns.tumor is not None else {}
    try:
        counts = count_allele(record, tumor, 0)
        control = (
            count_allele(record, record.samples[columns.normal], 0) if columns.normal is not None else NOTHING
        )
        probability = record.info.get("PROB", record.info.get("POST", "."))
        posterior = float(probability) if probability != "." else None
        needed, limit, population_af = (_figure(record, key) for key in ("NEEDED", "LIMIT", "POPAF"))
        fraction = float(tumor["AF"].split(",")[0]) if tumor.get("AF", ".") != "." else counts.af
    except ValueError as error:
        raise reader.fault("a figure is no number", record.line, found=str(error)) from error
    row = {
        "chrom": record.chrom,
        "pos": record.pos,
        "ref": record.ref,
        "alt": record.alts[0],
        "variant_class": variant_class(record.ref, record.alts[0]),
        "depth": counts.depth,
        "ref_count": counts.ref_count,
        "alt_count": counts.alt_count,
        "af": fraction,
        "normal_depth": control.depth,
        "normal_alt_count": control.alt_count,
        "origin": _told_origin(record, origin),
        "filters": NOT_FILTERED if record.filters in (".", "") else record.filters,
        "posterior": posterior,
        "population_af": population_af,
        "caller": "oncoloom",
        "forced": "FORCED" in record.info,
        "needed": needed,
        "limit_af": limit,
    }
    return row, _haplotype(tumor)


def _figure(record: VcfRecord, key: str) -> float | None:
    text = record.info.get(key, ".")
    return None if text in (".", "") else float(text)


def _told_origin(record: VcfRecord, default: str) -> str:
    """The caller's own word (INFO/ORIGIN) where it gives one."""
    told = record.info.get("ORIGIN", default)
    return told if told in ("somatic", "germline", "unknown") else default


def _haplotype(sample: dict[str, str]) -> tuple[str, int] | None:
    genotype, phase_set = sample.get("GT", "."), sample.get("PS", ".")
    alleles = genotype.split("|")
    if phase_set == "." or len(alleles) != 2 or alleles.count("1") != 1:
        return None
    return phase_set, alleles.index("1")
