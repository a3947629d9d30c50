"""The `segments` table of oncoloom's own segmentation, and the file of evidence beside it."""

from typing import Any

import numpy as np
import polars as pl

from oncoloom.features.contracts import SEGMENTS_TABLE
from oncoloom.features.copy_number.bins import Bins
from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.copy_number.states import CopyStates
from oncoloom.features.copy_number.verdict import PurityVerdict

Spans = dict[str, tuple[str, int, int]]


def segment_rows(
    segments: Segments, states: CopyStates | None, genes: Spans, *, patient_id: str, sample_id: str
) -> pl.DataFrame:
    """The `segments` table.

    Parameters
    ----------
    states
        Copies; None where the purity is unknown.
    genes
        Gene of interest to contig, start, end.
    """
    rows: list[dict[str, Any]] = []
    for n in range(len(segments)):
        chrom, start, end = str(segments.contig[n]), int(segments.start[n]), int(segments.end[n])
        level, half = float(segments.log2[n]), 1.96 * float(segments.log2_sd[n])
        named = sorted(g for g, (c, a, b) in genes.items() if c == chrom and a < end and b > start)
        rows.append(
            {
                "patient_id": patient_id,
                "sample_id": sample_id,
                "chrom": chrom,
                "start": start,
                "end": end,
                "n_bins": int(segments.n_bins[n]),
                "log2": level,
                "log2_lower": level - half,
                "log2_upper": level + half,
                **_allele_fraction(segments, n),
                **_copies(states, n),
                "gene": ",".join(named) or None,
                "caller": "oncoloom",
            }
        )
    return pl.DataFrame(rows, schema=SEGMENTS_TABLE.polars_schema())


def _allele_fraction(segments: Segments, n: int) -> dict[str, Any]:
    baf, half = float(segments.baf[n]), 1.96 * float(segments.baf_sd[n])
    if not np.isfinite(baf):
        return {"n_hets": int(segments.n_sites[n]), "baf": None, "baf_lower": None, "baf_upper": None}
    return {
        "n_hets": int(segments.n_sites[n]),
        "baf": baf,
        "baf_lower": max(0.0, baf - half),
        "baf_upper": min(0.5, baf + half),
    }


def _copies(states: CopyStates | None, n: int) -> dict[str, Any]:
    if states is None:
        return {"copies": None, "total_cn": None, "minor_cn": None, "subclonal": None}
    if states.total[n] < 0:  # X or Y of unknown normal copies
        return {"copies": None, "total_cn": None, "minor_cn": None, "subclonal": None}
    minor = int(states.minor[n])
    return {
        "copies": float(states.copies[n]),
        "total_cn": float(states.total[n]),
        "minor_cn": None if minor < 0 else float(minor),
        "subclonal": bool(states.subclonal[n]),
    }


def evidence(
    bins: Bins, segments: Segments, verdict: PurityVerdict, *, reference: str, method: str
) -> dict[str, Any]:
    """What purity and copies rest on, for `copy_number.json`: noise, counts, every solution that fits."""
    fit = verdict.fit
    return {
        "against": reference,
        "segmentation": method,
        "n_bins": len(bins),
        "n_off_target_bins": 0 if bins.off_target is None else int(bins.off_target.sum()),
        "bins_dropped": dict(sorted(bins.dropped.items())),
        "bin_noise_log2": round(bins.sd, 4),
        "n_segments": len(segments),
        "n_hets": int(segments.n_sites.sum()),
        "purity_state": verdict.state,
        "purity_reason": verdict.reason,
        "autosomes_altered": round(verdict.altered_share, 4),
        "segment_spread_log2": None if fit is None else fit.tau[0],
        "told_apart_by_snvs": fit is not None and fit.by_snvs,
        "gap": None if fit is None or not np.isfinite(fit.gap) else round(fit.gap, 2),
        "solutions": []
        if fit is None
        else [
            {"purity": one.purity, "ploidy": one.ploidy, "log_units_below_best": round(one.below, 2) + 0.0}
            for one in fit.solutions
        ],
    }
