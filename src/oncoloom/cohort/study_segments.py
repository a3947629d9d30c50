"""Copy-number segments of a cBioPortal study: those of the samples that stand for the patients."""

from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.features.segment_files.door import import_segments
from oncoloom.features.segment_files.placement import BUILDS
from oncoloom.features.segment_files.ways_out import WaysOut
from oncoloom.reference_data.gene_spans import genes_in

_WAYS_OUT = WaysOut(
    "write the file as log2, as cBioPortal's format has it (it holds {})",
    "set reference_genome_id of its meta file to {}",
    "leave reference_genome_id of its meta file out",
)


def study_segments(
    path: Path, sample_of: dict[str, str], genome_build: str | None
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Segments table of the patients in `sample_of` (patient to sample id), with counts for the tally.

    Samples are matched as text (`004` is not `4`). Where the study names its build, column `gene` lists the
    cancer genes that a segment touches; its log2 is that of the whole segment.

    Raises
    ------
    InputError, FaultList
        As :func:`import_segments`.
    """
    known = genome_build if genome_build in BUILDS else None
    found = import_segments(path, "seg", scale="log2", genome_build=known, ways_out=_WAYS_OUT)
    frame = found.frame
    owner = {sample: patient for patient, sample in sample_of.items()}
    in_file = frame["sample_id"].unique(maintain_order=True).to_list()
    kept = frame.filter(pl.col("sample_id").is_in(list(owner))).with_columns(
        pl.col("sample_id").replace_strict(owner, default=None, return_dtype=pl.String()).alias("patient_id")
    )
    if genome_build is not None:
        places = kept.select("chrom", "start", "end").iter_rows()
        genes = [",".join(genes_in(genome_build, *place)) or None for place in places]
        kept = kept.with_columns(pl.Series("gene", genes, dtype=pl.String()))
    return kept, {
        "file": path.name,
        "genome_build": genome_build,
        **found.as_dict(),
        "segments_used": kept.height,
        "patients_with_segments": kept["patient_id"].n_unique(),
        "samples_of_no_patient": sum(sample not in owner for sample in in_file),
    }
