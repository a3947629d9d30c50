"""Evidence of a patient's samples: files checked, tiles put together, resources looked up.

Loaded when the tiles are under way already: what it needs, Polars above all, takes a quarter of a second.
"""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Literal

import polars as pl

from oncoloom.calling.call_plan import CallPlan
from oncoloom.calling.candidate_store import CANDIDATE_SCHEMA, CandidatePart, CandidateStore
from oncoloom.calling.evidence import Sources, TileProcesses
from oncoloom.calling.gathering import gather_tumors
from oncoloom.calling.off_target import add_off_target, plan_off_target
from oncoloom.calling.options import CallInputs, CallOptions
from oncoloom.calling.patient_tumors import check_tumor_names
from oncoloom.calling.pon.file import check_panel
from oncoloom.calling.pon.lookup import add_panel
from oncoloom.calling.resources import add_population_af, check_population
from oncoloom.calling.shard import EvidenceShard, ShardHeader
from oncoloom.errors import OncoloomError
from oncoloom.files import file_digest
from oncoloom.kernels.arrays import READ_FATES
from oncoloom.kernels.dispatch import Device
from oncoloom.logs import logger, step
from oncoloom.reads.door_checks import AlignmentFacts, check_alignments, check_pair
from oncoloom.reads.reference import Reference


def gather_patient(
    inputs: CallInputs,
    plan: CallPlan,
    output: Path,
    options: CallOptions,
    *,
    threads: int,
    device: Device,
    under_way: TileProcesses | None,
) -> list[EvidenceShard]:
    """Check the files and gather the evidence of each tumor (of the normal alone, where there is no tumor).

    Parameters
    ----------
    under_way
        Tiles that processes work on already (`early_start`).

    Raises
    ------
    InputError, ReferenceMismatchError, SampleSwapError
        If a file is broken or does not belong to the others.
    """
    reference, assay_bp = plan.reference, plan.assay_bp
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
        plan.forced,
        tuple(one.source for one in further),
        device,
    )
    with step("gather evidence") as said:
        tumors = gather_tumors(
            plan.tiles, sources, options, headers, threads=threads, folder=output, under_way=under_way
        )
        said.update(tiles=len(plan.tiles), candidates=len(tumors[0].candidates))
    if inputs.off_target:
        with step("count off-target fragments") as said:
            planned = plan_off_target(plan.assay, plan.shard, reference.lengths)
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
            reasons = {name: n for name, n in zip(READ_FATES, sums.fates.tolist(), strict=True) if n}
            logger.warning(
                "%s sample %s: no read could be used here (%s)",
                role,
                evidence.header.samples[role],
                reasons or "no reads",
            )
