"""Wiring of a call: doors, tiles, evidence, finish. No arithmetic here."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any, Literal

import polars as pl

from oncoloom.calling.candidate_store import CANDIDATE_SCHEMA, CandidatePart, CandidateStore
from oncoloom.calling.early_start import tiles_under_way
from oncoloom.calling.evidence import Sources, gather_tumors
from oncoloom.calling.learned_filter.probability import BUNDLED
from oncoloom.calling.off_target import add_off_target, plan_off_target
from oncoloom.calling.options import CallInputs, CallOptions
from oncoloom.calling.patient_tumors import (
    check_tumor_names,
    finish_patient,
    read_tumor_shards,
    write_tumor_shards,
)
from oncoloom.calling.pon.file import check_panel
from oncoloom.calling.pon.lookup import add_panel
from oncoloom.calling.process_tuning import tuned_process
from oncoloom.calling.resources import add_population_af, check_population, read_forced_alleles
from oncoloom.calling.shard import EvidenceShard, ShardHeader
from oncoloom.calling.tiles import plan_tiles
from oncoloom.errors import InputError, OncoloomError, UsageError
from oncoloom.files import atomic_path, file_digest
from oncoloom.kernels.dispatch import Device, NoDeviceError, mixture
from oncoloom.logs import logger, step
from oncoloom.provenance import write_provenance
from oncoloom.reads.door_checks import AlignmentFacts, check_alignments, check_pair
from oncoloom.reads.reference import Reference
from oncoloom.reads.regions import Region, pad_regions, read_bed, whole_contigs


@tuned_process()
def run_call(
    inputs: CallInputs,
    output: Path,
    *,
    options: CallOptions | None = None,
    threads: int = 1,
    device: Device = "cpu",
    evidence_only: bool = False,
    call_filter: str | Path = BUNDLED,
) -> dict[str, Any]:
    """Call variants from reads and write all files of a call (or of a shard) into `output`.

    Returns the tally (of a shard: its counts).

    Raises
    ------
    UsageError
        If the options do not fit together.
    InputError, ReferenceMismatchError, SampleSwapError
        If a file is broken or does not belong to the others.
    """
    started = datetime.now(UTC)
    options = options or CallOptions()
    if inputs.tumor is None and inputs.normal is None:
        raise UsageError("nothing to call", remedy="give --tumor, --normal, or both")
    if inputs.off_target and inputs.targets is None:
        raise UsageError(
            "off-target fragments of an assay without targets",
            remedy="give --targets, or leave --off-target out",
        )
    if inputs.further_tumors and inputs.tumor is None:
        raise UsageError("further tumors without a first one", remedy="give it as `tumor`")
    check_device(device)
    output = Path(output)
    check_writable(output)
    tumors = _gather(inputs, output, options, threads, device, may_be_empty=evidence_only)
    if evidence_only:
        write_tumor_shards(tumors, output)
        result: dict[str, Any] = {"candidates": len(tumors[0].candidates)}
    else:
        result = finish_patient(
            [[one] for one in tumors],
            [output],
            output,
            device=device,
            call_filter=call_filter,
            threads=threads,
        )
    write_provenance(
        output / "provenance.json",
        step="call",
        inputs=_small_inputs(inputs),
        parameters={
            "options": options.as_dict(),
            "inputs": {key: _as_text(value) for key, value in asdict(inputs).items()},
            "threads": threads,
            "device": device,
            "evidence_only": evidence_only,
            "call_filter": str(call_filter),
        },
        started=started,
    )
    return result


@tuned_process()
def run_call_finish(
    folders: Sequence[Path],
    output: Path,
    *,
    device: Device = "cpu",
    call_filter: str | Path = BUNDLED,
    threads: int = 1,
) -> dict[str, Any]:
    """Put the shards of a call together; the same files, byte for byte, as calling at once.

    Raises
    ------
    InputError
        If a shard is incomplete, or shards differ or overlap.
    """
    started = datetime.now(UTC)
    if not folders:
        raise UsageError("no shards given", remedy="give the folders that `call --evidence-only` wrote")
    check_device(device)
    check_writable(Path(output))
    folders = [Path(folder) for folder in folders]
    tumors = read_tumor_shards(folders)
    result = finish_patient(
        tumors, folders, Path(output), device=device, call_filter=call_filter, threads=threads
    )
    write_provenance(
        Path(output) / "provenance.json",
        step="call-finish",
        inputs={f"shard_{index}": folder / "shard.json" for index, folder in enumerate(folders)},
        parameters={
            "device": device,
            "call_filter": str(call_filter),
            "shards": [str(folder) for folder in folders],
        },
        started=started,
    )
    return result


def _as_text(value: object) -> object:
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return None if value is None else str(value)


def check_device(device: Device) -> None:
    """Fail early where a graphics card was asked for and is not there."""
    try:
        mixture(device)
    except NoDeviceError as error:
        raise UsageError(
            f"--device gpu: {error}",
            remedy="use --device cpu: it gives the same calls, or install oncoloom[gpu]",
        ) from error


def check_writable(folder: Path) -> None:
    """Fail before the work, not after it, where the folder cannot be made or written.

    Nothing is left behind: a call that is refused later makes no empty folder.

    Raises
    ------
    InputError
        As the system says.
    """
    taken = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    if not taken.is_dir():
        raise InputError("cannot write here: this is a file", path=taken, remedy="choose another folder")
    absent = [each for each in (folder, *folder.parents) if not each.exists()]
    with atomic_path(folder / ".oncoloom-probe") as probe:
        probe.write_bytes(b"")
    (folder / ".oncoloom-probe").unlink()
    for each in absent:
        with suppress(OSError):  # another job of the same run may write there by now
            each.rmdir()


def _gather(
    inputs: CallInputs,
    output: Path,
    options: CallOptions,
    threads: int,
    device: Device,
    *,
    may_be_empty: bool,
) -> list[EvidenceShard]:
    """Evidence of each tumor (of the normal alone, where there is no tumor)."""
    reference = Reference.open(inputs.reference)
    assay, shard = _regions(inputs, reference, options)
    forced = read_forced_alleles(inputs.alleles, reference) if inputs.alleles else {}
    tiles = plan_tiles(assay, shard)
    if not tiles and not may_be_empty:  # a shard without targets is an empty shard
        raise InputError("the regions and the targets have no base in common", path=inputs.regions)
    assay_bp = sum(region.end - region.start for region in assay)
    early = tiles_under_way(
        inputs, reference, tiles, assay_bp, forced, options, threads=threads, device=device
    )
    with early as under_way:
        with step("check inputs") as said:
            if threads > 1:  # the digest of the reference takes as long as all other checks
                Thread(target=_digest, args=(reference,), daemon=True).start()
            facts, further = _open_samples(inputs, reference)
            if inputs.population_af is not None:
                check_population(inputs.population_af, reference)
            header = _header(inputs, options, reference, facts, assay_bp)
            said["assay_bp"] = assay_bp
        headers = [replace(header, further=tuple(one.sample for one in further))]
        headers += [replace(header, samples={**header.samples, "tumor": one.sample}) for one in further]
        sources = Sources(
            assay_bp,
            reference,
            facts["tumor"].source if "tumor" in facts else None,
            facts["normal"].source if "normal" in facts else None,
            forced,
            tuple(one.source for one in further),
            device,
        )
        with step("gather evidence") as said:
            tumors = gather_tumors(
                tiles, sources, options, headers, threads=threads, folder=output, under_way=under_way
            )
            said.update(tiles=len(tiles), candidates=len(tumors[0].candidates))
    if inputs.off_target:
        with step("count off-target fragments") as said:
            planned = plan_off_target(assay, shard, reference.lengths)
            add_off_target(tumors, planned, sources, options, threads=threads)
            said.update(bins=sum(len(one.start) for one in planned))
    for evidence in tumors:
        _warn_of_nothing(evidence)
    return [replace(one, candidates=_with_resources(one.candidates, inputs, output)) for one in tumors]


def _digest(reference: Reference) -> None:
    """Have the digest ready for whoever asks next; who also gets its error, if there is one."""
    with suppress(OncoloomError, OSError):
        _ = reference.identity


def _with_resources(candidates: CandidateStore, inputs: CallInputs, folder: Path) -> CandidateStore:
    """Candidates with what population and panel say of them; those that need it lie in `folder`."""
    if inputs.population_af is None and inputs.pon is None:
        return candidates
    known = pl.Series("population_af", [None], dtype=pl.Float64).new_from_index(0, len(candidates))
    if inputs.population_af is not None:
        key = ("contig", "pos", "ref", "alt")
        keys = [pl.DataFrame(schema=CANDIDATE_SCHEMA).select(key)]
        keys += [part.candidates.select(key) for part in candidates.parts()]
        frame = add_population_af(pl.concat(keys), inputs.population_af, candidates.contigs)
        known = frame["population_af"]
    found, first = CandidateStore.empty(candidates.contigs, folder), 0
    for part in candidates.parts():
        frame = part.candidates.with_columns(known[first : first + len(part)])
        found.add(CandidatePart(frame if inputs.pon is None else add_panel(frame, inputs.pon), part.cells))
        first += len(part)
    return found


def _open_samples(
    inputs: CallInputs, reference: Reference
) -> tuple[dict[str, AlignmentFacts], list[AlignmentFacts]]:
    """Tumor and normal by role, and the further tumors."""

    def opened(role: Literal["tumor", "normal"], path: Path, sample: str | None) -> AlignmentFacts:
        facts, warnings = check_alignments(path, reference, expected_sample=sample, role=role)
        for warning in warnings:
            logger.warning(warning)
        return facts

    facts: dict[str, AlignmentFacts] = {}
    if inputs.tumor is not None:
        facts["tumor"] = opened("tumor", inputs.tumor, inputs.tumor_sample)
    names = inputs.further_samples or (None,) * len(inputs.further_tumors)
    further = [opened("tumor", path, name) for path, name in zip(inputs.further_tumors, names, strict=True)]
    if inputs.normal is not None:
        facts["normal"] = opened("normal", inputs.normal, inputs.normal_sample)
    if further:
        check_tumor_names(facts["tumor"].sample, [one.sample for one in further])
    if "normal" in facts:
        for tumor in (*([facts["tumor"]] if "tumor" in facts else []), *further):
            check_pair(tumor, facts["normal"])
    return facts, further


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


def _header(
    inputs: CallInputs,
    options: CallOptions,
    reference: Reference,
    facts: dict[str, AlignmentFacts],
    assay_bp: int,
) -> ShardHeader:
    files = {
        "targets": inputs.targets,
        "population_af": inputs.population_af,
        "alleles": inputs.alleles,
        "panel_of_normals": inputs.pon,
    }
    return ShardHeader(
        mode=inputs.mode,
        samples={role: one.sample for role, one in facts.items()},
        options=options.as_dict(),
        reference=reference.identity,
        contigs=tuple((contig.name, contig.length) for contig in reference.contigs),
        assay_bp=assay_bp,
        resources={name: file_digest(path) for name, path in files.items() if path is not None},
        panel=None if inputs.pon is None else check_panel(inputs.pon, reference.identity),
        off_target=inputs.off_target,
    )


def _warn_of_nothing(evidence: EvidenceShard) -> None:
    for role, sums in evidence.sums.items():
        if int(sums.fates[0]) == 0:
            reasons = {name: int(n) for name, n in sums_by_reason(sums.fates.tolist()).items() if n}
            logger.warning(
                "%s sample %s: no read could be used here (%s)",
                role,
                evidence.header.samples[role],
                reasons or "no reads",
            )


def sums_by_reason(fates: list[int]) -> dict[str, int]:
    """Read counts by the reason for which they were left out."""
    from oncoloom.kernels.arrays import READ_FATES

    return dict(zip(READ_FATES, fates, strict=True))


def _small_inputs(inputs: CallInputs) -> dict[str, Path]:
    """Files whose digests go to provenance.json; reads have theirs in qc.json, the reference in the VCF."""
    small = {
        "targets": inputs.targets,
        "regions": inputs.regions,
        "population_af": inputs.population_af,
        "alleles": inputs.alleles,
        "panel_of_normals": inputs.pon,
    }
    return {name: path for name, path in small.items() if path is not None}
