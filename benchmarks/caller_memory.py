"""Peak memory of a whole call on ever more reads: the cost set, read as if it lay on further contigs, too.

    python benchmarks/caller_memory.py --set DIR [--copies 1,3,10] [--threads 1] [--record]
    python benchmarks/caller_memory.py --set DIR --finish --copies 10,50,150 [--alone] [--record]

DIR as for `caller_cost.py`. With N copies the reference has N times the contigs (a FASTA that is written for
it), and a region of a copy's contig is read from the one BAM: reads, tiles, candidates and files written are
those of a set N times as large, only that the BAMs need not be N times as large on disk. A process a row.

With --finish only the finish step is measured, over N shards: the evidence of the set, once for each copy
under contig names of its own. So the length of a human genome is reached without reading ten billion bases.
With --alone it is the tumor without its normal and without population frequencies: nearly all of its
candidates may be somatic.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import pysam
from measure import measure, record, show

from oncoloom.calling import patient_evidence, pipeline
from oncoloom.calling.candidate_store import CandidatePart, CandidateStore
from oncoloom.calling.options import CallInputs
from oncoloom.calling.shard import read_shard, write_shard
from oncoloom.calling.table_store import SHARD_TABLES, TableStore
from oncoloom.reads.alignments import AlignmentSource
from oncoloom.reads.columns import ReadColumns
from oncoloom.reads.door_checks import AlignmentFacts, check_alignments
from oncoloom.reads.reference import Reference

MARK = "_copy_"  # between a copy's number, which comes first, and the contig: some tables go by name
GENOME_BP = 3.1e9


@dataclass
class TiledSource:
    """Reads of one file on the contigs of every copy."""

    source: AlignmentSource

    def read_region(self, contig_name: str, start: int, end: int) -> ReadColumns:
        """Those of the contig that was copied."""
        return self.source.read_region(contig_name.split(MARK)[1], start, end)


def main() -> None:
    """Measure, print, and record where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", required=True, type=Path)
    parser.add_argument("--copies", default="1,3,10")
    parser.add_argument("--threads", default=1, type=int)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--finish", action="store_true")
    parser.add_argument("--alone", action="store_true", help="with --finish: the tumor without its normal")
    parser.add_argument("--call", type=Path, help="one call of so many copies, into this folder")
    chosen = parser.parse_args()
    if chosen.call is not None:
        call_copies(chosen.set, int(chosen.copies), chosen.threads, chosen.call)
        return
    rows = []
    for copies in (int(one) for one in chosen.copies.split(",")):
        with tempfile.TemporaryDirectory() as place:
            if chosen.finish:
                shards = copied_shards(chosen.set, copies, Path(place), alone=chosen.alone)
                command = [sys.executable, "-m", "oncoloom.cli.main", "call-finish", *map(str, shards)]
                command += ["--output", str(Path(place) / "out")]
            else:
                command = [sys.executable, __file__, "--set", str(chosen.set), "--copies", str(copies)]
                command += ["--threads", str(chosen.threads), "--call", place]
            cost = measure(command)
            tally = json.loads((Path(place) / "out" / "tally.json").read_text(encoding="utf-8"))
            qc = json.loads((Path(place) / "out" / "qc.json").read_text(encoding="utf-8"))
        reads = sum(one["reads"] for one in (*qc["tumors"], qc["normal"]) if one is not None)
        row: dict[str, Any] = {"copies": copies, "reads": reads, "bases": qc["target_bp"], **cost}
        row |= {"germline": tally["germline"]["kept"], "somatic": tally["somatic"]["kept"]}
        rows.append(row)
        print(row, flush=True)
    step = "the finish step" if chosen.finish else "a whole call"
    step += " of a tumor alone" if chosen.alone else ""
    show(
        f"Peak memory of {step}, {chosen.threads} thread(s)",
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
    first, last = rows[0], rows[-1]
    if len(rows) > 1:
        slope = (last["peak_mib"] - first["peak_mib"]) / (last["bases"] - first["bases"])
        genome = last["peak_mib"] + slope * (GENOME_BP - last["bases"])
        print(f"{1e6 * slope:.3f} MiB per Mb; at {GENOME_BP / 1e9:.1f} Gb by extrapolation {genome:.0f} MiB")
    if chosen.record:
        print("->", record("caller_memory", {"threads": chosen.threads, "step": step, "rows": rows}))


def copied_shards(folder: Path, copies: int, place: Path, *, alone: bool) -> list[Path]:
    """Shards of so many copies of the set's evidence, each on contigs of its own."""
    normal = None if alone else folder / "normal.bam"
    inputs = CallInputs(reference=folder / "ref.fa", tumor=folder / "tumor.bam", normal=normal)
    pipeline.run_call(inputs, place / "evidence", evidence_only=True)
    one = read_shard(place / "evidence")
    contigs = [
        (f"{copy:03d}{MARK}{name}", length) for copy in range(copies) for name, length in one.header.contigs
    ]
    header = replace(one.header, contigs=tuple(contigs), assay_bp=copies * one.header.assay_bp)
    names = [name for name, _ in contigs]
    written = []
    for copy in range(copies):
        mark = pl.format(f"{copy:03d}{MARK}" + "{}", "contig").alias("contig")
        candidates = CandidateStore.empty(names)
        for part in one.candidates.parts():
            candidates.add(CandidatePart(part.candidates.with_columns(mark), part.cells))
        stores = {kind.name: TableStore.empty(kind, names) for kind in SHARD_TABLES}
        for name, store in stores.items():
            for rows in getattr(one, name).parts():
                store.add(rows.with_columns(mark))
        written.append(place / f"shard{copy:03d}")
        write_shard(replace(one, header=header, candidates=candidates, **stores), written[-1])
    return written


def call_copies(folder: Path, copies: int, threads: int, place: Path) -> None:
    """Call the set on a reference of so many copies."""
    original = Reference.open(folder / "ref.fa")
    fasta = place / "ref.fa"
    with fasta.open("wb") as handle:
        for copy in range(copies):
            for name, length in original.lengths.items():
                handle.write(f">{copy:03d}{MARK}{name}\n".encode())
                bases = original.bases(name, 0, length).tobytes()
                handle.writelines(bases[at : at + 60] + b"\n" for at in range(0, length, 60))
    pysam.faidx(str(fasta))

    def opened(path: Path, _: Reference, **given: Any) -> tuple[AlignmentFacts, list[str]]:
        facts, warnings = check_alignments(path, original, **given)
        return replace(facts, source=TiledSource(facts.source)), warnings  # type: ignore[arg-type]

    patient_evidence.check_alignments = opened  # type: ignore[assignment]
    inputs = CallInputs(reference=fasta, tumor=folder / "tumor.bam", normal=folder / "normal.bam")
    pipeline.run_call(inputs, place / "out", threads=threads)


if __name__ == "__main__":
    main()
