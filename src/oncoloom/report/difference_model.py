"""The part of report.json about differences between two therapies."""

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ComparedOutcome(_Part):
    """One outcome under two therapies, as far as words may go."""

    outcome: str = Field(description="Alive at 12 months")
    form: str = Field(description="For this patient, for a group, average only, not compared, no statement")
    text: str


class ComparedPair(_Part):
    """Two therapies and what is said of each outcome."""

    heading: str
    outcomes: tuple[ComparedOutcome, ...]


class TreatmentDifferences(_Part):
    """Therapies compared, two by two; at most three pairs, the given or planned therapy first."""

    text: str
    pairs: tuple[ComparedPair, ...] = ()
    n_more_left_out: int = 0
