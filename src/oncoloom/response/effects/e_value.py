"""The E-value: how strong an undeclared confounder must be to explain an effect away.

VanderWeele & Ding 2017.
"""

import numpy as np

from oncoloom.response.effects.doubly_robust import Z95, AverageEffect


def e_value(risk_ratio: float) -> float:
    """RR + sqrt(RR (RR - 1)) of a risk ratio or its inverse, whichever is above 1."""
    ratio = max(risk_ratio, 1 / risk_ratio)
    return float(ratio + np.sqrt(ratio * (ratio - 1)))


def e_values(average: AverageEffect) -> tuple[float, float]:
    """E-value of the estimate and of the limit of its 95 % interval nearer to 1 (1 where it covers 1)."""
    ratio = average.first / max(average.second, 1e-9)
    low = ratio * np.exp(-Z95 * average.risk_ratio_log_se)
    high = ratio * np.exp(Z95 * average.risk_ratio_log_se)
    if low <= 1 <= high:
        return e_value(max(ratio, 1e-9)), 1.0
    return e_value(ratio), e_value(float(low if low > 1 else high))
