"""Tiles are worked on in other processes while this one still checks the files they are read from."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oncoloom.calling.call_plan import CallPlan
from oncoloom.calling.evidence import Sources, TileProcesses, can_fork, start_tiles
from oncoloom.calling.options import CallInputs, CallOptions
from oncoloom.errors import OncoloomError
from oncoloom.kernels.dispatch import Device
from oncoloom.reads.alignments import open_alignments
from oncoloom.reads.bam_source import BamSource
from oncoloom.reads.file_kinds import file_kind, find_index


@contextmanager
def tiles_under_way(
    inputs: CallInputs, plan: CallPlan, options: CallOptions, *, threads: int, device: Device
) -> Iterator[TileProcesses | None]:
    """Begin with the tiles, where processes can; None where they begin when the checks are through.

    Nothing is said here of what is wrong with a file: the checks that follow say it. What a worker comes
    across in the meantime is heard only if they find nothing. At the end the processes are gone.
    """
    sources = None
    if threads > 1 and len(plan.tiles) > 1 and device == "cpu":
        sources = _open_plain(inputs, plan)
    if sources is None or not can_fork(sources):
        yield None
        return
    with start_tiles(plan.tiles, sources, options, threads) as under_way:
        yield under_way


def _open_plain(inputs: CallInputs, plan: CallPlan) -> Sources | None:
    """The inputs as sources, if all are BAM files with an index."""
    try:
        tumor, normal = _open_bam(inputs.tumor), _open_bam(inputs.normal)
        further = [_open_bam(path) for path in inputs.further_tumors]
    except (OncoloomError, OSError):
        return None
    opened = [one for one in (tumor, normal, *further) if one is not None]
    if len(opened) != len([path for path in (inputs.tumor, inputs.normal) if path]) + len(further):
        return None
    further_ones = tuple(opened[len(opened) - len(further) :])
    return Sources(plan.assay_bp, plan.reference, tumor, normal, plan.forced, further_ones)


def _open_bam(path: Path | None) -> BamSource | None:
    if path is None or file_kind(Path(path)) != "bam" or find_index(Path(path)) is None:
        return None
    source = open_alignments(Path(path))
    return source if isinstance(source, BamSource) else None
