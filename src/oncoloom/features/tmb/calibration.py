"""One assay's mutational burden on another's scale: a factor through the origin, fitted by a laboratory.

Both counts carry Poisson error, so least squares on the panel's rate would shrink the factor. Two fits:

*poisson*: each sample has one hidden rate, seen by both assays. Given a sample's sum of counts the count of
the reference is binomial, whatever the rate, so the factor's likelihood needs no rates. *deming*: orthogonal
regression through the origin with the error variances' ratio (factor x panel Mb / reference Mb), iterated.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from oncoloom.errors import InputError
from oncoloom.features.tmb.rate import Rate
from oncoloom.files import read_json, write_json

Method = Literal["poisson", "deming"]
MIN_SAMPLES = 20
RESAMPLES = 2000
_SEED = 20200414
CALIBRATION_VERSION = 1


@dataclass(frozen=True, slots=True)
class TmbCalibration:
    """reference rate = factor x panel rate, within `lowest` to `highest` mutations per Mb of the panel."""

    factor: float
    lower: float
    upper: float
    n_samples: int
    lowest: float
    highest: float
    method: Method
    paired: bool
    source: str
    version: int = CALIBRATION_VERSION

    @property
    def equation(self) -> str:
        """The equation in words of the report."""
        return (
            f"reference TMB = {self.factor:.3f} x panel TMB (95 % {self.lower:.3f} to {self.upper:.3f}, "
            f"{self.n_samples} samples, {self.method}, {self.lowest:.3g} to {self.highest:.3g} per Mb; "
            f"{self.source})"
        )


def fit_calibration(
    panel: NDArray[np.int64],
    reference: NDArray[np.int64],
    panel_mb: NDArray[np.float64],
    reference_mb: NDArray[np.float64],
    *,
    method: Method = "poisson",
    paired: bool = True,
    source: str,
) -> TmbCalibration:
    """Fit the factor from samples measured by both assays.

    Parameters
    ----------
    panel, reference
        (n_samples,) mutations counted by each assay.
    panel_mb, reference_mb
        (n_samples,) callable megabases of each, > 0.
    paired
        Whether the panel had matched normals; a tumor-only panel has a factor of its own (Anaya 2023).

    Raises
    ------
    InputError
        If there are fewer than 20 samples, or none of them has a mutation by the panel.

    Notes
    -----
    The interval is a percentile bootstrap over samples (2,000 resamples, fixed seed): unlike the likelihood's
    it holds the spread of true ratios between tumors.
    """
    n = len(panel)
    if n < MIN_SAMPLES:
        raise InputError(
            "too few samples for a calibration", expected=f"at least {MIN_SAMPLES}", found=str(n)
        )
    if not panel.sum() or not reference.sum():
        raise InputError("no mutation by one of the assays: nothing to calibrate on")
    fit = _poisson_factors if method == "poisson" else _deming_factors
    data = [np.asarray(column, dtype=np.float64) for column in (panel, reference, panel_mb, reference_mb)]
    factor = fit(*(column[None, :] for column in data))[0]
    at = np.random.default_rng(_SEED).integers(0, n, (RESAMPLES, n))
    usable = (panel[at].sum(axis=1) > 0) & (reference[at].sum(axis=1) > 0)
    drawn = fit(*(column[at[usable]] for column in data))
    low, high = np.quantile(drawn, [0.025, 0.975])
    rates = panel / panel_mb
    return TmbCalibration(
        float(factor),
        float(low),
        float(high),
        n,
        float(rates.min()),
        float(rates.max()),
        method,
        paired,
        source,
    )


def _poisson_factors(
    panel: NDArray[np.float64],
    reference: NDArray[np.float64],
    panel_mb: NDArray[np.float64],
    reference_mb: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Factor of each row by maximum likelihood with a free rate a sample.

    The score sum(m - N b q / (1 + b q)), q the ratio of sizes, falls with b: bisection on log b.
    """
    q, total = reference_mb / panel_mb, panel + reference
    low, high = np.full(len(q), -14.0), np.full(len(q), 14.0)
    for _ in range(45):
        middle = (low + high) / 2
        bq = np.exp(middle)[:, None] * q
        below = (reference - total * bq / (1 + bq)).sum(axis=1) > 0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(np.exp((low + high) / 2))


def _deming_factors(
    panel: NDArray[np.float64],
    reference: NDArray[np.float64],
    panel_mb: NDArray[np.float64],
    reference_mb: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Factor of each row by orthogonal regression through the origin, variances by the sizes."""
    x, y = panel / panel_mb, reference / reference_mb
    sxx, syy, sxy = (x * x).sum(axis=1), (y * y).sum(axis=1), (x * y).sum(axis=1)
    sizes = panel_mb.mean(axis=1) / reference_mb.mean(axis=1)
    factor = sxy / sxx
    for _ in range(60):  # contracts by the variance ratio, which is far below 1 for a panel against an exome
        delta = factor * sizes
        part = syy - delta * sxx
        factor = (part + np.sqrt(part**2 + 4 * delta * sxy**2)) / (2 * sxy)
    return np.asarray(factor)


def harmonize(calibration: TmbCalibration, rate: Rate, *, paired: bool) -> tuple[Rate | None, str | None]:
    """A panel's rate on the reference's scale, or None with the reason.

    The limits hold both errors: the panel's Poisson limits and the factor's interval, combined on the log
    scale where there are mutations, else the panel's upper limit times the factor's.
    """
    if paired != calibration.paired:
        kinds = {True: "with matched normals", False: "tumor-only"}
        return (
            None,
            f"the calibration is for panels {kinds[calibration.paired]}, this sample is {kinds[paired]}",
        )
    if not calibration.lowest <= rate.value <= calibration.highest:
        return None, (
            f"{rate.value:.3g} per Mb is outside the calibration's range, {calibration.lowest:.3g} to "
            f"{calibration.highest:.3g}"
        )
    value = calibration.factor * rate.value
    if rate.value == 0:
        return Rate(0.0, 0.0, calibration.upper * rate.upper), None
    low = math.hypot(math.log(rate.value / rate.lower), math.log(calibration.factor / calibration.lower))
    high = math.hypot(math.log(rate.upper / rate.value), math.log(calibration.upper / calibration.factor))
    return Rate(value, value * math.exp(-low), value * math.exp(high)), None


def write_calibration(calibration: TmbCalibration, path: Path) -> None:
    """Write the calibration as JSON, for `features.tmb_calibration` of the config."""
    write_json(path, asdict(calibration) | {"equation": calibration.equation})


def read_calibration(path: Path) -> TmbCalibration:
    """A calibration as :func:`write_calibration` left it.

    Raises
    ------
    InputError
        If the file is absent, no calibration, or of another version.
    """
    content = read_json(path)
    names: Sequence[str] = [*TmbCalibration.__dataclass_fields__]
    if not isinstance(content, dict) or any(name not in content for name in names):
        raise InputError(
            "not a TMB calibration", path=path, expected="JSON of `oncoloom features tmb-calibrate`"
        )
    if content["version"] != CALIBRATION_VERSION:
        raise InputError(
            "a TMB calibration of another version",
            path=path,
            expected=str(CALIBRATION_VERSION),
            found=str(content["version"]),
            remedy="fit it again: oncoloom features tmb-calibrate",
        )
    return TmbCalibration(**{name: content[name] for name in names})
