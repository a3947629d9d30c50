"""The plain average of several fitted predictors: a stack whose weights need no data (Clemen 1989)."""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import FloatArray
from oncoloom.response.predictors import Predictor, score_rows

KIND = "average"


@dataclass(frozen=True, slots=True)
class AveragePredictor:
    """Mean of the parts' logits, member by member; all parts have the same members and bins."""

    parts: tuple[Predictor, ...]

    @property
    def kind(self) -> str:
        """``average(ridge-kind,…)``: the kinds of the parts in their order."""
        return f"{KIND}({','.join(part.kind for part in self.parts)})"

    def eta(self, x: FloatArray, code: FloatArray) -> FloatArray:
        """(M, n, K); see :class:`oncoloom.response.predictors.Predictor`."""
        return np.asarray(np.mean([part.eta(x, code) for part in self.parts], axis=0), dtype=np.float64)

    def eta_by_row(self, x: FloatArray, code: FloatArray) -> FloatArray:
        """The same for rows that must not depend on each other (:func:`score_rows`)."""
        return np.asarray(np.mean([score_rows(part, x, code) for part in self.parts], axis=0))

    def arrays(self) -> dict[str, FloatArray]:
        """All arrays by name, those of part k as ``k_name``."""
        return {
            f"{k}_{name}": value for k, part in enumerate(self.parts) for name, value in part.arrays().items()
        }
