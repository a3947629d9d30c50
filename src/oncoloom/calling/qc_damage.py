"""DNA damage of a tumor's library, as the fit found it: deamination (formalin) and oxidation (OxoG)."""

from typing import Any

import numpy as np

from oncoloom.calling.call_set import CallSet
from oncoloom.calling.columns import blocks
from oncoloom.kernels.mixture_core import DAMAGE, GERMLINE

DAMAGE_CLASSES = (("C>T", 1), ("G>T", 2))  # and the site classes of `mixture.CLASSES` they stand for


def damage_figures(calls: CallSet, callable_bp: int) -> dict[str, Any]:
    """By change: sites per callable million bases that damage explains, and how lopsided the class is.

    ``damage_side_share`` is the share of a class's supporting fragments (of candidates that are not germline)
    in the orientation in which damage shows (C>T and G>T in F1R2, G>A and C>A in F2R1): 0.5 without damage.
    """
    sample, posteriors = calls.sample, calls.fit.mixture.posterior
    figures = {}
    for name, index in DAMAGE_CLASSES:
        sites = oriented = on_side = 0.0
        for rows in blocks(len(sample.class_index)):
            mine = sample.class_index[rows] == index
            posterior, both = posteriors[rows][mine], sample.oriented[rows][mine]
            use = posterior[:, GERMLINE] < 0.5
            side = np.where(sample.damage[rows][mine] == 0, both[:, 0], both[:, 1])
            sites += float(posterior[:, DAMAGE].sum())
            oriented += float(both[use].sum())
            on_side += float(side[use].sum())
        figures[name] = {
            "sites_per_mb": round(1e6 * sites / max(callable_bp, 1), 2) + 0.0,
            "damage_side_share": round(on_side / oriented, 3) if oriented else None,
            "fragments": int(oriented),
        }
    return figures
