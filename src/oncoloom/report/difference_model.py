"""The part of report.json about differences between two therapies."""

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShownDifference(_Part):
    """Share with the good outcome, first therapy minus second, in points: as drawn and told."""

    label: str = Field(description="What it is and the level of its interval: This patient, 90 %")
    value: float
    lower: float | None
    upper: float | None
    text: str
    randomized: bool = Field(default=False, description="A randomized trial's: a dot, all others a tick")


class ComparedOutcome(_Part):
    """One outcome under two therapies, as far as words may go; since 1.2 with what is drawn."""

    outcome: str = Field(description="Alive at 12 months")
    form: str = Field(description="For this patient, for a group, average only, not compared, no statement")
    text: str = Field(description="What may be said; in files of schema 1.1 all that follows, too")
    reason: str = Field(default="", description="Why no further; what is not known of the patient")
    basis: str = Field(default="", description="What the average of training rests on")
    trial: str = Field(default="", description="The randomized trial beside it, in words")
    differences: tuple[ShownDifference, ...] = Field(
        default=(),
        description="Figures that the wording allows, the furthest first; none where nothing is compared",
    )


class ComparedPair(_Part):
    """Two therapies and what is said of each outcome; differences are `first` minus `second`."""

    heading: str
    first: str = ""
    second: str = ""
    outcomes: tuple[ComparedOutcome, ...]


class TreatmentDifferences(_Part):
    """Therapies compared, two by two; at most three pairs, the given or planned therapy first."""

    text: str
    pairs: tuple[ComparedPair, ...] = ()
    n_more_left_out: int = 0
