"""What a header must say before its reads are used: contigs of the reference, one sample."""

from collections import Counter
from pathlib import Path

from oncoloom.errors import InputError, OncoloomError, ReferenceMismatchError, SampleSwapError
from oncoloom.reads.bam_header import AlignmentHeader
from oncoloom.reads.contig_style import other_style, style_of
from oncoloom.reads.reference import Reference

_MD5_BUDGET_BP = 64_000_000  # about 0.2 s; htslib sums every slice of a CRAM in any case


def check_contigs(
    path: Path, header: AlignmentHeader, reference: Reference
) -> tuple[list[OncoloomError], list[str]]:
    """Compare contig names, lengths and (where the header has them) MD5s with the reference.

    Returns faults and warnings. Subsets in either direction are legal and told.
    """
    lengths = reference.lengths
    if not header.contigs:
        return [
            ReferenceMismatchError("the header declares no contigs", path=path, remedy="align the reads")
        ], []
    known = [contig for contig in header.contigs if contig.name in lengths]
    absent = [contig.name for contig in header.contigs if contig.name not in lengths]
    if not known or any(other_style(name) in lengths for name in absent):
        return [_other_names(path, header, reference, absent)], []
    wrong = [contig for contig in known if lengths[contig.name] != contig.length]
    faults: list[OncoloomError] = [
        ReferenceMismatchError(
            f"the reads were aligned to another reference: length of contig {contig.name}",
            path=path,
            expected=f"{lengths[contig.name]} bases in {reference.path}",
            found=f"{contig.length} bases in the header",
            remedy="give the FASTA that the reads were aligned to, or align them again",
        )
        for contig in wrong[:5]
    ]
    missing = [name for name in lengths if header.contig_index(name) is None]
    warnings = _subset_warnings(path, absent, missing)
    return faults, warnings + ([] if faults else _md5_warnings(path, header, reference))


def _other_names(
    path: Path, header: AlignmentHeader, reference: Reference, absent: list[str]
) -> ReferenceMismatchError:
    ours, theirs = style_of(reference.names), style_of(contig.name for contig in header.contigs)
    message, remedy = "the reads and the reference have no contig in common", "align the reads again"
    if any(other_style(name) in reference.lengths for name in absent):
        message, remedy = (
            "the reads and the reference name their contigs differently",
            "rename the header: samtools reheader",
        )
    return ReferenceMismatchError(
        message,
        path=path,
        expected=f"{', '.join(reference.names[:3])} ({ours}) as in {reference.path}",
        found=f"{', '.join(absent[:3])} ({theirs})",
        remedy=f"give the FASTA that the reads were aligned to, or {remedy}",
    )


def _subset_warnings(path: Path, absent: list[str], missing: list[str]) -> list[str]:
    warnings = []
    if absent:
        warnings.append(
            f"{path}: the reference lacks {_counted(absent)} of the header; their reads are left out: "
            f"{_some(absent)}"
        )
    if missing:
        warnings.append(
            f"{path}: the header lacks {_counted(missing)} of the reference; nothing is called there: "
            f"{_some(missing)}"
        )
    return warnings


def _counted(names: list[str]) -> str:
    return f"{len(names)} contig" + ("" if len(names) == 1 else "s")


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")


def _md5_warnings(path: Path, header: AlignmentHeader, reference: Reference) -> list[str]:
    """Shortest contigs first, within the budget. A stale M5 is common: it warns, lengths refuse."""
    budget = _MD5_BUDGET_BP
    for name in sorted(header.contig_md5, key=lambda one: (reference.lengths.get(one, 0), one)):
        if name not in reference.lengths or reference.lengths[name] > budget:
            continue
        budget -= reference.lengths[name]
        if reference.contig_md5(name) != header.contig_md5[name]:
            told = (
                f"{path}: the header's M5 of contig {name} ({header.contig_md5[name]}) is not that of "
                f"{reference.path} ({reference.contig_md5(name)}): the same reference, masked otherwise?"
            )
            return [told]
    return []


def check_read_groups(
    path: Path, header: AlignmentHeader, expected_sample: str | None
) -> tuple[str, list[OncoloomError], list[str]]:
    """Which sample a file holds.

    Returns
    -------
    sample
        SM of its read groups; without any the expected sample, else the file's name.
    faults, warnings
        Two samples, a read group id declared twice, another sample than expected; a name that was assumed.
    """
    faults: list[OncoloomError] = []
    ids = Counter(_read_group_ids(header.text))
    twice = sorted(name for name, n in ids.items() if n > 1)
    if twice:
        faults.append(
            InputError(
                "duplicate read group id: its reads could belong to either",
                path=path,
                record=f"@RG ID:{twice[0]}",
                remedy="give each read group an id of its own: samtools addreplacerg, or align again",
            )
        )
    samples = header.samples
    if len(samples) > 1:
        faults.append(
            InputError(
                "reads of several samples in one file",
                path=path,
                expected="one sample (SM) a file",
                found=", ".join(samples),
                remedy="split it: samtools split",
            )
        )
    if not samples:
        sample = expected_sample or path.name.split(".")[0]
        source = "the sample sheet" if expected_sample else "the file name"
        assumed = (
            f"{path}: no read group names a sample; taken from {source}: {sample} "
            "(samtools addreplacerg writes it into the file)"
        )
        return sample, faults, [assumed]
    if expected_sample and len(samples) == 1 and samples[0] != expected_sample:
        faults.append(
            SampleSwapError(
                "possible sample mix-up: the file is of another sample",
                path=path,
                expected=f"sample {expected_sample} (the sample sheet)",
                found=f"sample {samples[0]} (SM of the file's read groups)",
                remedy="give the right file, or correct sample_id in the sheet",
            )
        )
    return samples[0], faults, []


def _read_group_ids(text: str) -> list[str]:
    return [
        field[3:]
        for line in text.split("\n")
        if line.startswith("@RG\t")
        for field in line.rstrip("\r").split("\t")
        if field.startswith("ID:")
    ]
