"""A comparison in words, as far as its wording allows; never "recommended".

The table counts events, first minus second. Readers are told of the good outcome, as everywhere in a report:
patients with a response, free of progression, alive, so that "more" is better for the first therapy.
"""

from collections.abc import Mapping
from typing import Any

MONTH_DAYS = 365.25 / 12
_GOOD = {"response": "with a response", "pfs": "free of progression", "os": "alive"}
_FORM_WORDS = {
    "personal": "for this patient", "groups": "for a group", "average only": "average only",
    "apart": "not compared",
}  # fmt: skip
Row = Mapping[str, Any]


def sentence(row: Row) -> str:
    """One row of the comparisons table for a reader."""
    return f"{outcome_words(row)}: {'; '.join(statement_parts(row))}"


def statement_parts(row: Row) -> list[str]:
    """What may be said, part by part: the difference, why no further, the randomized trial."""
    if row["abstained"]:
        parts = [f"no statement, {row['reason']}"]
    elif row["wording"] == "apart":
        parts = [sides_words(row), f"not comparable: {row['reason']}"]
    else:
        parts = [average_words(row)]
        if row["wording"] in ("groups", "personal"):
            parts.append(group_words(row))
        if row["wording"] == "personal":
            # no probabilities: the champion's stand beside it, and the effect model's differ a little
            parts = [personal_words(row), *parts]
        else:
            parts.append(row["reason"])
    return [part for part in (*parts, trial_words(row)) if part]


def form_words(row: Row) -> str:
    """The wording in two words: how far the statement goes."""
    return "no statement" if row["abstained"] else _FORM_WORDS[row["wording"]]


def outcome_words(row: Row) -> str:
    """``alive at 12 months``; a response has no horizon."""
    day = row["horizon_days"]
    good = _GOOD[row["endpoint"]]
    return good if day is None else f"{good} at {day / MONTH_DAYS:.0f} months"


def sides_words(row: Row) -> str:
    """The two predicted shares."""
    first, second = (
        value if row["endpoint"] == "response" else 1 - value
        for value in (row["probability_first"], row["probability_second"])
    )
    return f"predicted {100 * first:.0f} % with {row['first']}, {100 * second:.0f} % with {row['second']}"


def average_words(row: Row) -> str:
    """The average difference in training, with its interval and what it rests on."""
    return (
        f"on average {per_hundred(row, 'average_difference')} of 100 patients with {row['first']} than with "
        f"{row['second']} ({_range(row, 'average_difference', '95')}; {source_words(row)})"
    )


def group_words(row: Row) -> str:
    """What was predicted and observed in the patient's third; empty where no thirds were formed."""
    if row["group_n"] is None:
        return ""
    return (
        f"among the {row['group_n']} patients whose predicted difference is most like this one "
        f"{per_hundred(row, 'group_observed')} of 100 ({_range(row, 'group_observed', '95')}), "
        f"predicted {per_hundred(row, 'group_predicted')}"
    )


def personal_words(row: Row) -> str:
    """The patient's own predicted difference."""
    shown = f"{per_hundred(row, 'difference')} of 100 ({_range(row, 'difference', '90')})"
    return f"predicted for this patient {shown}"


def trial_words(row: Row) -> str:
    """The randomized trial beside it; empty where none fits."""
    if row["trial"] is None:
        return ""
    found = f"{per_hundred(row, 'trial_difference')} of 100 ({_range(row, 'trial_difference', '95')})"
    head = f"randomised trial {row['trial']} ({row['trial_fit']}): {found}"
    if row["trial_verdict"] == "combined":
        both = per_hundred(row, "anchored_difference")
        shown = f"{both} of 100 ({_range(row, 'anchored_difference', '95')})"
        return f"{head}; average and trial together {shown}, {row['trial_note']}"
    return f"{head}; {row['trial_note']}"


def source_words(row: Row) -> str:
    """What the average rests on."""
    if row["source"] == "randomized":
        return "randomised"
    text = f"not randomised, adjusted for {row['adjusted_for']}"
    return f"{text}; E-value {row['e_value_limit']:.1f}" if row["e_value_limit"] is not None else text


def good_outcome(row: Row, name: str) -> float:
    """A difference of the table as that of the good outcome."""
    return float(row[name]) if row["endpoint"] == "response" else 0.0 - float(row[name])


def per_hundred(row: Row, name: str) -> str:
    """A difference of shares as ``12 more``, ``3 fewer`` or ``no more or fewer``."""
    n = round(100 * good_outcome(row, name))
    return "no more or fewer" if n == 0 else f"{abs(n)} {'more' if n > 0 else 'fewer'}"


def _range(row: Row, name: str, level: str) -> str:
    sides = ("lo", "hi") if row["endpoint"] == "response" else ("hi", "lo")
    low, high = (per_hundred(row, f"{name}_{side}{level}") for side in sides)
    return f"{level} % interval {low} to {high}"
