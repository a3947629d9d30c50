"""Copy number and purity of one sample, in the order they need each other."""

from dataclasses import asdict

from oncoloom.features.copy_number.bins import Bins, is_autosome
from oncoloom.features.copy_number.dots import genome_dots
from oncoloom.features.copy_number.doubling import cannot_be_told
from oncoloom.features.copy_number.from_segments import copy_number_of_segments
from oncoloom.features.copy_number.gene_calls import gene_copies
from oncoloom.features.copy_number.genome_state import (
    Figure,
    altered_fraction,
    covered_reason,
    is_doubled,
    loh_fraction,
)
from oncoloom.features.copy_number.hets import HetSites, het_sites
from oncoloom.features.copy_number.joint import segment_jointly
from oncoloom.features.copy_number.levels import Segments, measure_segments
from oncoloom.features.copy_number.outcome import CopyNumber, WholeCopies, no_copy_number
from oncoloom.features.copy_number.sample_bins import sample_bins
from oncoloom.features.copy_number.scale import Scaled, scale_segments
from oncoloom.features.copy_number.sex_copies import SexCopies, sex_of_calls
from oncoloom.features.copy_number.table import evidence, segment_rows
from oncoloom.features.copy_number.verdict import judge_purity
from oncoloom.features.intervals import coding_of
from oncoloom.features.request import FeatureRequest
from oncoloom.features.testability.assessability import ASSESSED_GENES
from oncoloom.features.variants.calls import CallSet
from oncoloom.reference_data.drivers import gene_roles
from oncoloom.reference_data.gene_models import GeneModels
from oncoloom.tables import Tally

MIN_BINS = 10


def measure_copy_number(
    calls: CallSet, models: GeneModels | None, lengths: dict[str, int], request: FeatureRequest
) -> CopyNumber:
    """Bins, segments, purity and gene copies of one tumor, or why there are none."""
    if request.segments is not None:
        return copy_number_of_segments(request.segments, models, lengths, request)
    reason = _why_not(calls, request)
    if reason is not None or calls.raw is None:
        return no_copy_number(reason or "no coverage")
    sex = sex_of_calls(request.calls, calls.raw)
    bins, reference = sample_bins(
        calls.raw,
        lengths,
        request.settings,
        baseline=request.depth_baseline,
        mappability=request.mappability,
        sex=sex,
    )
    if len(bins) < MIN_BINS:
        return no_copy_number(f"{len(bins)} coverage bins with enough normal depth; {MIN_BINS} are needed")
    hets = het_sites(calls.raw, bins, lengths)
    method = request.settings.segmentation
    segments = measure_segments(bins, segment_jointly(bins, hets, method=method), hets)
    scaled = scale_segments(calls, segments, judge_purity(segments), sex=sex)
    found = _assembled(bins, segments, scaled, sex, models, sum(lengths.values()), request)
    found.whole = WholeCopies(segments, scaled.verdict, scaled.states, sex)
    found.evidence = evidence(bins, segments, scaled.verdict, reference=reference, method=method)
    found.evidence["readings"] = [asdict(one) for one in scaled.readings]
    found.evidence["normal_copies"] = {"X": sex.x, "Y": sex.y}
    untold = found.evidence["doubling_untold"] = cannot_be_told(scaled.readings)
    if untold is not None:
        found.notes.append(untold)
    if None in (sex.x, sex.y) and not all(map(is_autosome, bins.spans())):
        found.notes.append("copies of X and Y are not given: neither reads nor depth tell the sex")
    found.evidence["dots"] = genome_dots(bins, segments, hets, scaled.scale)
    found.tally = _tally(bins, hets)
    return found


def _assembled(
    bins: Bins,
    segments: Segments,
    scaled: Scaled,
    sex: SexCopies,
    models: GeneModels | None,
    genome_bp: int,
    request: FeatureRequest,
) -> CopyNumber:
    states, purity = scaled.states, scaled.purity
    exons = {} if models is None else coding_of(models, {*gene_roles(), *ASSESSED_GENES})
    unknown = purity.reason or "purity unknown"
    uneven = covered_reason(bins, genome_bp)
    altered: Figure = (None, uneven)
    loh: Figure = (None, uneven if states is not None else unknown)
    doubled: tuple[bool | None, str | None] = (None, scaled.ploidy.reason)
    if uneven is None:
        altered = (altered_fraction(segments, states, sex), None)
        loh = (None, unknown) if states is None else loh_fraction(segments, states)
    if states is not None and scaled.ploidy.value is not None:
        doubled = is_doubled(segments, states)
    return CopyNumber(
        segments=segment_rows(
            segments,
            states,
            _gene_spans(models),
            patient_id=request.patient_id,
            sample_id=request.sample_id,
        ),
        genes=gene_copies(
            bins,
            exons,
            scale=scaled.scale,
            amplification_min_copies=request.settings.amplification_min_copies,
        ),
        purity=purity,
        ploidy=scaled.ploidy,
        altered=altered,
        loh=loh,
        doubled=doubled,
        reason=None,
        notes=[] if states is not None else [f"purity unknown ({unknown}): gene copies judged by log2 alone"],
    )


def _why_not(calls: CallSet, request: FeatureRequest) -> str | None:
    if calls.entry == "vcf":
        return "only a VCF was given: copy number needs reads or an imported segment file"
    if calls.raw is None:
        return "the calls hold no coverage sums (features_raw.parquet)"
    if not calls.paired and request.depth_baseline is None and request.assay != "wgs":
        return "no matched normal and no pool of normals: coverage has nothing to compare with"
    return None


def _tally(bins: Bins, hets: HetSites) -> Tally:
    tally = Tally(kept=len(bins))
    for reason, n in sorted(bins.dropped.items()):
        tally.drop(reason, n)
    tally.drop("germline sites too thin, too near to another or not clearly heterozygous", hets.n_dropped)
    return tally


def _gene_spans(models: GeneModels | None) -> dict[str, tuple[str, int, int]]:
    if models is None:
        return {}
    chosen = models.chosen()
    return {
        gene: (chosen[gene].contig, chosen[gene].start, chosen[gene].end)
        for gene in ASSESSED_GENES
        if gene in chosen
    }
