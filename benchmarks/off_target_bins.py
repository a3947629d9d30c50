"""What off-target bins add to a panel: purity, ploidy, altered share, arms; noise of real captures.

    python benchmarks/off_target_bins.py --shared $SHARED [--profiles 60] [--seed N] [--record]

Tumors (copy_number_profiles.py) are laid on the target bins of 300 genes and on the off-target bins that
CNVkit cut between the targets of three real exomes, each with its own noise shuffled. The same tumors are
measured by the targets alone and by both. Heterozygous sites lie in targets only.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from copy_number_profiles import AUTOSOMES, EXOMES, Exome, Tumor, draw_tumor, read_exome
from measure import record, show

from oncoloom.features.copy_number.bins import Bins, genome_noise
from oncoloom.features.copy_number.genome_state import covered_reason
from oncoloom.features.copy_number.joint import segment_jointly
from oncoloom.features.copy_number.levels import measure_segments
from oncoloom.features.copy_number.verdict import judge_purity

N_GENES, GENOME_BP = 300, 3_000_000_000


def panel_of(exome: Exome, shared: Path, rng: np.random.Generator) -> Exome:
    """Targets of `N_GENES` genes drawn at random, and every off-target bin."""
    table = pl.read_csv(
        shared / "data" / "cnv" / "cnvkit" / f"{exome.name}.cnr.gz",
        separator="\t",
        schema_overrides={"chromosome": pl.String},
    ).filter((pl.col("log2") >= -5) & (pl.col("depth") > 0))
    genes = table["gene"].to_numpy()
    named = np.unique(genes[exome.on_target])
    keep = ~exome.on_target | np.isin(genes, rng.choice(named, min(N_GENES, len(named)), replace=False))
    columns = ("contig", "start", "end", "log2", "weight", "on_target", "means")
    return replace(exome, **{name: getattr(exome, name)[keep] for name in columns})


def part_of(tumor: Tumor, keep: np.ndarray) -> Tumor:
    """The tumor by some of its bins."""
    bins, hets = tumor.bins, tumor.hets
    log2, weight, contig = bins.log2[keep], bins.weight[keep], bins.contig[keep]
    noise = genome_noise(contig, log2, weight)
    own = Bins(contig, bins.start[keep], bins.end[keep], log2, weight, noise)
    index = np.cumsum(keep) - 1
    return replace(
        tumor,
        bins=own,
        hets=replace(hets, bin=index[hets.bin]),
        copies=tumor.copies[keep],
        major=tumor.major[keep],
    )


def arms_right(tumor: Tumor, whole: Tumor) -> float:
    """Share of the autosomal bins whose level a segment tells within 0.1 log2; where none is, is wrong."""
    truth = np.log2(
        (whole.purity * whole.copies + 2 * (1 - whole.purity))
        / (whole.purity * whole.ploidy + 2 * (1 - whole.purity))
    )
    segments = measure_segments(tumor.bins, segment_jointly(tumor.bins, tumor.hets), tumor.hets)
    center = segments.mean_log2()
    right = total = 0
    bins = whole.bins
    for n in np.flatnonzero(np.isin(bins.contig, AUTOSOMES)):
        at = segments.containing(str(bins.contig[n]), int(bins.start[n] + bins.end[n]) // 2)
        total += 1
        right += at is not None and abs(segments.log2[at] - center - truth[n]) <= 0.1
    return right / total


def measured(tumor: Tumor, whole: Tumor) -> dict[str, float | None]:
    """Figures of one tumor."""
    segments = measure_segments(tumor.bins, segment_jointly(tumor.bins, tumor.hets), tumor.hets)
    verdict = judge_purity(segments)
    fit = verdict.fit
    right = fit is not None and bool(
        abs(fit.best.purity - whole.purity) <= 0.05 and abs(fit.best.ploidy - whole.ploidy) <= 0.2
    )
    return {
        "right": float(right),
        "confident": float(verdict.confident),
        "right of those": float(right) if verdict.confident else None,
        "genome told": arms_right(tumor, whole),
        "altered share given": float(covered_reason(tumor.bins, GENOME_BP) is None),
        "noise": tumor.bins.sd,
    }


def main() -> None:
    """Print a row a set of bins and spread; with --record append them to docs/benchmarks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--profiles", type=int, default=60)
    parser.add_argument("--seed", type=int, default=20_001)
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    exomes = [read_exome(given.shared, name) for name in EXOMES]
    rows = []
    for spread in (1.0, 2.0):
        rng = np.random.default_rng([given.seed, int(10 * spread)])
        found: dict[str, list[dict[str, float | None]]] = {"targets": [], "targets and off-target": []}
        sizes: dict[str, list[int]] = {name: [] for name in found}
        for k in range(given.profiles):
            panel = panel_of(exomes[k % len(exomes)], given.shared, rng)
            whole = draw_tumor(panel, rng, spread=spread)
            for name, keep in (
                ("targets", panel.on_target),
                ("targets and off-target", np.ones(len(panel.start), bool)),
            ):
                tumor = part_of(whole, keep)
                found[name].append(measured(tumor, whole))
                sizes[name].append(len(tumor.bins))
        for name, figures in found.items():
            row: dict[str, object] = {"spread": spread, "bins": name, "n bins": int(np.median(sizes[name]))}
            for key in figures[0]:
                values = [one[key] for one in figures if one[key] is not None]
                row[key] = round(float(np.mean(values)), 3) if values else None
            rows.append(row | {"tumors": given.profiles})
    show("panel", list(rows[0]), [list(row.values()) for row in rows])
    if given.record:
        record("off_target_bins", {"seed": given.seed, "rows": rows})


if __name__ == "__main__":
    main()
