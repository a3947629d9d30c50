"""Call set to VCF lines, by columns: a genome has millions of them."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.calling.call_set import CallSet
from oncoloom.calling.filters.registry import filter_texts
from oncoloom.calling.forced_limits import ForcedLimit
from oncoloom.calling.germline_model import HOM, Genotypes
from oncoloom.calling.phasing import PhaseSets
from oncoloom.calling.pon.file import COUNTS
from oncoloom.calling.sample_fit import JudgedFit
from oncoloom.kernels.arrays import STATISTIC
from oncoloom.kernels.mixture_core import SOMATIC

_TAGS = ("PS", "PE", "PG", "PSH", "PST", "PDM", "PSL")
_ORDER = ("PS", "PG", "PE", "PSH", "PST", "PDM", "PSL")
_ARTIFACTS = ("PE", "PSH", "PST", "PDM", "PSL")
_LEAST_FLOAT32 = 1.18e-38  # the least normal one; readers print smaller ones with digits nobody wrote
_FORMAT = "GT:DP:AD:AF:SB:F1R2:F2R1:PS"
# Counts in a sample's column, in their order there.
_SHOWN = (
    *("ref", "alt", "ref_forward", "ref_reverse", "alt_forward", "alt_reverse"),
    *("ref_f1r2", "alt_f1r2", "ref_f2r1", "alt_f2r1"),
)
_SAMPLE = "{}:{}:{},{}:{}:{},{},{},{}:{},{}:{},{}"
_NO_DEPTH = "./.:0:0,0:.:0,0,0,0:0,0:0,0"
Role = Literal["tumor", "normal"]


def number(value: float, digits: int = 4) -> str:
    """A float as VCF text: short, never -0, never NaN; what a 32-bit float holds only in part is 0."""
    if not math.isfinite(value):
        return "."
    return "0" if abs(value) < _LEAST_FLOAT32 else f"{value:.{digits}g}"


def quality(probability: float) -> str:
    """-10 log10(1 - p), at most 99.99."""
    return number(min(99.99, -10.0 * math.log10(max(1.0 - probability, 1e-12))), 4)


def texts(values: NDArray[np.float64], text: Callable[[float], str] = number) -> pl.Series:
    """Text of each value; like values, and there are many, are written once."""
    known, which = np.unique(values, return_inverse=True)
    return pl.Series([text(value) for value in known.tolist()], dtype=pl.String).gather(which.ravel())


def sample_texts(counts: NDArray[np.int32], genotype: pl.Series) -> pl.Series:
    """GT:DP:AD:AF:SB:F1R2:F2R1 of one sample at n candidates.

    Parameters
    ----------
    counts : (n, N_STATISTICS)
        `kernels.arrays.STATISTICS`.
    """
    column = {name: counts[:, STATISTIC[name]] for name in (*_SHOWN, "other")}
    depth = column["ref"].astype(np.int64) + column["alt"] + column["other"]
    fields = [genotype, pl.Series(depth), *(pl.Series(column[name]) for name in _SHOWN[:2])]
    fields.append(texts(column["alt"] / np.maximum(depth, 1)))
    fields += [pl.Series(column[name]) for name in _SHOWN[2:]]
    frame = pl.DataFrame({str(index): field for index, field in enumerate(fields)})
    shown = pl.format(_SAMPLE, *frame.columns)
    return frame.select(
        pl.when(pl.col("1") == 0).then(pl.lit(_NO_DEPTH)).otherwise(shown).alias("sample")
    ).to_series()


def phased_texts(
    counts: NDArray[np.int32], phase: PhaseSets, phased: NDArray[np.bool_], beside: NDArray[np.str_]
) -> pl.Series:
    """Heterozygous samples and their phase sets.

    Parameters
    ----------
    phased : (n,) bool
        Those that show their phase set, where they are in one.
    beside : (n,) str
        Each one's other allele: 0, or . for another record's.
    """
    shown = phased & (phase.position >= 0)
    genotype = np.where(
        shown,
        np.where(phase.swapped, np.char.add("1|", beside), np.char.add(beside, "|1")),
        np.char.add(beside, "/1"),
    )
    sets = pl.Series("set", phase.position + 1).cast(pl.String)
    frame = pl.DataFrame({"sample": sample_texts(counts, _strings(genotype)), "set": sets, "shown": shown})
    place = pl.when("shown").then("set").otherwise(pl.lit("."))
    return frame.select(pl.concat_str("sample", place, separator=":")).to_series()


def _strings(values: NDArray[np.str_]) -> pl.Series:
    known, which = np.unique(values, return_inverse=True)
    return pl.Series(known.tolist(), dtype=pl.String).gather(which.ravel())


def info_tails(candidates: pl.DataFrame) -> pl.Series:
    """What INFO ends with, each with a semicolon before: POPAF, the panel of normals, RU, flags.

    `candidates`: `candidate_store.CANDIDATE_SCHEMA`.
    """
    panel = candidates["panel"].to_numpy()
    at = {name: pl.Series(panel[:, index]) for index, name in enumerate(COUNTS)}
    frame = pl.DataFrame(
        {
            "af": texts(candidates["population_af"].fill_null(np.nan).to_numpy()),
            **at,
            "unit": candidates["unit"],
            "units": candidates["units"].cast(pl.Int64),  # as int() does
            "indel": candidates["ref"].str.len_bytes() != candidates["alt"].str.len_bytes(),
            "FORCED": candidates["forced"],
            "SAMPLED": _sampled(candidates["tumor"]) | _sampled(candidates["normal"]),
            "has_units": candidates["units"] >= 2,
        }
    )
    col, nothing = pl.col, pl.lit("")
    pon = ";PON={},{},{};PONAD={},{}"
    pon_columns = ("normals", "noisy_normals", "carriers", "alt", "depth")
    pieces = [
        pl.when(col("af") != ".").then(pl.format(";POPAF={}", "af")).otherwise(nothing),
        pl.when((col("normals") != 0) | (col("depth") != 0))
        .then(pl.format(pon, *pon_columns))
        .otherwise(nothing),
        pl.when(col("indel") & (col("unit") > 0) & col("has_units"))
        .then(pl.format(";RU={}x{}", "unit", "units"))
        .otherwise(nothing),
        *(pl.when(flag).then(pl.lit(f";{flag}")).otherwise(nothing) for flag in ("FORCED", "SAMPLED")),
    ]
    return frame.select(pl.concat_str(pieces).alias("tail")).to_series()


def _sampled(counts: pl.Series) -> pl.Series:
    return pl.Series(counts.to_numpy()[:, STATISTIC["sampled"]] != 0)


def germline_lines(
    candidates: pl.DataFrame, genotypes: Genotypes, phase: PhaseSets, roles: Sequence[Role]
) -> list[str]:
    """Lines of germline.vcf: what the normal carries, with its genotype.

    Parameters
    ----------
    candidates
        `candidate_store.CANDIDATE_SCHEMA`; their genotypes and phase sets beside.
    """
    rows = np.flatnonzero(genotypes.genotype > 0)
    if not rows.size:
        return []
    some = candidates[rows]
    mine = PhaseSets(phase.position[rows], phase.swapped[rows])
    hom = genotypes.genotype[rows] == HOM
    columns = []
    for role in roles:
        counts = some[role].to_numpy()
        if role == "tumor":
            columns.append(sample_texts(counts, pl.repeat("./.", len(rows), eager=True)) + ":.:.")
            continue
        beside = np.where(genotypes.shared[rows], ".", "0")
        het = phased_texts(counts, mine, np.ones(len(rows), bool), beside)
        both = sample_texts(counts, pl.repeat("1/1", len(rows), eager=True)) + ":."
        score = pl.Series(np.rint(genotypes.quality[rows]).astype(np.int64)).cast(pl.String)
        columns.append(both.zip_with(pl.Series(hom), het) + ":" + score)
    probability = genotypes.probability[rows]
    info = "POST=" + texts(probability) + ";ORIGIN=germline" + info_tails(some)
    return _lines(some, texts(probability, quality), "PASS", info, f"{_FORMAT}:GQ", columns)


def somatic_lines(
    calls: CallSet,
    rows: NDArray[np.int64],
    fit: JudgedFit,
    candidates: pl.DataFrame,
    phase: PhaseSets,
    roles: Sequence[Role],
    *,
    origin: str,
    limits: Mapping[int, ForcedLimit],
) -> list[str]:
    """Lines of somatic.vcf: everything with a posterior worth a look, marked, never deleted.

    Parameters
    ----------
    rows
        Which candidates of `calls`; `fit`, `candidates` (`candidate_store.CANDIDATE_SCHEMA`) and `phase` are
        theirs.
    limits
        Of what was asked for, by its place in `rows`.
    """
    if not rows.size:
        return []
    filters = filter_texts(calls.marks[rows])
    columns = []
    for role in roles:
        counts = candidates[role].to_numpy()
        if role == "normal":
            genotype = calls.genotypes.genotype[calls.index[rows]]
            columns.append(sample_texts(counts, _strings(np.array(["0/0", "0/1", "1/1"])[genotype])) + ":.")
            continue
        more_other = counts[:, STATISTIC["other"]] > counts[:, STATISTIC["ref"]]
        passes = calls.marks[rows] == 0
        columns.append(phased_texts(counts, phase, passes, np.where(more_other, ".", "0")))
    info = pl.Series(list(_somatic_infos(calls, rows, fit, filters, origin, limits))) + info_tails(candidates)
    return _lines(candidates, texts(calls.probability[rows], quality), filters, info, _FORMAT, columns)


def _somatic_infos(
    calls: CallSet,
    rows: NDArray[np.int64],
    fit: JudgedFit,
    filters: list[str],
    origin: str,
    limits: Mapping[int, ForcedLimit],
) -> Iterator[str]:
    others = None if calls.other_tumors is None else calls.other_tumors[calls.index[rows]]
    posteriors, probability = fit.mixture.posterior, calls.probability[rows]
    for c, marks in enumerate(filters):
        posterior = posteriors[c]
        info = {"PROB": number(probability[c]), "POST": number(posterior[SOMATIC])}
        info["LOD"] = number(fit.scores[c, SOMATIC] / math.log(10))
        named = dict(zip(_TAGS, posterior.tolist(), strict=True))
        info.update({tag: number(named[tag], 3) for tag in _ORDER})
        if fit.foreign[c] > 0:
            info["PCO"] = number(fit.foreign[c], 3)
        info["PART"] = number(sum(named[tag] for tag in _ARTIFACTS), 3)
        info["ORIGIN"] = "germline" if "germline" in marks.split(";") else origin
        if others is not None:
            info["OTHER_TUMORS"] = str(int(others[c]))
        info.update(limit_fields(limits.get(c)))
        yield ";".join([f"{key}={value}" for key, value in info.items()])


def limit_fields(limit: ForcedLimit | None) -> dict[str, str]:
    """INFO of what an asked-for allele's depth could have shown; nothing for other alleles."""
    if limit is None:
        return {}
    needed = "." if limit.needed is None else str(limit.needed)
    return {"NEEDED": needed, "LIMIT": "." if limit.fraction is None else number(limit.fraction)}


def _lines(
    candidates: pl.DataFrame,
    qual: pl.Series,
    filters: str | list[str],
    info: pl.Series,
    form: str,
    samples: Sequence[pl.Series],
) -> list[str]:
    """Whole lines, without their ends."""
    n = len(candidates)
    marks = pl.repeat(filters, n, eager=True) if isinstance(filters, str) else pl.Series(filters)
    fields = [candidates["contig"], (candidates["pos"] + 1).cast(pl.String), pl.repeat(".", n, eager=True)]
    fields += [candidates["ref"], candidates["alt"], qual, marks, info, pl.repeat(form, n, eager=True)]
    frame = pl.DataFrame({str(index): one for index, one in enumerate([*fields, *samples])})
    return frame.select(pl.concat_str(pl.all(), separator="\t")).to_series().to_list()
