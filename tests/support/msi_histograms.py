"""Repeat lengths drawn with slippage, for tests: histograms and raw tables of tumors and normals."""

import numpy as np
import polars as pl

from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.features.msi.histograms import N_LENGTHS, REACH_BP, LengthHistograms

CENTER = REACH_BP


def shape(rate=0.1, moved=0):
    """(31,) lengths of one allele: `rate` of the fragments slipped, mostly one base shorter."""
    out = np.zeros(N_LENGTHS)
    out[CENTER + moved] = 1 - rate
    out[CENTER + moved - 1] += 0.7 * rate
    out[CENTER + moved + 1] += 0.3 * rate
    return out


def draw(rng, n, depth, shapes):
    """(n, 31) counts; `shapes` one for all loci or one each."""
    return np.stack([rng.multinomial(depth, np.broadcast_to(shapes, (n, N_LENGTHS))[i]) for i in range(n)])


def loci(n):
    """So many homopolymers of 15 A."""
    return pl.DataFrame(
        {
            "chrom": ["1"] * n,
            "start": [100 * i for i in range(n)],
            "end": [100 * i + 15 for i in range(n)],
            "unit": ["A"] * n,
        }
    )


def histograms(tumor=None, normal=None):
    """Arrays (n, 31) of one or both samples as `LengthHistograms`."""
    given = tumor if tumor is not None else normal
    counts = np.zeros((len(given), 2, N_LENGTHS), np.int64)
    for role, sample in enumerate((tumor, normal)):
        if sample is not None:
            counts[:, role] = sample
    return LengthHistograms(loci(len(given)), counts, tumor is not None, normal is not None)


def raw_table(one):
    """The same as rows of a `features_raw` table."""
    rows = []
    for i, (chrom, start, end, unit) in enumerate(one.loci.rows()):
        for role, name in enumerate(("tumor", "normal")):
            for k in np.flatnonzero(one.counts[i, role]):
                length = end - start + int(k) - CENTER
                rows.append(
                    ("repeat", name, name, chrom, start, end, unit, length, int(one.counts[i, role, k]))
                )
    return pl.DataFrame(rows, schema=FEATURES_RAW_TABLE.polars_schema(), orient="row")
