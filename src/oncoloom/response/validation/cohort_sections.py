"""The page's sections of one cohort: flow, each endpoint, faults of a table."""

from html import escape
from typing import Any

from oncoloom.response.validation.charts import (
    calibration_chart,
    comparison_chart,
    decision_chart,
    quarters_chart,
    thirds_chart,
)
from oncoloom.response.validation.html import number, ordered, percent, signed, table, with_interval, words

TITLES = {"response": "Response", "pfs": "Progression-free survival", "os": "Overall survival"}
MORTALITY = (
    '<p class="grey">Patients are ranked by mortality: the sum of the predicted cumulative hazard of the '
    "endpoint's event over the event times of the training.</p>"
)


def cohort_section(cohort: dict[str, Any], judged: str) -> str:
    """Everything of one cohort."""
    rows = [[escape(one["step"]).replace("  ", "&emsp;"), number(one["n"])] for one in cohort.get("flow", [])]
    text = (
        f"<h3>Cohort flow</h3>{table(['', 'patients'], rows)}{_strangers(cohort.get('patients_in_common'))}"
    )
    for name, figures in ordered(cohort["endpoints"], judged):
        text += endpoint_section(name, figures)
    for name, rows_of in ordered(cohort.get("perturbations", {}), judged):
        text += f"<h3>Faults of a table: {TITLES[name]}</h3>{_perturbations(rows_of)}"
    return text


def _strangers(said: dict[str, Any] | None) -> str:
    """Whether patients of the training are among these; nothing for cohorts that the training held out."""
    if said is None:
        return ""
    if not said["assessed"]:
        known = "These are the training rows: the figures flatter. " if said["is_training"] else ""
        return f'<p class="grey">{known}Patients of the training among these: {escape(said["note"])}.</p>'
    pairs = common_text(said["found"])
    return f"<p>Patients of the training: {said['n_left_out']} found and left out. {pairs}</p>"


def common_text(found: list[dict[str, Any]]) -> str:
    """Each pair of cohorts that was compared, in words."""
    parts = []
    for one in found:
        chance = one["expected"]
        measured = f"not comparable ({one['note']})" if chance is None else (
            f"{one['n_by_measures']} by what was measured ({chance:.1f} expected by chance)"
        )  # fmt: skip
        parts.append(f"{one['second']} and {one['first']}: {one['n_by_id']} by id, {measured}")
    return escape("; ".join(parts) + ".") if parts else ""


def endpoint_section(name: str, figures: dict[str, Any]) -> str:
    """One endpoint: comparison, calibration, decision curves, sets, subgroups."""
    head = f"<h3>{TITLES[name]}</h3><p>{figures['n']} patients, {figures['n_events']} events.</p>"
    if "comparison" not in figures:
        return head + f'<p class="grey">{escape(figures.get("note", "not assessable"))}</p>'
    text = head + _comparison(name, figures)
    text += _response(figures) if name == "response" else _survival(figures)
    spread = figures["member_spread"]
    if spread:
        text += (
            f"<p>Members: {spread['members']}; median standard deviation of a patient's probability "
            f"{spread['median_sd']:.3f}, median 90 % width {spread['median_width_90']:.3f}.</p>"
        )
    return text + f"<h4>Subgroups</h4>{_subgroups(name, figures['subgroups'])}"


def _comparison(name: str, figures: dict[str, Any]) -> str:
    key, label = ("roc_auc", "ROC AUC") if name == "response" else ("c_index", "Harrell's C of mortality")
    rows = [["model", number(figures["n"]), with_interval(figures[key], figures[f"{key}_ci95"]), "", ""]]
    rows += [
        [
            words(one["name"]),
            number(one["n"]),
            with_interval(one["value"], one["value_ci95"]),
            number(one["model"]),
            signed(one["difference"], one["difference_ci95"]),
        ]
        for one in figures["comparison"]
    ]
    head = ["", "n", label, "model, same patients", "model minus it, paired"]
    chart = comparison_chart(figures["comparison"], f"difference of {label}", "Model minus each other")
    said = "" if name == "response" else MORTALITY
    return f"<h4>Discrimination</h4>{said}{table(head, rows)}{chart}"


def _response(figures: dict[str, Any]) -> str:
    perfect = figures["calibration_error_if_perfect"]
    rows = [
        ["Brier score", with_interval(figures["brier"], figures["brier_ci95"])],
        [
            "calibration slope",
            with_interval(figures["calibration_slope"], figures["calibration_slope_ci95"], 2),
        ],
        [
            "calibration intercept",
            with_interval(figures["calibration_intercept"], figures["calibration_intercept_ci95"], 2),
        ],
        ["expected calibration error, 10 groups", number(figures["calibration_error"])],
        [
            "the same of a perfectly calibrated model, 95 %",
            "–" if perfect is None else f"{perfect[0]:.3f} to {perfect[1]:.3f}",
        ],
        ["mean predicted, observed", f"{figures['mean_predicted']:.3f}, {figures['mean_observed']:.3f}"],
    ]
    charts = calibration_chart(figures["calibration_bins"], "Calibration")
    charts += decision_chart(figures["decision_curve"], "Decision curve")
    text = f'<h4>Calibration</h4>{table(["", "figure"], rows)}<div class="row">{charts}</div>'
    return text + _sets(figures["outcome_sets"])


def _sets(sets: dict[str, float]) -> str:
    labels = {
        "coverage": "coverage (90 % intended)",
        "coverage_response": "coverage, responders",
        "coverage_no_response": "coverage, others",
        "share_response_or_no_response": "sets that hold both answers: the data cannot tell",
        "share_response": "sets with response alone",
        "share_no_response": "sets with no response alone",
    }
    rows = [[label, percent(sets[key])] for key, label in labels.items() if key in sets]
    return f"<h4>Outcome sets</h4>{table(['', 'share'], rows)}"


def _survival(figures: dict[str, Any]) -> str:
    rows = [
        ["integrated Brier score", number(figures.get("integrated_brier"))],
        ["D-calibration, p", number(figures.get("d_calibration_p"))],
    ]
    for day, one in figures["horizons"].items():
        observed = f"{one['mean_predicted_survival']:.3f}, {one['observed_survival']:.3f}"
        rows.append([f"day {day}: mean predicted, observed survival", observed])
        rows.append([f"day {day}: Brier score", number(one["brier"])])
    charts = quarters_chart(figures["horizons"], "Survival by quarter") if figures["horizons"] else ""
    for day, curve in figures["decision_curves"].items():
        charts += decision_chart(curve, f"Decision curve, day {day}")
    charts += thirds_chart(figures["thirds"], "By third of predicted mortality")
    return f'<h4>Calibration</h4>{table(["", "figure"], rows)}<div class="row">{charts}</div>'


def _subgroups(name: str, groups: list[dict[str, Any]]) -> str:
    label = "AUC" if name == "response" else "C"
    rows, former = [], ""
    for one in groups:
        row = ["" if one["attribute"] == former else words(one["attribute"]), escape(one["group"])]
        former = one["attribute"]
        row += [escape(str(one["n"]))]
        if "value" in one:
            row += [number(one["n_events"]), with_interval(one["value"], one["value_ci95"], 2)]
            row += [percent(one[key]) for key in ("predicted", "observed", "smallest_gap")]
        else:
            row += ["–"] * 5
        rows.append(row)
    head = ["", "group", "n", "events", label, "predicted", "observed", "smallest gap shown"]
    text = table(head, rows, 2) + _too_few(groups)
    return text if name != "response" else f"{text}<h4>Outcome sets by subgroup</h4>{_set_groups(groups)}"


def _too_few(groups: list[dict[str, Any]]) -> str:
    notes = sorted({one["note"] for one in groups if "note" in one})
    return "".join(f'<p class="grey">–: {escape(note)}.</p>' for note in notes)


def _set_groups(groups: list[dict[str, Any]]) -> str:
    keys = ("coverage", "coverage_response", "coverage_no_response", "both_answers")
    rows, former = [], ""
    for one in groups:
        if "coverage" not in one:
            continue
        first = "" if one["attribute"] == former else words(one["attribute"])
        former = one["attribute"]
        rows.append([first, escape(one["group"]), *(percent(one.get(key)) for key in keys)])
    return table(["", "group", "coverage", "responders", "others", "sets with both answers"], rows, 2)


def _perturbations(rows: list[dict[str, Any]]) -> str:
    intact = rows[0]
    text = (
        f"<p>Intact: {number(intact['intact'])}, mean prediction {percent(intact['mean_predicted'])}. A "
        "blanked column sits at the training mean; a constant one is this cohort's 90 % quantile for "
        "everybody; noise is half a spread.</p>"
    )
    body = [
        [
            words(one["feature"]),
            number(one["missing"]),
            number(one["blanked"]),
            percent(one["mean_predicted_blanked"]),
            percent(one.get("mean_predicted_constant")),
            number(one.get("noisy")),
        ]
        for one in rows[1:]
    ]
    head = ["column", "missing", "blanked", "mean prediction, blanked", "constant", "noisy"]
    return text + table(head, body)
