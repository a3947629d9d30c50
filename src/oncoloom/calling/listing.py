"""Which candidates somatic.vcf lists: everything worth a look, marked, never deleted."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.candidate_table import CandidateTable
from oncoloom.kernels.arrays import STATISTIC

LISTED_FROM = 1e-3  # candidates with a lower posterior are counted in the tally, not listed
LEAST_FRAGMENTS = 2


def can_be_listed(
    table: CandidateTable, posterior: NDArray[np.float64], other_tumors: NDArray[np.integer] | None
) -> NDArray[np.bool_]:
    """(n,) bool: two fragments and a posterior of `LISTED_FROM`; asked for; or passing in another tumor.

    Parameters
    ----------
    posterior : (n,) float64
        Of being somatic, as the mixture gives it.
    other_tumors : (n,) integer or None
        In how many other tumors of the patient each candidate passes.
    """
    seen = table.tumor[:, STATISTIC["alt"]] >= LEAST_FRAGMENTS
    listed = (seen & (posterior >= LISTED_FROM)) | table.forced
    return listed if other_tumors is None else listed | (other_tumors > 0)
