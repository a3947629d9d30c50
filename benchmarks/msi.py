"""MSI: stable against unstable tumors, the zone between, tumors without a normal, real files, cost.

    python benchmarks/msi.py --shared DIR [--tumors 40] [--seed 90001] [--record]

Simulated pairs come from `msi_simulation.py` (its docstring is the model). AUC of the score between MSI-H
tumors (10 to 40 % of loci unstable) and MSS ones (0.3 %); beside it the AUC of the spread of shifts. The
seeds here were not used to choose anything. The pairs of the shared data have known truth (P01 is the one
with mismatch-repair deficiency). Cost is CPU seconds of the library call on `dev_wgs_tn`, against a pysam
loop over the same loci.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pysam
from measure import record, show
from msi_simulation import MSI_SHARES, MSS_SHARE, Assay, pair, person, sample

from oncoloom.errors import OncoloomError
from oncoloom.features.msi.assess import assess_msi
from oncoloom.features.msi.baseline import build_baseline
from oncoloom.features.msi.from_reads import read_lengths
from oncoloom.features.msi.histograms import LengthHistograms, histograms_of
from oncoloom.features.msi.loci import FLANK_BP
from oncoloom.features.msi.steps import msi_of_file
from oncoloom.features.msi.verdict import MsiRules

DESIGNS = {50: 150, 300: 80, 2000: 60}  # loci to mean depth
PURITIES = (0.1, 0.2, 0.3, 0.5, 0.8)
STATUSES = ("MSI-H", "MSS", "indeterminate", None)
RULES = MsiRules()


def lengths_of(counts, *, normal=True):
    """Counts as the library takes them."""
    import polars as pl

    n = len(counts)
    loci = pl.DataFrame(
        {
            "chrom": ["1"] * n,
            "start": np.arange(n) * 100,
            "end": np.arange(n) * 100 + 15,
            "unit": ["A"] * n,
        }
    )
    return LengthHistograms(loci, counts, has_tumor=True, has_normal=normal)


def auc(high, low):
    high, low = np.array(high)[:, None], np.array(low)[None]
    return float(((high > low) + 0.5 * (high == low)).mean())


def told(results):
    """How often each status was given, null last."""
    return "/".join(str(sum(one.status == status for one in results)) for status in STATUSES)


def row_of(n_loci, purity, results):
    """AUCs and statuses of MSI-H ("H") and MSS ("S") tumors of one design and purity."""
    score, spread = (
        {
            kind: [v for one in found if (v := getattr(one, name)) is not None]
            for kind, found in results.items()
        }
        for name in ("score", "shift_spread")
    )
    return {
        "loci": n_loci,
        "usable": int(np.median([one.n_loci for found in results.values() for one in found])),
        "purity": purity,
        "auc_score": round(auc(score["H"], score["S"]), 4) if score["H"] and score["S"] else None,
        "auc_spread": round(auc(spread["H"], spread["S"]), 4) if spread["H"] and spread["S"] else None,
        "mss_highest": round(max(score["S"], default=np.nan), 4),
        "msi_lowest": round(min(score["H"], default=np.nan), 4),
        "msi_h_as_H/S/indet/null": told(results["H"]),
        "mss_as_H/S/indet/null": told(results["S"]),
    }


def share_of(rng, kind):
    return rng.uniform(*MSI_SHARES) if kind == "H" else MSS_SHARE


def paired(n_tumors, seed, noise, loci):
    """Tumors with their normals, new loci in each pair, by design and purity."""
    rows = []
    for n_loci in loci:
        depth = DESIGNS[n_loci]
        for purity in PURITIES:
            rng = np.random.default_rng([seed, n_loci, int(100 * purity)])
            results = {"H": [], "S": []}
            for kind, found in results.items():
                for _ in range(n_tumors):
                    counts = pair(rng, n_loci, depth, noise, purity=purity, unstable=share_of(rng, kind))
                    found.append(assess_msi(lengths_of(counts), RULES, purity=purity).result)
            rows.append(row_of(n_loci, purity, results))
    return rows


def alone(n_tumors, seed, noise, loci, n_normals=30, n_assays=2):
    """Tumors without a normal, each against a baseline of normals of its assay; `n_assays` sets of loci."""
    rows = []
    for n_loci in loci:
        depth = DESIGNS[n_loci]
        results = {purity: {"H": [], "S": []} for purity in PURITIES}
        for which in range(n_assays):
            rng = np.random.default_rng([seed, 7, n_loci, which])
            assay = Assay.draw(rng, n_loci)
            baseline = build_baseline([_normal(rng, assay, depth, noise) for _ in range(n_normals)])
            for purity, kinds in results.items():
                for kind, found in kinds.items():
                    for _ in range(-(-n_tumors // n_assays)):
                        tumor = {"purity": purity, "unstable": share_of(rng, kind)}
                        counts = np.zeros((n_loci, 2, 31), np.int64)
                        counts[:, 0] = sample(rng, assay, person(rng, assay), depth, noise, **tumor)
                        lengths = lengths_of(counts, normal=False)
                        found.append(assess_msi(lengths, RULES, purity=purity, baseline=baseline).result)
        rows += [row_of(n_loci, purity, kinds) for purity, kinds in results.items()]
    return rows


def _normal(rng, assay, depth, noise):
    counts = np.zeros((len(assay.rate), 2, 31), np.int64)
    counts[:, 1] = sample(rng, assay, person(rng, assay), depth, noise)
    return LengthHistograms(lengths_of(counts).loci, counts, has_tumor=False, has_normal=True)


def real_files(shared):
    """Pairs with truth, and files of another reference."""
    seq, rows = shared / "data" / "seq", []
    sets = {f"P{n:02d}": seq / "cohort" for n in (1, 2, 3, 4, 5, 7, 8, 9, 10)}
    for name, folder in (*sets.items(), ("dev_panel_tn", seq), ("dev_wgs_tn", seq)):
        targets = next(
            (p for p in (folder / name / "targets.bed", folder / "targets.bed") if p.is_file()), None
        )
        truth = json.loads((folder / name / "patient.json").read_text())
        found = msi_of_file(
            folder / name / "tumor.bam",
            normal=folder / name / "normal.bam",
            reference=seq / "ref" / "dev_ref.fa",
            targets=targets,
            purity=_purity(truth),
        )
        keys = ("msi_n_loci", "n_unstable", "msi_status", "msi_shift_spread", "why", "reason")
        rows.append({"set": name, "purity": _purity(truth), **{key: found[key] for key in keys}})
    errors = {}
    for path in sorted((shared / "data" / "msi").glob("*.bam")):
        try:
            msi_of_file(path, reference=seq / "ref" / "dev_ref.fa")
        except OncoloomError as error:
            errors[path.name] = f"{type(error).__name__}: {error.message}"
    return rows, errors


def _purity(truth):
    config = truth.get("config", truth)
    return float(truth.get("purity", config.get("purity")))


def pysam_loop(bams, loci, reference):
    """Fragments by length, read by read: what lies between two aligned flanks of at most one mismatch each.

    The same as ours but for clipped reads, which this loop leaves out.
    """
    counts = {}
    fasta = pysam.FastaFile(str(reference))
    for role, path in bams.items():
        with pysam.AlignmentFile(str(path)) as bam:
            for chrom, start, end, _ in loci:
                first, last = start - FLANK_BP, end + FLANK_BP - 1
                before, after = fasta.fetch(chrom, first, start), fasta.fetch(chrom, end, last + 1)
                seen = set()
                for read in bam.fetch(chrom, first, last + 1):
                    if read.flag & 0xF04 or read.mapping_quality < 20 or read.query_name in seen:
                        continue
                    if read.reference_start > first or read.reference_end <= last:
                        continue
                    left, right, at, offset = -1, -1, read.reference_start, 0
                    for op, n in read.cigartuples:
                        if op in (0, 7, 8):
                            if at <= first < at + n:
                                left = offset + first - at
                            if at <= last < at + n:
                                right = offset + last - at
                            at += n
                            offset += n
                        elif op in (1, 4):
                            offset += n
                        elif op in (2, 3):
                            at += n
                    if left < 0 or right < 0:
                        continue
                    bases = read.query_sequence
                    own = bases[left : left + FLANK_BP], bases[right - FLANK_BP + 1 : right + 1]
                    if any(
                        sum(x != y for x, y in zip(mine, other, strict=True)) > 1
                        for mine, other in zip(own, (before, after), strict=True)
                    ):
                        continue
                    seen.add(read.query_name)
                    key = (chrom, start, role, right - left + 1 - 2 * FLANK_BP)
                    counts[key] = counts.get(key, 0) + 1
    return counts


def cost(shared, runs=5):
    """CPU seconds of counting repeat lengths, ours and by pysam, on the same loci, in turns."""
    folder, reference = shared / "data" / "seq" / "dev_wgs_tn", shared / "data" / "seq" / "ref" / "dev_ref.fa"
    bams = {"tumor": folder / "tumor.bam", "normal": folder / "normal.bam"}
    targets = folder / "callable.bed"
    raw = read_lengths(bams, reference, targets)  # compiles, warms the file cache
    lengths = histograms_of(raw)
    loci = raw.select("chrom", "start", "end", "label").unique(maintain_order=True).rows()
    ours, peers, assess = [], [], []
    for _ in range(runs):
        started = time.process_time()
        read_lengths(bams, reference, targets)
        ours.append(time.process_time() - started)
        started = time.process_time()
        peer = pysam_loop(bams, loci, reference)
        peers.append(time.process_time() - started)
        started = time.process_time()
        assess_msi(lengths, RULES, purity=0.75)
        assess.append(time.process_time() - started)
    same = {(c, s, r, k): n for _, r, _, c, s, _, _, k, n in raw.rows()}
    agree = sum(min(n, same.get(key, 0)) for key, n in peer.items())
    return {
        "loci": len(loci),
        "oncoloom_cpu_s": round(float(np.median(ours)), 3),
        "pysam_cpu_s": round(float(np.median(peers)), 3),
        "times_less": round(float(np.median(np.array(peers) / np.array(ours))), 1),
        "assess_cpu_s": round(float(np.median(assess)), 3),
        "fragments_oncoloom": int(raw["count"].sum()),
        "fragments_pysam": sum(peer.values()),
        "same_length": agree,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--tumors", type=int, default=40)
    parser.add_argument("--seed", type=int, default=90001)
    parser.add_argument("--parts", default="cost,pairs,paired,alone", help="What to run, joined by commas")
    parser.add_argument("--noise", default="x1,x3", help="Multiples of noise, joined by commas")
    parser.add_argument("--loci", default="50,300,2000", help="Assays to simulate, joined by commas")
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    parts, loci = set(given.parts.split(",")), [int(one) for one in given.loci.split(",")]
    result = {"seed": given.seed, "tumors_a_group": given.tumors}
    if "cost" in parts:
        result["cost"] = cost(given.shared)
    if "pairs" in parts:
        result["pairs"], result["other_reference"] = real_files(given.shared)
    if "paired" in parts:
        for noise in given.noise.split(","):
            result[f"simulated_{noise}"] = paired(given.tumors, given.seed, noise, loci)
    if "alone" in parts:
        for noise in given.noise.split(","):
            result[f"tumor_only_{noise}"] = alone(given.tumors, given.seed, noise, loci)
    for name in ("pairs", "simulated_x1", "simulated_x3", "tumor_only_x1", "tumor_only_x3"):
        if rows := result.get(name):
            show(name, list(rows[0]), [list(row.values()) for row in rows])
    print(json.dumps({key: result[key] for key in ("cost", "other_reference") if key in result}, indent=1))
    if given.record:
        record("msi", result)


if __name__ == "__main__":
    main()
