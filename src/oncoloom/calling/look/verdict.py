"""What became of an allele at a place, and why: the caller's own steps, asked one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele
from oncoloom.calling.candidate_evidence import CandidateEvidence
from oncoloom.calling.candidates import LEAST_QUALITY_SUM, LEAST_READS
from oncoloom.calling.detection import detection_limit
from oncoloom.calling.evidence import ExaminedTile
from oncoloom.calling.fragment_counts import shown_depth
from oncoloom.calling.listing import LISTED_FROM
from oncoloom.calling.look.call_folder import CallFolder, CallRecord
from oncoloom.calling.look.filter_figures import filter_sentences
from oncoloom.calling.look.what_if import Judged, judge_allele
from oncoloom.kernels.arrays import STATISTIC

_TAG = {
    "somatic": "PS",
    "error": "PE",
    "germline": "PG",
    "shared_noise": "PSH",
    "strand": "PST",
    "damage": "PDM",
    "slippage": "PSL",
}
_WORDS = {
    "somatic": "a somatic variant",
    "error": "sequencing errors",
    "germline": "a germline variant",
    "shared_noise": "noise that tumor and normal share",
    "strand": "an error of one strand",
    "damage": "DNA damage",
    "slippage": "polymerase slippage",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """State (of `look.model.STATES`), filters, reasons, posterior by hypothesis, fragments that would do."""

    state: str
    filters: tuple[str, ...]
    reasons: tuple[str, ...]
    posterior: dict[str, float]
    needed: int | None


def judge(
    allele: Allele,
    *,
    examined: ExaminedTile,
    weighed: CandidateEvidence,
    c: int,
    qualities: Mapping[str, NDArray[np.int64]],
    records: Sequence[CallRecord],
    calls: CallFolder,
) -> Verdict:
    """The verdict on `allele`, candidate c of `weighed`.

    `qualities`: base qualities of the reads that show it, by role; `records`: the call's records near it.
    """
    mine = [one for one in records if (one.pos, one.ref, one.alt) == (allele.pos, allele.ref, allele.alt)]
    somatic = next((one for one in mine if one.file == "somatic.vcf.gz"), None)
    germline = next((one for one in mine if one.file == "germline.vcf.gz"), None)
    forced = allele in examined.forced or (somatic is not None and "FORCED" in somatic.info)
    judged = judge_allele(calls, weighed, c, forced=forced)
    if somatic is not None:
        return _listed(somatic, germline, judged, calls, weighed, c)
    posterior = {} if judged is None else judged.posterior
    needed = None if judged is None else judged.needed
    if germline is not None:
        return Verdict("germline", germline.filters, (_germline_text(germline),), posterior, needed)
    reasons = _screens(allele, examined, qualities, calls)
    at = allele.first_changed - examined.tile.start
    if not (0 <= at < len(examined.assay) and examined.assay[at]):
        state = "outside the targets"
    elif allele not in examined.weighed.alleles:
        seen = any(one.size for one in qualities.values()) or int(weighed.tumor[c, STATISTIC["alt"]]) > 0
        state = "never a candidate" if seen else "not seen"
    elif examined.weighed.alleles.index(allele) not in examined.kept:
        state, reasons = "screened out", [_settled_text(allele, examined)]
    else:
        state, reasons = "not listed", []
    return Verdict(state, (), (*reasons, *_model_text(judged, weighed, c, calls, state)), posterior, needed)


def _listed(
    record: CallRecord,
    germline: CallRecord | None,
    judged: Judged | None,
    calls: CallFolder,
    weighed: CandidateEvidence,
    c: int,
) -> Verdict:
    posterior = {name: record.figure(tag) or 0.0 for name, tag in _TAG.items() if tag in record.info}
    needed = None if judged is None else judged.needed
    reasons = filter_sentences(record, calls)
    if germline is not None:
        reasons.append(_germline_text(germline))
    if record.filters == ("PASS",):
        text = f"passes: posterior {record.info.get('POST', '.')}"
        return Verdict("passes", record.filters, (text, *reasons), posterior, needed)
    seen = int(weighed.tumor[c, STATISTIC["alt"]])
    if needed is not None and needed > seen:
        reasons.append(f"would pass with about {needed} fragments like those seen; there are {seen}")
    state = "listed" if "FORCED" in record.info and seen == 0 else "filtered"
    return Verdict(state, record.filters, tuple(reasons), posterior, needed)


def _germline_text(record: CallRecord) -> str:
    normal = record.samples.get("normal", {})
    shown = f"{normal.get('AD', '.').rsplit(',', 1)[-1]} of {normal.get('DP', '.')} fragments"
    return f"the normal is {normal.get('GT', '.')} here ({shown}, GQ {normal.get('GQ', '.')})"


def _screens(
    allele: Allele,
    examined: ExaminedTile,
    qualities: Mapping[str, NDArray[np.int64]],
    calls: CallFolder,
) -> list[str]:
    """Which screen for candidates the allele failed, in each sample, with what it needed."""
    if allele in examined.weighed.alleles:
        return []
    over = _swallowing(allele, examined)
    if over is not None:
        return [f"its reads show {over.ref}>{over.alt} at {over.pos + 1}, which is the candidate instead"]
    out = []
    for role, reads in zip(("tumor", "normal"), examined.reads, strict=True):
        if reads is None:
            continue
        own = qualities.get(role, np.empty(0, np.int64))
        failed = []
        if own.size < LEAST_READS:
            failed.append(f"{own.size} reads show it, {LEAST_READS} needed")
        elif not allele.is_indel:
            if own.sum() < LEAST_QUALITY_SUM:
                failed.append(f"summed base quality {own.sum()}, {LEAST_QUALITY_SUM} needed")
            depth = int(reads.depth[min(max(allele.pos - examined.start, 0), len(reads.depth) - 1)])
            share = 0.5 * calls.options.min_af * depth
            if own.size < share:
                failed.append(f"{own.size} reads of depth {depth}, {share:.1f} needed (half of --min-af)")
        out.append(f"{role}: {'; '.join(failed)}" if failed else f"{role}: enough for a candidate")
    return out


def _swallowing(allele: Allele, examined: ExaminedTile) -> Allele | None:
    """A weighed allele of several bases that holds this substitution."""
    for one in examined.weighed.alleles:
        inside = one.pos <= allele.pos and allele.end <= one.end and len(one.ref) > 1
        if inside and not one.is_indel and not allele.is_indel:
            at = allele.pos - one.pos
            if one.alt[at : at + len(allele.alt)] == allele.alt:
                return one
    return None


def _settled_text(allele: Allele, examined: ExaminedTile) -> str:
    c = examined.weighed.alleles.index(allele)
    alt = STATISTIC["alt"]
    tumor, normal = (int(one[c, alt]) for one in (examined.weighed.tumor, examined.weighed.normal))
    if allele in examined.assembled and not examined.stands[c]:
        return "found by local assembly alone, and its reads are not those that a true event leaves"
    if not examined.stands[c]:
        return "another allele over it, or one of which it is a damaged copy, explains the same reads"
    if max(tumor, normal) < 2:
        return f"fragments that support it: tumor {tumor}, normal {normal}; 2 in one sample needed"
    return "outside the assay"


def _model_text(
    judged: Judged | None, weighed: CandidateEvidence, c: int, calls: CallFolder, state: str
) -> list[str]:
    row = weighed.tumor[c]
    seen = int(row[STATISTIC["alt"]])
    depth = int(shown_depth(row))
    out: list[str] = []
    if judged is None:
        return out
    if state == "not listed":
        out.append(
            f"posterior of somatic {judged.posterior['somatic']:.2g}; from {LISTED_FROM:g} on it is listed"
        )
    if seen:
        out.append(
            f"best explanation by this sample's rates: {_WORDS[judged.strongest]} "
            f"({judged.posterior[judged.strongest]:.3g})"
        )
    if judged.needed is None:
        against = (
            "the normal speaks against it" if calls.mode == "tumor_normal" else "another reason stays better"
        )
        out.append(f"no number of further fragments in the tumor would make it pass: {against}")
    elif judged.needed > seen:
        out.append(f"would pass with about {judged.needed} supporting fragments; there are {seen}")
        limit = detection_limit(depth, judged.needed, min_af=calls.options.min_af)
        if limit is not None:
            out.append(
                f"at {depth} fragments an allele fraction of {100 * limit:.2g} % is found with 95 % power"
            )
        else:
            out.append(f"{depth} fragments are too few to find it at any fraction")
    return out
