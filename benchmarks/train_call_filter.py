"""Train the learned call filter on folders of simulated pairs with truth.

    python benchmarks/train_call_filter.py SETS... --reference chr20.fa [--reference more.fa] \
        --cache EVIDENCE --output resources/calling/tumor_normal.npz [--test SETS...] [--report report.json]

Each set is a folder as `bench/simulate.py` writes it (tumor.bam, normal.bam, somatic.truth.vcf.gz,
callable.bed; targets.bed for panels). Evidence is kept in --cache and made again only when the code that
makes it has changed. The same sets and code give the same file. The report holds what
docs/methods/call_filter.md shows.
"""

import argparse
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from call_filter_sets import (
    LabeledRows,
    evidence_of,
    evidence_version,
    filter_features,
    find_sets,
    labeled_rows,
    save_json,
)
from measure import show
from numpy.typing import NDArray

from oncoloom.calling.learned_filter.features import REFERENCE_RATE
from oncoloom.calling.learned_filter.fit import FitOptions, fit_kind, fit_line
from oncoloom.calling.learned_filter.model import FilterModel, KindModel, write_filter_model
from oncoloom.calling.learned_filter.probability import LEAST_POSTERIOR, SEEN_FROM

KINDS = ("snv", "indel")
BORDERS = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
REAL_RATE = 2e-6


def main() -> None:
    """Train, validate by leaving each set out, calibrate on what was left out, write."""
    chosen = _arguments()
    options = FitOptions(n_rounds=chosen.rounds, n_seeds=chosen.seeds)
    train = _rows(chosen.sets, chosen)
    test = _rows(chosen.test, chosen)
    kinds: dict[str, KindModel] = {}
    report: dict[str, object] = {
        "train": [p.name for p in chosen.sets],
        "test": [p.name for p in chosen.test],
    }
    for kind in KINDS:
        held_out = leave_sets_out(train[kind], kind, chosen.mode, options)
        model, report[kind] = _final(train[kind], test[kind], held_out, kind, chosen.mode, options)
        kinds[kind] = model
    card = {"train": report["train"], "options": asdict(options), "evidence": evidence_version()}
    write_filter_model(FilterModel(chosen.mode, REFERENCE_RATE, kinds, card), chosen.output)
    if chosen.report:
        save_json(chosen.report, {**report, "card": card})
    print(f"-> {chosen.output} ({chosen.output.stat().st_size / 1024:.0f} KiB)")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="+", type=Path, help="folders to learn from")
    parser.add_argument("--test", nargs="*", type=Path, default=[], help="folders to look at only")
    parser.add_argument("--reference", action="append", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--mode", choices=("tumor_normal", "tumor_only"), default="tumor_normal")
    parser.add_argument("--rounds", type=int, default=FitOptions().n_rounds)
    parser.add_argument("--seeds", type=int, default=FitOptions().n_seeds)
    return parser.parse_args()


def _rows(folders: list[Path], chosen: argparse.Namespace) -> dict[str, list[LabeledRows]]:
    found: dict[str, list[LabeledRows]] = {kind: [] for kind in KINDS}
    for one in find_sets(folders, chosen.reference):
        shard = evidence_of(one, chosen.cache, chosen.mode)
        for kind in KINDS:
            found[kind].append(labeled_rows(one, shard, kind, least_posterior=SEEN_FROM))
    return found


def leave_sets_out(
    sets: list[LabeledRows], kind: str, mode: str, options: FitOptions
) -> list[NDArray[np.float64]]:
    """Log odds of each set's rows at the reference rate, by a filter that was taught on the other sets."""
    quick = replace(options, n_seeds=1)
    return [
        _taught([one for k, one in enumerate(sets) if k != left], kind, mode, quick).log_odds(
            sets[left].matrix
        )
        for left in range(len(sets))
    ]


def _taught(sets: list[LabeledRows], kind: str, mode: str, options: FitOptions) -> KindModel:
    matrix, label, weight = _stacked(sets)
    return fit_kind(filter_features(kind, mode), matrix, label, weight, options)  # type: ignore[arg-type]


def _stacked(
    sets: list[LabeledRows],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Rows of all sets; a somatic row counts as if its set had the reference rate."""
    label = np.concatenate([one.label for one in sets])
    rate = np.concatenate([one.rate for one in sets])
    weight = np.where(label > 0, REFERENCE_RATE / rate, 1.0)
    return np.concatenate([one.matrix for one in sets]), label, weight


def _final(
    train: list[LabeledRows],
    test: list[LabeledRows],
    held_out: list[NDArray[np.float64]],
    kind: str,
    mode: str,
    options: FitOptions,
) -> tuple[KindModel, dict[str, object]]:
    _, label, weight = _stacked(train)
    shift, scale = fit_line(np.concatenate(held_out), label, weight)
    model = replace(_taught(train, kind, mode, options), scale=scale, shift=shift)
    seen = [scale * odds + shift for odds in held_out] + [model.log_odds(one.matrix) for one in test]
    figures = [_figures(one, odds) for one, odds in zip([*train, *test], seen, strict=True)]
    columns = ("mixture", "filter", "mixture_real", "filter_real")
    show(
        f"{kind}, trees of other sets: F1 among candidates at 0.5 / log loss / false; then at {REAL_RATE:g}",
        ["set", "rows", "mixture", "filter", "mixture, real", "filter, real"],
        [[one["set"], one["rows"], *(_cell(one[key]) for key in columns)] for one in figures],
    )
    for name, chosen, odds in (("left out", train, seen[: len(train)]), ("test", test, seen[len(train) :])):
        if chosen:
            show(f"{kind}, {name}: predicted and observed", ["", *_bins()], _calibration(chosen, odds))
    return model, {
        "figures": figures,
        "calibration": {"scale": scale, "shift": shift, "intercept": model.intercept, "slope": model.slope},
        "left_out": _calibration(train, seen[: len(train)]),
        "test": _calibration(test, seen[len(train) :]) if test else [],
        "gain": _gains(model, kind, mode),
    }


def _figures(one: LabeledRows, odds: NDArray[np.float64]) -> dict[str, object]:
    """What mixture and filter are worth on a set, at its own density and at a real tumor's."""
    found: dict[str, object] = {"set": one.set_name, "rows": f"{int(one.label.sum())} of {len(one.label)}"}
    for suffix, rate in (("", one.rate), ("_real", np.full(len(one.rate), REAL_RATE))):
        mixture = _sigmoid(one.matrix[:, 0] + np.log(rate / REFERENCE_RATE))
        learned = _sigmoid(odds + np.log(rate / REFERENCE_RATE))
        learned = np.where(mixture > LEAST_POSTERIOR, learned, np.minimum(learned, mixture))
        for name, p in (("mixture", mixture), ("filter", learned)):
            called = p >= 0.5
            true = float(one.label[called].sum())
            clipped = np.clip(p, 1e-6, 1 - 1e-6)
            found[name + suffix] = {
                "f1": round(2 * true / max(1.0, called.sum() + one.label.sum()), 4),
                "false": int(called.sum() - true),
                "log_loss": round(float(-np.log(np.where(one.label > 0, clipped, 1 - clipped)).sum()), 1),
            }
    return found


def _cell(one: dict[str, float]) -> str:
    return f"{one['f1']:.3f} / {one['log_loss']:.0f} / {one['false']}"


def _bins() -> list[str]:
    return [f"{low:g}-{high:g}" for low, high in pairwise(BORDERS)]


def _calibration(sets: list[LabeledRows], odds: list[NDArray[np.float64]]) -> list[list[str]]:
    """Observed share of somatic variants in bins of the predicted one, at the sets' own density."""
    label = np.concatenate([one.label for one in sets])
    shift = np.log(np.concatenate([one.rate for one in sets]) / REFERENCE_RATE)
    mixture = _sigmoid(np.concatenate([one.matrix[:, 0] for one in sets]) + shift)
    learned = _sigmoid(np.concatenate(odds) + shift)
    rows = []
    for name, p in (("mixture", mixture), ("filter", learned)):
        place = np.digitize(p, BORDERS[1:-1])
        cells = [label[place == k] for k in range(len(BORDERS) - 1)]
        rows.append([name, *(f"{cell.mean():.2f} ({len(cell)})" if len(cell) else "-" for cell in cells)])
    return rows


def _gains(model: KindModel, kind: str, mode: str) -> dict[str, int]:
    """How often the trees ask each feature."""
    inner = model.trees.child > 0
    counts = np.bincount(model.trees.feature[inner], minlength=len(model.features))
    return {name: int(n) for name, n in sorted(zip(model.features, counts, strict=True), key=lambda x: -x[1])}


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -40, 40))))


if __name__ == "__main__":
    main()
