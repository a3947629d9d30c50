"""The reference sequence: opened once, checked, in capitals."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pysam

from oncoloom.errors import InputError


class Reference:
    """Bases of a FASTA by contig and 0-based half-open interval, always in capitals."""

    def __init__(self, handle: pysam.FastaFile, path: Path) -> None:
        self._handle = handle
        self.path = path
        self.lengths: dict[str, int] = dict(zip(handle.references, handle.lengths, strict=True))
        self._cached: tuple[str, int, str] = ("", 0, "")

    def bases(self, contig: str, start: int, end: int) -> str:
        """Bases of [start, end) clipped to the contig.

        Raises
        ------
        InputError
            If the sequence cannot be read (a damaged file or an index that does not fit).
        """
        start, end = max(0, start), min(end, self.lengths[contig])
        if end <= start:
            return ""
        name, at, text = self._cached
        if name != contig or start < at or end > at + len(text):
            at, text = self._load(contig, start, end)
        return text[start - at : end - at]

    def _load(self, contig: str, start: int, end: int) -> tuple[int, str]:
        at, stop = max(0, start - 2000), min(self.lengths[contig], end + 20_000)
        try:
            text = str(self._handle.fetch(contig, at, stop)).upper()
        except (ValueError, OSError) as error:
            raise InputError(
                "cannot read the sequence", path=self.path, record=f"contig {contig}", found=str(error)
            ) from error
        if len(text) != stop - at or "\n" in text or ">" in text:
            raise InputError(
                "the FASTA index does not fit the FASTA",
                path=self.path,
                record=f"contig {contig}",
                remedy=f"samtools faidx {self.path.name}",
            )
        self._cached = (contig, at, text)
        return at, text


@contextmanager
def open_reference(path: Path) -> Iterator[Reference]:
    """The reference in a FASTA; without a .fai beside it, an index is made in a temporary folder.

    Raises
    ------
    InputError
        If the file is absent or no FASTA that can be indexed.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("no such reference FASTA", path=path)
    with TemporaryDirectory() as folder:
        readable = path if Path(f"{path}.fai").is_file() else link_reference(path, Path(folder))
        try:
            handle = pysam.FastaFile(str(readable))
        except (OSError, ValueError) as error:
            raise InputError(
                "not a FASTA that can be indexed",
                path=path,
                found=str(error),
                remedy=f"samtools faidx {path.name} says more",
            ) from error
        with handle:
            yield Reference(handle, path)


def link_reference(fasta: Path, folder: Path) -> Path:
    """The FASTA under a plain name in `folder`, so that an index can be made there; returns that path."""
    link, real = folder / "reference.fa", Path(fasta).resolve()
    link.symlink_to(real)
    for suffix in (".fai", ".gzi"):
        beside = Path(f"{fasta}{suffix}")
        if beside.is_file():
            Path(f"{link}{suffix}").symlink_to(beside.resolve())
    return link
