"""validation.html: the validation report for people, made from its JSON and nothing else."""

import json
from html import escape
from typing import Any

from oncoloom.files import json_text
from oncoloom.response.validation.cohort_sections import cohort_section, endpoint_section
from oncoloom.response.validation.html import number, ordered, page, signed, table, with_interval, words
from oncoloom.response.validation.training_sections import (
    champion_section,
    data_section,
    predictors_section,
    refits_section,
    therapies_section,
)


def render_page(report: dict[str, Any]) -> str:
    """The page of a validation report; the same report gives the same bytes."""
    report = json.loads(json_text(report))  # one order of names, whether it was made now or read from a file
    endpoint = report["endpoint"]
    title = f"Validation: {endpoint}, {report['champion'].replace('_', ' ')}"
    intro = (
        f"<p>Model version <code>{escape(report['model_version'])}</code>. Research use; not a medical "
        "device. Intervals are 95 % bootstrap intervals over patients unless said. Cohorts are judged one by "
        "one, never pooled.</p>"
    )
    sections = [("Summary", _summary(report))]
    training = report["training"]
    if training is not None:
        sections += [
            ("Data", data_section(training)),
            ("Predictors", predictors_section(training)),
            ("Therapies", therapies_section(training)),
            ("How the champion was chosen", champion_section(training)),
            ("Out of fold", _out_of_fold(training)),
            ("Refits", refits_section(training)),
        ]
    sections += [(f"Cohort {name}", cohort_section(one, endpoint)) for name, one in report["cohorts"].items()]
    if report["predictive"]:
        sections.append(("Predictive or prognostic", _predictive(report["predictive"])))
    if report["cost"]:
        cost = f"{report['cost']['cpu_seconds']:.0f} CPU seconds, {report['cost']['peak_mib']:.0f} MiB"
        sections.append(("Cost of the training", f"<p>{cost} at most.</p>"))
    rows = [[one["item"], escape(one["asks"]), escape(one["answered"])] for one in report["tripod"]]
    sections.append(("TRIPOD+AI", table(["item", "asks for", "answered in"], rows, 3)))
    return page(title, intro, sections)


def _summary(report: dict[str, Any]) -> str:
    blocks: list[tuple[str, dict[str, Any]]] = []
    if report["training"] is not None:
        blocks.append(("out of fold", report["training"]["out_of_fold"]))
    blocks += [(name, one["endpoints"]) for name, one in report["cohorts"].items()]
    rows = []
    for name, endpoints in blocks:
        for endpoint, figures in ordered(endpoints, report["endpoint"]):
            key = "roc_auc" if endpoint == "response" else "c_index"
            if figures.get(key) is None:
                continue
            if endpoint == "response":
                calibration = "slope " + with_interval(
                    figures["calibration_slope"], figures.get("calibration_slope_ci95"), 2
                )
            else:
                calibration = f"D-calibration p {number(figures.get('d_calibration_p'), 2)}"
            formula = next(
                (r for r in figures.get("comparison", []) if r["name"] == "published_formula"), None
            )
            rows.append(
                [
                    escape(name),
                    endpoint,
                    number(figures["n"]),
                    number(figures["n_events"]),
                    with_interval(figures[key], figures.get(f"{key}_ci95")),
                    "–" if formula is None else signed(formula["difference"], formula["difference_ci95"]),
                    calibration,
                ]
            )
    head = ["patients", "endpoint", "n", "events", "AUC / concordance", "minus published formula"]
    return table([*head, "calibration"], rows, 2)


def _out_of_fold(training: dict[str, Any]) -> str:
    text = "<p>Training patients, each predicted by models that did not see them.</p>"
    text += (
        "<p>The published formulas were fitted by their authors, perhaps on these very patients: beside "
        "training rows they are no test.</p>"
    )
    judged = training["endpoint"]
    return text + "".join(
        endpoint_section(name, figures) for name, figures in ordered(training["out_of_fold"], judged)
    )


def _predictive(predictive: dict[str, list[dict[str, Any]]]) -> str:
    text = (
        "<p>Overall survival by each head's score, in treated patients and in patients who got none of these "
        "therapies. Hazard ratios per standard deviation; the interaction is their ratio: below 1 the score "
        "tells more under treatment (predictive), at 1 it tells only who lives longer (prognostic). The "
        "cohorts were not randomized against each other.</p>"
    )
    rows = []
    for cohort, heads in predictive.items():
        rows += [
            [
                escape(cohort),
                words(one["head"]),
                number(one["n_treated"]),
                number(one["n_untreated"]),
                _ratio(one["hazard_ratio_treated"]),
                _ratio(one["hazard_ratio_untreated"]),
                _ratio(one["interaction"]),
                _ratio(one["interaction_adjusted"]),
            ]
            for one in heads
        ]
    head = ["cohort", "head", "treated", "untreated", "HR treated", "HR untreated", "interaction"]
    return text + table([*head, "adjusted for type, albumin, NLR"], rows, 2)


def _ratio(values: list[float] | None) -> str:
    return "–" if values is None else with_interval(values[0], values[1:], 2)
