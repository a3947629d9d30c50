"""qc.json: figures about the samples, from the one pass. The verdict on them is `oncoloom qc`'s."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.calling.call_set import CallSet
from oncoloom.calling.columns import blocks
from oncoloom.calling.contamination import estimate_concordance
from oncoloom.calling.qc_damage import damage_figures
from oncoloom.calling.shard import EvidenceShard
from oncoloom.calling.slippage import UNIT_CLASSES
from oncoloom.calling.tile_sums import SampleSums
from oncoloom.kernels.arrays import DUPLICATE, QC_FAIL, READ_FATES, SECONDARY, SUPPLEMENTARY, UNMAPPED, USED

QC_VERSION = 1
_X_NAMES, _Y_NAMES = ("X", "chrX"), ("Y", "chrY")


def build_qc(evidence: EvidenceShard, calls: CallSet) -> dict[str, Any]:
    """The content of qc.json; None where a figure cannot be given."""
    header, sample = evidence.header, calls.sample
    samples = {
        role: _sample(header.samples[role], sums, header.assay_bp) for role, sums in evidence.sums.items()
    }
    paired = header.mode == "tumor_normal"
    sites = agreeing = 0
    for rows in blocks(len(sample) if paired else 0):
        some = (sample.tumor[rows], sample.normal[rows], calls.genotypes.genotype[rows], sample.is_snv[rows])
        found = estimate_concordance(*some)
        sites, agreeing = sites + found[0], agreeing + found[1]
    return {
        "schema_version": QC_VERSION,
        "mode": header.mode,
        "tumors": [samples["tumor"]] if "tumor" in samples else [],
        "normal": samples.get("normal"),
        "callable_bp": evidence.callable_bp,
        "target_bp": header.assay_bp,
        "concordance": {
            "sites": sites,
            "concordant": agreeing,
            "fraction": round(agreeing / sites, 4) if sites else None,
        },
        "contamination": calls.foreign_share["tumor"].as_dict(),
        "contamination_normal": calls.foreign_share["normal"].as_dict(),
        "purity_estimate": calls.purity.as_dict(),
        "tumor_in_normal": calls.tumor_in_normal.as_dict(),
        "inferred_sex": infer_sex(evidence, calls),
        "orientation_bias": damage_figures(calls, evidence.callable_bp) if "tumor" in samples else {},
        "slippage": {name: curve.as_dict() for name, curve in zip(UNIT_CLASSES, calls.curves, strict=True)},
    }


def _sample(name: str, sums: SampleSums, assay_bp: int) -> dict[str, Any]:
    fates = sums.fates
    total = int(fates.sum())
    primary = total - int(fates[SECONDARY]) - int(fates[SUPPLEMENTARY])
    return {
        "sample": name,
        "reads": total,
        "used": int(fates[USED]),
        "filtered": {
            reason: int(n) for reason, n in zip(READ_FATES, fates, strict=True) if reason != "used" and n
        },
        "mean_depth": round(sums.depth_sum / max(assay_bp, 1), 2) + 0.0,
        "duplicate_fraction": _share(int(fates[DUPLICATE]), primary - int(fates[UNMAPPED] + fates[QC_FAIL])),
        "mapped_fraction": _share(primary - int(fates[UNMAPPED]), primary),
        "median_insert_size": _median(sums.insert_sizes),
        "reads_digest": f"reads:{total}:{sums.digest:016x}",
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) + 0.0 if whole > 0 else 0.0


def _median(histogram: NDArray[np.int64]) -> int | None:
    total = int(histogram.sum())
    if not total:
        return None
    return int(np.searchsorted(np.cumsum(histogram), (total + 1) // 2))


def infer_sex(evidence: EvidenceShard, calls: CallSet) -> str:
    """female, male or unknown, from depth on X and Y against the rest and heterozygous sites on X."""
    role = "normal" if "normal" in evidence.sums else "tumor"
    by_contig = _depth_by_contig(evidence, role)
    x = next((name for name in _X_NAMES if name in by_contig), None)
    y = next((name for name in _Y_NAMES if name in by_contig), None)
    auto = [name for name in by_contig if name not in (*_X_NAMES, *_Y_NAMES)]
    if x is None or not auto:
        return "unknown"
    depth = _depth(by_contig, auto)
    if depth < 5:
        return "unknown"
    x_ratio = _depth(by_contig, [x]) / depth
    y_ratio = _depth(by_contig, [y]) / depth if y else None
    index = evidence.candidates.contigs.index(x)
    on_x = (calls.sample.contig_index == index) & calls.sample.is_snv
    carried = on_x & (calls.genotypes.genotype > 0)
    het = int((carried & (calls.genotypes.genotype == 1)).sum())
    het_share = het / int(carried.sum()) if carried.sum() >= 10 else None
    if x_ratio > 0.75 and (y_ratio is None or y_ratio < 0.15) and (het_share is None or het_share > 0.25):
        return "female"
    if x_ratio < 0.7 and (y_ratio is None or y_ratio > 0.2) and (het_share is None or het_share < 0.25):
        return "male"
    return "unknown"


def _depth_by_contig(evidence: EvidenceShard, role: str) -> dict[str, tuple[int, int]]:
    """contig -> summed depth and bases of the sample's bins."""
    found: dict[str, tuple[int, int]] = {}
    for part in evidence.coverage.parts():
        mine = part.filter(pl.col("role") == role).group_by("contig")
        sums = mine.agg(pl.col("depth").sum(), (pl.col("end") - pl.col("start")).sum().alias("bases"))
        for contig, depth, bases in sums.iter_rows():
            before = found.get(contig, (0, 0))
            found[contig] = before[0] + depth, before[1] + bases
    return found


def _depth(by_contig: dict[str, tuple[int, int]], names: list[str]) -> float:
    depth, bases = (sum(by_contig[name][index] for name in names) for index in (0, 1))
    return float(depth) / max(bases, 1)
