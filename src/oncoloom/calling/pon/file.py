"""A panel of normals as one Parquet file: what its rows and its metadata hold, reading and writing it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom import __version__
from oncoloom.errors import InputError, ReferenceMismatchError
from oncoloom.files import atomic_path
from oncoloom.tables import Column, TableSchema, table_metadata

PANEL_VERSION = 1
ROWS_A_GROUP = 262_144
_KEY = "oncoloom.panel_of_normals"
COUNTS = (
    "normals",
    "noisy_normals",
    "carriers",
    "alt",
    "depth",
    "alt_forward",
    "depth_forward",
    "alt_f1r2",
    "depth_f1r2",
)
N_COUNTS = len(COUNTS)
_ABOUT = {
    "normals": "Normals that cover the place with at least 8 fragments",
    "noisy_normals": "Of them, with at least 2 alternative fragments and an allele fraction below 0.2",
    "carriers": "Normals whose germline it is (3 fragments, allele fraction from 0.2 on): in no sum below",
    "alt": "Alternative fragments of all normals that are no carriers",
    "depth": "Fragments of all normals that are no carriers",
    "alt_forward": "Of `alt`: on the forward strand",
    "depth_forward": "Of `depth`: on the forward strand",
    "alt_f1r2": "Of `alt`: in F1R2 orientation",
    "depth_f1r2": "Of `depth`: in F1R2 orientation",
}
PANEL_TABLE = TableSchema(
    name="panel_of_normals",
    version=PANEL_VERSION,
    description=(
        "Panel of normals. `site`: an allele that a normal shows in two fragments, with its counts "
        "in all normals. `covered`: a stretch that so many normals cover; alleles in it without a row are "
        "clean. Sites first, then stretches, each in genome order. The metadata hold rates and options."
    ),
    columns=(
        Column("kind", pl.String(), "What the row is", allowed=("site", "covered")),
        Column("chrom", pl.String(), "Contig"),
        Column("start", pl.Int64(), "0-based start", "bp"),
        Column("end", pl.Int64(), "End, exclusive", "bp"),
        Column("ref", pl.String(), "Reference allele, left-aligned; of a site", nullable=True),
        Column("alt", pl.String(), "Alternative allele; of a site", nullable=True),
        *(Column(f"n_{name}", pl.Int32(), _ABOUT[name], legal=(0, 2**31 - 1)) for name in COUNTS),
    ),
)


@dataclass(frozen=True, slots=True)
class PanelHeader:
    """What a panel of normals says of itself.

    Attributes
    ----------
    reference : str
        Content digest.
    normals : tuple of str
        Pseudonyms, sorted: made from the reads, not from names.
    options : dict
        Of the evidence step.
    targets : str or None
        Digest of the BED; None where the whole reference was looked at.
    mean_depth : float
        Fragments over a covered base in one normal, on average.
    rates : dict
        class -> hypothesis -> {"all", "clean", "recurrent"}; see `pon.rates`.
    contexts : dict
        Substitution in its trinucleotide -> counts and rates; see `pon.rates`.
    """

    reference: str
    normals: tuple[str, ...]
    options: dict[str, Any]
    targets: str | None
    mean_depth: float
    rates: dict[str, dict[str, dict[str, float]]]
    contexts: dict[str, dict[str, float]]
    version: int = PANEL_VERSION
    tool_version: str = __version__

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "normals": list(self.normals)}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> "PanelHeader":
        """From JSON."""
        return cls(**{**value, "normals": tuple(value["normals"])})


def write_panel(path: Path, header: PanelHeader, parts: Sequence[Path]) -> None:
    """Write the file from `parts` (Parquet, rows in their final order), whole or not at all.

    The rows stream through: memory does not grow with the panel.
    """
    text = json.dumps(header.as_dict(), sort_keys=True, ensure_ascii=False, allow_nan=False)
    rows = pl.concat([pl.scan_parquet(part, glob=False) for part in parts])
    with atomic_path(path) as temporary:
        rows.sink_parquet(
            temporary,
            compression="zstd",
            row_group_size=ROWS_A_GROUP,
            maintain_order=True,
            metadata={_KEY: text},
        )


def read_panel_header(path: Path) -> PanelHeader:
    """What a panel says of itself.

    Raises
    ------
    InputError
        If the file is absent, no panel, or of another version.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("no such file", path=path, expected="a panel of normals (made by `oncoloom pon`)")
    try:
        text = table_metadata(path).get(_KEY)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(
            "not a panel of normals",
            path=path,
            expected="a file that `oncoloom pon` wrote",
            found=str(error).split("\n")[0],
        ) from error
    if text is None:
        raise InputError(
            "not a panel of normals",
            path=path,
            expected="a file that `oncoloom pon` wrote",
            found="another Parquet table",
        )
    value = json.loads(text)
    if value.get("version") != PANEL_VERSION:
        raise InputError(
            "this panel of normals was written by another version",
            path=path,
            expected=f"version {PANEL_VERSION}",
            found=f"version {value.get('version')}",
            remedy="make it again with `oncoloom pon`",
        )
    return PanelHeader.from_dict(value)


def check_panel(path: Path, reference: str) -> PanelHeader:
    """The header of a panel that was made on the reference with this content digest.

    Raises
    ------
    InputError
        As :func:`read_panel_header`.
    ReferenceMismatchError
        If it was made on another reference.
    """
    header = read_panel_header(path)
    if header.reference != reference:
        raise ReferenceMismatchError(
            "the panel of normals was made on another reference",
            path=path,
            expected=reference,
            found=header.reference,
            remedy="make it again with `oncoloom pon` on this reference",
        )
    return header
