"""Gene models of the usual makers, contig styles, the reference sequence, chromosome arms."""

import gzip

import pytest

from oncoloom.errors import InputError, ReferenceMismatchError, UsageError
from oncoloom.reference_data.contigs import bare_name, rename_contigs, sex_chromosome_name
from oncoloom.reference_data.cytobands import chromosomes
from oncoloom.reference_data.drivers import gene_roles, hotspots_of
from oncoloom.reference_data.embedded import write_gene_models
from oncoloom.reference_data.fasta import open_reference
from oncoloom.reference_data.gene_models import merge_intervals, read_gene_models

_DIALECTS = {
    "ensembl": (
        "7\te\tgene\t101\t400\t.\t-\t.\tID=gene:ENSG1;Name=BRAF;biotype=protein_coding\n"
        "7\te\tmRNA\t101\t400\t.\t-\t.\tID=transcript:ENST1;Parent=gene:ENSG1;Name=BRAF-201;"
        "biotype=protein_coding;tag=basic,Ensembl_canonical,MANE_Select;transcript_id=ENST1\n"
        "7\te\texon\t101\t400\t.\t-\t.\tParent=transcript:ENST1\n"
        "7\te\tCDS\t151\t300\t.\t-\t0\tParent=transcript:ENST1\n"
    ),
    "gencode": (
        "chr7\tH\tgene\t101\t400\t.\t-\t.\tID=ENSG1.5;gene_type=protein_coding;gene_name=BRAF\n"
        "chr7\tH\ttranscript\t101\t400\t.\t-\t.\tID=ENST1.3;Parent=ENSG1.5;transcript_id=ENST1;"
        "gene_name=BRAF;transcript_type=protein_coding;tag=basic,MANE_Select\n"
        "chr7\tH\texon\t101\t400\t.\t-\t.\tID=exon:1;Parent=ENST1.3\n"
        "chr7\tH\tCDS\t151\t300\t.\t-\t0\tID=CDS:1;Parent=ENST1.3\n"
    ),
    "refseq": (
        "chr7\tR\tregion\t1\t9000\t.\t+\t.\tID=chr7:1..9000\n"
        "chr7\tR\tgene\t101\t400\t.\t-\t.\tID=gene-BRAF;Name=BRAF;gene_biotype=protein_coding\n"
        "chr7\tR\tmRNA\t101\t400\t.\t-\t.\tID=rna-ENST1;Parent=gene-BRAF;gene=BRAF;tag=MANE Select\n"
        "chr7\tR\texon\t101\t400\t.\t-\t.\tID=exon-1;Parent=rna-ENST1\n"
        "chr7\tR\tCDS\t151\t300\t.\t-\t0\tID=cds-1;Parent=rna-ENST1\n"
    ),
}


@pytest.mark.parametrize("name", sorted(_DIALECTS))
@pytest.mark.parametrize("compress", [False, True])
def test_every_dialect_gives_the_same_transcript(tmp_path, name, compress):
    text = "##gff-version 3\n" + _DIALECTS[name]
    path = tmp_path / ("x.gff3.gz" if compress else "x.gff3")
    path.write_bytes(gzip.compress(text.encode()) if compress else text.encode())
    models = read_gene_models(path, ["7"])
    (one,) = models.transcripts
    assert (one.transcript, one.gene, one.contig, one.strand) == ("ENST1", "BRAF", "7", "-")
    assert (one.exons, one.coding, one.phases) == (((100, 400),), ((150, 300),), (0,))
    assert one.preferred
    assert one.biotype == "protein_coding"


def test_the_preferred_transcript_wins_over_a_longer_one(tmp_path):
    longer = _DIALECTS["ensembl"].replace("ENST1", "ENST2").replace(",Ensembl_canonical,MANE_Select", "")
    longer = longer.replace("CDS\t151\t300", "CDS\t121\t390")
    path = tmp_path / "x.gff3"
    path.write_text(longer + _DIALECTS["ensembl"].split("\n", 1)[1])
    models = read_gene_models(path, ["7"])
    assert len(models.transcripts) == 2
    assert models.chosen()["BRAF"].transcript == "ENST1"
    assert models.coding_intervals() == [("7", 150, 300)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no gene models"),
        ("7\te\tgene\t101\n", "line 1"),
        ("7\te\tgene\tten\t400\t.\t-\t.\tID=g\n", "no whole number"),
        ("7\te\tgene\t400\t101\t.\t-\t.\tID=g\n", "start lies after end"),
        ('7\te\tgene\t1\t9\t.\t-\t.\tgene_id "ENSG1"; gene_name "BRAF";\n', "GTF"),
    ],
)
def test_broken_gene_models_name_their_line(tmp_path, text, words):
    path = tmp_path / "x.gff3"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_gene_models(path, ["7"])


def test_gene_models_of_another_genome_are_refused(tmp_path):
    path = tmp_path / "x.gff3"
    path.write_text(_DIALECTS["ensembl"])
    with pytest.raises(ReferenceMismatchError, match="no contig name"):
        read_gene_models(path, ["scaffold_1"])


def test_contig_styles():
    assert rename_contigs(["7", "chrX", "MT", "GL1"], ["chr7", "chrX", "chrM"]) == {
        "7": "chr7",
        "chrX": "chrX",
        "MT": "chrM",
        "GL1": None,
    }
    assert [sex_chromosome_name(name) for name in ("23", "chr24", "x", "7")] == ["X", "Y", "X", "7"]
    assert bare_name("chr") == "CHR"
    assert merge_intervals([("1", 3, 5), ("1", 1, 3), ("1", 9, 10)]) == [("1", 1, 5), ("1", 9, 10)]


def test_the_reference_is_read_in_capitals_with_and_without_an_index(tmp_path):
    path = tmp_path / "my ref.fa"
    path.write_text(">a\nacgt\nACGT\n>b\nNN\n")
    with open_reference(path) as reference:
        assert reference.lengths == {"a": 8, "b": 2}
        assert reference.bases("a", 2, 6) == "GTAC"
        assert reference.bases("a", -3, 99) == "ACGTACGT"
        assert reference.bases("a", 5, 5) == ""
    assert sorted(one.name for one in tmp_path.iterdir()) == ["my ref.fa"]
    with pytest.raises(InputError, match="no such reference"), open_reference(tmp_path / "none.fa"):
        pass


def test_an_index_of_another_file_is_noticed(tmp_path):
    path = tmp_path / "x.fa"
    path.write_text(">a\nACGTACGT\nACGT\n")
    (tmp_path / "x.fa.fai").write_text("a\t12\t3\t4\t5\n")
    with open_reference(path) as reference, pytest.raises(InputError, match="does not fit"):
        reference.bases("a", 0, 12)


def test_chromosome_arms_and_embedded_gene_models(tmp_path):
    for build, length in (("GRCh37", 249_250_621), ("GRCh38", 248_956_422)):
        layout = chromosomes(build)
        assert layout["1"].length == length
        assert set(layout) >= {str(n) for n in range(1, 23)} | {"X", "Y"}
        assert all(0 < one.centromere_start < one.centromere_end < one.length for one in layout.values())
        write_gene_models(tmp_path / "g.gff3.gz", build)
        models = read_gene_models(tmp_path / "g.gff3.gz", list(layout))
        braf = models.chosen()["BRAF"]
        assert (braf.transcript, sum(b - a for a, b in braf.coding)) == ("NM_004333", 2301)
    with pytest.raises(UsageError):
        write_gene_models(tmp_path / "h.gff3.gz", "GRCh39")


def test_known_hotspots_and_roles():
    (v600,) = [spot for spot in hotspots_of("BRAF") if spot.kind == "single_residue" and spot.first == 600]
    assert v600.name == "BRAF V600"
    assert {"E", "K"} <= set(v600.changes)
    roles = gene_roles()
    assert roles["TP53"].tumor_suppressor
    assert not roles["TP53"].oncogene
    assert roles["ERBB2"].oncogene
    assert not roles["MET"].tumor_suppressor
