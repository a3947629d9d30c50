"""Gene models of a whole genome, written small: the same transcripts come back, the rest is counted."""

import pytest
from typer.testing import CliRunner

from oncoloom.bundled import bundled_path
from oncoloom.cli.main import app
from oncoloom.errors import UsageError
from oncoloom.reference_data.gene_models import read_gene_models
from oncoloom.reference_data.model_import import import_gene_models

_LENGTHS = {f"chr{n}": 300_000_000 for n in [*range(1, 22), "X"]}  # no chr22: what lies there is named


def _source():
    return bundled_path("resources", "genes", "cancer_genes.hg38.gff3.gz")


def test_the_chosen_transcripts_come_back_as_they_were(tmp_path):
    output = tmp_path / "models.gff3.gz"
    found = import_gene_models(_source(), _LENGTHS, output)
    before = read_gene_models(_source(), _LENGTHS, say_left_out=False)
    after = read_gene_models(output, _LENGTHS)
    assert {one.transcript: one for one in after.transcripts} == {
        one.transcript: one for one in before.chosen().values()
    }
    assert after.coding_intervals() == before.coding_intervals()
    assert found.n_genes == len(before.chosen()) > 1100
    assert found.coding_mb == pytest.approx(sum(b - a for _, a, b in after.coding_intervals()) / 1e6)
    assert found.absent == ("chr22",)
    again = tmp_path / "again.gff3.gz"
    import_gene_models(output, _LENGTHS, again)
    assert again.read_bytes() == output.read_bytes()


def test_transcripts_are_chosen_unless_all_are_asked_for(tmp_path):
    one = "7\te\tgene\t101\t400\t.\t-\t.\tID=gene:G1;Name=BRAF;biotype=protein_coding\n"
    for name, tag in (("T1", "basic"), ("T2", "MANE_Select")):
        own = f"ID=transcript:{name};Parent=gene:G1;biotype=protein_coding;tag={tag}"
        one += f"7\te\tmRNA\t101\t400\t.\t-\t.\t{own}\n"
        one += f"7\te\texon\t101\t400\t.\t-\t.\tParent=transcript:{name}\n"
        one += f"7\te\tCDS\t151\t300\t.\t-\t0\tParent=transcript:{name}\n"
    source = tmp_path / "in.gff3"
    source.write_text(one)
    chosen = import_gene_models(source, {"chr7": 500}, tmp_path / "a.gff3")
    assert (chosen.n_transcripts, chosen.n_read, chosen.renamed) == (1, 2, 1)
    assert "T2" in (tmp_path / "a.gff3").read_text()
    assert (
        import_gene_models(source, {"chr7": 500}, tmp_path / "b.gff3", all_transcripts=True).n_transcripts
        == 2
    )
    with pytest.raises(UsageError, match="GFF3"):
        import_gene_models(source, {"chr7": 500}, tmp_path / "b.bed")


def test_the_command_writes_models(tmp_path):
    fasta = tmp_path / "ref.fa"
    fasta.write_text(">7\n" + "ACGT" * 200 + "\n")
    source = tmp_path / "in.gff3"
    source.write_text(
        "7\te\tgene\t101\t400\t.\t-\t.\tID=gene:G1;Name=BRAF\n"
        "7\te\tmRNA\t101\t400\t.\t-\t.\tID=transcript:T1;Parent=gene:G1\n"
        "7\te\tCDS\t151\t300\t.\t-\t0\tParent=transcript:T1\n"
    )
    words = ["resources", "genes", "--gff", str(source), "--output", str(tmp_path / "m.gff3.gz")]
    done = CliRunner().invoke(app, [*words, "--reference", str(fasta)])
    assert done.exit_code == 0, done.output
    assert "1 genes, 1 of 1 transcripts" in done.stdout
    assert CliRunner().invoke(app, words).exit_code != 0
