"""One chunk of a panel of normals: each normal gathered twice, counts pooled, noise kept for the rates.

The first time gives the alleles that a normal shows; the second time the alleles that any normal shows are
asked for. So the pooled counts are exact, and memory holds one chunk whatever the genome's size.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele
from oncoloom.calling.candidate_store import CandidatePart
from oncoloom.calling.evidence import Sources
from oncoloom.calling.gathering import gather_evidence
from oncoloom.calling.mixture import SiteClasses, SparseHistograms, classify_sites
from oncoloom.calling.options import CallOptions
from oncoloom.calling.pon.doors import Normal
from oncoloom.calling.pon.file import COUNTS, PANEL_TABLE
from oncoloom.calling.pon.rates import CONTEXTS, NormalScores, context_of, noise_scores
from oncoloom.calling.pon.sites import LEAST_COVERED, NormalCounts, pool
from oncoloom.calling.pon.suspects import Suspicion
from oncoloom.calling.shard import EvidenceShard, ShardHeader
from oncoloom.calling.slippage import REPEAT_RATE
from oncoloom.calling.tile_sums import SampleSums
from oncoloom.calling.tiles import Tile
from oncoloom.kernels.arrays import N_STATISTICS
from oncoloom.reads.reference import Reference

PANEL_OPTIONS = CallOptions(min_callable_tumor=LEAST_COVERED)
_ALLELE = ["pos", "ref", "alt"]
_CODE = np.full(256, -1, np.int64)
_CODE[[ord(letter) for letter in "ACGT"]] = range(4)


@dataclass(slots=True)
class NormalSums:
    """What is collected of one normal over the chunks."""

    sums: SampleSums = field(default_factory=SampleSums)
    scores: NormalScores = field(default_factory=NormalScores)
    suspicion: Suspicion = field(default_factory=Suspicion)
    callable_bp: int = 0
    taught_bp: int = 0
    triplets: NDArray[np.int64] = field(default_factory=lambda: np.zeros(64, np.int64))


@dataclass(frozen=True, slots=True)
class PanelChunk:
    """What a chunk gives: rows of the panel, and sums over all normals.

    Attributes
    ----------
    context_alt : (96,) int64
        Alternative fragments at alleles that are nobody's germline.
    recurrent_sites : (5,) int64
        By class: pairs of an allele and a normal in which another normal is noisy there.
    """

    sites: pl.DataFrame
    covered: pl.DataFrame
    context_alt: NDArray[np.int64]
    recurrent_sites: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PanelSources:
    """What every chunk is worked on with."""

    reference: Reference
    normals: Sequence[Normal]
    header: ShardHeader
    threads: int


def work_on_chunk(
    tiles: Sequence[Tile], sources: PanelSources, collected: Sequence[NormalSums], *, teach: bool
) -> PanelChunk:
    """Rows of one chunk (tiles on one contig); adds each normal's sums to `collected`.

    `teach`: whether the chunk's candidates are kept for learning the rates.
    """
    contig = tiles[0].contig
    found: set[Allele] = set()
    for normal in sources.normals:
        found.update(
            Allele(*row)
            for part in _gather(tiles, sources, normal, {}).candidates.parts()
            for row in part.candidates.select(_ALLELE).iter_rows()
        )
    alleles = sorted(found)
    keys = pl.DataFrame([(a.pos, a.ref, a.alt) for a in alleles], schema=_key_schema(), orient="row")
    statistics, histograms, intervals = [], [], []
    rates = np.zeros(len(alleles))
    for normal, own in zip(sources.normals, collected, strict=True):
        evidence = _gather(tiles, sources, normal, {contig: alleles})
        weighed = evidence.candidates.whole()
        row_of = _rows_of(keys, weighed)
        here = row_of >= 0
        table = np.zeros((len(alleles), N_STATISTICS), np.int32)
        table[here] = weighed.candidates["tumor"].to_numpy().astype(np.int32)[row_of[here]]
        rates[here] = weighed.candidates["slippage_rate"].to_numpy()[row_of[here]]
        statistics.append(table)
        histograms.append(_histograms_of(weighed, row_of))
        intervals.append(evidence.callable_regions.whole().select("start", "end").to_numpy().reshape(-1, 2))
        own.sums.add(evidence.sums["tumor"])
    counts = NormalCounts.from_statistics(np.stack(statistics))
    noisy = counts.noisy
    elsewhere = noisy.sum(axis=0)[None, :] - noisy > 0
    classes = classify_sites([a.ref for a in alleles], [a.alt for a in alleles], rates, rates > REPEAT_RATE)
    contexts = _contexts(alleles, sources.reference, contig)
    for index, own in enumerate(collected):
        _collect(
            own,
            index,
            counts,
            classes,
            contexts,
            elsewhere[index],
            intervals[index],
            histograms[index],
            teach,
        )
        own.triplets += _triplets(intervals[index], tiles, sources.reference, contig)
    nobodys = ~counts.carried.any(axis=0) & (contexts >= 0)
    alt = np.bincount(contexts[nobodys], counts.alt.sum(axis=0)[nobodys], len(CONTEXTS)).astype(np.int64)
    dirty = np.bincount(classes.index, elsewhere.sum(axis=0), 5).astype(np.int64)
    return PanelChunk(
        _site_rows(contig, alleles, counts), _covered_rows(contig, intervals), alt, dirty * teach
    )


def _key_schema() -> dict[str, pl.DataType]:
    return {"pos": pl.Int64(), "ref": pl.String(), "alt": pl.String()}


def _gather(
    tiles: Sequence[Tile], sources: PanelSources, normal: Normal, forced: dict[str, list[Allele]]
) -> EvidenceShard:
    opened = Sources(sources.header.assay_bp, sources.reference, normal.source, None, forced)
    return gather_evidence(list(tiles), opened, PANEL_OPTIONS, sources.header, threads=sources.threads)


def _rows_of(keys: pl.DataFrame, evidence: CandidatePart) -> NDArray[np.int64]:
    """(n_alleles,) the candidate of each allele in this evidence, -1 where there is none."""
    mine = evidence.candidates.select(_ALLELE).with_row_index("row")
    joined = keys.join(mine, on=_ALLELE, how="left", maintain_order="left")
    return joined["row"].cast(pl.Int64).fill_null(-1).to_numpy()


def _histograms_of(evidence: CandidatePart, row_of: NDArray[np.int64]) -> SparseHistograms:
    """Histograms of the alleles, in their order."""
    cells, borders = evidence.cells, evidence.borders
    sizes = np.where(row_of >= 0, np.diff(borders, append=borders[-1])[row_of], 0) if len(row_of) else row_of
    starts = np.where(row_of >= 0, borders[row_of], 0) if len(row_of) else row_of
    new = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    take = np.repeat(starts - new[:-1], sizes) + np.arange(new[-1])
    return SparseHistograms(
        new, cells["cell"].to_numpy()[take].copy(), cells["count"].to_numpy()[take].copy()
    )


def _collect(
    own: NormalSums,
    index: int,
    counts: NormalCounts,
    classes: SiteClasses,
    contexts: NDArray[np.int16],
    elsewhere: NDArray[np.bool_],
    intervals: NDArray[np.int64],
    histograms: SparseHistograms,
    teach: bool,  # noqa: FBT001
) -> None:
    """Add one normal's share of a chunk to what is known of it."""
    bases = int((intervals[:, 1] - intervals[:, 0]).sum())
    own.callable_bp += bases
    own.suspicion.add(counts, index, is_snv=contexts >= 0)
    if not teach:
        return
    own.taught_bp += bases
    mine = np.flatnonzero(counts.alt[index] >= 2)
    scores = noise_scores(histograms, classes)
    own.scores.scores.append(scores[mine])
    own.scores.class_index.append(classes.index[mine].astype(np.int8))
    own.scores.recurrent.append(elsewhere[mine])
    own.scores.context.append(contexts[mine])


def _contexts(alleles: Sequence[Allele], reference: Reference, contig: str) -> NDArray[np.int16]:
    """(n,) index into `CONTEXTS`; -1 for indels, MNVs, and beside an N or a contig's end."""
    out = np.full(len(alleles), -1, np.int16)
    length = reference.lengths[contig]
    for c, one in enumerate(alleles):
        if len(one.ref) == len(one.alt) == 1 and 0 < one.pos < length - 1:
            around = reference.bases(contig, one.pos - 1, one.pos + 2).tobytes().decode("ascii").upper()
            out[c] = context_of(around[0], one.ref, one.alt, around[2])
    return out


def _triplets(
    intervals: NDArray[np.int64], tiles: Sequence[Tile], reference: Reference, contig: str
) -> NDArray[np.int64]:
    """(64,) callable bases by the triplet around them (16 a + 4 b + c, A C G T = 0 … 3)."""
    start, end = max(0, tiles[0].start - 1), min(reference.lengths[contig], tiles[-1].end + 1)
    code = _CODE[reference.bases(contig, start, end)]
    triplet = 16 * code[:-2] + 4 * code[1:-1] + code[2:]
    triplet[(code[:-2] < 0) | (code[1:-1] < 0) | (code[2:] < 0)] = -1
    inside = np.zeros(len(code) + 1, np.int64)
    np.add.at(inside, intervals[:, 0] - start, 1)
    np.add.at(inside, intervals[:, 1] - start, -1)
    called = np.cumsum(inside)[1 : len(code) - 1] > 0
    return np.bincount(triplet[called & (triplet >= 0)], minlength=64).astype(np.int64)


def _site_rows(contig: str, alleles: Sequence[Allele], counts: NormalCounts) -> pl.DataFrame:
    n = len(alleles)
    pooled = pool(counts)
    return pl.DataFrame(
        {
            "kind": ["site"] * n,
            "chrom": [contig] * n,
            "start": [one.pos for one in alleles],
            "end": [one.end for one in alleles],
            "ref": [one.ref for one in alleles],
            "alt": [one.alt for one in alleles],
            **{f"n_{name}": pooled[name] for name in COUNTS},
        },
        schema=PANEL_TABLE.polars_schema(),
    )


def _covered_rows(contig: str, intervals: Sequence[NDArray[np.int64]]) -> pl.DataFrame:
    """Stretches by how many normals cover them, those that none covers left out."""
    change = np.concatenate([np.concatenate(intervals)[:, 0], np.concatenate(intervals)[:, 1]])
    sign = np.repeat([1, -1], len(change) // 2)
    at = np.unique(change)
    level = np.cumsum(np.bincount(np.searchsorted(at, change), sign, len(at))).astype(np.int64)
    start, end, n = at[:-1], at[1:], level[:-1]
    kept = n > 0
    rows = int(kept.sum())
    nothing = [0] * rows
    return pl.DataFrame(
        {
            "kind": ["covered"] * rows,
            "chrom": [contig] * rows,
            "start": start[kept],
            "end": end[kept],
            "ref": pl.Series([None] * rows, dtype=pl.String()),
            "alt": pl.Series([None] * rows, dtype=pl.String()),
            "n_normals": n[kept],
            **{f"n_{name}": nothing for name in COUNTS[1:]},
        },
        schema=PANEL_TABLE.polars_schema(),
    )
