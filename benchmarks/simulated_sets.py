"""Variety beside the shared sets: simulated pairs of `benchmarks/configs/`, made and scored.

    python benchmarks/simulated_sets.py make --shared SHARED --folder SETS [--sets V1,S00]
    python benchmarks/simulated_sets.py score --shared SHARED --folder SETS [--sets V1] [--pon] [--record N]

`make` runs the shared simulator (it needs bwa, samtools, bcftools and tabix; one to ten minutes a set) for
each set that is not there yet. `score` calls every set that is there and prints, inside each set's
callable.bed: F1, precision and recall; recall by allele fraction; and for the sets at a real tumor's density
(S) and without somatic variants (N) recall at fractions of 0.1 and more, and false PASS calls per callable
million bases. With --pon panels of the normals of the other N sets on the same contigs are given. False calls
and missed variants are written to SETS/NAME/calls/false_and_missed.tsv, with what the caller wrote of them.
"""

import argparse
import gzip
import json
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import record, show

from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call
from oncoloom.calling.pon.build import build_panel

CONFIGS = Path(__file__).resolve().parent / "configs"
REFERENCES = {"chr20": "chr20_ref.fa.gz", "dev": "dev_ref.fa"}
SERIES = {"S": "2 somatic per Mb", "N": "no somatic variants"}
LEAST_FRACTION = 0.1


@dataclass(frozen=True)
class SimulatedSet:
    """A set of the configurations."""

    name: str
    reference: str
    keys: dict[str, Any]


def known_sets() -> dict[str, SimulatedSet]:
    """All sets of `configs/`, defaults of their file filled in."""
    found = {}
    for path in sorted(CONFIGS.glob("*.toml")):
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        defaults = tables.pop("defaults", {})
        for name, table in tables.items():
            reference = table.pop("reference")
            found[name] = SimulatedSet(name, reference, {"name": name, **defaults, **table})
    return found


def main() -> None:
    """Make or score."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=("make", "score"))
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--sets", default="")
    parser.add_argument("--pon", action="store_true")
    parser.add_argument("--record", default="")
    chosen = parser.parse_args()
    known = known_sets()
    names = chosen.sets.split(",") if chosen.sets else list(known)
    if chosen.verb == "make":
        for name in names:
            make(known[name], chosen.shared, chosen.folder)
        return
    there = [known[name] for name in names if (chosen.folder / name / "patient.json").exists()]
    rows = [score(one, chosen.shared, chosen.folder, known, with_panel=chosen.pon) for one in there]
    tables(rows)
    if chosen.record:
        options = {"pon": chosen.pon}
        print("->", record("simulated_sets", {"name": chosen.record, "options": options, "sets": rows}))


def reference_of(one: SimulatedSet, shared: Path, folder: Path) -> Path:
    """The set's reference, copied and inflated into the sets' folder once: bwa indexes it there."""
    source = shared / "data" / "seq" / "ref" / REFERENCES[one.reference]
    target = folder / "ref" / source.name.removesuffix(".gz")
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        raw = source.read_bytes()
        target.write_bytes(gzip.decompress(raw) if source.suffix == ".gz" else raw)
        subprocess.run(["samtools", "faidx", str(target)], check=True)
    return target


def toml_value(value: object) -> str:
    """A value as TOML has it (JSON's strings, numbers and lists are TOML's)."""
    return json.dumps(value)


def make(one: SimulatedSet, shared: Path, folder: Path) -> None:
    """Simulate a set, unless it is there; a half-made one is never found under its name."""
    target, unfinished = folder / one.name, folder / f"{one.name}.unfinished"
    if (target / "patient.json").exists():
        return
    reference = reference_of(one, shared, folder)
    shutil.rmtree(unfinished, ignore_errors=True)
    config = folder / f"{one.name}.toml"
    config.write_text("".join(f"{k} = {toml_value(v)}\n" for k, v in one.keys.items()), encoding="utf-8")
    simulator = shared / "bench" / "simulate.py"
    command = [sys.executable, str(simulator), "run", "--config", str(config), "--reference", str(reference)]
    subprocess.run(
        [*command, "--out", str(unfinished), "--threads", "1"], check=True, stdout=subprocess.DEVNULL
    )
    unfinished.rename(target)
    print("made", one.name, flush=True)


def panel_for(
    one: SimulatedSet, reference: Path, folder: Path, known: dict[str, SimulatedSet]
) -> Path | None:
    """A panel of the normals of the N sets on the same contigs, the set's own left out; None below three."""
    contigs = one.keys.get("contigs", [])
    others = [
        other.name
        for other in known.values()
        if other.name[0] == "N" and other.keys.get("contigs", []) == contigs and other.name != one.name
    ]
    normals = [folder / name / "normal.bam" for name in others if (folder / name / "patient.json").exists()]
    if len(normals) < 3:
        return None
    panel = folder / f"panel-{one.name}-{len(normals)}.parquet"
    if not panel.exists():
        build_panel(normals, reference, panel)
    return panel


def score(
    one: SimulatedSet, shared: Path, folder: Path, known: dict[str, SimulatedSet], *, with_panel: bool
) -> dict[str, Any]:
    """Call a set and score its somatic calls."""
    place, reference = folder / one.name, reference_of(one, shared, folder)
    panel = panel_for(one, reference, folder, known) if with_panel else None
    output = place / ("calls-pon" if with_panel else "calls")
    shutil.rmtree(output, ignore_errors=True)
    targets = place / "targets.bed"
    run_call(
        CallInputs(
            reference=reference,
            tumor=place / "tumor.bam",
            normal=place / "normal.bam",
            targets=targets if targets.exists() else None,
            pon=panel,
        ),
        output,
    )
    truth = json.loads((place / "patient.json").read_text(encoding="utf-8"))["truth"]
    row: dict[str, Any] = {
        "set": one.name,
        "callable_mb": round(truth["callable_bp"] / 1e6, 4),
        "pon": None if panel is None else panel.name,
        "contamination": json.loads((output / "qc.json").read_text())["contamination"].get("fraction"),
    }
    for kind in ("somatic", "germline"):
        row[kind] = scored(kind, place, output, reference, shared)
    (output / "false_and_missed.tsv").write_text(explained(output), encoding="utf-8")
    return row


def scored(kind: str, place: Path, output: Path, reference: Path, shared: Path) -> dict[str, Any]:
    """The shared scorer's summary, and recall by allele fraction."""
    scores = output / f"{kind}.score.json"
    command = [sys.executable, str(shared / "bench" / "score_vcf.py"), "--json", str(scores)]
    command += ["--truth", str(place / f"{kind}.truth.vcf.gz"), "--calls", str(output / f"{kind}.vcf.gz")]
    command += ["--reference", str(reference), "--bed", str(place / "callable.bed")]
    if kind == "somatic":
        command += ["--background", str(place / "germline.truth.vcf.gz")]
        command += ["--per-variant", str(output / "per_variant.tsv")]
    subprocess.run(command, check=True, capture_output=True)
    found = json.loads(scores.read_text(encoding="utf-8"))
    return {"summary": found["summary"], "by_fraction": found["by_truth_vaf"] if kind == "somatic" else []}


def explained(output: Path) -> str:
    """False and missed variants, with the record that the caller wrote of each, whatever its filter."""
    with gzip.open(output / "somatic.vcf.gz", "rt", encoding="utf-8") as text:
        lines = [line.rstrip("\n") for line in text if not line.startswith("#")]
    records = {tuple(line.split("\t")[k] for k in (0, 1, 3, 4)): line for line in lines}
    rows = []
    for line in (output / "per_variant.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        fields = line.split("\t")
        if fields[0] in ("FP", "FN"):
            rows.append(f"{line}\t{records.get(tuple(fields[1:5]), 'no record')}\n")
    return "".join(rows)


def tables(rows: list[dict[str, Any]]) -> None:
    """Print what was found."""
    dense = [row for row in rows if row["set"][0] not in SERIES]
    show(
        "F1 (precision / recall), PASS calls inside callable.bed",
        ["set", "somatic SNV", "somatic indel", "germline SNV", "germline indel"],
        [
            [
                row["set"],
                *(text(row[kind]["summary"].get(v)) for kind in ("somatic", "germline") for v in KINDS),
            ]
            for row in dense
        ],
    )
    show(
        "recall of somatic variants by their true allele fraction",
        ["set", "kind", *FRACTION_BINS],
        [[row["set"], kind, *recalls(row, kind)] for row in dense for kind in KINDS],
    )
    quiet = [series_row(name, rows) for name in SERIES if any(row["set"][0] == name for row in rows)]
    show(
        "sets at the density of a real tumor, and without somatic variants",
        ["series", "sets", "callable Mb", "truth (AF >= 0.1)", "recall", "false PASS", "false per Mb"],
        quiet,
    )


KINDS = ("SNV", "INDEL")
FRACTION_BINS = ("0-0.05", "0.05-0.1", "0.1-0.2", "0.2-0.3", "0.3-1")


def text(part: dict[str, float] | None) -> str:
    """One score as a cell."""
    if not part or part.get("F1") is None:
        return "-"
    return f"{part['F1']:.3f} ({part['precision']:.3f} / {part['recall']:.3f})"


def recalls(row: dict[str, Any], kind: str) -> list[str]:
    """Recall and number of true variants by fraction."""
    bins = [one for one in row["somatic"]["by_fraction"] if one["kind"] == kind]
    return [f"{one['TP']}/{one['truth']}" for one in bins]


def series_row(series: str, rows: list[dict[str, Any]]) -> list[object]:
    """Sums over the sets of a series."""
    own = [row for row in rows if row["set"][0] == series]
    megabases = sum(row["callable_mb"] for row in own)
    high = [b for row in own for b in row["somatic"]["by_fraction"] if b["vaf_from"] >= LEAST_FRACTION]
    truth, hits = sum(b["truth"] for b in high), sum(b["TP"] for b in high)
    false = sum(row["somatic"]["summary"]["ALL"]["FP"] for row in own)
    recall = f"{hits / truth:.3f}" if truth else "-"
    return [SERIES[series], len(own), f"{megabases:.2f}", truth, recall, false, f"{false / megabases:.2f}"]


if __name__ == "__main__":
    main()
