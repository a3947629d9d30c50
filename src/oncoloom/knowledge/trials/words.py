"""Figures of trials in words: value, unit and interval together."""

from collections.abc import Callable

from oncoloom.knowledge.trials.cox import HazardRatio
from oncoloom.knowledge.trials.figures import AtMonth, TrialFigures
from oncoloom.knowledge.trials.matching import TrialMatch
from oncoloom.knowledge.trials.survival import Estimate
from oncoloom.knowledge.trials.tables import Comparison

ENDPOINT_WORDS = {
    "OS": "alive",
    "PFS": "free of progression",
    "rPFS": "free of radiographic progression",
    "DFS": "free of disease",
    "EFS": "free of events",
    "RFS": "free of relapse",
    "LRR": "free of locoregional relapse",
    "TTF": "without treatment failure",
    "intracranial TTP": "free of intracranial progression",
}
NOT_PROPORTIONAL = (
    "The hazard ratio changes over time (z {z:+.1f}): survival at a time and the restricted mean say more."
)


def ratio_words(ratio: HazardRatio | None) -> str:
    """``0.61 (0.41–0.91)``, or why there is none."""
    if ratio is None:
        return "none: an arm without events"
    return f"{ratio.ratio:.2f} ({ratio.lower:.2f}–{ratio.upper:.2f})"


def points(estimate: Estimate) -> str:
    """A difference of shares in points: ``+15 points (+4 to +26)``."""
    return _with_limits(estimate, " points", " to ", lambda share: _signed(100 * share, 0))


def months_words(estimate: Estimate) -> str:
    """A difference of restricted means: ``+1.2 months (+0.3 to +2.1)``."""
    return _with_limits(estimate, " months", " to ", lambda months: _signed(months, 1))


def share_words(estimate: Estimate | None) -> str:
    """``70 % (62–77)``, or ``not followed so long``."""
    if estimate is None:
        return "not followed so long"
    return _with_limits(estimate, " %", "–", lambda share: f"{100 * share:.0f}")


def _with_limits(estimate: Estimate, unit: str, between: str, shown: Callable[[float], str]) -> str:
    """``VALUE UNIT (LOWER to UPPER)``; the value alone where it has no limits."""
    value = f"{shown(estimate.value)}{unit}"
    if estimate.lower is None or estimate.upper is None:
        return value
    return f"{value} ({shown(estimate.lower)}{between}{shown(estimate.upper)})"


def _signed(value: float, digits: int) -> str:
    """With its sign and a true minus; what rounds to zero has none."""
    shown = f"{value:+.{digits}f}"
    return shown[1:] if float(shown) == 0 else shown.replace("-", "−")


def at_words(at: AtMonth) -> str:
    """``12 months: 70 % (62–77) against 55 % (46–63), +15 points (+4 to +26)``."""
    text = f"{at.month:g} months: {share_words(at.first)} against {share_words(at.second)}"
    return text if at.difference is None else f"{text}, {points(at.difference)}"


def short_at_words(at: AtMonth) -> str:
    """``70 against 55 %, +15 points (+4 to +26)`` for a narrow place; empty where an arm is not known."""
    if at.first is None or at.second is None or at.difference is None:
        return ""
    return f"{100 * at.first.value:.0f} against {100 * at.second.value:.0f} %, {points(at.difference)}"


def proportional_words(figures: TrialFigures) -> str:
    """The sentence for hazards that are not proportional; empty where they are, or cannot be tested."""
    if figures.is_proportional is not False or figures.ratio is None or figures.ratio.trend_z is None:
        return ""
    return NOT_PROPORTIONAL.format(z=figures.ratio.trend_z).replace("z -", "z −")


def citation(comparison: Comparison) -> str:
    """``NEJM 2016, PubMed 27718847, NCT02142738``."""
    paper = comparison.publication
    parts = [f"{paper.journal} {paper.year}", f"PubMed {paper.pubmed_id}"]
    return ", ".join(parts + [one for one in comparison.registration.split("|") if one])


def match_lines(match: TrialMatch, figures: TrialFigures) -> list[str]:
    """A match as lines of text for a terminal."""
    one = match.comparison
    first, second = figures.first, figures.second
    at = "; ".join(at_words(at) for at in figures.at if at.difference)
    n = f"patients {first.n:,} and {second.n:,}, events {first.n_events:,} and {second.n_events:,}"
    mean = f"restricted mean over {figures.mean_horizon_months:.0f} months"
    lines = [
        f"{one.trial}, {one.endpoint}: {first.arm.name} against {second.arm.name} ({match.kind})",
        f"  for: {one.population}; {one.setting}",
        f"  {n}; hazard ratio {ratio_words(figures.ratio)}",
        f"  {ENDPOINT_WORDS[one.endpoint]} at {at or 'no month of 6, 12, 24: not followed so long'}",
        f"  {mean}: {months_words(figures.mean_difference)}",
    ]
    lines += [f"  {text}" for text in (proportional_words(figures),) if text]
    for word, texts in (
        ("fits", match.reasons),
        ("does not fit", match.mismatches),
        ("not known", match.unknowns),
    ):
        if texts:
            lines.append(f"  {word}: {'; '.join(texts)}")
    if one.note:
        lines.append(f"  note: {one.note}")
    return [*lines, f"  {citation(one)}"]
