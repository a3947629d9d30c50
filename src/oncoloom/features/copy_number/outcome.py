"""What the copy-number step found of one tumor."""

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from oncoloom.features.contracts import SEGMENTS_TABLE
from oncoloom.features.copy_number.gene_calls import GeneCopies
from oncoloom.features.copy_number.genome_state import Figure
from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.copy_number.scale import Ploidy
from oncoloom.features.copy_number.sex_copies import SexCopies
from oncoloom.features.copy_number.states import CopyStates
from oncoloom.features.copy_number.verdict import PurityVerdict
from oncoloom.features.purity import Purity
from oncoloom.tables import Tally


@dataclass(slots=True)
class CopyNumber:
    """Segments, genes, purity and the genome's state.

    `genes` is None for `reason` where copy number could not be judged; `whole` holds what the steps behind
    need of the segments (None in the same case).
    """

    segments: pl.DataFrame
    genes: dict[str, GeneCopies] | None
    purity: Purity
    ploidy: Ploidy
    altered: Figure
    loh: Figure
    doubled: tuple[bool | None, str | None]
    reason: str | None
    whole: "WholeCopies | None" = None
    evidence: dict[str, Any] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WholeCopies:
    """Segments with their fit and copies (None without a purity); `sex`: X and Y of a normal cell.

    `verdict` is None for imported segments: their tool has judged.
    """

    levels: Segments
    verdict: PurityVerdict | None
    states: CopyStates | None
    sex: SexCopies


def no_copy_number(reason: str) -> CopyNumber:
    """Nothing of it, and why."""
    return CopyNumber(
        SEGMENTS_TABLE.empty(),
        None,
        Purity(None, None, None, reason),
        Ploidy(None, None, None, reason),
        (None, reason),
        (None, reason),
        (None, reason),
        reason,
    )
