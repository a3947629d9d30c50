"""Features of copy number in the one row: purity, ploidy, state of the genome."""

from oncoloom.features.row_inputs import RowInputs, Values


def copy_number(inputs: RowInputs) -> Values:
    """Purity and ploidy with intervals, doubling, share altered, share without one parent's allele."""
    copies = inputs.copies
    purity, ploidy = copies.purity, copies.ploidy
    doubled, why = copies.doubled
    return {
        "purity": (purity.value, purity.reason),
        "purity_lower": (purity.lower, purity.reason),
        "purity_upper": (purity.upper, purity.reason),
        "purity_method": (purity.method, purity.reason),
        "ploidy": (ploidy.value, ploidy.reason),
        "ploidy_lower": (ploidy.lower, ploidy.reason),
        "ploidy_upper": (ploidy.upper, ploidy.reason),
        "genome_doubled": (None if doubled is None else int(doubled), why),
        "fraction_genome_altered": copies.altered,
        "fraction_genome_loh": copies.loh,
    }
