"""The synthetic genome keeps the facts it claims to keep."""

import subprocess
import sys

import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncoloom.simulate.facts import demo_genes, translate
from oncoloom.simulate.reference import demo_genome
from oncoloom.simulate.reference_files import gff_text, write_reference, write_targets
from oncoloom.simulate.sequence import random_coding_sequence, reverse_complement
from oncoloom.simulate.variants import (
    Allele,
    coding_deletion,
    coding_duplication,
    coding_effect,
    left_aligned,
    protein_substitution,
    repeat_change,
)

# Protein change as csq writes it: residue, old amino acids > residue, new ones.
CHANGES = {
    "BRAF:V600E": "600V>600E",
    "BRAF:V600K": "600V>600K",
    "EGFR:L858R": "858L>858R",
    "EGFR:T790M": "790T>790M",
    "KRAS:G12D": "12G>12D",
    "KRAS:G12C": "12G>12C",
    "TP53:R175H": "175R>175H",
    "TP53:R213*": "213R>213*",
    "PIK3CA:H1047R": "1047H>1047R",
    "PIK3CA:E545K": "545E>545K",
    "PTEN:R130*": "130R>130*",
    "APC:R1450*": "1450R>1450*",
    "STK11:Q37*": "37Q>37*",
    "MLH1:R226*": "226R>226*",
}


def coding_sequence(gene):
    bases = demo_genome().sequences[gene.contig]
    read = "".join(bases[place] for place in gene.cds_positions)
    return read if gene.facts.strand == "+" else read.translate(str.maketrans("ACGT", "TGCA"))


@pytest.mark.parametrize("facts", demo_genes(), ids=lambda facts: facts.symbol)
def test_reading_frame_exons_and_hotspots(facts):
    gene = demo_genome().genes[facts.symbol]
    coding = coding_sequence(gene)
    protein = translate(coding)
    assert protein.startswith("M")
    assert protein.index("*") == len(protein) - 1 == sum(facts.exon_lengths) // 3 - 1
    lengths = [high - low for low, high in gene.cds]
    assert tuple(lengths if facts.strand == "+" else lengths[::-1]) == facts.exon_lengths
    assert facts.hotspots
    for residue, codon in facts.hotspots.items():
        assert coding[3 * residue - 3 : 3 * residue] == codon


def test_known_residues_are_where_every_oncologist_expects_them():
    proteins = {symbol: translate(coding_sequence(gene)) for symbol, gene in demo_genome().genes.items()}
    assert proteins["BRAF"][599] == "V"
    assert proteins["EGFR"][743:753] == "IKELREATSP"
    assert proteins["EGFR"][857] == "L"
    assert proteins["KRAS"][11:13] == "GG"
    assert proteins["TP53"][174] == "R"
    assert {symbol: len(protein) - 1 for symbol, protein in proteins.items()} == {
        "BRAF": 766, "EGFR": 1210, "KRAS": 188, "TP53": 393, "BRCA1": 1863, "BRCA2": 3418, "ERBB2": 1255,
        "PIK3CA": 1068, "PTEN": 403, "MLH1": 756, "APC": 2843, "STK11": 433,
    }  # fmt: skip


def test_introns_have_their_splice_sites():
    genome = demo_genome()
    for gene in genome.genes.values():
        bases = genome.sequences[gene.contig]
        for (_, left), (right, _) in zip(gene.exons[:-1], gene.exons[1:], strict=True):
            intron = bases[left:right]
            if gene.facts.strand == "-":
                intron = reverse_complement(intron)
            assert intron.startswith("GT")
            assert intron.endswith("AG")


def test_microsatellites_are_maximal_and_inside_the_targets():
    genome = demo_genome()
    assert len(genome.microsatellites) >= 40
    for tract in genome.microsatellites:
        bases = genome.sequences[tract.contig]
        unit = tract.unit
        assert bases[tract.start : tract.end] == unit * ((tract.end - tract.start) // len(unit))
        assert bases[tract.start - len(unit) : tract.start] != unit
        assert bases[tract.end : tract.end + len(unit)] != unit
        assert any(low < tract.start and tract.end < high for low, high in genome.targets[tract.contig])


_CSQ = """
import sys, pysam.bcftools
fasta, gff, vcf, out = sys.argv[1:]
pysam.bcftools.csq("-l", "-f", fasta, "-g", gff, "-o", out, vcf, catch_stdout=False)
"""


def consequences(folder, alleles):
    """Label to the BCSQ text of each allele, from bcftools csq in a process of its own."""
    genome = demo_genome()
    write_reference(genome, folder)
    order = list(genome.sequences)
    rows = sorted(alleles.items(), key=lambda row: (order.index(row[1].contig), row[1].pos))
    vcf, out = folder / "planted.vcf", folder / "csq.vcf"
    vcf.write_text(
        "##fileformat=VCFv4.3\n"
        + "".join(f"##contig=<ID={name},length={len(genome.sequences[name])}>\n" for name in order)
        + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        + "".join(f"{a.contig}\t{a.pos + 1}\t{label}\t{a.ref}\t{a.alt}\t.\tPASS\t.\n" for label, a in rows)
    )
    arguments = [str(folder / "demo.fa"), str(folder / "genes.gff3"), str(vcf), str(out)]
    subprocess.run([sys.executable, "-c", _CSQ, *arguments], check=True, capture_output=True)
    with pysam.VariantFile(str(out)) as records:
        return {record.id: ",".join(record.info["BCSQ"]) for record in records}


def test_bcftools_csq_names_the_planted_protein_changes(tmp_path):
    genome = demo_genome()
    alleles = {label: protein_substitution(genome, label) for label in CHANGES}
    alleles["exon19"] = coding_deletion(genome, "EGFR", 2235, 2249)
    alleles["brca1"] = coding_duplication(genome, "BRCA1", 5266)
    alleles["brca2"] = coding_deletion(genome, "BRCA2", 5946, 5946)
    found = consequences(tmp_path, alleles)
    for label, change in CHANGES.items():
        gene = label.split(":")[0]
        assert f"|{gene}|{genome.genes[gene].facts.transcript_id}|protein_coding|" in found[label]
        assert change in found[label].split("|")
        assert ("stop_gained" if label.endswith("*") else "missense") in found[label]
    assert "inframe_deletion|EGFR" in found["exon19"]
    assert "745KELREA>745K" in found["exon19"]
    assert found["brca1"].startswith("frameshift|BRCA1")
    assert "1756Q" in found["brca1"]
    assert found["brca2"].startswith("frameshift|BRCA2")


def test_a_residue_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="V at residue 600, not A"):
        protein_substitution(demo_genome(), "BRAF:A600E")


def test_gff_phases_agree_with_the_coding_lengths():
    phases = {}
    for line in gff_text(demo_genome()).splitlines():
        cells = line.split("\t")
        if len(cells) == 9 and cells[2] == "CDS":
            phases.setdefault(cells[0], []).append((int(cells[3]), int(cells[4]), cells[6], int(cells[7])))
    assert len(phases) == 12
    for rows in phases.values():
        rows.sort(reverse=rows[0][2] == "-")
        done = 0
        for start, end, _, phase in rows:
            assert phase == -done % 3
            done += end - start + 1
        assert done % 3 == 0


def test_targets_cover_every_coding_base(tmp_path):
    genome = demo_genome()
    write_targets(genome, tmp_path / "targets.bed")
    rows = [line.split("\t") for line in (tmp_path / "targets.bed").read_text().splitlines()]
    inside = {(contig, place) for contig, low, high, _ in rows for place in range(int(low), int(high))}
    for gene in genome.genes.values():
        assert all((gene.contig, int(place)) in inside for place in gene.cds_positions)


def test_effect_of_a_change_is_told_from_the_codon():
    genome = demo_genome()
    assert coding_effect(genome, protein_substitution(genome, "BRAF:V600E")) == "missense"
    assert coding_effect(genome, protein_substitution(genome, "APC:R1450*")) == "stop"
    low, _ = genome.genes["EGFR"].cds[3]
    assert coding_effect(genome, Allele("demo_EGFR", low - 1, "G", "A")) == "splice"
    assert coding_effect(genome, Allele("demo_EGFR", low - 40, "G", "A")) == "none"
    assert coding_effect(genome, Allele("demo_MARK1", 2000, "G", "A")) == "none"


@given(
    st.text("AC", min_size=12, max_size=40), st.integers(3, 8), st.integers(1, 3), st.booleans()
)  # fmt: skip
def test_left_aligning_keeps_the_haplotype_and_reaches_the_leftmost_place(text, pos, length, deletes):
    if deletes:
        allele = Allele("c", pos, text[pos : pos + length + 1], text[pos])
    else:
        allele = Allele("c", pos, text[pos], text[pos] + text[pos + 1 : pos + 1 + length])
    if len(allele.ref) == len(allele.alt):
        return
    try:
        moved = left_aligned("T" + text, Allele("c", pos + 1, allele.ref, allele.alt))
    except IndexError:
        pytest.fail("ran over the start of the contig")
    sequence = "T" + text

    def applied(a):
        return sequence[: a.pos] + a.alt + sequence[a.end :]

    assert sequence[moved.pos : moved.end] == moved.ref
    assert applied(moved) == applied(Allele("c", pos + 1, allele.ref, allele.alt))
    assert min(len(moved.ref), len(moved.alt)) == 1
    assert moved.ref[-1] != moved.alt[-1]


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.integers(20, 120))
def test_random_coding_sequence_keeps_fixed_codons_and_has_one_stop(seed, n_codons):
    import numpy as np

    fixed = {7: "GTG", 12: "CGA"}
    protein = translate(coding := random_coding_sequence(np.random.default_rng(seed), n_codons, fixed))
    assert len(coding) == 3 * n_codons
    assert coding[18:21] == "GTG"
    assert coding[33:36] == "CGA"
    assert protein.index("*") == n_codons - 1


def test_a_longer_repeat_is_the_reference_with_more_units():
    genome = demo_genome()
    tract = genome.microsatellites[0]
    longer = repeat_change(genome, tract.contig, tract.start, tract.unit, 2)
    shorter = repeat_change(genome, tract.contig, tract.start, tract.unit, -2)
    assert len(longer.alt) - len(longer.ref) == 2 * len(tract.unit)
    assert len(shorter.ref) - len(shorter.alt) == 2 * len(tract.unit)
    bases = genome.sequences[tract.contig]
    assert left_aligned(bases, longer) == longer
    assert left_aligned(bases, shorter) == shorter
