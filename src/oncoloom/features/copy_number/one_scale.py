"""Target and off-target bins of one sample on one scale of log ratio and of weight."""

import numpy as np

from oncoloom.features.copy_number.bins import Bins, Floats, genome_noise, is_autosome
from oncoloom.features.copy_number.correction import main_level

NEAR_BP = 2_000_000
_LEAST_PAIRS = 20
_LEAST_NOISE = 0.02


def on_one_scale(target: Bins, between: Bins) -> Bins:
    """Bins of both kinds in reference order.

    Targets are chosen genes, so that their commonest level need not be that of the genome: they are moved by
    the median of their differences to the off-target bins within 2 Mb, which have the same copies. Without 20
    such targets each kind keeps its own center. A bin's weight is 1 / variance, by the noise that each kind
    shows itself; then all are centered on the commonest level of the autosomes.
    """
    shift = _offset(target, between)
    log2 = np.concatenate([target.log2 - shift, between.log2])
    weight = np.concatenate([one.weight / max(one.sd, _LEAST_NOISE) ** 2 for one in (target, between)])
    weight = weight / float(np.median(weight))
    contig = np.concatenate([target.contig, between.contig])
    start, end = (
        np.concatenate([getattr(target, name), getattr(between, name)]) for name in ("start", "end")
    )
    place = {
        name: n for n, name in enumerate(dict.fromkeys([*between.contig.tolist(), *target.contig.tolist()]))
    }
    order = np.lexsort((start, np.array([place[name] for name in contig.tolist()], dtype=np.int64)))
    contig, log2, weight = contig[order], log2[order], weight[order]
    told = np.array([is_autosome(name) for name in contig.tolist()], dtype=np.bool_)
    told = told if told.any() else np.ones(len(contig), dtype=np.bool_)
    log2 = log2 - main_level(log2[told], weight[told])
    off_target = np.repeat([False, True], [len(target), len(between)])[order]
    dropped = target.dropped | {f"off-target {reason}": n for reason, n in between.dropped.items()}
    return Bins(
        contig,
        start[order],
        end[order],
        log2,
        weight,
        genome_noise(contig, log2, weight),
        dropped,
        off_target,
    )


def _offset(target: Bins, between: Bins) -> float:
    """Median of target bins less the mean of the off-target bins around them."""
    spans, off = between.spans(), []
    for name, (first, last) in target.spans().items():
        if name not in spans:
            continue
        low, high = spans[name]
        middle = (between.start[low:high] + between.end[low:high]) / 2
        own = (target.start[first:last] + target.end[first:last]) / 2
        a = np.searchsorted(middle, own - NEAR_BP)
        b = np.searchsorted(middle, own + NEAR_BP)
        w, wx = _cumulated(between.weight[low:high]), _cumulated((between.weight * between.log2)[low:high])
        near = b > a
        off.append(target.log2[first:last][near] - ((wx[b] - wx[a])[near] / (w[b] - w[a])[near]))
    found = np.concatenate([np.zeros(0), *off])
    return float(np.median(found)) if len(found) >= _LEAST_PAIRS else 0.0


def _cumulated(x: Floats) -> Floats:
    return np.concatenate(([0.0], np.cumsum(x)))
