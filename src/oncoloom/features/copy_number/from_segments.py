"""The copy-number step of a sample whose segments were imported."""

from pathlib import Path

import numpy as np
import polars as pl

from oncoloom.features.copy_number.genome_state import Figure, altered_fraction, is_doubled, loh_fraction
from oncoloom.features.copy_number.imported import (
    NO_PURITY,
    ONE_X_BELOW,
    as_segments,
    imported_gene_copies,
    main_level_of_x,
    read_imported_segments,
)
from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.copy_number.outcome import CopyNumber, WholeCopies
from oncoloom.features.copy_number.scale import Ploidy
from oncoloom.features.copy_number.sex_copies import SexCopies, sex_of_calls
from oncoloom.features.copy_number.states import CopyStates
from oncoloom.features.intervals import coding_of
from oncoloom.features.purity import Purity
from oncoloom.features.request import FeatureRequest
from oncoloom.features.segment_files.door import SCALE_BASIS
from oncoloom.features.testability.assessability import ASSESSED_GENES
from oncoloom.reference_data.drivers import gene_roles
from oncoloom.reference_data.gene_models import GeneModels
from oncoloom.tables import Tally, table_metadata

_MIN_COVERED = 0.5
_NO_INTERVAL = "an imported ploidy has no interval"


def copy_number_of_segments(
    path: Path, models: GeneModels | None, lengths: dict[str, int], request: FeatureRequest
) -> CopyNumber:
    """Genes and state of the genome from imported segments; purity and cell fractions stay null."""
    tally = Tally()
    table = read_imported_segments(path, request.sample_id, lengths, tally)
    segments, states = as_segments(table)
    sex = sex_of_calls(request.calls, None)
    uneven = _uneven(segments, lengths)
    reason = uneven or (None if states is not None else "the imported segments have log2 ratios, no copies")
    ploidy = None if states is None else _ploidy(segments, states)
    exons = {} if models is None else coding_of(models, {*gene_roles(), *ASSESSED_GENES})
    no_figure = (None, reason)
    return CopyNumber(
        segments=table.with_columns(
            pl.lit(request.patient_id).alias("patient_id"), pl.lit(request.sample_id).alias("sample_id")
        ),
        genes=imported_gene_copies(
            table,
            exons,
            ploidy=2.0 if ploidy is None else ploidy,
            amplification_min_copies=request.settings.amplification_min_copies,
            sex=sex,
        ),
        purity=Purity(None, None, None, NO_PURITY),
        ploidy=Ploidy(None if reason else ploidy, None, None, reason or _NO_INTERVAL),
        altered=(None, uneven) if uneven is not None else _altered(segments, states, sex),
        loh=no_figure if reason is not None or states is None else loh_fraction(segments, states),
        doubled=no_figure if reason is not None or states is None else is_doubled(segments, states),
        reason=None,
        whole=WholeCopies(segments, None, states, sex=sex),
        evidence={"against": f"imported segments of {table['caller'][0]}", "n_segments": table.height},
        tally=tally,
        notes=_notes(path, table),
    )


def _notes(path: Path, table: pl.DataFrame) -> list[str]:
    """What a reader of the features must know of the imported levels."""
    notes = []
    known = table_metadata(path)
    if known.get(SCALE_BASIS) == "assumed":
        notes.append(f"the imported levels do not tell their scale and were read as {known['scale']}")
    x_level = main_level_of_x(table)
    if x_level is not None and x_level <= ONE_X_BELOW:
        notes.append(
            f"chromosome X lies at a log2 of {x_level:.2f}, as one X beside a woman's two: deep deletions on "
            "it are judged against that level"
        )
    return notes


def _uneven(segments: Segments, lengths: dict[str, int]) -> str | None:
    """Why the segments cannot stand for the genome, or None: they must cover half of it."""
    covered = float(segments.length.sum()) / max(sum(lengths.values()), 1)
    if covered >= _MIN_COVERED:
        return None
    return f"the imported segments cover {100 * covered:.0f} % of the genome; half of it is needed"


def _ploidy(segments: Segments, states: CopyStates) -> float | None:
    """Mean copies of the autosomes, by length."""
    known = segments.autosome & np.isfinite(states.copies)
    return float(np.average(states.copies[known], weights=segments.length[known])) if known.any() else None


def _altered(segments: Segments, states: CopyStates | None, sex: SexCopies) -> Figure:
    if states is None and not np.isfinite(segments.log2).any():
        return None, "the imported segments have neither copies nor log2 ratios"
    return altered_fraction(segments, states, sex), None
