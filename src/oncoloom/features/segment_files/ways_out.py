"""What a reader can do about a segment file, in the words of the door that it came through."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WaysOut:
    """Remedies: `scale` and `build` with a place for the name, `other_genome` for one that is not human."""

    scale: str
    build: str
    other_genome: str


COMMAND_LINE = WaysOut(
    "say --scale {}", "say --genome-build {}", "say --genome-build other for a genome that is not human"
)
