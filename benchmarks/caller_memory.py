"""Peak memory of a whole call on ever more reads: the cost set, read as if it lay on further contigs, too.

    python benchmarks/caller_memory.py --set DIR [--copies 1,3,10] [--threads 1] [--record]

DIR as for `caller_cost.py`. With N copies the reference has N times the contigs (a FASTA that is written for
it), and a region of a copy's contig is read from the one BAM: reads, tiles, candidates and files written are
those of a set N times as large, only that the BAMs need not be N times as large on disk. A process a row.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pysam
from measure import measure, record, show

from oncoloom.calling import pipeline
from oncoloom.calling.options import CallInputs
from oncoloom.reads.alignments import AlignmentSource
from oncoloom.reads.columns import ReadColumns
from oncoloom.reads.door_checks import AlignmentFacts, check_alignments
from oncoloom.reads.reference import Reference

MARK = "_copy"


@dataclass
class TiledSource:
    """Reads of one file on the contigs of every copy."""

    source: AlignmentSource

    def read_region(self, contig_name: str, start: int, end: int) -> ReadColumns:
        """Those of the contig that was copied."""
        return self.source.read_region(contig_name.split(MARK)[0], start, end)


def main() -> None:
    """Measure, print, and record where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", required=True, type=Path)
    parser.add_argument("--copies", default="1,3,10")
    parser.add_argument("--threads", default=1, type=int)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--call", type=Path, help="one call of so many copies, into this folder")
    chosen = parser.parse_args()
    if chosen.call is not None:
        call_copies(chosen.set, int(chosen.copies), chosen.threads, chosen.call)
        return
    rows = []
    for copies in (int(one) for one in chosen.copies.split(",")):
        with tempfile.TemporaryDirectory() as place:
            command = [sys.executable, __file__, "--set", str(chosen.set), "--copies", str(copies)]
            command += ["--threads", str(chosen.threads), "--call", place]
            cost = measure(command)
            tally = json.loads((Path(place) / "out" / "tally.json").read_text(encoding="utf-8"))
            qc = json.loads((Path(place) / "out" / "qc.json").read_text(encoding="utf-8"))
        reads = sum(one["reads"] for one in (*qc["tumors"], qc["normal"]))
        row: dict[str, Any] = {"copies": copies, "reads": reads, "bases": qc["target_bp"], **cost}
        row |= {"germline": tally["germline"]["kept"], "somatic": tally["somatic"]["kept"]}
        rows.append(row)
        print(row, flush=True)
    show(
        f"Peak memory, {chosen.threads} thread(s)",
        ["copies", "million reads", "Mb", "peak MiB", "CPU s"],
        [
            [
                row["copies"],
                f"{row['reads'] / 1e6:.1f}",
                f"{row['bases'] / 1e6:.0f}",
                f"{row['peak_mib']:.0f}",
                f"{row['cpu_seconds']:.1f}",
            ]
            for row in rows
        ],
    )
    if chosen.record:
        print("->", record("caller_memory", {"threads": chosen.threads, "rows": rows}))


def call_copies(folder: Path, copies: int, threads: int, place: Path) -> None:
    """Call the set on a reference of so many copies."""
    original = Reference.open(folder / "ref.fa")
    fasta = place / "ref.fa"
    with fasta.open("wb") as handle:
        for copy in range(copies):
            for name, length in original.lengths.items():
                handle.write(f">{name}{MARK}{copy:03d}\n".encode())
                bases = original.bases(name, 0, length).tobytes()
                handle.writelines(bases[at : at + 60] + b"\n" for at in range(0, length, 60))
    pysam.faidx(str(fasta))

    def opened(path: Path, _: Reference, **given: Any) -> tuple[AlignmentFacts, list[str]]:
        facts, warnings = check_alignments(path, original, **given)
        return replace(facts, source=TiledSource(facts.source)), warnings  # type: ignore[arg-type]

    pipeline.check_alignments = opened  # type: ignore[assignment]
    inputs = CallInputs(reference=fasta, tumor=folder / "tumor.bam", normal=folder / "normal.bam")
    pipeline.run_call(inputs, place / "out", threads=threads)


if __name__ == "__main__":
    main()
