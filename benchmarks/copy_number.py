"""Segmentation against DNAcopy: real exomes, shuffled chromosomes, profiles with known breaks; CPU ratio.

    python benchmarks/copy_number.py --shared $SHARED [--record]

DNAcopy (R, Bioconductor; Debian r-bioc-dnacopy) is called once per chromosome, weights and alpha 1e-4, bins
without depth dropped. Without Rscript only our own figures are given.
"""

import argparse
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
from copy_number_profiles import EXOMES, Exome, cbs, expand, read_exome, runs
from measure import record, show

from oncoloom.features.copy_number.segmentation import find_ends

LEAST_BINS, NEAR = 10, 5
SCRIPT = Path(__file__).with_name("dnacopy_segments.R")
Ends = dict[str, np.ndarray]


def dnacopy(exome: Exome, log2: np.ndarray, seed: int = 1) -> tuple[Ends, float]:
    """DNAcopy's ends by contig, and the user seconds of its segment() calls alone."""
    with tempfile.TemporaryDirectory() as folder:
        table, out = Path(folder) / "bins.tsv", Path(folder) / "segments.tsv"
        middle = (exome.start + exome.end) // 2
        pl.DataFrame({"chrom": exome.contig, "pos": middle, "log2": log2, "weight": exome.weight}).write_csv(
            table, separator="\t"
        )
        done = subprocess.run(
            ["Rscript", str(SCRIPT), str(table), "1e-4", str(seed), str(out)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found = pl.read_csv(out, separator="\t", schema_overrides={"chrom": pl.String})
    parts = found.group_by("chrom", maintain_order=True)
    return {str(name): np.cumsum(one["n"].to_numpy()) for (name,), one in parts}, float(done.stdout)


def ours(exome: Exome, log2: np.ndarray, method: str = "cbs") -> Ends:
    """Our ends by contig."""
    bins = exome.bins(log2)
    return {
        str(exome.contig[a]): np.array(
            find_ends(log2[a:b], exome.weight[a:b], method=method, sd=bins.sd, n_total=len(log2))
        )
        for a, b in runs(exome.contig)
    }


def f1(one: Ends, other: Ends) -> float:
    """F1 of breaks between segments of ten bins that the other has within five, from both shares."""
    shares = [_share(one, other), _share(other, one)]
    return 0.0 if sum(shares) == 0 else 2 * shares[0] * shares[1] / sum(shares)


def _share(one: Ends, other: Ends) -> float:
    found = total = 0
    for contig, ends in one.items():
        size = np.diff(np.concatenate(([0], ends)))
        for k in range(len(ends) - 1):
            if min(size[k], size[k + 1]) < LEAST_BINS:
                continue
            total += 1
            others = other.get(contig, np.zeros(0))[:-1]
            found += bool(len(others) and np.abs(others - ends[k]).min() <= NEAR)
    return found / total if total else 1.0


def means(exome: Exome, log2: np.ndarray, ends: Ends) -> np.ndarray:
    """Segment means expanded to bins."""
    return np.concatenate(
        [expand(log2[a:b], exome.weight[a:b], ends[str(exome.contig[a])]) for a, b in runs(exome.contig)]
    )


def cpu_ms(exome: Exome) -> float:
    """Median CPU milliseconds of our kernel over all chromosomes, compiled before."""
    spent = []
    for _ in range(21):
        started = time.process_time()
        for a, b in runs(exome.contig):
            cbs(exome.log2[a:b], exome.weight[a:b])
        spent.append(time.process_time() - started)
    return 1000 * float(np.median(spent))


def real_exomes(exomes: list[Exome], *, with_r: bool) -> list[dict[str, object]]:
    """Agreement and cost on the three exomes."""
    rows: list[dict[str, object]] = []
    for exome in exomes:
        mine = ours(exome, exome.log2)
        row: dict[str, object] = {"exome": exome.name, "bins": len(exome.log2), "ms": round(cpu_ms(exome), 2)}
        if with_r:
            theirs, _ = dnacopy(exome, exome.log2)
            again, _ = dnacopy(exome, exome.log2, seed=2)
            spent = [dnacopy(exome, exome.log2)[1] for _ in range(5)]
            row |= {
                "f1": round(f1(mine, theirs), 3),
                "r": round(
                    float(
                        np.corrcoef(means(exome, exome.log2, mine), means(exome, exome.log2, theirs))[0, 1]
                    ),
                    4,
                ),
                "f1_dnacopy_other_seed": round(f1(again, theirs), 3),
                "f1_pelt": round(f1(ours(exome, exome.log2, "pelt"), theirs), 3),
                "dnacopy_ms": round(1000 * float(np.median(spent)), 1),
            }
            row["ratio"] = round(row["dnacopy_ms"] / row["ms"], 1)  # type: ignore[operator]
        rows.append(row)
    return rows


def shuffled(exomes: list[Exome], n: int, seed: int) -> dict[str, object]:
    """Chromosomes of at least 25 bins with shuffled noise that were split all the same."""
    rng = np.random.default_rng(seed)
    split = total = 0
    for exome in exomes:
        noise = exome.noise()
        for a, b in runs(exome.contig):
            if b - a < 25:
                continue
            for _ in range(n):
                x = rng.permutation(noise[a:b]) / np.sqrt(exome.weight[a:b])
                split += len(cbs(x, exome.weight[a:b])) > 1
                total += 1
    return {"chromosomes": total, "split": split, "unbroken": round(1 - split / total, 5)}


def known_breaks(exomes: list[Exome], n: int, seed: int, *, with_r: bool) -> dict[str, object]:
    """Mean F1 over profiles with known breaks: noise of real bins shuffled, levels of a tumor on top."""
    rng = np.random.default_rng(seed)
    scores: dict[str, list[float]] = {"cbs": [], "pelt": []} | ({"dnacopy": []} if with_r else {})
    for k in range(n):
        exome = exomes[k % len(exomes)]
        log2, truth = _profile(exome, rng)
        for method in ("cbs", "pelt"):
            scores[method].append(f1(ours(exome, log2, method), truth))
        if with_r:
            scores["dnacopy"].append(f1(dnacopy(exome, log2, seed=k)[0], truth))
    return {name: round(float(np.mean(values)), 3) for name, values in scores.items()} | {"profiles": n}


def _profile(exome: Exome, rng: np.random.Generator) -> tuple[np.ndarray, Ends]:
    purity = rng.uniform(0.25, 0.8)
    truth: Ends = {}
    level = np.zeros(len(exome.log2))
    for a, b in runs(exome.contig):
        n_cuts = int(min(rng.poisson(4.5), (b - a) // 20))
        cuts = np.unique(np.append(rng.integers(1, b - a, n_cuts), b - a))
        copies = 2
        kept = []
        for first, last in zip([0, *cuts[:-1].tolist()], cuts.tolist(), strict=True):
            copies = int(rng.choice([c for c in (1, 2, 3, 4) if c != copies]))
            level[a + first : a + last] = np.log2((purity * copies + 2 * (1 - purity)) / 2)
            kept.append(last)
        truth[str(exome.contig[a])] = np.array(kept)
    noise = rng.permutation(exome.noise()) / np.sqrt(exome.weight)
    return level + noise, truth


def main() -> None:
    """Print the tables; with --record append them to docs/benchmarks/copy_number.json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--profiles", type=int, default=20)
    parser.add_argument("--shuffles", type=int, default=150)
    parser.add_argument("--seed", type=int, default=71)
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    with_r = shutil.which("Rscript") is not None
    exomes = [read_exome(given.shared, name) for name in EXOMES]
    result: dict[str, object] = {
        "real": real_exomes(exomes, with_r=with_r),
        "shuffled": shuffled(exomes, given.shuffles, given.seed),
        "known_breaks": known_breaks(exomes, given.profiles, given.seed + 1, with_r=with_r),
    }
    rows = result["real"]
    show("against DNAcopy", list(rows[0]), [list(row.values()) for row in rows])  # type: ignore[index, attr-defined]
    for name in ("shuffled", "known_breaks"):
        print(name, result[name])
    if given.record:
        record("copy_number", result)


if __name__ == "__main__":
    main()
