"""The VCF door: variants of another caller's file, checked, split, normalized, counted."""

import re
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.errors import FaultList, InputError, OncoloomError, ReferenceMismatchError, UsageError
from oncoloom.features.contracts import VARIANTS_TABLE
from oncoloom.features.sample_columns import SampleColumns, find_samples
from oncoloom.features.variants.foreign_counts import (
    CALLERS,
    NOTHING,
    AlleleCounts,
    count_allele,
    count_in_info,
    detect_caller,
    in_genotype,
)
from oncoloom.features.variants.normalize import Allele, left_align, reference_agrees, variant_class
from oncoloom.features.variants.vcf_text import VcfReader, VcfRecord
from oncoloom.reference_data.contigs import rename_contigs, require_shared
from oncoloom.reference_data.fasta import Reference, open_reference
from oncoloom.tables import Tally

NOT_FILTERED = "not filtered"
_UNFIT = "af null: AD or AF are incomplete or do not fit the alleles, kept"
_MAX_FAULTS = 20
_KEPT = (", kept", ", sorted")  # how reasons end of which no record is lost
_BASES = re.compile(r"^[ACGT]+$")
_GERMLINE_FILTERS = {"germline", "GERMLINE", "germline_risk", "alt_allele_in_normal"}
_SOMATIC_CALLERS = {"mutect2", "strelka2", "deepsomatic", "vardict", "varscan"}


def import_variants(
    path: Path,
    reference_path: Path,
    *,
    patient_id: str,
    sample_id: str,
    caller: str = "auto",
    tumor: str | None = None,
    normal: str | None = None,
) -> tuple[pl.DataFrame, Tally]:
    """Variants of a foreign VCF as a `variants` table (consequences come later), with a tally.

    Multiallelic sites are split, alleles normalized, duplicates kept once, alleles that the tumor does not
    have left out; each of these is counted. FILTER ``.`` is "not filtered", never PASS.

    Raises
    ------
    InputError, ReferenceMismatchError, FaultList
        If the file is no VCF, a record is broken, or REF differs from the reference: file, line, remedy.
    UsageError
        If the tumor's column cannot be told, or `caller` is unknown.
    """
    if caller not in (*CALLERS, "auto"):
        raise UsageError("unknown caller", expected=", ".join(("auto", *CALLERS)), found=caller)
    tally = Tally()
    with open_reference(reference_path) as reference, VcfReader(path) as reader:
        chosen = detect_caller(reader.header) if caller == "auto" else caller
        columns = find_samples(
            reader.header, path, sample_id=sample_id, tumor=tumor, normal=normal, caller=chosen
        )
        rows = _read_rows(reader, reference, columns, chosen, tally)
    tally.kept = len(rows)
    _count_gaps(rows, tally)
    for row in rows:
        row |= {"patient_id": patient_id, "sample_id": sample_id, "caller": chosen, "driver": False}
    frame = pl.DataFrame(
        [{name: row.get(name) for name in VARIANTS_TABLE.polars_schema()} for row in rows],
        schema=VARIANTS_TABLE.polars_schema(),
    )
    return frame, tally


def check_vcf(path: Path, reference_path: Path, *, sample_id: str | None = None) -> Tally:
    """Read a VCF whole as the import would; the tally of what would be left out.

    Without `sample_id` every record is looked at and no column is taken for the tumor's.

    Raises
    ------
    OncoloomError
        As :func:`import_variants`.
    """
    tally = Tally()
    with open_reference(reference_path) as reference, VcfReader(path) as reader:
        columns = SampleColumns(None, None)
        if sample_id is not None:
            columns = find_samples(
                reader.header, path, sample_id=sample_id, caller=detect_caller(reader.header)
            )
        caller = detect_caller(reader.header)
        rows = _read_rows(reader, reference, columns, caller, tally)
    tally.kept = len(rows)
    if sample_id is not None:
        _count_gaps(rows, tally)
    return tally


def import_notes(tally: Tally) -> list[str]:
    """What an import does to records, a sentence a reason; only what is lost is called left out."""
    notes = []
    for reason, n in sorted(tally.filtered.items()):
        if reason.startswith("contig "):
            notes.append(reason)
        else:
            notes.append(f"{n} {reason}" if reason.endswith(_KEPT) else f"{n} {reason}: left out")
    return notes


def _read_rows(
    reader: VcfReader, reference: Reference, columns: SampleColumns, caller: str, tally: Tally
) -> list[dict[str, Any]]:
    rows: dict[tuple[str, int, str, str], dict[str, Any]] = {}
    faults: list[OncoloomError] = []
    renamed: dict[str, str | None] = {}
    before: tuple[str, int] = ("", 0)
    for record in reader:
        if record.chrom not in renamed:
            renamed |= rename_contigs([record.chrom], reference.lengths)
        if record.chrom == before[0] and record.pos < before[1]:
            tally.drop("records out of order, sorted", 1)
        before = (record.chrom, record.pos)
        try:
            found = _alleles(record, renamed[record.chrom], reference, columns, caller, tally, reader)
        except InputError as error:
            faults.append(error)
            if len(faults) >= _MAX_FAULTS:
                break
            continue
        for allele, row in found:
            _keep(rows, (allele.chrom, allele.pos, allele.ref, allele.alt), row, tally)
    if not faults:
        require_shared(renamed, reference.lengths, path=reader.path, what="variants")
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise FaultList(f"{reader.path}: {len(faults)} records cannot be used", faults)
    for old, new in renamed.items():
        if new is not None and new != old:
            tally.filtered[f"contig {old} renamed to {new}"] = 1
    order = {name: n for n, name in enumerate(reference.lengths)}
    return [rows[key] for key in sorted(rows, key=lambda key: (order[key[0]], *key[1:]))]


def _keep(
    rows: dict[tuple[str, int, str, str], dict[str, Any]],
    key: tuple[str, int, str, str],
    row: dict[str, Any],
    tally: Tally,
) -> None:
    old = rows.get(key)
    if old is not None:
        tally.drop("duplicate variants")
        if old["filters"] == "PASS" or row["filters"] != "PASS":
            return
    rows[key] = row


def _alleles(
    record: VcfRecord,
    contig: str | None,
    reference: Reference,
    columns: SampleColumns,
    caller: str,
    tally: Tally,
    reader: VcfReader,
) -> list[tuple[Allele, dict[str, Any]]]:
    _check_numbers(record, reader)
    if contig is None:
        tally.drop("records on a contig that the reference lacks")
        return []
    if not reference_agrees(Allele(contig, record.pos, record.ref, record.ref), reference):
        raise ReferenceMismatchError(
            "REF is not what the reference holds here",
            path=reader.path,
            record=f"line {record.line}, {record.chrom}:{record.pos}",
            expected=reference.bases(contig, record.pos - 1, record.pos - 1 + len(record.ref))[:20]
            or "a base",
            found=record.ref[:20],
            remedy="is this VCF of another genome build? give its FASTA",
        )
    out = []
    for index, alt in enumerate(record.alts):
        reason = _unusable(alt, record.ref)
        if reason is not None:
            tally.drop(reason)
            continue
        try:
            control = _counts(record, columns.normal, index)
            counts = _counts(record, columns.tumor, index)
            if columns.tumor is None:
                counts = count_in_info(record, index)
        except ValueError as error:
            raise reader.fault("a figure of a sample is no number", record.line, found=str(error)) from error
        if columns.tumor is not None and not counts.alt_count:
            named = in_genotype(record.samples[columns.tumor], index)
            if named is False:
                tally.drop("alleles that the tumor does not have")
                continue
        allele = left_align(Allele(contig, record.pos, record.ref, alt), reference)
        if (allele.pos, allele.ref, allele.alt) != (record.pos, record.ref, alt):
            tally.filtered["alleles split or re-aligned, kept"] += 1
        if counts.af is None and columns.tumor is not None and _tells(record.samples[columns.tumor]):
            tally.filtered[_UNFIT] += 1
        row = _row(record, allele, counts, control, columns, caller)
        row["filters"] = _allele_filters(record, index, row["filters"])
        out.append((allele, row))
    return out


def _check_numbers(record: VcfRecord, reader: VcfReader) -> None:
    """A numeric field that is text is a broken file, not a missing value."""
    for key in ("AF", "DP"):
        for part in record.info.get(key, ".").split(","):
            try:
                float("0" if part in (".", "") else part)
            except ValueError:
                raise reader.fault(
                    f"{key} is not a number", record.line, expected=f"{key}=0.12 or .", found=f"{key}={part}"
                ) from None
    try:
        float("0" if record.quality == "." else record.quality)
    except ValueError:
        raise reader.fault("QUAL is not a number", record.line, found=record.quality) from None


def _unusable(alt: str, ref: str) -> str | None:
    if alt == ".":
        return "records without an alternative allele"
    if alt == "*":
        return "spanning deletions (*)"
    if alt.startswith("<") or "[" in alt or "]" in alt or (len(alt) > 1 and "." in (alt[0], alt[-1])):
        return "symbolic alleles and breakends"
    if not _BASES.match(alt) or not _BASES.match(ref):
        return "alleles with unknown bases"
    return "alleles equal to the reference" if alt == ref else None


def _counts(record: VcfRecord, column: int | None, alt_index: int) -> AlleleCounts:
    if column is None:
        return NOTHING
    return count_allele(record, record.samples[column], alt_index)


def _tells(sample: dict[str, str]) -> bool:
    """Whether a sample has something like a fraction or counts by allele, of use or not."""
    return any(sample.get(key, ".").strip(".,") for key in ("AD", "AF", "VAF", "FREQ"))


def _row(
    record: VcfRecord,
    allele: Allele,
    counts: AlleleCounts,
    control: AlleleCounts,
    columns: SampleColumns,
    caller: str,
) -> dict[str, Any]:
    return {
        "chrom": allele.chrom,
        "pos": allele.pos,
        "ref": allele.ref,
        "alt": allele.alt,
        "variant_class": variant_class(allele.ref, allele.alt),
        "depth": counts.depth,
        "ref_count": counts.ref_count,
        "alt_count": counts.alt_count,
        "af": counts.af,
        "normal_depth": control.depth,
        "normal_alt_count": control.alt_count,
        "origin": _origin(record, columns, caller),
        "filters": NOT_FILTERED if record.filters in (".", "") else record.filters,
    }


def _allele_filters(record: VcfRecord, alt_index: int, filters: str) -> str:
    """FILTER, with what Mutect2 says of this allele alone (INFO/AS_FilterStatus, alleles split by `|`)."""
    told = record.info.get("AS_FilterStatus", "").split("|")
    if len(told) != len(record.alts) or told[alt_index] in ("SITE", "PASS", ".", ""):
        return filters
    names = [] if filters in ("PASS", NOT_FILTERED) else filters.split(";")
    return ";".join(dict.fromkeys([*names, *told[alt_index].split(",")]))


def _origin(record: VcfRecord, columns: SampleColumns, caller: str) -> str:
    """Somatic where a somatic caller or a control says so; germline by the caller's mark; else unknown."""
    status = record.info.get("SS") or record.info.get("STATUS", "")
    if _GERMLINE_FILTERS & set(record.filters.split(";")) or status in ("1", "Germline"):
        return "germline"
    if status in ("3", "StrongLOH", "LikelyLOH"):
        return "unknown"
    somatic = "SOMATIC" in record.info or columns.normal is not None or caller in _SOMATIC_CALLERS
    return "somatic" if somatic else "unknown"


def _count_gaps(rows: list[dict[str, Any]], tally: Tally) -> None:
    """Kept rows whose figures are null, by the reason."""
    no_fraction = sum(row["af"] is None for row in rows) - tally.filtered.get(_UNFIT, 0)
    if no_fraction > 0:
        tally.filtered["af null: the record gives neither AD nor AF, kept"] = no_fraction
    unfiltered = sum(row["filters"] == NOT_FILTERED for row in rows)
    if unfiltered:
        tally.filtered["not filtered by their caller, kept"] = unfiltered
