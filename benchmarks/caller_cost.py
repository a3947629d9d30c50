"""Cost of `oncoloom call` against `samtools view -c` of the same files, in the same run.

    python benchmarks/caller_cost.py --set DIR [--runs 5] [--record]

DIR holds tumor.bam, normal.bam and ref.fa: the 11.7-million-read cost set is made by
`bench/make_cost_set.sh` of the shared data. CPU seconds (user + system) of whole processes, start-up
included, medians; the commands alternate, so that other load touches all of them. The wall time of two
threads against one says something on an idle machine only: the record holds the load.
"""

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

from measure import measure, medians, record, show


def main() -> None:
    """Measure, print, and record where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", required=True, type=Path)
    parser.add_argument("--runs", default=5, type=int)
    parser.add_argument("--record", action="store_true")
    chosen = parser.parse_args()
    tumor, normal, reference = (chosen.set / name for name in ("tumor.bam", "normal.bam", "ref.fa"))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # as installed: modules are not compiled at each start
    reads = {path.name: int(_output(["samtools", "view", "-c", str(path)])) for path in (tumor, normal)}
    subprocess.run(["oncoloom", "warmup"], check=True, capture_output=True)
    counting, calling, by_two = [], [], []
    with tempfile.TemporaryDirectory() as place:
        command = ["oncoloom", "call", "--tumor", str(tumor), "--normal", str(normal)]
        command += ["--reference", str(reference), "--output", place]
        for _ in range(chosen.runs):
            parts = [measure(["samtools", "view", "-c", str(path)]) for path in (tumor, normal)]
            counting.append(
                {key: (max if key == "peak_mib" else sum)(part[key] for part in parts) for key in parts[0]}
            )
            calling.append(measure([*command, "--threads", "1"]))
            by_two.append(measure([*command, "--threads", "2"]))
    peer, ours, two = medians(counting), medians(calling), medians(by_two)
    millions = sum(reads.values()) / 1e6
    ratio = ours["cpu_seconds"] / peer["cpu_seconds"]
    rows = [
        [
            name,
            f"{one['cpu_seconds']:.2f}",
            f"{one['cpu_seconds'] / millions:.3f}",
            f"{one['wall_seconds']:.1f}",
            f"{one['peak_mib']:.0f}",
        ]
        for name, one in (
            ("samtools view -c (both files)", peer),
            ("oncoloom call, 1 thread", ours),
            ("oncoloom call, 2 threads", two),
        )
    ]
    show(
        f"{millions:.2f} million reads, median of {chosen.runs}",
        ["command", "CPU s", "CPU s / M reads", "wall s", "peak MiB"],
        rows,
    )
    print(f"ratio: {ratio:.2f} x samtools view -c")
    if chosen.record:
        version = _output(["samtools", "--version"]).split("\n")[0]
        result = {"reads": reads, "samtools": version, "runs": chosen.runs, "peer": peer, "oncoloom": ours}
        result["two_threads"] = two
        print("->", record("caller_cost", {**result, "ratio": round(ratio, 3)}))


def _output(command: list[str]) -> str:
    return subprocess.run(
        command, check=True, capture_output=True, text=True, errors="replace"
    ).stdout.strip()


if __name__ == "__main__":
    main()
