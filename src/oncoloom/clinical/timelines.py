"""Treatment timelines: single records to lines of systemic therapy, and which line starts day 0.

A line is a regimen: systemic treatments that start within some days of its first one. The index therapy is
the first line that starts on or after the study's own day 0; lines before it are prior therapy. Counting
survival from there, and not from diagnosis, keeps immortal time out: a patient had to live until the
treatment to receive it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Salts and forms that make two names of one drug.
_SALTS = (
    "hydrochloride", "acetate", "citrate", "sodium", "disodium", "tartrate", "mesylate", "tosylate",
    "sulfate", "sulphate", "phosphate", "maleate", "dimaleate", "malate", "succinate", "fumarate", "hcl",
)  # fmt: skip
_SPLIT = re.compile(r"\s*(?:[,;+]|/(?=\D)|\bplus\b|\band\b)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Treatment:
    """One record: days from the study's day 0, kind of treatment, drug as written ("" if not given)."""

    patient: str
    start: float
    stop: float | None
    kind: str
    agent: str


@dataclass(frozen=True, slots=True)
class TherapyLine:
    """A line of systemic therapy of one patient; `drugs` sorted, in lower case, without salts."""

    start: float
    stop: float | None
    drugs: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its drugs joined by `` + ``; the kind of treatment where no drug is recorded."""
        return " + ".join(self.drugs or self.kinds) or "systemic therapy, drug not recorded"


def drug_names(agent: str) -> list[str]:
    """Drugs in one cell, in lower case and without salts, e.g. ``["doxorubicin"]``.

    Examples
    --------
    >>> drug_names("Doxorubicin Hydrochloride")
    ['doxorubicin']
    >>> drug_names("Carboplatin + Paclitaxel")
    ['carboplatin', 'paclitaxel']
    """
    names = []
    for part in _SPLIT.split(agent):
        words = [word for word in part.lower().split() if word not in _SALTS]
        if words:
            names.append(" ".join(words))
    return names


def is_local(kind: str, local_words: Sequence[str]) -> bool:
    """True for surgery, radiation and what else `local_words` name: no systemic therapy."""
    return any(word.casefold() in kind.casefold() for word in local_words)


def therapy_lines(treatments: Iterable[Treatment], *, regimen_days: int) -> dict[str, list[TherapyLine]]:
    """Lines of each patient, in order of their start.

    Parameters
    ----------
    treatments
        Systemic treatments in any order; exact repeats count once.
    regimen_days
        A treatment that starts within this many days of the line's first one belongs to the line.
    """
    by_patient: dict[str, list[Treatment]] = {}
    for one in dict.fromkeys(treatments):
        by_patient.setdefault(one.patient, []).append(one)
    return {patient: _lines(records, regimen_days) for patient, records in by_patient.items()}


def _lines(records: list[Treatment], regimen_days: int) -> list[TherapyLine]:
    records = sorted(records, key=lambda one: (one.start, one.kind, one.agent))
    groups: list[list[Treatment]] = []
    for one in records:
        if groups and one.start - groups[-1][0].start <= regimen_days:
            groups[-1].append(one)
        else:
            groups.append([one])
    return [_line(group) for group in groups]


def _line(group: list[Treatment]) -> TherapyLine:
    stops = [one.stop for one in group]
    known = [stop for stop in stops if stop is not None]
    return TherapyLine(
        start=group[0].start,
        stop=max(known) if known and len(known) == len(stops) else None,
        drugs=tuple(sorted({name for one in group for name in drug_names(one.agent)})),
        kinds=tuple(sorted({one.kind for one in group if one.kind})),
    )


def index_line(lines: Sequence[TherapyLine]) -> tuple[TherapyLine | None, int]:
    """The first line that starts on or after day 0 of the study, and the number of lines before it."""
    prior = sum(1 for line in lines if line.start < 0)
    later = [line for line in lines if line.start >= 0]
    return (later[0] if later else None), prior
