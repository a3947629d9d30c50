"""Cancer cell fractions beside the variants of a sample."""

from typing import Any

from oncoloom.features.clonality.cell_fraction import MIN_DEPTH, SiteCopies, cell_fractions
from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.copy_number.outcome import CopyNumber
from oncoloom.features.copy_number.sex_copies import SexCopies
from oncoloom.features.copy_number.states import CopyStates

Rows = list[dict[str, Any]]


def add_cell_fractions(rows: Rows, copies: CopyNumber) -> None:
    """Fill the columns of the cancer cell fraction in rows of the `variants` table, in place.

    Null where it is not a somatic PASS call with 10 fragments, the purity is unknown or rests on an ambiguous
    fit, no segment covers the site, or its segment is subclonal itself or has no tumor copy.
    """
    whole, purity = copies.whole, copies.purity
    if whole is None or whole.states is None or purity.value is None:
        return
    places = {_key(row): _site(row, whole.levels, whole.states, sex=whole.sex) for row in rows if _told(row)}
    chosen = [(row, site) for row in rows if _told(row) and (site := places[_key(row)]) is not None]
    found = cell_fractions(
        [int(row["alt_count"]) for row, _ in chosen],
        [int(row["depth"]) for row, _ in chosen],
        [site for _, site in chosen],
        purity=purity.value,
        purity_sd=purity.sd,
    )
    for (row, _), one in zip(chosen, found, strict=True):
        row["cancer_cell_fraction"] = one.value
        row["cancer_cell_fraction_lower"] = one.lower
        row["cancer_cell_fraction_upper"] = one.upper
        row["clonality"] = one.clonality


def _told(row: dict[str, Any]) -> bool:
    return (
        row["origin"] == "somatic"
        and row["filters"] == "PASS"
        and row["alt_count"] is not None
        and (row["depth"] or 0) >= MIN_DEPTH
    )


def _key(row: dict[str, Any]) -> tuple[str, int]:
    return row["chrom"], row["pos"]


def _site(
    row: dict[str, Any], segments: Segments, states: CopyStates, *, sex: SexCopies
) -> SiteCopies | None:
    at = segments.containing(row["chrom"], row["pos"] - 1)
    if at is None or states.subclonal[at] or states.total[at] < 1:
        return None
    total, minor = int(states.total[at]), int(states.minor[at])
    normal = float(sex.normal_copies([row["chrom"]])[0])
    # without heterozygous sites any of the copies may be the major ones
    return SiteCopies(float(total), total - max(minor, 0), normal)
