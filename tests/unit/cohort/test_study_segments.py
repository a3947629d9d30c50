"""A study's seg file: segments of the samples that stand for the patients, ids as text, genes by build."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from oncoloom.cli.main import app
from oncoloom.cohort.mapping import load_mapping
from oncoloom.errors import ConfigError

_SEG = "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\n"
_ROWS = (
    "004\t7\t55000000\t55300000\t60\t1.6\n"
    "4\t23\t61000000\t70000000\t80\t-0.98\n"
    "ghost\t8\t127000000\t129000000\t80\t1.9\n"
)


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "meta_study.txt").write_text("cancer_study_identifier: s\n")
    (folder / "data_clinical_patient.txt").write_text("PATIENT_ID\tSEX\nP-004\tFemale\nP-4\tMale\n")
    (folder / "data_clinical_sample.txt").write_text("PATIENT_ID\tSAMPLE_ID\nP-004\t004\nP-4\t4\n")
    (folder / "meta_seg.txt").write_text(
        "genetic_alteration_type: COPY_NUMBER_ALTERATION\ndatatype: SEG\nreference_genome_id: hg19\n"
        "data_filename: data_cna_hg19.seg\n"
    )
    (folder / "data_cna_hg19.seg").write_text(_SEG + _ROWS)
    return folder


def _import(folder, *more):
    output = folder.parent / "cohort.parquet"
    arguments = ["cohort", "import", "cbioportal", str(folder), "--output", str(output), *more]
    return CliRunner().invoke(app, arguments), output


def test_segments_lie_beside_the_cohort(study):
    result, output = _import(study)
    assert result.exit_code == 0, result.output
    assert "2 segments" in result.output
    rows = pl.read_parquet(output.with_name("cohort.segments.parquet")).to_dicts()
    found = [(row["patient_id"], row["sample_id"], row["chrom"], row["log2"]) for row in rows]
    assert found == [("P-004", "004", "7", 1.6), ("P-4", "4", "X", -0.98)]
    assert rows[0]["gene"] == "EGFR"
    assert "AR" in rows[1]["gene"].split(",")
    tally = json.loads(output.with_name("cohort.parquet.tally.json").read_text())
    assert tally["segments"]["samples_of_no_patient"] == 1
    assert tally["segments"]["segments_used"] == 2
    assert tally["inputs"][0]["files_not_read"] == []


def test_without_a_build_no_gene_is_named(study):
    (study / "meta_seg.txt").write_text(
        "genetic_alteration_type: COPY_NUMBER_ALTERATION\ndatatype: SEG\ndata_filename: data_cna_hg19.seg\n"
    )
    _, output = _import(study)
    assert pl.read_parquet(output.with_name("cohort.segments.parquet"))["gene"].null_count() == 2


def test_pseudonyms_reach_the_segments(study, tmp_path):
    key = tmp_path / "key"
    key.write_text("0123456789abcdef0123456789abcdef")
    result, output = _import(study, "--pseudonym-key", str(key))
    assert result.exit_code == 0, result.output
    cohort = pl.read_parquet(output)
    segments = pl.read_parquet(output.with_name("cohort.segments.parquet"))
    for column in ("patient_id", "sample_id"):
        assert set(segments[column]) == set(cohort[column])
    assert "P-004" not in set(segments["patient_id"])


def test_a_broken_seg_file_leaves_nothing(study):
    (study / "data_cna_hg19.seg").write_text(_SEG + "004\t7\tten\t55300000\t60\t1.6\n")
    result, output = _import(study)
    assert result.exit_code == 1
    assert "line 2" in result.output
    assert not list(output.parent.glob("cohort*"))


def test_a_shipped_mapping_by_its_place_in_the_source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_mapping("config/mappings/cbioportal.yaml").name == load_mapping("cbioportal").name
    with pytest.raises(ConfigError, match="no such mapping"):
        load_mapping("elsewhere/cbioportal.yaml")
