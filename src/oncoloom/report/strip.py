"""A strip: the reads over one place, as `oncoloom evidence` gathered them, ready to be drawn.

Reads are patient data: a strip holds bases and qualities, no read name, and stands in that patient's own
report alone.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_READS = 60  # of a lane, whatever the file holds


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StripRead(_Part):
    """One read, 0-based half-open; bases only where they differ from the reference."""

    start: int
    end: int
    reverse: bool
    mapq: int
    group: Literal["alt", "ref", "none"]
    fragment: int
    mismatches: tuple[tuple[int, str, int], ...] = Field(default=(), description="Position, base, quality")
    deletions: tuple[tuple[int, int], ...] = Field(default=(), description="Position, bases")
    skips: tuple[tuple[int, int], ...] = ()
    insertions: tuple[tuple[int, int], ...] = Field(
        default=(), description="Position of the base before, bases"
    )
    clip_left: int = 0
    clip_right: int = 0


class StripLane(_Part):
    """One sample's reads over the place, the shown ones first by what they say."""

    role: Literal["tumor", "normal"]
    sample: str
    depth: tuple[int, ...] = Field(description="Fragments over each base of the view")
    n_alt: int
    n_ref: int
    n_none: int
    reads: tuple[StripRead, ...]

    @property
    def text(self) -> str:
        """What stands over the lane."""
        total = self.n_alt + self.n_ref + self.n_none
        shown = "all shown" if len(self.reads) == total else f"{len(self.reads)} shown"
        undecided = f", {self.n_none} undecided" if self.n_none else ""
        said = f"{self.n_alt} reads for, {self.n_ref} against{undecided}"
        return f"{self.role.capitalize()} {self.sample}: {said}; {shown}"


class Strip(_Part):
    """A place with its lanes; `view_start` and `start` are 1-based, ends inclusive."""

    locus: str
    contig: str
    start: int
    end: int
    view_start: int
    view_end: int
    reference: str
    focus: str | None
    verdict: str
    lanes: tuple[StripLane, ...]

    @property
    def alt(self) -> str:
        """The strip in one sentence."""
        lanes = "; ".join(lane.text for lane in self.lanes)
        return f"Reads over {self.locus}: {self.verdict}. {lanes}."


def strip_of(look: Mapping[str, Any], *, most: int = MOST_READS) -> Strip:
    """A strip from the JSON that `oncoloom evidence` makes, with at most `most` reads a lane."""
    return Strip(
        **{
            name: look[name]
            for name in (
                "locus",
                "contig",
                "start",
                "end",
                "view_start",
                "view_end",
                "reference",
                "focus",
            )
        },
        verdict=_verdict(look),
        lanes=tuple(
            _lane(role, look["samples"][role], most)
            for role in ("tumor", "normal")
            if role in look["samples"]
        ),
    )


def _verdict(look: Mapping[str, Any]) -> str:
    if not look["alleles"]:
        return "no read shows another allele"
    first = look["alleles"][0]
    marks = [name for name in first["filters"] if name != "PASS"]
    return f"{first['state']} ({', '.join(marks)})" if marks else str(first["state"])


def _lane(role: Literal["tumor", "normal"], sample: Mapping[str, Any], most: int) -> StripLane:
    pile = sample["pileup"]
    counted = pile["n_reads"]
    return StripLane(
        role=role,
        sample=sample["sample"],
        depth=tuple(pile["depth"]),
        n_alt=counted["alt"],
        n_ref=counted["ref"],
        n_none=counted["none"],
        reads=tuple(_read(one) for one in pile["shown"][:most]),
    )


def _read(read: Mapping[str, Any]) -> StripRead:
    same = ("start", "end", "reverse", "mapq", "group", "fragment", "mismatches", "deletions", "skips")
    return StripRead(
        **{name: read[name] for name in same},
        insertions=tuple((at, len(bases)) for at, bases in read["insertions"]),
        clip_left=len(read["clip_left"]),
        clip_right=len(read["clip_right"]),
    )
