"""Why a filter marked a record, with the figures behind it, in a sentence."""

from oncoloom.calling.filters.registry import FILTERS
from oncoloom.calling.look.call_folder import CallFolder, CallRecord

_HYPOTHESIS = {
    "weak_evidence": ("PE", "sequencing errors"),
    "normal_artifact": ("PSH", "noise that tumor and normal share"),
    "germline": ("PG", "a germline variant"),
    "strand_bias": ("PST", "an error of one strand"),
    "orientation": ("PDM", "DNA damage in one read-pair orientation"),
    "slippage": ("PSL", "polymerase slippage"),
}


def filter_sentences(record: CallRecord, calls: CallFolder) -> list[str]:
    """A sentence for each filter of a record: its meaning, and the figures that made it fire."""
    return [
        f"{name}: {_figures(name, record, calls)}" for name in record.filters if name not in ("PASS", ".")
    ]


def _figures(name: str, record: CallRecord, calls: CallFolder) -> str:
    tumor, normal = (record.samples.get(role, {}) for role in ("tumor", "normal"))
    said = _description(name)
    figures = [f"probability {record.info.get('PROB', record.info.get('POST', '.'))}"]
    if calls.cut is not None:
        figures[0] += f", {calls.cut:g} needed"
    figures.append(f"posterior of somatic {record.info.get('PS', '.')}")
    if name in _HYPOTHESIS:
        tag, words = _HYPOTHESIS[name]
        figures.append(f"of {words} {record.info.get(tag, '.')}")
    if name == "strand_bias":
        figures.append(f"fragments ref forward, reverse, alt forward, reverse: {tumor.get('SB', '.')}")
    elif name == "orientation":
        figures.append(f"alt fragments F1R2 {_alt(tumor.get('F1R2'))}, F2R1 {_alt(tumor.get('F2R1'))}")
    elif name in ("germline", "normal_artifact"):
        figures.append(f"normal: {_alt(normal.get('AD'))} of {normal.get('DP', '.')} fragments")
    elif name == "slippage":
        figures.append(f"repeat {record.info.get('RU', 'unknown')} (unit x count)")
    elif name == "low_af":
        figures = [f"allele fraction {tumor.get('AF', '.')}, {calls.options.min_af:g} needed"]
    elif name == "weak_evidence":
        figures.append(f"tumor: {_alt(tumor.get('AD'))} of {tumor.get('DP', '.')} fragments")
    return f"{said} ({'; '.join(figures)})"


def _description(name: str) -> str:
    known = {one.name: one.description for one in FILTERS}
    text = known.get(name, "marked by the caller")
    return text[0].lower() + text[1:]


def _alt(text: str | None) -> str:
    return "." if not text else text.rsplit(",", 1)[-1]
