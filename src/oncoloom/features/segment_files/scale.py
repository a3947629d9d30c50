"""Scale of segment levels: log2, log10, natural log, ratio or copies; declared, or held to evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log2
from math import log as ln
from pathlib import Path

from oncoloom.errors import InputError
from oncoloom.features.segment_files.scale_limits import Level, why_impossible
from oncoloom.features.segment_files.scale_odds import Broad, broad_levels, log_likelihood, median_purity
from oncoloom.logs import counted

SCALES = ("log2", "log10", "ln", "ratio", "copies")
LOG_BASES = {"log2": 2.0, "log10": 10.0, "ln": exp(1)}
# What is met: seg files are log2, array pipelines write log10, the natural logarithm is rare.
_PRIOR = {"log2": 0.90, "log10": 0.09, "ln": 0.01}
_TOLD, _UNLIKELY = 0.998, 0.01


@dataclass(frozen=True, slots=True)
class ScaleVerdict:
    """The scale to read levels by, how it is known, and a sentence where it had to be assumed or is doubtful.

    `basis` is "declared", "format" (the tool writes no other), "evidence" or "assumed".
    """

    scale: str
    basis: str
    note: str | None = None


def as_log2(level: float, scale: str) -> float | None:
    """A level as log2 ratio; None where it is none (copies, or a ratio of 0: no coverage).

    Examples
    --------
    >>> as_log2(-3.0, "log2"), as_log2(2.0, "ratio"), as_log2(2.0, "copies")
    (-3.0, 1.0, None)
    """
    if scale in LOG_BASES:
        return level if scale == "log2" else round(level * ln(LOG_BASES[scale]) / ln(2.0), 9)
    return log2(level) if scale == "ratio" and level > 0 else None


def judge_scale(
    levels: Sequence[Level], path: Path, *, declared: str | None, usual: str, fixed: bool
) -> ScaleVerdict:
    """Decide the scale of a file's levels.

    Parameters
    ----------
    declared
        What the user says, None for nothing.
    usual, fixed
        Scale of the format, and whether its tool writes no other.

    Raises
    ------
    InputError
        If the levels contradict the declared or usual scale, with the scale that fits as remedy.
    """
    scale = declared or usual
    if not levels:
        return ScaleVerdict(scale, "declared" if declared else "format" if fixed else "assumed")
    faults = {name: why_impossible(levels, name, LOG_BASES.get(name)) for name in SCALES}
    why = faults[scale]
    if why is not None:
        fitting = [name for name, fault in faults.items() if fault is None]
        raise InputError(
            f"the levels are not {scale}: {why[0]}",
            path=path,
            record=why[1],
            expected=f"{scale} levels ({'declared' if declared else 'usual in this format'})",
            found=f"levels that fit {' or '.join(fitting)}" if fitting else "levels that fit no known scale",
            remedy=_remedy(fitting),
        )
    odds, samples = _odds(levels, faults)
    doubt = _doubt(scale, odds, samples)
    if declared or fixed:
        return ScaleVerdict(scale, "declared" if declared else "format", doubt if declared else None)
    if doubt is not None:
        other = max(odds, key=lambda name: odds[name])
        raise InputError(
            doubt,
            path=path,
            expected=f"{usual} (usual in this format), or a declared scale",
            found=f"levels that fit {other} better",
            remedy=f"find out how the file was made, and say --scale {other} or --scale {usual}",
        )
    if odds.get(scale, 1.0) >= _TOLD:
        return ScaleVerdict(scale, "evidence")
    others = " or ".join(name for name in odds if name != scale)
    note = (
        f"the levels do not tell whether they are {scale} or {others} "
        f"({counted(len(samples), 'sample')} with broad gains or losses): read as {scale}; say --scale"
    )
    return ScaleVerdict(scale, "assumed", note)


def _remedy(fitting: list[str]) -> str:
    if not fitting:
        return "give the measured levels or copies of the segments"
    known = f"say --scale {' or '.join(fitting)}"
    return known if len(fitting) == 1 else f"find out how the file was made, and {known}"


def _odds(
    levels: Sequence[Level], faults: dict[str, tuple[str, str] | None]
) -> tuple[dict[str, float], list[Broad]]:
    """Posterior of each possible logarithm, and the samples that speak."""
    samples = broad_levels(levels)
    scores = {
        name: ln(_PRIOR[name]) + log_likelihood(samples, base)
        for name, base in LOG_BASES.items()
        if faults[name] is None
    }
    best = max(scores.values(), default=-inf)
    weights = {name: exp(max(score - best, -700.0)) for name, score in scores.items()}
    whole = sum(weights.values())
    return {name: weight / whole for name, weight in weights.items()}, samples


def _doubt(scale: str, odds: dict[str, float], samples: Sequence[Broad]) -> str | None:
    if odds.get(scale, 1.0) >= _UNLIKELY:
        return None
    purity, speaking = median_purity(samples, LOG_BASES[scale]), counted(len(samples), "sample")
    return (
        f"read as {scale}, the broad gains and losses of {speaking} would mean a median tumor purity of "
        f"{purity:.2f}"
    )
