"""Open what a look needs and check that it belongs together: calls, reads, reference, targets."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from oncoloom.calling.evidence import Sources
from oncoloom.calling.look.call_folder import CallFolder, open_call_folder
from oncoloom.calling.look.locus import parse_locus
from oncoloom.calling.look.look_at import LookSettings, look_at
from oncoloom.calling.look.model import LocusLook
from oncoloom.errors import InputError, ReferenceMismatchError, UsageError
from oncoloom.files import file_digest
from oncoloom.reads.alignments import AlignmentSource, open_alignments
from oncoloom.reads.reference import Reference
from oncoloom.reads.regions import Region, pad_regions, read_bed


@dataclass(frozen=True, slots=True)
class LookInputs:
    """Open inputs of looks at one patient's reads. `targets` are padded; None: none were given."""

    calls: CallFolder
    sources: Sources
    targets: list[Region] | None


def open_look_inputs(
    *, calls: Path, reference: Path, tumor: Path | None, normal: Path | None, targets: Path | None
) -> LookInputs:
    """Open the files of a look.

    Raises
    ------
    UsageError
        If no reads are given.
    InputError, ReferenceMismatchError
        If a file is broken, or reads, reference or targets are not those of the call.
    """
    if tumor is None and normal is None:
        raise UsageError("no reads to look at", remedy="give --tumor, --normal, or both")
    folder = open_call_folder(calls)
    fasta = Reference.open(reference)
    if dict(fasta.lengths) != folder.contigs:
        raise ReferenceMismatchError(
            "the calls were made with another reference",
            path=reference,
            expected=_contigs(folder.contigs),
            found=_contigs(fasta.lengths),
            remedy="give the FASTA that the calls were made with",
        )
    return LookInputs(
        folder,
        Sources(
            sum(fasta.lengths.values()),
            fasta,
            _open(tumor, "tumor", folder, fasta),
            _open(normal, "normal", folder, fasta),
            {},
        ),
        _targets(targets, folder, fasta),
    )


def look_at_files(
    text: str,
    *,
    calls: Path,
    reference: Path,
    tumor: Path | None,
    normal: Path | None,
    targets: Path | None,
    settings: LookSettings,
) -> LocusLook:
    """Look at the place that `text` names (see :func:`parse_locus`); errors as for opening and looking."""
    opened = open_look_inputs(calls=calls, reference=reference, tumor=tumor, normal=normal, targets=targets)
    locus = parse_locus(text, opened.sources.reference.lengths)
    return look_at(locus, opened.sources, opened.calls, targets=opened.targets, settings=settings)


def _open(path: Path | None, role: str, calls: CallFolder, reference: Reference) -> AlignmentSource | None:
    if path is None:
        return None
    source = open_alignments(path, reference=reference)
    wanted = calls.samples.get(role)
    if wanted is None:
        raise InputError(
            f"these calls have no {role}",
            path=calls.path,
            found=f"--{role} {path.name}",
            remedy="leave it out",
        )
    if source.samples and wanted not in source.samples:
        raise InputError(
            f"these reads are not those of the call's {role}",
            path=path,
            expected=wanted,
            found=", ".join(source.samples),
        )
    return source


def _targets(path: Path | None, calls: CallFolder, reference: Reference) -> list[Region] | None:
    if path is None:
        return None
    if calls.resources.get("targets") != file_digest(path):
        raise InputError(
            "these are not the targets of the call",
            path=path,
            expected=calls.resources.get("targets", "no targets"),
            found=file_digest(path),
            remedy="give the BED that the call was made with, or leave it out",
        )
    regions = read_bed(path, reference.lengths).regions
    return pad_regions(regions, calls.options.padding_bp, reference.lengths)


def _contigs(lengths: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({length})" for name, length in list(lengths.items())[:4])
