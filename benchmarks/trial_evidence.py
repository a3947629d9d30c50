"""Embedded randomized trials: hazard ratios against measured ones, directions against the published ones.

    python benchmarks/trial_evidence.py --shared DIR

DIR holds `data/clinical/kmdata`. Prints Markdown; a few seconds on one core.
"""

import argparse
import csv
import time
from collections import Counter
from pathlib import Path

import numpy as np

from oncoloom.knowledge.trials.biomarkers import read_biomarkers
from oncoloom.knowledge.trials.figures import figures_of
from oncoloom.knowledge.trials.matching import find_trials, fitting, make_query
from oncoloom.knowledge.trials.tables import comparisons

QUERIES = (
    ("lung, EGFR T790M", "LUAD", ["EGFR T790M"], [], None),
    ("lung, PD-L1 ≥ 50 %", "NSCLC", ["PD-L1 >= 50 %"], [], None),
    ("lung, second line, nivolumab or docetaxel", "NSCLC", [], ["nivolumab", "docetaxel"], "2"),
    ("colorectal, KRAS wild type, panitumumab", "COADREAD", ["KRAS wild type"], ["panitumumab"], None),
    ("colorectal, KRAS mutated, panitumumab", "COADREAD", ["KRAS mutated"], ["panitumumab"], None),
    ("breast, HER2+", "BRCA", ["HER2+"], [], None),
    ("ovarian", "HGSOC", [], [], None),
)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, required=True)
    folder = parser.parse_args().shared / "data" / "clinical" / "kmdata"
    with (folder / "measured_hr.csv").open(encoding="utf-8") as lines:
        measured = {row["curve"]: row for row in csv.DictReader(lines)}
    started = time.process_time()
    ratios(measured)
    directions()
    queries()
    print(f"\nCPU seconds: {time.process_time() - started:.1f}")


def ratios(measured):
    gaps, changing = [], Counter()
    for one in comparisons():
        row = measured[one.curve]
        figures = figures_of(one, swapped=one.experimental.label == row["reference_arm"])
        gaps.append(abs(figures.ratio.ratio - float(row["cox_hr"])))
        changing[one.endpoint, figures.is_proportional is False] += 1
    print(f"- {len(gaps)} curves; largest difference of hazard ratios {max(gaps):.5f}")
    shares = {
        end: changing[end, True] / (changing[end, True] + changing[end, False]) for end in ("OS", "PFS")
    }
    total = sum(n for (_, changes), n in changing.items() if changes) / len(gaps)
    print(f"- ratio changes over time: {total:.0%} of all, PFS {shares['PFS']:.0%}, OS {shares['OS']:.0%}")


def directions():
    for read_printed_order in (True, False):
        sides = Counter()
        against = []
        for one in comparisons():
            printed = one.published_hazard_ratio
            if not one.randomized or printed is None or printed == 1 or one.published_ratio == "unknown":
                continue
            if read_printed_order and one.published_ratio == "control/experimental":
                printed = 1 / printed
            agree = (figures_of(one).ratio.ratio - 1) * (printed - 1) > 0
            sides[agree] += 1
            against += [] if agree else [f"{one.curve} {figures_of(one).ratio.ratio:.2f} ({printed:.2f})"]
        what = (
            "as the map says it was printed"
            if read_printed_order
            else "always taken as experimental over control"
        )
        print(
            f"- direction, ratio {what}: {sides[True]} of {sides.total()} ({sides[True] / sides.total():.1%})"
        )
        print(f"  against: {', '.join(against)}")


def queries():
    print("\n| question | fits | in part | first |\n|---|---|---|---|")
    for name, code, biomarkers, therapies, line in QUERIES:
        matches = fitting(find_trials(make_query(code, read_biomarkers(biomarkers), therapies, line)).matches)
        kinds = Counter(match.kind for match in matches)
        top = [
            m
            for m in matches
            if (m.kind, m.n_conditions_met) == (matches[0].kind, matches[0].n_conditions_met)
        ]
        trials = list(dict.fromkeys(match.comparison.trial for match in top))
        shown = ", ".join(trials[:12]) + (f" and {len(trials) - 12} more" if len(trials) > 12 else "")
        print(f"| {name} | {kinds['fits']} | {kinds['fits in part']} | {shown or 'none'} |")
    spread = [figures_of(one).ratio.log_error for one in comparisons()]
    print(f"\nMedian standard error of the log hazard ratio: {np.median(spread):.3f}")


if __name__ == "__main__":
    main()
