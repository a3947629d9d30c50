"""CPU seconds and memory of a MAF cohort to features, and exact counts by class of a public one.

    ONCOLOOM_SHARED=$SHARED python benchmarks/maf_cohort.py [--samples 1000] [--variants 200] [--record]

The cohort is drawn from the rows of a public leukemia MAF (columns as there), samples renamed.
"""

import argparse
import csv
import gzip
import os
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

import measure
import polars as pl

# Classes that issue and docs/methods/features.md state as non-synonymous, and one by one in the MAF's words.
COUNTED = (
    "Missense_Mutation",
    "Nonsense_Mutation",
    "Nonstop_Mutation",
    "Splice_Site",
    "Frame_Shift_Del",
    "Frame_Shift_Ins",
    "In_Frame_Del",
    "In_Frame_Ins",
    "Translation_Start_Site",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("ONCOLOOM_SHARED", "../shared")))
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--variants", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    maf = given.shared / "data/clinical/tcga_laml/tcga_laml.maf.gz"
    result = {"counts": exact_counts(maf), "cost": cost(maf, given)}
    if given.record:
        measure.record("maf_cohort", result)


def exact_counts(maf: Path) -> dict[str, int]:
    """Non-synonymous counts a sample by the product and by csv alone: they must be equal."""
    wanted: Counter[str] = Counter()
    with gzip.open(maf, "rt") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            wanted[row["Tumor_Sample_Barcode"]] += row["Variant_Classification"] in COUNTED
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "cohort.parquet"
        measure.measure(command(maf, output))
        frame = pl.read_parquet(output)
    found = dict(frame.select("patient_id", "n_nonsynonymous").iter_rows())
    equal = sum(found.get(sample) == n for sample, n in wanted.items())
    print(f"{equal} of {len(wanted)} samples have exactly the count of the stated classes")
    return {"samples": len(wanted), "equal": equal}


def cost(maf: Path, given: argparse.Namespace) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        cohort, output = Path(folder) / "cohort.maf", Path(folder) / "cohort.parquet"
        draw(maf, cohort, given.samples, given.variants)
        runs = [measure.measure(command(cohort, output)) for _ in range(given.runs)]
        size = cohort.stat().st_size / 1e6
    figures = measure.medians(runs)
    print(
        f"{given.samples} samples x {given.variants} variants ({size:.0f} MB): {figures['cpu_seconds']:.1f} "
        f"CPU s (bar 60), peak {figures['peak_mib']:.0f} MiB (bar 2048)"
    )
    return {"samples": given.samples, "variants_a_sample": given.variants, **figures}


def command(maf: Path, output: Path) -> list[str]:
    program = "from oncoloom.cli.main import main; main()"
    how = ["cohort", "import", "maf", str(maf), "--mapping", "maf", "--output", str(output)]
    return [sys.executable, "-c", program, *how]


def draw(maf: Path, output: Path, samples: int, variants: int) -> None:
    """Rows of `maf` drawn with the same seed every time; sample names S0000 on."""
    with gzip.open(maf, "rt") as handle:
        header, *rows = handle.read().splitlines()
    at = header.split("\t").index("Tumor_Sample_Barcode")
    rng = random.Random(1)
    with output.open("w", encoding="utf-8") as handle:
        handle.write(header + "\n")
        for n in range(samples):
            for row in rng.sample(rows, variants):
                cells = row.split("\t")
                cells[at] = f"S{n:04d}"
                handle.write("\t".join(cells) + "\n")


if __name__ == "__main__":
    main()
