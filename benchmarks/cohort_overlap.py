"""Patients that public cohorts share: matches against the flags of the lung cohort.

    python benchmarks/cohort_overlap.py --shared DIR

DIR holds `data/clinical/loris_icb`. Prints Markdown; seconds.
"""

import argparse
from pathlib import Path

import polars as pl

from oncoloom.cohort.importing import import_csv
from oncoloom.cohort.mapping import load_mapping
from oncoloom.cohort.overlap import find_overlap


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, required=True)
    folder = parser.parse_args().shared / "data" / "clinical" / "loris_icb"
    rules = load_mapping("loris_icb")
    made = {
        name: import_csv([folder / f"{name}.csv"], rules).frame
        for name in ("chowell_train", "chowell_test", "msk1", "vanguri_nsclc")
    }
    made["chowell"] = pl.concat([made["chowell_train"], made["chowell_test"]])
    flags = pl.read_csv(folder / "vanguri_overlap.csv")
    print("| cohort | flagged | found | recall | precision | expected by chance |\n|---|---|---|---|---|---|")
    for name in ("chowell", "chowell_train", "msk1"):
        known = {row for row, flag in enumerate(flags[f"also_in_{name}"].to_list()) if flag}
        found = find_overlap(made[name], made["vanguri_nsclc"])
        hits = len(known & set(found.rows))
        print(
            f"| {name} | {len(known)} | {len(found.rows)} | {hits / len(known):.2f} "
            f"| {hits / max(1, len(found.rows)):.2f} | {found.expected:.1f} |"
        )
    for first, second in (("chowell_train", "chowell_test"), ("chowell", "msk1")):
        found = find_overlap(made[first], made[second])
        verdict = "overlap" if found.found else "no more than chance"
        print(f"\n{second} in {first}: {len(found.rows)} rows, {found.expected:.1f} expected: {verdict}")


if __name__ == "__main__":
    main()
