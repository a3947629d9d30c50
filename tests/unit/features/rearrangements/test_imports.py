"""Fusion and expression files of other tools: what is read, judged, counted, refused."""

import pytest
from typer.testing import CliRunner

from oncoloom.cli.main import app
from oncoloom.errors import FaultList, InputError, UsageError
from oncoloom.features.rearrangements.expression_door import import_expression
from oncoloom.features.rearrangements.fusion_door import import_fusions
from oncoloom.features.rearrangements.fusion_rules import judge_fusion
from oncoloom.features.rearrangements.imported import read_imported

STAR = (
    "#FusionName\tJunctionReadCount\tSpanningFragCount\tLeftGene\tLeftBreakpoint\tRightGene\tRightBreakpoint\tPROT_FUSION_TYPE\n"
    "EML4--ALK\t40\t12\tEML4^ENSG00000143924.18\tchr2:42295516:+\tALK^ENSG00000171094.18\tchr2:29223528:-\tINFRAME\n"
    "FOO--BAR\t3\t0\tFOO^ENSG1\tchr1:5:+\tBAR^ENSG2\tchr1:9:+\t.\n"
)
ARRIBA = (
    "#gene1\tgene2\tbreakpoint1\tbreakpoint2\tsplit_reads1\tsplit_reads2\tdiscordant_mates\tconfidence\treading_frame\n"
    "ETV6\tNTRK3\t12:11869969\t15:87940753\t9\t8\t7\thigh\tin-frame\n"
    "CCDC6\tRET\t10:1\t10:2\t1\t0\t0\tlow\tin-frame\n"
    "KIF5B\tRET\t10:3\t10:4\t5\t4\t3\tmedium\tout-of-frame\n"
)


def _file(folder, text):
    path = folder / "fusions.tsv"
    path.write_text(text)
    return path


def test_star_fusion_calls_are_read_and_judged(tmp_path):
    frame, tally = import_fusions(_file(tmp_path, STAR), source="star-fusion", material="rna")
    assert tally.kept == 2
    first = frame.row(0, named=True)
    assert (first["gene_5prime"], first["gene_3prime"], first["support"]) == ("EML4", "ALK", 52)
    assert first["breakpoint_3prime"] == "chr2:29223528"
    assert (first["driver_rule"], first["driver_gene"]) == ("known_fusion", "ALK")
    assert "PubMed" in first["driver_evidence"]
    assert frame["driver_rule"][1] is None


def test_arriba_calls_of_low_confidence_are_counted_and_left_out(tmp_path):
    frame, tally = import_fusions(_file(tmp_path, ARRIBA), source="arriba", material="rna")
    assert tally.as_dict() == {"kept": 2, "filtered": {"Arriba says low confidence": 1}}
    assert frame["frame"].to_list() == ["in frame", "out of frame"]
    assert frame["driver_rule"].to_list() == ["known_fusion", None]
    assert frame["driver_reason"][1] == "a recurrent pair, but out of frame"


@pytest.mark.parametrize(
    ("first", "second", "frame", "rule", "gene"),
    [
        ("KIAA1549", "BRAF", "unknown", "known_fusion", "BRAF"),
        ("NEWGENE", "ROS1", "in frame", "known_fusion_partner", "ROS1"),
        ("NEWGENE", "ROS1", "unknown", None, None),
        (None, "RET", "in frame", "known_fusion_partner", "RET"),
        ("BRAF", "KIAA1549", "in frame", None, None),
        ("A1BG", "A2M", "in frame", None, None),
    ],
)
def test_pairs_partners_and_frame_decide(first, second, frame, rule, gene):
    verdict = judge_fusion(first, second, frame)
    assert (verdict.rule, verdict.gene) == (rule, gene)
    assert verdict.reason


def test_a_file_without_rows_is_a_finding_and_a_wrong_one_an_error(tmp_path):
    frame, _ = import_fusions(
        _file(tmp_path, STAR.splitlines()[0] + "\n"), source="star-fusion", material="dna"
    )
    assert frame.height == 0
    with pytest.raises(InputError, match="a column is missing"):
        import_fusions(_file(tmp_path, ARRIBA), source="star-fusion", material="rna")
    with pytest.raises(UsageError, match="unknown fusion caller"):
        import_fusions(_file(tmp_path, STAR), source="fusionx", material="rna")
    broken = STAR.replace("chr2:29223528:-", "2-29").replace("\t3\t0\t", "\tthree\t0\t")
    with pytest.raises(FaultList, match="2 faults"):
        import_fusions(_file(tmp_path, broken), source="star-fusion", material="rna")


def test_the_table_says_what_was_sequenced(tmp_path):
    output = tmp_path / "fusions.parquet"
    words = ["import", "fusions", str(_file(tmp_path, STAR)), "--from", "star-fusion", "--material", "rna"]
    done = CliRunner().invoke(app, [*words, "--output", str(output)])
    assert done.exit_code == 0, done.output
    found = read_imported(output, None)
    assert (found.material, found.fusions.height, found.tpm()) == ("rna", 2, None)


def test_expression_is_read_by_symbol_and_bad_lines_are_named(tmp_path):
    path = tmp_path / "genes.tsv"
    path.write_text("gene\ttpm\nHER2\t10\nERBB2\t2.5\nNOT_A_GENE\t3\n")
    frame, tally = import_expression(path)
    assert frame.rows() == [("ERBB2", 12.5)]
    assert tally.filtered == {"names that are no approved symbol": 1}
    path.write_text("gene\ttpm\nTP53\t-1\n")
    with pytest.raises(InputError, match="line 2"):
        import_expression(path)
