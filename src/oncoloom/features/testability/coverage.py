"""Coverage by gene and by target of one sample, from the caller's bins; opens no BAM."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.features.contracts import COVERAGE_TABLE
from oncoloom.features.intervals import Interval, IntervalSet


@dataclass(frozen=True, slots=True)
class _Bins:
    """Cumulative bin length and depth along one contig, at `edges` (positions); linear between them."""

    edges: NDArray[np.float64]
    length: NDArray[np.float64]
    depth: NDArray[np.float64]

    def between(self, start: int, end: int) -> tuple[float, float]:
        """Bases of bins in [start, end), and their summed depth."""
        at = np.array([start, end], dtype=np.float64)
        length, depth = np.interp(at, self.edges, self.length), np.interp(at, self.edges, self.depth)
        return float(length[1] - length[0]), float(depth[1] - depth[0])


def coverage_rows(
    raw: pl.DataFrame | None,
    regions: IntervalSet | None,
    genes: dict[str, list[Interval]] | None,
    targets: IntervalSet | None,
    *,
    patient_id: str,
    sample_id: str,
) -> pl.DataFrame:
    """The `coverage` table: mean depth of every gene's coding bases and every target, tumor and normal.

    Parameters
    ----------
    raw
        `features_raw`; None (a VCF alone) gives a table without rows.
    regions
        Bases with enough depth in all samples of the patient.

    Notes
    -----
    A bin's depth is spread evenly over it: a target shorter than its bin shows the bin's depth. Bases that no
    bin holds have no depth here; where none is left the depth is null.
    """
    if raw is None:
        return COVERAGE_TABLE.empty()
    places: list[tuple[str, str, list[Interval]]] = [
        ("gene", name, parts) for name, parts in (genes or {}).items()
    ]
    if targets is not None:
        places += [("target", f"{c}:{a + 1}-{b}", [(c, a, b)]) for c, a, b in targets.intervals]
    rows: list[dict[str, Any]] = []
    for role in ("tumor", "normal"):
        bins = _bins(raw, role)
        for kind, name, parts in places if bins else []:
            size = sum(end - start for _, start, end in parts)
            share = None if regions is None else regions.shared(parts) / size
            rows.append(
                {
                    "patient_id": patient_id,
                    "sample_id": sample_id,
                    "role": role,
                    "kind": kind,
                    "name": name,
                    "bases": size,
                    "mean_depth": _mean(bins, parts),
                    "callable_fraction": share,
                }
            )
    return pl.DataFrame(rows, schema=COVERAGE_TABLE.polars_schema())


def _mean(bins: dict[str, _Bins], parts: Iterable[Interval]) -> float | None:
    length = depth = 0.0
    for contig, start, end in parts:
        if contig in bins:
            own_length, own_depth = bins[contig].between(start, end)
            length, depth = length + own_length, depth + own_depth
    return depth / length if length >= 1 else None


def _bins(raw: pl.DataFrame, role: str) -> dict[str, _Bins]:
    table = (
        raw.filter((pl.col("kind") == "coverage") & (pl.col("role") == role) & (pl.col("key") == 0))
        .group_by("chrom", "start", "end")
        .agg(pl.col("count").sum())
        .sort("chrom", "start", "end")
    )
    found = {}
    for (contig,), group in table.group_by("chrom", maintain_order=True):
        starts, ends = (group[name].to_numpy().astype(np.float64) for name in ("start", "end"))
        edges = np.column_stack([starts, ends]).ravel()
        length = np.cumsum(np.column_stack([np.zeros(len(starts)), ends - starts]).ravel())
        depth = np.cumsum(np.column_stack([np.zeros(len(starts)), group["count"].to_numpy()]).ravel())
        found[str(contig)] = _Bins(edges, length, depth)
    return found
