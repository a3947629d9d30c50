"""A baseline of normals, locus by locus: what a tumor without a matched normal is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.errors import InputError, NotAssessableError
from oncoloom.features.msi.contracts import BASELINE_TABLE
from oncoloom.features.msi.histograms import N_LENGTHS, NORMAL, REACH_BP, TUMOR, LengthHistograms
from oncoloom.features.msi.loci import LOCUS_COLUMNS
from oncoloom.features.msi.paired import MIN_FRAGMENTS, MIN_NEW_SHARE
from oncoloom.tables import read_table, write_table

MIN_NORMALS = 20
MOST_UNSTABLE_NORMALS = 0.05
N_SD = 3.0
_HETEROZYGOUS_GAIN = 0.10  # share of fragments that a second allele must explain
_FOLDS = 5  # halves know a locus's spread too badly: the background would read twice what new normals show


@dataclass(frozen=True, slots=True)
class BaselineTests:
    """Results of a tumor alone; NaN where a locus is not assessable.

    Attributes
    ----------
    assessable : (n,) bool
        At least 20 fragments, and in the baseline with few unstable normals.
    new_share : (n,) float64
        Share of the tumor's fragments off the best shape that a person with one or two of the baseline's
        alleles may have.
    unstable : (n,) bool
        Share at least 10 % and above the baseline's mean + 3 standard deviations.
    background : float
        Share of unstable loci in normals that the limits had not seen.
    """

    assessable: NDArray[np.bool_]
    new_share: NDArray[np.float64]
    unstable: NDArray[np.bool_]
    background: float


def build_baseline(normals: Sequence[LengthHistograms]) -> pl.DataFrame:
    """The baseline of normal samples (each one's own role is `normal`).

    Raises
    ------
    NotAssessableError
        Under 20 normals: the spread between normals would not be known.
    """
    if len(normals) < MIN_NORMALS:
        raise NotAssessableError(
            f"{len(normals)} normals are too few for a baseline", expected=f"{MIN_NORMALS} or more"
        )
    loci = pl.concat([one.loci for one in normals]).unique().sort(LOCUS_COLUMNS)
    counts = np.stack([_rows_of(one, loci, NORMAL) for one in normals], axis=1)  # (loci, normals, k)
    rows = []
    for row, locus in enumerate(loci.iter_rows(named=True)):
        seen = counts[row][counts[row].sum(axis=1) >= MIN_FRAGMENTS].astype(np.float64)
        if len(seen) >= MIN_NORMALS:
            rows.append(locus | _summarize(seen))
    return pl.DataFrame(rows, schema=BASELINE_TABLE.polars_schema())


def compare_to_baseline(tumor: LengthHistograms, baseline: pl.DataFrame) -> BaselineTests:
    """Each locus of a tumor against the baseline's shape, with one or two germline alleles allowed."""
    known = tumor.loci.join(baseline, on=LOCUS_COLUMNS, how="left", maintain_order="left")
    counts = tumor.counts[:, TUMOR].astype(np.float64)
    usable = (known["unstable_normals"].fill_null(1.0) <= MOST_UNSTABLE_NORMALS).to_numpy()
    assessable = usable & (counts.sum(axis=1) >= MIN_FRAGMENTS)
    new_share = np.full(len(counts), np.nan)
    limit = np.full(len(counts), np.inf)
    columns = ("share", "alleles", "deviation_mean", "deviation_sd", "median_fragments")
    for row, (share, alleles, mean, sd, usual) in enumerate(known.select(columns).iter_rows()):
        if assessable[row]:
            new_share[row] = _deviation(counts[row][None], _genotypes(np.array(share), alleles))[0]
            shallow = np.sqrt(max(1.0, usual / counts[row].sum()))  # sampling alone makes a share differ more
            limit[row] = max(MIN_NEW_SHARE, shallow * (mean + N_SD * sd))
    unstable = assessable & (np.nan_to_num(new_share) >= limit)
    quiet = baseline.filter(pl.col("unstable_normals") <= MOST_UNSTABLE_NORMALS)
    tested = int(quiet["held_out_tested"].sum())
    background = int(quiet["held_out_unstable"].sum()) / tested if tested else 0.0
    return BaselineTests(assessable, new_share, unstable, background)


def write_baseline(table: pl.DataFrame, path: Path) -> None:
    """Write a baseline."""
    write_table(table, BASELINE_TABLE, path)


def read_baseline(path: Path) -> pl.DataFrame:
    """A baseline with its loci.

    Raises
    ------
    InputError, TableContractError
        If it cannot be read, or a locus has not 31 lengths.
    """
    table = read_table(path, BASELINE_TABLE)
    wrong = table.filter(pl.col("share").list.len() != N_LENGTHS)
    if wrong.height:
        raise InputError(
            "a locus of the baseline has another number of lengths",
            path=path,
            record=f"{wrong['chrom'][0]}:{wrong['start'][0] + 1}",
            expected=str(N_LENGTHS),
        )
    return table


def _rows_of(one: LengthHistograms, loci: pl.DataFrame, role: int) -> NDArray[np.int64]:
    at = loci.join(one.loci.with_row_index("row"), on=LOCUS_COLUMNS, how="left", maintain_order="left")["row"]
    out = np.zeros((loci.height, N_LENGTHS), np.int64)
    present = at.is_not_null().to_numpy()
    out[present] = one.counts[at.drop_nulls().to_numpy(), role]
    return out


def _summarize(seen: NDArray[np.float64]) -> dict[str, object]:
    """One locus over its normals: allele's shape, alleles carried, distances."""
    shape, alleles = _fit_alleles(seen)
    off = _deviation(seen, _genotypes(shape, alleles))
    # Each normal against the limit that the others give: a normal must not excuse itself.
    n = len(off)
    others_mean = (off.sum() - off) / (n - 1)
    others_sd = np.array([np.delete(off, i).std(ddof=1) for i in range(n)])
    unstable = off >= np.maximum(MIN_NEW_SHARE, others_mean + N_SD * others_sd)
    fold = np.arange(n) % _FOLDS
    held_out = [_held_out(seen[fold != one], seen[fold == one]) for one in range(_FOLDS)]
    return {
        "n_normals": n,
        "median_fragments": float(np.median(seen.sum(axis=1))),
        "share": shape.tolist(),
        "alleles": alleles,
        "deviation_mean": float(off.mean()),
        "deviation_sd": float(off.std(ddof=1)),
        "unstable_normals": float(unstable.mean()),
        "held_out_unstable": sum(k for k, _ in held_out),
        "held_out_tested": sum(m for _, m in held_out),
    }


def _held_out(fitted: NDArray[np.float64], tested: NDArray[np.float64]) -> tuple[int, int]:
    """Unstable ones among normals that the limit has not seen, and how many were tested."""
    shape, alleles = _fit_alleles(fitted)
    models = _genotypes(shape, alleles)
    off, other = _deviation(fitted, models), _deviation(tested, models)
    limit = max(MIN_NEW_SHARE, float(off.mean() + N_SD * off.std(ddof=1)))
    if (off >= limit).mean() > MOST_UNSTABLE_NORMALS:
        return 0, 0
    return int((other >= limit).sum()), len(tested)


def _fit_alleles(seen: NDArray[np.float64]) -> tuple[NDArray[np.float64], list[int]]:
    """Shape (k,) by length around an allele, and the alleles that normals carry (lengths − reference).

    The shape is the mean over normals with one allele; which have one, is told with the shape of the quarter
    that looks least like a mixture.
    """
    share = seen / seen.sum(axis=1, keepdims=True)
    peaks = share.argmax(axis=1)
    centered = np.stack([_moved(one, REACH_BP - at) for one, at in zip(share, peaks.tolist(), strict=True)])
    ranked = np.sort(share, axis=1)
    clear = ranked[:, -1] - ranked[:, -2]
    shape = centered[clear >= np.quantile(clear, 0.75)].mean(axis=0)
    second = _second_alleles(centered, shape)
    if (second == 0).any():
        shape = centered[second == 0].mean(axis=0)
        second = _second_alleles(centered, shape)
    carried = {*(peaks - REACH_BP).tolist(), *(peaks - REACH_BP + second).tolist()}
    return shape, sorted(carried)


def _second_alleles(centered: NDArray[np.float64], shape: NDArray[np.float64]) -> NDArray[np.int64]:
    """(m,) steps from each person's peak to a second allele, 0 where the peak alone does as well."""
    steps = np.arange(-REACH_BP, REACH_BP + 1)
    models = np.stack([(shape + _moved(shape, int(step))) / 2 for step in steps])
    off = np.maximum(0.0, centered[:, None] - models[None]).sum(axis=2)
    best = off.argmin(axis=1)
    gain = off[:, REACH_BP] - off[np.arange(len(off)), best]
    return np.where(gain >= _HETEROZYGOUS_GAIN, steps[best], 0)


def _genotypes(shape: NDArray[np.float64], alleles: Sequence[int]) -> NDArray[np.float64]:
    """(g, k) distribution of each genotype of these alleles."""
    pairs = [(one, other) for at, one in enumerate(alleles) for other in alleles[at:]]
    return np.stack([(_moved(shape, one) + _moved(shape, other)) / 2 for one, other in pairs])


def _moved(share: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """A distribution moved by some lengths; what would leave the range stays at its end."""
    out = np.zeros_like(share)
    np.add.at(out, np.clip(np.arange(len(share)) + steps, 0, len(share) - 1), share)
    return out


def _deviation(seen: NDArray[np.float64], models: NDArray[np.float64]) -> NDArray[np.float64]:
    """(m,) share of each sample's fragments on lengths beyond its best genotype."""
    share = seen / seen.sum(axis=1, keepdims=True)
    return np.asarray(np.maximum(0.0, share[:, None] - models[None]).sum(axis=2).min(axis=1))
