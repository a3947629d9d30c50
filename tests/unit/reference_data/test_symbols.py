"""Gene symbols, protein changes, embedded files: the spellings that public bug reports show."""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncoloom.reference_data.consequence_terms import (
    MAF_CLASSES,
    SEVERITY,
    consequence_of_maf_class,
    most_severe,
)
from oncoloom.reference_data.embedded import verify_embedded
from oncoloom.reference_data.protein_change import THREE_LETTER, parse_protein_change
from oncoloom.reference_data.symbols import normalize_symbol, normalize_symbols, resolve_symbol


@pytest.mark.parametrize(
    ("name", "symbol", "kind"),
    [
        ("KRAS", "KRAS", "approved"),
        ("kras ", "KRAS", "approved"),
        ("MLL3", "KMT2C", "previous"),
        ("HER2", "ERBB2", "alias"),
        ("p53", "TP53", "alias"),
        ("9-Sep", None, "damaged"),
        ("TOYA", None, "unknown"),
        ("", None, "unknown"),
    ],
)
def test_names_resolve_to_approved_symbols(name, symbol, kind):
    match = resolve_symbol(name)
    assert (match.symbol, match.kind) == (symbol, kind)


def test_an_old_name_of_two_genes_prefers_the_previous_symbol():
    assert resolve_symbol("MLL2").symbol == "KMT2D"


def test_ambiguous_aliases_are_refused_with_candidates():
    match = resolve_symbol("2F1")
    assert match.symbol is None
    assert match.candidates == ("KLRG1", "SLC25A5")
    assert normalize_symbol("2F1") == "2F1"


def test_names_are_counted_by_how_they_resolved():
    mapping, tally = normalize_symbols(["MLL3", "KMT2C", "TOYA", "MLL3"])
    assert mapping == {"KMT2C": "KMT2C", "MLL3": "KMT2C", "TOYA": "TOYA"}
    assert tally.kept == 2
    assert tally.filtered["symbol unknown, kept as written"] == 1


@pytest.mark.parametrize(
    ("text", "kind", "short"),
    [
        ("p.V600E", "missense", "p.V600E"),
        ("V600E", "missense", "p.V600E"),
        ("p.Val600Glu", "missense", "p.V600E"),
        ("p.(Val600Glu)", "missense", "p.V600E"),
        ("NP_004324.2:p.Val600Glu", "missense", "p.V600E"),
        ("R320X", "nonsense", "p.R320*"),
        ("p.Arg320Ter", "nonsense", "p.R320*"),
        ("p.R248=", "synonymous", "p.R248="),
        ("L747_P753delinsS", "delins", "p.L747_P753delinsS"),
        ("p.Glu746_Ala750del", "inframe_deletion", "p.E746_A750del"),
        ("p.K10fs", "frameshift", "p.K10fs"),
        ("p.Lys10AsnfsTer12", "frameshift", "p.K10fs"),
        ("K10Nfs*12", "frameshift", "p.K10fs"),
        ("p.L5_K6fs", "frameshift", None),
        ("*596fs*", "frameshift", None),
        ("*30*", "unknown", None),
        ("p.*100Qext*12", "extension", "p.*100ext*?"),
        ("p.M1?", "start_lost", "p.M1?"),
        ("p.X1010_splice", "splice", None),
        ("D770_N771insGF", "inframe_insertion", "p.D770_N771insGF"),
        ("p.N771dup", "duplication", "p.N771dup"),
        ("", "unknown", None),
        ("p.?", "unknown", None),
    ],
)
def test_protein_changes_in_every_spelling(text, kind, short):
    change = parse_protein_change(text)
    assert (change.kind, change.short) == (kind, short)


@given(
    st.sampled_from("ACDEFGHIKLMNPQRSTVWY"),
    st.integers(2, 9999),
    st.sampled_from("ACDEFGHIKLMNPQRSTVWY*"),
)
def test_one_and_three_letter_forms_agree(ref, at, alt):
    if ref == alt:
        return
    short = parse_protein_change(f"{ref}{at}{alt}")
    long = parse_protein_change(f"p.{THREE_LETTER[ref]}{at}{THREE_LETTER[alt]}")
    assert short.short == long.short == f"p.{ref}{at}{alt}"
    assert short.long == long.long
    assert parse_protein_change(short.long).short == short.short


@given(st.text(max_size=30))
def test_any_text_is_parsed_without_failing(text):
    assert parse_protein_change(text).raw == text.strip()


def test_consequence_terms_are_one_vocabulary():
    assert set(MAF_CLASSES.values()) <= set(SEVERITY)
    assert consequence_of_maf_class("MISSENSE_MUTATION") == "missense_variant"
    assert consequence_of_maf_class("nothing") is None
    assert most_severe(["intron_variant", "stop_gained", "intron_variant"]) == [
        "stop_gained",
        "intron_variant",
    ]


def test_embedded_files_are_intact():
    assert len(verify_embedded()) >= 8


@pytest.mark.realdata
@pytest.mark.parametrize(
    "case", ["maf-06-old-and-new-symbol-of-one-gene", "maf-11-hgvsp-without-prefix-and-odd-forms"]
)
def test_cases_after_public_reports(shared, case):
    folder = shared / "cases" / case
    expected = json.loads((folder / "expected.json").read_text())
    with (folder / "sample.maf").open() as handle:
        rows = list(csv.DictReader((line for line in handle if not line.startswith("#")), delimiter="\t"))
    if "patients_with_gene" in expected:
        genes = {}
        for row in rows:
            genes.setdefault(normalize_symbol(row["Hugo_Symbol"]), set()).add(row["Tumor_Sample_Barcode"])
        assert {gene: len(who) for gene, who in genes.items()} == expected["patients_with_gene"]
        return
    changes = {row["Tumor_Sample_Barcode"]: parse_protein_change(row["HGVSp_Short"]) for row in rows}
    for sample, short in expected["protein"].items():
        assert changes[sample].short == short
    assert all(changes[sample].truncating for sample in expected["truncating"])
    assert not any(changes[sample].truncating for sample in expected["not_truncating"])


@pytest.mark.parametrize(
    ("text", "kind", "short", "first", "last"),
    [
        ("p.599_600insDFREYEY", "inframe_insertion", None, 599, 600),
        ("p.307_309NVE>K", "delins", "p.N307_E309delinsK", 307, 309),
        ("p.598_598E>EMVQ", "inframe_insertion", None, 598, 599),
        ("p.594_600FREYEYD>Y", "delins", "p.F594_D600delinsY", 594, 600),
        ("p.10_12KLM>KM", "inframe_deletion", "p.L11del", 11, 11),
        ("p.10_12KLM>KLM", "unknown", None, None, None),
    ],
)
def test_changes_by_residue_number_alone_are_placed(text, kind, short, first, last):
    found = parse_protein_change(text)
    assert (found.kind, found.short, found.position, found.last_position) == (kind, short, first, last)
