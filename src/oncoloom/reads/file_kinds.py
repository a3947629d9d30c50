"""What kind of alignment file this is, and where its index lies or is made."""

import gzip
import hashlib
import zlib
from pathlib import Path
from typing import Literal

from oncoloom.errors import InputError
from oncoloom.logs import logger
from oncoloom.reads.bam_source import BamSource
from oncoloom.reads.transcode import run_samtools

_SAM_STARTS = (b"@HD\t", b"@SQ\t", b"@RG\t", b"@PG\t", b"@CO\t")


def file_kind(path: Path) -> Literal["bam", "cram", "sam"]:
    """The kind of an alignment file by its first bytes, whatever its name.

    Raises
    ------
    InputError
        If the file is absent, empty, or none of them.
    """
    if not path.is_file():
        problem = "this is a folder" if path.is_dir() else "no such file"
        raise InputError(problem, path=path, expected="a BAM or CRAM file")
    try:
        with path.open("rb") as handle:
            first = handle.read(1 << 16)
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror}", path=path) from error
    if not first:
        raise InputError(
            "the file is empty (0 bytes): not a BAM or CRAM file", path=path, remedy="copy or make it again"
        )
    if first[:4] == b"CRAM":
        return "cram"
    if first[:2] == b"\x1f\x8b":
        first = _inflated_start(first)
        if first[:4] == b"BAM\x01":
            return "bam"
    if first[:4] in _SAM_STARTS:
        return "sam"
    is_fastq = first[:1] == b"@" and b"\n+" in first
    raise InputError(
        "not a BAM or CRAM file",
        path=path,
        found="FASTQ" if is_fastq else "other content",
        remedy="align it first: oncoloom align" if is_fastq else "check which file this is",
    )


def _inflated_start(raw: bytes) -> bytes:
    """The first bytes of a gzip stream, as far as it is whole: four are enough to know a BAM."""
    stream = zlib.decompressobj(wbits=31)
    text = b""
    try:
        text = stream.decompress(raw, 4)
        text += stream.decompress(stream.unconsumed_tail, 4096)
    except zlib.error:
        pass
    return text


def find_index(path: Path) -> Path | None:
    """The index beside an alignment file, under any of its usual names; None where there is none."""
    suffixes = (".crai",) if path.suffix == ".cram" else (".bai", ".csi")
    for suffix in suffixes:
        for candidate in (path.with_name(path.name + suffix), path.with_suffix(suffix)):
            if candidate.is_file():
                return candidate
    return None


def make_index(path: Path, folder: Path, *, shown: Path | None = None) -> Path:
    """Index a sorted BAM or CRAM in `folder`, and say so.

    Raises
    ------
    InputError
        If the records are not sorted (the record is named) or broken.
    """
    shown = shown or path
    kind = file_kind(path)
    # one name a file, so that a tumor.bam here and a tumor.bam there do not share an index
    mark = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    target = folder / f"{path.name}.{mark}{'.crai' if kind == 'cram' else '.csi'}"
    arguments = [*(["-c"] if kind == "bam" else []), "-o", str(target), str(path)]
    try:
        run_samtools("index", *arguments, path=shown)
    except InputError:
        if kind == "bam":  # name the record that breaks the order, or the corrupt block
            for _ in BamSource(path, None, shown_path=shown).iterate():
                pass
        raise
    if shown == path:
        logger.info(
            "%s has no index: made %s for this run; once for all: samtools index %s", path, target, path.name
        )
    return target


def sam_to_bam(path: Path, folder: Path) -> Path:
    """Transcode a SAM file (plain or gzip) to BAM in `folder`.

    Raises
    ------
    InputError
        If htslib cannot read it.
    """
    mark = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    target = folder / f"{path.name}.{mark}.bam"
    try:
        run_samtools("view", "-b", "-1", "--no-PG", "-o", str(target), str(path), path=path)
    except InputError as error:
        target.unlink(missing_ok=True)
        raise InputError(
            "not a BAM or CRAM file, nor SAM text that htslib can read",
            path=path,
            found=error.found,
            remedy="check which file this is",
        ) from error
    return target


def sam_header_text(path: Path) -> str:
    """Header lines of a SAM file as they stand there (htslib would mend some)."""
    with path.open("rb") as handle:
        opener = gzip.open if handle.read(2) == b"\x1f\x8b" else open
    lines = []
    with opener(path, "rt", encoding="utf-8") as text:
        for line in text:
            if not line.startswith("@"):
                break
            lines.append(line)
    return "".join(lines)
