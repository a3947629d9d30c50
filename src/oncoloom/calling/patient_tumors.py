"""Several tumors of one patient: where each one's files lie, and what each lets the others know.

The first tumor is the one that features and report describe; its files lie in the folder of the call itself.
Those of each further tumor, the same files, lie in ``tumors/{sample}`` below it.
"""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.call_set import CallSet, judge_candidates
from oncoloom.calling.finish import write_calls, write_raw_sums
from oncoloom.calling.learned_filter.probability import choose_filter
from oncoloom.calling.mixture import NO_HISTOGRAMS, NO_SITES, score_candidates
from oncoloom.calling.options import BUNDLED, Mode
from oncoloom.calling.sample_table import RUN_CANDIDATES, read_sample
from oncoloom.calling.shard import EvidenceShard, merge_shards, read_shard, write_shard
from oncoloom.calling.threads import beside
from oncoloom.errors import InputError, UsageError
from oncoloom.kernels.dispatch import Device

FURTHER_TUMORS = "tumors"
_FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")


def tumor_folder(folder: Path, further: Sequence[str], index: int) -> Path:
    """Folder of the tumor at `index` (0: the first) of a call, or of a shard, in `folder`."""
    return folder if index == 0 else folder / FURTHER_TUMORS / further[index - 1]


def check_tumor_names(first: str, further: Sequence[str]) -> None:
    """Names of further tumors become folders, and must differ.

    Raises
    ------
    UsageError
        If one cannot be a folder's name, or comes twice.
    """
    seen = {first.casefold()}
    for name in further:
        if not _FOLDER_NAME.fullmatch(name):
            raise UsageError(
                "the sample name of a further tumor cannot be a folder's name",
                found=repr(name),
                expected="letters, digits and . _ + -, beginning with a letter or digit, at most 64",
                remedy="give its read groups another SM, or call it by itself",
            )
        if name.casefold() in seen:
            raise UsageError(
                "two tumors of one call have the same sample name",
                found=name,
                remedy="give each file once; samples are told apart by SM in their read groups",
            )
        seen.add(name.casefold())


def write_tumor_shards(tumors: Sequence[EvidenceShard], folder: Path) -> None:
    """Write a shard of every tumor; the first one's comes last, so that a folder with it is whole."""
    further = tumors[0].header.further
    _remove_other_tumors(folder, further)
    for index in reversed(range(len(tumors))):
        write_shard(tumors[index], tumor_folder(folder, further, index))


def read_tumor_shards(folders: Sequence[Path]) -> list[list[EvidenceShard]]:
    """Shards of each tumor, the first tumor first.

    Raises
    ------
    InputError
        If a shard is incomplete or broken, or lacks a tumor.
    """
    first = [read_shard(folder) for folder in folders]
    further = first[0].header.further
    return [first] + [
        [read_shard(tumor_folder(folder, further, index)) for folder in folders]
        for index in range(1, len(further) + 1)
    ]


def load_models(mode: Mode, call_filter: str | Path, *, has_population: bool, device: Device) -> None:
    """Load the filter and the kernels of :func:`finish_patient`, while tiles are worked on by others.

    Raises
    ------
    InputError
        If the file is no filter for this mode.
    """
    chosen = choose_filter(call_filter, mode, has_population=has_population)
    if device == "cpu":
        score_candidates(NO_HISTOGRAMS, NO_SITES)
    for one in () if chosen is None else chosen.model.kinds.values():
        one.log_odds(np.zeros((0, len(one.features))))


def finish_patient(
    tumors: Sequence[Sequence[EvidenceShard]],
    folders: Sequence[Path],
    output: Path,
    *,
    device: Device = "cpu",
    somatic_rate: float | None = None,
    call_filter: str | Path = BUNDLED,
    threads: int = 1,
    run_candidates: int = RUN_CANDIDATES,
) -> dict[str, Any]:
    """Put the shards of every tumor together and write all files of each; return the tally of the first.

    Tumors of one patient share mutations: what passes in one, by itself, is expected in the others
    (`sample_fit.SHARED_SOMATIC_RATE`). The tally of each further tumor stands under ``further_tumors``.

    Parameters
    ----------
    somatic_rate
        Judge by this somatic rate per site instead of the learned one (benchmarks).
    call_filter
        File of a trained filter, "bundled" or "none".
    threads, run_candidates
        How many runs of candidates are worked on at once, and the length of one: neither changes the result.

    Raises
    ------
    InputError
        If shards differ in options or overlap, or a file cannot be written.
    """
    evidence = [merge_shards(shards, folders) for shards in tumors]
    further = evidence[0].header.further
    if len(further) != len(evidence) - 1:
        raise InputError("shards of other tumors than their header tells", path=folders[0])
    judge = partial(
        judge_candidates,
        device=device,
        somatic_rate=somatic_rate,
        threads=threads,
        folder=output,
        call_filter=choose_filter(
            call_filter,
            evidence[0].header.mode,
            has_population="population_af" in evidence[0].header.resources,
        ),
    )
    _remove_other_tumors(output, further)
    folders_of = [tumor_folder(output, further, index) for index in range(len(evidence))]
    with beside(threads) as start:
        read = []
        for one, folder in zip(evidence, folders_of, strict=True):
            read.append(read_sample(one, run_candidates=run_candidates, folder=output, threads=threads))
            start(partial(write_raw_sums, one, read[-1].hets, folder))
        calls = [judge(one, mine) for one, mine in zip(evidence, read, strict=True)]
        if further:
            passing = np.stack([_passes(one) for one in calls])
            calls = [
                judge(one, mine, other_tumors=passing.sum(axis=0, dtype=np.int16) - passing[index])
                for index, (one, mine) in enumerate(zip(evidence, read, strict=True))
            ]
        tallies = [
            write_calls(evidence[index], calls[index], folders_of[index], threads=threads)
            for index in reversed(range(len(evidence)))
        ][::-1]
    result = tallies[0]
    if further:
        result["further_tumors"] = dict(zip(further, tallies[1:], strict=True))
    return result


def _passes(calls: CallSet) -> NDArray[np.int16]:
    """(all candidates,) 1 for those that pass."""
    passing = np.zeros(len(calls.sample), np.int16)
    passing[calls.passing] = 1
    return passing


def _remove_other_tumors(folder: Path, further: Sequence[str]) -> None:
    """An earlier call of more tumors must not look like a part of this one."""
    for old in sorted((folder / FURTHER_TUMORS).glob("*/")):
        if old.name not in further and any((old / name).is_file() for name in ("qc.json", "shard.json")):
            rmtree(old)
