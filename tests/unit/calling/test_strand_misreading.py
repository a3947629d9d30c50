"""An allele whose reads of one strand show another one instead."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call
from oncoloom.calling.strand_misreading import without_misreadings
from oncoloom.kernels.arrays import N_STATISTICS, STATISTIC

NAMES = ("alt_forward", "alt_reverse", "alt_reads", "alt_clipped_reads")
TRUE_ONE, MISREADING = (106, 507, 656, 134), (404, 17, 499, 472)  # of a mitochondrial sample


def counts_of(*rows):
    counts = np.zeros((len(rows), N_STATISTICS), np.int32)
    counts[:, [STATISTIC[name] for name in NAMES]] = rows
    return counts


def judged(rows, rivals_of):
    """The alleles that lost a rival, and each allele's rivals that are left."""
    sizes = [len(own) for own in rivals_of]
    flat = np.array([g for own in rivals_of for g in own], np.int64)
    lost, borders, rivals = without_misreadings(counts_of(*rows), np.cumsum([0, *sizes]), flat)
    assert len(borders) == len(rows) + 1
    return lost.tolist(), [rivals[borders[c] : borders[c + 1]].tolist() for c in range(len(rows))]


def test_the_true_allele_loses_its_misreading_and_keeps_other_rivals():
    other = (60, 50, 120, 10)
    assert judged([TRUE_ONE, MISREADING, other], [[1, 2], [0, 2], [0, 1]]) == ([0], [[2], [], []])


@pytest.mark.parametrize(
    ("true_one", "misreading"),
    [
        ((300, 313, 656, 134), MISREADING),  # the allele has both strands: they are two alleles
        (TRUE_ONE, (340, 81, 499, 472)),  # so has the rival
        (TRUE_ONE, (17, 404, 499, 472)),  # on the same strand
        (TRUE_ONE, (404, 17, 499, 100)),  # the rival's reads go on in the reference
        ((106, 507, 656, 400), MISREADING),  # the allele's do not
        ((3, 16, 19, 0), MISREADING),  # too few to tell
    ],
)
def test_what_two_alleles_would_show_stays(true_one, misreading):
    assert judged([true_one, misreading], [[1], [0]])[0] == []


@given(
    st.lists(
        st.tuples(*[st.integers(0, 60)] * 2, st.integers(1, 60), st.integers(0, 60)), min_size=1, max_size=6
    )
)
def test_never_both_of_a_pair(rows):
    everyone = [[g for g in range(len(rows)) if g != c] for c in range(len(rows))]
    lost, left = judged(rows, everyone)
    for c in range(len(rows)):
        dropped = set(everyone[c]) - set(left[c]) if c in lost else set()
        assert bool(dropped) == (c in lost)
        assert all(c not in set(everyone[g]) - set(left[g]) for g in dropped if g in lost)


@pytest.mark.realdata
def test_a_tract_behind_a_tract_in_mitochondria(shared, tmp_path):
    """Eight C, T, six C where the reference has seven and five (Mutect2: 302 A>AC and 310 T>TC)."""
    folder = shared / "data" / "seq" / "real" / "gatk"
    targets = tmp_path / "targets.bed"
    targets.write_text("chrM\t280\t340\n")
    inputs = CallInputs(
        reference=folder / "mutect.mito.Homo_sapiens_assembly38.mt_only.fasta",
        tumor=folder / "mutect.mito.NA12878.bam",
        targets=targets,
    )
    run_call(inputs, tmp_path / "calls")
    text = gzip.decompress((tmp_path / "calls" / "somatic.vcf.gz").read_bytes()).decode()
    found = [line.split("\t") for line in text.splitlines() if line.startswith("chrM\t310\t")]
    record = next(fields for fields in found if fields[3:5] == ["T", "CTC"])
    assert record[6] == "PASS"
    assert float(record[9].split(":")[3]) > 0.7
