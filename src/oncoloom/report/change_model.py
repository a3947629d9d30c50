"""The part of report.json about where the driver changes lie in their proteins."""

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KnownResidue(_Part):
    """A residue that is changed again and again in other tumors."""

    residue: int
    n_tumors: int


class FoundChange(_Part):
    """A driver change of this tumor in a protein."""

    residue: int = Field(description="First changed residue, 1-based")
    name: str
    n_tumors: int = Field(description="Tumors with this residue changed, 0 where it is not recurrent")


class ChangedGene(_Part):
    """A gene with driver changes: where they lie, and where those of other tumors lie."""

    gene: str
    length: int | None = Field(description="Residues of the embedded transcript")
    known: tuple[KnownResidue, ...]
    found: tuple[FoundChange, ...] = Field(min_length=1)


class Changes(_Part):
    """Places of the driver changes in their proteins."""

    text: str
    rows: tuple[ChangedGene, ...] = ()
