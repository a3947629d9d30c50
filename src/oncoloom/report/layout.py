"""What goes where: choices of the page that both views share, so that screen and paper say the same.

Nothing here adds content; it picks, groups and abbreviates what report.json holds.
"""

from collections import defaultdict
from typing import Any

from oncoloom.report.model import AlsoItem, Interval, Panel, Report, Stopped, TherapyPrediction
from oncoloom.report.page_fit import fit, short_name
from oncoloom.report.sections.seen import CLASSES
from oncoloom.report.words import fraction, percent

PAIRED_THERAPIES = 8
SHORT = 32

STATES = {
    "draft": "Draft, not signed",
    "reviewed": "Reviewed, not signed",
    "signed": "Signed",
    "amended": "Amended, signed",
    "stopped": "Not reported",
}
VERDICTS = {
    "pass": "passed",
    "warn": "warns",
    "stop": "stops",
    "overridden": "stop lifted",
    "not assessable": "not assessable",
}


def state_of(report: Report | Stopped) -> str:
    """Key of the state rule."""
    return report.state if isinstance(report, Report) else "stopped"


def notice(report: Report | Stopped) -> str:
    """The words at the foot of every page."""
    return "Simulated patient. Research use only." if report.simulated else "Research use only."


def common_values(report: Report | Stopped) -> dict[str, Any]:
    """Values that every page needs."""
    return {
        "state_key": state_of(report),
        "state": STATES[state_of(report)],
        "notice": notice(report),
        "verdicts": VERDICTS,
    }


def page_values(report: Report) -> dict[str, Any]:
    """All choices of a treatment report, as plain values."""
    one = fit(report)
    return {
        **common_values(report),
        "dense": one.dense,
        "n_rows": one.n_rows,
        "n_more_rows": one.n_more_rows,
        "short_names": [short_name(row.name) for row in report.findings.rows],
        "page_one_seen": [line.model_dump() for line in one.seen],
        "n_more_seen": one.n_more_seen,
        "also_places": _also_places(report.also),
        "classes": [name for name in CLASSES if _is_worth_a_column(name, report)],
        "variant_texts": [_variant_texts(row) for row in report.variants.rows],
        "gene_texts": [
            {
                "covered": "–" if gene.covered_fraction is None else percent(gene.covered_fraction),
                "limit": "–" if gene.detection_limit_af is None else fraction(gene.detection_limit_af),
            }
            for gene in report.genes
        ],
        "predictions": _prediction_values(report),
        "trials_page": report.randomized_evidence is not None and report.randomized_evidence.has_page,
    }


def _is_worth_a_column(alteration_class: str, report: Report) -> bool:
    """A class that was tested in no gene is told in a line, not in a column."""
    return any(gene.states.get(alteration_class, "not tested") != "not tested" for gene in report.genes)


def _also_places(items: tuple[AlsoItem, ...]) -> list[str]:
    """Short items stand two in a row, long ones (a reason) alone."""
    places, column = [], 0
    for index, item in enumerate(items):
        fits = len(item.text) <= (SHORT if column == 0 else SHORT + 18)
        partner = items[index + 1] if index + 1 < len(items) else None
        pairs = column == 1 or (partner is not None and len(partner.text) <= SHORT + 18)
        if fits and pairs:
            places.append("c2" if column == 0 else "c34")
            column = 1 - column
        else:
            places.append("wide")
            column = 0
    return places


def _variant_texts(row: Any) -> dict[str, str]:
    tumor = "–"
    if row.depth is not None:
        tumor = f"{row.alt_count if row.alt_count is not None else '?'} of {row.depth:,}"
    return {"af": "–" if row.allele_fraction is None else fraction(row.allele_fraction), "tumor": tumor}


def _prediction_values(report: Report) -> dict[str, Any]:
    predictions = report.predictions
    by_name = {therapy.therapy: therapy for therapy in predictions.therapies}
    shown = [by_name[name] for name in predictions.shown_first]
    main = predictions.main_panel
    predicted = sorted({panel for therapy in predictions.therapies for panel in therapy.panels})
    return {
        "shown": [therapy.therapy for therapy in shown],
        "any_shown": any(main in therapy.panels for therapy in shown),
        "main_title": next((panel.title for panel in predictions.panels if panel.id == main), ""),
        "pairs": [
            [panel.id for panel in pair] for pair in _pairs(predictions.panels, len(predictions.therapies))
        ],
        "predicted": predicted,
        "abstain_groups": _abstain_groups(predictions.therapies),
        "n_abstained": sum(not therapy.panels for therapy in predictions.therapies),
    }


def _pairs(panels: tuple[Panel, ...], n_therapies: int) -> list[list[Panel]]:
    """Two panels side by side for a few therapies, one below the other for many."""
    width = 2 if n_therapies <= PAIRED_THERAPIES else 1
    return [list(panels[start : start + width]) for start in range(0, len(panels), width)]


def _abstain_groups(therapies: tuple[TherapyPrediction, ...]) -> list[list[Any]]:
    """Therapies without any prediction, grouped by their sentence."""
    groups: dict[str, list[str]] = defaultdict(list)
    for therapy in therapies:
        if not therapy.panels:
            causes = list(dict.fromkeys(therapy.abstentions.values()))
            groups[" ".join(causes)].append(therapy.therapy)
    return [[cause, names] for cause, names in groups.items()]


def has_ring(interval: Interval) -> bool:
    """Whether what similar patients had may be drawn: a share among fewer than ten is not shown."""
    return interval.observed is not None and (interval.n_similar is None or interval.n_similar >= 10)


def plot_alt(therapy: TherapyPrediction, panel: Panel) -> str:
    """The plot of one therapy in one sentence."""
    interval = therapy.panels[panel.id]
    return f"{panel.title} under {therapy.therapy}: predicted {interval.text}, {interval.observed_text}."
