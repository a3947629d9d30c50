"""Biomarkers of a patient against the conditions of a trial: true, false, or not known.

A condition is ``MARKER=state``, ``MARKER!=state`` (an exclusion) or ``PD-L1>=50``. What a patient has is read
from short texts (``EGFR T790M``, ``HER2+``, ``PD-L1 60 %``) or from alterations that sequencing found.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from oncoloom.errors import InputError, UsageError

Verdict = Literal["true", "false", "not known"]
PDL1 = "PD-L1"

STATES: dict[str, tuple[str, ...]] = {
    "EGFR": ("mutated", "exon 20 insertion", "wild type"),
    "EGFR T790M": ("mutated", "wild type"),
    "EGFR expression": ("positive", "negative"),
    "ALK": ("positive", "negative"),
    "KRAS": ("mutated", "wild type"),
    "HER2": ("positive", "negative"),
    "HR": ("positive", "negative"),
    "MET expression": ("positive", "negative"),
    "MAGE-A3": ("positive", "negative"),
    "MammaPrint": ("high", "low"),
    "MSI": ("high", "stable"),
    "HPV": ("positive", "negative"),
    "menopause": ("pre", "post"),
    "castration": ("resistant", "sensitive"),
    "sentinel node": ("positive", "negative"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One requirement of a trial."""

    marker: str
    operator: Literal["=", "!=", ">="]
    value: str

    @property
    def text(self) -> str:
        """As a reader reads it: ``EGFR mutated``, ``no EGFR mutated``, ``PD-L1 of 50 % or more``."""
        if self.operator == ">=":
            return f"{self.marker} of {self.value} % or more"
        return f"{'not ' if self.operator == '!=' else ''}{self.marker} {_word(self.marker, self.value)}"


@dataclass(frozen=True, slots=True)
class Biomarkers:
    """What is known of a patient: marker to state, and PD-L1 as lowest and highest percent it can be."""

    states: Mapping[str, str]
    pdl1_percent: tuple[float, float] | None = None

    def check(self, condition: Condition) -> Verdict:
        """Whether this patient meets a condition; an exclusion that is not known counts as not known."""
        if condition.operator == ">=":
            return self._check_percent(float(condition.value))
        state = self.states.get(condition.marker)
        if state is None or state == "uncommon mutation":
            return "not known"
        return "true" if (state == condition.value) == (condition.operator == "=") else "false"

    def _check_percent(self, limit: float) -> Verdict:
        if self.pdl1_percent is None:
            return "not known"
        low, high = self.pdl1_percent
        return "true" if low >= limit else "false" if high < limit else "not known"

    def text_of(self, marker: str) -> str:
        """What is known of one marker, in words."""
        if marker == PDL1 and self.pdl1_percent is not None:
            low, high = self.pdl1_percent
            return f"{PDL1} {low:g} %" if low == high else f"{PDL1} {low:g} to {high:g} %"
        state = self.states.get(marker)
        return f"{marker} {_word(marker, state)}" if state else f"{marker} not known"


def _word(marker: str, state: str) -> str:
    if marker == "menopause":
        return {"pre": "not reached", "post": "passed"}[state]
    return state


def parse_conditions(text: str) -> tuple[Condition, ...]:
    """Conditions of a cell of the map, parted by ``; ``.

    Raises
    ------
    InputError
        If a marker or state is unknown.
    """
    return tuple(_condition(part) for part in text.split("; ") if part)


def _condition(text: str) -> Condition:
    match = re.fullmatch(r"(.+?)(!=|>=|=)(.+)", text)
    if match is None:
        raise InputError("not a condition", found=text, expected="MARKER=state, MARKER!=state or PD-L1>=50")
    marker, operator, value = match.groups()
    known = operator == ">=" if marker == PDL1 else value in STATES.get(marker, ())
    if not known:
        raise InputError("unknown biomarker or state", found=text, expected=", ".join(STATES))
    return Condition(marker, operator, value)  # type: ignore[arg-type]


_POSITIVE = r"(?:\+|[ -]?pos(?:itive)?|[ -]?amplif\w*|[ -]?overexpress\w*)"
_NEGATIVE = r"(?:-|−|[ -]?neg(?:ative)?)"
_WILD = r"(?:[ -]?wild[ -]?type|[ -]?wt|[ -]?not mutated|[ -]?unmutated|[ -]?neg(?:ative)?)"
_MUTATED = r"(?:[ -]?mut(?:ated|ant|ation)?|\+|[ -]?pos(?:itive)?|m)"
_SAY = "EGFR T790M, EGFR wild type, KRAS G12C, HER2+, HR-, ALK fusion, PD-L1 60 %, MSI-high, triple negative"

# Text of a whole biomarker to the states it means; the first that fits counts.
_TEXTS: tuple[tuple[str, dict[str, str]], ...] = (
    (r"(?:triple[ -]negative|tnbc)", {"HR": "negative", "HER2": "negative"}),
    (rf"(?:her2|erbb2){_POSITIVE}(?:ication)?", {"HER2": "positive"}),
    (rf"(?:her2|erbb2){_NEGATIVE}", {"HER2": "negative"}),
    (rf"(?:hr|er|pr|er/pr|hormone receptors?){_POSITIVE}", {"HR": "positive"}),
    (rf"(?:hr|er/pr|hormone receptors?){_NEGATIVE}", {"HR": "negative"}),
    (rf"alk(?: fusion| rearrang\w*| translocat\w*|{_POSITIVE})", {"ALK": "positive"}),
    (rf"alk{_WILD}", {"ALK": "negative"}),
    (r"egfr[ -]?t790m", {"EGFR T790M": "mutated", "EGFR": "mutated"}),
    (rf"egfr[ -]?t790m{_WILD}", {"EGFR T790M": "wild type"}),
    (r"egfr exon ?20 ins\w*", {"EGFR": "exon 20 insertion"}),
    (r"egfr (?:exon ?19 del\w*|l858r)", {"EGFR": "mutated"}),
    (rf"egfr{_WILD}", {"EGFR": "wild type", "EGFR T790M": "wild type"}),
    (rf"egfr{_MUTATED}", {"EGFR": "mutated"}),
    (rf"(?:kras|ras){_WILD}", {"KRAS": "wild type"}),
    (rf"kras(?:{_MUTATED}| [gqakl]\d+[a-z])", {"KRAS": "mutated"}),
    (r"(?:msi[ -]?h(?:igh)?|dmmr)", {"MSI": "high"}),
    (r"(?:mss|msi[ -]?stable|pmmr)", {"MSI": "stable"}),
    (rf"hpv{_POSITIVE}", {"HPV": "positive"}),
    (rf"hpv{_NEGATIVE}", {"HPV": "negative"}),
    (rf"mage-?a3{_POSITIVE}", {"MAGE-A3": "positive"}),
    (rf"met expression{_POSITIVE}", {"MET expression": "positive"}),
    (r"mammaprint[ -](high|low)", {}),
    (r"(?:pre[ -]?menopausal)", {"menopause": "pre"}),
    (r"(?:post[ -]?menopausal)", {"menopause": "post"}),
    (r"(?:castrat\w*[ -]resistant|crpc|mcrpc)", {"castration": "resistant"}),
    (r"(?:castrat\w*[ -]sensitive|hormone[ -]sensitive|mhspc|cspc)", {"castration": "sensitive"}),
)  # fmt: skip
_PDL1_TEXT = re.compile(r"pd-?l1(?: tps)?[ :=]*(>=|≥|<|≤|<=|>)? ?(\d+(?:\.\d+)?) ?%?")


def read_biomarkers(texts: Iterable[str]) -> Biomarkers:
    """Biomarkers from short texts, one each; several may stand in one text, parted by commas.

    Raises
    ------
    UsageError
        If a text is not understood, or two contradict each other.
    """
    states: dict[str, str] = {}
    percent: tuple[float, float] | None = None
    for text in (part.strip() for one in texts for part in one.split(",")):
        if not text:
            continue
        found = _read_percent(text)
        if found is not None:
            percent = found
            continue
        for marker, state in _read_states(text).items():
            if states.setdefault(marker, state) != state:
                raise UsageError(
                    "two biomarkers contradict each other", found=f"{marker}: {states[marker]}, {state}"
                )
    return Biomarkers(states, percent)


def _read_percent(text: str) -> tuple[float, float] | None:
    match = _PDL1_TEXT.fullmatch(text.lower())
    if match is None:
        return None
    sign, value = match[1], float(match[2])
    if not 0 <= value <= 100:
        raise UsageError("PD-L1 is a percentage", found=text, expected="0 to 100")
    if sign in (">=", "≥", ">"):
        return value, 100.0
    return (0.0, value - 1e-9 if sign == "<" else value) if sign else (value, value)


def _read_states(text: str) -> dict[str, str]:
    plain = text.lower().replace("p.", "").strip()
    for pattern, states in _TEXTS:
        match = re.fullmatch(pattern, plain)
        if match is not None:
            return states or {"MammaPrint": match[1]}
    raise UsageError("this biomarker is not understood", found=text, expected=f"e.g. {_SAY}")


_SENSITIZING = re.compile(r"p\.(?:L858R|(?:[EL]7(?:4[5-9]|5[0-3])|K745|S752)\w*del\w*)", re.IGNORECASE)
_UNCOMMON = re.compile(r"p\.(?:G719\w|S768I|L861\w)", re.IGNORECASE)


def biomarkers_of(
    small_variants: Iterable[tuple[str, str]],
    others: Iterable[tuple[str, str]] = (),
    *,
    not_detected: Iterable[tuple[str, str]] = (),
    pdl1_percent: float | None = None,
    msi_status: str | None = None,
) -> Biomarkers:
    """Biomarkers that sequencing and the clinic give.

    Parameters
    ----------
    small_variants
        Gene and short protein change (``p.T790M``) of variants that passed and change the protein.
    others
        Gene and class of further alterations that were detected (``fusion``, ``amplification``).
    not_detected
        Gene and class that were looked at with a verdict *not detected*; anything else stays not known.
    pdl1_percent
        Tumor proportion score, 0 to 100.
    msi_status
        ``MSI-H`` or ``MSS``; other words are not known.
    """
    states: dict[str, str] = {}
    for gene, change in small_variants:
        _add_variant(states, gene, change)
    detected = set(others)
    if ("ALK", "fusion") in detected:
        states["ALK"] = "positive"
    if ("ERBB2", "amplification") in detected:
        states["HER2"] = "positive"
    absent = set(not_detected)
    for gene in ("EGFR", "KRAS"):
        if (gene, "small variant") in absent:
            states.setdefault(gene, "wild type")
    if ("EGFR", "small variant") in absent:
        states.setdefault("EGFR T790M", "wild type")
    if ("ALK", "fusion") in absent:
        states.setdefault("ALK", "negative")
    if msi_status in ("MSI-H", "MSS"):
        states["MSI"] = "high" if msi_status == "MSI-H" else "stable"
    return Biomarkers(states, None if pdl1_percent is None else (pdl1_percent, pdl1_percent))


def _add_variant(states: dict[str, str], gene: str, change: str) -> None:
    if gene == "EGFR":
        if change.lower() == "p.t790m":
            states["EGFR T790M"] = states["EGFR"] = "mutated"
        elif _SENSITIZING.fullmatch(change):
            states["EGFR"] = "mutated"
        elif re.fullmatch(r"p\.\w?7[67]\d\w*(?:ins|dup)\w*", change, re.IGNORECASE):
            states.setdefault("EGFR", "exon 20 insertion")
        elif _UNCOMMON.fullmatch(change):
            states.setdefault("EGFR", "uncommon mutation")
    if gene == "KRAS" and re.match(r"p\.(?:G1[23]|A59|Q61|K117|A146)", change, re.IGNORECASE):
        states["KRAS"] = "mutated"
