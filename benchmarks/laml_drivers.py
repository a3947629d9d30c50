"""Every driver call of 20 patients of a public leukemia cohort, with rule, reason, evidence, to be checked.

    ONCOLOOM_SHARED=$SHARED python benchmarks/laml_drivers.py [--patients 20] [--all-changes]

Prints gene and protein change only, with the number of the patients who carry it: no patient is named. With
--all-changes also what is no driver in genes with a role, with its reason.
"""

import argparse
import os
import random
from collections import Counter
from pathlib import Path

import polars as pl

from oncoloom.cohort.maf_reader import read_maf
from oncoloom.reference_data.drivers import gene_roles


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("ONCOLOOM_SHARED", "../shared")))
    parser.add_argument("--patients", type=int, default=20)
    parser.add_argument("--all-changes", action="store_true")
    given = parser.parse_args()
    frame = read_maf(given.shared / "data/clinical/tcga_laml/tcga_laml.maf.gz").frame
    names = sorted(set(frame["patient_id"].to_list()))
    chosen = random.Random(20).sample(names, given.patients)
    frame = frame.filter(pl.col("patient_id").is_in(chosen))
    print(f"{given.patients} patients, {frame.height} variants, {int(frame['driver'].sum())} driver calls")
    show(frame.filter(pl.col("driver")))
    if given.all_changes:
        roles = list(gene_roles())
        print("\nnot drivers, in genes with a role:")
        show(
            frame.filter(
                ~pl.col("driver") & pl.col("gene").is_in(roles) & pl.col("driver_reason").is_not_null()
            )
        )


def show(frame: pl.DataFrame) -> None:
    columns = ("gene", "hgvs_p_short", "consequence", "driver_rule", "driver_reason", "driver_evidence")
    rows = Counter(frame.select(columns).iter_rows())
    for row, n in sorted(rows.items(), key=lambda one: tuple(str(cell) for cell in one[0])):
        gene, change, consequence, rule, reason, evidence = (cell or "-" for cell in row)
        print(f"| {gene} {change} | {n} | {consequence} | {rule} | {reason} | {evidence} |")


if __name__ == "__main__":
    main()
