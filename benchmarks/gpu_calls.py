"""`oncoloom call --device gpu` against `--device cpu`: the same records and figures, and what each takes.

    python benchmarks/gpu_calls.py --set FOLDER --reference FASTA [--runs 3] [--json FILE]

FOLDER has tumor.bam, normal.bam and, for a panel, targets.bed. VCF records must be equal line by line but for
INFO and FORMAT figures in floating point, which may differ by `--tolerance`; tables must be equal.
"""

import argparse
import gzip
import json
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import machine, measure, medians, show

VCFS = ("somatic.vcf.gz", "germline.vcf.gz")
_NUMBER = re.compile(r"-?\d+\.\d+(?:[eE][-+]?\d+)?")


def records(path: Path) -> list[str]:
    """Lines of a VCF below its header."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [line.rstrip("\n") for line in lines if not line.startswith("#")]


def compare(cpu: list[str], gpu: list[str], tolerance: float) -> dict[str, float]:
    """Equal lines, and the largest difference between printed figures of the others.

    Raises
    ------
    SystemExit
        If a record lacks, or differs in anything but a figure within tolerance.
    """
    if len(cpu) != len(gpu):
        raise SystemExit(f"{len(cpu)} records on the processor, {len(gpu)} on the card")
    same, largest = 0, 0.0
    for one, other in zip(cpu, gpu, strict=True):
        if one == other:
            same += 1
            continue
        if _NUMBER.sub("#", one) != _NUMBER.sub("#", other):
            raise SystemExit(f"records differ:\n{one}\n{other}")
        pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
        largest = max(largest, *(abs(float(a) - float(b)) for a, b in pairs))
    if largest > tolerance:
        raise SystemExit(f"figures differ by {largest}")
    return {"records": len(cpu), "same_lines": same, "largest_difference": largest}


def command(folder: Path, reference: Path, device: str, output: Path) -> list[str]:
    targets = folder / "targets.bed"
    return [
        *(sys.executable, "-c", "from oncoloom.cli.main import main; main()", "call"),
        *("--tumor", str(folder / "tumor.bam"), "--normal", str(folder / "normal.bam")),
        *("--reference", str(reference), "--device", device, "--output", str(output)),
        *(("--targets", str(targets)) if targets.exists() else ()),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", type=Path, required=True)
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tolerance", type=float, default=1e-2, help="of printed figures")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    taken, found = {}, {}
    with TemporaryDirectory() as scratch:
        for device in ("cpu", "gpu"):
            output = Path(scratch) / device
            call = command(options.set, options.reference, device, output)
            first = subprocess.run(call, capture_output=True, text=True, check=False)  # compiles
            if first.returncode:
                raise SystemExit(f"{device}: {first.stderr[-1500:]}")
            taken[device] = medians([measure(call) for _ in range(options.runs)])
            found[device] = {name: records(output / name) for name in VCFS}
    rows = []
    for name in VCFS:
        equal = compare(found["cpu"][name], found["gpu"][name], options.tolerance)
        rows.append([name, *equal.values()])
    show(f"Records of {options.set.name}", ["file", "records", "same lines", "largest difference"], rows)
    show("Whole call", ["device", *taken["cpu"]], [[device, *one.values()] for device, one in taken.items()])
    if options.json:
        result = {"set": options.set.name, "machine": machine(), "records": rows, "call": taken}
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
