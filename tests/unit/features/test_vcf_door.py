"""The VCF door: every caller's counts, normalization, and a clear word for every broken file."""

import json

import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncoloom.errors import FaultList, InputError, OncoloomError, ReferenceMismatchError, UsageError
from oncoloom.features.consequence.annotate_vcf import annotate_vcf
from oncoloom.features.contracts import VARIANTS_TABLE
from oncoloom.features.variants.normalize import Allele, left_align, variant_class
from oncoloom.features.variants.vcf_door import check_vcf, import_notes, import_variants
from oncoloom.features.variants.vcf_text import VcfReader
from oncoloom.reference_data.fasta import open_reference
from oncoloom.tables import check_table

_HEAD = "##fileformat=VCFv4.2\n##contig=<ID=7,length=1340>\n"


def _write(path, rows, samples=("T1",), extra=""):
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO" + (
        "\tFORMAT\t" + "\t".join(samples) if samples else ""
    )
    path.write_text(_HEAD + extra + columns + "\n" + "".join("\t".join(map(str, row)) + "\n" for row in rows))
    return path


def _import(path, genome, **options):
    return import_variants(path, genome.fasta, patient_id="P1", sample_id="T1", **options)


def _other(base):
    return "ACGT"[("ACGT".index(base) + 1) % 4]


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["vcf-02", "vcf-07", "vcf-08", "vcf-12", "vcf-13"])
def test_cases_after_public_reports(shared, name):
    folder = next((shared / "cases").glob(f"{name}-*"))
    expected = json.loads((folder / "expected.json").read_text())
    frame, tally = import_variants(folder / "sample.vcf", folder / "ref.fa", patient_id="P1", sample_id="T1")
    check_table(frame, VARIANTS_TABLE)
    found = {(r["chrom"], r["pos"], r["ref"], r["alt"]): r for r in frame.iter_rows(named=True)}
    for one in expected["variants"]:
        row = found[one["chrom"], one["pos"], one["ref"], one["alt"]]
        if "af" in one:
            assert row["af"] == (None if one["af"] is None else pytest.approx(one["af"], abs=0.001))
        if "ad" in one:
            assert [row["ref_count"], row["alt_count"]] == one["ad"]
        if "dp" in one:
            assert row["depth"] == one["dp"]
        if "normal_dp" in one:
            assert row["normal_depth"] == one["normal_dp"]
    for one in expected.get("absent", []):
        assert (one["chrom"], one["pos"], one["ref"], one["alt"]) not in found
    assert len(found) == expected.get("n_variants", len(found))
    assert tally.filtered["duplicate variants"] == expected.get("duplicates", 0)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("af_is_text.vcf", ["line 5", "AF"]),
        ("bad_pos.vcf", ["line 5", "POS"]),
        ("missing_columns.vcf", ["line 5", "columns"]),
        ("no_chrom_line.vcf", ["not a VCF"]),
        ("no_header.vcf", ["not a VCF"]),
        ("plain_gzip.vcf.gz", ["bgzip"]),
        ("wrong_ref.vcf", ["line 5", "17:700001", "build"]),
    ],
)
def test_malformed_files_are_refused_by_name_line_and_remedy(shared, tmp_path, name, words):
    seq = shared / "data" / "seq"
    with pytest.raises(OncoloomError) as caught:
        check_vcf(seq / "malformed" / name, seq / "ref" / "dev_ref.fa")
    text = str(caught.value)
    assert name in text
    assert all(word in text for word in words)
    with pytest.raises(OncoloomError):
        annotate_vcf(seq / "malformed" / name, seq / "ref" / "dev_ref.fa", tmp_path / "out.vcf")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.realdata
def test_odd_but_legal_files_are_read_and_said(shared):
    seq = shared / "data" / "seq"
    tally = check_vcf(seq / "malformed" / "unsorted.vcf", seq / "ref" / "dev_ref.fa")
    assert tally.filtered["records out of order, sorted"] == 1
    assert check_vcf(seq / "malformed" / "undeclared_info.vcf", seq / "ref" / "dev_ref.fa").kept == 1
    strelka = seq / "real" / "strelka_demo"
    frame, _ = import_variants(
        strelka / "somatic.snvs.vcf.gz", strelka / "demo20.fa", patient_id="P", sample_id="P"
    )
    assert set(frame["caller"]) == {"strelka2"}
    assert set(frame["origin"]) == {"somatic"}
    assert frame["af"].null_count() == 0


def test_counts_of_each_dialect(genome, tmp_path):
    base = genome.sequences["7"]
    ref = base[99]
    alt = _other(ref)
    dialects = {
        "AD:DP": "30,10:41",
        "AD:AF": "30,10:0.9",
        "RO:AO": "30:10",
        "RD:AD:FREQ": "30:10:25%",
        f"DP:{ref}U:{alt}U": "41:30,31:10,12",
        "AF": "0.25",
    }
    for keys, cell in dialects.items():
        path = _write(tmp_path / "one.vcf", [("7", 100, ".", ref, alt, ".", "PASS", ".", keys, cell)])
        frame, _ = _import(path, genome)
        assert frame["af"][0] == pytest.approx(0.25), keys
        if keys != "AF":
            assert (frame["ref_count"][0], frame["alt_count"][0]) == (30, 10), keys


@pytest.mark.parametrize(
    ("keys", "cell", "fraction"),
    [
        ("DP:FREQ", "40:12,5%", 0.125),
        ("DP:AF", "40:0,25", 0.25),
        ("DP:AF", "40:0,05", 0.05),
        ("DP:AF", "40:0,1", None),  # of REF and ALT?
        ("AD:DP", ".,10:40", None),
        ("AD:DP", "10:40", None),
    ],
)
def test_decimal_commas_are_read_where_they_are_sure(genome, tmp_path, keys, cell, fraction):
    ref = genome.sequences["7"][99]
    row = ("7", 100, ".", ref, _other(ref), ".", "PASS", ".", keys, cell)
    frame, tally = _import(_write(tmp_path / "one.vcf", [row]), genome)
    assert frame["af"][0] == (None if fraction is None else pytest.approx(fraction))
    unfit = "af null: AD or AF are incomplete or do not fit the alleles, kept"
    assert tally.filtered == ({unfit: 1} if fraction is None else {})


def test_a_bgzipped_vcf_without_its_end_is_refused(genome, tmp_path):
    """Cut between two blocks it reads well, only that records are missing."""
    ref = genome.sequences["7"][99]
    plain = _write(tmp_path / "a.vcf", [("7", 100, ".", ref, _other(ref), ".", "PASS", ".", "GT", "0/1")])
    pysam.tabix_compress(str(plain), str(tmp_path / "a.vcf.gz"))
    assert len(_import(tmp_path / "a.vcf.gz", genome)[0]) == 1
    cut = tmp_path / "cut.vcf.gz"
    cut.write_bytes((tmp_path / "a.vcf.gz").read_bytes()[:-28])
    with pytest.raises(InputError, match="end-of-file marker"):
        _import(cut, genome)


def test_indels_of_strelka_use_the_first_tier(genome, tmp_path):
    base = genome.sequences["7"]
    row = ("7", 100, ".", base[99], base[99] + "AC", ".", "PASS", "SOMATIC", "DP:TAR:TIR")
    path = _write(tmp_path / "i.vcf", [(*row, "40:0,1:0,0", "60:45,47:15,16")], samples=("NORMAL", "TUMOR"))
    frame, _ = _import(path, genome)
    assert (frame["alt_count"][0], frame["af"][0]) == (15, pytest.approx(0.25))
    assert frame["normal_alt_count"][0] == 0


def test_a_dot_is_not_pass_and_unusable_alleles_are_counted(genome, tmp_path):
    base = genome.sequences["7"]
    ref = base[99]
    rows = [
        ("7", 100, ".", ref, f"{_other(ref)},*,<DEL>", ".", ".", ".", "GT:AD", "0/1:5,5,0,0"),
        ("7", 120, ".", base[119], ".", ".", "PASS", ".", "GT", "0/0"),
        ("7", 130, ".", base[129], f"{base[129]}[8:20[", ".", "PASS", ".", "GT", "0/1"),
        ("7", 140, ".", base[139], "N", ".", "PASS", ".", "GT", "0/1"),
    ]
    frame, tally = _import(_write(tmp_path / "a.vcf", rows), genome)
    assert frame.height == 1
    assert frame["filters"][0] == "not filtered"
    assert tally.filtered["spanning deletions (*)"] == 1
    assert tally.filtered["symbolic alleles and breakends"] == 2
    assert tally.filtered["records without an alternative allele"] == 1
    assert tally.filtered["alleles with unknown bases"] == 1


def test_filters_of_one_allele_of_several(genome, tmp_path):
    ref = genome.sequences["7"][99]
    first, second = [base for base in "ACGT" if base != ref][:2]
    info = "AS_FilterStatus=SITE|weak_evidence,strand_bias"
    row = ("7", 100, ".", ref, f"{first},{second}", ".", "PASS", info, "AD", "30,10,9")
    frame, _ = _import(_write(tmp_path / "f.vcf", [row]), genome)
    filters = dict(zip(frame["alt"], frame["filters"], strict=True))
    assert filters == {first: "PASS", second: "weak_evidence;strand_bias"}


def test_every_wrong_reference_base_is_told_at_once(genome, tmp_path):
    base = genome.sequences["7"]
    rows = [("7", at, ".", _other(base[at - 1]), base[at - 1], ".", "PASS", ".") for at in (100, 200)]
    path = _write(tmp_path / "w.vcf", rows, samples=())
    with pytest.raises(FaultList, match="line 4") as caught:
        _import(path, genome)
    assert "line 5" in str(caught.value)


def test_the_other_contig_style_is_renamed_and_another_genome_refused(genome, tmp_path):
    base = genome.sequences["7"]
    row = (100, ".", base[99], _other(base[99]), ".", "PASS", ".", "GT:AD", "0/1:5,5")
    frame, tally = _import(_write(tmp_path / "c.vcf", [("chr7", *row)]), genome)
    assert frame["chrom"].to_list() == ["7"]
    assert tally.filtered["contig chr7 renamed to 7"] == 1
    with pytest.raises(ReferenceMismatchError, match="no contig name"):
        _import(_write(tmp_path / "d.vcf", [("scaffold_1", *row)]), genome)


def test_the_tumor_must_be_told_apart(genome, tmp_path):
    base = genome.sequences["7"]
    row = ("7", 100, ".", base[99], _other(base[99]), ".", "PASS", ".", "AD", "9,1", "10,0")
    path = _write(tmp_path / "two.vcf", [row], samples=("A", "B"))
    with pytest.raises(UsageError, match="which sample is the tumor"):
        _import(path, genome)
    frame, _ = _import(path, genome, tumor="A", normal="B")
    assert (frame["alt_count"][0], frame["normal_depth"][0]) == (1, 10)
    with pytest.raises(UsageError, match="no sample of that name"):
        _import(path, genome, tumor="C")
    named = _write(
        tmp_path / "named.vcf", [row], samples=("A", "B"), extra="##tumor_sample=B\n##normal_sample=A\n"
    )
    assert _import(named, genome)[0]["alt_count"][0] == 0 or _import(named, genome)[0].height == 1


def test_a_count_that_is_no_number_names_its_line(genome, tmp_path):
    base = genome.sequences["7"]
    row = ("7", 100, ".", base[99], _other(base[99]), ".", "PASS", ".", "AD", "nine,1")
    with pytest.raises(InputError, match="line 4"):
        _import(_write(tmp_path / "n.vcf", [row]), genome)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_left_alignment_keeps_the_haplotype_and_is_leftmost(genome, data):
    base = genome.sequences["7"]
    start = data.draw(st.integers(0, 60))
    ref = base[start : start + data.draw(st.integers(1, 6))]
    alt = data.draw(st.text("ACGT", min_size=1, max_size=6))
    if ref == alt:
        return
    with open_reference(genome.fasta) as reference:
        found = left_align(Allele("7", start + 1, ref, alt), reference)
        again = left_align(found, reference)
    assert found == again
    assert found.pos >= 1
    applied = base[:start] + alt + base[start + len(ref) :]
    moved = base[: found.pos - 1] + found.alt + base[found.pos - 1 + len(found.ref) :]
    assert applied == moved
    assert base[found.pos - 1 : found.pos - 1 + len(found.ref)] == found.ref
    if len(found.ref) != len(found.alt) and min(len(found.ref), len(found.alt)) == 1 and found.pos > 1:
        assert found.ref[-1] != found.alt[-1]  # else it could move one base further left


@pytest.mark.parametrize(
    ("ref", "alt", "name"),
    [
        ("A", "C", "snv"),
        ("AC", "GT", "mnv"),
        ("A", "AT", "insertion"),
        ("AT", "A", "deletion"),
        ("ATC", "GG", "complex"),
    ],
)
def test_kinds_of_change(ref, alt, name):
    assert variant_class(ref, alt) == name


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["features-03", "features-06"])
def test_annotate_cases(shared, tmp_path, name):
    folder = next((shared / "cases").glob(f"{name}-*"))
    out = tmp_path / "out.vcf"
    done = annotate_vcf(folder / "sample.vcf", folder / "ref.fa", out, gff=folder / "genes.gff3")
    with VcfReader(out) as reader:
        found = {f"{record.chrom}:{record.pos}": record.info.get("BCSQ", "") for record in reader}
    assert len(found) == done.n_records
    if name == "features-03":
        assert "missense" in found["7:329"]
        assert "10S>10N" in found["7:329"]
        assert "stop_gained" in found["7:389"]
        assert found["7:50"] == ""
    else:
        assert "synonymous" in found["7:360"]
        assert found["plasmid1:77"] == ""
        assert any("not_in_reference" in note for note in done.notes)


def test_annotate_writes_what_it_read(genome, tmp_path):
    base = genome.sequences["7"]
    rows = [
        ("7", at, "id", base[at - 1], _other(base[at - 1]), 50, "PASS", "X=1", "GT", "0/1")
        for at in (204, 700)
    ]
    source = _write(tmp_path / "in.vcf", rows)
    for suffix in ("out.vcf", "out.vcf.gz"):
        annotate_vcf(source, genome.fasta, tmp_path / suffix, gff=genome.gff)
        with VcfReader(tmp_path / suffix) as reader:
            records = list(reader)
        assert [record.pos for record in records] == [204, 700]
        assert "BCSQ" in records[0].info
        assert records[0].info["X"] == "1"
    with pytest.raises(UsageError, match="the output is a VCF"):
        annotate_vcf(source, genome.fasta, tmp_path / "out.bcf")


def test_check_looks_at_the_column_that_the_sheet_names(genome, tmp_path):
    ref = genome.sequences["7"][99]
    row = ("chr7", 100, ".", ref, _other(ref), ".", "PASS", ".", "GT", "0/0", "0/1")
    path = _write(tmp_path / "pair.vcf", [row], samples=("N1", "T1"))
    assert import_notes(check_vcf(path, genome.fasta, sample_id="T1")) == [
        "1 af null: the record gives neither AD nor AF, kept",
        "contig chr7 renamed to 7",
    ]
    assert import_notes(check_vcf(path, genome.fasta, sample_id="N1")) == [
        "1 alleles that the tumor does not have: left out",
        "contig chr7 renamed to 7",
    ]
    with pytest.raises(UsageError, match="which sample is the tumor"):
        check_vcf(path, genome.fasta, sample_id="other")


def test_a_vcf_in_the_other_style_is_not_said_to_lack_gene_models(genome, tmp_path):
    ref = genome.sequences["7"][229]
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    source = tmp_path / "x.vcf"
    source.write_text(head + f"chr7\t230\t.\t{ref}\t{'ACGT'[('ACGT'.index(ref) + 1) % 4]}\t.\tPASS\t.\n")
    done = annotate_vcf(source, genome.fasta, tmp_path / "out.vcf", gff=genome.gff)
    assert "BRAF" in (tmp_path / "out.vcf").read_text()
    assert not [note for note in done.notes if "without a gene model" in note]
