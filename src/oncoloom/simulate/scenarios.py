"""Whole simulated projects: which patients, how many, how deep, and the folder that holds them."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from oncoloom import __version__
from oncoloom.errors import InputError, UsageError
from oncoloom.files import write_json, write_text
from oncoloom.logs import logger, step
from oncoloom.simulate import project_files
from oncoloom.simulate.bam import write_bam
from oncoloom.simulate.cohort_tables import simulate_trial, treatment_effects, with_therapy
from oncoloom.simulate.genomes import PatientGenome, build_genome
from oncoloom.simulate.germline import population_sites
from oncoloom.simulate.haplotypes import normal_haplotypes, tumor_haplotypes
from oncoloom.simulate.outcomes import THERAPIES
from oncoloom.simulate.personas import PERSONAS, SMALL_PERSONAS, Persona
from oncoloom.simulate.reads import Library, simulate_reads
from oncoloom.simulate.reference import DemoGenome, demo_genome
from oncoloom.simulate.reference_files import write_reference, write_targets
from oncoloom.simulate.traits import draw_traits, with_known
from oncoloom.simulate.truth_files import write_patient_truth, write_population

# One stream of random numbers a purpose, so that more patients never change the ones before.
_GENOME, _TUMOR, _NORMAL, _TRAITS, _TRAIN, _TEST = range(6)
_NEEDED_BYTES = 150 << 20


@dataclass(frozen=True, slots=True)
class Scenario:
    """Size of a simulated project.

    Attributes
    ----------
    personas
        Which of the declared patients have reads, as indices into `PERSONAS`.
    training_patients, test_patients
        Patients that are table rows only.
    tumor_depth, normal_depth
        Mean reads over the panel, duplicates not counted.
    members, outer_folds
        What the config asks of the training.
    """

    name: str
    personas: tuple[int, ...]
    training_patients: int
    test_patients: int
    tumor_depth: float
    normal_depth: float
    members: int
    outer_folds: int


SCENARIOS: dict[str, Scenario] = {
    "demo": Scenario("demo", tuple(range(len(PERSONAS))), 600, 300, 110.0, 55.0, 10, 5),
    "small": Scenario("small", SMALL_PERSONAS, 150, 60, 70.0, 40.0, 5, 2),
}


def simulate_project(
    output: Path,
    *,
    scenario: str = "demo",
    seed: int = 20260101,
    patients: int | None = None,
    training_patients: int | None = None,
) -> dict[str, int]:
    """Write a complete project folder; the same arguments give the same bytes.

    Parameters
    ----------
    output
        Folder to write; made if absent.
    scenario
        A name in `SCENARIOS`.
    patients
        Patients with reads, the first of the scenario's; all of them when None.
    training_patients
        Rows of the training table; the test table has half as many. The scenario's when None.

    Returns
    -------
    dict
        Counts for the summary line: patients, training, test, swapped.

    Raises
    ------
    UsageError
        If there is no such scenario, it has fewer patients than asked for, or the folder is a real project.
    InputError
        If the folder cannot be written or the disk is too full.
    """
    plan, chosen = _resolved(scenario, patients, training_patients)
    _check_folder(output)
    genome = demo_genome()
    ids = [f"DEMO-{number:02d}" for number in range(1, len(chosen) + 1)]
    with step("simulate reference"):
        write_reference(genome, output / "reference")
        write_population(genome, population_sites(), output / "reference" / "population.vcf.gz")
        write_targets(genome, output / "targets.bed")
    genomes = [
        build_genome(np.random.default_rng([seed, _GENOME, index]), genome, name, PERSONAS[index])
        for name, index in zip(ids, chosen, strict=True)
    ]
    with step("simulate reads") as said:
        said["bases"] = sum(
            _write_patient(genome, patient, index, plan, seed, output)
            for patient, index in zip(genomes, chosen, strict=True)
        )
    n_train, n_test = plan.training_patients, plan.test_patients
    with step("simulate cohorts"):
        _write_tables(output, plan, seed, genomes, chosen)
    swapped = [one.patient_id for one in genomes if one.persona.normal_of is not None]
    _write_truth_index(output, plan, seed, swapped)
    return {"patients": len(ids), "training": n_train, "test": n_test, "swapped": len(swapped)}


def _resolved(
    scenario: str, patients: int | None, training_patients: int | None
) -> tuple[Scenario, tuple[int, ...]]:
    if scenario not in SCENARIOS:
        raise UsageError(f"no scenario {scenario!r}", expected=", ".join(SCENARIOS))
    plan = SCENARIOS[scenario]
    wanted = len(plan.personas) if patients is None else patients
    if not 1 <= wanted <= len(plan.personas):
        raise UsageError(
            f"scenario {scenario!r} has no {wanted} patients with reads",
            expected=f"1 to {len(plan.personas)}",
        )
    train = plan.training_patients if training_patients is None else training_patients
    test = plan.test_patients if training_patients is None else max(1, training_patients // 2)
    plan = Scenario(
        plan.name, plan.personas[:wanted], train, test, plan.tumor_depth, plan.normal_depth, plan.members,
        plan.outer_folds,
    )  # fmt: skip
    return plan, plan.personas


def _check_folder(output: Path) -> None:
    """Refuse to write over a project of real patients, and where there is plainly no room."""
    config = output / "config" / "config.yaml"
    if config.is_file() and "simulated: true" not in config.read_text(encoding="utf-8"):
        raise UsageError(
            "the folder holds a project that is not simulated", path=config, remedy="choose another folder"
        )
    if output.exists() and not output.is_dir():
        raise UsageError("not a folder", path=output, remedy="choose another name")
    parent = next(folder for folder in (output, *output.resolve().parents) if folder.is_dir())
    free = shutil.disk_usage(parent).free
    if free < _NEEDED_BYTES:
        raise InputError(
            "too little room on this disk",
            path=output,
            expected=f"{_NEEDED_BYTES >> 20} MiB free",
            found=f"{free >> 20} MiB",
        )


def _write_patient(
    genome: DemoGenome, patient: PatientGenome, index: int, plan: Scenario, seed: int, output: Path
) -> int:
    """Write one patient's BAMs and truth; returns the number of bases sequenced."""
    persona = patient.persona
    name = patient.patient_id
    donor = patient
    if persona.normal_of is not None:  # the tube of another person, under this patient's name
        rng = np.random.default_rng([seed, _GENOME, persona.normal_of])
        donor = build_genome(rng, genome, "donor", PERSONAS[persona.normal_of])
    total = 0
    for role, letter, stream, depth in (
        ("tumor", "T", _TUMOR, plan.tumor_depth),
        ("normal", "N", _NORMAL, plan.normal_depth),
    ):
        if role == "tumor":
            molecules = {c: tumor_haplotypes(patient, c, bases) for c, bases in genome.sequences.items()}
        else:
            molecules = {c: normal_haplotypes(donor, c, bases) for c, bases in genome.sequences.items()}
        library = Library(depth, persona.ffpe if role == "tumor" else 0.0)
        rng = np.random.default_rng([seed, stream, index])
        reads = simulate_reads(rng, genome, molecules, library)
        total += reads.bases.size
        sample = f"{name}-{letter}"
        contigs = {contig: len(bases) for contig, bases in genome.sequences.items()}
        write_bam(output / "reads" / f"{name}.{role}.bam", reads, _header(genome, sample), contigs, sample)
    write_patient_truth(genome, patient, output / "truth" / name)
    return total


def _header(genome: DemoGenome, sample: str) -> str:
    lines = ["@HD\tVN:1.6\tSO:coordinate"]
    for contig, bases in genome.sequences.items():
        digest = hashlib.md5(bases.encode(), usedforsecurity=False).hexdigest()
        lines.append(f"@SQ\tSN:{contig}\tLN:{len(bases)}\tM5:{digest}")
    lines.append(f"@RG\tID:{sample}\tSM:{sample}\tLB:{sample}\tPL:ILLUMINA")
    lines.append(f"@PG\tID:oncoloom-simulate\tPN:oncoloom\tVN:{__version__}")
    return "\n".join(lines) + "\n"


def _write_tables(
    output: Path, plan: Scenario, seed: int, genomes: list[PatientGenome], chosen: tuple[int, ...]
) -> None:
    """Write config, sheets, clinical tables and the truth of treatment effects."""
    train = simulate_trial(np.random.default_rng([seed, _TRAIN]), plan.training_patients, "TRAIN-")
    test = simulate_trial(np.random.default_rng([seed, _TEST]), plan.test_patients, "TEST-")
    reads = pl.concat(
        [_reads_traits(seed, patient, index) for patient, index in zip(genomes, chosen, strict=True)]
    )
    names = [therapy.name for therapy in THERAPIES]
    planned = np.array([names.index(patient.persona.therapy) for patient in genomes])
    project_files.write_clinical(output, with_therapy(reads, planned), train.observed, test.observed)
    project_files.write_mapping(output)
    project_files.write_sheets(
        output,
        [
            {"patient_id": one.patient_id, "sex": one.persona.sex, "oncotree_code": one.persona.oncotree_code}
            for one in genomes
        ],
    )
    project_files.write_config(
        output, name=f"oncoloom {plan.name}", seed=seed, n_train=plan.training_patients,
        n_test=plan.test_patients, members=plan.members, folds=plan.outer_folds,
    )  # fmt: skip
    for name, traits in (("test", test.traits), ("patients", reads), ("training", train.traits)):
        effects = treatment_effects(traits)
        path = output / "truth" / f"treatment_effects.{name}.csv"
        write_text(path, effects.write_csv())


def _reads_traits(seed: int, patient: PatientGenome, index: int) -> pl.DataFrame:
    """Traits of a patient with reads: what the story and the genome fix, the rest drawn."""
    persona: Persona = patient.persona
    rng = np.random.default_rng([seed, _TRAITS, index])
    drawn = draw_traits(rng, [patient.patient_id], [persona.oncotree_code])
    hit = {text.partition(":")[0] for text in (*persona.drivers, *persona.germline)}
    hit |= {gene for gene, pair in persona.copies.items() if sum(pair) >= 6 or sum(pair) == 0}
    fixed: dict[str, object] = {
        name: int(name.removeprefix("driver_") in hit) for name in drawn.columns if name.startswith("driver_")
    }
    fixed |= {
        "sex": persona.sex,
        "purity": persona.purity,
        "msi_score": 0.5 if persona.msi_high else 0.0,
        "msi_status": "MSI-H" if persona.msi_high else "MSS",
    }
    return with_known(drawn, [fixed | persona.known])


def _write_truth_index(output: Path, plan: Scenario, seed: int, swapped: list[str]) -> None:
    """Write ``truth/expected.json``: what a sound run must find, and what made this folder."""
    write_json(
        output / "truth" / "expected.json",
        {
            "scenario": plan.name,
            "seed": seed,
            "stopped_patients": swapped,
            "training_patients": plan.training_patients,
            "test_patients": plan.test_patients,
        },
    )
    logger.debug("expected to stop: %s", ", ".join(swapped) or "nobody")
