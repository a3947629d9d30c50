"""How often a polymerase slips: the expected share of fragments that show an indel of whole repeat units."""

from math import exp

from oncoloom.calling.alleles import Allele

# log rate = A + B (units - 6), typical of the curves fitted on normals (CALLING.md section 4).
CURVE_A, CURVE_B = -7.1, 0.36
EACH_FURTHER_UNIT = 0.12
HIGHEST_RATE = 0.3
OUTSIDE_REPEATS = 1.5e-5
REPEAT_RATE = 5e-4  # from here on an indel counts as "in a repeat"
_FEWEST_UNITS = {1: 5, 2: 3}


def indel_context(allele: Allele, slack: int) -> tuple[int, float, float]:
    """Repeat unit length, units in the reference, and slippage rate of an indel.

    Parameters
    ----------
    slack
        How far the left-aligned indel could be shifted to the right, in bases.
    """
    sequence = allele.ref[1:] if len(allele.ref) > len(allele.alt) else allele.alt[1:]
    if min(len(allele.ref), len(allele.alt)) > 1 or not sequence:
        return 0, 0.0, OUTSIDE_REPEATS
    unit = smallest_unit(sequence)
    tract = slack + (len(sequence) if len(allele.ref) > len(allele.alt) else 0)
    units = tract / unit
    if units < _FEWEST_UNITS.get(unit, 3):
        return unit, units, OUTSIDE_REPEATS
    steps = len(sequence) // unit
    rate = exp(CURVE_A + CURVE_B * (units - 6)) * EACH_FURTHER_UNIT ** (steps - 1)
    return unit, units, min(HIGHEST_RATE, max(OUTSIDE_REPEATS, rate))


def smallest_unit(sequence: str) -> int:
    """Length of the shortest unit of which `sequence` is a whole number of copies."""
    n = len(sequence)
    for unit in range(1, n + 1):
        if n % unit == 0 and sequence == sequence[:unit] * (n // unit):
            return unit
    return n
