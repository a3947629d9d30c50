"""What a call works on: reference, assay, tiles, alleles that are asked for."""

from dataclasses import dataclass

from oncoloom.calling.alleles import Allele
from oncoloom.calling.options import CallInputs, CallOptions
from oncoloom.calling.tiles import Tile, plan_tiles
from oncoloom.errors import InputError
from oncoloom.reads.reference import Reference
from oncoloom.reads.regions import Region, pad_regions, read_bed, whole_contigs


@dataclass(frozen=True, slots=True)
class CallPlan:
    """What is known of a call before its reads are opened.

    Attributes
    ----------
    assay
        Regions that could be called.
    shard
        Those to work on; None: all.
    tiles
        Of what assay and shard have in common.
    forced
        Alleles to genotype whether seen or not, by contig, sorted.
    """

    reference: Reference
    assay: list[Region]
    shard: list[Region] | None
    tiles: list[Tile]
    forced: dict[str, list[Allele]]

    @property
    def assay_bp(self) -> int:
        """Bases of the assay."""
        return sum(region.end - region.start for region in self.assay)


def plan_call(inputs: CallInputs, options: CallOptions, *, may_be_empty: bool) -> CallPlan:
    """Open the reference and lay tiles over what is to be called.

    Raises
    ------
    InputError
        If a file is broken, or there is nothing to work on (a shard without targets is an empty shard:
        `may_be_empty`).
    """
    reference = Reference.open(inputs.reference)
    assay, shard = _regions(inputs, reference, options)
    forced: dict[str, list[Allele]] = {}
    if inputs.alleles:
        from oncoloom.calling.resources import read_forced_alleles  # with it comes Polars

        forced = read_forced_alleles(inputs.alleles, reference)
    tiles = plan_tiles(assay, shard)
    if not tiles and not may_be_empty:
        raise InputError("the regions and the targets have no base in common", path=inputs.regions)
    return CallPlan(reference, assay, shard, tiles, forced)


def _regions(
    inputs: CallInputs, reference: Reference, options: CallOptions
) -> tuple[list[Region], list[Region] | None]:
    lengths = reference.lengths
    if inputs.targets is None:
        assay = whole_contigs(lengths)
    else:
        assay = pad_regions(read_bed(inputs.targets, lengths).regions, options.padding_bp, lengths)
    shard = None if inputs.regions is None else list(read_bed(inputs.regions, lengths).regions)
    return assay, shard
