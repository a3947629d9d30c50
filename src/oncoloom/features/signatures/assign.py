"""Signatures of one tumor: exposures with sampling intervals and support, or why there are none."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.features.signatures.matrix import POSSIBLE_ARTEFACTS, SignatureMatrix
from oncoloom.features.signatures.refit import RefitRules, cosine, refit

MIN_MUTATIONS, PRIOR_LED_BELOW = 50, 200
N_RESAMPLES = 100
UNCERTAIN_SUPPORT = 0.7
_QUANTILES = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Exposure:
    """One signature present in a tumor.

    Attributes
    ----------
    mutations, share
        Mutations it explains, and their share of all that the signatures explain.
    lower, upper
        95 % *sampling* interval of the share, given the chosen signatures. That the signatures are not
        quite those of this tumor is not in it.
    support
        Share of resampled spectra in which the whole selection chooses it; below 0.7 it is uncertain.
    """

    signature: str
    mutations: float
    share: float
    lower: float
    upper: float
    support: float
    possible_artefact: bool

    @property
    def uncertain(self) -> bool:
        """Whether the selection of this signature hangs on the sampled mutations."""
        return self.support < UNCERTAIN_SUPPORT


@dataclass(frozen=True, slots=True)
class SignatureResult:
    """Exposures of one spectrum, largest first; empty with `reason` where none can be given.

    `state` is "measured", or "prior-led" where the mutations are so few that the prevalences decide much.
    """

    n_mutations: int
    exposures: tuple[Exposure, ...]
    state: str | None
    cosine: float | None
    reason: str | None

    def share(self, signatures: tuple[str, ...]) -> float:
        """Summed share of some signatures."""
        return sum(one.share for one in self.exposures if one.signature in signatures)


def no_signatures(n_mutations: int, reason: str) -> SignatureResult:
    """A result without exposures."""
    return SignatureResult(n_mutations, (), None, None, reason)


def why_too_few(n_mutations: int) -> str | None:
    """Why so many mutations tell no signatures, or None."""
    if n_mutations >= MIN_MUTATIONS:
        return None
    return f"{n_mutations} mutations are too few for signatures; {MIN_MUTATIONS} are needed"


def assign_signatures(
    spectrum: NDArray[np.int64],
    matrix: SignatureMatrix,
    prevalence: NDArray[np.float64],
    *,
    seed: int,
    rules: RefitRules | None = None,
    n_resamples: int = N_RESAMPLES,
) -> SignatureResult:
    """Exposures of one spectrum with intervals and support from multinomial resamples.

    Parameters
    ----------
    spectrum
        (c,) counts in the order of `matrix.channels`.
    prevalence
        (k,) prevalence of each signature in this tumor type.
    """
    n = int(spectrum.sum())
    if (few := why_too_few(n)) is not None:
        return no_signatures(n, few)
    counts = spectrum.astype(np.float64)
    found = refit(counts[None], matrix, prevalence, rules)[0]
    chosen = found > 0
    if not chosen.any():
        return no_signatures(n, "no signature that is known in this tumor type fits the spectrum")
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(n, counts / n, size=n_resamples).astype(np.float64)
    given = refit(drawn, matrix, prevalence, rules, kept_only=chosen)
    whole = refit(drawn, matrix, prevalence, rules)
    support = (whole > 0).mean(axis=0)
    shares = given / given.sum(axis=1, keepdims=True)
    low, high = np.quantile(shares, _QUANTILES, axis=0)
    total = float(found.sum())
    order = sorted(np.flatnonzero(chosen).tolist(), key=lambda j: (-found[j], matrix.names[j]))
    exposures = tuple(
        Exposure(
            matrix.names[j],
            float(found[j]),
            float(found[j]) / total,
            float(min(low[j], found[j] / total)),
            float(max(high[j], found[j] / total)),
            float(support[j]),
            matrix.names[j] in POSSIBLE_ARTEFACTS,
        )
        for j in order
    )
    state = "prior-led" if n < PRIOR_LED_BELOW else "measured"
    return SignatureResult(n, exposures, state, cosine(counts, matrix.values @ found), None)
