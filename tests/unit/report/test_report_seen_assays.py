"""The report says of every gene and class what the assessability table of a panel, exome or genome says."""

from dataclasses import replace

import pytest
from report_examples import example_inputs

from oncoloom.features.intervals import IntervalSet
from oncoloom.features.testability.assessability import AssayView, assess_genes
from oncoloom.features.testability.rearrangements import places_of
from oncoloom.reference_data.embedded_models import embedded_transcripts
from oncoloom.reference_data.gene_models import GeneModels
from oncoloom.report.sections.seen import build_genes, build_seen

PANEL_GENES = ("ALK", "BRAF", "EGFR", "KRAS", "MET", "NTRK1", "RET", "TP53")
PANEL_INTRONS = ("ALK", "RET", "BRAF")


@pytest.fixture(scope="module")
def models():
    return GeneModels(tuple(embedded_transcripts("GRCh38").values()), 0, ())


def assessability(models, assay):
    """The table of one sample: designs pad their exons; the panel holds the introns of three genes."""
    places = places_of(models, "GRCh38")
    coding = {gene: [(one.contig, a, b) for a, b in one.coding] for gene, one in models.chosen().items()}
    genes = PANEL_GENES if assay == "panel" else tuple(coding)
    regions = [(c, a - 20, b + 20) for gene in genes for c, a, b in coding[gene]]
    if assay == "panel":
        regions += [part for gene in PANEL_INTRONS for part in places.introns[gene]]
    if assay == "genome":
        regions = [(str(n), 0, 260_000_000) for n in [*range(1, 23), "X", "Y"]]
    view = AssayView(
        coding, IntervalSet(regions), lambda _: 200.0, None, "no coverage bins", {}, {}, 0.95, 0.01, places
    )
    return assess_genes(view, {}, patient_id="P-7F3A", sample_id="T-01")


@pytest.mark.parametrize("assay", ["panel", "exome", "genome"])
def test_lines_and_table_of_the_report_hold_every_verdict_once(models, tmp_path, assay):
    table = assessability(models, assay)
    inputs = replace(example_inputs(tmp_path), assessability=table)
    said = {}
    for line in build_seen(inputs):
        for kind in line.alteration_class.split(", "):
            for gene in line.genes:
                assert (gene, kind) not in said, "a verdict stands in two lines"
                said[gene, kind] = line
    rows = {row.gene: row for row in build_genes(inputs)}
    for row in table.iter_rows(named=True):
        line = said[row["gene"], row["alteration_class"]]
        assert line.state == row["state"]
        assert rows[row["gene"]].states[row["alteration_class"]] == row["state"]
        if row["state"] == "not tested":
            assert row["cause"].lower() in line.detail.lower()
    assert len(said) == table.height


@pytest.mark.parametrize(
    ("assay", "gene", "words"),
    [
        ("panel", "ALK", "no fusion file, though the introns where these fusions break are covered"),
        ("exome", "ALK", "no breakpoint would show"),
        ("genome", "NTRK3", "no fusion file, though the introns where these fusions break are covered"),
        ("panel", "NTRK3", "no breakpoint would show"),
        ("exome", "BRAF", "no breakpoint would show"),  # KIAA1549-BRAF breaks in introns 7 to 10
        ("panel", "BRAF", "no fusion file, though the introns where these fusions break are covered"),
    ],
)
def test_fusions_are_not_tested_and_the_line_says_whether_they_could_have_shown(
    models, tmp_path, assay, gene, words
):
    inputs = replace(example_inputs(tmp_path), assessability=assessability(models, assay))
    (line,) = [
        one
        for one in build_seen(inputs)
        if gene in one.genes and "fusion" in one.alteration_class.split(", ") and one.state == "not tested"
    ]
    assert words in line.detail.lower()
