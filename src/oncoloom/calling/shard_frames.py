"""Tables of a shard from what its tiles counted."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.calling.phase_pairs import PhaseRow
from oncoloom.calling.table_store import CALLABLE, COVERAGE, PHASE_SCHEMA, REPEATS
from oncoloom.calling.tile_sums import CoverageBins, RepeatLengths


def callable_frame(contigs: Sequence[str], parts: Sequence[NDArray[np.int64]]) -> pl.DataFrame:
    """Callable intervals of tiles (one contig name a tile) as a table."""
    if not parts:
        return pl.DataFrame(schema=CALLABLE.schema)
    rows = np.concatenate(parts)
    return pl.DataFrame(
        {"contig": _repeated(contigs, [len(part) for part in parts]), "start": rows[:, 0], "end": rows[:, 1]},
        schema=CALLABLE.schema,
    )


def coverage_frame(
    contigs: Sequence[str], parts: Sequence[CoverageBins], roles: Sequence[str]
) -> pl.DataFrame:
    """Coverage bins of tiles, a row a sample and bin; `roles`: whose depths they are."""
    frames = [pl.DataFrame(schema=COVERAGE.schema)]
    contig = _repeated(contigs, [len(part.start) for part in parts])
    for index, role in enumerate(roles if parts else ()):
        columns = {
            "start": np.concatenate([part.start for part in parts]),
            "end": np.concatenate([part.end for part in parts]),
            "depth": np.concatenate([part.depth[index] for part in parts]),
            "callable": np.concatenate([part.ready for part in parts]),
            "gc": np.concatenate([part.gc for part in parts]),
            "doubtful": np.concatenate([part.doubtful[index] for part in parts]),
        }
        frame = pl.DataFrame({"contig": contig, **columns}).with_columns(pl.lit(role).alias("role"))
        frames.append(frame.select(list(COVERAGE.schema)))
    return pl.concat(frames)


def repeat_frame(
    contigs: Sequence[str], parts: Sequence[RepeatLengths], roles: Sequence[str]
) -> pl.DataFrame:
    """Lengths of microsatellites of tiles, a row a sample, repeat and length."""
    frames = [pl.DataFrame(schema=REPEATS.schema)]
    if not parts:
        return frames[0]
    contig = _repeated(contigs, [len(part.start) for part in parts])
    unit = pl.Series([unit for part in parts for unit in part.unit], dtype=pl.String)
    start = np.concatenate([part.start for part in parts])
    end = np.concatenate([part.end for part in parts])
    first = np.cumsum([0, *(len(part.start) for part in parts)])
    for index, role in enumerate(roles):
        row = np.concatenate([part.counts[index][0] + at for part, at in zip(parts, first, strict=False)])
        size, count = np.concatenate([part.counts[index][1:] for part in parts], axis=1)
        columns = {
            "contig": contig.gather(row),
            "start": start[row],
            "end": end[row],
            "unit": unit.gather(row),
            "length": size.astype(np.int32),
            "count": count,
        }
        frame = pl.DataFrame(columns).with_columns(pl.lit(role).alias("role"))
        frames.append(frame.select(list(REPEATS.schema)))
    return pl.concat(frames)


def _repeated(names: Sequence[str], times: Sequence[int]) -> pl.Series:
    return pl.Series(names, dtype=pl.String).gather(np.repeat(np.arange(len(names)), times))


def phase_frame(contigs: Sequence[str], parts: Sequence[Sequence[PhaseRow]]) -> pl.DataFrame:
    """Pairs of tiles (one contig name a tile) as a table.

    Column by column: Polars makes a series of each list that it is given in a row.
    """
    rows = [(contig, *row) for contig, part in zip(contigs, parts, strict=True) for row in part]
    if not rows:
        return pl.DataFrame(schema=PHASE_SCHEMA)
    columns: dict[str, object] = dict(zip(PHASE_SCHEMA, zip(*rows, strict=True), strict=True))
    for name in ("tumor", "normal"):
        columns[name] = np.array(columns[name], np.int32)
    return pl.DataFrame(columns, schema=PHASE_SCHEMA)
