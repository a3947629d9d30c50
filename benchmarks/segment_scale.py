"""How often the scale of a seg file is told: public segments written as log2, log10, natural logarithms.

    ONCOLOOM_SHARED=$SHARED python benchmarks/segment_scale.py [--draws 40] [--record]

Cohorts are drawn from the 36 tumors of a public array file, whose levels are log10; single tumors are a
public SNP-array file and the allele-specific copies of one tumor, mixed with normal cells to several
purities. Undeclared files: refused (asked to declare), told, or read as log2 with a warning.
"""

import argparse
import csv
import gzip
import os
import random
import tempfile
from collections import Counter, defaultdict
from math import log, log2, log10
from pathlib import Path

import measure

from oncoloom.errors import InputError
from oncoloom.features.segment_files.door import import_segments
from oncoloom.logs import logger

HEADER = "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\n"
FACTORS = {"log2": 1.0, "log10": log10(2), "ln": log(2)}
PURITIES = (0.2, 0.3, 0.5, 0.7, 0.9)
Row = tuple[str, int, int, int, float]  # contig, start, end, markers, log2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("ONCOLOOM_SHARED", "../shared")))
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    logger.setLevel("ERROR")
    data = given.shared / "data"
    array = {
        name: [(c, a, b, n, level / FACTORS["log10"]) for c, a, b, n, level in rows]
        for name, rows in samples(data / "cnv/cnvkit/acgh-log10.seg.gz").items()
    }
    result = {"cohorts": cohorts(array, given.draws), "single": singles(data)}
    if given.record:
        measure.record("segment_scale", result)


def samples(path: Path) -> dict[str, list[Row]]:
    """Rows of a seg file by sample, levels as written."""
    opener = gzip.open if path.suffix == ".gz" else open
    found: dict[str, list[Row]] = defaultdict(list)
    with opener(path, "rt", encoding="utf-8") as handle:
        for cells in list(csv.reader(handle, delimiter="\t"))[1:]:
            name, contig, start, end, markers, level = cells
            found[name].append((contig, int(start), int(end), int(markers), float(level)))
    return dict(found)


def cohorts(tumors: dict[str, list[Row]], draws: int) -> dict[str, dict[str, dict[str, int]]]:
    """Verdicts on cohorts of several sizes, by the logarithm that they are written in."""
    out: dict[str, dict[str, dict[str, int]]] = {}
    for size in (1, 3, 5, 10, 20, len(tumors)):
        for scale, factor in FACTORS.items():
            rng = random.Random(size)
            chosen = [rng.sample(sorted(tumors), size) for _ in range(draws if size < len(tumors) else 1)]
            found = Counter(verdict({name: tumors[name] for name in names}, factor) for names in chosen)
            out.setdefault(str(size), {})[scale] = dict(found)
            print(f"{size} tumors, written as {scale}: {dict(found)}")
    return out


def singles(data: Path) -> dict[str, dict[str, str]]:
    """Verdicts on single tumors."""
    cases = {"SNP array": samples(data / "clinical/tcga_laml/TCGA.AB.3009.hg19.seg.txt")}
    for purity in PURITIES:
        cases[f"copies, purity {purity}"] = {"t": mixed(data / "cnv/scarhrd/test2.txt", purity)}
    out = {}
    for name, case in cases.items():
        out[name] = {scale: verdict(case, factor) for scale, factor in FACTORS.items()}
        print(name, out[name])
    return out


def mixed(path: Path, purity: float) -> list[Row]:
    """A tumor's copies as log2 ratios of a sample with normal cells."""
    with path.open(encoding="utf-8") as handle:
        cells = list(csv.DictReader(handle, delimiter="\t"))
    rows = [
        (one["Chromosome"], int(one["Start_position"]), int(one["End_position"]), float(one["total_cn"]))
        for one in cells
    ]
    rows = [one for one in rows if one[2] > one[1]]
    ploidy = sum(copies * (end - start) for _, start, end, copies in rows) / sum(b - a for _, a, b, _ in rows)
    normal = 2 * (1 - purity)
    return [
        (contig, start, end, 100, log2((purity * copies + normal) / (purity * ploidy + normal)))
        for contig, start, end, copies in rows
    ]


def verdict(tumors: dict[str, list[Row]], factor: float) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.seg"
        path.write_text(
            HEADER
            + "".join(
                f"{name}\t{contig}\t{start}\t{end}\t{markers}\t{level * factor:.4f}\n"
                for name, rows in tumors.items()
                for contig, start, end, markers, level in rows
            )
        )
        try:
            found = import_segments(path, "seg", genome_build="other")
        except InputError:
            return "refused"
    return {"evidence": "told log2", "assumed": "warned"}[found.scale.basis if found.scale else "assumed"]


if __name__ == "__main__":
    main()
