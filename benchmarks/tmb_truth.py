"""Counts by class and callable bases of a demo, against a recount that shares no code with the product.

    python benchmarks/tmb_truth.py --project DEMO [--record]

DEMO is a project after `oncoloom run` (or with results/calls and results/features). The recount walks single
bases of callable.bed, targets and gene models, and asks bcftools csq on the gene models as they are.
"""

import argparse
import gzip
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import measure
import pysam
import yaml

_CSQ = (
    "import sys; from pysam import bcftools; sys.stdout.write(bcftools.csq(*sys.argv[1:], catch_stdout=True))"
)
_CODING = {
    "missense": "missense_variant",
    "stop_gained": "stop_gained",
    "stop_lost": "stop_lost",
    "start_lost": "start_lost",
    "frameshift": "frameshift_variant",
    "inframe_insertion": "inframe_insertion",
    "inframe_deletion": "inframe_deletion",
    "splice_acceptor": "splice_acceptor_variant",
    "splice_donor": "splice_donor_variant",
    "synonymous": "synonymous_variant",
    "stop_retained": "stop_retained_variant",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--results", type=Path, help="default: results of the project")
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    results = given.results or given.project / "results"
    config = yaml.safe_load((given.project / "config" / "config.yaml").read_text())
    gff = given.project / config["reference"]["gff"]
    fasta = given.project / config["reference"]["fasta"]
    coding = coding_bases(gff)
    targets = bases_of(given.project / "targets.bed")
    rows, equal = [], 0
    for tally in sorted(results.glob("features/*/tally.json")):
        told = json.loads(tally.read_text()).get("tmb")
        calls = results / "calls" / tally.parent.name
        if told is None or not (calls / "callable.bed.gz").is_file():
            continue
        callable_bases = bases_of(calls / "callable.bed.gz")
        size = len(callable_bases & coding & targets)
        classes = recount(calls / "somatic.vcf.gz", gff, fasta, callable_bases)
        same = (size, classes) == (told["callable_coding_bp"], told["by_class"])
        equal += same
        rows.append([tally.parent.name, size, told["callable_coding_bp"], classes, told["by_class"], same])
    measure.show("demo patients", ["patient", "bases", "ours", "classes", "ours", "equal"], rows)
    print(f"{equal} of {len(rows)} patients equal")
    if given.record:
        measure.record("tmb_truth", {"patients": len(rows), "equal": equal})


def bases_of(bed: Path) -> set[tuple[str, int]]:
    opener = gzip.open if bed.suffix == ".gz" else open
    with opener(bed, "rt") as lines:
        fields = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    return {(one[0], p) for one in fields for p in range(int(one[1]), int(one[2]))}


def coding_bases(gff: Path) -> set[tuple[str, int]]:
    bases = set()
    opener = gzip.open if gff.suffix == ".gz" else open
    with opener(gff, "rt") as lines:
        for line in lines:
            fields = line.split("\t")
            if len(fields) > 8 and fields[2] == "CDS":
                bases |= {(fields[0], p) for p in range(int(fields[3]) - 1, int(fields[4]))}
    return bases


def recount(vcf: Path, gff: Path, fasta: Path, callable_bases: set[tuple[str, int]]) -> dict[str, int]:
    """Most severe class of each passing somatic record, by csq's own order of severity in our vocabulary."""
    order = [*_CODING]
    severe = {name: n for n, name in enumerate(SEVERITY_ORDER)}
    found: Counter[str] = Counter()
    command = [sys.executable, "-c", _CSQ, "--force", "-l", "-f", str(fasta), "-g", str(gff), str(vcf)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-800:])
    for line in done.stdout.splitlines():
        if line.startswith("#"):
            continue
        chrom, pos, _, _, _, _, filters, info = line.split("\t")[:8]
        if filters != "PASS" or "ORIGIN=somatic" not in info or (chrom, int(pos) - 1) not in callable_bases:
            continue
        texts = [part[5:] for part in info.split(";") if part.startswith("BCSQ=")]
        names = {n for text in texts for entry in text.split(",") for n in entry.split("|")[0].split("&")}
        coding = sorted((n for n in names if n in order), key=lambda n: severe[n])
        if coding:
            found[_CODING[coding[0]]] += 1
    return dict(sorted(found.items()))


# Ensembl's documented order, in csq's names.
SEVERITY_ORDER = (
    "splice_acceptor",
    "splice_donor",
    "stop_gained",
    "frameshift",
    "stop_lost",
    "start_lost",
    "inframe_insertion",
    "inframe_deletion",
    "missense",
    "stop_retained",
    "synonymous",
)

if __name__ == "__main__":
    pysam.set_verbosity(0)
    main()
