"""HRD: three counts of genomic scars from allele-specific segments, and their sum.

LOH (Abkevich 2012), large-scale transitions (Popova 2012, as scarHRD counts them: not corrected for ploidy),
telomeric allelic imbalance (Birkbak 2012). The order of merging is written out below; it decides the figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from oncoloom.reference_data.cytobands import Chromosome

_LOH_BP, _LST_BP, _SMALL_BP, _GAP_BP, _TINY_BP = 15_000_000, 10_000_000, 3_000_000, 3_000_000, 1_000_000


@dataclass(frozen=True, slots=True)
class AlleleSegment:
    """A segment with whole copies of both alleles; coordinates in bases, 0-based half-open."""

    chrom: str
    start: int
    end: int
    major: int
    minor: int

    @property
    def length(self) -> int:
        """Bases."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class HrdScores:
    """Events counted."""

    hrd_loh: int
    hrd_lst: int
    hrd_ntai: int

    @property
    def hrd_sum(self) -> int:
        """LOH + LST + NtAI."""
        return self.hrd_loh + self.hrd_lst + self.hrd_ntai


def count_hrd(segments: Sequence[AlleleSegment], layout: dict[str, Chromosome]) -> HrdScores:
    """HRD counts over the autosomes of one tumor.

    Parameters
    ----------
    segments
        Allele-specific segments, neutral ones included; chromosome names without `chr`.
    layout
        Chromosome lengths and centromeres of the genome build.
    """
    loh = lst = ntai = 0
    for name in sorted({one.chrom for one in segments}):
        if not name.isdigit() or name not in layout:
            continue
        chromosome = sorted((one for one in segments if one.chrom == name), key=lambda one: one.start)
        merged = _merge(chromosome)
        loh += _count_loh(merged, layout[name])
        lst += _count_lst(merged, layout[name])
        ntai += _count_ntai(merged, layout[name])
    return HrdScores(loh, lst, ntai)


def _merge(segments: Sequence[AlleleSegment]) -> list[AlleleSegment]:
    """Neighbors with the same copies of both alleles become one, whatever the gap."""
    out: list[AlleleSegment] = []
    for one in segments:
        if out and (out[-1].major, out[-1].minor) == (one.major, one.minor):
            out[-1] = AlleleSegment(one.chrom, out[-1].start, max(out[-1].end, one.end), one.major, one.minor)
        else:
            out.append(one)
    return out


def _count_loh(segments: Sequence[AlleleSegment], layout: Chromosome) -> int:
    """Runs without the minor allele over 15 Mb, unless they are the whole chromosome."""
    covered = sum(one.length for one in segments)
    lost = [one.minor == 0 and one.major > 0 for one in segments]
    # a file that lists altered segments only may look like whole-chromosome loss: judge by the length
    if all(one.minor == 0 for one in segments) and covered >= 0.9 * (
        layout.length - (layout.centromere_end - layout.centromere_start)
    ):
        return 0
    return sum(length > _LOH_BP for length in _run_lengths(segments, lost))


def _run_lengths(segments: Sequence[AlleleSegment], lost: list[bool]) -> list[int]:
    lengths: list[int] = []
    start: int | None = None
    end = 0
    for one, is_lost in zip(segments, lost, strict=True):
        if is_lost:
            start = one.start if start is None else start
            end = one.end
        elif start is not None:
            lengths.append(end - start)
            start = None
    if start is not None:
        lengths.append(end - start)
    return lengths


def _count_lst(segments: Sequence[AlleleSegment], layout: Chromosome) -> int:
    """Breaks between neighbors ≥ 10 Mb with a gap under 3 Mb, arm by arm, short segments smoothed away."""
    total = 0
    for low, high in ((0, layout.centromere_start), (layout.centromere_end, 10**12)):
        arm = [
            AlleleSegment(one.chrom, max(one.start, low), min(one.end, high), one.major, one.minor)
            for one in segments
            if one.start < high and one.end > low
        ]
        arm = _merge(arm)
        while True:
            short = next((n for n, one in enumerate(arm) if one.length < _SMALL_BP), None)
            if short is None:
                break
            arm = _merge(arm[:short] + arm[short + 1 :])  # the leftmost first: the order decides the count
        total += sum(
            a.length >= _LST_BP and b.length >= _LST_BP and b.start - a.end < _GAP_BP
            for a, b in pairwise(arm)
        )
    return total


def _count_ntai(segments: Sequence[AlleleSegment], layout: Chromosome) -> int:
    """Imbalance that reaches a telomere without crossing the centromere; pieces under 1 Mb dropped."""
    kept = _merge([one for one in segments if one.length >= _TINY_BP])
    if len(kept) < 2:
        return 0
    first, last = kept[0], kept[-1]
    left = first.major != first.minor and first.end < layout.centromere_start
    right = last.major != last.minor and last.start > layout.centromere_end
    return int(left) + int(right)
