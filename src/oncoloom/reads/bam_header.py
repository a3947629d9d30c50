"""Headers of alignment files: contigs, read groups, samples."""

import re
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oncoloom.errors import InputError
from oncoloom.kernels.read_hashes import hash_bytes


class Contig(NamedTuple):
    """A reference sequence of a header: its name and length in bases."""

    name: str
    length: int


class ReadGroup(NamedTuple):
    """A read group of a header: its id and the sample (SM) it belongs to; "" where SM is absent."""

    id: str
    sample: str


@dataclass(frozen=True)
class AlignmentHeader:
    """What the header of a BAM, CRAM or SAM file declares.

    Parameters
    ----------
    text
        The header as SAM text.
    contigs
        In the order of the records' reference ids.
    """

    text: str
    contigs: tuple[Contig, ...]
    read_groups: tuple[ReadGroup, ...] = ()
    sort_order: str | None = None
    contig_md5: dict[str, str] = field(default_factory=dict)

    @property
    def samples(self) -> tuple[str, ...]:
        """Sample names of the read groups, sorted, each once."""
        return tuple(sorted({group.sample for group in self.read_groups if group.sample}))

    def contig_index(self, name: str) -> int | None:
        """Reference id of a contig; None where the header lacks it."""
        return {contig.name: index for index, contig in enumerate(self.contigs)}.get(name)

    def contig_lengths(self) -> NDArray[np.int64]:
        """(n_contigs,) int64."""
        return np.array([contig.length for contig in self.contigs], np.int64)

    def read_group_hashes(self) -> NDArray[np.uint64]:
        """(n_read_groups,) uint64, as the record scan compares them."""
        return np.array([_hash_text(group.id) for group in self.read_groups], np.uint64)


class HasHeader:
    """What an open file of any kind tells from its header; see `AlignmentSource`."""

    header: AlignmentHeader

    @property
    def contigs(self) -> tuple[Contig, ...]:
        """See `AlignmentSource`."""
        return self.header.contigs

    @property
    def read_groups(self) -> tuple[ReadGroup, ...]:
        """See `AlignmentSource`."""
        return self.header.read_groups

    @property
    def samples(self) -> tuple[str, ...]:
        """See `AlignmentSource`."""
        return self.header.samples


def _hash_text(text: str) -> int:
    raw = text.encode()
    padded = np.frombuffer(raw + bytes(16), np.uint8).copy()
    return int(hash_bytes(padded, 0, len(raw)))


_HEADER_LINE = re.compile(r"@CO.*|@[A-Za-z]{2}(\t[^\t\0]{2}:[^\t\0]*)+", re.DOTALL)
_LONGEST_NAME = 1 << 16  # of a contig, in bytes: what claims more is broken


def header_from_text(text: str, contigs: Iterable[Contig] | None = None) -> AlignmentHeader:
    """Parse SAM header text; `contigs` (from a binary header) take precedence over its @SQ lines."""
    lines = [line.split("\t") for line in text.split("\n") if line.startswith("@")]
    fields = [(parts[0], dict(part.split(":", 1) for part in parts[1:] if ":" in part)) for parts in lines]
    squares = [tags for kind, tags in fields if kind == "@SQ"]
    named = tuple(
        Contig(tags["SN"], int(tags["LN"]))
        for tags in squares
        if "SN" in tags and tags.get("LN", "").isdigit()
    )
    return AlignmentHeader(
        text=text,
        contigs=named if contigs is None else tuple(contigs),
        read_groups=tuple(
            ReadGroup(tags.get("ID", ""), tags.get("SM", "")) for kind, tags in fields if kind == "@RG"
        ),
        sort_order=next((tags.get("SO") for kind, tags in fields if kind == "@HD"), None),
        contig_md5={tags["SN"]: tags["M5"].lower() for tags in squares if "SN" in tags and "M5" in tags},
    )


def parse_bam_header(path: Path, read_more: Callable[[int], bytes]) -> tuple[AlignmentHeader, int]:
    """Parse the binary header of a BAM file.

    Parameters
    ----------
    read_more
        Gives the first bytes of the inflated file, at least as many as asked for unless the file ends.

    Returns
    -------
    header, n_bytes
        The header, and its length in inflated bytes: where the first record begins.

    Raises
    ------
    InputError
        If the file does not begin with a BAM header, or ends inside it.
    """
    wanted = 1 << 16
    while True:
        raw = read_more(wanted)
        try:
            return _parse(raw)
        except (struct.error, IndexError) as error:
            if len(raw) < wanted:
                raise InputError(
                    "the file ends inside its header", path=path, remedy="copy or make it again"
                ) from error
            wanted *= 4
        except (ValueError, UnicodeDecodeError) as error:
            raise InputError("not a BAM file: its header is broken", path=path, found=str(error)) from error


def _check_text(text: str) -> None:
    """That header text is SAM (SAMv1 §1.3), as strictly as htslib has it (ValueError: a line is not).

    A read group whose line cannot be read would lose its sample in silence.
    """
    names: set[str] = set()
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), start=1):
        if not _HEADER_LINE.fullmatch(line):
            raise ValueError(f"line {number} of its text is not a SAM header line")
        tags = [field.split(":", 1)[0] for field in line.split("\t")[1:]]
        if line.startswith("@RG") and "ID" not in tags:
            raise ValueError(f"line {number} of its text: a read group without an id")
        if line.startswith("@SQ"):
            if len(set(tags)) != len(tags):
                raise ValueError(f"line {number} of its text says the same twice")
            fields = dict(field.split(":", 1) for field in line.split("\t")[1:])
            name = fields.get("SN")
            if name is None or name in names or not fields.get("LN", "").isdecimal():
                raise ValueError(
                    f"line {number} of its text: a contig without a length and a name of its own"
                )
            names.add(name)


def _parse(raw: bytes) -> tuple[AlignmentHeader, int]:
    if raw[:4] != b"BAM\x01":
        raise ValueError("no BAM magic")
    (l_text,) = struct.unpack_from("<i", raw, 4)
    if l_text < 0:
        raise ValueError("negative length of the header text")
    (n_contigs,) = struct.unpack_from("<i", raw, 8 + l_text)
    if n_contigs < 0:
        raise ValueError("negative number of contigs")
    text = raw[8 : 8 + l_text].rstrip(b"\x00").decode()
    _check_text(text)
    at, contigs = 12 + l_text, []
    for number in range(1, n_contigs + 1):
        (l_name,) = struct.unpack_from("<i", raw, at)
        if not 1 < l_name <= _LONGEST_NAME:
            raise ValueError(f"contig {number}: a name of {l_name} bytes")
        name = raw[at + 4 : at + 4 + l_name].rstrip(b"\x00").decode()
        (length,) = struct.unpack_from("<i", raw, at + 4 + l_name)
        if length < 0:
            raise ValueError(f"contig {number}: {length} bases")
        contigs.append(Contig(name, length))
        at += 8 + l_name
    return header_from_text(text, contigs), at
