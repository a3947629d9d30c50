"""Signature refit on 2,780 published tumors: F1 against the published exposures, cost, a peer.

    python benchmarks/signatures.py --shared DIR --matrix FILE [--peer PYTHON] [--record]

`--matrix` is COSMIC's table (not ours to ship; SigProfilerAssignment brings it). `--peer` is a Python where
SigProfilerAssignment is installed: it fits `--peer-tumors` tumors of all types in the same run, and both are
scored on those. Present means an exposure above zero; F1 is the mean over tumors. The prevalence of each
signature is learned from the other tumors (leave one out: `signatures.prevalence.leave_one_out`).
"""

import argparse
import json
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from measure import measure, record, show
from scipy.optimize import nnls

from oncoloom.features.signatures.assign import assign_signatures
from oncoloom.features.signatures.channels import SBS96
from oncoloom.features.signatures.extract import extract_signatures, match_signatures
from oncoloom.features.signatures.matrix import read_signatures
from oncoloom.features.signatures.prevalence import leave_one_out
from oncoloom.features.signatures.refit import RefitRules, refit

PLAIN = RefitRules(never_removed=(), linked=())
PEER = """
import sys
from SigProfilerAssignment import Analyzer
if __name__ == "__main__":
    Analyzer.cosmic_fit(sys.argv[1], sys.argv[2], input_type="matrix", context_type="96", cosmic_version=3,
                        genome_build="GRCh37", make_plots=False, cpu=1, verbose=False)
"""


class Truth:
    """Spectra (n, 96), published presence (n, k) and exposures, tumor types, all in one order."""

    def __init__(self, folder, matrix_path):
        spectra = pl.read_csv(folder / "pcawg_sbs96_spectra_all.tsv.gz", separator="\t")
        channels = [f"{t[0]}[{m}]{t[2]}" for m, t in spectra.select("Mutation type", "Trinucleotide").rows()]
        columns = spectra.columns[2:]
        counts = spectra.select(columns).to_numpy()
        self.spectra = counts[[channels.index(name) for name in SBS96]].T.astype(np.float64)
        table = pl.read_csv(folder / "pcawg_sigprofiler_sbs_exposures_all.tsv.gz", separator="\t")
        rows = {
            f"{a}::{b}": n for n, (a, b) in enumerate(table.select("Cancer Types", "Sample Names").rows())
        }
        table = table[[rows[name] for name in columns]]
        full = read_signatures(matrix_path)
        self.matrix = full.only([name for name in full.names if name in table.columns])
        self.exposures = table.select(self.matrix.names).to_numpy().astype(np.float64)
        self.names, self.types = columns, np.array(table["Cancer Types"].to_list())
        kinds = sorted(set(self.types.tolist()))
        self.prevalence = leave_one_out(
            self.present, np.array([kinds.index(kind) for kind in self.types.tolist()])
        )

    @property
    def present(self):
        return self.exposures > 0


def f1_of(found, present):
    hits = (found & present).sum(axis=1)
    return 2 * hits / np.maximum(found.sum(axis=1) + present.sum(axis=1), 1)


def accuracy(truth):
    """F1 by rule: what each part is worth."""
    half = np.full(len(truth.matrix.names), 0.5)
    rules = {
        "any signature, no elimination": (half, replace(PLAIN, threshold=-np.inf)),
        "any signature, constant threshold": (half, PLAIN),
        "prevalence > 1.5 %, constant threshold": (truth.prevalence, replace(PLAIN, log_odds_weight=0.0)),
        "and log odds": (truth.prevalence, PLAIN),
        "and SBS1, SBS5 never removed": (truth.prevalence, replace(PLAIN, never_removed=("SBS1", "SBS5"))),
        "and linked pairs (the default)": (truth.prevalence, RefitRules()),
    }
    out = {}
    for name, (prevalence, rule) in rules.items():
        found = refit(truth.spectra, truth.matrix, prevalence, rule)
        out[name] = round(float(f1_of(found > 0, truth.present).mean()), 4)
    return out


def by_group(truth):
    found = refit(truth.spectra, truth.matrix, truth.prevalence)
    score = f1_of(found > 0, truth.present)
    both = (found > 0) & truth.present
    off = np.abs(found[both] - truth.exposures[both]) / truth.spectra.sum(axis=1)[np.nonzero(both)[0]]
    fitted = found @ truth.matrix.values.T
    norm = np.linalg.norm(fitted, axis=1) * np.linalg.norm(truth.spectra, axis=1)
    kinds = {
        kind: round(float(score[truth.types == kind].mean()), 3) for kind in sorted(set(truth.types.tolist()))
    }
    worst = dict(sorted(kinds.items(), key=lambda item: item[1])[:5])
    return {
        "cosine_median": round(float(np.median((fitted * truth.spectra).sum(axis=1) / norm)), 4),
        "exposure_difference_median": round(float(np.median(off)), 4),
        "worst_types": worst,
    }


def few_mutations(truth, seed=11):
    """F1 after drawing fewer mutations from each spectrum."""
    rng, out = np.random.default_rng(seed), {}
    total = truth.spectra.sum(axis=1)
    for n in (1000, 500, 200, 100, 50, 20):
        rows = np.flatnonzero(total >= 1000)
        drawn = np.stack([rng.multinomial(n, truth.spectra[i] / total[i]) for i in rows]).astype(np.float64)
        found = refit(drawn, truth.matrix, truth.prevalence[rows])
        out[n] = round(float(f1_of(found > 0, truth.present[rows]).mean()), 3)
    return out


def intervals(truth, n=200, seed=5):
    """How often the sampling interval holds the published share, and what support says of being right."""
    rng = np.random.default_rng(seed)
    held, right = [], {"support >= 0.7": [], "support < 0.7": []}
    for i in rng.choice(len(truth.spectra), n, replace=False).tolist():
        result = assign_signatures(
            truth.spectra[i].astype(np.int64), truth.matrix, truth.prevalence[i], seed=i
        )
        share = truth.exposures[i] / truth.exposures[i].sum()
        for one in result.exposures:
            k = truth.matrix.names.index(one.signature)
            right["support < 0.7" if one.uncertain else "support >= 0.7"].append(share[k] > 0)
            if share[k] > 0:
                held.append(one.lower <= share[k] <= one.upper)
    told = {name: [round(float(np.mean(found)), 3), len(found)] for name, found in right.items()}
    return {"interval_holds_published": round(float(np.mean(held)), 3), "present_by_support": told}


def cost(truth, runs=7):
    """CPU microseconds a tumor: this refit, and scipy's NNLS without any selection."""
    refit(truth.spectra[:2], truth.matrix, truth.prevalence[:2])
    own, plain = [], []
    for _ in range(runs):
        started = time.process_time()
        refit(truth.spectra, truth.matrix, truth.prevalence)
        own.append((time.process_time() - started) / len(truth.spectra) * 1e6)
    for _ in range(3):
        started = time.process_time()
        for spectrum in truth.spectra[:300]:
            nnls(truth.matrix.values, spectrum)
        plain.append((time.process_time() - started) / 300 * 1e6)
    return {
        "oncoloom_us": round(float(np.median(own)), 1),
        "scipy_nnls_us": round(float(np.median(plain)), 1),
    }


def peer(truth, python, n):
    """SigProfilerAssignment on n tumors of all types: CPU seconds beyond its start, F1 on the same tumors."""
    rows = np.unique(np.linspace(0, len(truth.names) - 1, n).astype(int))
    times = {}
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        (base / "fit.py").write_text(PEER)
        for label, chosen in (("one", rows[:1]), ("all", rows)):
            lines = ["\t".join(["Mutation Types", *[f"T{i}" for i in chosen]])]
            lines += [
                "\t".join([name, *[str(int(truth.spectra[i, c])) for i in chosen]])
                for c, name in enumerate(SBS96)
            ]
            (base / f"{label}.txt").write_text("\n".join(lines) + "\n")
            command = [python, str(base / "fit.py"), str(base / f"{label}.txt"), str(base / label)]
            times[label] = measure(command)["cpu_seconds"]
        table = next((base / "all").rglob("Assignment_Solution_Activities.txt"))
        found = pl.read_csv(table, separator="\t")
        version = subprocess.run(
            [python, "-c", "import importlib.metadata as m; print(m.version('SigProfilerAssignment'))"],
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
    order = [found["Samples"].to_list().index(f"T{i}") for i in rows]
    columns = [name if name in found.columns else None for name in truth.matrix.names]
    activity = np.column_stack(
        [found[name].to_numpy()[order] if name else np.zeros(len(rows)) for name in columns]
    )
    own = refit(truth.spectra[rows], truth.matrix, truth.prevalence[rows])
    seconds = (times["all"] - times["one"]) / (len(rows) - 1)
    return {
        "version": version,
        "tumors": len(rows),
        "f1_sigprofiler": round(float(f1_of(activity > 0, truth.present[rows]).mean()), 4),
        "f1_oncoloom": round(float(f1_of(own > 0, truth.present[rows]).mean()), 4),
        "cpu_seconds_a_tumor": round(seconds, 4),
        "cpu_seconds": {key: round(value, 2) for key, value in times.items()},
    }


def de_novo(truth, kind, matrix, seed=31):
    """De novo signatures of one tumor type: how many are stable, and the known ones they are nearest to."""
    started = time.process_time()
    spectra = truth.spectra[truth.types == kind].astype(np.int64)
    found = extract_signatures(spectra, range(2, 9), seed=seed, n_resamples=10)
    seconds = time.process_time() - started
    told = {
        k: [round(float(one.silhouette.mean()), 3), round(float(one.silhouette.min()), 3)]
        for k, one in found.solutions.items()
    }
    best = None if found.chosen is None else found.solutions[found.chosen].signatures
    nearest = (
        [] if best is None else [(name, round(value, 3)) for name, value in match_signatures(best, matrix)]
    )
    return {
        "type": kind,
        "tumors": len(spectra),
        "silhouette_mean_and_least": told,
        "chosen": found.chosen,
        "nearest": nearest,
        "cpu_seconds": round(seconds, 1),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--matrix", type=Path, required=True)
    parser.add_argument("--peer")
    parser.add_argument("--peer-tumors", type=int, default=120)
    parser.add_argument("--de-novo", help="A tumor type: extract its signatures, and nothing else")
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    truth = Truth(given.shared / "data" / "knowledge" / "signatures", given.matrix)
    if given.de_novo:
        result = {"de_novo": de_novo(truth, given.de_novo, truth.matrix)}
        print(json.dumps(result, indent=1))
        if given.record:
            record("signatures", result)
        return
    result = {"tumors": len(truth.names), "f1": accuracy(truth), **by_group(truth)}
    result |= {"f1_few_mutations": few_mutations(truth), **intervals(truth), "cost": cost(truth)}
    if given.peer:
        other = result["peer"] = peer(truth, given.peer, given.peer_tumors)
        other["times_faster"] = round(other["cpu_seconds_a_tumor"] / (result["cost"]["oncoloom_us"] / 1e6))
    show("F1", ["rule", "F1"], [[name, value] for name, value in result["f1"].items()])
    print(json.dumps({key: value for key, value in result.items() if key != "f1"}, indent=1))
    if given.record:
        record("signatures", result)


if __name__ == "__main__":
    main()
