"""The same bytes whatever the threads, the tiles, the shards and the file format; nothing half-written.

    python benchmarks/determinism.py --shared SHARED [--sets dev_wgs_tn,dev_panel_tn] [--record]

Calls each shared dev set once and again in other ways, and compares the digests of all result files: 2 and
4 threads, tiles of 20 and 7 kb for 262, shards cut at random places and put together in any order, CRAM for
BAM; the same with population frequencies and forced alleles given. Last, a call is killed in the middle and
interrupted in the middle: no result file may stand in its folder. Ends with 1 where something differs.
"""

import argparse
import contextlib
import gzip
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pysam
from measure import record, show

from oncoloom.calling import tiles
from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call, run_call_finish

RESULTS = (
    "somatic.vcf.gz",
    "somatic.vcf.gz.tbi",
    "germline.vcf.gz",
    "germline.vcf.gz.tbi",
    "callable.bed.gz",
)
RESULTS = (*RESULTS, "callable.bed.gz.tbi", "qc.json", "features_raw.parquet", "tally.json")
KILLED_AFTER_SECONDS = (0.6, 1.2, 1.8, 2.4, 3.6)
GOOD = ("same bytes", "nothing left", "was done")


def main() -> None:
    """Compare, count, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--sets", default="dev_wgs_tn,dev_panel_tn")
    parser.add_argument("--record", action="store_true")
    chosen = parser.parse_args()
    rows: list[list[str]] = []
    for name in chosen.sets.split(","):
        with tempfile.TemporaryDirectory() as place:
            rows += one_set(chosen.shared, name, Path(place))
    show("against one thread, one shard, BAM", ["set", "way", "result"], rows)
    if chosen.record:
        print("->", record("determinism", {"rows": rows}))
    raise SystemExit(0 if all(row[2] in GOOD for row in rows) else 1)


def one_set(shared: Path, name: str, work: Path) -> list[list[str]]:
    """Every way of calling a set."""
    folder = shared / "data" / "seq" / name
    reference = shared / "data" / "seq" / "ref" / "dev_ref.fa"
    targets = folder / "targets.bed"
    plain = CallInputs(
        reference=reference,
        tumor=folder / "tumor.bam",
        normal=folder / "normal.bam",
        targets=targets if targets.exists() else None,
    )
    given = CallInputs(
        **{key: getattr(plain, key) for key in ("reference", "tumor", "normal", "targets")},
        population_af=folder / "popaf.vcf.gz" if (folder / "popaf.vcf.gz").exists() else None,
        alleles=folder / "somatic.truth.vcf.gz",
    )
    rows = []
    for given_too, found in (
        ("", ways(plain, work / "plain")),
        ("; frequencies and alleles given", ways(given, work / "given")),
        ("", killed(plain, work / "killed")),
    ):
        for way, result in found:
            print(name, way + given_too, result, flush=True)
            rows.append([name, way + given_too, result])
    return rows


def ways(inputs: CallInputs, work: Path) -> Iterator[tuple[str, str]]:
    """Call once, then in each other way, and compare."""
    run_call(inputs, work / "first")
    first = digests(work / "first")

    def compared(output: Path) -> str:
        second = digests(output)
        different = [name for name in RESULTS if first[name] != second[name]]
        return "same bytes" if not different else "differs: " + " ".join(different)

    for threads in (2, 4):
        run_call(inputs, work / f"threads{threads}", threads=threads)
        yield f"{threads} threads", compared(work / f"threads{threads}")
    for tile_bp in (20_000, 7_001):
        with tiles_of(tile_bp):
            run_call(inputs, work / f"tiles{tile_bp}", threads=2)
        yield f"tiles of {tile_bp} bases", compared(work / f"tiles{tile_bp}")
    for n_shards in (2, 7):
        folders = shards(inputs, work / f"shards{n_shards}", n_shards)
        run_call_finish(folders, work / f"together{n_shards}")
        yield f"{n_shards} shards, shuffled", compared(work / f"together{n_shards}")
    run_call(as_cram(inputs, work), work / "from-cram")
    yield "CRAM", compared(work / "from-cram")


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each result file."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in RESULTS}


@contextlib.contextmanager
def tiles_of(tile_bp: int) -> Iterator[None]:
    """Tiles of another size."""
    usual, tiles.TILE_BP = tiles.TILE_BP, tile_bp
    try:
        yield
    finally:
        tiles.TILE_BP = usual


def shards(inputs: CallInputs, work: Path, n_shards: int) -> list[Path]:
    """Evidence of pieces of the genome that are cut at random places, in a shuffled order."""
    work.mkdir(parents=True)
    rng = random.Random(n_shards)
    with pysam.FastaFile(str(inputs.reference)) as fasta:
        lengths = dict(zip(fasta.references, fasta.lengths, strict=True))
    pieces = []
    for contig, length in lengths.items():
        cuts = sorted({0, length, *(rng.randrange(1, length) for _ in range(n_shards - 1))})
        pieces += [(contig, a, b) for a, b in pairwise(cuts)]
    folders = []
    for k in range(n_shards):
        bed = work / f"{k}.bed"
        bed.write_text("".join(f"{c}\t{a}\t{b}\n" for c, a, b in pieces[k::n_shards]), encoding="utf-8")
        sharded = {name: getattr(inputs, name) for name in CallInputs.__slots__}
        run_call(CallInputs(**{**sharded, "regions": bed}), work / f"shard{k}", evidence_only=True)
        folders.append(work / f"shard{k}")
    rng.shuffle(folders)
    return folders


def as_cram(inputs: CallInputs, work: Path) -> CallInputs:
    """The same reads as CRAM."""
    paths = {}
    for role in ("tumor", "normal"):
        cram = work / f"{role}.cram"
        bam = str(getattr(inputs, role))
        pysam.view("-C", "-T", str(inputs.reference), "-o", str(cram), bam, catch_stdout=False)
        pysam.index(str(cram))
        paths[role] = cram
    return CallInputs(**{**{name: getattr(inputs, name) for name in CallInputs.__slots__}, **paths})


def killed(inputs: CallInputs, work: Path) -> Iterator[tuple[str, str]]:
    """End a call after some seconds by SIGKILL and by SIGINT: result files must be whole or absent."""
    command = [sys.executable, "-m", "oncoloom.cli.main", "call", "--reference", str(inputs.reference)]
    command += ["--tumor", str(inputs.tumor), "--normal", str(inputs.normal)]
    command += ["--targets", str(inputs.targets)] if inputs.targets else []
    for how in (signal.SIGKILL, signal.SIGINT):
        for seconds in KILLED_AFTER_SECONDS:
            output = work / f"{how.name}{seconds}"
            process = subprocess.Popen(
                [*command, "--output", str(output)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ},
            )
            time.sleep(seconds)
            process.send_signal(how)
            process.wait()
            result = "was done" if process.returncode == 0 else left(output)
            yield f"{how.name} after {seconds} s (ended with {process.returncode})", result


def left(output: Path) -> str:
    """What stands under final names: nothing, or whole files."""
    found = [name for name in RESULTS if (output / name).exists()]
    for name in found:
        if name.endswith(".gz"):
            with gzip.open(output / name) as packed:
                packed.read()
    return "nothing left" if not found else f"whole files left: {' '.join(found)}"


if __name__ == "__main__":
    main()
