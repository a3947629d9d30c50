import gzip

import polars as pl
import pytest
from typer.testing import CliRunner

from oncoloom.cli.main import app
from oncoloom.cohort.assemble import write_cohort
from oncoloom.cohort.importing import import_csv, import_maf
from oncoloom.cohort.maf_reader import read_maf
from oncoloom.cohort.mapping import load_mapping, parse_mapping
from oncoloom.errors import InputError, OncoloomError
from oncoloom.features.contracts import VARIANTS_TABLE
from oncoloom.reference_data.embedded_models import embedded_transcripts
from oncoloom.tables import read_table

HEADER = [
    "Hugo_Symbol", "Chromosome", "Start_Position", "Variant_Classification", "Variant_Type",
    "Reference_Allele", "Tumor_Seq_Allele2", "Tumor_Sample_Barcode", "HGVSp_Short", "t_depth", "t_alt_count",
]  # fmt: skip
MAF = load_mapping("maf")


def row(gene="TP53", pos="7577538", kind="Missense_Mutation", sample="S-01", protein="p.R248Q", **more):
    cells = {
        "Hugo_Symbol": gene,
        "Chromosome": "17",
        "Start_Position": pos,
        "Variant_Classification": kind,
        "Variant_Type": "SNP",
        "Reference_Allele": "C",
        "Tumor_Seq_Allele2": "T",
        "Tumor_Sample_Barcode": sample,
        "HGVSp_Short": protein,
        "t_depth": "100",
        "t_alt_count": "30",
    }
    return cells | more


def maf(folder, rows, header=None, name="x.maf"):
    header = header or list(dict.fromkeys([*HEADER, *(key for one in rows for key in one)]))
    lines = ["\t".join(header), *("\t".join(one.get(key, "") for key in header) for one in rows)]
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_header_that_comes_again_is_no_variant(tmp_path):
    first, second = maf(tmp_path, [row()], name="a.maf"), maf(tmp_path, [row(sample="S-02")], name="b.maf")
    both = tmp_path / "both.maf"
    both.write_text("#version 2.4\n" + first.read_text() + "#version 2.4\n" + second.read_text() + "\n")
    table = read_maf(both)
    assert table.frame["sample_id"].to_list() == ["S-01", "S-02"]
    assert (table.lines["comment_lines"], table.lines["repeated_headers"]) == (2, 1)


@pytest.mark.parametrize(
    ("text", "pos"),
    [
        ("112175639", 112175639),
        ("112175639.0", 112175639),
        ("1.12175639e+08", 112175639),
        ("1.4e+08", None),
        ("NA", None),
    ],
)
def test_a_position_is_exact_or_null(tmp_path, text, pos):
    table = read_maf(maf(tmp_path, [row(pos=text, Chromosome="5")]))
    assert table.frame["pos"].to_list() == [pos]
    assert any("1.4e+08" in note and "line 2" in note for note in table.notes) == (text == "1.4e+08")


def test_one_gene_under_two_names_is_one_gene_and_its_repeat_counts_once(tmp_path):
    rows = [row("KMT2C", "100", sample="S-01"), row("MLL3", "200"), row("KMT2C", "200")]
    table = read_maf(maf(tmp_path, rows))
    assert table.frame["gene"].to_list() == ["KMT2C", "KMT2C"]
    assert table.tally.as_dict() == {"kept": 2, "filtered": {"the same variant of the same sample again": 1}}
    assert table.lines["symbols_renamed"] == {"MLL3 to KMT2C": 1}


def test_other_spellings_of_the_header_are_known(tmp_path):
    header = [*HEADER]
    header[2], header[8] = "Start_position", "Protein_Change"
    path = maf(tmp_path, [{**row(), "Start_position": "7", "Protein_Change": "V600E"}], header)
    frame = read_maf(path).frame
    assert frame["pos"].to_list() == [7]
    assert frame["hgvs_p_short"].to_list() == ["p.V600E"]


def test_a_further_spelling_comes_from_the_mapping(tmp_path):
    header = [*HEADER]
    header[8] = "AA.refGene"
    path = maf(tmp_path, [{**row(), "AA.refGene": "p.G12D"}], header)
    assert read_maf(path, spellings={"hgvs_p": ("AA.refGene",)}).frame["hgvs_p_short"].to_list() == ["p.G12D"]


def test_truncation_goes_by_class_and_a_utr_change_is_none(tmp_path):
    rows = [
        row("CDH1", "1", "Frame_Shift_Del", "S-03", "GK245fs"),
        row("ESR1", "2", "Frame_Shift_Ins", "S-04", "*596fs*"),
        row("DAXX", "3", "5'UTR", "S-06", "*30*"),
        row("RB1", "4", "Nonsense_Mutation", "S-07", "p.Arg320Ter"),
    ]
    frame = read_maf(maf(tmp_path, rows)).frame
    assert frame["consequence"].to_list() == [
        "frameshift_variant",
        "frameshift_variant",
        "5_prime_UTR_variant",
        "stop_gained",
    ]
    assert frame["hgvs_p_short"].to_list() == [None, None, None, "p.R320*"]


def test_percent_and_fraction_and_counts_give_one_allele_fraction(tmp_path):
    percent = [row(VAF="45.5"), row(sample="S-02", VAF="3.0")]
    assert read_maf(maf(tmp_path, percent)).frame["af"].to_list() == pytest.approx([0.455, 0.03])
    fraction = [row(VAF="0.455"), row(sample="S-02", VAF="")]
    assert read_maf(maf(tmp_path, fraction)).frame["af"].to_list() == pytest.approx([0.455, 0.3])


def test_what_is_not_somatic_or_did_not_pass_is_kept_and_not_counted(tmp_path):
    rows = [
        row(pos="1"),
        row(pos="2", Mutation_Status="Germline"),
        row(pos="3", FILTER="common_variant"),
        row(pos="4", Mutation_Status="Wildtype"),
        row(pos="5", FILTER="PASS"),
    ]
    made = import_maf(maf(tmp_path, rows), MAF)
    assert made.frame["n_somatic"].to_list() == [3 - 1]
    assert made.variants is not None
    assert made.variants.height == 4
    tally = made.tally["inputs"][0]["variants"]
    assert tally["filtered"] == {"no variant (Mutation_Status)": 1}
    assert tally["not_counted"] == {"germline": 1, "did not pass the filters": 1}


def test_drivers_known_by_place_or_by_class_without_a_protein_change(tmp_path):
    promoter = {"Chromosome": "chr5", "Reference_Allele": "G", "Tumor_Seq_Allele2": "A"}
    rows = [
        row("TERT", "1295228", "5'Flank", protein="", NCBI_Build="GRCh37", **promoter),
        row("TERT", "1295113", "5'Flank", "S-02", protein="", NCBI_Build="GRCh37", **promoter),
        row("FLT3_ITD", "NA", "ITD", "S-03", protein=""),
        row("NPM1", "170837543", "Frame_Shift_Ins", "S-04", protein="p.WQ288fs"),
        row("TP53", "1", sample="S-05", FILTER="weak"),
    ]
    frame = read_maf(maf(tmp_path, rows)).frame
    assert frame["driver_rule"].to_list() == [
        "promoter_hotspot",
        None,
        "flt3_internal_tandem_duplication",
        "npm1_last_exon_frameshift",
        None,
    ]
    assert frame["hotspot"].to_list()[0] == "TERT C228T"
    assert frame["gene"].to_list()[2] == "FLT3"


def test_residues_of_another_isoform_and_by_number_alone_are_placed(tmp_path):
    """RUNX1 R174Q is R201Q of our transcript; a duplication without letters has its place all the same."""
    rows = [
        row("RUNX1", "36231782", protein="p.R174Q", Chromosome="21", NCBI_Build="37"),
        row("RUNX1", "36231782", sample="S-02", protein="p.R174Q", Chromosome="21", NCBI_Build=""),
        row(
            "FLT3",
            "28608255",
            "In_Frame_Ins",
            "S-03",
            "p.599_600insDFREYEY",
            Chromosome="13",
            NCBI_Build="37",
        ),
        row("ELN", "73442599", "Splice_Site", "S-04", "p.A55A", Chromosome="7", NCBI_Build="37"),
        row("RB1", "NA", "Splice_Site", "S-05", "", Chromosome="13", NCBI_Build="37"),
    ]
    found = read_maf(maf(tmp_path, rows))
    assert found.frame["driver_rule"].to_list() == [
        "hotspot_same_change",
        None,
        "hotspot_inframe_indel",
        None,
        "splice_site_tumor_suppressor",
    ]
    assert found.frame["hotspot"][0] == "RUNX1 R201"
    assert "not one of the two essential bases" in found.frame["driver_reason"][3]
    assert any("RUNX1 1" in note for note in found.notes)


def test_positions_of_another_build_are_told_by_their_residues(tmp_path):
    """GRCh38 positions of TP53 in a MAF that says GRCh37: almost none lies in its codon."""
    one = embedded_transcripts("GRCh38")["TP53"]
    residues = [*range(100, 160)]
    rows = [
        row(
            "TP53",
            str(one.genome_position(3 * n) + 1),
            sample=f"S-{n}",
            protein=f"p.R{n + 1}W",
            NCBI_Build=build,
        )
        for n in residues
        for build in ["GRCh38"]
    ]
    right = read_maf(maf(tmp_path, rows))
    assert any(note.startswith("residues as in our gene models: 60 of 60") for note in right.notes)
    shifted = [one | {"Start_Position": str(int(one["Start_Position"]) + 90)} for one in rows]
    wrong = read_maf(maf(tmp_path, shifted))
    assert any("is NCBI_Build right?" in note for note in wrong.notes)


def test_features_of_a_maf_alone_and_its_variants_beside(tmp_path):
    rows = [
        row(),
        row("EGFR", "9", "Silent", protein="p.A10="),
        row("BRAF", "140453136", sample="S-02", protein="V600E", Chromosome="7"),
    ]
    path = tmp_path / "x.maf.gz"
    path.write_bytes(gzip.compress(maf(tmp_path, rows).read_bytes()))
    made = import_maf(path, MAF, name="alone")
    frame = made.frame
    assert frame["patient_id"].to_list() == ["S-01", "S-02"]
    assert frame["n_somatic"].to_list() == [2, 1]
    assert frame["n_nonsynonymous"].to_list() == [1, 1]
    assert frame["driver_BRAF"].to_list() == [0, 1]
    assert frame["driver_ALK"].to_list() == [None, None]
    assert "fusions of ALK" in frame["driver_ALK_missing_reason"][0]
    assert frame["tmb"][0] is None
    assert "callable" in frame["tmb_missing_reason"][0]
    write_cohort(made, tmp_path / "c.parquet")
    assert read_table(tmp_path / "c.variants.parquet", VARIANTS_TABLE).height == 3


CLINIC = "id,panel,stated\nP1,yes,1\nP2,yes,\nP3,,\n"


def with_clinic(tmp_path, rows, **rules):
    clinic = tmp_path / "clinic.csv"
    clinic.write_text(CLINIC)
    columns = {"patient_id": "id", "btmb": "stated"}
    mapping = parse_mapping({"name": "t", "columns": columns, "covariates": {"panel": "panel"}, "maf": rules})
    return import_csv([clinic], mapping, variants=maf(tmp_path, rows))


def test_a_patient_without_variants_is_zero_only_if_sequenced(tmp_path):
    rows = [row(sample="P1", omit="no"), row(pos="2", sample="P1", omit="yes"), row(sample="P9", omit="no")]
    made = with_clinic(tmp_path, rows, btmb_count={"omit": "no"}, sequenced="panel")
    assert made.frame["btmb"].to_list() == [1, 0, None]
    assert made.frame["n_somatic"].to_list() == [2, 0, None]
    assert "not sequenced" in made.frame["n_somatic_missing_reason"][2]
    tally = made.tally["inputs"][0]["variants"]
    assert (tally["samples_without_patient"], tally["patients_sequenced"]) == (1, 2)
    assert "btmb: table and variants agree in 1 of 1 patients" in tally["notes"]


def test_genes_off_the_panel_are_null_and_not_zero(tmp_path):
    made = with_clinic(tmp_path, [row(sample="P1")], genes_tested=["TP53"], sequenced="all")
    assert made.frame["driver_TP53"].to_list()[1:] == [0, 0]
    assert made.frame["driver_KRAS"].to_list() == [None] * 3
    assert made.frame["driver_KRAS_missing_reason"][0] == "KRAS is not on the panel"


def test_tmb_needs_a_callable_size_and_enough_of_it(tmp_path):
    rows = [row(sample="P1"), row(pos="2", sample="P1")]
    made = with_clinic(tmp_path, rows, callable_mb=1.0)
    assert made.frame["tmb"].to_list() == [2.0, None, None]
    assert made.frame["tmb_upper"][0] == pytest.approx(7.22, abs=0.01)
    small = with_clinic(tmp_path, rows, callable_mb=0.5)
    assert small.frame["tmb"][0] is None
    assert "0.67 Mb needed" in small.frame["tmb_missing_reason"][0]


def test_several_samples_of_a_patient_give_one_row_and_are_counted(tmp_path):
    rows = [row(sample="P1-06A"), row(pos="2", sample="P1-06A"), row(sample="P1-01A"), row(sample="P2-01A")]
    made = with_clinic(tmp_path, rows, patient_length=2)
    assert made.frame["sample_id"].to_list() == ["P1-01A", "P2-01A", None]
    assert made.frame["n_somatic"].to_list() == [1, 1, None]
    assert made.tally["inputs"][0]["variants"]["further_samples_of_a_patient"] == 1


def test_a_maf_of_other_patients_is_refused_with_a_way_out(tmp_path):
    with pytest.raises(OncoloomError, match="patient_length"):
        with_clinic(tmp_path, [row(sample="P1-01A")])


@pytest.mark.parametrize(
    ("rows", "header", "words"),
    [
        ([row()], [h for h in HEADER if h != "Tumor_Sample_Barcode"], ["Tumor_Sample_Barcode", "missing"]),
        ([row(), row(pos="abc")], None, ["line 3", '"abc"', "whole number"]),
        ([row(sample="")], None, ["line 2", "Tumor_Sample_Barcode"]),
        ([row(Reference_Allele="?")], None, ["line 2", "bases"]),
        ([row(t_depth="many")], None, ["t_depth", '"many"']),
        ([row(VAF="145")], None, ["t_af", '"145"']),
    ],
)
def test_a_broken_maf_names_line_and_column(tmp_path, rows, header, words):
    with pytest.raises(OncoloomError) as caught:
        read_maf(maf(tmp_path, rows, header))
    assert all(word in str(caught.value) for word in words)


def test_variants_get_pseudonyms_with_the_cohort(tmp_path):
    key = tmp_path / "key"
    key.write_text("0123456789abcdef")
    made = import_maf(maf(tmp_path, [row()]), MAF, key_file=key)
    assert made.variants is not None
    joined = made.frame.join(made.variants, on=["patient_id", "sample_id"])
    assert joined.height == 1
    assert not made.variants.filter(pl.col("sample_id") == "S-01").height


def test_a_row_whose_alleles_are_the_reference_is_no_variant(tmp_path):
    same = row(sample="S-02", Tumor_Seq_Allele2="C", Tumor_Seq_Allele1="C")
    table = read_maf(maf(tmp_path, [row(Tumor_Seq_Allele1="C"), same]))
    assert table.frame["sample_id"].to_list() == ["S-01"]
    assert table.tally.filtered == {"no variant (both alleles are the reference)": 1}


def test_two_alternate_alleles_of_a_row_are_said(tmp_path):
    table = read_maf(maf(tmp_path, [row(Tumor_Seq_Allele1="A"), row(sample="S-02", Tumor_Seq_Allele1="T")]))
    assert table.frame["alt"].to_list() == ["T", "T"]
    assert "two alternate alleles in a row, Tumor_Seq_Allele2 is used: 1" in table.notes


def test_dashes_for_each_base_are_the_empty_allele(tmp_path):
    insertion = row(Reference_Allele="--", Tumor_Seq_Allele2="GG", Variant_Type="INS")
    assert read_maf(maf(tmp_path, [insertion])).frame["ref"].to_list() == ["-"]


def test_numbered_sex_chromosomes_and_position_zero(tmp_path):
    rows = [row(Chromosome="23"), row(Chromosome="chr24", gene="SRY"), row(gene="APC", pos="0")]
    table = read_maf(maf(tmp_path, rows))
    found = {
        gene: (chrom, pos) for gene, chrom, pos in table.frame.select("gene", "chrom", "pos").iter_rows()
    }
    assert found == {"TP53": ("X", 7577538), "SRY": ("chrY", 7577538), "APC": ("17", None)}
    assert "position 0 names no base, set to null: 1" in table.notes


def test_a_count_of_nothing_is_not_told(tmp_path):
    table = read_maf(maf(tmp_path, [row(protein=""), row(gene="APC", protein="p.R1450*")]))
    assert not [note for note in table.notes if note.endswith(": 0")]


def test_one_build_has_many_spellings(tmp_path):
    names = ["37", "hg19", "GRCh37", "GRCh37-lite", "b37"]
    rows = [row(sample=f"S-{i}", NCBI_Build=name) for i, name in enumerate(names)]
    assert not [note for note in read_maf(maf(tmp_path, rows)).notes if "build" in note]


def test_rows_of_two_builds_are_an_error_or_split_as_declared(tmp_path):
    rows = [
        row(sample="S-1", NCBI_Build="hg19"),
        row(sample="S-2", NCBI_Build="37"),
        row("APC", "5", sample="S-2"),
    ]
    rows += [row("KIT", "7", sample="S-2", NCBI_Build="GRCh38.p13"), row(sample="S-3", NCBI_Build="hg38")]
    path = maf(tmp_path, rows)
    with pytest.raises(InputError) as caught:
        read_maf(path)
    told = ["line 2 (37), line 5 (38)", "37 in 2 rows, 38 in 2 rows, none in 1 rows", "--build GRCh37"]
    assert all(words in str(caught.value) for words in told)
    table = read_maf(path, build="GRCh37")
    assert table.frame["sample_id"].to_list() == ["S-1", "S-2"]
    assert table.tally.as_dict() == {
        "kept": 2,
        "filtered": {
            "positions of genome build 38, not GRCh37": 2,
            "genome build not named in a MAF of several": 1,
        },
    }
    assert "1 samples have rows of several builds: counted are those of GRCh37 alone" in table.notes


def test_a_declared_build_must_be_that_of_the_file_or_fill_its_gap(tmp_path):
    promoter = {"Chromosome": "5", "Reference_Allele": "G", "Tumor_Seq_Allele2": "A"}
    one = row("TERT", "1295228", "5'Flank", protein="", **promoter)
    assert read_maf(maf(tmp_path, [one])).frame["hotspot"].to_list() == [None]
    assert read_maf(maf(tmp_path, [one]), build="GRCh37").frame["hotspot"].to_list() == ["TERT C228T"]
    with pytest.raises(InputError, match="no row of this MAF is on GRCh38"):
        read_maf(maf(tmp_path, [one | {"NCBI_Build": "37"}]), build="GRCh38")
    mouse = read_maf(maf(tmp_path, [row(NCBI_Build="mm10")]))
    assert "genome build mm10 is neither GRCh37 nor GRCh38: no driver known by place" in mouse.notes


def test_gene_names_that_are_none_are_named_with_their_lines(tmp_path):
    rows = [
        row(gene=gene, sample=f"S-{i}") for i, gene in enumerate(["1-Mar", "Sep-09", "2021-03-01", "43891"])
    ]
    table = read_maf(maf(tmp_path, [*rows, row(gene="TOYA")]))
    damaged, unknown = table.notes
    assert damaged == (
        "gene names that a spreadsheet made into dates, kept as written: "
        "1-Mar (line 2), Sep-09 (line 3), 2021-03-01 (line 4), 43891 (line 5)"
    )
    assert unknown == "gene names that are not in HGNC, kept as written: TOYA (line 6)"


def test_terms_of_the_sequence_ontology_count_as_classes(tmp_path):
    table = read_maf(maf(tmp_path, [row(kind="missense_variant"), row(kind="Stop_Gained", gene="APC")]))
    assert sorted(table.frame["consequence"]) == ["missense_variant", "stop_gained"]


def test_genes_are_named_by_their_entrez_number_where_the_symbol_is_none(tmp_path):
    numbered = [row(gene="7157"), row(gene="673", sample="S-02")]
    assert read_maf(maf(tmp_path, numbered)).frame["gene"].to_list() == ["TP53", "BRAF"]
    rows = [
        row(gene="", pos="1", Entrez_Gene_Id="7157"),
        row(gene="2-Sep", pos="2", Entrez_Gene_Id="4735"),
        row(gene="", pos="3", Entrez_Gene_Id="0"),
        row(gene="Unknown", pos="4"),
    ]
    table = read_maf(maf(tmp_path, rows))
    assert table.frame["gene"].to_list() == ["TP53", "SEPTIN2", None, None]
    assert {"genes named by their Entrez number: 2", "no gene is named: 2"} <= set(table.notes)
    header = [name for name in [*HEADER, "Entrez_Gene_Id"] if name != "Hugo_Symbol"]
    alone = maf(tmp_path, [row(Entrez_Gene_Id="7157")], header)
    assert read_maf(alone).frame["gene"].to_list() == ["TP53"]


def test_one_insertion_in_two_conventions_is_one(tmp_path):
    rows = [
        row(pos="100", End_Position="101", Reference_Allele="-", Tumor_Seq_Allele2="G", Variant_Type="INS"),
        row(pos="101", End_Position="100", Reference_Allele=".", Tumor_Seq_Allele2="g", Variant_Type="INS"),
    ]
    table = read_maf(maf(tmp_path, rows))
    assert table.frame.select("pos", "ref", "alt").rows() == [(100, "-", "G")]
    assert "insertions with Start behind End, as Ensembl counts: the base before is taken: 1" in table.notes


def test_a_missing_allele_of_a_deletion_is_the_empty_one(tmp_path):
    rows = [
        row(pos=pos, Reference_Allele="CA", Tumor_Seq_Allele2=empty, Variant_Type="DEL", End_Position=end)
        for pos, empty, end in [("1", ".", "2"), ("3", "", "4"), ("5", "-", "9")]
    ]
    table = read_maf(maf(tmp_path, rows))
    assert table.frame["alt"].to_list() == ["-"] * 3
    assert "missing allele of an insertion or deletion read as the empty one: 2" in table.notes
    assert any("1 rows whose Start to End is not the length" in n and "line 4" in n for n in table.notes)


def test_places_that_cannot_be_are_refused_or_null(tmp_path):
    with pytest.raises(InputError, match=r"line 2(?s:.)*at or behind Start_Position"):
        read_maf(maf(tmp_path, [row(End_Position="7")]))
    rows = [row(pos="97577538"), row(pos="82000000", sample="S-02", NCBI_Build="38")]
    table = read_maf(maf(tmp_path, rows))
    assert table.frame["pos"].to_list() == [None, 82000000]
    assert any("line 2 (17:97577538, of 83257441)" in note for note in table.notes)
    shorter = read_maf(maf(tmp_path, [row(pos="82000000", NCBI_Build="37")]))
    assert shorter.frame["pos"].to_list() == [None]
    assert read_maf(maf(tmp_path, [row(pos="97577538", NCBI_Build="mm10")])).frame["pos"][0] == 97577538


def test_tcga_barcodes_name_their_patient_and_a_normal_is_no_tumor(tmp_path):
    names = ["01A-11D-A001-01", "06A-11D-A001-01", "01A-12D-B001-08", "10A-01D-A001-01"]
    made = import_maf(maf(tmp_path, [row(sample=f"TCGA-AB-0001-{name}") for name in names]), MAF)
    assert made.frame.select("patient_id", "sample_id").rows() == [
        ("TCGA-AB-0001", "TCGA-AB-0001-01A-11D-A001-01")
    ]
    tally = made.tally["inputs"][0]["variants"]
    assert tally["filtered"] == {"no tumor (TCGA barcode of a normal)": 1}
    assert tally["further_samples_of_a_patient"] == 2


def test_counts_by_class_are_null_where_classes_are_not_known(tmp_path):
    known = [row(pos=str(n), sample="P1") for n in range(1, 12)]
    odd = [row(pos="99", sample="P1", kind="Odd"), row(sample="P2", kind="Odd")]
    made = with_clinic(tmp_path, known + odd, callable_mb=1.0)
    assert made.frame["n_somatic"].to_list() == [12, 1, None]
    assert made.frame["n_nonsynonymous"].to_list() == [11, None, None]
    assert made.frame["tmb"].to_list() == [11.0, None, None]
    told = "Variant_Classification of 1 of 1 variants is not known"
    assert made.frame["n_nonsynonymous_missing_reason"][1] == made.frame["tmb_missing_reason"][1] == told


def test_a_maf_of_normals_and_wild_types_holds_no_variant(tmp_path):
    with pytest.raises(InputError, match=r"no variant in this MAF(?s:.)*Mutation_Status"):
        read_maf(maf(tmp_path, [row(Mutation_Status="Wildtype")]))


def test_more_alternate_than_all_fragments_has_no_fraction(tmp_path):
    table = read_maf(maf(tmp_path, [row(t_depth="10", t_alt_count="30")]))
    assert table.frame["af"].to_list() == [None]
    assert "more alternate than all fragments, allele fraction null: 1" in table.notes


def test_the_command_declares_a_build_and_leaves_nothing_behind_without_it(tmp_path):
    path = maf(tmp_path, [row(NCBI_Build="37"), row("KIT", "9", sample="S-02", NCBI_Build="38")])
    output = tmp_path / "c.parquet"
    arguments = ["cohort", "import", "maf", str(path), "--output", str(output)]
    refused = CliRunner().invoke(app, arguments)
    assert refused.exit_code == 1
    assert "--build GRCh37" in refused.output
    assert not list(tmp_path.glob("c.*"))
    done = CliRunner().invoke(app, [*arguments, "--build", "GRCh38"])
    assert done.exit_code == 0, done.output
    assert pl.read_parquet(output)["patient_id"].to_list() == ["S-02"]
    assert CliRunner().invoke(app, [*arguments, "--build", "hg19"]).exit_code == 2


def test_classes_of_other_hands_and_several_terms(tmp_path):
    kinds = [
        "Missense Mutation",
        "missense_variant&splice_region_variant",
        "intron_variant,stop_gained",
        "nonsense",
    ]
    rows = [row(pos=str(n), kind=kind) for n, kind in enumerate([*kinds, "Odd&odder"], start=1)]
    assert read_maf(maf(tmp_path, rows)).frame["consequence"].to_list() == [
        "missense_variant",
        "missense_variant",
        "stop_gained",
        "stop_gained",
        None,
    ]


def test_odd_spellings_of_contig_filter_gene_and_kind(tmp_path):
    rows = [
        row(Chromosome="17.0", FILTER="pass"),
        row(pos="2", Chromosome="CHR17", FILTER="PASS;", gene="TP53;WRAP53"),
        row(pos="3", FILTER="weak,other", gene="--", Mutation_Status="Unknown"),
        row(pos="4", FILTER="", gene="UNKNOWN", Reference_Allele="CC", Tumor_Seq_Allele2="TT"),
    ]
    table = read_maf(maf(tmp_path, rows))
    frame = table.frame
    assert frame["chrom"].to_list() == ["17", "chr17", "17", "17"]
    assert frame["filters"].to_list() == ["PASS", "PASS", "weak;other", "not filtered"]
    assert frame["gene"].to_list() == ["TP53", "TP53", None, None]
    assert frame["variant_class"].to_list() == ["snv", "snv", "snv", "mnv"]
    assert frame["origin"].to_list()[2] == "unknown"
    assert {
        "several genes in a cell, the first is taken: 1",
        "rows of unknown status, counted as somatic: 1",
    } <= set(table.notes)


def test_a_title_above_the_header_and_a_column_in_two_cases_are_told(tmp_path):
    path = maf(tmp_path, [row()])
    text = path.read_text()
    path.write_text("Variants of our study\n" + text)
    with pytest.raises(InputError, match="line 1: this line is no header"):
        read_maf(path)
    path.write_text(text.replace("HGVSp_Short", "hugo_symbol", 1))
    with pytest.raises(InputError, match="comes twice, in another case"):
        read_maf(path)


def test_builds_before_grch37_are_one_build_too(tmp_path):
    old = [row(NCBI_Build="36"), row(sample="S-02", NCBI_Build="hg18")]
    assert "genome build 36 is neither" in " ".join(read_maf(maf(tmp_path, old)).notes)
    with pytest.raises(InputError, match=r"--build GRCh37 \(`maf: build:`"):
        read_maf(maf(tmp_path, [*old, row(sample="S-03", NCBI_Build="37")]))
