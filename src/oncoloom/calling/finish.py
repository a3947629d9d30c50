"""The files of a call: VCFs, callable bases, raw sums, counts."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from oncoloom.calling.call_set import CallSet
from oncoloom.calling.features_raw import features_raw
from oncoloom.calling.forced_limits import forced_limits
from oncoloom.calling.listing import LISTED_FROM
from oncoloom.calling.mixture import CLASSES, HYPOTHESES
from oncoloom.calling.qc import build_qc
from oncoloom.calling.records import Role, germline_records, number, somatic_records
from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.calling.shard import EvidenceShard
from oncoloom.calling.vcf_writer import VcfRecord, header_lines, write_bed, write_vcf
from oncoloom.files import write_json
from oncoloom.tables import Tally, write_table

TUMOR_ONLY_NOTE = (
    "no normal and no population resource: germline and somatic variants cannot be told apart; "
    "POST is the probability that a variant is real, ORIGIN says unknown"
)
TUMOR_ONLY_ORIGIN_NOTE = (
    "no normal: somatic (PS), germline (PG) and artifact (PART) are told apart by allele fractions, by "
    "population frequencies and by the panel of normals, if there is one; POST is that of being somatic"
)


def write_calls(evidence: EvidenceShard, calls: CallSet, output: Path) -> dict[str, Any]:
    """Write every file of one tumor's (or normal's) calls into `output`; return the tally.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    roles: dict[Role, str] = {
        role: evidence.header.samples[role] for role in ("tumor", "normal") if role in evidence.header.samples
    }
    _write_vcfs(evidence, calls, roles, output)
    write_bed(output / "callable.bed.gz", evidence.callable_regions.iter_rows())
    write_table(
        features_raw(evidence, calls),
        FEATURES_RAW_TABLE,
        output / "features_raw.parquet",
        metadata={"reference": evidence.header.reference},
    )
    tally = build_tally(evidence, calls)
    write_json(output / "tally.json", tally)
    write_json(output / "qc.json", build_qc(evidence, calls))
    return tally


def _write_vcfs(evidence: EvidenceShard, calls: CallSet, roles: dict[Role, str], output: Path) -> None:
    header = evidence.header
    facts = {
        "reference": header.reference,
        **{f"{name}_digest": digest for name, digest in sorted(header.resources.items())},
        **{
            f"{role}_reads": f"reads:{int(sums.fates.sum())}:{sums.digest:016x}"
            for role, sums in sorted(evidence.sums.items())
        },
        "calling_mode": header.mode,
        "calling_options": ",".join(f"{key}={value}" for key, value in sorted(header.options.items())),
    }
    columns = list(roles.values())
    rates = {
        f"rates_{name}": ",".join(f"{h}={number(r, 3)}" for h, r in zip(HYPOTHESES, row, strict=True))
        for name, row in zip(CLASSES, calls.mixture.rates, strict=True)
    }
    has_population = "population_af" in header.resources
    somatic_facts = {**facts, "call_filter": calls.call_filter, "pass_from_probability": number(calls.cut)}
    if calls.purity.purity is not None:
        somatic_facts["purity_estimate"] = number(calls.purity.purity, 3)
    if header.mode == "tumor_only":
        somatic_facts["note"] = TUMOR_ONLY_ORIGIN_NOTE if has_population else TUMOR_ONLY_NOTE
    lines = header_lines(
        contigs=header.contigs,
        samples=header.samples,
        columns=columns,
        facts={**somatic_facts, **(rates if header.mode != "germline" else {})},
    )
    origin = "somatic" if header.mode == "tumor_normal" or has_population else "unknown"
    records: Iterator[VcfRecord] = iter(())
    if "tumor" in roles:
        min_af = float(header.options["min_af"])
        limits = forced_limits(calls, has_normal=header.mode == "tumor_normal", min_af=min_af)
        records = somatic_records(calls, roles, origin=origin, limits=limits)
    write_vcf(output / "somatic.vcf.gz", lines, records)
    lines = header_lines(contigs=header.contigs, samples=header.samples, columns=columns, facts=facts)
    records = germline_records(calls, roles) if "normal" in roles else iter(())
    write_vcf(output / "germline.vcf.gz", lines, records)


def build_tally(evidence: EvidenceShard, calls: CallSet) -> dict[str, Any]:
    """What became of each candidate: nothing is left out uncounted."""
    has_tumor = "tumor" in evidence.header.samples
    listed = calls.listed if has_tumor else np.zeros(len(calls.ref), bool)
    reasons = Counter(calls.filters[c] for c in np.flatnonzero(listed).tolist())
    somatic = Tally(kept=reasons.pop("PASS", 0), filtered=reasons)
    somatic.drop(f"not listed (posterior < {LISTED_FROM})", int((~listed).sum()) if has_tumor else 0)
    somatic.drop(
        "screened, but fewer than two fragments, or told by another allele",
        evidence.screened - len(calls.ref),
    )
    germline = Tally(kept=int((calls.genotypes.genotype > 0).sum()))
    return {"somatic": somatic.as_dict(), "germline": germline.as_dict(), "candidates": evidence.screened}
