"""Randomized comparisons that fit a patient: by tumor type, biomarkers, line, and the therapies compared.

Each match says why it fits and what does not. Nothing is scored by outcome: what a trial found has no part in
its rank.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from oncoloom.errors import UsageError
from oncoloom.knowledge.trials.biomarkers import PDL1, Biomarkers, Condition
from oncoloom.knowledge.trials.tables import Comparison, comparisons
from oncoloom.knowledge.trials.therapies import (
    LEVEL_WORDS,
    NO_MATCH,
    SAME_CLASS,
    SAME_DRUGS,
    Therapy,
    drugs_of,
    match_arm,
    read_therapy,
)
from oncoloom.knowledge.trials.tumor_types import Relation, relate, todays_code, type_name

MatchKind = Literal["fits", "fits in part", "does not fit"]
_KINDS: tuple[MatchKind, ...] = ("fits", "fits in part", "does not fit")
NONE_FOUND = "no randomised comparison in the embedded set"

LINES: dict[str, tuple[str, ...]] = {
    "1": ("first line", "first or second line", "any line"),
    "2": ("second line", "first or second line", "second or later line", "any line"),
    "3": ("third or later line", "second or later line", "any line"),
    "maintenance": ("maintenance",),
    "neoadjuvant": ("neoadjuvant", "perioperative"),
    "adjuvant": ("adjuvant", "extended adjuvant", "perioperative"),
    "definitive": ("definitive", "salvage"),
}
_RELATIONS: dict[Relation, int] = {"same": 0, "within": 1, "wider": 2, "other histology": 3}
_ENDPOINTS = ("OS", "PFS", "rPFS")


@dataclass(frozen=True, slots=True)
class Query:
    """Whom and what to look for.

    `therapies` none: any; one: trials with it in either arm; two: trials that compare them, in either order.
    `line` is a key of ``LINES``, or None where it is not known.
    """

    tumor_type: str
    biomarkers: Biomarkers
    therapies: tuple[Therapy, ...] = ()
    line: str | None = None


@dataclass(frozen=True, slots=True)
class TrialMatch:
    """A comparison that was looked at, the level of its therapies, and the reasons.

    `swapped` is True where the first therapy asked for was given in the control arm.
    """

    comparison: Comparison
    kind: MatchKind
    swapped: bool
    therapy_level: int
    reasons: tuple[str, ...]
    mismatches: tuple[str, ...]
    unknowns: tuple[str, ...]
    n_conditions_met: int
    relation: Relation


@dataclass(frozen=True, slots=True)
class Found:
    """Matches in order, and how many randomized curves were looked at and left out, by reason."""

    matches: tuple[TrialMatch, ...]
    left_out: dict[str, int]


def make_query(
    tumor_type: str, biomarkers: Biomarkers, therapies: Sequence[str] = (), line: str | None = None
) -> Query:
    """A query from plain texts.

    Raises
    ------
    UsageError
        If the code, a therapy or the line is unknown, or more than two therapies are given.
    """
    if len(therapies) > 2:
        raise UsageError("one or two therapies are compared", found=f"{len(therapies)} therapies")
    if line is not None and line not in LINES:
        raise UsageError("unknown line of therapy", found=line, expected=", ".join(LINES))
    read = tuple(read_therapy(text) for text in therapies)
    for one in read:
        if one.unknown or not one.agents:
            raise UsageError(
                "this therapy is not known to the embedded trials",
                found=", ".join(one.unknown) or one.text,
                expected="drugs, classes, regimens: nivolumab, PD-1 inhibitor, cisplatin + pemetrexed",
            )
    return Query(todays_code(tumor_type), biomarkers, read, line)


def find_trials(query: Query) -> Found:
    """All comparisons of the tumor type (or a relative of it) and of the therapies, best first."""
    left_out: dict[str, int] = {}
    matches = []
    for comparison in comparisons():
        reason, match = _look(comparison, query)
        if match is None:
            left_out[reason] = left_out.get(reason, 0) + 1
        else:
            matches.append(match)
    return Found(tuple(sorted(matches, key=_rank)), dict(sorted(left_out.items())))


def fitting(matches: Iterable[TrialMatch]) -> tuple[TrialMatch, ...]:
    """The matches that fit, wholly or in part."""
    return tuple(match for match in matches if match.kind != "does not fit")


def _look(comparison: Comparison, query: Query) -> tuple[str, TrialMatch | None]:
    relation = relate(query.tumor_type, comparison.tumor_types, comparison.excluded_types)
    if relation == "other":
        return "other tumor type", None
    if not comparison.randomized:
        return "curve does not fit its publication", None
    level, swapped, how = _therapy_match(comparison, query.therapies)
    if query.therapies and level == NO_MATCH:
        return "other therapies", None
    notes = _Notes([], [], [])
    _note_type(notes, comparison, query, relation)
    n_met = _note_conditions(notes, comparison.conditions, query.biomarkers)
    _note_setting(notes, comparison, query.line)
    if how:
        notes.reasons.append(how)
    kind: MatchKind = "fits"
    weak = query.therapies and level < SAME_CLASS
    if relation == "wider" or weak or notes.unknowns or notes.mismatches:
        kind = "fits in part"
    if relation == "other histology" or n_met < 0:
        kind = "does not fit"
    return "", TrialMatch(
        comparison, kind, swapped, level, tuple(notes.reasons), tuple(notes.mismatches),
        tuple(notes.unknowns), max(n_met, 0), relation,
    )  # fmt: skip


@dataclass(slots=True)
class _Notes:
    reasons: list[str]
    mismatches: list[str]
    unknowns: list[str]


def _note_type(notes: _Notes, comparison: Comparison, query: Query, relation: Relation) -> None:
    mine = type_name(query.tumor_type)
    theirs = " or ".join(type_name(code) for code in comparison.tumor_types)
    if comparison.excluded_types:
        theirs += ", without " + " or ".join(type_name(code) for code in comparison.excluded_types)
    if relation == "same":
        notes.reasons.append(f"tumor type: {theirs}")
    elif relation == "within":
        notes.reasons.append(f"tumor type: {theirs}; {mine} is one")
    elif relation == "wider":
        notes.unknowns.append(f"trial in {theirs}; the patient's type is given as {mine} only")
    else:
        notes.mismatches.append(f"trial in {theirs}, patient with {mine}")
    if (
        relation in ("same", "within")
        and comparison.excluded_types
        and query.tumor_type in comparison.tumor_types
    ):
        notes.unknowns.append(f"histology: the trial left out {type_name(comparison.excluded_types[0])}")


def _note_conditions(notes: _Notes, conditions: Iterable[Condition], patient: Biomarkers) -> int:
    """Adds a note for each condition; number of those met, -1 where one is contradicted."""
    met, contradicted = 0, False
    for condition in conditions:
        verdict = patient.check(condition)
        if verdict == "true":
            met += condition.operator != "!="
            notes.reasons.append(f"biomarker: {condition.text}")
        elif verdict == "false":
            contradicted = True
            notes.mismatches.append(f"trial: {condition.text}; patient: {patient.text_of(condition.marker)}")
        elif condition.operator == "!=":
            notes.reasons.append(
                f"{condition.text} (exclusion of the trial; {condition.marker} not known here)"
            )
        else:
            notes.unknowns.append(f"trial: {condition.text}; not known of the patient")
    asked = [*patient.states, *([PDL1] if patient.pdl1_percent is not None else [])]
    if not any(condition.marker in asked for condition in conditions) and asked:
        notes.reasons.append("patients not selected by the biomarkers given")
    return -1 if contradicted else met


def _note_setting(notes: _Notes, comparison: Comparison, line: str | None) -> None:
    if line is None:
        return
    if comparison.setting in LINES[line]:
        notes.reasons.append(f"setting: {comparison.setting}")
    else:
        notes.mismatches.append(f"trial: {comparison.setting}; asked: {line_words(line)}")


def line_words(line: str) -> str:
    """A key of ``LINES`` in words."""
    return {"1": "first line", "2": "second line", "3": "third or later line"}.get(line, line)


def _therapy_match(comparison: Comparison, asked: Sequence[Therapy]) -> tuple[int, bool, str]:
    """Level, whether the order is swapped, and the reason in words."""
    arms = tuple(read_therapy(arm.therapy) for arm in (comparison.experimental, comparison.control))
    if not asked:
        return SAME_DRUGS, False, ""
    if len(asked) == 1:
        level, swapped, extra = max(
            (
                (*match_arm(asked[0], arm)[:1], number == 1, match_arm(asked[0], arm)[1])
                for number, arm in enumerate(arms)
            ),
            key=lambda one: (one[0], -len(one[2]), not one[1]),
        )
        return level, swapped, _how(level, extra)
    options = []
    for swapped in (False, True):
        first, second = (arms[1], arms[0]) if swapped else arms
        one, extra_one = match_arm(asked[0], first)
        other, extra_other = match_arm(asked[1], second)
        if NO_MATCH in (one, other):
            continue
        if not (_is_backbone(extra_one, second, asked[1]) and _is_backbone(extra_other, first, asked[0])):
            continue
        options.append((min(one, other), swapped, extra_one | extra_other))
    if not options:
        return NO_MATCH, False, ""
    level, swapped, extra = max(options, key=lambda one: (one[0], not one[1]))
    return level, swapped, _how(level, extra)


def _is_backbone(extra: frozenset[str], other_arm: Therapy, other_asked: Therapy) -> bool:
    """Drugs beside those asked for are no difference where the other arm holds them, too, and unasked."""
    return extra <= drugs_of(other_arm) and not extra & drugs_of(other_asked)


def _how(level: int, extra: frozenset[str]) -> str:
    beside = f", beside {', '.join(sorted(extra))}" if extra and len(extra) <= 5 else ""
    return f"therapies: {LEVEL_WORDS.get(level, 'none')}{beside}"


def _rank(match: TrialMatch) -> tuple[object, ...]:
    one = match.comparison
    endpoint = _ENDPOINTS.index(one.endpoint) if one.endpoint in _ENDPOINTS else len(_ENDPOINTS)
    return (
        _KINDS.index(match.kind), -match.therapy_level, -match.n_conditions_met, len(match.unknowns),
        len(match.mismatches), _RELATIONS.get(match.relation, 9), one.trial.lower(), endpoint, one.curve,
    )  # fmt: skip
