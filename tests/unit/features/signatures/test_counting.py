"""Channels of mutations: SBS-96, doublets, ID-83, opportunities."""

import json
from pathlib import Path

import naive_signatures as naive
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncoloom.features.contracts import VARIANTS_TABLE
from oncoloom.features.signatures.channels import ID83, SBS96, TRINUCLEOTIDES
from oncoloom.features.signatures.contexts import codes_of
from oncoloom.features.signatures.counting import count_spectra, count_vcf_spectra
from oncoloom.features.signatures.indels import flank_bp, id83_class
from oncoloom.features.signatures.opportunities import fit_to_target, target_opportunities
from oncoloom.features.signatures.single import signatures_of_vcf
from oncoloom.kernels.mutation_channels import NO_CONTEXT, WRONG_REFERENCE, count_sbs96, count_trinucleotides
from oncoloom.reference_data.fasta import open_reference

BASES = st.sampled_from("ACGT")


def test_channel_names_are_the_kernels_order():
    assert list(SBS96) == naive.channel_names()
    assert (len(set(SBS96)), len(set(ID83)), len(set(TRINUCLEOTIDES))) == (96, 83, 32)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.text("ACGTN", min_size=3, max_size=3), BASES, BASES, st.integers(0, 1)), max_size=12
    )
)
def test_substitutions_are_counted_by_channel(mutations):
    context = np.array([codes_of(one[0]) for one in mutations], np.uint8).reshape(-1, 3)
    ref, alt = (codes_of("".join(one[i] for one in mutations)) for i in (1, 2))
    sample = np.array([one[3] for one in mutations], np.int64)
    channel, counts = np.empty(len(mutations), np.int16), np.zeros((2, 96), np.int64)
    count_sbs96(context, ref, alt, sample, channel, counts)
    expected = np.zeros((2, 96), np.int64)
    for (bases, own, new, row), found in zip(mutations, channel.tolist(), strict=True):
        if "N" in bases:
            assert found == NO_CONTEXT
        elif bases[1] != own:
            assert found == WRONG_REFERENCE
        elif own != new:
            assert SBS96[found] == naive.sbs_channel(bases, new)
            expected[row, found] += 1
    if all(one[1] != one[2] for one in mutations):
        assert (counts == expected).all()


@given(st.text("ACGTN", min_size=3, max_size=60))
def test_opportunities_are_the_trinucleotides_of_both_strands(sequence):
    counts = np.zeros(32, np.int64)
    count_trinucleotides(codes_of(sequence), 0, len(sequence), counts)
    expected = dict.fromkeys(TRINUCLEOTIDES, 0)
    for i in range(len(sequence) - 2):
        if "N" not in sequence[i : i + 3]:
            expected[naive.sbs_channel(sequence[i : i + 3], "N").replace("[", "").replace(">N]", "")] += 1
    assert dict(zip(TRINUCLEOTIDES, counts.tolist(), strict=True)) == expected


@pytest.mark.parametrize(
    ("bases", "before", "after", "deleted", "channel"),
    [
        ("C", "GATTA", "AGTC", True, "1:Del:C:0"),
        ("T", "GATC", "TTTTTTTTA", True, "1:Del:T:5"),
        ("A", "GATC", "AAG", True, "1:Del:T:2"),  # the other strand's T
        ("A", "GATCAAA", "G", True, "1:Del:T:3"),  # placed at the right end
        ("G", "ATTC", "TTA", False, "1:Ins:C:0"),
        ("G", "ATTC", "GGTTA", False, "1:Ins:C:2"),
        ("CA", "TTTG", "CACACAG", True, "2:Del:R:3"),
        ("CA", "TTTG", "CACACAG", False, "2:Ins:R:3"),
        ("GAC", "TTTT", "GATT", True, "3:Del:M:2"),
        ("GACT", "TTACT", "CCCC", True, "4:Del:M:3"),  # microhomology on the other side
        ("GACTT", "TTTA", "CCCC", True, "5:Del:R:0"),
        ("ACGTACC", "TTTT", "ACGTAGGGG", True, "5:Del:M:5"),
        ("GATTACA", "CCCC", "CCCC", False, "5:Ins:R:0"),
        ("CN", "AA", "GT", True, None),
    ],
)
def test_id83_classes(bases, before, after, deleted, channel):
    assert id83_class(bases, before, after, deleted=deleted) == channel
    assert channel is None or channel in ID83


@settings(max_examples=80, deadline=None)
@given(
    st.text("AC", min_size=30, max_size=40), st.integers(12, 18), st.integers(1, 4), st.booleans(), st.data()
)
def test_every_spelling_of_an_indel_has_one_class(sequence, start, size, deleted, data):
    bases = (
        sequence[start : start + size] if deleted else data.draw(st.text("AC", min_size=size, max_size=size))
    )
    spellings = naive.all_indel_spellings(sequence, start, bases, deleted=deleted)
    classes = set()
    for at, own in spellings:
        end = at + len(own) if deleted else at
        classes.add(id83_class(own, sequence[:at], sequence[end:], deleted=deleted))
    assert len(classes) == 1
    assert flank_bp(size) > 5 * size


def _variants(rows):
    names = ("sample_id", "chrom", "pos", "ref", "alt", "filters", "origin", "af")
    base = {column.name: None for column in VARIANTS_TABLE.columns}
    full = [base | dict(zip(names, row, strict=True)) for row in rows]
    return pl.DataFrame(full, schema=VARIANTS_TABLE.polars_schema())


@pytest.fixture
def fasta(tmp_path) -> Path:
    path = tmp_path / "ref.fa"
    path.write_text(">1\nACGTTTTTTACGCACACACAGGTNAACC\n")
    return path


def test_a_table_is_counted_and_what_is_not_counted_is_said(fasta):
    rows = [
        ("a", "1", 2, "C", "T", "PASS", "somatic", 0.3),  # A[C>T]G
        ("a", "1", 2, "C", "T", "PASS", "somatic", 0.3),  # twice in the table: one mutation
        ("a", "1", 10, "A", "G", "PASS", "somatic", 0.3),  # T[A>G]C -> G[T>C]A
        ("a", "1", 3, "GT", "G", "PASS", "somatic", 0.3),  # T homopolymer of six
        ("a", "1", 12, "GCA", "G", "PASS", "somatic", 0.3),  # CA four times
        ("a", "1", 11, "CG", "TT", "PASS", "somatic", 0.3),
        ("a", "1", 21, "GGT", "CCA", "PASS", "somatic", 0.3),
        ("a", "1", 24, "N", "A", "PASS", "somatic", 0.3),
        ("a", "1", 28, "C", "A", "PASS", "somatic", 0.3),
        ("a", "1", 5, "A", "C", "PASS", "somatic", 0.3),
        ("a", "1", 2, "C", "G", "weak_evidence", "somatic", 0.3),
        ("a", "1", 2, "C", "A", "PASS", "germline", 0.5),
        ("a", "1", 3, "GTT", "GA", "PASS", "somatic", 0.3),
        ("b", "1", 25, "A", "C", "not filtered", "unknown", None),  # adjacent, fractions unknown: a doublet
        ("b", "1", 26, "A", "C", "not filtered", "unknown", None),
        ("b", "1", 10, "A", "G", "PASS", "somatic", 0.05),  # adjacent, but of unlike fractions
        ("b", "1", 11, "C", "T", "PASS", "somatic", 0.45),
    ]
    with open_reference(fasta) as reference:
        spectra = count_spectra(_variants(rows), reference, samples=["b", "a", "none"])
    assert spectra.samples == ["a", "b", "none"]
    a, b, none = (spectra.as_dict(name) for name in spectra.samples)
    assert a["sbs96"] == {"A[C>T]G": 1, "G[T>C]A": 1}
    assert a["id83"] == {"1:Del:T:5": 1, "2:Del:R:3": 1}
    assert (a["dbs_total"], a["mnv_total"]) == (1, 1)
    assert a["left_out"] == {
        "REF is not the reference's base": 1,
        "complex indel": 1,
        "did not pass the filters": 1,
        "germline": 1,
        "no trinucleotide at a contig's end or beside N": 2,
    }
    assert (b["sbs_total"], b["dbs_total"]) == (2, 1)
    assert none["sbs_total"] == none["indel_total"] == 0


def test_mafs_write_indels_without_an_anchor(fasta):
    rows = [
        ("a", "1", 4, "T", "-", "not filtered", "unknown", None),
        ("a", "1", 3, "-", "T", "not filtered", "unknown", None),  # after base 3
        ("a", "9", 3, "-", "T", "not filtered", "unknown", None),
    ]
    with open_reference(fasta) as reference:
        told = count_spectra(_variants(rows), reference).as_dict("a")
    assert told["id83"] == {"1:Del:T:5": 1, "1:Ins:T:5": 1}
    assert told["left_out"] == {"indel on a contig that the reference lacks": 1}


def test_a_matrix_is_seen_through_the_targets(fasta, matrix):
    with open_reference(fasta) as reference:
        whole = target_opportunities(reference, [("1", 0, 28)])
        part = target_opportunities(reference, [("1", 0, 9)])
    assert whole.sum() == 25 - 2  # of 28 bases two ends and three around N, without the ends counted twice
    everything = np.full(32, 10)
    same = fit_to_target(matrix, everything, everything * 7)
    assert np.allclose(same.values, matrix.values)
    seen = fit_to_target(matrix, part, everything)
    assert np.allclose(seen.values.sum(axis=0), 1)
    absent = [name for name, n in zip(TRINUCLEOTIDES, part, strict=True) if n == 0]
    rows = [name[0] + name[2] + name[6] in absent for name in SBS96]
    assert (seen.values[rows] == 0).all()


@pytest.mark.realdata
def test_the_96_channels_of_the_case(shared):
    folder = shared / "cases" / "features-05-sbs96-with-mnv-and-indels"
    expected = json.loads((folder / "expected.json").read_text())
    arguments = dict.fromkeys(("matrix", "prevalences", "tumor_type", "targets"))
    found = signatures_of_vcf(folder / "sample.vcf", folder / "ref.fa", seed=1, **arguments)
    for key in ("sbs_total", "sbs96", "dbs_total", "indel_total", "exposures"):
        assert found[key] == expected[key]
    assert "too few" in found["exposures_missing_reason"]
    spectra = count_vcf_spectra(folder / "sample.vcf", folder / "ref.fa")
    assert spectra.sbs96.sum() == expected["sbs_total"]
