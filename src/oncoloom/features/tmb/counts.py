"""Which somatic variants a burden counts: by class, in callable coding sequence; what a panel leaves out."""

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from oncoloom.features.intervals import IntervalSet
from oncoloom.reference_data.consequence_terms import CODING, NONSYNONYMOUS


@dataclass(frozen=True, slots=True)
class BurdenCounts:
    """Somatic mutations of the callable coding sequence.

    Attributes
    ----------
    by_class
        Sequence Ontology term (the most severe of a variant) to its count.
    n_nonsynonymous, n_coding
        Of `by_class`, those that change a protein (splice sites included), and all coding ones.
    n_panel
        What a panel's rate counts: all coding ones but drivers, hotspots and population variants.
    left_out
        Reason to the variants that were not counted.
    """

    by_class: dict[str, int]
    n_nonsynonymous: int
    n_coding: int
    n_panel: int
    left_out: dict[str, int] = field(default_factory=dict)


def count_burden(
    variants: pl.DataFrame, regions: IntervalSet | None, targets: IntervalSet | None
) -> BurdenCounts:
    """Count somatic PASS variants.

    Parameters
    ----------
    variants
        Rows of the `variants` table, somatic and passing; `pos` 1-based.
    regions, targets
        Callable intervals, and those of the assay; None where there is no such limit.

    Notes
    -----
    A panel leaves out drivers and hotspots, for which its genes were chosen, and any variant that the
    population resource knows; it counts synonymous changes, which halves the noise (Merino 2020, Vega 2021).
    """
    by_class: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    n_panel = 0
    columns = ("chrom", "pos", "consequence", "driver", "hotspot", "population_af")
    for chrom, pos, consequence, driver, hotspot, population_af in variants.select(columns).iter_rows():
        terms = (consequence or "").split("&")
        if not set(terms) & CODING:
            left_out["not in coding sequence"] += 1
        elif not _inside(regions, chrom, pos) or not _near(targets, chrom, pos):
            left_out["coding, but not callable in both samples"] += 1
        else:
            by_class[next(term for term in terms if term in CODING)] += 1
            if driver or hotspot is not None:
                left_out["panel: drivers and hotspots"] += 1
            elif population_af is not None and population_af > 0:
                left_out["panel: known in the population"] += 1
            else:
                n_panel += 1
    changing = sum(n for term, n in by_class.items() if term in NONSYNONYMOUS)
    return BurdenCounts(
        dict(sorted(by_class.items())),
        changing,
        sum(by_class.values()),
        n_panel,
        dict(sorted(left_out.items())),
    )


def _near(intervals: IntervalSet | None, chrom: str, pos: int) -> bool:
    """Inside, or on the two bases beside it: designs end at exons, splice sites lie just behind."""
    return intervals is None or intervals.overlap(chrom, pos - 3, pos + 2) > 0


def _inside(intervals: IntervalSet | None, chrom: str, pos: int) -> bool:
    return intervals is None or intervals.contains(chrom, pos - 1)
