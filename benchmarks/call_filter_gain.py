"""What the learned call filter is worth: the mixture alone against mixture and filter, on the same evidence.

    python benchmarks/call_filter_gain.py SETS... --reference FASTA [--reference FASTA] --cache EVIDENCE
        --scorer score_vcf.py [--filter FILE] [--record]

Each set is finished four times: without and with the filter, with the somatic rate learned and held at
2e-6 per base (what calls on a dense set are worth at a real tumor's density). Prints F1 and false PASS calls
inside callable.bed as the scorer counts them; --record appends to docs/benchmarks/call_filter.json.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from call_filter_sets import TruthSet, evidence_folder, find_sets
from measure import record, show

from oncoloom.calling.patient_tumors import finish_patient
from oncoloom.calling.shard import read_shard

RATES = {"learned": None, "2e-6": 2e-6}


def main() -> None:
    """Finish and score each set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--reference", action="append", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--scorer", type=Path, required=True)
    parser.add_argument("--filter", default="bundled")
    parser.add_argument("--rates", default="learned,2e-6")
    parser.add_argument("--record", action="store_true")
    chosen = parser.parse_args()
    rows = [row for one in find_sets(chosen.sets, chosen.reference) for row in rows_of(one, chosen)]
    show(
        "SNV F1 / indel F1 / false SNVs + indels, PASS calls inside callable.bed",
        ["set", "rate", "mixture", "with filter"],
        [[row["set"], row["rate"], _cell(row["none"]), _cell(row["filter"])] for row in rows],
    )
    if chosen.record:
        print("->", record("call_filter", {"results": rows}))


def _cell(one: dict[str, float | int]) -> str:
    shown = [f"{one[key]:.3f}" if one[key] is not None else "-" for key in ("snv", "indel")]
    return f"{shown[0]} / {shown[1]} / {one['false_snv']}+{one['false_indel']}"


def rows_of(one: TruthSet, chosen: argparse.Namespace) -> Iterator[dict[str, object]]:
    """A row for each somatic rate."""
    shard = evidence_folder(one, chosen.cache)
    for name in chosen.rates.split(","):
        row: dict[str, object] = {"set": one.name, "rate": name}
        for label, call_filter in (("none", "none"), ("filter", chosen.filter)):
            with tempfile.TemporaryDirectory() as place:
                output = Path(place)
                finish_patient(
                    [[read_shard(shard)]], [shard], output, somatic_rate=RATES[name], call_filter=call_filter
                )
                row[label] = _scored(one, output, chosen.scorer)
        yield row


def _scored(one: TruthSet, output: Path, scorer: Path) -> dict[str, object]:
    scores = output / "score.json"
    command = [sys.executable, str(scorer), "--json", str(scores), "--reference", str(one.reference)]
    command += [
        "--truth",
        str(one.folder / "somatic.truth.vcf.gz"),
        "--bed",
        str(one.folder / "callable.bed"),
    ]
    command += ["--background", str(one.folder / "germline.truth.vcf.gz")]
    subprocess.run([*command, "--calls", str(output / "somatic.vcf.gz")], check=True, capture_output=True)
    found = json.loads(scores.read_text(encoding="utf-8"))["summary"]
    qc = json.loads((output / "qc.json").read_text(encoding="utf-8"))
    return {
        "snv": found["SNV"]["F1"],
        "indel": found["INDEL"]["F1"],
        "snv_recall": found["SNV"]["recall"],
        "indel_recall": found["INDEL"]["recall"],
        "false_snv": found["SNV"]["FP"],
        "false_indel": found["INDEL"]["FP"],
        "callable_bp": qc["callable_bp"],
    }


if __name__ == "__main__":
    main()
