"""Where driver changes lie: residues, counts of other tumors, and what is said of the rest."""

import pytest
from report_examples import default_tables, example_inputs, variant

from oncoloom.reference_data.transcript_shape import embedded_shapes
from oncoloom.report.sections.changes import MOST_GENES, build_changes, residue_of


@pytest.mark.parametrize(
    ("protein", "residue"),
    [
        ("p.V600E", 600), ("p.E746_A750del", 746), ("p.*394Q", 394), ("p.(G12D)", 12), ("p.M1?", 1),
        ("p.?", None), ("c.1A>G", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_first_changed_residue(protein, residue):
    assert residue_of(protein) == residue


def test_lengths_are_those_of_the_proteins():
    known = {"KRAS": 188, "TP53": 393, "EGFR": 1210, "BRAF": 766, "APC": 2843}
    assert {name: embedded_shapes()[name].n_residues for name in known} == known


def changes_of(tmp_path, variants):
    tables = default_tables()
    tables["variants"] = variants
    return build_changes(example_inputs(tmp_path, tables=tables))


def test_genes_by_recurrence_with_the_tumors_of_their_residue(tmp_path):
    found = changes_of(
        tmp_path,
        [
            variant("APC", "p.R1450*", driver=True, consequence="stop_gained"),
            variant("KRAS", "p.G12D", driver=True, consequence="missense_variant"),
            variant("KRAS", "p.Q61H", driver=False, consequence="missense_variant"),
        ],
    )
    assert [row.gene for row in found.rows] == ["KRAS", "APC"]
    kras, apc = found.rows
    assert [(one.name, one.residue) for one in kras.found] == [("p.G12D", 12)]
    assert kras.found[0].n_tumors == max(one.n_tumors for one in kras.known if one.residue == 12) > 1000
    assert apc.found[0].n_tumors == 0
    assert found.text.startswith("2 genes; grey: residues recurrent")


def test_what_has_no_place_in_a_protein_is_counted(tmp_path):
    found = changes_of(tmp_path, [variant("TERT", None, driver=True, consequence="upstream_gene_variant")])
    assert found.rows == ()
    assert found.text == "1 driver change outside a protein or without a place in it."


def test_many_genes_are_drawn_in_part_and_said(tmp_path):
    names = [f"GENE{at}" for at in range(MOST_GENES + 2)]
    found = changes_of(
        tmp_path, [variant(name, "p.R10*", driver=True, consequence="stop_gained") for name in names]
    )
    assert len(found.rows) == MOST_GENES
    assert f"{MOST_GENES + 2} genes" in found.text
    assert f"The {MOST_GENES} with the most recurrent changes are drawn." in found.text
    assert all(row.length is None for row in found.rows)
