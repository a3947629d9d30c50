"""Reads agree with the reference, with their own tags, and with the planted truth."""

import math

import numpy as np
import pysam
import pytest

from oncoloom.simulate.alignments import DELETION, INSERTION, MATCH, SOFT_CLIP, align
from oncoloom.simulate.haplotypes import Haplotype
from oncoloom.simulate.reference import demo_genome
from oncoloom.simulate.sequencer import add_errors, other_base, quality_pool

PATIENTS = ("DEMO-01", "DEMO-02", "DEMO-03", "DEMO-04")


def as_bases(text):
    return np.frombuffer(text.encode(), dtype=np.uint8)


def molecule(reference, pos, ref, alt):
    """The haplotype with one change, by hand."""
    shared = min(len(ref), len(alt))
    places = [*range(pos + shared), *[-1] * (len(alt) - shared), *range(pos + len(ref), len(reference))]
    bases = reference[:pos] + alt + reference[pos + len(ref) :]
    return Haplotype(as_bases(bases), np.array(places, dtype=np.int32), 1.0)


REFERENCE = demo_genome().sequences["demo_TP53"][:600]


def test_indel_in_the_middle_of_a_read_is_a_gap():
    changed = molecule(REFERENCE, 300, REFERENCE[300:306], REFERENCE[300])
    assert align(changed, as_bases(REFERENCE), 230, 150) == (230, ((MATCH, 71), (DELETION, 5), (MATCH, 79)))
    changed = molecule(REFERENCE, 300, REFERENCE[300], REFERENCE[300] + "ACGTAC")
    assert align(changed, as_bases(REFERENCE), 230, 150) == (230, ((MATCH, 71), (INSERTION, 6), (MATCH, 73)))


@pytest.mark.parametrize("side", ["left", "right"])
def test_indel_near_an_end_is_clipped_or_matched_through(side):
    pos = 300
    changed = molecule(REFERENCE, pos, REFERENCE[pos : pos + 21], REFERENCE[pos])
    start = pos - 144 if side == "right" else pos - 4
    place, cigar = align(changed, as_bases(REFERENCE), start, 150)
    assert sum(length for operation, length in cigar if operation != DELETION) == 150
    assert all(operation in (MATCH, SOFT_CLIP) for operation, _ in cigar)
    used = sum(length for operation, length in cigar if operation == MATCH)
    assert used >= 140
    if side == "right":
        assert place == start
    else:
        assert place + used == pos + 21 + 150 - 5


def test_quality_pool_falls_along_the_read_and_second_reads_are_worse():
    rng = np.random.default_rng(1)
    first = quality_pool(rng, 150, second=False)
    second = quality_pool(rng, 150, second=True)
    assert set(np.unique(first)) == {2, 12, 23, 37}
    assert first[:, :20].mean() > first[:, -20:].mean()
    assert first.mean() > second.mean()


def test_errors_come_at_the_rate_their_quality_claims():
    rng = np.random.default_rng(2)
    quals = rng.choice(np.array([12, 23, 37], dtype=np.uint8), size=(20_000, 50))
    bases = np.full(quals.shape, ord("A"), dtype=np.uint8)
    add_errors(rng, bases, quals)
    for quality in (12, 23, 37):
        wrong = bases[quals == quality] != ord("A")
        rate = 10 ** (-quality / 10)
        assert abs(wrong.mean() - rate) < 5 * math.sqrt(rate / wrong.size)


def test_other_base_is_never_the_same():
    bases = as_bases("ACGTACGT")
    for step in (1, 2, 3):
        assert (other_base(bases, np.full(8, step)) != bases).all()


def reads_of(project, patient, role):
    return pysam.AlignmentFile(str(project / "reads" / f"{patient}.{role}.bam"))


def test_bam_files_are_sound(small_project):
    fasta = pysam.FastaFile(str(small_project / "reference" / "demo.fa"))
    with reads_of(small_project, "DEMO-02", "tumor") as bam:
        assert bam.has_index()
        assert bam.header["RG"] == [
            {"ID": "DEMO-02-T", "SM": "DEMO-02-T", "LB": "DEMO-02-T", "PL": "ILLUMINA"}
        ]
        assert dict(zip(bam.references, bam.lengths, strict=True)) == dict(
            zip(fasta.references, fasta.lengths, strict=True)
        )
        last, seen, mates = (-1, -1), 0, {}
        for read in bam.fetch("demo_MLH1"):
            assert (read.reference_id, read.reference_start) >= last
            last = (read.reference_id, read.reference_start)
            assert read.infer_read_length() == 150 == len(read.query_qualities)
            assert read.is_proper_pair
            key = (read.query_name, read.is_duplicate)
            if key in mates:
                mate = mates.pop(key)
                assert mate.next_reference_start == read.reference_start
                assert read.next_reference_start == mate.reference_start
                assert mate.template_length == -read.template_length
                assert mate.is_read1 != read.is_read1
                assert mate.is_reverse != read.is_reverse
            else:
                mates[key] = read
            seen += 1
        assert not mates
        assert seen > 1000


def test_edit_distance_tags_and_mismatch_rate(small_project):
    genome = demo_genome()
    with reads_of(small_project, "DEMO-01", "normal") as bam:
        mismatches = bases = 0
        for read in bam.fetch("demo_BRCA1", 2000, 6000):
            reference = genome.sequences["demo_BRCA1"]
            differing = sum(
                read.query_sequence[at] != reference[place] for at, place in read.get_aligned_pairs(True)
            )
            gaps = sum(length for operation, length in read.cigartuples if operation in (1, 2))
            assert read.get_tag("NM") == differing + gaps
            mismatches += differing
            bases += read.query_alignment_length
    assert 0.001 < mismatches / bases < 0.01


def allele_counts(bam, record):
    columns = bam.count_coverage(
        record.chrom, record.pos - 1, record.pos, quality_threshold=20, read_callback="all"
    )
    depth = sum(column[0] for column in columns)
    return columns["ACGT".index(record.alts[0])][0], depth


def test_planted_fractions_are_in_the_reads(small_project):
    deviations = []
    for patient in PATIENTS:
        truth = pysam.VariantFile(str(small_project / "truth" / patient / "somatic.truth.vcf.gz"))
        with (
            reads_of(small_project, patient, "tumor") as tumor,
            reads_of(small_project, patient, "normal") as normal,
        ):
            for record in truth:
                if len(record.ref) != 1 or len(record.alts[0]) != 1:
                    continue
                count, depth = allele_counts(tumor, record)
                expected = record.info["AF"][0]
                deviations.append((count - depth * expected) / math.sqrt(depth * expected * (1 - expected)))
                assert allele_counts(normal, record)[0] <= 2
    assert len(deviations) > 60
    assert abs(np.mean(deviations)) < 4 / math.sqrt(len(deviations)) + 0.15
    assert 0.7 < np.std(deviations) < 1.35


def test_amplified_gene_is_deeper(small_project):
    def mean_depth(role, contig):
        with reads_of(small_project, "DEMO-03", role) as bam:
            low, high = demo_genome().targets[contig][2]
            return np.sum([np.sum(column) for column in bam.count_coverage(contig, low, high)]) / (high - low)

    ratio = mean_depth("tumor", "demo_ERBB2") / mean_depth("normal", "demo_ERBB2")
    usual = mean_depth("tumor", "demo_APC") / mean_depth("normal", "demo_APC")
    assert ratio / usual > 3


def heterozygous_agreement(project, patient):
    """Share of the tumor's inherited heterozygous SNPs that its normal shows as well."""
    truth = pysam.VariantFile(str(project / "truth" / patient / "germline.truth.vcf.gz"))
    shown = total = 0
    with reads_of(project, patient, "normal") as normal:
        for record in truth:
            if len(record.ref) != 1 or len(record.alts[0]) != 1 or None in record.samples[0]["GT"]:
                continue
            if sum(record.samples[0]["GT"]) != 1:
                continue
            count, depth = allele_counts(normal, record)
            if depth >= 15:
                total += 1
                shown += count / depth > 0.2
    return shown / total


def test_only_the_swapped_normal_is_another_persons(small_project):
    agreement = {patient: heterozygous_agreement(small_project, patient) for patient in PATIENTS}
    assert agreement.pop("DEMO-04") < 0.8
    assert min(agreement.values()) > 0.95


def test_mismatch_repair_deficiency_shows_at_microsatellites(small_project):
    def lengths(role, tract):
        out = []
        with reads_of(small_project, "DEMO-02", role) as bam:
            for read in bam.fetch(tract.contig, tract.start, tract.end):
                if read.reference_start < tract.start - 5 and read.reference_end > tract.end + 5:
                    gaps = sum(
                        (1 if operation == 1 else -1) * length
                        for operation, length in read.cigartuples
                        if operation in (1, 2)
                    )
                    out.append(gaps)
        return out

    unstable = 0
    for tract in demo_genome().microsatellites:
        tumor, normal = lengths("tumor", tract), lengths("normal", tract)
        new = set(tumor) - set(normal)
        unstable += sum(tumor.count(length) for length in new) > 0.15 * len(tumor)
    assert unstable / len(demo_genome().microsatellites) > 0.25
