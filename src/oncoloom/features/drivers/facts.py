"""What the driver rules look at, and what one finds."""

from dataclasses import dataclass

from oncoloom.reference_data.drivers import GeneRole
from oncoloom.reference_data.protein_change import ProteinChange
from oncoloom.reference_data.transcript_shape import TranscriptShape

INFRAME = frozenset({"inframe_insertion", "inframe_deletion", "inframe_altering_variant"})


@dataclass(frozen=True, slots=True)
class SmallVariant:
    """What the rules look at."""

    gene: str
    terms: frozenset[str]
    change: ProteinChange
    residue: int | None  # residue of the nearest coding base, for splice sites
    stop_residue: int | None
    role: GeneRole
    shape: TranscriptShape | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: its reason in words, the rows it rests on, and the hotspot if it is one."""

    reason: str
    evidence: str
    hotspot: str | None = None
