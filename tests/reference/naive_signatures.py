"""Mutation channels and refits, spelled out."""

from itertools import product

import numpy as np
from scipy.optimize import nnls

COMPLEMENT = str.maketrans("ACGT", "TGCA")


def sbs_channel(context, alt):
    """`A[C>T]G` of a trinucleotide and the new base in its middle."""
    if context[1] in "AG":
        context, alt = context.translate(COMPLEMENT)[::-1], alt.translate(COMPLEMENT)
    return f"{context[0]}[{context[1]}>{alt}]{context[2]}"


def all_indel_spellings(sequence, start, bases, *, deleted):
    """Every (start, bases) that gives the same new sequence as the indel at `start`."""
    n = len(bases)
    if deleted:
        result = sequence[:start] + sequence[start + n :]
        return [
            (at, sequence[at : at + n])
            for at in range(len(sequence) - n + 1)
            if sequence[:at] + sequence[at + n :] == result
        ]
    result = sequence[:start] + bases + sequence[start:]
    return [
        (at, result[at : at + n])
        for at in range(len(sequence) + 1)
        if result[:at] + result[at + n :] == sequence
    ]


def best_exposures(signatures, spectrum, allowed):
    """Non-negative least squares on the allowed columns, by scipy; shares of the spectrum's sum."""
    x = np.zeros(signatures.shape[1])
    columns = np.flatnonzero(allowed)
    if len(columns):
        x[columns] = nnls(signatures[:, columns], spectrum / spectrum.sum())[0]
    return x


def eliminate(signatures, spectrum, threshold, kept):
    """Backward elimination as the method page words it; mutations by signature."""
    v = spectrum / spectrum.sum()
    norm = np.linalg.norm(v)
    allowed = np.isfinite(threshold)

    def error(x):
        return np.linalg.norm(v - signatures @ x)

    x = best_exposures(signatures, spectrum, allowed)
    allowed &= (x > 1e-12) | kept
    while True:
        costs = {}
        for j in np.flatnonzero((x > 1e-12) & ~kept):
            without = allowed.copy()
            without[j] = False
            costs[j] = (error(best_exposures(signatures, spectrum, without)) - error(x)) / norm - threshold[j]
        if not costs or min(costs.values()) >= 0:
            return x * spectrum.sum()
        allowed[min(costs, key=costs.get)] = False
        x = best_exposures(signatures, spectrum, allowed)


def channel_names():
    """The 96 names, in the order of the kernel."""
    return [
        f"{left}[{ref}>{alt}]{right}"
        for ref in "CT"
        for alt, left, right in product([b for b in "ACGT" if b != ref], "ACGT", "ACGT")
    ]
