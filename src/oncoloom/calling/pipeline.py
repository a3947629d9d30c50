"""Wiring of a call: doors, tiles, evidence, finish. No arithmetic here."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oncoloom.calling.call_plan import plan_call
from oncoloom.calling.early_start import tiles_under_way
from oncoloom.calling.options import BUNDLED, CallInputs, CallOptions
from oncoloom.calling.process_tuning import tuned_process
from oncoloom.errors import InputError, UsageError
from oncoloom.files import atomic_path
from oncoloom.kernels.dispatch import Device, NoDeviceError, mixture
from oncoloom.provenance import write_provenance

# What tiles need not, and with it Polars, is imported in functions: when processes work on them already.
if TYPE_CHECKING:
    from oncoloom.calling.shard import EvidenceShard


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
    tumors = _gather(inputs, output, options, threads, device, None if evidence_only else call_filter)
    if evidence_only:
        from oncoloom.calling.patient_tumors import write_tumor_shards

        write_tumor_shards(tumors, output)
        result: dict[str, Any] = {"candidates": len(tumors[0].candidates)}
    else:
        from oncoloom.calling.patient_tumors import finish_patient

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
    from oncoloom.calling.patient_tumors import finish_patient, read_tumor_shards

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


def _gather(
    inputs: CallInputs,
    output: Path,
    options: CallOptions,
    threads: int,
    device: Device,
    call_filter: str | Path | None,
) -> "list[EvidenceShard]":
    """Evidence of each tumor (of the normal alone, where there is no tumor).

    `call_filter` is that of the finish step, None where a shard is all that is wanted.
    """
    plan = plan_call(inputs, options, may_be_empty=call_filter is None)
    with tiles_under_way(inputs, plan, options, threads=threads, device=device) as under_way:
        from oncoloom.calling.patient_evidence import gather_patient

        if call_filter is not None:  # a wrong file is said before the work, not after it
            from oncoloom.calling.patient_tumors import load_models

            has_population = inputs.population_af is not None
            load_models(inputs.mode, call_filter, has_population=has_population, device=device)
        return gather_patient(
            inputs, plan, output, options, threads=threads, device=device, under_way=under_way
        )


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
