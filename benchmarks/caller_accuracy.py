"""Accuracy of `oncoloom call` on the shared sets with truth, scored by the shared scorer.

    ONCOLOOM_SHARED=../shared python benchmarks/caller_accuracy.py [--sets dev_wgs_tn,cohort] [--record]

Prints F1 (precision / recall) of somatic and germline calls inside each set's callable.bed, and each
patient's QC figures; --record appends to docs/benchmarks/caller_accuracy.json.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import RESULTS, record, show

from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call

COHORT = tuple(f"P{number:02d}" for number in range(1, 11))


def main() -> None:
    """Run the sets that were asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", default="dev_wgs_tn,dev_panel_tn,cohort")
    parser.add_argument("--record", action="store_true")
    chosen = parser.parse_args()
    shared = Path(os.environ.get("ONCOLOOM_SHARED", RESULTS.parents[2] / "shared"))
    names: list[str] = []
    for name in chosen.sets.split(","):
        names += [f"cohort/{patient}" for patient in COHORT] if name == "cohort" else [name]
    results = [one_set(shared, name) for name in names]
    show(
        "F1 (precision / recall), PASS calls inside callable.bed",
        ["set", "somatic SNV", "somatic indel", "germline SNV", "germline indel"],
        [
            [
                one["set"],
                *[text(one[k]) for k in ("somatic_SNV", "somatic_INDEL", "germline_SNV", "germline_INDEL")],
            ]
            for one in results
        ],
    )
    show(
        "QC figures",
        ["set", "PASS", "concordance", "sites", "contamination", "tumor in normal", "depth T"],
        [[one["set"], *one["qc"]] for one in results],
    )
    if chosen.record:
        print("->", record("caller_accuracy", {"results": results}))


def text(score: dict[str, float | None] | None) -> str:
    """One score as a cell."""
    if score is None or score["F1"] is None:
        return "-"
    return f"{score['F1']:.3f} ({score['precision']:.3f} / {score['recall']:.3f})"


def one_set(shared: Path, name: str) -> dict[str, object]:
    """Call and score one set."""
    folder = shared / "data" / "seq" / name
    targets = (
        shared / "data" / "seq" / "cohort" / "targets.bed"
        if name.startswith("cohort")
        else folder / "targets.bed"
    )
    reference = shared / "data" / "seq" / "ref" / "dev_ref.fa"
    with tempfile.TemporaryDirectory() as place:
        output = Path(place)
        run_call(
            CallInputs(
                reference=reference,
                tumor=folder / "tumor.bam",
                normal=folder / "normal.bam",
                targets=targets if targets.exists() else None,
            ),
            output,
        )
        found: dict[str, object] = {"set": name}
        for kind in ("somatic", "germline"):
            summary = score(shared, folder, output, kind, reference)
            for variant in ("SNV", "INDEL"):
                row = summary[variant]
                found[f"{kind}_{variant}"] = {key: row[key] for key in ("F1", "precision", "recall")}
        qc = json.loads((output / "qc.json").read_text())
        tally = json.loads((output / "tally.json").read_text())
        found["qc"] = [
            tally["somatic"]["kept"],
            qc["concordance"]["fraction"],
            qc["concordance"]["sites"],
            qc["contamination"]["fraction"],
            qc["tumor_in_normal"]["fraction"],
            qc["tumors"][0]["mean_depth"],
        ]
        found["reads_digest"] = qc["tumors"][0]["reads_digest"]
    return found


def score(
    shared: Path, folder: Path, output: Path, kind: str, reference: Path
) -> dict[str, dict[str, float]]:
    """The shared scorer's summary."""
    scores = output / f"{kind}.score.json"
    command = [sys.executable, str(shared / "bench" / "score_vcf.py"), "--json", str(scores)]
    command += ["--truth", str(folder / f"{kind}.truth.vcf.gz"), "--calls", str(output / f"{kind}.vcf.gz")]
    command += ["--reference", str(reference), "--bed", str(folder / "callable.bed")]
    if kind == "somatic":
        command += ["--background", str(folder / "germline.truth.vcf.gz")]
    subprocess.run(command, check=True, capture_output=True)
    summary: dict[str, dict[str, float]] = json.loads(scores.read_text())["summary"]
    return summary


if __name__ == "__main__":
    main()
