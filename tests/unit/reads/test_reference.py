import hashlib

import numpy as np
import pysam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncoloom.errors import InputError
from oncoloom.reads.reference import Reference
from oncoloom.testing.reads import random_sequence, write_reference


@pytest.fixture(scope="module")
def fasta(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    rng = np.random.default_rng(5)
    sequences = {"a": random_sequence(rng, 185), "b": "acgtnRYKMSWBDHVNacgu" * 3, "c": "A" * 60, "d": "G"}
    return write_reference(folder / "ref.fa", sequences), sequences


@given(st.data())
def test_bases_are_the_sequence_in_upper_case_with_n_for_the_rest(fasta, data):
    path, sequences = fasta
    name = data.draw(st.sampled_from(list(sequences)))
    start = data.draw(st.integers(0, len(sequences[name])))
    end = data.draw(st.integers(start, len(sequences[name])))
    expected = "".join(one if one in "ACGT" else "N" for one in sequences[name].upper())[start:end]
    assert Reference.open(path).bases(name, start, end).tobytes().decode() == expected


def test_names_lengths_and_md5(fasta):
    path, sequences = fasta
    reference = Reference.open(path)
    assert reference.lengths == {name: len(sequence) for name, sequence in sequences.items()}
    assert reference.names == tuple(sequences)
    for name, sequence in sequences.items():
        assert reference.contig_md5(name) == hashlib.md5(sequence.upper().encode()).hexdigest()


def test_identity_ignores_case_and_line_length_but_no_base(fasta, tmp_path):
    path, sequences = fasta
    lower = write_reference(tmp_path / "x.fa", {k: v.lower() for k, v in sequences.items()}, line_bases=17)
    changed = write_reference(tmp_path / "y.fa", {**sequences, "d": "C"})
    renamed = write_reference(tmp_path / "z.fa", {f"chr{k}": v for k, v in sequences.items()})
    identities = [Reference.open(one).identity for one in (path, lower, changed, renamed)]
    assert identities[0] == identities[1]
    assert len(set(identities)) == 3
    assert identities[0].startswith("sha256:")


def test_a_missing_index_is_made_elsewhere_and_told(fasta, tmp_path, caplog):
    _, sequences = fasta
    path = write_reference(tmp_path / "noindex.fa", sequences, index=False)
    reference = Reference.open(path, work_folder=tmp_path / "work")
    assert not (tmp_path / "noindex.fa.fai").exists()
    assert "samtools faidx" in caplog.text
    pysam.faidx(str(path))
    assert reference.index_path.read_text() == (tmp_path / "noindex.fa.fai").read_text()


def test_windows_line_ends(tmp_path):
    path = tmp_path / "dos.fa"
    path.write_bytes(b">a x\r\nACGT\r\nAC\r\n>b\r\nGG\r\n")
    reference = Reference.open(path, work_folder=tmp_path)
    assert reference.bases("a", 3, 6).tobytes() == b"TAC"
    assert reference.bases("b", 0, 2).tobytes() == b"GG"


@pytest.mark.parametrize(
    ("contig", "start", "end"), [("nix", 0, 1), ("a", 0, 186), ("a", -1, 5), ("a", 7, 5)]
)
def test_what_is_not_there_cannot_be_read(fasta, contig, start, end):
    with pytest.raises(InputError):
        Reference.open(fasta[0]).bases(contig, start, end)


def test_an_index_of_another_file_is_refused(fasta, tmp_path):
    path, sequences = fasta
    other = write_reference(tmp_path / "other.fa", sequences, line_bases=50)
    (tmp_path / "other.fa.fai").write_text(path.with_name("ref.fa.fai").read_text())
    with pytest.raises(InputError, match="does not fit") as caught:
        Reference.open(other)
    assert "samtools faidx other.fa" in str(caught.value)
    with pytest.raises(InputError, match="no such file"):
        Reference.open(tmp_path / "none.fa")
