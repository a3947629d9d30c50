"""Names of therapies: drugs, classes and regimens as sets of drugs, and how two therapies compare."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from oncoloom.reference_data.embedded import read_rows

Kind = Literal["drug", "class", "group"]
SAME_DRUGS, SAME_CLASS, SAME_GROUP, NO_MATCH = 3, 2, 1, 0
LEVEL_WORDS = {SAME_DRUGS: "same drugs", SAME_CLASS: "same class", SAME_GROUP: "same group"}
PLATINUM_REGIMEN = "platinum chemotherapy"
# Beside other drugs these say nothing about which therapy it is.
_ACCOMPANY = ("placebo", "leucovorin", "prednisone", "best supportive care")
_CLASS_NAMES: dict[str, tuple[str, ...]] = {
    "pd-1/pd-l1 inhibitor": ("PD-1 inhibitor", "PD-L1 inhibitor"),
    "pd-(l)1 inhibitor": ("PD-1 inhibitor", "PD-L1 inhibitor"),
    "pd-1 inhibitor alone": ("PD-1 inhibitor",),
    "pd-l1 inhibitor alone": ("PD-L1 inhibitor",),
    "aromatase inhibitor": ("aromatase inhibitor",),
}
_GROUP_NAMES: dict[str, tuple[str, ...]] = {
    "immunotherapy": ("immune checkpoint inhibitor", "other immunotherapy"),
    "targeted": ("targeted therapy",),
    "hormone therapy": ("endocrine therapy",),
}
# Two classes on one axis: a trial of the one says something about the other, with more error of transport.
_ONE_AXIS = {"PD-1 inhibitor", "PD-L1 inhibitor"}
_PLATINUM_NAMES = (
    "platinum chemotherapy",
    "platinum-based chemotherapy",
    "platinum doublet",
    "platinum-doublet chemotherapy",
)


@dataclass(frozen=True, slots=True)
class Agent:
    """A drug, or a class or group standing for any of its drugs."""

    name: str
    kind: Kind
    drugs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Therapy:
    """A therapy as written, its agents, and the words that were not understood."""

    text: str
    agents: tuple[Agent, ...]
    unknown: tuple[str, ...] = ()

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes of its drugs, sorted; a class or group stands for itself."""
        return tuple(sorted({class_of(one.name) if one.kind == "drug" else one.name for one in self.agents}))


@cache
def _vocabulary() -> tuple[dict[str, tuple[Agent, ...]], dict[str, str], dict[str, str]]:
    """Lower-case name to agents; drug to class; drug to group."""
    rows = read_rows("trials", "therapies.tsv")
    classes = {row["name"]: row["class"] for row in rows if row["class"]}
    groups = {row["name"]: row["group"] for row in rows if row["class"]}
    words: dict[str, tuple[Agent, ...]] = {}
    for names, kind, table in ((_GROUP_NAMES, "group", groups), (_CLASS_NAMES, "class", classes)):
        mine = {one: (one,) for one in set(table.values())} | names
        for name, members in sorted(mine.items()):
            drugs = frozenset(drug for drug, label in table.items() if label in members)
            words.setdefault(name.lower(), (Agent(name, kind, drugs),))  # type: ignore[arg-type]
    for row in rows:
        if row["class"]:
            agents: tuple[Agent, ...] = (Agent(row["name"], "drug", frozenset({row["name"]})),)
            # A name that is drug and class at once (radiotherapy) stays the class.
            words.setdefault(row["name"].lower(), agents)
        else:
            agents = tuple(Agent(one, "drug", frozenset({one})) for one in row["components"].split(" + "))
            words[row["name"].lower()] = agents
        for alias in row["aliases"].split("|"):
            if alias:
                words.setdefault(alias.lower(), words[row["name"].lower()])
    platinum = Agent(
        PLATINUM_REGIMEN, "class", frozenset(d for d, label in classes.items() if label == "platinum")
    )
    words |= dict.fromkeys(_PLATINUM_NAMES, (platinum,))
    return words, classes, groups


def class_of(drug: str) -> str:
    """Class of a drug, e.g. ``PD-1 inhibitor``; the name itself where it is none."""
    return _vocabulary()[1].get(drug, drug)


def group_of_drug(drug: str) -> str:
    """Group of a drug, e.g. ``immune checkpoint inhibitor``; the name itself where it is none."""
    return _vocabulary()[2].get(drug, drug)


def is_checkpoint_therapy(therapy: Therapy) -> bool:
    """Whether every agent is a checkpoint inhibitor."""
    groups = {group_of_drug(drug) for agent in therapy.agents for drug in agent.drugs}
    return bool(therapy.agents) and not therapy.unknown and groups <= {"immune checkpoint inhibitor"}


def read_therapy(text: str) -> Therapy:
    """Agents of a text such as ``nivolumab``, ``PD-1 inhibitor``, ``cisplatin + pemetrexed``, ``FOLFIRI``."""
    words = _vocabulary()[0]
    whole = " ".join(text.lower().split())
    if whole in words:
        return Therapy(text, words[whole])
    agents: list[Agent] = []
    unknown = []
    for part in re.split(r"\s*\+\s*|,\s*|\s+and\s+|\s+with\s+|\s*&\s*|(?<!pd-1)/", whole):
        found = words.get(part.strip())
        if found is None:
            unknown.append(part.strip())
        else:
            agents += [one for one in found if one not in agents]
    return Therapy(text, tuple(agents), tuple(unknown))


def telling(agents: Iterable[Agent]) -> tuple[Agent, ...]:
    """Agents without those that only accompany; all of them where nothing else is there."""
    mine = tuple(agents)
    kept = tuple(one for one in mine if one.name not in _ACCOMPANY)
    return kept or mine


def drugs_of(therapy: Therapy) -> frozenset[str]:
    """All drugs that its agents are or stand for."""
    return frozenset(drug for agent in therapy.agents for drug in agent.drugs)


def covers(asked: Agent, given: Agent) -> int:
    """How far an agent of a trial's arm is what was asked for."""
    if asked.name == given.name or (asked.kind == given.kind and asked.drugs == given.drugs):
        return SAME_DRUGS
    if asked.kind == "drug" and given.kind == "drug":
        classes = {class_of(asked.name), class_of(given.name)}
        return SAME_CLASS if len(classes) == 1 else SAME_GROUP if classes == _ONE_AXIS else NO_MATCH
    if "group" in (asked.kind, given.kind):
        wide, narrow = (asked, given) if asked.kind == "group" else (given, asked)
        return SAME_GROUP if narrow.drugs <= wide.drugs else NO_MATCH
    return SAME_CLASS if asked.drugs & given.drugs else NO_MATCH


def match_arm(asked: Therapy, arm: Therapy) -> tuple[int, frozenset[str]]:
    """Level of the match, and the arm's further drugs that were not asked for.

    Every agent asked for must be in the arm. A class or group may stand for several of its drugs.
    """
    if asked.unknown or not asked.agents:
        return NO_MATCH, frozenset()
    left = list(telling(arm.agents))
    level = SAME_DRUGS
    if _is_platinum_regimen(telling(asked.agents)) and any(one.name == PLATINUM_REGIMEN for one in left):
        rest = [one for one in left if one.name != PLATINUM_REGIMEN]
        return SAME_CLASS, frozenset(drug for one in rest for drug in one.drugs)
    for agent in telling(asked.agents):
        if agent.name == PLATINUM_REGIMEN:
            found, left = _take_platinum(left)
            level = min(level, found)
        else:
            best = max((covers(agent, one) for one in left), default=NO_MATCH)
            level = min(level, best)
            taken = [one for one in left if covers(agent, one) == best]
            gone = taken if agent.kind != "drug" else taken[:1]
            left = [one for one in left if one not in gone]
        if level == NO_MATCH:
            return NO_MATCH, frozenset()
    return level, frozenset(drug for one in left for drug in one.drugs)


def _is_platinum_regimen(asked: tuple[Agent, ...]) -> bool:
    """Whether a therapy is platinum with other chemotherapy, drug by drug: ``cisplatin + pemetrexed``."""
    groups = {group_of_drug(drug) for one in asked for drug in one.drugs}
    classes = {class_of(drug) for one in asked for drug in one.drugs}
    named = not any(one.name == PLATINUM_REGIMEN for one in asked)
    return (
        named
        and groups == {"chemotherapy"}
        and "platinum" in classes
        and "group" not in {a.kind for a in asked}
    )


def _take_platinum(arm: list[Agent]) -> tuple[int, list[Agent]]:
    """Platinum with any chemotherapy beside it is platinum chemotherapy."""
    if any(one.name == PLATINUM_REGIMEN for one in arm):
        return SAME_DRUGS, [one for one in arm if one.name != PLATINUM_REGIMEN]
    if not any(class_of(drug) == "platinum" for one in arm for drug in one.drugs):
        return NO_MATCH, arm
    rest = [one for one in arm if any(group_of_drug(drug) != "chemotherapy" for drug in one.drugs)]
    return SAME_CLASS, rest
