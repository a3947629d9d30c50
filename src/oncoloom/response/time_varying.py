"""Effects that change with time: the part of a hazard score that is not proportional.

A score s(x) shifts the hazard alike on day 10 and day 1,000. Here each input and hidden unit also has a
coefficient on a few smooth functions of the time bin (varying coefficients: Hastie & Tibshirani 1993), so
that a blood pressure may tell the first week and an age the years after it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import FloatArray

DEGREES = 3


def time_basis(n_bins: int) -> FloatArray:
    """(B, K) orthogonal polynomials of the bin's number of mean 0 and mean square 1, B = min(3, K - 1).

    Bins lie at quantiles of the event times: an equal weight a bin is an equal weight an event, so that with
    mean 0 the proportional part stays the effect on the average event. B = 0 where there is one bin.
    """
    place = np.linspace(-1.0, 1.0, n_bins) if n_bins > 1 else np.zeros(1)
    powers = np.vander(place, min(DEGREES, n_bins - 1) + 1, increasing=True)
    orthogonal, upper = np.linalg.qr(powers)
    signed = orthogonal * np.sign(np.diag(upper))
    return np.ascontiguousarray(signed[:, 1:].T * np.sqrt(n_bins))


@dataclass(frozen=True, slots=True)
class TimeVarying:
    """Fitted coefficients on the basis.

    Attributes
    ----------
    basis
        (B, K).
    beta, output
        (M, B, p) of the inputs, (M, B, h) of the network's hidden units.
    """

    basis: FloatArray
    beta: FloatArray
    output: FloatArray

    def score(self, x: FloatArray, hidden: FloatArray) -> FloatArray:
        """(M, n, K) addition to the logit hazards; x (n, p), hidden (M, n, h)."""
        by_degree = np.einsum("np,mbp->mnb", x, self.beta) + np.einsum("mnh,mbh->mnb", hidden, self.output)
        return np.asarray(by_degree @ self.basis, dtype=np.float64)

    def without_first(self) -> "TimeVarying":
        """All members but the first."""
        return TimeVarying(self.basis, self.beta[1:], self.output[1:])

    def arrays(self) -> dict[str, FloatArray]:
        """All arrays by name."""
        return {"basis": self.basis, "beta": self.beta, "output": self.output}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, FloatArray]) -> "TimeVarying | None":
        """The twin of :meth:`arrays`; None where there are none."""
        return cls(arrays["basis"], arrays["beta"], arrays["output"]) if arrays else None
