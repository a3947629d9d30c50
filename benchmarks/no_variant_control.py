"""False calls where there is nothing to find: each normal against itself, split in two by read name.

    python benchmarks/no_variant_control.py --shared SHARED [--folder SETS] [--record]

The normals of the shared dev sets and of the cohort, and of every simulated set in --folder. A read pair
goes to the one or the other half by a hash of its name; one half is called as the tumor. Cohort patient P07,
whose tumor has no somatic variant, is called as it is. Prints PASS calls and callable bases.
"""

import argparse
import json
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import pysam
from measure import record, show

from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call


@dataclass(frozen=True)
class Normal:
    """A normal to split."""

    name: str
    bam: Path
    reference: Path
    targets: Path | None


def main() -> None:
    """Split, call, count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--record", action="store_true")
    chosen = parser.parse_args()
    rows = [self_paired(one) for one in normals(chosen.shared, chosen.folder)]
    rows.append(without_variant(chosen.shared))
    total = [sum(row[key] for row in rows) for key in ("callable_bp", "pass")]
    show(
        "PASS calls where there is no somatic variant",
        ["normal", "callable bp", "PASS", "records"],
        [[row["normal"], row["callable_bp"], row["pass"], " ".join(row["records"])] for row in rows],
    )
    megabases = total[0] / 1e6
    print(f"together: {total[1]} PASS on {megabases:.2f} callable Mb, {total[1] / megabases:.2f} per Mb")
    if chosen.record:
        print("->", record("no_variant_control", {"rows": rows}))


def normals(shared: Path, folder: Path | None) -> list[Normal]:
    """What there is to split."""
    data = shared / "data" / "seq"
    reference = data / "ref" / "dev_ref.fa"
    found = []
    for name in ("dev_wgs_tn", "dev_panel_tn", *(f"cohort/P{k:02d}" for k in range(1, 11))):
        place = data / name
        targets = (data / "cohort" if name.startswith("cohort") else place) / "targets.bed"
        found.append(Normal(name, place / "normal.bam", reference, targets if targets.exists() else None))
    for place in sorted(folder.glob("*/patient.json")) if folder else ():
        with pysam.AlignmentFile(str(place.with_name("normal.bam"))) as handle:
            own = "chr20_ref.fa" if "20" in handle.references else "dev_ref.fa"
        targets = place.with_name("targets.bed")
        found.append(
            Normal(
                place.parent.name,
                place.with_name("normal.bam"),
                place.parent.parent / "ref" / own,
                targets if targets.exists() else None,
            )
        )
    return found


def self_paired(one: Normal) -> dict[str, object]:
    """Call one half of a normal against the other."""
    with tempfile.TemporaryDirectory() as work:
        halves = split(one.bam, Path(work))
        return counted(one, *halves, Path(work) / "calls")


def without_variant(shared: Path) -> dict[str, object]:
    """Cohort patient P07."""
    data = shared / "data" / "seq"
    place = data / "cohort" / "P07"
    one = Normal(
        "cohort/P07, its own tumor",
        place / "normal.bam",
        data / "ref" / "dev_ref.fa",
        data / "cohort" / "targets.bed",
    )
    with tempfile.TemporaryDirectory() as work:
        return counted(one, place / "tumor.bam", place / "normal.bam", Path(work) / "calls")


def split(bam: Path, folder: Path) -> tuple[Path, Path]:
    """Two BAMs with the pairs of one, each with a sample name of its own."""
    paths = (folder / "half_a.bam", folder / "half_b.bam")
    with pysam.AlignmentFile(str(bam)) as source:
        outs = []
        for path, name in zip(paths, "AB", strict=True):
            header = source.header.to_dict()
            for group in header["RG"]:
                group["SM"] = f"HALF_{name}"
            outs.append(pysam.AlignmentFile(str(path), "wb", header=header))
        for read in source.fetch(until_eof=True):
            outs[zlib.crc32(read.query_name.encode()) >> 7 & 1].write(read)
        for out in outs:
            out.close()
    for path in paths:
        pysam.index(str(path))
    return paths


def counted(one: Normal, tumor: Path, normal: Path, output: Path) -> dict[str, object]:
    """PASS calls of a pair, and its callable bases."""
    run_call(CallInputs(reference=one.reference, tumor=tumor, normal=normal, targets=one.targets), output)
    with pysam.VariantFile(str(output / "somatic.vcf.gz")) as handle:
        passed = [
            f"{record.chrom}:{record.pos}:{record.ref}>{record.alts[0]}"
            for record in handle
            if list(record.filter) == ["PASS"]
        ]
    qc = json.loads((output / "qc.json").read_text(encoding="utf-8"))
    return {"normal": one.name, "callable_bp": qc["callable_bp"], "pass": len(passed), "records": passed}


if __name__ == "__main__":
    main()
