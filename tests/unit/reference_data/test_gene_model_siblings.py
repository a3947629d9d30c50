"""Gene models as other makers write them: the same transcripts, or the line and the remedy."""

import pytest

from oncoloom.errors import InputError
from oncoloom.reference_data.gene_models import read_gene_models

_LENGTHS = {"1": 3000}
_LINES = [
    "1\tx\tgene\t301\t760\t.\t-\t.\tID=gene:G;Name=NKX2-1;biotype=protein_coding",
    "1\tx\tmRNA\t301\t760\t.\t-\t.\tID=transcript:T;Parent=gene:G",
    "1\tx\texon\t301\t360\t.\t-\t.\tParent=transcript:T",
    "1\tx\texon\t501\t560\t.\t-\t.\tParent=transcript:T,transcript:OTHER",
    "1\tx\tCDS\t301\t360\t.\t-\t2\tParent=transcript:T",
    "1\tx\tCDS\t501\t552\t.\t-\t0\tParent=transcript:T",
]


@pytest.fixture
def models(tmp_path):
    def _read(lines):
        path = tmp_path / "g.gff3"
        text = lines if isinstance(lines, str) else "\n".join(["##gff-version 3", *lines]) + "\n"
        path.write_text(text, encoding="utf-8")
        return read_gene_models(path, _LENGTHS)

    return _read


@pytest.mark.parametrize(
    "lines",
    [
        _LINES,
        _LINES[::-1],
        [line.replace("\t2\tParent", "\t.\tParent").replace("\t0\tParent", "\t.\tParent") for line in _LINES],
        "\ufeff##gff-version 3\r\n" + "\r\n".join(_LINES) + "\r\n",
    ],
    ids=["parents first", "children first", "no phases", "BOM and CRLF"],
)
def test_one_transcript_in_many_spellings(models, lines):
    (one,) = models(lines).transcripts
    assert (one.gene, one.transcript, one.strand) == ("NKX2-1", "T", "-")
    assert one.exons == ((300, 360), (500, 560))
    assert one.coding == ((300, 360), (500, 552))
    assert one.phases == (2, 0)  # 52 bases on the minus strand: two of the next codon's are missing


@pytest.mark.parametrize(
    ("old", "new"),
    [("\t2\tParent", "\t1\tParent"), ("CDS\t301\t360", "CDS\t301\t510"), ("\t2\tParent", "\t.\tParent")],
    ids=["phase", "overlap", "one phase of two"],
)
def test_a_frame_that_contradicts_itself_is_left_out_and_named(models, caplog, old, new):
    whole = [line.replace("gene:G", "gene:H").replace(":T", ":U") for line in _LINES]
    broken = [line.replace(old, new) for line in _LINES]
    assert [one.transcript for one in models([*broken, *whole]).transcripts] == ["U"]
    assert "1 transcripts" in caplog.text
    assert "left out: NKX2-1 T" in caplog.text


def test_a_frame_that_begins_inside_a_codon_is_kept(models):
    first = [line.replace("501\t552\t.\t-\t0", "501\t553\t.\t-\t1") for line in _LINES]
    (one,) = models(first).transcripts
    assert one.phases == (2, 1)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("CDS\t301\t360\t.\t-", "CDS\t301\t360\t.\t?", ["line 6", "strand", "found:    ?"]),
        ("CDS\t501\t552", "CDS\t501\t3001", ["line 7", "behind its contig", "3000", "genome build"]),
    ],
)
def test_lines_that_cannot_be_name_themselves(models, old, new, words):
    with pytest.raises(InputError) as caught:
        models([line.replace(old, new) for line in _LINES])
    for word in words:
        assert word in str(caught.value)


def test_names_cannot_break_a_field(models):
    (one,) = models([line.replace("NKX2-1", "A B%7CC%2CD") for line in _LINES]).transcripts
    assert one.gene == "A_B_C_D"
