"""Whatever a file holds, a door answers with a table or with one of our errors: never with a stack trace."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncoloom.errors import OncoloomError
from oncoloom.features.intervals import read_bed
from oncoloom.features.segment_files.door import import_segments
from oncoloom.features.variants.vcf_door import import_variants
from oncoloom.reference_data.fasta import open_reference
from oncoloom.reference_data.gene_models import read_gene_models

_VCF = (
    '##fileformat=VCFv4.2\n##source=Mutect2\n##INFO=<ID=DP,Number=1,Type=Integer,Description="d">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tT1\tN1\n"
    "7\t{pos}\trs1\t{ref}\t{alt},*\t50.5\tPASS\tDP=30;AF=0.2\tGT:AD:DP:AF\t0/1:30,10,0:40:0.25,0\t./.\n"
    "7\t{pos}\t.\t{ref}\t<DEL>\t.\t.\tEND=500\tGT:AD\t0/1:3,4\t0/0:9,0\n"
)
_SEGMENTS = (
    "chromosome\tstart\tend\tgene\tlog2\tbaf\tcn\tcn1\tcn2\tprobes\n"
    "chr1\t10\t1e+05\tA\t-0.5\t0.4\t1\t1\t0\t40\n"
)
_ANY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_PIECES = st.one_of(
    st.sampled_from([*"\t\n:,;|/.%é<#\x00", "-1", "nan", "inf", "1e400", "9" * 30]),
    st.text(max_size=4),
)


@st.composite
def damaged(draw, text):
    """`text` with up to four cuts, insertions or replacements."""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 12))
        text = text[:at] + draw(_PIECES) + text[at + cut :]
    return text


def _sound(genome):
    ref = genome.sequences["7"][229]
    return _VCF.format(pos=230, ref=ref, alt="ACGT"[("ACGT".index(ref) + 1) % 4])


def _write(path, text):
    path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    return path


@_ANY
@given(data=st.data())
def test_vcf(genome, tmp_path, data):
    path = _write(tmp_path / "x.vcf", data.draw(damaged(_sound(genome))))
    with contextlib.suppress(OncoloomError):
        frame, tally = import_variants(path, genome.fasta, patient_id="P", sample_id="T1")
        assert frame.height == tally.kept
        fractions = frame["af"].drop_nulls()
        assert fractions.is_between(0, 1).all()


@_ANY
@given(data=st.data())
def test_segments(tmp_path, data):
    path = _write(tmp_path / "x.cns", data.draw(damaged(_SEGMENTS)))
    with contextlib.suppress(OncoloomError):
        frame = import_segments(path, "cnvkit").frame
        assert (frame["end"] > frame["start"]).all()
        assert (frame["total_cn"].drop_nulls() >= 0).all()


@_ANY
@given(data=st.data())
def test_gene_models(genome, tmp_path, data):
    path = _write(tmp_path / "x.gff3", data.draw(damaged(genome.gff.read_text())))
    with contextlib.suppress(OncoloomError):
        for one in read_gene_models(path, ["7", "8"]).transcripts:
            assert one.end > one.start


@_ANY
@given(data=st.data())
def test_bed(tmp_path, data):
    path = _write(tmp_path / "x.bed", data.draw(damaged("chr1\t0\t10\tname\n2\t5\t9\n")))
    with contextlib.suppress(OncoloomError):
        assert read_bed(path, {"1": 100, "2": 100}).total() >= 0


@pytest.mark.parametrize(
    "content", [b"", b">\n", b"no header\nACGT\n", b">a\nACGT\nAC\nACGTAC\n\nAC\n", b"\x1f\x8b\x08broken"]
)
def test_reference(tmp_path, content):
    path = tmp_path / "x.fa"
    path.write_bytes(content)
    with pytest.raises(OncoloomError):
        _read_all(path)


def _read_all(path):
    with open_reference(path) as reference:
        for name, length in reference.lengths.items():
            reference.bases(name, 0, length)


@pytest.mark.parametrize("odd", ["9" * 30, "²", "-3", "1e3", "nan"])
@pytest.mark.parametrize("field", ["{pos}", "30,10", "40:0.25", "0.25", "50.5"])
def test_odd_numbers_in_a_vcf(genome, tmp_path, odd, field):
    ref = genome.sequences["7"][229]
    text = _VCF.replace(field, odd, 1).format(pos=230, ref=ref, alt="ACGT"[("ACGT".index(ref) + 1) % 4])
    with contextlib.suppress(OncoloomError):
        path = _write(tmp_path / "x.vcf", text)
        frame, tally = import_variants(path, genome.fasta, patient_id="P", sample_id="T1")
        assert frame.height == tally.kept
        assert frame["af"].drop_nulls().is_between(0, 1).all()
