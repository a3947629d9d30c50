"""Allele counts of foreign VCFs: each caller's own FORMAT fields to depth and counts by allele."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from oncoloom.features.variants.vcf_text import VcfHeader, VcfRecord

CALLERS: tuple[str, ...] = ("mutect2", "strelka2", "dragen", "vardict", "deepsomatic", "varscan", "other")

_DECIMALS = re.compile(r"[0-9]+%?")
_MOST = 10_000_000  # reads over a site; more is a broken file


@dataclass(frozen=True, slots=True)
class AlleleCounts:
    """Fragments or reads (as the caller counts) over a site in one sample; None where not told."""

    depth: int | None = None
    ref_count: int | None = None
    alt_count: int | None = None
    af: float | None = None


NOTHING = AlleleCounts()


def detect_caller(header: VcfHeader) -> str:
    """Which caller wrote the file, by its header; `other` where nothing tells.

    Examples
    --------
    >>> detect_caller(VcfHeader(lines=["##source=VarScan2"]))
    'varscan'
    """
    text = " ".join(
        [*header.values("source"), *header.values("cmdline"), *header.values("DRAGENCommandLine")]
        + [
            line
            for line in header.lines
            if line.startswith(("##GATKCommandLine", "##DRAGEN", "##DeepVariant"))
        ]
    ).lower()
    for word, caller in (
        ("mutect2", "mutect2"),
        ("strelka", "strelka2"),
        ("dragen", "dragen"),
        ("vardict", "vardict"),
        ("deepsomatic", "deepsomatic"),
        ("deepvariant", "deepsomatic"),
        ("varscan", "varscan"),
    ):
        if word in text:
            return caller
    formats = header.declared("FORMAT")
    if {"AU", "CU", "GU", "TU"} <= formats or {"TAR", "TIR"} <= formats:
        return "strelka2"
    if {"RD", "FREQ"} <= formats:
        return "varscan"
    return "mutect2" if {"F1R2", "F2R1"} <= formats and "TLOD" in header.declared("INFO") else "other"


def count_allele(record: VcfRecord, sample: dict[str, str], alt_index: int) -> AlleleCounts:
    """Counts of ALT number `alt_index` (0-based) of a record in one sample.

    Tried in this order, each by the fields it needs, whatever the caller is called: Strelka's tiers,
    VarScan's RD/AD/FREQ, freebayes' RO/AO, AD in the order REF, ALT, …, Platypus' NR/NV, samtools' DP4,
    counts by strand (ADF/ADR), the alternative's count (AO, VD) over DP; AF, VAF, FA or FREQ alone give the
    fraction only.

    Raises
    ------
    ValueError
        If a figure that should be a number is not.
    """
    for read in _READERS:
        counts = read(record, sample, alt_index)
        if counts is not None:
            return counts
    return AlleleCounts(depth=_number(sample, "DP"), af=_fraction(record, sample, alt_index))


def count_in_info(record: VcfRecord, alt_index: int) -> AlleleCounts:
    """Counts of a file without sample columns (LoFreq's), out of INFO.

    AF is taken only beside DP and without AN: else it may be a population's.
    """
    if record.samples or "AN" in record.info:
        return NOTHING
    keys = ("DP", "DP4", "AD", "RO", "AO", *(("AF",) if "DP" in record.info else ()))
    return count_allele(record, {key: record.info[key] for key in keys if key in record.info}, alt_index)


def in_genotype(sample: dict[str, str], alt_index: int) -> bool | None:
    """Whether GT names the allele; None where there is no GT."""
    genotype = sample.get("GT", ".").replace("|", "/").split("/")
    called = [allele for allele in genotype if allele not in (".", "")]
    return str(alt_index + 1) in called if called else None


def _strelka_snv(record: VcfRecord, sample: dict[str, str], alt_index: int) -> AlleleCounts | None:
    keys = [f"{base}U" for base in (record.ref, *record.alts)]
    if any(len(key) != 2 or key not in sample for key in keys):
        return None
    return _from_list([_first(sample[key]) for key in keys], alt_index, _number(sample, "DP"))


def _strelka_indel(_: VcfRecord, sample: dict[str, str], __: int) -> AlleleCounts | None:
    if "TAR" not in sample or "TIR" not in sample:
        return None
    return _from_pair(_first(sample["TAR"]), _first(sample["TIR"]), _number(sample, "DP"))


def _varscan(record: VcfRecord, sample: dict[str, str], alt_index: int) -> AlleleCounts | None:
    if "RD" not in sample or "," in sample.get("AD", ","):
        return None
    ref, alt = _number(sample, "RD"), _number(sample, "AD")
    counts = _from_pair(ref, alt, _number(sample, "DP"))
    return (
        counts
        if counts.af is not None
        else AlleleCounts(counts.depth, ref, alt, _fraction(record, sample, alt_index))
    )


def _freebayes(record: VcfRecord, sample: dict[str, str], alt_index: int) -> AlleleCounts | None:
    if "RO" not in sample or "AO" not in sample or "AD" in sample:
        return None
    seen = [_whole(part) for part in sample["AO"].split(",")]
    if len(seen) != len(record.alts):
        return None
    return _from_list([_number(sample, "RO"), *seen], alt_index, _number(sample, "DP"))


def _allele_depths(record: VcfRecord, sample: dict[str, str], alt_index: int) -> AlleleCounts | None:
    parts = sample.get("AD", ".").split(",")
    if len(parts) != 1 + len(record.alts):
        return None
    depths = [_whole(part) for part in parts]
    if all(one is None for one in depths):
        return None
    counts = _from_list(depths, alt_index, _number(sample, "DP"))
    if counts.af is not None:
        return counts
    return AlleleCounts(
        counts.depth, counts.ref_count, counts.alt_count, _fraction(record, sample, alt_index)
    )


def _platypus(record: VcfRecord, sample: dict[str, str], alt_index: int) -> AlleleCounts | None:
    """NR: reads over the site, NV: those with the allele; one figure each an allele."""
    reads, seen = (sample.get(key, ".").split(",") for key in ("NR", "NV"))
    if len(seen) != len(record.alts) or len(reads) not in (1, len(seen)) or seen[alt_index] in (".", ""):
        return None
    return _of_depth(_whole(seen[alt_index]), _whole(reads[alt_index % len(reads)]))


def _four_counts(record: VcfRecord, sample: dict[str, str], _: int) -> AlleleCounts | None:
    """DP4: reference forward and reverse, alternative forward and reverse (all of it: one ALT only)."""
    counts = [_whole(part) for part in sample.get("DP4", ".").split(",")]
    if len(counts) != 4 or len(record.alts) != 1 or None in counts:
        return None
    a, b, c, d = (one or 0 for one in counts)
    return _from_pair(a + b, c + d, _number(sample, "DP"))


def _by_strand(record: VcfRecord, sample: dict[str, str], alt_index: int) -> AlleleCounts | None:
    strands = [[_whole(part) for part in sample.get(key, ".").split(",")] for key in ("ADF", "ADR")]
    if any(len(one) != 1 + len(record.alts) or None in one for one in strands):
        return None
    both = [(a or 0) + (b or 0) for a, b in zip(*strands, strict=True)]
    return _from_list(list(both), alt_index, _number(sample, "DP"))


def _alternative(record: VcfRecord, sample: dict[str, str], alt_index: int) -> AlleleCounts | None:
    """The alternative's reads alone, over DP."""
    for key in ("AO", "VD"):
        seen = sample.get(key, ".").split(",")
        if len(seen) == len(record.alts) and seen[alt_index] not in (".", ""):
            return _of_depth(_whole(seen[alt_index]), _number(sample, "DP"))
    return None


def _of_depth(alt: int | None, depth: int | None) -> AlleleCounts:
    if alt is not None and depth is not None and alt > depth:
        raise ValueError(f"{alt} reads of the allele among {depth}")
    return AlleleCounts(depth, None, alt, alt / depth if alt is not None and depth else None)


_READERS: tuple[Callable[[VcfRecord, dict[str, str], int], AlleleCounts | None], ...] = (
    _strelka_snv,
    _strelka_indel,
    _varscan,
    _freebayes,
    _allele_depths,
    _platypus,
    _four_counts,
    _by_strand,
    _alternative,
)


def _from_pair(ref: int | None, alt: int | None, depth: int | None) -> AlleleCounts:
    return _from_list([ref, alt], 0, depth)


def _from_list(depths: list[int | None], alt_index: int, depth: int | None) -> AlleleCounts:
    """Fraction = the allele's share of all counted alleles (the caller's DP may hold reads of none)."""
    total = sum(one or 0 for one in depths)
    alt = depths[1 + alt_index]
    known = all(one is not None for one in depths) and total > 0
    return AlleleCounts(
        depth if depth is not None else total,
        depths[0],
        alt,
        alt / total if known and alt is not None else None,
    )


def _fraction(record: VcfRecord, sample: dict[str, str], alt_index: int) -> float | None:
    for key in ("AF", "VAF", "FA", "FREQ"):
        parts = _decimal_points(sample.get(key, "."), len(record.alts))
        if len(parts) != len(record.alts):
            continue
        text = parts[alt_index]
        if text in (".", ""):
            continue
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        if not isfinite(value) or not 0 <= value <= 1:
            raise ValueError(f"{key}={text} is no fraction")
        return value
    return None


def _decimal_points(text: str, n: int) -> list[str]:
    """Fractions of `n` alleles; 12,5% and 0,25 are such of a program with decimal commas.

    Only where nothing else is meant: 0,1 may be the fractions of REF and ALT.
    """
    parts = text.split(",")
    pairs = list(zip(parts[::2], parts[1::2], strict=False))
    if len(parts) != 2 * n or not all(whole.isdigit() and _DECIMALS.fullmatch(part) for whole, part in pairs):
        return parts
    sure = all(part.endswith("%") or len(part) > 1 or part > "1" for _, part in pairs)
    return [f"{whole}.{part}" for whole, part in pairs] if sure else parts


def _number(sample: dict[str, str], key: str) -> int | None:
    return _whole(sample.get(key, "."))


def _first(text: str) -> int | None:
    """Tier 1 of Strelka's `tier1,tier2`."""
    return _whole(text.split(",")[0])


def _whole(text: str) -> int | None:
    if text in (".", ""):
        return None
    value = float(text) if "." in text else int(text)  # 12.0: a table tool has been over the file
    if value != int(value):
        raise ValueError(f"count {text[:20]} is no whole number")
    value = int(value)
    if not 0 <= value <= _MOST:
        raise ValueError(f"count {text[:20]} is no count of reads")
    return value
