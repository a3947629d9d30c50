"""How much stands on page one: it must be one A4 page, whatever the patient's findings.

Heights in points, as the style sheet and the typst source set them; texts are estimated by their letters.
Where there is no room, findings beyond the fifth go first (they are named in one line), then lines of what
was not detected or not tested. Warnings, what is not assessable and the predictions stay.
"""

from dataclasses import dataclass
from math import ceil

from oncoloom.report.model import Report, Seen, TherapyPrediction

PAGE_PT = 740.0
HEAD_PT, SIGN_PT, LINE_PT, SECTION_PT, SEEN_GAP_PT = 82.0, 42.0, 14.7, 43.0, 4.6
SENTENCE_LETTERS, FINDING_LETTERS, IDENTITY_LETTERS = 86, 30, 28
FINDINGS_PT, ROOMY_ROWS, ROOMY_PT, DENSE_PT = 28.0, 5, 33.0, 18.5
SEEN_LINES = 9
ALSO_PAIR_LETTERS = 34  # so short that two items share a line
NAME_LETTERS = 58
NAME_LINE_LETTERS = 30  # of a therapy's name


@dataclass(frozen=True, slots=True)
class PageOne:
    """What page one shows: findings (dense or roomy), lines of what was seen, and how many are left."""

    dense: bool
    n_rows: int
    n_more_rows: int
    seen: tuple[Seen, ...]
    n_more_seen: int


def fit(report: Report) -> PageOne:
    """Choose rows and lines so that page one stays one page."""
    rows, seen = report.findings.rows, list(report.seen)
    room = PAGE_PT - _fixed(report)

    def is_full(shown: int, *, roomy: bool) -> bool:
        return _seen_height(seen) + _rows_height(report, shown, roomy=roomy) > room

    _cut_seen(seen, SEEN_LINES)
    roomy = len(rows) <= ROOMY_ROWS and not (len(rows) > 2 and is_full(len(rows), roomy=True))
    shown = len(rows)
    while shown > ROOMY_ROWS and is_full(shown, roomy=False):
        shown -= 1
    while is_full(shown, roomy=roomy) and _cut_seen(seen, len(seen) - 1):
        continue
    gone = len(report.seen) - len(seen)
    if is_full(shown, roomy=roomy) and seen:
        seen = [_all_in_one(seen)]
    return PageOne(
        dense=not roomy and len(rows) > 0,
        n_rows=shown,
        n_more_rows=len(rows) - shown,
        seen=tuple(seen),
        n_more_seen=gone,
    )


def short_name(name: str, letters: int = NAME_LETTERS) -> str:
    """A finding's name for page one: what is too long keeps beginning and end; Evidence has it whole."""
    if len(name) <= letters:
        return name
    head = letters * 2 // 3
    return f"{name[:head]}…{name[-(letters - head - 1) :]}"


def _cut_seen(seen: list[Seen], limit: int) -> int:
    """Take lines away from the end until `limit` are left; not assessable stays. Returns how many went."""
    gone = 0
    for line in reversed(seen.copy()):
        if len(seen) <= limit:
            break
        if line.state != "not assessable":
            seen.remove(line)
            gone += 1
    return gone


def _all_in_one(lines: list[Seen]) -> Seen:
    """Not assessable lines that fill the page: one line with every gene; causes stand further back."""
    genes = sorted({gene for line in lines for gene in line.genes})
    return Seen(
        state="not assessable",
        alteration_class="several",
        genes=tuple(genes),
        text=f"{', '.join(genes)}.",
        detail=f"{len(lines)} causes, under Variants and coverage",
    )


def _lines(text: str, letters: int) -> int:
    return max(1, ceil(len(text) / letters))


def _fixed(report: Report) -> float:
    """Everything on page one but the findings and what was seen."""
    height = HEAD_PT + SIGN_PT
    height += LINE_PT * (_lines(report.identity.patient_id, IDENTITY_LETTERS) - 1)
    for warning in report.warnings:
        height += LINE_PT * _lines(f"{warning.lead} {warning.text}", SENTENCE_LETTERS) + 5
    height += 18 if report.more_warnings else 0
    short = sum(len(item.text) <= ALSO_PAIR_LETTERS for item in report.also)
    height += 8 + 12 * (len(report.also) - short + ceil(short / 2))
    height += sum(14 * (_lines(item.text, 100) - 1) for item in report.also)
    return height + _predictions_height(report)


def _predictions_height(report: Report) -> float:
    predictions = report.predictions
    if not predictions.available:
        return SECTION_PT + 4 + LINE_PT * _lines(predictions.text, SENTENCE_LETTERS)
    height, main = SECTION_PT + 26, predictions.main_panel
    for therapy in predictions.therapies:
        if therapy.therapy in predictions.shown_first:
            if main in therapy.panels:
                height += _prediction_height(therapy)
            else:
                height += LINE_PT * _lines(therapy.abstentions.get(main or "", ""), 56) + 5
    height += 12.6 * _lines(predictions.more, 98) + 5 if predictions.more else 0
    trials = report.randomized_evidence.page_one if report.randomized_evidence else ""
    notes = [text for text in (predictions.difference, trials) if text]
    return height + sum(LINE_PT * _lines(text, SENTENCE_LETTERS) + 7 for text in notes)


def _prediction_height(therapy: TherapyPrediction) -> float:
    """A drawn prediction: the drawing, or the name's lines where they are higher."""
    name = LINE_PT * _lines(therapy.therapy, NAME_LINE_LETTERS) + (13 if therapy.received else 0)
    return max(33.0, 6.2 + name)


def _rows_height(report: Report, shown: int, *, roomy: bool) -> float:
    rows = report.findings.rows
    if not rows:
        return SECTION_PT + LINE_PT * _lines(report.findings.text, SENTENCE_LETTERS) + 8
    height = FINDINGS_PT
    for row in rows[:shown]:
        wraps = _lines(short_name(row.name), FINDING_LETTERS) - 1
        height += (ROOMY_PT if roomy else DENSE_PT) + LINE_PT * wraps
    if shown < len(rows):
        names = ", ".join(short_name(row.name) for row in rows[shown:])
        height += LINE_PT * _lines(f"{len(rows) - shown} more, under Evidence: {names}", SENTENCE_LETTERS) + 6
    marked = report.findings.filtered_hotspots
    return height + sum(
        LINE_PT * _lines(f"Marked hotspot {line.lead} {line.text}", SENTENCE_LETTERS) + SEEN_GAP_PT
        for line in marked
    )


def _seen_height(seen: list[Seen]) -> float:
    return 8 + sum(
        LINE_PT * _lines(f"{line.state} {line.text} {line.detail}", SENTENCE_LETTERS) + SEEN_GAP_PT
        for line in seen
    )
