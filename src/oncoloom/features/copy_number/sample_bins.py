"""Bins of one sample: targets and what lies between them, each corrected by itself, on one scale."""

from pathlib import Path

import polars as pl

from oncoloom.config import FeaturesConfig
from oncoloom.features.copy_number.bins import Bins, DepthBins, depth_bins
from oncoloom.features.copy_number.correction import log_ratios
from oncoloom.features.copy_number.mappability import read_track, with_track
from oncoloom.features.copy_number.normal_pool import read_pool, read_pool_between
from oncoloom.features.copy_number.off_target import off_target_depth
from oncoloom.features.copy_number.one_scale import on_one_scale
from oncoloom.features.copy_number.sex_copies import UNKNOWN_SEX, SexCopies

NO_Y = "coverage bins on Y of a patient without one"


def sample_bins(
    raw: pl.DataFrame,
    lengths: dict[str, int],
    settings: FeaturesConfig,
    *,
    baseline: Path | None = None,
    mappability: Path | None = None,
    sex: SexCopies = UNKNOWN_SEX,
) -> tuple[Bins, str]:
    """Corrected log ratios of a tumor's bins, and what its depth was held against.

    Parameters
    ----------
    raw
        `features_raw` table.
    lengths
        Contigs of the reference, in its order.
    baseline, mappability
        Pool of normals, for a tumor without one; the user's track.

    Notes
    -----
    Off-target bins need a normal, matched or pooled.
    """
    track = None if mappability is None else read_track(mappability, lengths)

    def ratios(depth: DepthBins) -> Bins:
        needs_pool = depth.normal is None and baseline is not None and len(depth) > 0
        pool = read_pool(baseline, depth) if baseline is not None and needs_pool else None
        return log_ratios(
            depth if track is None else with_track(depth, track),
            pool,
            sex=sex,
            least_mappable=settings.min_mappability,
            by_track=track is not None,
        )

    depth, left_out = _where_there_are_copies(depth_bins(raw, lengths), sex)
    bins = ratios(depth)
    bins.dropped.update(left_out)
    if depth.normal is None and baseline is None:
        return bins, "the sample itself"
    between, left_out = off_target_depth(
        raw,
        lengths,
        least_fragments=settings.off_target_min_fragments,
        pool=None if depth.normal is not None or baseline is None else read_pool_between(baseline, sex),
    )
    if between is not None and between.normal is not None and len(bins):
        bins = on_one_scale(bins, ratios(_where_there_are_copies(between, sex)[0]))
    bins.dropped.update({reason: n for reason, n in left_out.items() if n})
    return bins, "matched normal" if depth.normal is not None else "pool of normals"


def _where_there_are_copies(depth: DepthBins, sex: SexCopies) -> tuple[DepthBins, dict[str, int]]:
    """The bins without those of a Y that the patient has not, and how many those are."""
    there = sex.normal_copies(depth.contig.tolist()) != 0
    n = int((~there).sum())
    return (depth.only(there), {NO_Y: n}) if n else (depth, {})
