"""A comparison in words, as far as its wording allows."""

from typing import Any

NAMES = {"response": "response", "pfs": "progression or death", "os": "death"}


def sentence(row: dict[str, Any]) -> str:
    """One row of the comparisons table as a sentence for a reader; never "recommended"."""
    day = row["horizon_days"]
    event = NAMES[row["endpoint"]] + ("" if day is None else f" within {day} days")
    head = (
        f"{event}: predicted {_share(row['probability_first'])} with {row['first']}, "
        f"{_share(row['probability_second'])} with {row['second']}"
    )
    form = row["wording"]
    if row["abstained"]:
        return f"{event}: no statement, {row['reason']}"
    if form == "apart":
        return f"{head}; not comparable: {row['reason']}"
    average = (
        f"the average difference is {_points(row['average_difference'])} "
        f"({_points(row['average_difference_lo95'])} to {_points(row['average_difference_hi95'])}, "
        f"{_source(row)})"
    )
    if form == "average only":
        return f"{event}: {average}; {row['reason']}"
    group = (
        f"patients of this third of predicted benefit: predicted {_points(row['group_predicted'])}, "
        f"observed {_points(row['group_observed'])} ({_points(row['group_observed_lo95'])} to "
        f"{_points(row['group_observed_hi95'])}, n {row['group_n']})"
    )
    if form == "groups":
        return f"{event}: {average}; {group}; {row['reason']}"
    personal = (
        f"predicted difference {_points(row['difference'])} "
        f"({_points(row['difference_lo90'])} to {_points(row['difference_hi90'])})"
    )
    return f"{head}; {personal}; {average}; {group}"


def _source(row: dict[str, Any]) -> str:
    if row["source"] == "randomized":
        return "randomized"
    text = f"observational, adjusted for {row['adjusted_for']}"
    return f"{text}; E-value {row['e_value_limit']:.1f}" if row["e_value_limit"] is not None else text


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def _points(value: float) -> str:
    return f"{100 * value:+.0f} points"
