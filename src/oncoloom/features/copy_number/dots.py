"""Dots for the plot of a genome: bins and allele fractions thinned to what a page can show."""

from typing import Any

import numpy as np

from oncoloom.features.copy_number.bins import Bins, Floats, Ints
from oncoloom.features.copy_number.gene_calls import CopyScale
from oncoloom.features.copy_number.hets import HetSites
from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.copy_number.states import copies_at

MOST_DOTS = 900
_DIGITS = 2


def genome_dots(bins: Bins, segments: Segments, hets: HetSites, scale: CopyScale | None) -> dict[str, Any]:
    """Dots by contig: ``bins`` (weighted means of neighbors within a segment) and ``hets`` (single sites).

    ``unit`` says whether bins are copies or log2 ratios; positions are 0-based.
    """
    at, value, contig = _blocks(bins, segments)
    if scale is not None:
        normal = scale.sex.normal_copies(contig.tolist())
        known = np.isfinite(normal)  # no copies of X and Y where those of normal cells are unknown
        at, value, contig = at[known], value[known], contig[known]
        value = copies_at(value - scale.center, scale.purity, scale.ploidy, normal[known])
    step = max(1, -(-len(hets) // MOST_DOTS))
    chosen = slice(None, None, step)
    fraction = hets.alt[chosen] / hets.depth[chosen]
    return {
        "unit": "log2" if scale is None else "copies",
        "bins": _by_contig(contig, at, value),
        "hets": _by_contig(hets.contig[chosen], hets.pos[chosen], fraction),
    }


def _blocks(bins: Bins, segments: Segments) -> tuple[Ints, Floats, np.ndarray[tuple[int], np.dtype[np.str_]]]:
    size = max(1, -(-len(bins) // MOST_DOTS))
    starts = np.concatenate(
        [np.arange(a, b, size) for a, b in zip(segments.first, segments.last, strict=True)]
    ).astype(np.int64)
    weight = np.add.reduceat(bins.weight, starts)
    middle = (bins.start + bins.end) / 2
    at = np.add.reduceat(bins.weight * middle, starts) / weight
    value = np.add.reduceat(bins.weight * bins.log2, starts) / weight
    return at.astype(np.int64), np.asarray(value, dtype=np.float64), bins.contig[starts]


def _by_contig(
    contig: np.ndarray[tuple[int], np.dtype[np.str_]], at: Ints, value: Floats
) -> list[dict[str, Any]]:
    return [
        {
            "chrom": name,
            "at": at[contig == name].tolist(),
            "value": [round(one, _DIGITS) + 0.0 for one in value[contig == name].tolist()],
        }
        for name in dict.fromkeys(contig.tolist())
    ]
