"""Segment files as R, pandas, IGV, PureCN, ASCAT and PURPLE write them, and those that cannot be read."""

import pytest

from oncoloom.errors import InputError, NotAssessableError
from oncoloom.features.contracts import SEGMENTS_TABLE
from oncoloom.features.copy_number.imported import read_imported_segments
from oncoloom.features.hrd.from_file import hrd_of_file
from oncoloom.features.segment_files.door import import_segments
from oncoloom.tables import Tally, write_table

_SEG = "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\n"
_SCARS = "SampleID\tChromosome\tStart_position\tEnd_position\ttotal_cn\tA_cn\tB_cn\n"


@pytest.fixture
def read(tmp_path):
    def _read(text, source="seg"):
        path = tmp_path / "x.txt"
        path.write_text(text, encoding="utf-8")
        found = import_segments(path, source)
        return found.frame.to_dicts(), found.tally

    return _read


@pytest.mark.parametrize(
    "text",
    [
        '"ID"\t"chrom"\t"loc.start"\t"loc.end"\t"num.mark"\t"seg.mean"\n"1"\t"a"\t"7"\t1\t100\t5\t0.5\n',
        "Sample\tChromosome\tStart\tEnd\tNum_Probes\tSegment_Mean\na\t7\t1\t100\t5\t0.5\n",
        _SEG + "a\t7.0\t1.0\t100.0\t5.0\t0.5\n",
        _SEG + "a\t7\t1\t100\t5\t0.5\t\t\n",
        ("\ufeff" + _SEG + "a\t7\t1\t100\t5\t0.5\n").replace("\n", "\r\n"),
    ],
    ids=["row names of R", "IGV's names", "floats of pandas", "tabs at the end", "BOM and CRLF"],
)
def test_spellings_of_one_segment(read, text):
    (row,), _ = read(text)
    assert (row["sample_id"], row["chrom"], row["start"], row["end"]) == ("a", "7", 0, 100)
    assert (row["n_bins"], row["log2"]) == (5, 0.5)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a\t7\t1\t100\t5\tabc\n", ["line 2", "abc", "no number"]),
        ("a\t7\t1\t100\t5\t0,5\n", ["line 2", "0,5", "decimal point"]),
        ("a\t7\t1\t100\n", ["line 2", "fields", "found:    4"]),
        ("a\t7\t1.5\t100\t5\t0.5\n", ["line 2", "whole coordinates"]),
    ],
)
def test_rows_that_cannot_be_read_are_refused(read, line, words):
    with pytest.raises(InputError) as caught:
        read(_SEG + line)
    for word in words:
        assert word in str(caught.value)


def test_missing_levels_are_null_and_no_depth_is_counted(read):
    rows, tally = read(_SEG + "a\t7\t1\t100\t5\tNA\na\t7\t101\t200\t5\t-Inf\na\t7\t201\t300\t5\t0.3\n")
    assert [row["log2"] for row in rows] == [None, None, 0.3]
    assert tally.filtered["log2 at or below -10 means no coverage: null, kept"] == 1


def test_segments_come_out_sorted_repeats_once_and_may_share_an_end(read):
    rows, tally = read(
        _SEG + "b\t10\t1\t100\t5\t0.1\nb\t2\t61\t200\t5\t0.2\nb\t2\t1\t60\t5\t0.3\nb\t2\t1\t60\t5\t0.3\n"
        "a\tX\t1\t100\t5\t0.1\na\tX\t100\t200\t5\t0.1\n"
    )
    assert [(row["sample_id"], row["chrom"], row["start"]) for row in rows] == [
        ("b", "2", 0),
        ("b", "2", 60),
        ("b", "10", 0),
        ("a", "X", 0),
        ("a", "X", 99),
    ]
    assert tally.filtered["repeated segments"] == 1


def test_a_segment_before_its_contig_says_so(read, caplog):
    with pytest.raises(InputError, match="no segment"):
        read(_SEG + "a\t7\t-5\t100\t5\t0.1\n")
    assert "line 2" in caplog.text
    assert "starts before its contig" in caplog.text


def test_copies_of_purple_are_not_rounded(read):
    header = "chromosome\tstart\tend\tcopyNumber\tbafCount\tobservedBAF\tminorAlleleCopyNumber\n"
    rows, _ = read(
        header + "chr1\t1\t100\t-0.13\t0\t0\t-0.06\nchr1\t101\t200\t2.04\t9\t0.5\t-0.1\n", "purple"
    )
    assert [(row["total_cn"], row["minor_cn"], row["baf"]) for row in rows] == [(0, 0, None), (2.04, 0, 0.5)]


def test_sex_chromosomes_of_ascat_and_header_of_purecn(read):
    (row,), _ = read("sample\tchr\tstartpos\tendpos\tnMajor\tnMinor\nA\t23\t1\t50\t1\t0\n", "ascat")
    assert row["chrom"] == "X"
    (row,), _ = read('"Sampleid","chr","start","end","C","M"\n"S",1,1,100,2,1\n', "purecn")
    assert (row["sample_id"], row["total_cn"], row["minor_cn"]) == ("S", 2, 1)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["1\t1\t100000000\t1\t1\t0", "1\t50000000\t200000000\t2\t1\t1"], "overlap"),
        (["1\t1\t948956422\t1\t1\t0"], "genome-build"),
        (["Z\t1\t48956422\t1\t1\t0"], "no segment lies on a chromosome"),
    ],
)
def test_scars_are_not_counted_on_misplaced_segments(tmp_path, rows, words):
    path = tmp_path / "x.txt"
    path.write_text(_SCARS + "".join(f"s\tchr{row}\n" for row in rows))
    with pytest.raises((InputError, NotAssessableError), match=words):
        hrd_of_file(path, "scarhrd", "GRCh38")


def test_the_other_build_only_warns(tmp_path, caplog):
    path = tmp_path / "x.txt"
    path.write_text(_SCARS + "s\tchr1\t1\t249250621\t2\t1\t1\n")
    assert hrd_of_file(path, "scarhrd", "GRCh38")["hrd_sum"] == 0
    assert "GRCh38 at 248956422" in caplog.text


def test_scars_need_autosomes_and_say_how_much_of_them_is_there(tmp_path, caplog):
    path = tmp_path / "x.txt"
    path.write_text(_SCARS + "s\tchrX\t1\t100000000\t1\t1\t0\n")
    with pytest.raises(NotAssessableError, match="lies on an autosome"):
        hrd_of_file(path, "scarhrd", "GRCh38")
    path.write_text(_SCARS + "s\tchr1\t1\t100000000\t2\t1\t1\n")
    assert hrd_of_file(path, "scarhrd", "GRCh38")["hrd_sum"] == 0
    assert "cover 3 % of the autosomes" in caplog.text


def test_contigs_that_the_reference_lacks_are_counted(tmp_path):
    path = tmp_path / "x.seg"
    path.write_text(_SEG + "a\tbanana\t1\t100\t5\t0.1\na\t7\t1\t100\t5\t0.1\n")
    table = tmp_path / "segments.parquet"
    write_table(import_segments(path, "seg").frame, SEGMENTS_TABLE, table)
    tally = Tally()
    assert read_imported_segments(table, "a", {"chr7": 1000}, tally)["chrom"].to_list() == ["chr7"]
    assert tally.as_dict() == {"kept": 1, "filtered": {"segments on contigs that the reference lacks": 1}}


def test_the_right_tool_is_named_where_the_columns_tell(read):
    with pytest.raises(InputError, match="say --from purecn or seg"):
        read(_SEG + "a\t7\t1\t100\t5\t0.1\n", "cnvkit")
    with pytest.raises(InputError, match="is --from the right tool"):
        read("a\tb\n1\t2\n", "cnvkit")


def test_row_numbers_of_r_are_no_extra_cells(read):
    (row,), _ = read(_SEG + "1\ta\t7\t1\t100\t5\t0.5\n")
    assert (row["sample_id"], row["end"]) == ("a", 100)
    with pytest.raises(InputError, match="another number of fields"):
        read(_SEG + "a\t7\t1\t100\t5\t0.5\tx\n")


_LAYOUTS = {
    "ascat": ("sample\tchr\tstartpos\tendpos\tnMajor\tnMinor", "s\t{c}\t{a}\t{b}\t{major}\t{minor}"),
    "purple": (
        "chromosome\tstart\tend\tcopyNumber\tminorAlleleCopyNumber",
        "{c}\t{a}\t{b}\t{total}.03\t{minor}",
    ),
    "facets": ("chrom\tstart\tend\tnum.mark\ttcn.em\tlcn.em", "{c}\t{a}\t{b}\t90\t{total}\t{minor}"),
    "sequenza": (
        '"chromosome"\t"start.pos"\t"end.pos"\t"CNt"\t"A"\t"B"',
        '"{c}"\t{a}\t{b}\t{total}\t{major}\t{minor}',
    ),
    "purecn": ("ID,chrom,loc.start,loc.end,C,M", "s,{c},{a},{b},{total},{minor}"),
    "cnvkit": ("chromosome\tstart\tend\tcn\tcn1\tcn2", "{c}\t{before}\t{b}\t{total}\t{major}\t{minor}"),
}


@pytest.mark.realdata
@pytest.mark.parametrize("source", _LAYOUTS)
def test_published_scars_come_out_of_every_tools_layout(shared, tmp_path, source):
    lines = (shared / "data" / "cnv" / "scarhrd" / "test2.txt").read_text().splitlines()
    header, row = _LAYOUTS[source]
    path = tmp_path / "x.txt"
    with path.open("w") as handle:
        handle.write(header + "\n")
        for _, contig, start, end, total, first, second in (line.split("\t")[:7] for line in lines[1:]):
            major, minor = sorted((int(first), int(second)), reverse=True)
            cells = {"c": contig, "a": start, "b": end, "before": int(start) - 1}
            handle.write(row.format(**cells, total=total, major=major, minor=minor) + "\n")
    assert hrd_of_file(path, source, "GRCh38") == {
        "hrd_loh": 25,
        "hrd_lst": 33,
        "hrd_ntai": 35,
        "hrd_sum": 93,
    }
