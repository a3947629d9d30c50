"""The project's own files: config, sheets, mapping, clinical tables."""

from pathlib import Path

import polars as pl

from oncoloom.files import write_text
from oncoloom.simulate.outcomes import MODIFIERS
from oncoloom.simulate.reference import GENOME_BUILD
from oncoloom.simulate.tumor_types import PANEL_GENES

_READS_CLINIC = (
    "patient_id", "oncotree_code", "tumor_type", "therapy", "therapy_class", "age_years", "sex", "stage_iv",
    "ecog", "prior_systemic_therapy", "smoking", "pdl1_tps", "albumin_g_dl", "nlr", "hemoglobin_g_dl",
    "platelets_10e9_l", "bmi", "sum_longest_diameters_mm", "metastatic_sites",
)  # fmt: skip
_OUTCOMES = ("response", "pfs_days", "pfs_event", "os_days", "os_event")
_MEASURED = (
    "tmb", "purity", "ploidy", "fraction_genome_altered", "hrd_sum", "hrd_loh", "hrd_ntai", "hrd_lst",
    "msi_score", "msi_n_loci", "msi_status",
)  # fmt: skip
# What the model may use: nothing that only hindsight or the demo's own panel could know.
_MODEL_FEATURES = (
    "tumor_type", "age_years", "ecog", "prior_systemic_therapy", "albumin_g_dl", "nlr", "pdl1_tps", "tmb",
    "msi_score", "hrd_sum",
    *(f"driver_{gene}" for gene in ("EGFR", "STK11", "BRCA1", "BRCA2", "BRAF", "ERBB2", "KRAS", "TP53")),
)  # fmt: skip

_CONFIG = """\
# A project of simulated patients with a known truth (`oncoloom simulate`). Paths are relative to this
# project's folder. `oncoloom schema config` lists every key with its unit and bounds.

project_name: {name}
seed: {seed}                           # of everything that draws at random
patients: config/patients.tsv          # a row per patient with reads
samples: config/samples.tsv            # a row per BAM file
results: results                       # everything that `oncoloom run` makes

reference:
  fasta: reference/demo.fa             # a synthetic contig for each of a dozen cancer genes, two more
  genome_build: {build}
  gff: reference/genes.gff3            # real transcript names and reading frames on made-up sequence

clinical:
  table: clinical/patients.csv         # the clinic of the patients with reads; their therapy is planned
  mapping: config/mapping_demo.yaml

training:                              # {n_train} patients to learn from, {n_test} to judge the model
  cohorts:
    - kind: csv
      path: clinical/training.csv
      mapping: config/mapping_demo.yaml
      use: train
      name: {train_name}
    - kind: csv
      path: clinical/test.csv
      mapping: config/mapping_demo.yaml
      use: test
      name: {test_name}
  endpoint: response
  model_name: demo_response
  randomized: true                     # therapy was drawn by lot, so arms can be compared
  features: [{features}]
  modifiers: [{modifiers}]             # what the therapies may differ by, declared before looking
  horizons_days: [183, 365]
  outer_folds: {folds}
  members: {members}

report:
  formats: [html, pdf]
  simulated: true                      # every page says "simulated patient"
"""
TRAIN_NAME, TEST_NAME = "demo_train", "demo_test"


def write_config(
    folder: Path, *, name: str, seed: int, n_train: int, n_test: int, members: int, folds: int
) -> None:
    """Write ``config/config.yaml`` of the project."""
    text = _CONFIG.format(
        name=name,
        seed=seed,
        build=GENOME_BUILD,
        n_train=n_train,
        n_test=n_test,
        train_name=TRAIN_NAME,
        test_name=TEST_NAME,
        features=", ".join(_MODEL_FEATURES),
        modifiers=", ".join(MODIFIERS),
        members=members,
        folds=folds,
    )
    write_text(folder / "config" / "config.yaml", text)


def write_mapping(folder: Path) -> None:
    """Write ``config/mapping_demo.yaml``: the tables already use oncoloom's names."""
    columns = (*_READS_CLINIC, *_OUTCOMES, *_MEASURED, *(f"driver_{gene}" for gene in PANEL_GENES))
    lines = [
        "# The simulated tables already use the names of `oncoloom schema cohort`.",
        "name: demo",
        "description: Simulated patients",
        "columns:",
        *(f"  {name}: {name}" for name in columns),
        'missing: [""]',
    ]
    write_text(folder / "config" / "mapping_demo.yaml", "\n".join(lines) + "\n")


def write_clinical(folder: Path, reads: pl.DataFrame, train: pl.DataFrame, test: pl.DataFrame) -> None:
    """Write the three tables of ``clinical/`` as CSV; that of the patients with reads without features."""
    clinic = reads.select([name for name in _READS_CLINIC if name in reads.columns])
    for name, frame in (("patients", clinic), ("training", train), ("test", test)):
        write_text(folder / "clinical" / f"{name}.csv", frame.write_csv(float_precision=None))


def write_sheets(folder: Path, patients: list[dict[str, str]]) -> None:
    """Write ``patients.tsv`` and ``samples.tsv``; each row of `patients` has id, sex and OncoTree code."""
    lines = ["patient_id\tsex\toncotree_code\toverride_checks\toverride_reason"]
    samples = ["patient_id\tsample_id\trole\treads\treads_2\tread_group\tvcf\tassay\tassay_bed"]
    for row in patients:
        name = row["patient_id"]
        lines.append(f"{name}\t{row['sex']}\t{row['oncotree_code']}\t\t")
        for role, letter in (("tumor", "T"), ("normal", "N")):
            samples.append(
                f"{name}\t{name}-{letter}\t{role}\treads/{name}.{role}.bam\t\t\t\tpanel\ttargets.bed"
            )
    write_text(folder / "config" / "patients.tsv", "\n".join(lines) + "\n")
    write_text(folder / "config" / "samples.tsv", "\n".join(samples) + "\n")
