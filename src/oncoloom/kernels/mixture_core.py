"""Log marginal likelihoods of the named hypotheses of one candidate: the text that both twins compile.

Plain functions on arrays and numbers: `mixture_cpu` compiles them for the processor, `mixture_cuda`
for the graphics card, so the two cannot drift apart. Method: docs/methods/calling.md.
"""

from math import exp, log, log1p

from numpy.typing import NDArray

# Columns of the output: log likelihood of each hypothesis against "sequencing error only".
HYPOTHESES = ("somatic", "error", "germline", "shared_noise", "strand", "damage", "slippage")
SOMATIC, ERROR, GERMLINE, SHARED_NOISE, STRAND, DAMAGE, SLIPPAGE = range(7)
VETO, FRACTION = 7, 8  # germline-against-somatic log ratio of the normal; most likely tumor allele fraction
N_OUTPUTS = 9
IMPOSSIBLE = -1e9
NORMAL_DAMAGED = 0.5  # probability that the normal is damaged at a site where the tumor is
NOTHING = -60.0  # log of what is lost in a sum of 0.1 or more: most fractions are that unlikely


def fill_curves(
    cells: NDArray,  # type: ignore[type-arg]
    counts: NDArray,  # type: ignore[type-arg]
    begin: int,
    stop: int,
    table: NDArray,  # type: ignore[type-arg]
    curves: NDArray,  # type: ignore[type-arg]
) -> None:
    """Fill ``curves[category, f]`` with the log likelihood of allele fraction f in each histogram.

    cells, counts: non-empty histogram cells (category * N_BINS + bin) of all candidates; this one's lie in
    [begin, stop). table: (N_BINS, n_fractions) of ``log(1 + f (e^L - 1))``.
    """
    n_bins = table.shape[0]
    for category in range(curves.shape[0]):
        for f in range(curves.shape[1]):
            curves[category, f] = 0.0
    for x in range(begin, stop):
        category = cells[x] // n_bins
        b = cells[x] - category * n_bins
        n = counts[x]
        for f in range(curves.shape[1]):
            curves[category, f] += n * table[b, f]


def normal_at(
    cells: NDArray,  # type: ignore[type-arg]
    counts: NDArray,  # type: ignore[type-arg]
    begin: int,
    stop: int,
    n_bins: int,
    fraction: float,
) -> float:
    """Log likelihood of allele `fraction` in the normal's fragments (category 3)."""
    total = 0.0
    for x in range(begin, stop):
        if cells[x] // n_bins == 3:
            ratio = exp(-13.0 + 0.1 * (cells[x] - 3 * n_bins))
            total += counts[x] * log1p(min(fraction, 0.999999) * (ratio - 1.0))
    return total


def fill_leaks(
    cells: NDArray,  # type: ignore[type-arg]
    counts: NDArray,  # type: ignore[type-arg]
    begin: int,
    stop: int,
    leak_table: NDArray,  # type: ignore[type-arg]
    leak_weight: NDArray,  # type: ignore[type-arg]
    leak_base: float,
    scratch: NDArray,  # type: ignore[type-arg]
    leak: NDArray,  # type: ignore[type-arg]
) -> None:
    """Fill ``leak[f] = leak_base + sum_t weight_t exp(l_N(t f))``: the normal if it holds some tumor.

    leak_table: (n_leaks, N_BINS, n_fractions); scratch: (n_fractions,).
    """
    n_bins = leak_table.shape[1]
    for f in range(leak.shape[0]):
        leak[f] = leak_base
    for t in range(leak_weight.shape[0]):
        for f in range(leak.shape[0]):
            scratch[f] = 0.0
        for x in range(begin, stop):
            if cells[x] // n_bins == 3:
                n = counts[x]
                for f in range(leak.shape[0]):
                    scratch[f] += n * leak_table[t, cells[x] - 3 * n_bins, f]
        for f in range(leak.shape[0]):
            if scratch[f] > NOTHING:
                leak[f] += leak_weight[t] * exp(min(scratch[f], 600.0))


def score_hypotheses(
    curves: NDArray,  # type: ignore[type-arg]
    leak: NDArray,  # type: ignore[type-arg]
    fractions: NDArray,  # type: ignore[type-arg]
    log_w: NDArray,  # type: ignore[type-arg]
    log_v: NDArray,  # type: ignore[type-arg]
    genotype: NDArray,  # type: ignore[type-arg]
    damage: int,
    slippage_rate: float,
    slipped_normal: float,
    repeat: bool,  # noqa: FBT001
    terms: NDArray,  # type: ignore[type-arg]
    out: NDArray,  # type: ignore[type-arg]
) -> None:
    """Fill `out` (N_OUTPUTS,) from the curves of one candidate.

    genotype: indexes into `fractions` of 0.35, 0.42, 0.5, 0.97, 1.0. damage: 0 the change is made in F1R2
    fragments, 1 in F2R1, -1 it is no damage class. slipped_normal: log likelihood of the normal if it holds
    slippage only; used where `repeat`. terms: (8, n_fractions) scratch.
    """
    n_f = fractions.shape[0]
    best, best_f = -1e300, 0
    keep = 0.1 if slippage_rate >= 0.01 else 0.4
    for f in range(n_f):
        tumor = curves[0, f] + curves[1, f] + curves[2, f]
        normal = curves[3, f]
        leaked = leak[f]
        if repeat:
            leaked = (1.0 - keep) * exp(min(slipped_normal, 600.0)) + keep * leaked
        terms[0, f] = log_w[f] + tumor + log(max(leaked, 1e-300))
        terms[1, f] = log_w[f] + tumor
        terms[2, f] = log_v[f] + tumor + normal
        terms[3, f] = log_w[f] + curves[4, f] + curves[6, f]
        terms[4, f] = log_w[f] + curves[5, f] + curves[7, f]
        if damage >= 0:
            terms[5, f] = log_w[f] + curves[damage, f]
        if slippage_rate > 0.0:
            z = (log(fractions[f]) - log(slippage_rate)) / 0.7
            terms[7, f] = log_w[f] - 0.5 * z * z  # log_w holds the width of the cell on the log scale
            terms[6, f] = terms[7, f] + tumor + normal
        if tumor > best:
            best, best_f = tumor, f
    for h in range(8):  # log of the sum of exponentials, in place: the result lies in column 0
        if (h == 5 and damage < 0) or (h > 5 and slippage_rate <= 0.0):
            continue
        top = terms[h, 0]
        for f in range(1, n_f):
            top = max(top, terms[h, f])
        total = 0.0
        for f in range(n_f):
            if terms[h, f] - top > NOTHING:
                total += exp(terms[h, f] - top)
        terms[h, 0] = top + log(total)
    het = max(curves[3, genotype[2]], max(curves[3, genotype[3]], curves[3, genotype[1]] - 1.0))
    out[0] = terms[0, 0]
    out[1] = 0.0
    out[2] = terms[1, 0] + het
    out[3] = terms[2, 0]
    out[4] = max(terms[3, 0], terms[4, 0]) - 0.7
    out[5] = -1e9
    if damage >= 0:
        damaged_normal = 0.0
        for f in range(n_f):
            if log_v[f] + curves[3, f] > NOTHING:
                damaged_normal += exp(min(log_v[f] + curves[3, f], 600.0))
        out[5] = terms[5, 0] + log((1.0 - NORMAL_DAMAGED) + NORMAL_DAMAGED * damaged_normal)
    out[6] = terms[6, 0] - terms[7, 0] if slippage_rate > 0.0 else -1e9
    carrier = max(curves[3, genotype[0]], max(curves[3, genotype[2]], curves[3, genotype[4]]))
    out[7] = carrier - log(max(leak[best_f], 1e-300))
    out[8] = fractions[best_f] if best > 0.0 else 0.0
