"""Phase sets and shared sites: from fragments to GT and PS of both VCFs."""

import numpy as np
import pysam
import pytest
from calling_bams import CONTIG_BP, pairs, random_reference, write_bam, write_reference
from test_whole_call import assert_same

from oncoloom.calling.germline_model import HET, HOM, Genotypes
from oncoloom.calling.options import CallInputs
from oncoloom.calling.phasing import _opposite
from oncoloom.calling.pipeline import run_call, run_call_finish
from oncoloom.calling.shared_sites import resolve_shared_sites
from oncoloom.kernels.arrays import N_STATISTICS, STATISTIC

REFERENCE = random_reference(91)
# Germline: two on haplotype 0, one on haplotype 1; a site with an alternative allele on each haplotype.
ON_0, ALSO_0, ON_1, BOTH = 700, 740, 765, 1200
SOMATIC, BESIDE = 760, 790  # on haplotype 0; a second one of the same cells


def other(at, by=1):
    return "ACGT"[("ACGT".index(REFERENCE[at]) + by) % 4]


def edits(haplotype, *, somatic=False):
    found = {BOTH: ("sub", other(BOTH, 1 + haplotype))}
    if haplotype == 0:
        found |= {ON_0: ("sub", other(ON_0)), ALSO_0: ("del", 2)}
        if somatic:
            found |= {SOMATIC: ("sub", other(SOMATIC)), BESIDE: ("sub", other(BESIDE))}
    else:
        found[ON_1] = ("sub", other(ON_1))
    return found


@pytest.fixture(scope="module")
def called(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phased")
    contigs = {"one": REFERENCE}
    tumor = pairs(
        REFERENCE,
        "one",
        700,
        lambda random: edits(int(random.integers(0, 2)), somatic=bool(random.random() < 0.6)),
        seed=1,
    )
    normal = pairs(REFERENCE, "one", 500, lambda random: edits(int(random.integers(0, 2))), seed=2)
    inputs = {
        "reference": write_reference(folder / "ref.fa", contigs),
        "tumor": write_bam(folder / "t.bam", contigs, "T", tumor),
        "normal": write_bam(folder / "n.bam", contigs, "N", normal),
    }
    run_call(CallInputs(**inputs), folder / "called")
    return inputs, folder / "called"


def phases(path, sample):
    """position -> [(alternative base, GT as it stands, PS)]"""
    found = {}
    with pysam.VariantFile(str(path)) as handle:
        for record in handle:
            if list(record.filter) != ["PASS"]:
                continue
            text = str(record).rstrip("\n").split("\t")
            shown = text[9 + list(handle.header.samples).index(sample)].split(":")
            fields = dict(zip(text[8].split(":"), shown, strict=True))
            found.setdefault(record.pos - 1, []).append((text[4], fields["GT"], fields["PS"]))
    return found


def test_neighbors_share_a_phase_set(called):
    _, folder = called
    germline, somatic = phases(folder / "germline.vcf.gz", "N"), phases(folder / "somatic.vcf.gz", "T")
    first = str(ON_0 + 1)
    assert germline[ON_0] == [(other(ON_0), "0|1", first)]
    near = {at: one[0][1:] for at, one in germline.items() if ON_0 < at < BESIDE}
    assert sorted(near.values()) == [("0|1", first), ("1|0", first)]  # the deletion, the other haplotype
    assert near[ON_1] == ("1|0", first)
    assert somatic == {
        SOMATIC: [(other(SOMATIC), "0|1", first)],
        BESIDE: [(other(BESIDE), "0|1", first)],
    }


def test_two_alleles_of_one_site_are_two_records(called):
    _, folder = called
    at_site = phases(folder / "germline.vcf.gz", "N")[BOTH]
    assert [one[0] for one in at_site] == sorted([other(BOTH, 1), other(BOTH, 2)])
    assert {one[1] for one in at_site} == {".|1", "1|."}
    assert {one[2] for one in at_site} == {str(BOTH + 1)}
    with pysam.VariantFile(str(folder / "germline.vcf.gz")) as handle:
        records = [one for one in handle if one.pos == BOTH + 1]
        depths = {one.samples["N"]["DP"] for one in records}
        shown = sum(one.samples["N"]["AD"][1] for one in records)
    assert depths == {shown}  # what a record's AD leaves of DP is the other allele
    assert all(one.samples["N"]["AD"][0] == 0 for one in records)


@pytest.mark.parametrize("cut", [ON_0 + 1, ALSO_0 + 5, SOMATIC])
def test_no_cut_changes_a_phase(called, tmp_path, cut):
    inputs, whole = called
    folders = []
    for index, (start, end) in enumerate([(0, cut), (cut, CONTIG_BP)]):
        bed = tmp_path / f"{index}.bed"
        bed.write_text(f"one\t{start}\t{end}\n")
        folders.append(tmp_path / f"shard{index}")
        run_call(CallInputs(**inputs, regions=bed), folders[-1], evidence_only=True)
    run_call_finish(folders, tmp_path / "whole")
    assert_same(whole, tmp_path / "whole")


@pytest.mark.parametrize(
    ("counts", "kinds", "expected"),
    [
        ([12, 1, 0], ["germline", "germline"], False),
        ([12, 9, 0], ["germline", "germline"], None),
        ([0, 9, 8], ["germline", "germline"], True),
        ([6, 0, 40], ["somatic", "germline"], False),  # germline fragments of normal cells
        ([6, 40, 0], ["somatic", "germline"], None),
        ([0, 6, 40], ["somatic", "germline"], True),
        ([0, 6, 8], ["somatic", "somatic"], None),  # may be two clones
        ([5, 0, 8], ["somatic", "somatic"], False),
        ([1, 0, 0], ["somatic", "germline"], None),
    ],
)
def test_what_fragments_tell(counts, kinds, expected):
    somatic = [np.array([kind == "somatic"]) for kind in kinds]
    same, opposite = _opposite(np.array([counts]), *somatic)
    assert (bool(same[0]), bool(opposite[0])) == (expected is False, expected is True)


def test_only_shared_bases_make_a_genotype_half():
    normal = np.zeros((5, N_STATISTICS), np.int32)
    normal[:, STATISTIC["alt"]] = [14, 16, 28, 15, 15]
    normal[:, STATISTIC["other"]] = [16, 14, 1, 15, 0]
    genotypes = Genotypes(
        np.array([HOM, HOM, HOM, HET, HET], np.int8), np.ones(5), np.full(5, 80.0), np.zeros(5, bool)
    )
    found = resolve_shared_sites(
        genotypes,
        np.zeros(5, np.int64),
        np.array([10, 10, 20, 20, 30]),
        ["A", "A", "A", "AGT", "C"],
        ["C", "G", "C", "A", "CA"],
        normal,
    )
    assert found.genotype.tolist() == [HET, HET, HOM, HET, HET]
    assert found.shared.tolist() == [True, True, False, True, False]
    assert found.quality[0] == pytest.approx(99.0)
    assert found.quality[2:].tolist() == [80.0] * 3


@pytest.mark.parametrize(
    ("alleles", "support", "expected"),
    [
        # an insertion on both chromosomes; others with one of its bases misread
        ([(10, "G", "GGAC"), (10, "G", "GGAG"), (10, "G", "GGCG")], [9, 69, 8], [0, HOM, 0]),
        # one on each, and what a third record makes of both
        ([(10, "G", "GA"), (10, "G", "GT"), (10, "G", "C")], [14, 15, 13], [HET, HET, HET]),
        ([(10, "GA", "G"), (10, "G", "GT"), (10, "G", "GTT")], [14, 15, 13], [HET, HET, 0]),
        ([(10, "C", "A"), (10, "C", "G"), (10, "C", "T")], [9, 12, 4], [HET, HET, 0]),
        # a deletion on one chromosome, two substitutions within it on the other
        ([(10, "GATCA", "G"), (11, "A", "C"), (13, "C", "G")], [15, 14, 13], [HET, HET, HET]),
    ],
)
def test_a_person_has_two_haplotypes(alleles, support, expected):
    n = len(alleles)
    normal = np.zeros((n, N_STATISTICS), np.int32)
    normal[:, STATISTIC["alt"]] = support
    genotype = np.array([HOM if one > 60 else HET for one in support], np.int8)
    pos, ref, alt = (list(column) for column in zip(*alleles, strict=True))
    found = resolve_shared_sites(
        Genotypes(genotype, np.ones(n), np.full(n, 80.0), np.zeros(n, bool)),
        np.zeros(n, np.int64),
        np.array(pos),
        ref,
        alt,
        normal,
    )
    assert found.genotype.tolist() == expected
