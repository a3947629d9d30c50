"""Our driver calls against a laboratory's own verdicts: OAK's variants say known, likely or unknown.

    ONCOLOOM_SHARED=$SHARED python benchmarks/oak_drivers.py [--differences 20]

The verdicts are those of the blood panel's makers (Gandara 2018), made without oncoloom: the share of *known*
and *likely* variants that our rules call, and the share of *unknown* ones, each with its Wilson interval.
Prints genes and changes with counts; no patient is named.
"""

import argparse
import os
from collections import Counter
from pathlib import Path

import polars as pl

from oncoloom.cohort.maf_reader import read_maf
from oncoloom.shares import wilson_interval

KEYS = {
    "patient_id": "Tumor_Sample_Barcode",
    "chrom": "Chromosome",
    "pos": "Start_Position",
    "ref": "Reference_Allele",
    "alt": "Tumor_Seq_Allele2",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("ONCOLOOM_SHARED", "../shared")))
    parser.add_argument("--differences", type=int, default=15, help="Most frequent differences to print")
    given = parser.parse_args()
    path = given.shared / "data/clinical/oak/variants.maf.gz"
    ours = read_maf(path).frame
    told = pl.read_csv(path, separator="\t", infer_schema_length=0).select(
        *(pl.col(source).alias(name) for name, source in KEYS.items()), "driver_status"
    )
    both = ours.join(told.with_columns(pl.col("pos").cast(pl.Int64)), on=list(KEYS), how="inner")
    print(f"{ours['patient_id'].n_unique()} patients, {both.height} of {ours.height} variants matched")
    for verdict in ("known", "likely", "unknown"):
        rows = both.filter(pl.col("driver_status") == verdict)
        n, k = rows.height, int(rows["driver"].sum())
        low, high = wilson_interval(k, n)
        print(f"{verdict}: {k} of {n} called drivers, {k / n:.3f} ({low:.3f} to {high:.3f})")
    show(both, "known or likely, no driver here", ["known", "likely"], driver=False, most=given.differences)
    show(both, "unknown, a driver here", ["unknown"], driver=True, most=given.differences)


def show(both: pl.DataFrame, title: str, verdicts: list[str], *, driver: bool, most: int) -> None:
    """The most frequent changes of one kind of difference."""
    rows = both.filter(pl.col("driver_status").is_in(verdicts) & (pl.col("driver") == driver))
    columns = ("gene", "hgvs_p_short", "consequence", "driver_rule", "driver_reason")
    print(f"\n{title}: {rows.height}")
    counted = Counter(rows.select(columns).iter_rows())
    for row, n in sorted(counted.items(), key=lambda one: (-one[1], str(one[0])))[:most]:
        print(f"{n:4d}  " + " | ".join(str(cell) for cell in row if cell is not None))


if __name__ == "__main__":
    main()
