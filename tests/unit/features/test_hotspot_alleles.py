"""Known hotspots as alleles of a reference."""

import pytest
from typer.testing import CliRunner

from oncoloom.cli.main import app
from oncoloom.features.consequence.coding import CODONS, CodingView, reverse_complement
from oncoloom.features.drivers.hotspot_alleles import hotspot_alleles, vcf_lines
from oncoloom.reference_data.curated_changes import curated_hotspots
from oncoloom.reference_data.drivers import hotspots_of
from oncoloom.reference_data.fasta import open_reference
from oncoloom.reference_data.gene_models import GeneModels, Transcript

GENE = "BRAF"
RESIDUE = {amino: codon for codon, amino in reversed(CODONS.items())} | {"V": "GTG", "K": "AAA"}


def coding_sequence():
    """A reading frame of 760 codons that holds each BRAF hotspot's residue; V600 is GTG as in people."""
    residues = ["M"] + ["A"] * 758 + ["*"]
    for one in (*hotspots_of(GENE), *(one for one in curated_hotspots() if one.gene == GENE)):
        if one.kind == "single_residue" and one.first < 760:
            residues[one.first - 1] = one.reference
    return "".join(RESIDUE[amino] for amino in residues)


@pytest.fixture(params=["+", "-"])
def placed(request, tmp_path):
    """The gene in two exons, the border inside codon 601, on either strand."""
    coding = coding_sequence()
    border = 3 * 600 + 1
    intron = "GT" + "C" * 96 + "AG"
    text = "T" * 50 + coding[:border] + intron + coding[border:] + "T" * 50
    first, second = (50, 50 + border), (50 + border + 100, 50 + 100 + len(coding))
    if request.param == "-":
        n = len(text)
        text = reverse_complement(text)
        first, second = (n - second[1], n - second[0]), (n - first[1], n - first[0])
    path = tmp_path / "ref.fa"
    path.write_text(f">c\n{text}\n", encoding="ascii")
    parts = (first, second)
    phases = (0, 2) if request.param == "+" else (2, 0)
    transcript = Transcript("T1", GENE, "c", request.param, "protein_coding", True, parts, parts, phases)
    with open_reference(path) as reference:
        yield GeneModels((transcript,), 0, ()), reference, transcript


def mutated_protein(reference, transcript, allele):
    """Protein after the allele, by plain string work."""
    text = reference.bases("c", 0, reference.lengths["c"])
    at = allele.pos - 1
    assert text[at : at + len(allele.ref)] == allele.ref
    changed = text[:at] + allele.alt + text[at + len(allele.ref) :]
    coding = "".join(changed[a:b] for a, b in transcript.coding)
    if transcript.strand == "-":
        coding = reverse_complement(coding)
    return "".join(CODONS[coding[i : i + 3]] for i in range(0, len(coding), 3))


def test_every_allele_makes_the_change_it_is_named_after(placed):
    models, reference, transcript = placed
    alleles, tally = hotspot_alleles(models, reference)
    whole = CodingView(transcript, reference).protein
    assert tally.kept == len(alleles) > 50
    for allele in alleles:
        if "splice" in allele.name:
            continue
        change = allele.name.split("p.")[1]
        residue, amino = int(change[1:-1]), change[-1]
        expected = whole[: residue - 1] + amino + whole[residue:]
        assert mutated_protein(reference, transcript, allele) == expected, allele


def test_v600e_is_one_base_and_v600k_two(placed):
    models, reference, _ = placed
    by_name = {}
    for one in hotspot_alleles(models, reference)[0]:
        by_name.setdefault(one.name, []).append(one)
    assert [(len(one.ref), len(one.alt)) for one in by_name["BRAF p.V600E"]] == [(1, 1)]
    assert all(len(one.ref) == 2 for one in by_name["BRAF p.V600K"])
    assert by_name["BRAF p.V600D"]  # curated: the list of hotspots has V600E, K, M, R, G only


def test_other_residue_is_left_out_and_counted(placed, tmp_path):
    models, reference, transcript = placed
    text = reference.bases("c", 0, reference.lengths["c"])
    places = sorted(transcript.genome_position(3 * 599 + k) for k in range(3))
    path = tmp_path / "other.fa"
    path.write_text(f">c\n{text[: places[0]]}AAA{text[places[2] + 1 :]}\n", encoding="ascii")
    with open_reference(path) as other:
        alleles, tally = hotspot_alleles(models, other)
    assert not [one for one in alleles if one.name.startswith("BRAF p.V600")]
    assert tally.filtered["hotspots whose residue is another one in the gene model"] == 2  # and V600D
    assert tally.filtered["hotspots of genes without a model"] > 500


def test_vcf_is_read_by_the_caller(placed, tmp_path):
    from oncoloom.calling.resources import read_forced_alleles
    from oncoloom.reads.reference import Reference

    models, reference, _ = placed
    alleles, _ = hotspot_alleles(models, reference)
    vcf = tmp_path / "hotspots.vcf"
    vcf.write_text("\n".join(vcf_lines(alleles, reference)) + "\n", encoding="utf-8")
    read = read_forced_alleles(vcf, Reference.open(reference.path))
    assert sum(len(one) for one in read.values()) == len(alleles)


def test_command_says_what_it_left_out(placed, tmp_path):
    _, reference, transcript = placed
    gff = tmp_path / "genes.gff3"
    lines = [
        "##gff-version 3",
        f"c\tx\tgene\t1\t{reference.lengths['c']}\t.\t{transcript.strand}\t.\tID=gene:g;Name={GENE}",
    ]
    lines.append(
        f"c\tx\tmRNA\t1\t{reference.lengths['c']}\t.\t{transcript.strand}\t.\tID=transcript:T1;Parent=gene:g"
    )
    for (start, end), phase in zip(transcript.coding, transcript.phases, strict=True):
        rest = f"{start + 1}\t{end}\t.\t{transcript.strand}"
        lines.append(f"c\tx\texon\t{rest}\t.\tParent=transcript:T1")
        lines.append(f"c\tx\tCDS\t{rest}\t{phase}\tParent=transcript:T1")
    gff.write_text("\n".join(lines) + "\n", encoding="utf-8")
    output = tmp_path / "out.vcf"
    words = ["resources", "hotspots", "--reference", reference.path, "--gff", gff, "--output", output]
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    assert "hotspots of genes without a model" in result.output
    assert "HOTSPOT=BRAF_p.V600E" in output.read_text(encoding="utf-8")


def test_embedded_models_that_do_not_fit_give_no_alleles(placed, tmp_path):
    _, reference, _ = placed
    output = tmp_path / "out.vcf"
    words = ["resources", "hotspots", "--reference", reference.path, "--output", output]
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    assert "0 alleles" in result.output
    assert output.read_text(encoding="utf-8").endswith("INFO\n")
