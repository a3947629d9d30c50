"""Orientation bias in qc.json: sites that damage explains, and on which side the class's fragments lie."""

from types import SimpleNamespace

import numpy as np

from oncoloom.calling.mixture import classify_sites
from oncoloom.calling.qc_damage import damage_figures
from oncoloom.kernels.mixture_core import DAMAGE, GERMLINE, SOMATIC


def calls_of(ref, alt, first, second, hypotheses):
    n = len(ref)
    posterior, classes = np.zeros((n, 7)), classify_sites(ref, alt, np.zeros(n), np.zeros(n, bool))
    posterior[np.arange(n), hypotheses] = 1.0
    return SimpleNamespace(
        sample=SimpleNamespace(
            class_index=classes.index,
            damage=classes.damage,
            oriented=np.stack([first, second], axis=1).astype(np.int32),
        ),
        fit=SimpleNamespace(mixture=SimpleNamespace(posterior=posterior)),
    )


def test_damage_is_counted_on_its_side():
    calls = calls_of(
        ["C", "G", "C", "C", "A"],
        ["T", "A", "T", "T", "G"],
        [5, 1, 3, 20, 50],
        [0, 4, 3, 20, 0],
        [DAMAGE, DAMAGE, SOMATIC, GERMLINE, SOMATIC],
    )
    figures = damage_figures(calls, 500_000)
    # C>T in F1R2 and G>A in F2R1: 5 + 4 + 3 of 16 fragments; the germline site does not count
    assert figures["C>T"] == {"sites_per_mb": 4.0, "damage_side_share": 0.75, "fragments": 16}
    assert figures["G>T"] == {"sites_per_mb": 0.0, "damage_side_share": None, "fragments": 0}
