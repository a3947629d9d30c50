"""Scale of segment levels: log2, log10, natural log, ratio or copies; declared, or held to evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log2
from math import log as ln
from pathlib import Path

from oncoloom.errors import InputError
from oncoloom.features.segment_files.scale_limits import Level, why_impossible
from oncoloom.features.segment_files.scale_purity import (
    Broad,
    broad_levels,
    highest_purity,
    is_beyond_purity,
    is_of_low_purity,
)
from oncoloom.features.segment_files.ways_out import WaysOut
from oncoloom.logs import counted

SCALES = ("log2", "log10", "ln", "ratio", "copies")
LOG_BASES = {"log2": 2.0, "log10": 10.0, "ln": exp(1)}


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
    levels: Sequence[Level], path: Path, *, declared: str | None, usual: str, fixed: bool, ways_out: WaysOut
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
            remedy=_remedy(fitting, ways_out),
        )
    samples = broad_levels(levels)
    possible = [name for name in LOG_BASES if faults[name] is None]
    doubt = _doubt(scale, possible, samples)
    if declared or fixed:
        return ScaleVerdict(scale, "declared" if declared else "format", doubt if declared else None)
    if doubt is not None:
        better = _better(scale, possible, samples)
        way_out = ways_out.scale.format(" or ".join([*better, usual]))
        raise InputError(
            doubt,
            path=path,
            expected=f"{usual} (usual in this format), or a declared scale",
            found=f"levels that fit {' '.join(better) or 'no logarithm'} better",
            remedy=f"find out how the file was made, and {way_out}",
        )
    if "log10" not in possible or is_beyond_purity(samples, LOG_BASES["log10"]):
        return ScaleVerdict(scale, "evidence")
    speaking = counted(len(samples), "sample")
    note = (
        f"the levels do not tell whether they are {scale} or log10 ({speaking} with broad gains or losses): "
        f"read as {scale}; declare it"
    )
    return ScaleVerdict(scale, "assumed", note)


def _doubt(scale: str, possible: list[str], samples: list[Broad]) -> str | None:
    """Why levels are hardly of a scale that they may be of; None where nothing speaks against it."""
    if scale not in LOG_BASES:
        return None
    speaking = counted(len(samples), "sample")
    if is_beyond_purity(samples, LOG_BASES[scale]):
        return f"read as {scale}, broad gains or losses of {speaking} go beyond what a pure tumor shows"
    if is_of_low_purity(samples, LOG_BASES[scale]) and _better(scale, possible, samples):
        purity = highest_purity(samples, LOG_BASES[scale])
        return (
            f"read as {scale}, the broad gains and losses of {speaking} would mean tumor purities of "
            f"{purity:.2f} at most"
        )
    return None


def _better(scale: str, possible: list[str], samples: list[Broad]) -> list[str]:
    """The common logarithm that gives usual purities, or none; the natural one is rare and near to log2."""
    fitting: list[str] = [
        name
        for name in ("log2", "log10")
        if name in possible
        and name != scale
        and not is_of_low_purity(samples, LOG_BASES[name])
        and not is_beyond_purity(samples, LOG_BASES[name])
    ]
    return fitting[:1]


def _remedy(fitting: list[str], ways_out: WaysOut) -> str:
    if not fitting:
        return "give the measured levels or copies of the segments"
    known = ways_out.scale.format(" or ".join(fitting))
    return known if len(fitting) == 1 else f"find out how the file was made, and {known}"
