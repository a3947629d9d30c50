"""Published medians of the mutational burden by tumor type."""

from dataclasses import dataclass
from functools import cache

from oncoloom.reference_data.embedded import read_rows


@dataclass(frozen=True, slots=True)
class PublishedMedian:
    """Median mutations per Mb of a tumor type in one paper; `n` tumors where the paper's count is known."""

    tumor_type: str
    median: float
    n: int | None
    assay: str
    source: str
    reference: str


@cache
def published_medians() -> dict[str, PublishedMedian]:
    """OncoTree code to its row of ``burden/published_medians.tsv``."""
    return {
        row["tumor_type"]: PublishedMedian(
            row["tumor_type"],
            float(row["median"]),
            int(row["n_samples"]) if row["n_samples"] else None,
            row["assay"],
            row["source"],
            row["reference"],
        )
        for row in read_rows("burden", "published_medians.tsv")
    }
