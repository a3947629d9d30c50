"""Assembled alleles that are other candidates together on one haplotype, and no event of their own.

Local assembly walks from one unique base of the reference to the next and takes all differences between them
along: a heterozygous deletion beside a homozygous one, or beside a substitution, comes back as one replaced
stretch. On haplotypes that stretch equals its parts put together, so each would explain the other's reads
away.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise

from oncoloom.calling.alleles import Allele, reference_text, replaced_bases
from oncoloom.calling.blocks import BLOCK_GAP_BP
from oncoloom.calling.sample_reads import ReferenceWindow

REACH_BP = 60  # a part may be aligned so far left of where the stretch begins: repeats
MOST_PARTS = 3
MOST_NEAR = 64  # candidates at a stretch, beyond which it is a place of noise and left alone


def compound_alleles(
    assembled: Iterable[Allele], known: Iterable[Allele], window: ReferenceWindow
) -> set[Allele]:
    """Which of the assembled alleles are two or three known alleles, one of them an indel.

    Parts that lie closer together than those of a block do are left: they are one complex allele.
    """
    stretches = [one for one in assembled if min(len(one.ref), len(one.alt)) > 1]
    if not stretches:
        return set()
    parts = sorted(known)
    return {
        one for one in stretches if any(_rebuilds(some, one, window) for some in _possible_parts(one, parts))
    }


def _possible_parts(one: Allele, parts: list[Allele]) -> Iterator[list[Allele]]:
    """Sets of alleles near a stretch that change the length as it does."""
    near = [part for part in parts if one.pos - REACH_BP <= part.pos and part.end <= one.end and part != one]
    if len(near) > MOST_NEAR:
        return
    indels = [part for part in near if part.is_indel]
    substitutions = [part for part in near if not part.is_indel]
    change = len(one.alt) - len(one.ref)
    for n in (1, 2):
        for some in combinations(indels, n):
            if sum(len(part.alt) - len(part.ref) for part in some) != change:
                continue
            for more in range(2 - n, MOST_PARTS - n + 1):
                for further in combinations(substitutions, more):
                    yield sorted([*some, *further])


def _rebuilds(parts: list[Allele], one: Allele, window: ReferenceWindow) -> bool:
    """Whether the parts (sorted) lie on one haplotype, apart from each other, and spell what `one` spells."""
    places = [replaced_bases(*part) for part in parts]
    gaps = [right[0] - left[1] for left, right in pairwise(places)]
    if min(gaps) < 0 or max(gaps) <= BLOCK_GAP_BP:
        return False
    low, high = min(parts[0].pos, one.pos), max(parts[-1].end, one.end)
    return _spelled(parts, low, high, window) == _spelled([one], low, high, window)


def _spelled(parts: list[Allele], low: int, high: int, window: ReferenceWindow) -> str:
    """Bases of [low, high) with the parts put in."""
    text, at = "", low
    for part in parts:
        start, end = replaced_bases(*part)
        text += reference_text(window, at, start) + part.alt[start - part.pos :]
        at = end
    return text + reference_text(window, at, high)
