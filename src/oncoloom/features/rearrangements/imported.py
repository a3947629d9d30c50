"""The imported tables of a tumor, as the feature step reads them."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from oncoloom.errors import InputError
from oncoloom.features.rearrangements.contracts import EXPRESSION_TABLE, FUSIONS_TABLE
from oncoloom.tables import read_table, table_metadata

MATERIAL_KEY = "material"


@dataclass(frozen=True, slots=True)
class Imported:
    """Fusions with what they were called from, and expression; None where no file was given."""

    fusions: pl.DataFrame | None = None
    material: str | None = None
    expression: pl.DataFrame | None = None

    def tpm(self) -> dict[str, float] | None:
        """Gene to TPM, None without expression."""
        return None if self.expression is None else dict(self.expression.select("gene", "tpm").iter_rows())


def read_imported(fusions: Path | None, expression: Path | None) -> Imported:
    """Read the tables of `oncoloom import fusions` and `oncoloom import expression`.

    Raises
    ------
    InputError, TableContractError
        If a given file is absent, is not such a table, or does not say its material.
    """
    table, material = None, None
    if fusions is not None:
        table = read_table(fusions, FUSIONS_TABLE)
        material = table_metadata(fusions).get(MATERIAL_KEY)
        if material not in ("rna", "dna"):
            raise InputError(
                "a fusions table that does not say what was sequenced",
                path=fusions,
                remedy="make it with `oncoloom import fusions`",
            )
    return Imported(table, material, None if expression is None else read_table(expression, EXPRESSION_TABLE))
