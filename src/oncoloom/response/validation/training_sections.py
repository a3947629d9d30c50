"""The page's sections of the training: data, predictors, therapies, selection, refits."""

from html import escape
from typing import Any

from oncoloom.response.validation.charts import learning_chart
from oncoloom.response.validation.cohort_sections import common_text
from oncoloom.response.validation.html import number, ordered, percent, signed, table, words


def data_section(training: dict[str, Any]) -> str:
    """Rows that trained and those left out, and the outcomes with the gap their number can show."""
    rows = [["rows that trained", number(training["rows"]["kept"])]]
    rows += [
        [f"left out: {escape(why)}", number(n)]
        for why, n in sorted(training["rows"]["filtered"].items())
        if n
    ]
    text = f"<h3>Cohort flow</h3>{table(['', 'rows'], rows)}{_leakage(training.get('leakage'))}"
    outcomes = []
    for name, figures in ordered(training["out_of_fold"], training["endpoint"]):
        n, events = figures["n"], figures["n_events"]
        share = events / n if n else 0.0
        gap = 2.8 * (share * (1 - share) * 4 / n) ** 0.5 if n else None
        outcomes.append([name, number(n), number(events), percent(share), percent(gap)])
    head = ["outcome", "known", "events", "share", "smallest gap between two halves shown (80 % power)"]
    return text + f"<h3>Outcomes</h3>{table(head, outcomes)}"


def _leakage(leakage: dict[str, Any] | None) -> str:
    """Columns that separate an outcome suspiciously, and patients that cohorts share."""
    if leakage is None:
        return ""
    rows = [
        [words(one["column"]), one["endpoint"], one["by"], number(one["figure"], 3), number(one["n"])]
        for one in leakage["suspects"]
    ]
    common = common_text(leakage["in_common"])
    text = f"<p>Patients in common: {common}</p>" if common else ""
    if rows:
        head = ["column", "outcome", "separates by", "AUC / concordance alone", "n"]
        text += f"<p>Columns to ask about: were they known at day 0?</p>{table(head, rows, 3)}"
    return text


def predictors_section(training: dict[str, Any]) -> str:
    """The declared features and what each tells alone; why others are not used."""
    features = training["features"]
    alone = training["out_of_fold"][training["endpoint"]].get("features_alone", {})
    rows = []
    for name in features["used"]:
        roles = [
            role for role, names in (("core", "essential"), ("effect modifier", "modifiers"))
            if name in features[names]
        ]  # fmt: skip
        one = alone.get(name)
        told = "–" if one is None else f"{one['value']:.3f} (n {one['n']}, {one['a_higher_value_means']})"
        rows.append([words(name), ", ".join(roles) or "–", told])
    text = f"<p>Chosen: {escape(features['how'])}.</p>"
    text += table(["column", "role", "by itself: AUC or concordance, higher value means"], rows, 2)
    if features["left_out"]:
        reasons = "; ".join(f"{words(k)}: {escape(v)}" for k, v in sorted(features["left_out"].items()))
        text += f'<p class="grey">Not used: {reasons}.</p>'
    return text


def therapies_section(training: dict[str, Any]) -> str:
    """Therapies in training with their classes and numbers."""
    rows = [
        [escape(name), escape(one["class"]), number(one["n"])] for name, one in training["therapies"].items()
    ]
    return table(["therapy", "class", "n"], rows, 2)


def champion_section(training: dict[str, Any]) -> str:
    """Scores of all candidates on the outer folds, the rule's arithmetic, and what inner folds chose."""
    rows = [
        [
            words(one["name"]),
            number(one["score"], 4),
            number(one["behind_best"], 4),
            number(one["paired_se"], 4),
            "not beaten" if one["tied"] else "beaten",
        ]
        for one in training["selection"]
    ]
    score = words(training["selection_score"]).replace("roc auc", "ROC AUC")
    text = (
        f"<p>Score: {score} on the outer folds, simplest first. The champion is "
        "the simplest that the best does not beat by more than one paired standard error: "
        f"<b>{words(training['champion'])}</b>. Inner folds alone chose: "
        f"{escape(', '.join(words(name) for name in training['inner_choices']))}.</p>"
    )
    served = ", ".join(
        f"{name} by {words(by)}" for name, by in ordered(training["served_by"], training["endpoint"])
    )
    return (
        text
        + table(["candidate", "score", "behind best", "paired se", "verdict"], rows)
        + f"<p>Served: {served}.</p>"
    )


def refits_section(training: dict[str, Any]) -> str:
    """Ablation of feature groups, the learning curve, tumor types never seen."""
    refits = training["refits"]
    text = (
        f"<p>Refits of {words(refits['candidate'])} on the outer folds.</p><h3>Without a feature group</h3>"
    )
    text += table(
        ["without", "score", "lost", "paired se"],
        [
            [
                escape(one["without"]),
                number(one["score"], 4),
                signed(one["lost"], None, 4),
                number(one["paired_se"], 4),
            ]
            for one in refits["ablation"]
        ],
    )
    text += f"<h3>Would more patients help?</h3><p>{_verdict(refits['learning_curve'])}</p>"
    text += learning_chart(refits["learning_curve"], "Learning curve")
    text += "<h3>Tumor types that training never saw</h3>"
    text += table(
        ["type left out", "n", "events", "score within it"],
        [
            [escape(one["tumor_type"]), number(one["n"]), number(one["n_events"]), number(one["score"])]
            for one in refits["leave_one_type_out"]
        ],
    )
    return text


def _verdict(curves: dict[str, list[dict[str, Any]]]) -> str:
    """In words: what the last step from four to five fifths of the patients gained."""
    parts = []
    for name, curve in curves.items():
        before, last = curve[-2]["score"], curve[-1]["score"]
        if before is None or last is None:
            continue
        gain, error = last - before, curve[-1]["se"] or 0.0
        said = "still rising" if gain > error / 2 else "flat within its error"
        parts.append(f"{words(name)}: {gain:+.4f} from the last fifth of the patients, {said}")
    return "; ".join(parts) + "." if parts else "Not assessable."
