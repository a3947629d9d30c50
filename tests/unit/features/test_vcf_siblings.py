"""VCFs as other callers, table tools and editors leave them: the same figures, or the line and the remedy."""

import pytest

from oncoloom.errors import InputError
from oncoloom.features.consequence.annotate_vcf import annotate_vcf
from oncoloom.features.variants.vcf_door import import_variants

_POS = 230


@pytest.fixture
def door(genome, tmp_path):
    ref = genome.sequences["7"][_POS - 1]
    others = [base for base in "ACGT" if base != ref]

    def _read(fmt="", cells="", *, info=".", n_alts=1, edit=str, samples="T1", alt=None):
        head = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO" + (f"\tFORMAT\t{samples}" if fmt else "")
        alts = alt(ref) if alt else ",".join(others[:n_alts])
        record = f"7\t{_POS}\t.\t{ref}\t{alts}\t.\tPASS\t{info}" + (f"\t{fmt}\t{cells}" if fmt else "")
        path = tmp_path / "x.vcf"
        text = edit(f"##fileformat=VCFv4.2\n{head}\n{record}\n")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        frame, tally = import_variants(path, genome.fasta, patient_id="P", sample_id="T1")
        return frame.to_dicts(), tally

    return _read


@pytest.mark.parametrize(
    ("fmt", "cell", "depth", "ref", "alt"),
    [
        ("GT:NR:NV", "0/1:40:10", 40, None, 10),
        ("GT:DP:DP4", "0/1:45:15,15,7,3", 45, 30, 10),
        ("GT:ADF:ADR", "0/1:20,4:10,6", 40, 30, 10),
        ("GT:DP:AO", "0/1:40:10", 40, None, 10),
        ("GT:DP:VD", "0/1:40:10", 40, None, 10),
        ("GT:AD:DP", "0/1:30.0,10.0:40.0", 40, 30, 10),
        ("GT:DP:FA", "0/1:40:0.25", 40, None, None),
    ],
)
def test_counts_by_any_name(door, fmt, cell, depth, ref, alt):
    (row,), _ = door(fmt, cell)
    assert (row["depth"], row["ref_count"], row["alt_count"], row["af"]) == (depth, ref, alt, 0.25)


def test_platypus_counts_of_several_alleles(door):
    rows, _ = door("GT:NR:NV", "1/2:40,50:10,5", n_alts=2)
    assert [(row["depth"], row["alt_count"], row["af"]) for row in rows] == [(40, 10, 0.25), (50, 5, 0.1)]


def test_strelka_shares_its_reads_between_all_alleles(door, genome):
    ref = genome.sequences["7"][_POS - 1]
    counts = dict.fromkeys("ACGT", "10,11") | {ref: "20,21"}
    rows, _ = door("DP:AU:CU:GU:TU", "50:" + ":".join(counts[base] for base in "ACGT"), n_alts=2)
    assert [row["af"] for row in rows] == [0.25, 0.25]


@pytest.mark.parametrize(
    ("info", "af"),
    [
        ("DP=100;AF=0.2;DP4=45,45,5,5", 0.1),  # the counts win
        ("DP=100;AF=0.2", 0.2),
        ("AF=0.2", None),  # whose fraction?
        ("DP=100;AN=5000;AF=0.2", None),  # a population's
    ],
)
def test_a_file_without_samples_is_read_from_info(door, info, af):
    (row,), _ = door(info=info)
    assert row["af"] == af


def test_info_of_a_file_with_samples_is_not_the_tumor(door):
    (row,), _ = door("GT", "0/1", info="DP=100;AF=0.5;DP4=45,45,5,5")
    assert row["af"] is None


@pytest.mark.parametrize("cell", ["40:50", "40:-1", "40:1.5", "x:1"])
def test_counts_that_cannot_be(door, cell):
    with pytest.raises(InputError, match="line 3") as caught:
        door("DP:AO", cell)
    assert "remedy" in str(caught.value)


def test_bom_and_tabs_at_the_end_and_a_stray_semicolon(door):
    (row,), _ = door(
        "GT:AD",
        "0/1:30,10\t\t",
        edit=lambda text: b"\xef\xbb\xbf" + text.replace("PASS", "PASS;").encode(),
    )
    assert (row["af"], row["filters"]) == (0.25, "PASS")


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda text: text[:-1] + "\t0/1:3,3\n", ["line 3", "too many columns"]),
        (
            lambda text: "\n".join(
                line.replace("\t", " ") if line.startswith("7") else line for line in text.split("\n")
            ),
            ["line 3", "spaces", "by tabs"],
        ),
        (lambda text: text + text, ["line 4", "header line among the records", "bcftools concat"]),
        (lambda text: text.replace(".2\n", ".2\n##note=\xfc\n").encode("latin-1"), ["UTF-8", "iconv"]),
    ],
    ids=["more columns", "spaces", "two files", "Latin-1"],
)
def test_broken_layout_names_line_and_remedy(door, edit, words):
    with pytest.raises(InputError) as caught:
        door("GT:AD", "0/1:30,10", edit=edit)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "alt", [lambda r: f"{r}.", lambda r: f".{r}", lambda r: f"{r}[8:9[", lambda _: "<DEL>"]
)
def test_breakends_are_counted_as_such(door, alt):
    rows, tally = door("GT", "0/1", alt=alt)
    assert rows == []
    assert tally.filtered["symbolic alleles and breakends"] == 1


def test_annotate_says_that_records_are_out_of_order(genome, tmp_path):
    path = tmp_path / "x.vcf"
    bases = genome.sequences["7"]
    lines = [
        f"7\t{pos}\t.\t{bases[pos - 1]}\t{'A' if bases[pos - 1] != 'A' else 'C'}\t.\t.\t."
        for pos in (240, 230)
    ]
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    path.write_text(head + "\n".join(lines) + "\n")
    done = annotate_vcf(path, genome.fasta, tmp_path / "o.vcf")
    assert any("order was kept" in note for note in done.notes)
    assert done.n_records == 2
