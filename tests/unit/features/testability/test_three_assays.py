"""One sample seen by a panel, an exome and a genome: what each could have shown, by hand, gene by gene.

Places are real (embedded gene models of GRCh38): the panel has the coding exons of its genes and the introns
of ALK (18, 19), RET (7 to 11) and BRAF (7 to 10), as commercial panels do; the exome has coding exons alone;
the genome has everything.
"""

from itertools import pairwise

import polars as pl
import pytest

from oncoloom.features.drivers.by_class import drivers_by_class
from oncoloom.features.drivers.expressed import drop_unexpressed
from oncoloom.features.intervals import IntervalSet
from oncoloom.features.rearrangements.contracts import FUSIONS_TABLE
from oncoloom.features.rearrangements.fusion_rules import judge_fusion
from oncoloom.features.testability.assessability import (
    PROMOTER_GENES,
    AssayView,
    assess_genes,
)
from oncoloom.features.testability.rearrangements import Rearrangements, places_of
from oncoloom.reference_data.breakpoint_introns import breakpoint_introns
from oncoloom.reference_data.embedded_models import embedded_transcripts
from oncoloom.reference_data.gene_models import GeneModels
from oncoloom.reference_data.noncoding import noncoding_hotspots

PANEL_GENES = ("ALK", "BRAF", "EGFR", "KRAS", "MET", "NTRK1", "RET", "TP53")
PANEL_INTRONS = ("ALK", "RET", "BRAF")


@pytest.fixture(scope="module")
def places():
    models = GeneModels(tuple(embedded_transcripts("GRCh38").values()), 0, ())
    return models, places_of(models, "GRCh38")


def _view(places, assay, **imported):
    models, where = places
    coding = {gene: [(one.contig, a, b) for a, b in one.coding] for gene, one in models.chosen().items()}
    pad = [(c, a - 20, b + 20) for parts in coding.values() for c, a, b in parts]  # designs pad their exons
    if assay == "panel":
        regions = [(c, a - 20, b + 20) for gene in PANEL_GENES for c, a, b in coding[gene]]
        regions += [part for gene in PANEL_INTRONS for part in where.introns[gene]]
    elif assay == "exome":
        regions = pad
    else:
        regions = [(str(n), 0, 260_000_000) for n in [*range(1, 23), "X", "Y"]]
    where = Rearrangements(where.introns, where.exon_14, where.promoters, **imported)
    return AssayView(
        coding, IntervalSet(regions), lambda _: 200.0, None, "no coverage bins", {}, {}, 0.95, 0.01, where
    )


def _states(view, drivers=None):
    table = assess_genes(view, drivers or {}, patient_id="P", sample_id="T")
    return {(r["gene"], r["alteration_class"]): (r["state"], r["cause"]) for r in table.iter_rows(named=True)}


def _fusions(*pairs):
    rows = []
    for first, second, frame in pairs:
        verdict = judge_fusion(first, second, frame)
        rows.append(
            dict.fromkeys(FUSIONS_TABLE.polars_schema())
            | {
                "gene_5prime": first, "gene_3prime": second, "frame": frame, "material": "rna",
                "caller": "plain",
                "driver_gene": verdict.gene, "driver_rule": verdict.rule,
            }
        )  # fmt: skip
    return pl.DataFrame(rows, schema=FUSIONS_TABLE.polars_schema())


def test_breakpoint_introns_are_those_of_the_usual_numbering(places):
    models, where = places
    for gene, listed in breakpoint_introns().items():
        one = models.chosen()[gene]
        exons = one.exons if one.strand == "+" else one.exons[::-1]
        numbers = sorted(
            n + 1
            for n, (a, b) in enumerate(pairwise(exons))
            for c, start, end in where.introns[gene]
            if (start, end) == ((a[1], b[0]) if one.strand == "+" else (b[1], a[0]))
        )
        low, _, high = listed.introns.partition("-")
        assert numbers == list(range(int(low), int(high or low) + 1)), gene


def test_alk_19_and_met_14_lie_where_they_are_known_to(places):
    """ALK exon 20 (EML4-ALK) begins at residue 1058; MET exon 14 is residues 963 to 1010, 141 bases."""
    _, where = places
    models, _ = places
    alk = models.chosen()["ALK"]
    start = min(a for _, a, _ in where.introns["ALK"])  # minus strand: the last intron lies lowest
    assert alk.coding_index(start - 1) // 3 + 1 == 1058
    met = models.chosen()["MET"]
    (_, _, inside), (_, outside, _) = where.exon_14
    assert outside + 2 - (inside - 2) == 141
    assert {met.coding_index(inside - 2) // 3 + 1, met.coding_index(outside + 1) // 3 + 1} == {963, 1010}


@pytest.mark.parametrize(
    ("gene", "kind", "panel", "exome", "genome"),
    [
        ("ALK", "small variant", "not detected", "not detected", "not detected"),
        ("RET", "small variant", "not detected", "not detected", "not detected"),
        ("NTRK1", "small variant", "not detected", "not detected", "not detected"),
        ("NTRK2", "small variant", "not assessable", "not detected", "not detected"),
        ("NTRK3", "small variant", "not assessable", "not detected", "not detected"),
        ("MET", "exon skipping", "not detected", "not detected", "not detected"),
        ("TERT", "promoter", "not assessable", "not assessable", "not detected"),
        ("ALK", "amplification", "not assessable", "not assessable", "not assessable"),
    ],
)
def test_small_variants_skipping_and_promoter(places, gene, kind, panel, exome, genome):
    found = [_states(_view(places, assay))[gene, kind][0] for assay in ("panel", "exome", "genome")]
    assert found == [panel, exome, genome]


@pytest.mark.parametrize("gene", ["ALK", "RET", "BRAF", "NTRK1", "NTRK2", "NTRK3"])
def test_without_a_fusion_file_no_assay_claims_that_there_is_none(places, gene):
    """The cause tells the reader whether this assay could have shown it at all."""
    told = {}
    for assay in ("panel", "exome", "genome"):
        state, cause = _states(_view(places, assay))[gene, "fusion"]
        assert state == "not tested"
        told[assay] = cause
    assert "no breakpoint would show" in told["exome"]
    assert "though" in told["genome"]
    assert ("though" in told["panel"]) == (gene in PANEL_INTRONS)


@pytest.mark.parametrize(
    ("gene", "panel", "exome", "genome"),
    [
        ("ALK", "not detected", "not assessable", "not detected"),
        ("RET", "not detected", "not assessable", "not detected"),
        ("BRAF", "not detected", "not assessable", "not detected"),  # KIAA1549-BRAF breaks in introns 7 to 10
        ("NTRK1", "not assessable", "not assessable", "not detected"),
        ("NTRK2", "not assessable", "not assessable", "not detected"),
        ("NTRK3", "not assessable", "not assessable", "not detected"),
        ("EGFR", "not assessable", "not assessable", "not assessable"),  # no listed place
    ],
)
def test_calls_from_dna_count_where_the_introns_are_covered(places, gene, panel, exome, genome):
    none = FUSIONS_TABLE.empty()
    found = [
        _states(_view(places, assay, fusions=none, fusion_material="dna"))[gene, "fusion"][0]
        for assay in ("panel", "exome", "genome")
    ]
    assert found == [panel, exome, genome]


def test_calls_from_rna_need_no_introns_and_a_known_pair_is_a_driver(places):
    table = _fusions(
        ("KIAA1549", "BRAF", "in frame"), ("ETV6", "NTRK3", "in frame"), ("FOO", "RET", "out of frame")
    )
    view = _view(places, "exome", fusions=table, fusion_material="rna")
    states = _states(view)
    assert states["BRAF", "fusion"][0] == "detected"
    assert states["NTRK3", "fusion"][0] == "detected"
    assert states["ALK", "fusion"] == ("not detected", None)
    assert states["RET", "fusion"] == ("not detected", "1 calls that no rule makes a driver")
    variants = pl.DataFrame(
        {
            "driver": [True, True],
            "gene": ["MET", "TERT"],
            "driver_rule": ["hotspot_splice_site", "promoter_hotspot"],
        }
    )
    assert drivers_by_class(variants, {}, table) == {
        "MET": {"small variant", "exon skipping"}, "TERT": {"promoter"}, "BRAF": {"fusion"},
        "NTRK3": {"fusion"},
    }  # fmt: skip


def test_a_half_covered_splice_flank_is_said(places):
    _, where = places
    half = IntervalSet([where.exon_14[0]])
    view = _view(places, "exome")
    states = _states(AssayView(view.coding, half, lambda _: None, None, "", {}, {}, 0.95, 0.01, where))
    state, cause = states["MET", "exon skipping"]
    assert state == "not assessable"
    assert cause.startswith("50 %")


def test_expression_is_told_but_never_judged_without_a_reference(places):
    table = pl.DataFrame({"gene": ["ERBB2"], "tpm": [412.0]})
    states = _states(_view(places, "exome", expression=table))
    assert states["ERBB2", "expression"] == (
        "not assessable",
        "412 TPM; no reference cohort tells what is high",
    )
    assert states["ALK", "expression"][1] == "the gene is not in the expression table"


def test_an_activating_change_of_a_silent_gene_is_no_driver():
    def row(gene, rule):
        return {
            "gene": gene,
            "driver": True,
            "driver_rule": rule,
            "driver_evidence": "x",
            "driver_reason": "y",
        }

    rows = [
        row("ALK", "hotspot_same_change"),
        row("KRAS", "hotspot_same_change"),
        row("RB1", "truncated_tumor_suppressor"),
    ]
    drop_unexpressed(rows, {"ALK": 0.02, "KRAS": 30.0, "RB1": 0.1})
    assert [one["driver"] for one in rows] == [False, True, True]
    assert "0.02 TPM" in rows[0]["driver_reason"]


def test_every_promoter_gene_has_its_row():
    assert {one.gene for one in noncoding_hotspots()} == PROMOTER_GENES
