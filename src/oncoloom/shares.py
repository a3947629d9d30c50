"""The interval of an observed share."""

from math import sqrt

Z95 = 1.959964  # standard normal quantile of 97.5 %


def wilson_interval(k: float, n: int) -> tuple[float, float]:
    """95 % limits of a share k/n, `n` ≥ 1 (Wilson 1927). They hold k/n whatever the rounding.

    Examples
    --------
    >>> [round(x, 3) for x in wilson_interval(0, 50)]
    [0.0, 0.071]
    """
    share = k / n
    center = (share + Z95 * Z95 / (2 * n)) / (1 + Z95 * Z95 / n)
    half = Z95 * sqrt(share * (1 - share) / n + Z95 * Z95 / (4 * n * n)) / (1 + Z95 * Z95 / n)
    return max(0.0, min(share, center - half)), min(1.0, max(share, center + half))
