"""Look at a place as the caller saw it: same readers, kernels, candidates and weights, and its records."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele, normalize, places_of, reference_text
from oncoloom.calling.candidate_evidence import CandidateEvidence, weigh_candidates
from oncoloom.calling.evidence import ExaminedTile, Sources, examine_tile
from oncoloom.calling.fragment_counts import shown_depth
from oncoloom.calling.look.call_folder import CallFolder, CallRecord
from oncoloom.calling.look.counts import allele_counts, bases_on, shown_alleles
from oncoloom.calling.look.locus import Locus
from oncoloom.calling.look.model import STATES, AlleleLook, LocusLook, Neighbor, SampleLook
from oncoloom.calling.look.pileup import pile_up
from oncoloom.calling.look.verdict import judge
from oncoloom.calling.sample_reads import SampleReads
from oncoloom.calling.tiles import Tile
from oncoloom.errors import ReferenceMismatchError
from oncoloom.kernels.arrays import STATISTIC
from oncoloom.reads.regions import Region, intersect_regions

FLANK_BP = 40
NEIGHBORS_BP = 60
MOST_READS = 40
_ROLES = ("tumor", "normal")


@dataclass(frozen=True, slots=True)
class LookSettings:
    """How much to show: bases of the view beside the locus, reads of a sample, reach of neighbors."""

    flank_bp: int = FLANK_BP
    most_reads: int = MOST_READS
    neighbors_bp: int = NEIGHBORS_BP


def look_at(
    locus: Locus,
    sources: Sources,
    calls: CallFolder,
    *,
    targets: list[Region] | None = None,
    settings: LookSettings | None = None,
) -> LocusLook:
    """Everything about `locus` in the samples of `sources`.

    Parameters
    ----------
    targets
        The assay's padded regions, or None: the call had none, or they were not given.

    Raises
    ------
    ReferenceMismatchError
        If the allele asked about does not fit the reference.
    """
    settings = settings or LookSettings()
    length = sources.reference.lengths[locus.contig]
    view = (max(0, locus.start - settings.flank_bp), min(length, locus.end + settings.flank_bp))
    examined = examine_tile(_tile(locus, view, targets, length), sources, calls.options)
    asked = _asked(locus, examined)
    shown = shown_alleles(examined, locus.start, locus.end)
    alleles = _alleles_here(locus, examined, set(shown), asked)
    weighed = _weigh(alleles, examined, calls)
    near = calls.records(locus.contig, locus.start - settings.neighbors_bp, locus.end + settings.neighbors_bp)
    looks = [_look(one, examined, weighed, shown.get(one, {}), near, calls) for one in alleles]
    focus = asked or _focus(looks, alleles)
    samples = {
        role: _sample(role, reads, examined, locus, view, focus, calls, settings)
        for role, reads in zip(_ROLES, examined.reads, strict=True)
        if reads is not None
    }
    order = sorted(range(len(looks)), key=lambda x: _rank(looks[x], is_focus=alleles[x] == focus))
    return LocusLook(
        locus=locus.text,
        contig=locus.contig,
        start=locus.start + 1,
        end=locus.end,
        view_start=view[0] + 1,
        view_end=view[1],
        reference=reference_text(examined.window, *view),
        in_targets=_in_targets(locus, targets, calls),
        callable_bases=calls.is_callable(locus.contig, locus.start, locus.end),
        focus=None if focus is None else f"{focus.pos + 1} {focus.ref}>{focus.alt}",
        samples=samples,
        alleles=tuple(looks[x] for x in order),
        neighbors=_neighbors(near, examined, locus, alleles, settings.neighbors_bp),
        notes=_notes(locus, samples, targets, calls),
    )


def _tile(locus: Locus, view: tuple[int, int], targets: list[Region] | None, length: int) -> Tile:
    """A small tile around the view. Evidence does not depend on how the assay is cut."""
    start, end = max(0, view[0] - NEIGHBORS_BP), min(length, view[1] + NEIGHBORS_BP)
    if targets is None:
        return Tile(locus.contig, ((start, end),), 0)
    inside = intersect_regions(targets, [Region(locus.contig, start, end)])
    intervals = tuple((one.start, one.end) for one in inside) or ((start, start),)
    # A tile runs from its first to its last assay base; the view may reach further.
    edges = ((start, start), *intervals, (end, end))
    return Tile(locus.contig, edges, 0)


def _asked(locus: Locus, examined: ExaminedTile) -> Allele | None:
    if locus.allele is None:
        return None
    true = reference_text(examined.window, locus.allele.pos, locus.allele.end)
    if true != locus.allele.ref:
        raise ReferenceMismatchError(
            "REF is not the reference's base",
            record=locus.text,
            expected=true,
            found=locus.allele.ref,
            remedy="positions are 1-based; is this the build that the reads were aligned to?",
        )
    return normalize(locus.allele, examined.window)


def _alleles_here(
    locus: Locus, examined: ExaminedTile, shown: set[Allele], asked: Allele | None
) -> list[Allele]:
    """Alleles that overlap the locus: weighed ones, those that any read shows, and the one asked about."""
    here = {
        one
        for one in {*examined.weighed.alleles, *shown}
        if one.pos < locus.end and one.end > locus.start and "N" not in one.ref + one.alt
    }
    return sorted(here if asked is None else here | {asked})


def _weigh(alleles: list[Allele], examined: ExaminedTile, calls: CallFolder) -> CandidateEvidence:
    """Evidence of `alleles`: the caller's own where it weighed them, else made now beside its candidates."""
    known = {one: c for c, one in enumerate(examined.weighed.alleles)}
    more = [one for one in alleles if one not in known]
    everything = examined.weighed
    if more:
        tumor, normal = examined.reads
        everything = weigh_candidates(
            sorted({*known, *more}),
            examined.window,
            tumor,
            normal,
            calls.options,
            assembled=examined.assembled,
        )
    place = {one: c for c, one in enumerate(everything.alleles)}
    rows = [(examined.weighed, known[one]) if one in known else (everything, place[one]) for one in alleles]

    def picked(name: str) -> NDArray[np.generic]:
        values = [getattr(source, name)[c] for source, c in rows]
        return np.stack(values) if values else getattr(everything, name)[:0]

    return CandidateEvidence(
        alleles,
        places_of(alleles),
        *(picked(name) for name in ("histogram", "tumor", "normal", "unit", "units", "slippage_rate")),  # type: ignore[arg-type]
    )


def _look(
    allele: Allele,
    examined: ExaminedTile,
    weighed: CandidateEvidence,
    qualities: Mapping[str, NDArray[np.int64]],
    records: list[CallRecord],
    calls: CallFolder,
) -> AlleleLook:
    c = weighed.alleles.index(allele)
    said = judge(
        allele,
        examined=examined,
        weighed=weighed,
        c=c,
        qualities=qualities,
        records=records,
        calls=calls,
    )
    return AlleleLook(
        pos=allele.pos + 1,
        ref=allele.ref,
        alt=allele.alt,
        state=said.state,
        filters=said.filters,
        reasons=said.reasons,
        posterior={name: float(f"{value:.4g}") for name, value in said.posterior.items()},
        needed=said.needed,
        counts={
            role: allele_counts(weighed, c, role, qualities.get(role))
            for role, reads in zip(_ROLES, examined.reads, strict=True)
            if reads is not None
        },
    )


def _focus(looks: list[AlleleLook], alleles: list[Allele]) -> Allele | None:
    """The allele whose support is shown where none was asked about: the best judged, then the most seen."""
    if not looks:
        return None
    best = min(range(len(looks)), key=lambda x: _rank(looks[x], is_focus=False))
    return alleles[best]


def _rank(look: AlleleLook, *, is_focus: bool) -> tuple[bool, int, int, int, str, str]:
    seen = sum(one.alt for one in look.counts.values())
    return not is_focus, list(STATES).index(look.state), -seen, look.pos, look.ref, look.alt


def _sample(
    role: str,
    own: SampleReads,
    examined: ExaminedTile,
    locus: Locus,
    view: tuple[int, int],
    focus: Allele | None,
    calls: CallFolder,
    settings: LookSettings,
) -> SampleLook:
    depth = own.depth[locus.start - examined.start : locus.end - examined.start]
    least = calls.options.min_callable_tumor if role == "tumor" else calls.options.min_callable_normal
    return SampleLook(
        sample=calls.samples.get(role, role),
        depth=(int(depth.min()), int(depth.max())),
        least_depth=least,
        bases=bases_on(own, locus.start, calls.options.min_base_quality),
        pileup=pile_up(
            own,
            examined.window,
            tile_start=examined.start,
            view=view,
            locus=(locus.start, locus.end),
            allele=focus,
            options=calls.options,
            most=settings.most_reads,
        ),
    )


def _in_targets(locus: Locus, targets: list[Region] | None, calls: CallFolder) -> bool | None:
    if targets is None:
        return None if "targets" in calls.resources else True
    return bool(intersect_regions(targets, [Region(locus.contig, locus.start, locus.end)]))


def _neighbors(
    records: list[CallRecord], examined: ExaminedTile, locus: Locus, here: list[Allele], reach: int
) -> tuple[Neighbor, ...]:
    """Records and unlisted candidates within reach that are not among the alleles of the place."""
    found: dict[tuple[int, str, str], Neighbor] = {}
    for record in records:
        allele = Allele(record.pos, record.ref, record.alt)
        if allele in here:
            continue
        is_somatic = record.file == "somatic.vcf.gz"
        state = ("passes" if record.filters == ("PASS",) else "filtered") if is_somatic else "germline"
        sample = record.samples.get("tumor" if is_somatic else "normal", {})
        found.setdefault(
            (record.pos, record.ref, record.alt),
            Neighbor(
                record.pos + 1,
                record.ref,
                record.alt,
                state,
                record.filters,
                None if sample.get("AF", ".") == "." else float(sample["AF"]),
                record.figure("POST"),
            ),
        )
    weighed, alt = examined.weighed, STATISTIC["alt"]
    kept = set(examined.kept.tolist())
    for c, one in enumerate(weighed.alleles):
        key = (one.pos, one.ref, one.alt)
        near = locus.start - reach <= one.pos < locus.end + reach
        if one in here or key in found or not near:
            continue
        depth = int(shown_depth(weighed.tumor[c]))
        share = round(int(weighed.tumor[c, alt]) / depth, 4) if depth else None
        state = "not listed" if c in kept else "screened out"
        found[key] = Neighbor(one.pos + 1, one.ref, one.alt, state, (), share, None)
    return tuple(found[key] for key in sorted(found))


def _notes(
    locus: Locus, samples: Mapping[str, SampleLook], targets: list[Region] | None, calls: CallFolder
) -> tuple[str, ...]:
    """What stands in the way of a call here, whatever the alleles."""
    out = []
    if targets is None and "targets" in calls.resources:
        out.append("the call had targets; give them with --targets to know whether this place is among them")
    for role, sample in samples.items():
        if sample.depth[1] == 0:
            out.append(
                f"not covered in the {role}: no fragment at mapping quality {calls.options.callable_mapq}"
            )
        elif sample.depth[0] < sample.least_depth:
            out.append(
                f"not callable in the {role}: {sample.depth[0]} fragments at mapping quality "
                f"{calls.options.callable_mapq}, {sample.least_depth} needed"
            )
    return tuple(out)
