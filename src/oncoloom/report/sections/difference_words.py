"""Short words beside the figure of a comparison: what may be said, why no further, the trial's verdict.

Intervals stand in the figure; where there is none (predictions stand apart), the trial is told whole.
"""

from oncoloom.report.words import sentence
from oncoloom.response.effects.sentences import (
    Row,
    per_hundred,
    sides_words,
    source_words,
    trial_words,
)

NONE_INSIDE = "the interval includes no difference"


def said(row: Row) -> str:
    """One sentence: the furthest statement that the wording allows."""
    if row["abstained"]:
        return sentence(f"no statement: {row['reason']}")
    if row["wording"] == "apart":
        return sentence(sides_words(row))
    if row["wording"] == "personal":
        return _told(row, "predicted for this patient:", "difference", "90")
    if row["wording"] == "groups" and row["group_n"] is not None:
        lead = f"among {row['group_n']:,} patients like this one"
        return _told(row, lead, "group_observed", "95")
    return _told(row, "on average", "average_difference", "95")


def why_no_further(row: Row) -> str:
    """The wording's reason; empty where the statement itself is the reason."""
    if row["abstained"]:
        return ""
    lead = {
        "apart": "not compared: ",
        "average only": "not for this patient alone: ",
        "groups": "not for this patient alone: ",
        "personal": "",
    }[row["wording"]]
    return sentence(f"{lead}{row['reason']}")


def basis(row: Row) -> str:
    """What the average rests on; empty where there is none."""
    if row["abstained"] or row["wording"] == "apart":
        return ""
    return f"Average: {source_words(row)}."


def trial_beside(row: Row, *, is_drawn: bool) -> str:
    """The trial in words: its verdict, and its figures where no plot has them; empty where none fits."""
    if row["trial"] is None:
        return ""
    if not is_drawn:
        return sentence(trial_words(row))
    together = "put together with the average, " if row["trial_verdict"] == "combined" else ""
    return sentence(f"trial {row['trial']} ({row['trial_fit']}): {together}{row['trial_note']}")


def _told(row: Row, lead: str, name: str, level: str) -> str:
    text = f"{lead} {per_hundred(row, name)} of 100 with {row['first']}"
    unsure = row[f"{name}_lo{level}"] <= 0 <= row[f"{name}_hi{level}"]
    return sentence(f"{text}; {NONE_INSIDE}" if unsure else text)
