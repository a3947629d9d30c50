"""TMB, HRD, segment files against oracles and published figures."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from oncoloom.errors import InputError, NotAssessableError, UsageError
from oncoloom.features.hrd.from_file import hrd_of_file
from oncoloom.features.segment_files.door import import_segments
from oncoloom.features.segment_files.numbers import whole_number
from oncoloom.features.tmb.rate import compute_tmb, poisson_limits


@given(st.integers(0, 500))
def test_poisson_limits_leave_2_5_percent_on_each_side(n):
    low, high = poisson_limits(n)
    assert poisson.cdf(n, high) == pytest.approx(0.025, rel=1e-6)
    assert poisson.sf(n - 1, low) == pytest.approx(0.025 if n else 1.0, rel=1e-6)


def test_tmb_is_null_with_its_reason_below_the_least_size():
    small = compute_tmb(5, 7, 500_000, 0.67)
    assert small.value is None
    assert "0.500 Mb" in small.reason
    assert "0.67" in small.reason
    tmb = compute_tmb(20, 26, 2_000_000, 0.67)
    assert (tmb.value, tmb.all_coding, tmb.reason) == (10.0, 13.0, None)
    assert tmb.lower < 10 < tmb.upper


@pytest.mark.realdata
def test_hrd_equals_the_published_answer(shared):
    scores = hrd_of_file(shared / "data" / "cnv" / "scarhrd" / "test2.txt", "scarhrd", "GRCh38")
    assert scores == {"hrd_loh": 25, "hrd_lst": 33, "hrd_ntai": 35, "hrd_sum": 93}


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["segments_sci.txt", "segments_plain.txt"])
def test_hrd_reads_rounded_coordinates(shared, name):
    folder = shared / "cases" / "cnv-01-segment-ends-like-1e+08"
    expected = json.loads((folder / "expected.json").read_text())["hrd"]
    assert hrd_of_file(folder / name, "scarhrd", "GRCh38") == expected


@pytest.mark.realdata
def test_impossible_allele_values_become_null_and_are_said(shared, caplog):
    path = shared / "cases" / "cnv-07-impossible-allele-values" / "bad.call.cns"
    with caplog.at_level("WARNING", logger="oncoloom"):
        found = import_segments(path, "cnvkit")
    frame, tally = found.frame, found.tally
    rows = {row["gene"]: row for row in frame.iter_rows(named=True)}
    assert rows["CBFB"]["baf"] is None
    assert rows["KRAS"]["baf"] is None
    assert (rows["TP53"]["total_cn"], rows["TP53"]["minor_cn"]) == (1, 0)
    assert rows["CDKN2A"]["log2"] is None
    assert rows["CDKN2A"]["n_bins"] == 8
    assert tally.filtered["rows refused: the segment ends before it starts"] == 1
    assert "line 6" in caplog.text
    assert "chr4" in caplog.text
    for row in rows.values():
        assert row["total_cn"] >= 0
        assert row["minor_cn"] is None or 0 <= row["minor_cn"] <= row["total_cn"] / 2


@pytest.mark.realdata
def test_sample_ids_stay_text_and_sex_chromosomes_get_their_letters(shared):
    ids = import_segments(
        shared / "cases" / "cnv-02-numeric-sample-ids-in-seg" / "study" / "data_cna_hg19.seg", "seg"
    ).frame
    assert sorted(set(ids["sample_id"])) == ["0010", "004", "4"]
    found = import_segments(
        shared / "cases" / "cnv-03-x-and-y-as-23-24" / "study" / "data_cna_hg19.seg", "seg"
    )
    assert sorted(set(found.frame["chrom"])) == ["1", "X", "Y"]
    assert found.tally.kept == 6


def test_segment_files_that_cannot_be_used_are_refused(tmp_path):
    path = tmp_path / "x.seg"
    path.write_text("ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\nA\t1\tten\t20\t3\t0.1\n")
    with pytest.raises(InputError, match="line 2"):
        import_segments(path, "seg")
    with pytest.raises(InputError, match="column is missing"):
        import_segments(path, "cnvkit")
    with pytest.raises(UsageError, match="unknown segment file"):
        import_segments(path, "nothing")
    path.write_text("SampleID\tChromosome\tStart\tEnd\ttotal_cn\tA_cn\tB_cn\nA\t1\t1\t9\t2\t.\t.\n")
    with pytest.raises(NotAssessableError, match="both alleles"):
        hrd_of_file(path, "scarhrd", "GRCh38")


@given(st.integers(0, 300_000_000))
def test_whole_numbers_survive_every_spelling(n):
    assert whole_number(str(n)) == n
    assert whole_number(f"{n}.0") == n
    assert whole_number(f"{n:,}") == n
    assert whole_number(f"{n}.5") is None
