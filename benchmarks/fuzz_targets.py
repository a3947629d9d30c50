"""What is tried with a mutated file, and what must come of it.

Each target gives (mutation, outcome). An outcome that begins with "BAD" is a finding: what was accepted
differs from htslib or from an independent reading, htslib refuses what was accepted, or an error does not say
where. Any exception but ours goes through to the worker, which counts it as a finding, too.
"""

import contextlib
import io
import itertools
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import fuzz_mutators as mutators
import numpy as np
import polars as pl
import pysam
from fuzz_base import Base, as_tuple, clean, htslib_records

from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call
from oncoloom.calling.resources import add_population_af, read_forced_alleles
from oncoloom.errors import FaultList, OncoloomError
from oncoloom.reads.alignments import AlignmentSource, open_alignments
from oncoloom.reads.bam_source import BamSource
from oncoloom.reads.columns import ReadColumns
from oncoloom.reads.content_checks import sample_regions
from oncoloom.reads.door_checks import check_alignments
from oncoloom.reads.reference import Reference
from oncoloom.reads.regions import read_bed

SEQUENCE_CODES = "=ACMGRSVTWYHKDBN"
HTSLIB_REFUSES = (OSError, ValueError, NotImplementedError, pysam.SamtoolsError)
REGIONS = (
    ("1", 0, 1_400),
    ("1", 190, 210),
    ("1", 480, 530),
    ("1", 1_390, 1_400),
    ("2", 0, 300),
    ("2", 100, 101),
)
Target = Callable[[np.random.Generator, Base, Path], tuple[str, str]]


def own_records(columns: ReadColumns) -> list[tuple[object, ...]]:
    """Records of column arrays as tuples of what `htslib_records` gives."""
    arena = columns.arena
    found = []
    for i in range(len(columns)):
        n, first = int(columns.l_seq[i]), int(columns.seq_at[i])
        cigar_at = int(columns.cigar_at[i])
        words = arena[cigar_at : cigar_at + 4 * int(columns.n_cigar[i])].view(np.uint8).tobytes()
        packed = arena[first : first + (n + 1) // 2].tobytes().hex()[:n]
        quality = int(columns.qual_at[i])
        found.append(
            (
                *(int(columns.contig[i]), int(columns.pos[i]), int(columns.flag[i])),
                *(int(columns.mapq[i]), n),
                tuple(int.from_bytes(words[k : k + 4], "little") for k in range(0, len(words), 4)),
                "".join(SEQUENCE_CODES[int(digit, 16)] for digit in packed),
                _quality(arena[quality : quality + n].tobytes()),
                *(int(columns.mate_contig[i]), int(columns.mate_pos[i]), int(columns.template_length[i])),
            )
        )
    return found


def _quality(raw: bytes) -> bytes:
    """htslib takes a first 255 for "no qualities at all"."""
    return b"\xff" * len(raw) if raw[:1] == b"\xff" else raw


def told(error: OncoloomError, *, place: bool = True) -> str:
    """The outcome of a refusal: our error, by its message; BAD where it names no file or no place."""
    faults = error.faults if isinstance(error, FaultList) else [error]
    for one in faults:
        if one.path is None:
            return f"BAD error without a file: {one.message}"
        if place and _of_a_place(one.message) and not one.record:
            return f"BAD error without a place: {one.message}"
    return "error: " + faults[0].message.split(":")[0]


def _of_a_place(message: str) -> bool:
    return message.startswith(
        ("corrupt BGZF", "a record", "a broken record", "the file ends inside a record")
    )


def bam(rng: np.random.Generator, base: Base, work: Path) -> tuple[str, str]:
    """A mutated BAM: every record as htslib has it, or refused; by region, too; then called from."""
    name, raw = mutated_bam(rng, base)
    path = work / "m.bam"
    path.write_bytes(raw)
    try:
        ours = list(
            itertools.chain.from_iterable(own_records(part) for part in BamSource(path, None).iterate())
        )
    except OncoloomError as error:
        return name, told(error)
    try:
        theirs = htslib_records(path)
    except HTSLIB_REFUSES as error:
        return name, f"BAD accepted, htslib refuses: {str(error)[:60]}"
    if ours != theirs:
        return name, f"BAD other records than htslib: {len(ours)} for {len(theirs)}"
    Path(f"{path}.bai").write_bytes(base.bai)
    if rng.random() < 0.6:
        with contextlib.suppress(pysam.SamtoolsError):
            pysam.index(str(path))
    outcome = by_region(path)
    if outcome.startswith("BAD") or rng.random() < 0.6:
        return name, outcome
    called = call_from(path, base, work, finish=bool(rng.random() < 0.3))
    return name, called if called.startswith("BAD") else f"{outcome}; {called}"


def mutated_bam(rng: np.random.Generator, base: Base) -> tuple[str, bytes]:
    """A mutation of the raw bytes (a third), or of the payload."""
    if rng.random() < 0.35:
        name, how = mutators.choose(rng, {**mutators.BYTES, **mutators.BGZF})
        return name, how(rng, base.raw)
    name, how = mutators.choose(rng, mutators.PAYLOAD)
    payload = how(rng, base.payload)
    if rng.random() < 0.1:
        second, how = mutators.choose(
            rng, {k: mutators.PAYLOAD[k] for k in ("payload bits", "payload bytes")}
        )
        name, payload = f"{name} + {second}", how(rng, payload)
    return name, mutators.bgzf(payload, 3_000)


def by_region(path: Path) -> str:
    """Regions of a BAM by the (perhaps stale) index beside it: as htslib by the same index, or refused."""
    try:
        source = BamSource(path, Path(f"{path}.bai"))
        lengths = {contig.name: contig.length for contig in source.contigs}
        # what lies beyond a contig's end by the header is not asked for (the door refuses such a header)
        inside = [region for region in REGIONS if region[2] <= lengths.get(region[0], 1 << 31)]
        ours = [own_records(source.read_region(*region)) for region in inside]
    except OncoloomError as error:
        return "records as htslib; by region: " + told(error)
    try:
        theirs = fetched(path, inside)
    except HTSLIB_REFUSES as error:
        return f"BAD read by region, htslib refuses: {str(error)[:60]}"
    return "records as htslib" if ours == theirs else "BAD other records by region than htslib"


def fetched(path: Path, regions: Sequence[tuple[str, int, int]] = REGIONS) -> list[list[tuple[object, ...]]]:
    """What pysam fetches in each region."""
    with pysam.AlignmentFile(str(path), check_sq=False) as handle:
        return [
            [as_tuple(one) for one in handle.fetch(*region)] if handle.get_tid(region[0]) >= 0 else []
            for region in regions
        ]


def call_from(path: Path, base: Base, work: Path, *, finish: bool) -> str:
    """A whole call with the file as tumor: a result, or one of our errors and no VCF."""
    output = clean(work / "calls")
    Path(f"{path}.bai").unlink(missing_ok=True)
    inputs = CallInputs(reference=base.reference, tumor=path, normal=base.normal)
    try:
        run_call(inputs, output, evidence_only=not finish)
    except OncoloomError:
        left = [one.name for one in output.rglob("*") if one.is_file()]
        return f"BAD files left: {left}" if left else "call refused"
    if finish:
        for vcf in ("somatic.vcf.gz", "germline.vcf.gz"):
            with pysam.VariantFile(str(output / vcf)) as handle:
                for _ in handle:
                    pass
    return "called" if finish else "evidence"


def index(rng: np.random.Generator, base: Base, work: Path) -> tuple[str, str]:
    """A mutated BAI or CSI of a healthy BAM: all records of each region, or refused."""
    path = work / "i.bam"
    if not path.exists():
        os.link(base.tumor, path)
    kind = ("bai", "csi", "csi payload")[mutators.pick(rng, 3)]
    name, how = mutators.choose(rng, mutators.BYTES)
    raw = how(rng, base.bai) if kind == "bai" else how(rng, base.csi) if kind == "csi" else b""
    if kind == "csi payload":
        raw = mutators.bgzf(how(rng, mutators.payload_of(base.csi)))
    for suffix in ("bai", "csi"):
        Path(f"{path}.{suffix}").unlink(missing_ok=True)
    index_path = Path(f"{path}.{kind[:3]}")
    index_path.write_bytes(raw)
    name = f"{kind} {name}"
    try:
        facts, _ = check_alignments(path, Reference.open(base.reference))
        ours = [own_records(facts.source.read_region(*region)) for region in REGIONS]
    except OncoloomError as error:
        return name, told(error, place=False)
    truth = [[one for one in base.records if overlaps(one, base, region)] for region in REGIONS]
    if ours == truth:
        return name, "all records of each region"
    try:
        same = fetched(path) == ours
    except HTSLIB_REFUSES:
        same = False
    return name, "fewer records, as htslib by this index" if same else "BAD fewer records than the file holds"


def overlaps(record: tuple[object, ...], base: Base, region: tuple[str, int, int]) -> bool:
    """Whether a record of the healthy BAM overlaps a region."""
    tid, pos = int(record[0]), int(record[1])  # type: ignore[call-overload]
    if tid < 0 or list(base.lengths)[tid] != region[0]:
        return False
    span = sum(word >> 4 for word in record[5] if word & 15 in (0, 2, 3, 7, 8))  # type: ignore[attr-defined]
    return pos < region[2] and pos + max(span, 1) > region[1]


def cram(rng: np.random.Generator, base: Base, work: Path) -> tuple[str, str]:
    """A mutated CRAM or .crai through htslib: the healthy records, htslib's own, or refused."""
    name, how = mutators.choose(rng, mutators.BYTES)
    path = work / "m.cram"
    raw, crai = base.cram.read_bytes(), Path(f"{base.cram}.crai").read_bytes()
    by_index = bool(rng.random() < 0.25)
    path.write_bytes(raw if by_index else how(rng, raw))
    Path(f"{path}.crai").write_bytes(how(rng, crai) if by_index else crai)
    reference, folder = Reference.open(base.reference), clean(work / "cram")
    try:
        source = open_alignments(path, reference=reference, work_folder=folder)
        if by_index:
            return f"crai {name}", cram_by_index(source, base)
        ours = list(itertools.chain.from_iterable(own_records(part) for part in source.iterate()))
    except OncoloomError as error:
        return name, told(error, place=False)
    if ours == base.records:
        return name, "the healthy records"
    try:
        theirs = htslib_records(path, base.reference)
    except HTSLIB_REFUSES as error:
        return name, f"BAD accepted, htslib refuses: {str(error)[:60]}"
    return name, "records as htslib" if ours == theirs else "BAD other records than htslib"


def cram_by_index(source: AlignmentSource, base: Base) -> str:
    """Regions of a healthy CRAM by a mutated .crai: all of their records, or refused."""
    sample_regions(source)
    ours = [own_records(source.read_region(*region)) for region in REGIONS]
    truth = [[one for one in base.records if overlaps(one, base, region)] for region in REGIONS]
    return "all records of each region" if ours == truth else "fewer records, as htslib by this index"


def fasta(rng: np.random.Generator, base: Base, work: Path) -> tuple[str, str]:
    """A mutated FASTA or .fai: the bases that a plain reading gives, or refused."""
    text = base.reference.read_bytes()
    index_text = Path(f"{base.reference}.fai").read_bytes()
    kind = ("fasta with .fai", "fasta alone", "fai")[mutators.pick(rng, 3)]
    name, how = mutators.choose(rng, mutators.TEXT)
    path = work / "r.fa"
    index_path = Path(f"{path}.fai")
    path.write_bytes(text if kind == "fai" else how(rng, text))
    index_path.write_bytes(how(rng, index_text) if kind == "fai" else index_text)
    if kind == "fasta alone":
        index_path.unlink()
    name = f"{kind}: {name}"
    try:
        reference = Reference.open(path, work_folder=clean(work / "fai"))
        ours = {one: reference.bases(one, 0, n).tobytes() for one, n in reference.lengths.items()}
    except OncoloomError as error:
        return name, told(error, place=False)
    theirs = plain_fasta(path.read_bytes())
    if ours == theirs:
        return name, "bases as a plain reading"
    if any(theirs.get(one) != bases for one, bases in ours.items()):
        return name, "BAD other bases than a plain reading"
    return name, "a subset of the sequences, as its .fai says"


def plain_fasta(raw: bytes) -> dict[str, bytes]:
    """Sequences of FASTA text, letters but A, C, G, T as N."""
    table = bytes(b if chr(b) in "ACGT" else 78 if chr(b).isalpha() else b for b in bytes(range(256)).upper())
    found: dict[str, bytes] = {}
    for part in raw.split(b">")[1:]:
        head, _, body = part.partition(b"\n")
        name = head.split(None, 1)[0].decode("utf-8", "replace") if head.split() else ""
        found.setdefault(name, body.translate(table, b"\r\n"))
    return found


def text(rng: np.random.Generator, base: Base, work: Path) -> tuple[str, str]:
    """A mutated BED or VCF: what a plain reading of its lines gives, or refused."""
    kind = ("BED", "alleles VCF", "frequencies VCF")[mutators.pick(rng, 3)]
    name, how = mutators.choose(rng, mutators.TEXT)
    raw = how(rng, base.bed if kind == "BED" else base.vcf)
    path = work / ("t.bed" if kind == "BED" else "t.vcf")
    path.write_bytes(raw)
    name = f"{kind}: {name}"
    try:
        if kind == "BED":
            found = read_bed(path, base.lengths)
            good = {(one.contig, at) for one in found.regions for at in range(one.start, one.end)}
            same = good == plain_bed(raw, base.lengths)
        elif kind == "alleles VCF":
            alleles = read_forced_alleles(path, Reference.open(base.reference))
            same = {(c, a.pos, a.ref, a.alt) for c, found_here in alleles.items() for a in found_here} == {
                (row[0].removeprefix("chr"), *row[1:4])
                for row in plain_vcf(raw)
                if set(row[3]) <= set("ACGT") and row[2] != row[3]
            }
        else:
            rows = {
                row[:4]: row[4]
                for row in plain_vcf(raw)
                if _is_minimal(row[2], row[3]) and row[0] in base.lengths
            }
            frame = (
                pl.DataFrame(list(rows), schema=["contig", "pos", "ref", "alt"], orient="row")
                if rows
                else None
            )
            same = frame is None or all(
                value == wanted or wanted is None
                for value, wanted in zip(
                    add_population_af(frame, path, base.lengths)["population_af"].to_list(),
                    rows.values(),
                    strict=True,
                )
            )
    except OncoloomError as error:
        return name, told(error, place=False)
    return name, "as a plain reading" if same else "BAD other content than a plain reading"


def plain_lines(raw: bytes) -> list[str]:
    """Lines of text; `splitlines` would end them at control characters, too."""
    return io.StringIO(raw.decode("utf-8", "replace"), newline=None).read().split("\n")


def plain_bed(raw: bytes, lengths: dict[str, int]) -> set[tuple[str, int]]:
    """Bases of the intervals of BED text, contigs in either style."""
    found = set()
    for line in plain_lines(raw):
        fields = line.split("\t")
        if line.startswith(("#", "track", "browser")) or len(fields) < 3:
            continue
        contig = fields[0].strip()
        contig = contig if contig in lengths else contig.removeprefix("chr")
        found |= {(contig, at) for at in range(int(fields[1]), int(fields[2]))}
    return found


def plain_vcf(raw: bytes) -> list[tuple[str, int, str, str, float | None]]:
    """Alleles of VCF text: contig, 0-based position, REF, ALT, AF."""
    found = []
    for line in plain_lines(raw):
        fields = line.split("\t")
        if line.startswith("#") or len(fields) < 8:
            continue
        numbers = next((one[3:].split(",") for one in fields[7].split(";") if one.startswith("AF=")), [])
        if not fields[1].isdecimal():
            continue
        for k, alt in enumerate(fields[4].upper().split(",")):
            if not fields[1].isdecimal():
                continue
            pos = int(fields[1]) - 1
            found.append((fields[0], pos, fields[3].upper(), alt, _number(numbers[k : k + 1])))
    return found


def _is_minimal(ref: str, alt: str) -> bool:
    """Whether an allele is as callers write it: frequencies are looked up in that form."""
    longer = len(ref) > 1 and len(alt) > 1
    return not longer or (ref[0] != alt[0] and ref[-1] != alt[-1])


def _number(texts: list[str]) -> float | None:
    try:
        return float(texts[0])
    except (IndexError, ValueError):
        return None


TARGETS: dict[str, tuple[Target, float]] = {
    "BAM": (bam, 0.66),
    "BAI, CSI": (index, 0.14),
    "CRAM": (cram, 0.06),
    "FASTA": (fasta, 0.07),
    "BED, VCF": (text, 0.07),
}
"""Targets and their shares of the inputs."""
