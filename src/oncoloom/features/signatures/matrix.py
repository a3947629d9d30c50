"""Reference signatures, as the user brings them: a table in COSMIC's layout. None travel with oncoloom."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.errors import InputError
from oncoloom.features.signatures.channels import ID83, SBS96
from oncoloom.files import file_digest

# COSMIC flags these as possible sequencing artefacts (signature pages, v3.0 on).
POSSIBLE_ARTEFACTS = frozenset({"SBS27", "SBS43", *(f"SBS{n}" for n in range(45, 61)), "SBS95"})
_PREFIX = "COSMIC_"


@dataclass(frozen=True, slots=True)
class SignatureMatrix:
    """Signatures over the channels of one catalogue.

    Attributes
    ----------
    names
        (k,) signature names as in the file.
    channels
        `channels.SBS96` or `channels.ID83`: the order of the rows.
    values : (c, k) float64
        Share of each channel; columns sum to one.
    source, digest
        File name, and SHA-256 of the file.
    """

    names: tuple[str, ...]
    channels: tuple[str, ...]
    values: NDArray[np.float64]
    source: str
    digest: str

    def only(self, names: list[str]) -> "SignatureMatrix":
        """The same with these signatures, in this order."""
        columns = [self.names.index(name) for name in names]
        return SignatureMatrix(tuple(names), self.channels, self.values[:, columns], self.source, self.digest)


def locate_matrix(name: str) -> Path:
    """The file that a setting names: a path, or a table of an installed SigProfilerAssignment.

    `COSMIC_v3.4_SBS_GRCh38` means that file of the optional extra `signatures`; the package is only looked
    up, never imported.

    Raises
    ------
    InputError
        If there is no such file, or the extra is not installed.
    """
    if not name.startswith(_PREFIX) or Path(name).suffix in (".txt", ".tsv"):
        if Path(name).is_file():
            return Path(name)
        raise InputError("no such signature matrix", path=name, expected="a table in COSMIC's layout")
    spec = find_spec("SigProfilerAssignment")
    if spec is None or spec.origin is None:
        raise InputError(
            f"{name} comes with SigProfilerAssignment, which is not installed",
            remedy="pip install 'oncoloom[signatures]' (its own terms of use apply), or give a file",
        )
    folder = Path(spec.origin).parent / "data" / "Reference_Signatures"
    found = sorted(folder.glob(f"*/{name}.txt"))
    if not found:
        known = sorted(path.stem for path in folder.glob(f"*/{_PREFIX}*.txt"))
        raise InputError(f"SigProfilerAssignment has no table {name}", expected=", ".join(known))
    return found[0]


def read_signatures(path: Path) -> SignatureMatrix:
    """Signatures of a tab-separated table: a column of channels, then a column a signature.

    Channels are joined by name, whatever their order, and each column is scaled to sum one.

    Raises
    ------
    InputError
        If the table is broken, its channels are not SBS-96 or ID-83, or a value is negative or no number.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("no such signature matrix", path=path)
    try:
        table = pl.read_csv(path, separator="\t", infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise InputError("not a tab-separated table", path=path, found=str(error).split("\n")[0]) from error
    if table.width < 2:
        raise InputError("a signature matrix has a column of channels and one a signature", path=path)
    rows = [str(name) for name in table.to_series(0).to_list()]
    channels = next((order for order in (SBS96, ID83) if set(rows) == set(order)), None)
    if channels is None or len(rows) != len(channels):
        raise InputError(
            "the channels are not those of a known catalogue",
            path=path,
            expected="96 like A[C>A]A, or 83 like 1:Del:C:0, each once",
            found=f"{len(rows)} rows, first {rows[0] if rows else 'none'}",
        )
    body = table[:, 1:]
    if not all(dtype.is_numeric() for dtype in body.dtypes):
        column = next(name for name, dtype in body.schema.items() if not dtype.is_numeric())
        raise InputError("a share is no number", path=path, record=f"column {column}")
    values = body.to_numpy().astype(np.float64)[[rows.index(name) for name in channels]]
    total = values.sum(axis=0)
    if not np.isfinite(values).all() or (values < 0).any() or (total <= 0).any():
        worst = int(np.argmax(~np.isfinite(total) | (values < 0).any(axis=0) | (total <= 0)))
        raise InputError(
            "a signature needs shares of zero or more that are not all zero",
            path=path,
            record=f"column {body.columns[worst]}",
        )
    return SignatureMatrix(tuple(body.columns), channels, values / total, path.name, file_digest(path))
