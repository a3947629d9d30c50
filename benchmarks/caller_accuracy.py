"""Accuracy of `oncoloom call` on sets with truth, scored by the shared scorer.

    ONCOLOOM_SHARED=../shared python benchmarks/caller_accuracy.py [--sets dev_wgs_tn,cohort]
        [--somatic-rate 2e-6] [--population] [--pon PANEL] [--tumor-only] [--record]
    python benchmarks/caller_accuracy.py --folder SETS --reference FASTA --sets V1,V2

Prints F1 (precision / recall) of somatic and germline calls inside each set's callable.bed, false calls, and
each patient's QC figures. The evidence of a set is gathered once; every further row is another finish step
on it: `--somatic-rate` judges by that rate per base instead of the learned one (what calls on a dense set are
worth at a real tumor's density), `--population` gives the set's popaf.vcf.gz, `--pon` a panel of normals, and
`--tumor-only` leaves the normal out (with the population). `--folder` takes sets of one's
own (of `simulate.py`) instead of the shared ones. --record appends to docs/benchmarks/caller_accuracy.json.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from measure import RESULTS, record, show

from oncoloom.calling.options import CallInputs, CallOptions
from oncoloom.calling.patient_tumors import finish_patient
from oncoloom.calling.pipeline import run_call
from oncoloom.calling.shard import read_shard

COHORT = tuple(f"P{number:02d}" for number in range(1, 11))
KINDS = tuple((kind, variant) for kind in ("somatic", "germline") for variant in ("SNV", "INDEL"))


@dataclass(frozen=True)
class TestSet:
    """Where a set lies."""

    name: str
    folder: Path
    reference: Path
    targets: Path | None
    population: Path


def main() -> None:
    """Run the sets that were asked for."""
    chosen = _arguments()
    shared = Path(os.environ.get("ONCOLOOM_SHARED", RESULTS.parents[2] / "shared"))
    scorer = shared / "bench" / "score_vcf.py"
    results = []
    for one in _sets(chosen, shared):
        results += rows_of(
            one, scorer, chosen.somatic_rate, _inputs(one, chosen), CallOptions(pair_hmm=chosen.pair_hmm)
        )
    show(
        "F1 (precision / recall), PASS calls inside callable.bed; FP: false somatic SNVs + indels",
        ["set", "somatic rate", "somatic SNV", "somatic indel", "FP", "germline SNV", "germline indel"],
        [
            [
                one["set"],
                one["somatic_rate"] or "learned",
                text(one["somatic_SNV"]),
                text(one["somatic_INDEL"]),
                f"{one['somatic_SNV']['FP']} + {one['somatic_INDEL']['FP']}",
                text(one["germline_SNV"]),
                text(one["germline_INDEL"]),
            ]
            for one in results
        ],
    )
    show(
        "QC figures",
        ["set", *results[0]["qc"]],
        [[one["set"], *one["qc"].values()] for one in results if one["somatic_rate"] is None],
    )
    if chosen.record:
        options = {
            "population": chosen.population,
            "somatic_rate": chosen.somatic_rate,
            "pair_hmm": chosen.pair_hmm,
        }
        options |= {"tumor_only": chosen.tumor_only, "pon": None if chosen.pon is None else chosen.pon.name}
        print("->", record("caller_accuracy", {"options": options, "results": results}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", default="dev_wgs_tn,dev_panel_tn,cohort")
    parser.add_argument("--folder", type=Path, help="folder of sets of one's own")
    parser.add_argument("--reference", type=Path, help="their reference")
    parser.add_argument(
        "--somatic-rate", type=float, help="a further row a set, judged by this rate per base"
    )
    parser.add_argument("--population", action="store_true", help="with the set's popaf.vcf.gz")
    parser.add_argument("--pon", type=Path, help="panel of normals")
    parser.add_argument("--tumor-only", action="store_true", help="without the normal, with the population")
    parser.add_argument("--pair-hmm", action="store_true", help="weigh ill-fitting reads by it")
    parser.add_argument("--record", action="store_true")
    return parser.parse_args()


def _sets(chosen: argparse.Namespace, shared: Path) -> list[TestSet]:
    names: list[str] = []
    for name in chosen.sets.split(","):
        names += [f"cohort/{patient}" for patient in COHORT] if name == "cohort" else [name]
    found = []
    for name in names:
        folder = (chosen.folder or shared / "data" / "seq") / name
        common = folder.parent if name.startswith("cohort/") else folder
        targets = common / "targets.bed"
        found.append(
            TestSet(
                name,
                folder,
                chosen.reference or shared / "data" / "seq" / "ref" / "dev_ref.fa",
                targets if targets.exists() else None,
                _population(common),
            )
        )
    return found


def _population(folder: Path) -> Path:
    """A set's population resource; the panel's lies in the folder of its tumor-only view."""
    own = folder / "popaf.vcf.gz"
    return own if own.exists() else folder.parent / "dev_tumor_only" / "popaf.vcf.gz"


def text(score: dict[str, float | None]) -> str:
    """One score as a cell."""
    if score["F1"] is None:
        return "-"
    figures = (score[name] for name in ("F1", "precision", "recall"))
    f1, precision, recall = ("-" if value is None else f"{value:.3f}" for value in figures)
    return f"{f1} ({precision} / {recall})"


def _inputs(one: TestSet, chosen: argparse.Namespace) -> CallInputs:
    return CallInputs(
        reference=one.reference,
        tumor=one.folder / "tumor.bam",
        normal=None if chosen.tumor_only else one.folder / "normal.bam",
        targets=one.targets,
        population_af=one.population if chosen.population or chosen.tumor_only else None,
        pon=chosen.pon,
    )


def rows_of(
    one: TestSet, scorer: Path, somatic_rate: float | None, inputs: CallInputs, options: CallOptions
) -> list[dict[str, object]]:
    """Gather a set's evidence, and finish and score it at each somatic rate."""
    with tempfile.TemporaryDirectory() as place:
        shard = Path(place) / "shard"
        run_call(inputs, shard, options=options, evidence_only=True)
        rows = []
        for turn, rate in enumerate([None] if somatic_rate is None else [None, somatic_rate]):
            output = Path(place) / str(turn)
            tally = finish_patient([[read_shard(shard)]], [shard], output, somatic_rate=rate)
            found: dict[str, object] = {"set": one.name, "somatic_rate": rate}
            for kind, variant in KINDS:
                row = score(scorer, one, output, kind)["summary"][variant]
                found[f"{kind}_{variant}"] = {key: row[key] for key in ("F1", "precision", "recall", "FP")}
            found["recall_by_vaf"] = score(scorer, one, output, "somatic")["by_truth_vaf"]
            found["qc"] = _qc_figures(output, tally["somatic"]["kept"])
            rows.append(found)
    return rows


def _qc_figures(output: Path, n_pass: int) -> dict[str, object]:
    qc = json.loads((output / "qc.json").read_text(encoding="utf-8"))
    return {
        "PASS": n_pass,
        "callable_bp": qc["callable_bp"],
        "concordance": qc["concordance"]["fraction"],
        "sites": qc["concordance"]["sites"],
        "contamination": qc["contamination"]["fraction"],
        "tumor_in_normal": qc["tumor_in_normal"]["fraction"],
        "purity": qc["purity_estimate"]["purity"],
        "depth": qc["tumors"][0]["mean_depth"],
        "reads_digest": qc["tumors"][0]["reads_digest"],
    }


def score(scorer: Path, one: TestSet, output: Path, kind: str) -> dict[str, dict[str, dict[str, float]]]:
    """The shared scorer's result."""
    scores = output / f"{kind}.score.json"
    if not scores.exists():
        command = [sys.executable, str(scorer), "--json", str(scores)]
        command += ["--truth", str(one.folder / f"{kind}.truth.vcf.gz")]
        command += ["--calls", str(output / f"{kind}.vcf.gz"), "--reference", str(one.reference)]
        command += ["--bed", str(one.folder / "callable.bed")]
        if kind == "somatic":
            command += ["--background", str(one.folder / "germline.truth.vcf.gz")]
        subprocess.run(command, check=True, capture_output=True)
    found: dict[str, dict[str, dict[str, float]]] = json.loads(scores.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    main()
