# Config and sheets, validated at start; every other file asks `lookups`.
from pathlib import Path

from snakemake.utils import validate

from oncoloom.project import job_sizes
from oncoloom.project.workflow_entry import lookups_for_workflow, sheet_records

lookups = lookups_for_workflow(workflow.configfiles, config, Path.cwd())
layout = lookups.layout
patients_sheet, samples_sheet = sheet_records(lookups.project)
validate(config, "../schemas/config.schema.json", set_default=False)
validate(patients_sheet, "../schemas/patients.schema.json", set_default=False)
validate(samples_sheet, "../schemas/samples.schema.json", set_default=False)


wildcard_constraints:
    patient_id=r"[^/]+",
    sample_id=r"[^/]+",
    shard=r"[0-9]+",
    cohort=r"[^/]+",
    endpoint=r"response|pfs|os",
    mate=r"R1|R2",
    suffix=r"fastq|fastq\.gz",
