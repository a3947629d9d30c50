"""Single rows of a MAF: each cell to a value of the variants table, faults and oddities counted."""

import re
from collections import Counter
from typing import Any

from oncoloom.clinical.text_table import TextTable
from oncoloom.cohort.maf_drivers import MafDrivers
from oncoloom.errors import InputError, OncoloomError
from oncoloom.reference_data.consequence_terms import consequence_of_maf_class
from oncoloom.reference_data.contigs import bare_name, sex_chromosome_name
from oncoloom.reference_data.protein_change import parse_protein_change
from oncoloom.reference_data.symbols import resolve_symbol

# What we call a field -> the spellings of it, compared without case.
SPELLINGS: dict[str, tuple[str, ...]] = {
    "gene": ("Hugo_Symbol", "Gene_Symbol", "Gene"),
    "sample": ("Tumor_Sample_Barcode", "Sample_Barcode", "Tumor_Sample", "SAMPLE_ID"),
    "chrom": ("Chromosome", "Chrom", "Chr"),
    "start": ("Start_Position", "Start_pos", "Start"),
    "class": ("Variant_Classification", "Mutation_Type"),
    "type": ("Variant_Type",),
    "ref": ("Reference_Allele", "Ref_Allele"),
    "alt": ("Tumor_Seq_Allele2", "Tumor_Allele", "Variant_Allele"),
    "alt_1": ("Tumor_Seq_Allele1",),
    "hgvs_c": ("HGVSc", "cDNA_Change", "Codon_Change"),
    "hgvs_p": ("HGVSp_Short", "HGVSp", "Protein_Change", "Amino_Acid_Change", "AAChange"),
    "transcript": ("Transcript_ID", "i_transcript_name", "Annotation_Transcript"),
    "depth": ("t_depth", "Tumor_Depth"),
    "ref_count": ("t_ref_count", "Tumor_Ref_Count"),
    "alt_count": ("t_alt_count", "Tumor_Alt_Count"),
    "normal_depth": ("n_depth",),
    "normal_alt_count": ("n_alt_count",),
    "af": ("t_af", "t_vaf", "tumor_f", "VAF", "i_TumorVAF_WU"),
    "filter": ("FILTER",),
    "status": ("Mutation_Status",),
    "build": ("NCBI_Build",),
}
_CLASSES = {"SNP": "snv", "SNV": "snv", "DNP": "mnv", "TNP": "mnv", "ONP": "mnv", "MNP": "mnv"} | {
    "INS": "insertion", "DEL": "deletion"
}  # fmt: skip
COUNTED_FILTERS = ("PASS", "not filtered")
# GRCh37-lite, GRCh37.p13, b37, hs37d5, hg19, 37.1 …: patches and decoys do not move a position.
_BUILD_37 = re.compile(r"(?:grch|hs|b)?37\b.*|hs37d5.*|grch37.*|hg19.*")
_BUILD_38 = re.compile(r"(?:grch|hs|b)?38\b.*|hs38.*|grch38.*|hg38.*")
_MISSING = frozenset(("", "NA", "N/A", ".", "__UNKNOWN__", "Unknown"))
_WHOLE = re.compile(r"(\d+)(?:\.0*)?")
_SCIENTIFIC = re.compile(r"(\d)(?:\.(\d*))?[eE]\+?(\d+)")
_DASHES = re.compile(r"-+")  # older MAFs write a dash for every base
_ALLELE = re.compile(r"[ACGTN]+|-")
_NAMES_SHOWN = 5
_SYMBOL_KINDS = {
    "damaged": "gene names that a spreadsheet made into dates",
    "ambiguous": "gene names that may mean several genes",
    "unknown": "gene names that are not in HGNC",
}


def genome_build(text: str) -> int | None:
    """37 or 38 for any spelling of a human build, None for another one.

    Examples
    --------
    >>> [genome_build(name) for name in ("hg19", "GRCh37-lite", "38", "mm10")]
    [37, 37, 38, None]
    """
    folded = text.strip().casefold()
    if _BUILD_37.fullmatch(folded):
        return 37
    return 38 if _BUILD_38.fullmatch(folded) else None


class MafRows:
    """Reads the rows of one MAF; collects faults and counts as it goes."""

    def __init__(self, table: TextTable, sources: dict[str, str | None]) -> None:
        self._table = table
        self._cells = {
            key: table.frame[source].to_list() for key, source in sources.items() if source is not None
        }
        self.has_filter = "filter" in self._cells
        self.has_status = "status" in self._cells
        self.faults: list[OncoloomError] = []
        self.counts: Counter[str] = Counter()
        self.renamed: Counter[str] = Counter()
        self.odd_symbols: dict[str, dict[str, int]] = {}  # kind -> symbol -> first row
        self.notes: list[str] = []
        self._percent = self._af_is_percent()
        self._drivers = MafDrivers()

    def rows(self) -> list[dict[str, Any] | None]:
        """A variant a row, None for a row that is no variant."""
        builds = Counter(str(genome_build(cell) or cell) for cell in self._cells.get("build", ()) if cell)
        if len(builds) > 1:
            names = ", ".join(f"{build} in {n} rows" for build, n in sorted(builds.items()))
            self.notes.append(f"positions of several genome builds in one MAF: {names}")
        rows = [self._row(index) for index in range(self._table.frame.height)]
        self._note_odd_symbols()
        self.notes += self._drivers.codons.notes()
        return rows

    def _note_odd_symbols(self) -> None:
        """Name the symbols that are no approved ones: a person must be able to find and mend them."""
        for kind, found in self.odd_symbols.items():
            shown = [f"{name} ({self._table.where(row)})" for name, row in list(found.items())[:_NAMES_SHOWN]]
            more = len(found) - len(shown)
            self.notes.append(
                f"{kind}, kept as written: {', '.join(shown)}" + (f" and {more} more" if more else "")
            )

    def _cell(self, key: str, row: int) -> str:
        cells = self._cells.get(key)
        value = "" if cells is None else cells[row]
        return "" if value in _MISSING else value

    def _row(self, row: int) -> dict[str, Any] | None:
        sample = self._cell("sample", row)
        if not sample:
            self._fault(row, "sample", "a sample name")
            return None
        status = self._cell("status", row).casefold()
        if status in ("wildtype", "none"):
            self.counts["no variant (Mutation_Status)"] += 1
            return None
        ref, alt = self._alleles(row)
        if ref is not None and ref == alt:
            self.counts["no variant (both alleles are the reference)"] += 1
            return None
        variant = {
            "patient_id": sample,
            "sample_id": sample,
            "chrom": self._chrom(row),
            "pos": self._position(row),
            "ref": ref,
            "alt": alt,
            "variant_class": self._variant_class(row, ref, alt),
            "gene": self._gene(self._cell("gene", row), row),
            "transcript": self._cell("transcript", row) or None,
            "consequence": self._consequence(self._cell("class", row)),
            "hgvs_c": self._cell("hgvs_c", row) or None,
            "origin": self._origin(status),
            "filters": self._filters(row),
            "cancer_cell_fraction": None,
            "posterior": None,
            "caller": "MAF",
        }
        return variant | self._protein(row) | self._counts(row) | self._driver(row, variant)

    def _protein(self, row: int) -> dict[str, Any]:
        text = self._cell("hgvs_p", row)
        change = parse_protein_change(text) if text else None
        if change is None or change.short is None:
            if change is not None:
                self.counts["protein change not usable, set to null"] += 1
            return {"hgvs_p": None, "hgvs_p_short": None}
        return {"hgvs_p": change.long, "hgvs_p_short": change.short}

    def _counts(self, row: int) -> dict[str, Any]:
        depth, ref_count, alt_count = (self._count(key, row) for key in ("depth", "ref_count", "alt_count"))
        if not depth and ref_count is not None and alt_count is not None:
            depth = ref_count + alt_count
        return {
            "depth": depth or None,
            "ref_count": ref_count,
            "alt_count": alt_count,
            "af": self._allele_fraction(row, depth, alt_count),
            "normal_depth": self._count("normal_depth", row),
            "normal_alt_count": self._count("normal_alt_count", row),
        }

    def _driver(self, row: int, variant: dict[str, Any]) -> dict[str, Any]:
        """Whether the variant is a driver alteration, by the rules that our own calls go by."""
        build = genome_build(self._cell("build", row))
        verdict = self._drivers.judge(variant, self._cell("hgvs_p", row), self._cell("class", row), build)
        counts = variant["origin"] != "germline" and variant["filters"] in COUNTED_FILTERS
        return {
            "driver": verdict.rule is not None and counts,
            "driver_rule": verdict.rule if counts else None,
            "driver_evidence": verdict.evidence if counts else None,
            "driver_reason": verdict.reason if counts else None,
            "hotspot": verdict.hotspot,
        }

    def _origin(self, status: str) -> str:
        if "germline" in status:
            self.counts["germline rows, kept and not counted as somatic"] += 1
            return "germline"
        return "unknown" if status in ("unknown", "post-transcriptional modification") else "somatic"

    def _filters(self, row: int) -> str:
        text = self._cell("filter", row)
        return text.replace(",", ";") if text else "not filtered"

    def _consequence(self, class_name: str) -> str | None:
        if class_name.upper() == "ITD":
            return "inframe_insertion"
        term = consequence_of_maf_class(class_name)
        if term is None:
            self.counts[f"Variant_Classification {class_name or 'empty'} not known, consequence null"] += 1
        return term

    def _chrom(self, row: int) -> str | None:
        name = self._cell("chrom", row)
        if bare_name(name) not in ("23", "24"):
            return name or None
        self.counts["chromosome 23 or 24 read as X or Y"] += 1
        prefix = name[:3] if name.lower().startswith("chr") else ""
        return prefix + sex_chromosome_name(name)

    def _gene(self, name: str, row: int) -> str | None:
        name = name.removesuffix("_ITD")  # a spelling of internal tandem duplications: FLT3_ITD
        if not name:
            return None
        match = resolve_symbol(name)
        if match.kind in ("previous", "alias"):
            self.renamed[f"{name} to {match.symbol}"] += 1
        elif match.symbol is None:
            kind = _SYMBOL_KINDS[match.kind]
            self.odd_symbols.setdefault(kind, {}).setdefault(name, row)
        return match.symbol or name

    def _position(self, row: int) -> int | None:
        text = self._cell("start", row)
        if not text:
            if "start" in self._cells:
                self.counts["no position"] += 1
            return None
        whole = _WHOLE.fullmatch(text)
        if whole:
            position = int(whole.group(1))
            if position == 0:  # a MAF counts from 1
                self.counts["position 0 names no base, set to null"] += 1
            return position or None
        scientific = _SCIENTIFIC.fullmatch(text)
        if scientific:
            return self._scientific_position(row, text, scientific)
        self._fault(row, "start", "a whole number")
        return None

    def _scientific_position(self, row: int, text: str, found: re.Match[str]) -> int | None:
        digits, exponent = found.group(2) or "", int(found.group(3))
        if len(digits) == exponent:  # every digit is there
            return int(found.group(1) + digits)
        self.counts["position without all its digits, set to null"] += 1
        self.notes.append(
            f"{self._table.where(row)}: position {text} has lost digits and names no base; "
            "the variant is kept by gene and protein change"
        )
        return None

    def _alleles(self, row: int) -> tuple[str | None, str | None]:
        ref, alt = self._cell("ref", row).upper(), self._cell("alt", row).upper()
        ref, alt = ("-" if _DASHES.fullmatch(allele) else allele for allele in (ref, alt))
        first = self._cell("alt_1", row).upper()
        first = "-" if _DASHES.fullmatch(first) else first
        if first and first != ref:
            if not alt or alt == ref:
                alt = first
            elif first != alt:
                self.counts["two alternate alleles in a row, Tumor_Seq_Allele2 is used"] += 1
        for key, allele in (("ref", ref), ("alt", alt)):
            if allele and not _ALLELE.fullmatch(allele):
                self._fault(row, key, "bases, or - for none")
        return ref or None, alt or None

    def _variant_class(self, row: int, ref: str | None, alt: str | None) -> str:
        known = _CLASSES.get(self._cell("type", row).upper())
        if known or ref is None or alt is None:
            return known or "unknown"
        if ref == "-":
            return "insertion"
        if alt == "-":
            return "deletion"
        if len(ref) == len(alt):
            return "snv" if len(ref) == 1 else "mnv"
        return "complex"

    def _count(self, key: str, row: int) -> int | None:
        text = self._cell(key, row)
        if not text:
            return None
        whole = _WHOLE.fullmatch(text)
        if whole is None:
            self._fault(row, key, "a whole number of fragments")
            return None
        return int(whole.group(1))

    def _af_is_percent(self) -> bool:
        numbers = [float(c) for c in self._cells.get("af", ()) if re.fullmatch(r"\d+(\.\d*)?", c)]
        percent = bool(numbers) and max(numbers) > 1
        if percent:
            self.notes.append(f"allele fractions are in percent (largest {max(numbers):g}), divided by 100")
        return percent

    def _allele_fraction(self, row: int, depth: int | None, alt_count: int | None) -> float | None:
        text = self._cell("af", row)
        if not text:
            return alt_count / depth if depth and alt_count is not None and alt_count <= depth else None
        try:
            value = float(text) / (100.0 if self._percent else 1.0)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1:
            self._fault(row, "af", "a fraction from 0 to 1, or percent to 100")
            return None
        return value

    def _fault(self, row: int, key: str, expected: str) -> None:
        found = self._cells[key][row] if key in self._cells else ""
        self.faults.append(
            InputError(
                f"`{SPELLINGS[key][0]}` cannot be read",
                path=self._table.path,
                record=self._table.where(row),
                expected=expected,
                found=f'"{found[:40]}"',
                remedy="correct the cell, or take the row out",
            )
        )
