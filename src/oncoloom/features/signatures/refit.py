"""Exposures of a spectrum to known signatures: restricted least squares with backward elimination."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.features.signatures.matrix import SignatureMatrix
from oncoloom.kernels.signature_refit import refit_spectra

_CLIP = 1e-3


@dataclass(frozen=True, slots=True)
class RefitRules:
    """Which signatures a refit may use, and what one must earn to stay.

    Attributes
    ----------
    min_prevalence
        Prevalence a signature must exceed to be tried.
    threshold, log_odds_weight
        A signature is removed while the fit without it is worse by less than ``threshold + log_odds_weight ·
        ln((1 − π) / π)`` of the spectrum's norm. A frequent signature gets a negative threshold and stays.
    never_removed
        Signatures of normal aging that every tissue has.
    linked
        Pairs with one cause: one present brings the other back into the fit.

    References
    ----------
    Backward elimination after Blokzijl et al. 2018 and Islam et al. 2022; the log-odds term is our own.
    """

    min_prevalence: float = 0.015
    threshold: float = 0.015
    log_odds_weight: float = 0.015
    never_removed: tuple[str, ...] = ("SBS1", "SBS5")
    linked: tuple[tuple[str, str], ...] = (("SBS2", "SBS13"), ("SBS17a", "SBS17b"))

    def thresholds(self, prevalence: NDArray[np.float64]) -> NDArray[np.float64]:
        """What each signature must earn, inf where it may not be used; shape of `prevalence`."""
        odds = np.clip(prevalence, _CLIP, 1 - _CLIP)
        earned = self.threshold + self.log_odds_weight * np.log((1 - odds) / odds)
        return np.where(prevalence > self.min_prevalence, earned, np.inf)


def refit(
    spectra: NDArray[np.float64],
    matrix: SignatureMatrix,
    prevalence: NDArray[np.float64],
    rules: RefitRules | None = None,
    *,
    kept_only: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """(n, k) float64 mutations by signature; the rest of a spectrum is misfit and belongs to none.

    Parameters
    ----------
    spectra
        (n, c) counts in the order of `matrix.channels`.
    prevalence
        (k,) or (n, k) prevalence of each signature among tumors like these; 0.5 for all is no prior.
    kept_only
        (k,) bool: fit exactly these signatures, nothing is eliminated.
    """
    rules = rules or RefitRules()
    spectra = np.ascontiguousarray(spectra, dtype=np.float64)
    n, k = len(spectra), len(matrix.names)
    if spectra.shape[1:] != (len(matrix.channels),):
        raise ValueError(f"spectra have {spectra.shape[1:]} channels, the matrix {len(matrix.channels)}")
    threshold = np.broadcast_to(rules.thresholds(np.asarray(prevalence, np.float64)), (n, k)).copy()
    names = {name: column for column, name in enumerate(matrix.names)}
    kept = np.array([name in rules.never_removed for name in matrix.names], bool)
    pairs = [(names[a], names[b]) for a, b in rules.linked if a in names and b in names]
    links = np.array(pairs, np.int64).reshape(-1, 2)
    if kept_only is not None:
        threshold[:] = np.where(kept_only, -np.inf, np.inf)
        kept, links = kept_only.copy(), links[:0]
    exposures = np.empty((n, k))
    refit_spectra(np.ascontiguousarray(matrix.values), spectra, threshold, kept, links, exposures)
    return exposures


def cosine(spectrum: NDArray[np.float64], fitted: NDArray[np.float64]) -> float:
    """Cosine similarity of a spectrum and its reconstruction; NaN where one is empty."""
    norm = float(np.linalg.norm(spectrum) * np.linalg.norm(fitted))
    return float(spectrum @ fitted) / norm if norm > 0 else float("nan")
