"""The files of a call: VCFs, callable bases, raw sums, counts."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.calling.call_set import CallSet
from oncoloom.calling.candidate_store import places
from oncoloom.calling.candidate_table import read_candidates
from oncoloom.calling.features_raw import features_raw
from oncoloom.calling.filters.registry import filter_texts
from oncoloom.calling.forced_limits import ForcedLimit, forced_limits
from oncoloom.calling.listing import LISTED_FROM
from oncoloom.calling.mixture import CLASSES, HYPOTHESES
from oncoloom.calling.phasing import PhaseSets, find_phase_sets
from oncoloom.calling.qc import build_qc
from oncoloom.calling.records import Role, germline_lines, number, somatic_lines
from oncoloom.calling.sample_table import Run
from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.calling.shard import EvidenceShard
from oncoloom.calling.shard_tables import joined_regions
from oncoloom.calling.table_store import RowsInOrder, TableStore
from oncoloom.calling.threads import map_in_threads
from oncoloom.calling.trial import SampleModel
from oncoloom.calling.vcf_writer import header_lines, open_indexed
from oncoloom.files import write_json
from oncoloom.kernels.arrays import STATISTIC
from oncoloom.tables import Tally, write_table_parts

TUMOR_ONLY_NOTE = (
    "no normal and no population resource: germline and somatic variants cannot be told apart; "
    "POST is the probability that a variant is real, ORIGIN says unknown"
)
TUMOR_ONLY_ORIGIN_NOTE = (
    "no normal: somatic (PS), germline (PG) and artifact (PART) are told apart by allele fractions, by "
    "population frequencies and by the panel of normals, if there is one; POST is that of being somatic"
)


def write_raw_sums(evidence: EvidenceShard, hets: TableStore, output: Path) -> None:
    """Write what no fit has a say in, callable bases and raw sums, into `output`.

    Raises
    ------
    InputError
        If a file cannot be written, or shards overlap.
    """
    with open_indexed(output / "callable.bed.gz", preset="bed") as write:
        for part in joined_regions(evidence.callable_regions):
            write(f"{contig}\t{start}\t{end}" for contig, start, end in part.iter_rows())
    write_table_parts(
        features_raw(evidence, hets),
        FEATURES_RAW_TABLE,
        output / "features_raw.parquet",
        metadata={"reference": evidence.header.reference},
    )


def write_calls(evidence: EvidenceShard, calls: CallSet, output: Path, *, threads: int = 1) -> dict[str, Any]:
    """Write one tumor's (or normal's) calls and counts into `output`; return the tally.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    _write_vcfs(evidence, calls, output, threads)
    tally = build_tally(evidence, calls)
    write_json(output / "tally.json", tally)
    write_json(output / "qc.json", build_qc(evidence, calls))
    return tally


class _PhasedRun(NamedTuple):
    """A run, and the pairs of neighbors that begin in it (`table_store.PHASE_SCHEMA`)."""

    run: Run
    pairs: pl.DataFrame


def _write_vcfs(evidence: EvidenceShard, calls: CallSet, output: Path, threads: int) -> None:
    """Both VCFs, run by run of the candidates."""
    roles: dict[Role, str] = {
        role: evidence.header.samples[role] for role in ("tumor", "normal") if role in evidence.header.samples
    }
    passing, origin = calls.passing, _origin(evidence)

    def lines(one: _PhasedRun) -> tuple[list[str], list[str]]:
        candidates, run = one.run.part.candidates, one.run
        genotypes = calls.genotypes.between(run.rows)
        phase = find_phase_sets(
            candidates.select("contig", "pos", "ref", "alt"),
            candidates["normal"].to_numpy()[:, STATISTIC["alt"]],
            genotypes,
            _marked(passing, run),
            one.pairs,
        )
        somatic = _somatic_of(run, calls, phase, roles, origin) if "tumor" in roles else []
        return somatic, germline_lines(candidates, genotypes, phase, list(roles)) if "normal" in roles else []

    with ExitStack() as opened:
        somatic, germline = (
            opened.enter_context(open_indexed(output / f"{name}.vcf.gz", preset="vcf"))
            for name in ("somatic", "germline")
        )
        somatic(_header(evidence, calls, roles, _somatic_facts(evidence, calls)))
        germline(_header(evidence, calls, roles, {}))
        for somatic_of_run, germline_of_run in map_in_threads(lines, _phased(evidence, calls), threads):
            somatic(somatic_of_run)
            germline(germline_of_run)


def _phased(evidence: EvidenceShard, calls: CallSet) -> Iterator[_PhasedRun]:
    pairs, contigs = RowsInOrder(evidence.phases), evidence.candidates.contigs
    for run in calls.sample.runs():
        yield _PhasedRun(run, pairs.until(int(places(run.part.candidates[-1], contigs)[0]) + 1))


def _marked(index: NDArray[np.int64], run: Run) -> NDArray[np.bool_]:
    """(n,) bool: which candidates of the run are in `index` (ascending, of the sample)."""
    marks = np.zeros(len(run.part), bool)
    low, high = np.searchsorted(index, [run.rows.start, run.rows.stop])
    marks[index[low:high] - run.first] = True
    return marks


def _somatic_of(
    run: Run, calls: CallSet, phase: PhaseSets, roles: Mapping[Role, str], origin: str
) -> list[str]:
    rows = calls.rows_in(run)
    rows = rows[calls.listed[rows]]
    here = calls.index[rows] - run.first
    return somatic_lines(
        calls,
        rows,
        calls.fit.among(run.rows, here),
        run.part.candidates[here],
        PhaseSets(phase.position[here], phase.swapped[here]),
        list(roles),
        origin=origin,
        limits=_limits(run, calls, here),
    )


def _limits(run: Run, calls: CallSet, listed: NDArray[np.int64]) -> dict[int, ForcedLimit]:
    """Limits of what was asked for (all of it is listed), by its place among a run's listed candidates."""
    asked = np.flatnonzero(calls.sample.forced[run.rows][listed])
    if not asked.size:
        return {}
    header = calls.sample.evidence.header
    has_normal, leak = header.mode == "tumor_normal", calls.tumor_in_normal.fraction or 0.0
    model = SampleModel(calls.fit.mixture.rates, calls.cut, leak, has_normal)
    contigs = calls.sample.evidence.candidates.contigs
    table = read_candidates(run.part.take(listed[asked]), contigs, calls.curves)
    limits = forced_limits(table, model, min_af=float(header.options["min_af"]))
    return {int(asked[c]): limit for c, limit in limits.items()}


def _origin(evidence: EvidenceShard) -> str:
    told = evidence.header.mode == "tumor_normal" or "population_af" in evidence.header.resources
    return "somatic" if told else "unknown"


def _header(
    evidence: EvidenceShard, calls: CallSet, roles: dict[Role, str], further: dict[str, str]
) -> list[str]:
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
        **further,
    }
    return header_lines(
        contigs=header.contigs, samples=header.samples, columns=list(roles.values()), facts=facts
    )


def _somatic_facts(evidence: EvidenceShard, calls: CallSet) -> dict[str, str]:
    """Header lines of somatic.vcf alone."""
    header = evidence.header
    facts = {"call_filter": calls.call_filter, "pass_from_probability": number(calls.cut)}
    if calls.purity.purity is not None:
        facts["purity_estimate"] = number(calls.purity.purity, 3)
    if header.mode == "tumor_only":
        facts["note"] = TUMOR_ONLY_ORIGIN_NOTE if _origin(evidence) == "somatic" else TUMOR_ONLY_NOTE
    if header.mode != "germline":
        for name, row in zip(CLASSES, calls.fit.mixture.rates, strict=True):
            rates = (f"{h}={number(r, 3)}" for h, r in zip(HYPOTHESES, row, strict=True))
            facts[f"rates_{name}"] = ",".join(rates)
    return facts


def build_tally(evidence: EvidenceShard, calls: CallSet) -> dict[str, Any]:
    """What became of each candidate: nothing is left out uncounted."""
    has_tumor, n = "tumor" in evidence.header.samples, len(calls.sample)
    listed = np.flatnonzero(calls.listed) if has_tumor else np.zeros(0, np.int64)
    reasons = Counter(filter_texts(calls.marks[listed]))
    somatic = Tally(kept=reasons.pop("PASS", 0), filtered=reasons)
    somatic.drop(f"not listed (posterior < {LISTED_FROM})", n - len(listed) if has_tumor else 0)
    somatic.drop("screened, but fewer than two fragments, or told by another allele", evidence.screened - n)
    germline = Tally(kept=int((calls.genotypes.genotype > 0).sum()))
    return {"somatic": somatic.as_dict(), "germline": germline.as_dict(), "candidates": evidence.screened}
