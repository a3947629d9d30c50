"""Build a panel of normals: doors, chunks, rates, one file. No arithmetic of the counts here."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from oncoloom.calling.pon.chunk import PANEL_OPTIONS, NormalSums, PanelChunk, PanelSources, work_on_chunk
from oncoloom.calling.pon.doors import open_normals
from oncoloom.calling.pon.file import PanelHeader, write_panel
from oncoloom.calling.pon.rates import (
    CONTEXTS,
    RateSums,
    context_triplets,
    learn_rates,
    rates_by_class,
    rates_by_context,
)
from oncoloom.calling.pon.suspects import check_normal
from oncoloom.calling.shard import ShardHeader
from oncoloom.calling.tiles import Tile, plan_tiles
from oncoloom.files import file_digest, text_digest
from oncoloom.logs import logger, step
from oncoloom.reads.reference import Reference
from oncoloom.reads.regions import read_bed, whole_contigs

CHUNK_BP = 4_000_000
TAUGHT_NORMAL_BP = 1_000_000_000  # rates are learned on so many bases over all normals, evenly spread
MOST_UNEXPLAINED = 0.05


def build_panel(
    paths: Sequence[Path],
    reference_path: Path,
    output: Path,
    *,
    targets: Path | None = None,
    threads: int = 1,
    most_unexplained: float = MOST_UNEXPLAINED,
) -> tuple[PanelHeader, int]:
    """Write a panel of normals from alignments (BAM, CRAM, SAM); the same bytes for any order and threads.

    Parameters
    ----------
    most_unexplained
        Share of a normal's variants whose fraction fits no germline genotype, above which it is refused as a
        tumor or a mixture of two people.

    Returns
    -------
    header
        What the panel says of itself.
    n_alleles
        How many alleles it holds.

    Raises
    ------
    UsageError, InputError, ReferenceMismatchError, SampleSwapError
        As :func:`pon.doors.open_normals` and :func:`pon.suspects.check_normal`.
    """
    with step("check inputs") as said:
        reference = Reference.open(reference_path)
        lengths = reference.lengths
        assay = whole_contigs(lengths) if targets is None else list(read_bed(targets, lengths).regions)
        assay_bp = sum(region.end - region.start for region in assay)
        tiles = plan_tiles(assay, None)
        normals = open_normals(paths, reference, tiles)
        said.update(normals=len(normals), assay_bp=assay_bp)
    sources = PanelSources(reference, normals, _shard_header(reference, assay_bp), threads)
    collected = [NormalSums() for _ in normals]
    output = Path(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".tmp-pon-", dir=output.parent) as place:
        parts, done = _work_through(_chunks(tiles), sources, collected, Path(place))
        for normal, own in zip(normals, collected, strict=True):
            check_normal(normal.path, own.suspicion, most_unexplained=most_unexplained)
        with step("write panel") as said:
            header = _header(collected, done, sources, None if targets is None else file_digest(targets))
            write_panel(output, header, parts)
            said.update(normals=len(normals), alleles=done.alleles)
    return header, done.alleles


def _shard_header(reference: Reference, assay_bp: int) -> ShardHeader:
    return ShardHeader(
        mode="tumor_only",
        samples={"tumor": "normal"},
        options=PANEL_OPTIONS.as_dict(),
        reference=reference.identity,
        contigs=tuple((contig.name, contig.length) for contig in reference.contigs),
        assay_bp=assay_bp,
        resources={},
    )


def _chunks(tiles: Sequence[Tile]) -> list[list[Tile]]:
    """Tiles in groups of about `CHUNK_BP`, each on one contig."""
    out: list[list[Tile]] = []
    size = 0
    for tile in tiles:
        if not out or out[-1][-1].contig != tile.contig or size + tile.end - tile.start > CHUNK_BP:
            out.append([])
            size = 0
        out[-1].append(tile)
        size += tile.end - tile.start
    return out


def _teaching(n_chunks: int, normal_bp: int) -> list[bool]:
    """Which chunks the rates are learned on: all, or as many as the limit allows, evenly spread."""
    wanted = min(1.0, TAUGHT_NORMAL_BP / max(normal_bp, 1))
    return [wanted == 1.0 or int((index + 1) * wanted) > int(index * wanted) for index in range(n_chunks)]


class _Done:
    """Sums over the chunks and all normals."""

    def __init__(self) -> None:
        self.alleles = 0
        self.context_alt = np.zeros(len(CONTEXTS), np.int64)
        self.recurrent_sites = np.zeros(5, np.int64)

    def add(self, chunk: PanelChunk) -> None:
        self.alleles += len(chunk.sites)
        self.context_alt += chunk.context_alt
        self.recurrent_sites += chunk.recurrent_sites


def _work_through(
    chunks: Sequence[Sequence[Tile]], sources: PanelSources, collected: Sequence[NormalSums], place: Path
) -> tuple[list[Path], _Done]:
    """Rows of all chunks as Parquet files in the panel's order: sites, then covered stretches."""
    done = _Done()
    teaching = _teaching(len(chunks), sources.header.assay_bp * len(sources.normals))
    sites, covered = [], []
    for index, tiles in enumerate(chunks):
        chunk = work_on_chunk(tiles, sources, collected, teach=teaching[index])
        done.add(chunk)
        sites.append(place / f"site-{index}.parquet")
        covered.append(place / f"covered-{index}.parquet")
        chunk.sites.write_parquet(sites[-1])
        chunk.covered.write_parquet(covered[-1])
        if index % 10 == 9 or index == len(chunks) - 1:
            logger.info(
                "panel: %d of %d chunks, up to %s:%d, %d alleles",
                index + 1,
                len(chunks),
                tiles[-1].contig,
                tiles[-1].end,
                done.alleles,
            )
    return [*sites, *covered], done


def _header(
    collected: Sequence[NormalSums], done: _Done, sources: PanelSources, targets: str | None
) -> PanelHeader:
    """Normals in the order of their pseudonyms, so that the order of the files does not matter."""
    pseudonyms = [_pseudonym(own) for own in collected]
    order = sorted(range(len(collected)), key=lambda index: pseudonyms[index])
    sums = RateSums()
    sums.recurrent_sites += done.recurrent_sites
    depth = np.zeros(len(CONTEXTS), np.int64)
    for index in order:
        own = collected[index]
        learn_rates(own.scores, own.taught_bp, sums)
        by_context = context_triplets(own.triplets)
        sums.context_sites += by_context * (own.taught_bp / max(own.callable_bp, 1))
        depth += np.round(by_context * _mean_depth(own, sources.header.assay_bp)).astype(np.int64)
    mean = float(np.mean([_mean_depth(collected[index], sources.header.assay_bp) for index in order]))
    return PanelHeader(
        reference=sources.header.reference,
        normals=tuple(pseudonyms[index] for index in order),
        options=PANEL_OPTIONS.as_dict(),
        targets=targets,
        mean_depth=float(f"{mean:.6g}"),
        rates=rates_by_class(sums),
        contexts=rates_by_context(sums, done.context_alt, depth),
    )


def _mean_depth(own: NormalSums, assay_bp: int) -> float:
    return own.sums.depth_sum / max(assay_bp, 1)


def _pseudonym(own: NormalSums) -> str:
    """A name made from the reads: nobody finds a person by it, and the same reads have the same one."""
    text = f"{int(own.sums.fates.sum())}:{own.sums.digest:016x}"
    return "normal-" + text_digest(text).removeprefix("sha256:")[:12]
