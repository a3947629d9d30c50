"""Call set to VCF records."""

import math
from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np

from oncoloom.calling.call_set import CallSet
from oncoloom.calling.forced_limits import ForcedLimit
from oncoloom.calling.germline_model import HOM
from oncoloom.calling.pon.file import COUNTS
from oncoloom.calling.vcf_writer import VcfRecord
from oncoloom.kernels.arrays import STATISTIC
from oncoloom.kernels.mixture_core import SOMATIC

_TAGS = ("PS", "PE", "PG", "PSH", "PST", "PDM", "PSL")
_ORDER = ("PS", "PG", "PE", "PSH", "PST", "PDM", "PSL")
_ARTIFACTS = ("PE", "PSH", "PST", "PDM", "PSL")
_LEAST_FLOAT32 = 1.18e-38  # the least normal one; readers print smaller ones with digits nobody wrote
_FORMAT = "GT:DP:AD:AF:SB:F1R2:F2R1:PS"
Role = Literal["tumor", "normal"]


def number(value: float, digits: int = 4) -> str:
    """A float as VCF text: short, never -0, never NaN; what a 32-bit float holds only in part is 0."""
    if not math.isfinite(value):
        return "."
    return "0" if abs(value) < _LEAST_FLOAT32 else f"{value:.{digits}g}"


def quality(probability: float) -> str:
    """-10 log10(1 - p), at most 99.99."""
    return number(min(99.99, -10.0 * math.log10(max(1.0 - probability, 1e-12))), 4)


def somatic_records(
    calls: CallSet,
    roles: Mapping[Role, str],
    *,
    origin: str,
    limits: Mapping[int, ForcedLimit] | None = None,
) -> Iterator[VcfRecord]:
    """Records of somatic.vcf: everything with a posterior worth a look, marked, never deleted."""
    for c in np.flatnonzero(calls.listed).tolist():
        posterior = calls.mixture.posterior[c]
        probability = float(calls.probability[c])
        info = {"PROB": number(probability), "POST": number(posterior[SOMATIC])}
        info["LOD"] = number(calls.scores[c, SOMATIC] / math.log(10))
        named = dict(zip(_TAGS, posterior.tolist(), strict=True))
        info.update({tag: number(named[tag], 3) for tag in _ORDER})
        if calls.foreign[c] > 0:
            info["PCO"] = number(calls.foreign[c], 3)
        info["PART"] = number(sum(named[tag] for tag in _ARTIFACTS), 3)
        info["ORIGIN"] = _origin(calls, c, origin)
        if calls.other_tumors is not None:
            info["OTHER_TUMORS"] = str(int(calls.other_tumors[c]))
        info.update(limit_fields((limits or {}).get(c)))
        samples = [_somatic_sample(calls, c, role, _counts(calls, role, c)) for role in roles]
        yield _record(calls, c, quality(probability), calls.filters[c], info, _FORMAT, samples)


def limit_fields(limit: ForcedLimit | None) -> dict[str, str]:
    """INFO of what an asked-for allele's depth could have shown; nothing for other alleles."""
    if limit is None:
        return {}
    needed = "." if limit.needed is None else str(limit.needed)
    return {"NEEDED": needed, "LIMIT": "." if limit.fraction is None else number(limit.fraction)}


def _counts(calls: CallSet, role: Role, c: int) -> list[int]:
    return (calls.tumor if role == "tumor" else calls.normal)[c].tolist()


def _origin(calls: CallSet, c: int, known: str) -> str:
    return "germline" if "germline" in calls.filters[c].split(";") else known


def _somatic_sample(calls: CallSet, c: int, role: Role, row: list[int]) -> str:
    if role == "normal":
        return sample_text(row, ("0/0", "0/1", "1/1")[int(calls.genotypes.genotype[c])]) + ":."
    ref, other = row[0], row[2]
    return phased_text(row, calls, c, phased=calls.filters[c] == "PASS", beside="." if other > ref else "0")


def phased_text(row: list[int], calls: CallSet, c: int, *, phased: bool, beside: str) -> str:
    """A heterozygous sample and its phase set; `beside` is its other allele: 0, . for another record's."""
    position = int(calls.phase.position[c])
    if not phased or position < 0:
        return sample_text(row, f"{beside}/1") + ":."
    genotype = f"1|{beside}" if calls.phase.swapped[c] else f"{beside}|1"
    return sample_text(row, genotype) + f":{position + 1}"


def germline_records(calls: CallSet, roles: Mapping[Role, str]) -> Iterator[VcfRecord]:
    """Records of germline.vcf: what the normal carries, with its genotype."""
    for c in np.flatnonzero(calls.genotypes.genotype > 0).tolist():
        probability = float(calls.genotypes.probability[c])
        info = {"POST": number(probability), "ORIGIN": "germline"}
        samples = []
        for role in roles:
            row = _counts(calls, role, c)
            if role == "tumor":
                samples.append(f"{sample_text(row, './.')}:.:.")
                continue
            if calls.genotypes.genotype[c] == HOM:
                shown = sample_text(row, "1/1") + ":."
            else:
                beside = "." if calls.genotypes.shared[c] else "0"
                shown = phased_text(row, calls, c, phased=True, beside=beside)
            samples.append(f"{shown}:{round(float(calls.genotypes.quality[c]))}")
        yield _record(calls, c, quality(probability), "PASS", info, f"{_FORMAT}:GQ", samples)


def _record(
    calls: CallSet, c: int, qual: str, filter_text: str, info: dict[str, str], form: str, samples: list[str]
) -> VcfRecord:
    if not math.isnan(calls.population_af[c]):
        info["POPAF"] = number(calls.population_af[c])
    info.update(_panel_info(calls.panel[c].tolist()))
    if calls.is_indel[c] and calls.unit[c] > 0 and calls.units[c] >= 2:
        info["RU"] = f"{int(calls.unit[c])}x{int(calls.units[c])}"
    flags = [name for name, on in (("FORCED", calls.forced[c]), ("SAMPLED", _sampled(calls, c))) if on]
    text = ";".join([f"{key}={value}" for key, value in info.items()] + flags)
    return VcfRecord(
        calls.contig[c],
        int(calls.pos[c]),
        calls.ref[c],
        calls.alt[c],
        qual,
        filter_text,
        text,
        form,
        tuple(samples),
    )


def _panel_info(counts: list[int]) -> dict[str, str]:
    """INFO of what the panel of normals says; nothing where it does not reach."""
    at = dict(zip(COUNTS, counts, strict=True))
    if not at["normals"] and not at["depth"]:
        return {}
    return {
        "PON": f"{at['normals']},{at['noisy_normals']},{at['carriers']}",
        "PONAD": f"{at['alt']},{at['depth']}",
    }


def _sampled(calls: CallSet, c: int) -> bool:
    column = STATISTIC["sampled"]
    return bool(calls.tumor[c, column] or calls.normal[c, column])


def sample_text(row: list[int], genotype: str) -> str:
    """GT:DP:AD:AF:SB:F1R2:F2R1 of one sample from its counts (`kernels.arrays.STATISTICS`)."""
    ref, alt, other = row[0], row[1], row[2]
    depth = ref + alt + other
    if depth == 0:
        return "./.:0:0,0:.:0,0,0,0:0,0:0,0"
    strands = f"{row[4]},{row[5]},{row[6]},{row[7]}"
    orientations = f"{row[8]},{row[10]}:{row[9]},{row[11]}"
    return f"{genotype}:{depth}:{ref},{alt}:{number(alt / depth)}:{strands}:{orientations}"
