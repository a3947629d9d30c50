"""Reads for the report: which variants, how many, and that nothing names a read."""

import json

import polars as pl
import pytest
from calling_bams import other_base, somatic_pair
from typer.testing import CliRunner

from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call
from oncoloom.cli.main import app
from oncoloom.features.contracts import VARIANTS_TABLE
from oncoloom.features.strips import MOST_STRIPS, READS_A_LANE, reported_variants
from oncoloom.report.plots.pileup import pileup_strip
from oncoloom.report.strip import strip_of
from oncoloom.tables import write_table


def variants(rows):
    columns = VARIANTS_TABLE.polars_schema()
    base = {
        "patient_id": "P",
        "sample_id": "PAT_T",
        "variant_class": "snv",
        "caller": "oncoloom",
        "chrom": "one",
    }
    return pl.DataFrame([{name: (base | row).get(name) for name in columns} for row in rows], schema=columns)


def row(pos, ref, alt, **fields):
    return {
        "pos": pos,
        "ref": ref,
        "alt": alt,
        "gene": "BRAF",
        "hgvs_p_short": "p.V600E",
        "origin": "somatic",
        "filters": "PASS",
        "driver": True,
    } | fields


def test_drivers_come_first_and_germline_or_plain_variants_do_not_come():
    table = variants(
        [
            row(1, "A", "T", driver=False),
            row(2, "A", "T", driver=False, hotspot="BRAF V600", filters="strand_bias", gene="AAA"),
            row(3, "A", "T", origin="germline"),
            row(4, "A", "T", gene="TP53"),
            row(5, "A", "T", origin="unknown"),
        ]
    )
    assert reported_variants(table)["pos"].to_list() == [5, 4, 2]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("strips")
    pair = somatic_pair(folder)
    run_call(CallInputs(pair["reference"], pair["tumor"], pair["normal"]), folder / "calls")
    one = pair["contigs"]["one"]
    rows = [row(701, one[700], other_base(one[700]))]
    rows += [row(1000 + k, one[999 + k], other_base(one[999 + k]), gene="ZZZ") for k in range(MOST_STRIPS)]
    write_table(variants(rows), VARIANTS_TABLE, folder / "variants.parquet")
    words = [
        "evidence",
        "--calls",
        folder / "calls",
        "--reference",
        pair["reference"],
        "--tumor",
        pair["tumor"],
    ]
    words += ["--normal", pair["normal"], "--variants", folder / "variants.parquet", "--patient-id", "P"]
    result = CliRunner().invoke(app, [str(word) for word in [*words, "--strips", folder / "strips.json"]])
    assert result.exit_code == 0, result.output
    return (folder / "strips.json").read_text(encoding="utf-8")


def test_the_file_holds_what_a_report_draws_and_no_read_name(written):
    value = json.loads(written)
    assert (len(value["strips"]), value["left_out"], value["patient_id"]) == (MOST_STRIPS, 1, "P")
    first = value["strips"][0]
    assert first["name"] == "BRAF p.V600E"
    strip = strip_of(first["look"])
    assert strip.verdict == "passes"
    assert [lane.role for lane in strip.lanes] == ["tumor", "normal"]
    assert all(len(lane.reads) <= READS_A_LANE for lane in strip.lanes)
    assert len(pileup_strip(strip).inline()) < 40_000
    assert "one-" not in written  # how the reads of this pair are called


def test_a_place_or_a_table_but_not_both():
    words = ["evidence", "--calls", "x", "--reference", "y", "--tumor", "z"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert "a place, or the variants of a report" in result.output
    result = CliRunner().invoke(app, [*words, "one:5", "--variants", "v.parquet"])
    assert result.exit_code == 2
