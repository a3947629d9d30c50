"""Purity, ploidy, copies, amplification, quiet genomes, cell fractions on simulated tumors.

    python benchmarks/purity_ploidy.py --shared $SHARED [--profiles 60] [--seed N] [--record]

Tumors are laid on the bins of three real exomes with their own noise shuffled (copy_number_profiles.py) and
go the whole way: joint segmentation, segment levels, fit. The spread of segment levels beyond sampling is
stated as a multiple of log2 0.02 and allele fraction 0.012. No constant was chosen on the seeds used here.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from copy_number_profiles import EXOMES, Exome, Tumor, draw_snvs, draw_tumor, read_exome
from measure import record, show

from oncoloom.features.clonality.cell_fraction import SiteCopies, cell_fractions
from oncoloom.features.copy_number.doubling import cannot_be_told
from oncoloom.features.copy_number.gene_calls import CopyScale, gene_copies
from oncoloom.features.copy_number.joint import segment_jointly
from oncoloom.features.copy_number.levels import Segments, measure_segments
from oncoloom.features.copy_number.scale import scale_sites, told_apart
from oncoloom.features.copy_number.sex_copies import FEMALE
from oncoloom.features.copy_number.snv_evidence import SomaticSites
from oncoloom.features.copy_number.states import CopyStates, assign_states
from oncoloom.features.copy_number.verdict import PurityVerdict, judge_purity

SPREADS = (1.0, 1.5, 2.0, 3.0)


def measured(tumor: Tumor) -> tuple[Segments, PurityVerdict]:
    """Segments and verdict of a tumor."""
    segments = measure_segments(tumor.bins, segment_jointly(tumor.bins, tumor.hets), tumor.hets)
    return segments, judge_purity(segments)


def share(values: list[bool] | list[float]) -> float | None:
    """Mean, None of nothing."""
    return round(float(np.mean(values)), 3) if values else None


def is_right(tumor: Tumor, purity: float, ploidy: float) -> bool:
    """Within 0.05 and 0.2."""
    return abs(purity - tumor.purity) <= 0.05 and abs(ploidy - tumor.ploidy) <= 0.2


def states_of(segments: Segments, verdict: PurityVerdict) -> CopyStates:
    """Whole copies under the best solution."""
    fit = verdict.fit
    assert fit is not None
    return assign_states(
        segments,
        purity=fit.best.purity,
        ploidy=fit.best.ploidy,
        center=segments.mean_log2(),
        tau=fit.tau,
        weights=fit.state_weights,
        sex=FEMALE,
    )


def copies_right(tumor: Tumor, segments: Segments, states: CopyStates) -> float:
    """Share of autosomal bins with whole true copies that got them."""
    found = np.full(len(tumor.bins), -1)
    for a, b, total in zip(segments.first, segments.last, states.total, strict=True):
        found[a:b] = total
    own = np.isin(tumor.bins.contig, [str(n) for n in range(1, 23)]) & (tumor.copies == np.rint(tumor.copies))
    return float((found[own] == tumor.copies[own]).mean())


def accuracy(exomes: list[Exome], n: int, seed: int) -> list[dict[str, object]]:
    """By spread of levels: right answers, confident ones, copies, intervals, cost."""
    rows: list[dict[str, object]] = []
    for spread in SPREADS:
        rng = np.random.default_rng([seed, int(10 * spread)])
        right, given, given_right, best_three = [], [], [], []
        copies, inside, ploidy_inside = [], [], []
        spent = 0.0
        for k in range(n):
            tumor = draw_tumor(exomes[k % len(exomes)], rng, spread=spread)
            started = time.process_time()
            segments, verdict = measured(tumor)
            spent += time.process_time() - started
            fit = verdict.fit
            solutions = () if fit is None else fit.solutions
            right.append(bool(solutions) and is_right(tumor, solutions[0].purity, solutions[0].ploidy))
            best_three.append(any(is_right(tumor, one.purity, one.ploidy) for one in solutions[:3]))
            given.append(verdict.confident)
            if verdict.confident and fit is not None:
                given_right.append(right[-1])
                copies.append(copies_right(tumor, segments, states_of(segments, verdict)))
                inside.append(fit.purity_interval[0] <= tumor.purity <= fit.purity_interval[1])
                ploidy_inside.append(fit.ploidy_interval[0] <= tumor.ploidy <= fit.ploidy_interval[1])
        rows.append(
            {
                "spread": spread,
                "tumors": n,
                "right": share(right),
                "in best three": share(best_three),
                "confident": share(given),
                "right of those": share(given_right),
                "copies right": share(copies),
                "purity in interval": share(inside),
                "ploidy in interval": share(ploidy_inside),
                "CPU s": round(spent / n, 2),
            }
        )
    return rows


def with_snvs(exomes: list[Exome], n: int, seed: int) -> list[dict[str, object]]:
    """Answers where somatic SNVs may tell solutions apart, against those of the copy number alone."""
    rows: list[dict[str, object]] = []
    for spread in (1.0, 2.0):
        for n_snvs in (50, 200):
            rng = np.random.default_rng([seed, int(10 * spread), n_snvs])
            before, after, right, asked = 0, 0, [], 0
            for k in range(n):
                tumor = draw_tumor(exomes[k % len(exomes)], rng, spread=spread)
                alt, depth, at = draw_snvs(tumor, rng, n_snvs)
                segments, verdict = measured(tumor)
                before += verdict.confident
                asked += verdict.several_fit
                sites = SomaticSites(alt, depth, np.searchsorted(segments.last, at, side="right"))
                final = told_apart(sites, segments, verdict, sex=FEMALE)
                after += final.confident
                if final.confident and final.fit is not None and not verdict.confident:
                    right.append(is_right(tumor, final.fit.best.purity, final.fit.best.ploidy))
            rows.append(
                {
                    "spread": spread,
                    "SNVs": n_snvs,
                    "tumors": n,
                    "confident before": round(before / n, 3),
                    "asked": round(asked / n, 3),
                    "confident after": round(after / n, 3),
                    "right of the new": share(right),
                }
            )
    return rows


def quiet(exomes: list[Exome], n: int, seed: int) -> list[dict[str, object]]:
    """Genomes with few altered arms: how many get an answer, and how many of those answers are wrong."""
    rows: list[dict[str, object]] = []
    for altered in (0.0, 0.02, 0.05, 0.10, 0.20):
        rng = np.random.default_rng([seed, int(1000 * altered)])
        answers, wrong = 0, 0
        for k in range(n):
            tumor = draw_tumor(
                exomes[k % len(exomes)], rng, spread=1.0, purity=(0.3, 0.6)[k % 2], altered=altered
            )
            _, verdict = measured(tumor)
            if verdict.confident and verdict.fit is not None:
                answers += 1
                wrong += not is_right(tumor, verdict.fit.best.purity, verdict.fit.best.ploidy)
        rows.append({"arms altered": altered, "genomes": n, "answers": answers, "wrong": wrong})
    return rows


def quiet_doubled(exomes: list[Exome], n: int, seed: int) -> list[dict[str, object]]:
    """Quiet genomes, plain and doubled, with somatic SNVs: what is said of purity and doubling."""
    rows: list[dict[str, object]] = []
    cases = [(False, None)] + [(True, early) for early in (0.0, 0.3, 0.7, 1.0)]
    for twice, early in cases:
        for n_snvs in (25, 100):
            rng = np.random.default_rng([seed, int(twice), int(10 * (early or 0)), n_snvs])
            given, inside, best, untold, told_right, wide = 0, [], [], 0, [], []
            for k in range(n):
                tumor = draw_tumor(
                    exomes[k % len(exomes)], rng, spread=1.0, purity=float(rng.uniform(0.3, 0.85)),
                    altered=0.03, twice=twice,
                )  # fmt: skip
                alt, depth, at = draw_snvs(tumor, rng, n_snvs, early_share=early)
                segments, verdict = measured(tumor)
                sites = SomaticSites(alt, depth, np.searchsorted(segments.last, at, side="right"))
                found = scale_sites(sites, segments, verdict, sex=FEMALE)
                purity, readings = found.purity, found.readings
                if purity.value is None or purity.lower is None or purity.upper is None or not readings:
                    continue
                given += 1
                inside.append(purity.lower <= tumor.purity <= purity.upper)
                best.append(abs(purity.value - tumor.purity) <= 0.05)
                wide.append(purity.upper - purity.lower)
                if cannot_be_told(readings) is None:
                    told_right.append((readings[0].copies == 4) == twice)
                else:
                    untold += 1
            rows.append(
                {
                    "genome": "doubled" if twice else "plain",
                    "SNVs before doubling": early,
                    "SNVs": n_snvs,
                    "genomes": n,
                    "purity by SNVs": given,
                    "within 0.05": share(best),
                    "in interval": share(inside),
                    "width": share(wide),
                    "doubling untold": untold,
                    "told": len(told_right),
                    "told rightly": share(told_right),
                }
            )
    return rows


def amplifications(exomes: list[Exome], n: int, seed: int) -> dict[str, object]:
    """Recall of genes of six and more copies at purity ≥ 0.4, and false calls of the others."""
    rng = np.random.default_rng(seed)
    found = total = false = plain = 0
    for k in range(n):
        exome = exomes[k % len(exomes)]
        tumor = draw_tumor(exome, rng, spread=1.0, purity=float(rng.uniform(0.4, 0.9)), altered=0.2)
        starts = rng.choice(np.flatnonzero(exome.on_target[:-12]), 40, replace=False)
        log2, genes, copies = tumor.bins.log2.copy(), {}, {}
        for g, at in enumerate(starts):
            width = int(rng.integers(4, 10))
            name, contig = f"G{g}", str(exome.contig[at])
            inside = np.arange(at, at + width)
            inside = inside[exome.contig[inside] == contig]
            if g % 2 == 0:  # six to twelve copies
                new = int(rng.integers(6, 13))
                old = tumor.purity * tumor.copies[inside] + 2 * (1 - tumor.purity)
                log2[inside] += np.log2((tumor.purity * new + 2 * (1 - tumor.purity)) / old)
                copies[name] = new
            genes[name] = [(contig, int(exome.start[inside[0]]), int(exome.end[inside[-1]]))]
        bins = exome.bins(log2)
        segments = measure_segments(bins, segment_jointly(bins, tumor.hets), tumor.hets)
        verdict = judge_purity(segments)
        scale = None
        if verdict.confident and verdict.fit is not None:
            fit = verdict.fit
            scale = CopyScale(fit.best.purity, fit.best.ploidy, segments.mean_log2(), fit.tau[0])
        called = gene_copies(bins, genes, scale=scale, amplification_min_copies=6)
        for name in genes:
            amplified = called[name].state == "amplification"
            if name in copies:
                total, found = total + 1, found + amplified
            else:
                plain, false = plain + 1, false + amplified
    return {
        "genes": total,
        "recall": round(found / total, 3),
        "genes of at most 4": plain,
        "called all the same": false,
    }


def cell_fraction_coverage(n: int, seed: int) -> dict[str, object]:
    """How often the 95 % interval of the cell fraction holds the truth; purity known to ± 0.03."""
    rng = np.random.default_rng(seed)
    inside, width, error = [], [], []
    for _ in range(n):
        purity = float(rng.uniform(0.3, 0.9))
        total = rng.choice([1, 2, 2, 2, 3, 4], 60)
        major = np.array([t - rng.integers(0, t // 2 + 1) for t in total])
        clonal = rng.random(60) < 0.6
        cells = np.where(clonal, 1.0, rng.uniform(0.05, 0.95, 60))
        carried = np.where(clonal, [rng.integers(1, m + 1) for m in major], 1)
        expected = purity * carried * cells / (purity * total + 2 * (1 - purity))
        depth = rng.poisson(120, 60)
        alt = rng.binomial(depth, rng.beta(expected * 199, (1 - expected) * 199))
        given = float(np.clip(purity + rng.normal(0, 0.03), 0.05, 1))
        copies = [SiteCopies(float(t), int(m)) for t, m in zip(total, major, strict=True)]
        for one, truth in zip(
            cell_fractions(alt.tolist(), depth.tolist(), copies, purity=given, purity_sd=0.03),
            cells,
            strict=True,
        ):
            inside.append(one.lower <= truth <= one.upper)
            width.append(one.upper - one.lower)
            error.append(abs(one.value - truth))
    return {
        "variants": len(inside),
        "coverage": round(float(np.mean(inside)), 3),
        "mean width": round(float(np.mean(width)), 3),
        "mean error": round(float(np.mean(error)), 3),
    }


def main() -> None:
    """Print the tables; with --record append them to docs/benchmarks/purity_ploidy.json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--profiles", type=int, default=60)
    parser.add_argument("--seed", type=int, default=9001)
    parser.add_argument("--parts", default="", help="What to run, joined by commas; default all")
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    exomes = [read_exome(given.shared, name) for name in EXOMES]
    parts = {
        "accuracy": lambda: accuracy(exomes, given.profiles, given.seed),
        "with_snvs": lambda: with_snvs(exomes, given.profiles, given.seed + 4),
        "quiet": lambda: quiet(exomes, given.profiles // 2, given.seed + 1),
        "quiet_doubled": lambda: quiet_doubled(exomes, given.profiles // 2, given.seed + 5),
        "amplifications": lambda: amplifications(exomes, given.profiles // 3, given.seed + 2),
        "cell_fractions": lambda: cell_fraction_coverage(given.profiles, given.seed + 3),
    }
    result: dict[str, object] = {"seed": given.seed}
    result |= {
        name: make() for name, make in parts.items() if name in (given.parts or ",".join(parts)).split(",")
    }
    for name in ("accuracy", "with_snvs", "quiet", "quiet_doubled"):
        if rows := result.get(name):
            show(name, list(rows[0]), [list(row.values()) for row in rows])  # type: ignore[index, attr-defined]
    for name in ("amplifications", "cell_fractions"):
        if name in result:
            print(name, result[name])
    if given.record:
        record("purity_ploidy", result)


if __name__ == "__main__":
    main()
