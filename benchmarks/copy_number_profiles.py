"""Profiles for benchmarks: bins of real exomes, their noise shuffled, known tumor genomes laid on top."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from oncoloom.features.copy_number.bins import Bins, genome_noise
from oncoloom.features.copy_number.hets import HetSites
from oncoloom.kernels.cbs import segment_cbs

EXOMES = ("p2-9_2", "p2-20_1", "p2-20_2")
TAU_LOG2, TAU_BAF = 0.02, 0.012  # FEATURES.md section 3: spread of segment levels beyond sampling, × 1
AUTOSOMES = [str(n) for n in range(1, 23)]


@dataclass(frozen=True)
class Exome:
    """Bins with depth of one real exome, with its segment means; `on_target`: no off-target bin."""

    name: str
    contig: np.ndarray
    start: np.ndarray
    end: np.ndarray
    log2: np.ndarray
    weight: np.ndarray
    on_target: np.ndarray
    means: np.ndarray

    def bins(self, log2: np.ndarray) -> Bins:
        """The exome's bins with other log ratios."""
        sd = genome_noise(self.contig, log2, self.weight)
        return Bins(self.contig, self.start, self.end, log2, self.weight, sd)

    def noise(self) -> np.ndarray:
        """Residuals of the segment means times root weight: noise of a bin of weight 1."""
        return (self.log2 - self.means) * np.sqrt(self.weight)


def read_exome(shared: Path, name: str) -> Exome:
    """A CNVkit .cnr file; bins without depth dropped."""
    table = pl.read_csv(
        shared / "data" / "cnv" / "cnvkit" / f"{name}.cnr.gz",
        separator="\t",
        schema_overrides={"chromosome": pl.String},
    ).filter((pl.col("log2") >= -5) & (pl.col("depth") > 0))
    contig = np.array([one.removeprefix("chr") for one in table["chromosome"].to_list()])
    log2, weight = table["log2"].to_numpy().astype(float), table["weight"].to_numpy().astype(float)
    means = np.concatenate(
        [expand(log2[a:b], weight[a:b], cbs(log2[a:b], weight[a:b])) for a, b in runs(contig)]
    )
    return Exome(
        name,
        contig,
        table["start"].to_numpy(),
        table["end"].to_numpy(),
        log2,
        weight,
        (table["gene"] != "Background").to_numpy(),
        means,
    )


def runs(contig: np.ndarray) -> list[tuple[int, int]]:
    """Ranges of bins of each contig."""
    edges = np.flatnonzero(contig[1:] != contig[:-1]) + 1
    ends = [*edges.tolist(), len(contig)]
    return list(zip([0, *ends[:-1]], ends, strict=True))


def cbs(x: np.ndarray, weight: np.ndarray, alpha: float = 1e-4) -> np.ndarray:
    """Ends of the segments of one contig."""
    ends = np.empty(len(x), np.int64)
    return ends[: segment_cbs(np.ascontiguousarray(x), np.ascontiguousarray(weight), alpha, ends)].copy()


def expand(x: np.ndarray, weight: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Weighted segment means, one value a bin."""
    first = np.concatenate(([0], ends[:-1]))
    means = [np.average(x[a:b], weights=weight[a:b]) for a, b in zip(first, ends, strict=True)]
    return np.repeat(means, ends - first)


@dataclass(frozen=True)
class Tumor:
    """A simulated tumor: purity, ploidy, its bins and heterozygous sites, true total copies of each bin."""

    purity: float
    ploidy: float
    doubled: bool
    bins: Bins
    hets: HetSites
    copies: np.ndarray
    major: np.ndarray


def draw_snvs(
    tumor: Tumor, rng: np.random.Generator, n: int, *, early_share: float | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts with the variant, depths and bins of `n` somatic SNVs where the copies are whole.

    Six in ten are clonal. Of those of a doubled genome half (or `early_share`) arose before the doubling and
    lie on all major copies, of a plain one a fifth (before a gain); the others lie on one copy.
    """
    whole = (
        (tumor.copies == np.rint(tumor.copies)) & (tumor.copies >= 1) & np.isin(tumor.bins.contig, AUTOSOMES)
    )
    at = rng.choice(np.flatnonzero(whole), n)
    usual = 0.5 if tumor.doubled else 0.2
    early = rng.random(n) < (usual if early_share is None else early_share)
    carried = np.where(early, np.maximum(np.rint(tumor.major[at]), 1), 1)
    clonal = rng.random(n) < 0.6
    cells = np.where(clonal, 1.0, rng.uniform(0.1, 0.9, n))
    carried = np.where(clonal, carried, 1)
    mixed = tumor.purity * tumor.copies[at] + 2 * (1 - tumor.purity)
    fraction = np.clip(tumor.purity * carried * cells / mixed, 1e-4, 1 - 1e-4)
    depth = np.maximum(20, rng.poisson(rng.gamma(8, 100 / 8, n)))
    return rng.binomial(depth, rng.beta(fraction * 199, (1 - fraction) * 199)), depth, at


def draw_tumor(
    exome: Exome,
    rng: np.random.Generator,
    *,
    spread: float,
    purity: float | None = None,
    altered: float | None = None,
    twice: bool = False,
) -> Tumor:
    """A tumor on the bins of an exome.

    Parameters
    ----------
    spread
        Multiple of the spread of segment levels beyond sampling (log2 0.02, allele fraction 0.012).
    altered
        Share of chromosome arms that are altered, of a plain genome; None draws a genome like those of
        tumors: 40 % doubled, 10 % of the segments subclonal, ploidy 1.8 to 4.
    twice
        The genome with few altered arms was doubled, and as few arms were altered behind that.
    """
    contig, start = exome.contig, exome.start
    autosomal = np.isin(contig, AUTOSOMES)
    purity = float(rng.uniform(0.2, 0.9)) if purity is None else purity
    while True:
        doubled = twice if altered is not None else bool(rng.random() < 0.4)
        segment, total, minor = _genome(exome, rng, doubled=doubled, altered=altered)
        copies = total[segment]
        size = _span(exome)
        ploidy = float(np.average(copies[autosomal], weights=size[autosomal]))
        if altered is not None or 1.8 <= ploidy <= 4.0:
            break
    mixed = purity * copies + 2 * (1 - purity)
    log2 = np.log2(np.maximum(mixed, 0.03) / (purity * ploidy + 2 * (1 - purity)))
    log2 = log2 + (rng.normal(0, spread * TAU_LOG2, len(total)))[segment]
    log2 = log2 + rng.permutation(exome.noise()) / np.sqrt(exome.weight)
    baf = (purity * minor[segment] + 1 - purity) / mixed + rng.normal(0, spread * TAU_BAF, len(total))[
        segment
    ]
    hets = _hets(exome, np.clip(baf, 0.005, 0.995), autosomal, rng, start)
    return Tumor(purity, ploidy, doubled, exome.bins(log2), hets, copies, copies - minor[segment])


def _span(exome: Exome) -> np.ndarray:
    """Bases that each bin stands for: to the next bin's start, at most 1 Mb."""
    gap = np.append(exome.start[1:] - exome.start[:-1], 1)
    return np.clip(gap, 1, 1_000_000).astype(float)


def _genome(
    exome: Exome, rng: np.random.Generator, *, doubled: bool, altered: float | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Segment of each bin; total and minor copies of each segment (mean over cells where subclonal)."""
    segment = np.zeros(len(exome.contig), np.int64)
    states: list[tuple[float, float]] = []
    for first, last in runs(exome.contig):
        length = exome.end[last - 1]
        n = 2 if altered is not None else 1 + rng.poisson(1.5 if length > 1e8 else 0.8)
        cuts = np.array([length / 2]) if altered is not None else np.sort(rng.uniform(0, length, n - 1))
        own = np.searchsorted(cuts, exome.start[first:last], side="right")
        segment[first:last] = own + len(states)
        states += [_state(rng, doubled=doubled, altered=altered) for _ in range(n)]
    return segment, np.array([t for t, _ in states]), np.array([m for _, m in states])


def _state(rng: np.random.Generator, *, doubled: bool, altered: float | None) -> tuple[float, float]:
    a, b = 1, 1
    if rng.random() < (0.45 if altered is None else altered):
        a, b = [(0, 1), (2, 1), (0, 2), (2, 2), (3, 1)][rng.choice(5, p=[0.4, 0.35, 0.15, 0.05, 0.05])]
    if doubled:
        a, b = 2 * a, 2 * b
        if rng.random() < (0.3 if altered is None else altered):
            a, b = (max(0, a - 1), b) if rng.random() < 0.6 else (a, b + 1)
    total, minor = float(a + b), float(min(a, b))
    if altered is None and rng.random() < 0.10:  # in a part of the cells one copy more or less
        share, change = rng.uniform(0.2, 0.8), rng.choice([-1, 1])
        other = max(0.0, total + change)
        return total * (1 - share) + other * share, minor * (1 - share) + min(minor, other // 2) * share
    return total, minor


def _hets(
    exome: Exome, baf: np.ndarray, autosomal: np.ndarray, rng: np.random.Generator, start: np.ndarray
) -> HetSites:
    at = np.flatnonzero(autosomal & exome.on_target & (rng.random(len(baf)) < 0.3))
    depth = np.maximum(20, rng.poisson(rng.gamma(8, 100 / 8, len(at))))
    side = np.where(rng.random(len(at)) < 0.5, baf[at], 1 - baf[at])
    alt = rng.binomial(depth, rng.beta(side * 199, (1 - side) * 199))
    return HetSites(
        exome.contig[at],
        start[at] + 10,
        alt.astype(np.int64),
        depth.astype(np.int64),
        at.astype(np.int64),
        0.5,
        0,
    )
