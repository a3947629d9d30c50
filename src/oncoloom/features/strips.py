"""The evidence of a patient's reported variants, gathered while the reads are there, for the report."""

from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.calling.look.inputs import LookInputs
from oncoloom.calling.look.locus import Locus, parse_locus
from oncoloom.calling.look.look_at import LookSettings, look_at
from oncoloom.features.contracts import VARIANTS_TABLE
from oncoloom.files import write_json
from oncoloom.logs import logger
from oncoloom.tables import read_table

MOST_STRIPS = 12  # of a report
READS_A_LANE = 24  # two strips fit on a page
FLANK_BP = 30
MOST_SPAN_BP = 60  # of REF; a longer change is shown at its first bases
STRIPS_VERSION = 1


def reported_variants(variants: pl.DataFrame) -> pl.DataFrame:
    """Rows whose reads a report shows: drivers, then hotspots that a filter marked; germline left out."""
    wanted = variants.filter(
        (pl.col("driver") | pl.col("hotspot").is_not_null())
        & (pl.col("origin") != "germline")
        & pl.col("pos").is_not_null()
    )
    return wanted.sort([~pl.col("driver"), "gene", "chrom", "pos", "ref", "alt"])


def write_strips(opened: LookInputs, variants: Path, output: Path, *, patient_id: str) -> dict[str, Any]:
    """Look at each reported variant of the `variants` table and write the looks as JSON; return the counts.

    Raises
    ------
    InputError, TableContractError
        If the table cannot be read; `look_at`'s errors where it does not fit the reads.
    """
    table = read_table(variants, VARIANTS_TABLE)
    chosen = reported_variants(table.filter(pl.col("patient_id") == patient_id))
    rows = list(chosen.head(MOST_STRIPS).iter_rows(named=True))
    settings = LookSettings(flank_bp=FLANK_BP, most_reads=READS_A_LANE)
    strips = []
    for row in rows:
        look = look_at(
            _locus(row, opened), opened.sources, opened.calls, targets=opened.targets, settings=settings
        )
        name = " ".join(part for part in (row["gene"], row["hgvs_p_short"] or row["hgvs_c"]) if part)
        strips.append({"name": name or look.locus, "look": look.as_dict()})
    left_out = len(chosen) - len(rows)
    if left_out:
        logger.warning("%d further variants get no strip: a report shows %d", left_out, MOST_STRIPS)
    value = {
        "version": STRIPS_VERSION,
        "patient_id": patient_id,
        "strips": strips,
        "left_out": left_out,
    }
    write_json(output, value)
    return {"strips": len(strips), "left_out": left_out}


def _locus(row: dict[str, Any], opened: LookInputs) -> Locus:
    text = f"{row['chrom']}:{row['pos']} {row['ref']}>{row['alt']}"
    locus = parse_locus(text, opened.sources.reference.lengths)
    return Locus(locus.contig, locus.start, min(locus.end, locus.start + MOST_SPAN_BP), locus.allele)
