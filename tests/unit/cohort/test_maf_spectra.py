"""Spectra of a MAF's patients: null without a reference, counted with it, refused with another build's."""

import polars as pl
import pytest

from oncoloom.cohort.maf_spectra import NO_REFERENCE, spectra_cells
from oncoloom.errors import ReferenceMismatchError
from oncoloom.features.contracts import VARIANTS_TABLE

ROWS = [
    ("a", "chr1", 2, "C", "T"),
    ("a", "chr1", 10, "A", "G"),
    ("a", "chr1", 4, "T", "-"),
    ("b", "chr1", 2, "C", "A"),
]


def _variants(rows):
    base = {column.name: None for column in VARIANTS_TABLE.columns}
    names = ("patient_id", "chrom", "pos", "ref", "alt")
    full = [
        base | dict(zip(names, row, strict=True)) | {"filters": "PASS", "origin": "somatic", "sample_id": "s"}
        for row in rows
    ]
    return pl.DataFrame(full, schema=VARIANTS_TABLE.polars_schema())


@pytest.fixture
def fasta(tmp_path):
    path = tmp_path / "ref.fa"
    path.write_text(">1\nACGTTTTTTACGCACACACAGGTNAACC\n")
    return path


def test_without_a_reference_each_says_why():
    cells = spectra_cells(_variants(ROWS), ["a", "b"], [True, True], None, "not sequenced")
    assert set(map(tuple, cells.values())) == {((None, NO_REFERENCE),) * 2}
    assert "signature_uv" in cells


def test_with_it_substitutions_are_counted_by_patient(fasta):
    cells = spectra_cells(_variants(ROWS), ["b", "a", "c"], [True, True, False], fasta, "not sequenced")
    assert cells["n_sbs"] == [(1, None), (2, None), (None, "not sequenced")]
    assert cells["indel_microhomology"][1] == (None, "1 indels are too few; 50 are needed")
    assert "signature matrix" in cells["signature_apobec"][0][1]


def test_alleles_of_another_build_are_refused(fasta):
    wrong = [("a", "chr1", pos, "A", "G") for pos in (2, 4, 6)]
    with pytest.raises(ReferenceMismatchError, match="not those of this reference"):
        spectra_cells(_variants(wrong), ["a"], [True], fasta, "not sequenced")
