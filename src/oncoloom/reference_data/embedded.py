"""The embedded facts: which files travel with oncoloom, and whether they are still what they were."""

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from oncoloom.bundled import bundled_path
from oncoloom.errors import InputError, OncoloomError, UsageError
from oncoloom.files import atomic_path, file_digest

EMBEDDED_BUILDS = {"GRCh37": "hg19", "GRCh38": "hg38"}
FOLDERS: tuple[str, ...] = (
    "genes", "hotspots", "driver_genes", "curated_changes", "burden", "cytobands", "oncotree", "trials",
    "fusions",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """One embedded file: folder, name, size in bytes, recorded and present SHA-256."""

    folder: str
    name: str
    size_bytes: int
    recorded: str
    present: str

    @property
    def intact(self) -> bool:
        """True where the file is what was recorded when it was derived."""
        return self.recorded == self.present


def list_embedded() -> list[EmbeddedFile]:
    """Every embedded file with its digests, in a fixed order.

    Raises
    ------
    OncoloomError
        If a recorded file is missing.
    """
    found = []
    for folder in FOLDERS:
        for line in (bundled_path("resources", folder) / "DIGESTS").read_text(encoding="utf-8").splitlines():
            recorded, name = line.split("  ", 1)
            path = bundled_path("resources", folder, name)
            found.append(
                EmbeddedFile(folder, name, path.stat().st_size, f"sha256:{recorded}", file_digest(path))
            )
    return found


def verify_embedded() -> list[EmbeddedFile]:
    """The embedded files, all intact.

    Raises
    ------
    OncoloomError
        If one differs from its recorded digest.
    """
    files = list_embedded()
    for file in files:
        if not file.intact:
            raise OncoloomError(
                "an embedded file was changed",
                path=f"resources/{file.folder}/{file.name}",
                expected=file.recorded,
                found=file.present,
                remedy="install oncoloom again",
            )
    return files


@cache
def read_rows(folder: str, name: str) -> tuple[dict[str, str], ...]:
    """Rows of an embedded tab-separated table (plain or gzipped), every value as text."""
    return tuple(_rows(bundled_path("resources", folder, name)))


def _rows(path: Path) -> list[dict[str, str]]:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    lines = text.rstrip("\n").split("\n")
    header = lines[0].split("\t")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split("\t")
        if len(fields) != len(header):
            raise InputError("row of another width than the header", path=path, record=f"line {number}")
        rows.append(dict(zip(header, fields, strict=True)))
    return rows


def write_gene_models(output: Path, genome_build: str) -> None:
    """Write the embedded GFF3 of a human build (gzipped) to `output`.

    Raises
    ------
    UsageError
        If there are none for that build.
    """
    if genome_build not in EMBEDDED_BUILDS:
        raise UsageError(
            "no gene models of that build", expected=", ".join(EMBEDDED_BUILDS), found=genome_build
        )
    source = bundled_path("resources", "genes", f"cancer_genes.{EMBEDDED_BUILDS[genome_build]}.gff3.gz")
    with atomic_path(output) as temporary:
        temporary.write_bytes(source.read_bytes())
