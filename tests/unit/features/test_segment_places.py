"""Places and samples of segment files: builds, ends of chromosomes, overlaps, counting from 0."""

import pytest

from oncoloom.errors import FaultList, InputError, UsageError
from oncoloom.features.segment_files.door import import_segments

_SEG = "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\n"
_END_37, _END_38 = 249_250_621, 248_956_422  # of chromosome 1


@pytest.fixture
def read(tmp_path):
    def _read(text, source="seg", **options):
        path = tmp_path / "x.seg"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return import_segments(path, source, **options)

    return _read


def one(end, chrom="1", sample="a", start=1, level="0.2"):
    return f"{sample}\t{chrom}\t{start}\t{end}\t5\t{level}\n"


@pytest.mark.parametrize(
    ("end", "declared", "build"),
    [
        (_END_37, None, "GRCh37"),
        (_END_37, "GRCh37", "GRCh37"),
        (_END_38, None, None),
        (_END_38, "GRCh38", "GRCh38"),
        (400_000_000, "other", None),
    ],
)
def test_the_build_is_the_one_that_holds_all_segments(read, end, declared, build):
    assert read(_SEG + one(end), genome_build=declared).genome_build == build


def test_the_other_build_is_named_where_it_fits(read):
    with pytest.raises(InputError) as caught:
        read(_SEG + one(100) + one(_END_37, start=200), genome_build="GRCh38")
    for word in ("line 3", "contig 1", str(_END_38), str(_END_37), "all segments fit GRCh37"):
        assert word in str(caught.value)


def test_a_segment_past_both_builds_is_refused_with_its_line(read):
    with pytest.raises(
        InputError, match=r"line 2, contig chr21.*runs past the end(?s:.)*46709983 \(GRCh38\)"
    ):
        read(_SEG + one(60_000_000, "chr21"))
    with pytest.raises(FaultList, match="2 segments run past"):
        read(_SEG + one(60_000_000, "21") + one(70_000_000, "22"))


def test_overlaps_are_refused_with_both_lines(read):
    with pytest.raises(InputError) as caught:
        read(_SEG + one(5000, "7", start=1000) + one(900, "7") + one(9000, "chr7", start=4000))
    for word in ("line 4", "line 2", "4000 to 9000", "one solution"):
        assert word in str(caught.value)
    assert read(_SEG + one(5000, "7", "a") + one(5000, "7", "b")).tally.kept == 2


def test_two_levels_of_one_place_are_an_overlap_and_no_repeat(read):
    with pytest.raises(InputError, match="overlap"):
        read(_SEG + one(5000, "7") + one(5000, "7", level="0.4"))


def test_starts_count_as_the_neighbors_show(read):
    from_zero = _SEG + one(100, start=0) + one(250, start=100) + one(300, start=250)
    found = read(from_zero)
    assert found.frame["start"].to_list() == [0, 100, 250]
    assert found.tally.filtered["starts counted from 0, as segments at 0 show: kept"] == 3
    assert read(_SEG + one(100) + one(250, start=101)).frame["start"].to_list() == [0, 100]
    header = "chromosome\tstart\tend\tgene\tlog2\n"
    kit = header + "1\t1\t100\t-\t0.1\n1\t101\t250\t-\t0.2\n1\t251\t300\t-\t0.1\n"
    assert read(kit, "cnvkit").frame["start"].to_list() == [0, 100, 250]
    assert read(header + "1\t0\t100\t-\t0.1\n1\t100\t250\t-\t0.2\n", "cnvkit").frame["start"].to_list() == [
        0,
        100,
    ]


def test_of_several_samples_one_is_taken_by_its_name(read):
    text = _SEG + one(100, sample="004") + one(200, sample="4")
    found = read(text, sample_id="4", patient_id="P1")
    assert found.frame.select("patient_id", "sample_id", "end").rows() == [("P1", "4", 200)]
    assert found.tally.filtered["segments of other samples"] == 1
    with pytest.raises(InputError, match="no segments of this sample"):
        read(text, sample_id="04")
    with pytest.raises(UsageError, match="2 samples, and one patient"):
        read(text, patient_id="P1")


def test_one_sample_gets_the_name_asked_for(read):
    found = read(_SEG + one(100, sample="aliquot-7"), sample_id="T01")
    assert found.frame["sample_id"].to_list() == ["T01"]
    assert "taken as T01" in found.notes[0]
    with pytest.raises(InputError, match="line 3"):
        read(_SEG + one(100) + one(200, sample=""))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (_SEG.replace("seg.mean", "value") + one(9), ["column is missing", "seg.mean"]),
        (one(9) + one(9, "2"), ["header is missing", "line 1"]),
        (_SEG.replace("num.mark", "seg.mean") + one(9), ["comes twice"]),
        (_SEG + one(9, level="NA"), ["no segment has a level"]),
        (_SEG + one("1,5"), ["line 2", "whole coordinates"]),
        (b"PK\x03\x04rest", ["workbook", "tab-separated"]),
        (b"\x00\x01\x02", ["not a readable text file", "byte 0"]),
        (b"\x1f\x8b\x08cut", ["not a readable text file"]),
        (b"", ["empty"]),
        ("ID chrom loc.start loc.end seg.mean\n" + "a" * 200_000 + " 1 1 9 0.1\n", ["not a readable table"]),
        (_SEG, ["no segment in this file"]),
    ],
)
def test_files_that_hold_no_segments_say_why(read, text, words):
    with pytest.raises(InputError) as caught:
        read(text)
    for word in ("x.seg", *words):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "Sample\tChromosome\tStart Position\tEnd Position\tNum markers\tSeg.CN\na\t7\t1\t100\t5\t0.5\n",
        "Sample\tChromosome\tStart.bp\tEnd.bp\tNum.Markers\tSeg.CN\na\t7\t1\t100\t5\t0.5\n",
        'ID chrom loc.start loc.end num.mark seg.mean\n"a" "7" 1 100 5 0.5\n',
        "ID;chrom;loc.start;loc.end;num.mark;seg.mean\na;7;1;100;5;0.5\n",
        _SEG + "a\t7\t1\t100\t5\t0.5\n" + _SEG,
        (_SEG + "a\t7\t1\t100\t5\t0.5\n").replace("\n", "\r"),
        (_SEG + "a\t7\t1\t100\t5\t0.5\n").encode("utf-16"),
    ],
    ids=["GISTIC", "Firehose", "blanks of R", "semicolons", "header again", "old Mac", "UTF-16"],
)
def test_more_spellings_of_one_segment(read, text):
    (row,) = read(text).frame.to_dicts()
    assert (row["sample_id"], row["chrom"], row["start"], row["end"]) == ("a", "7", 0, 100)
    assert (row["n_bins"], row["log2"]) == (5, 0.5)


def test_a_name_with_blanks_stands_in_quotes(read):
    text = 'ID chrom loc.start loc.end num.mark seg.mean\n"my tumor" 7  1 100 5 0.5\n'
    assert read(text).frame.select("sample_id", "end").rows() == [("my tumor", 100)]


def test_latin_1_names_are_read_and_said(read, caplog):
    assert read((_SEG + one(9, sample="Jürgen-T")).encode("latin-1")).frame["sample_id"][0] == "Jürgen-T"
    assert "line 2: not UTF-8" in caplog.text


def test_facets_sequenza_and_gatk(read):
    facets = (
        "chrom\tseg\tnum.mark\tnhet\tcnlr.median\tmafR\tsegclust\tcnlr.median.clust\tmafR.clust\tstart\tend\t"
        "cf.em\ttcn.em\tlcn.em\n23\t1\t900\t60\t-0.4\t0.1\t2\t-0.4\t0.1\t1\t5000000\t0.6\t1\tNA\n"
    )
    (row,) = read(facets, "facets").frame.to_dicts()
    assert (row["chrom"], row["log2"], row["total_cn"], row["minor_cn"]) == ("X", -0.4, 1, None)
    sequenza = (
        '"chromosome"\t"start.pos"\t"end.pos"\t"Bf"\t"N.BAF"\t"sd.BAF"\t"depth.ratio"\t"N.ratio"\t"sd.ratio"\t'
        '"CNt"\t"A"\t"B"\t"LPP"\n"chr1"\t1\t5000000\t0.2\t90\t0.1\t0.5\t800\t0.2\t1\t1\t0\t-7.1\n'
    )
    (row,) = read(sequenza, "sequenza").frame.to_dicts()
    assert (row["log2"], row["total_cn"], row["minor_cn"], row["baf"]) == (-1, 1, 0, 0.2)
    gatk = (
        "@HD\tVN:1.6\n@RG\tID:x\tSM:T1\nCONTIG\tSTART\tEND\tNUM_POINTS_COPY_RATIO\tMEAN_LOG2_COPY_RATIO\tCALL\n"
        "chr1\t1\t5000000\t800\t-0.3\t-\n"
    )
    (row,) = read(gatk, "gatk").frame.to_dicts()
    assert (row["start"], row["n_bins"], row["log2"]) == (0, 800, -0.3)


def test_copies_far_below_zero_are_null_and_noise_around_zero_is_zero(read):
    header = "chromosome\tstart\tend\tcopyNumber\tminorAlleleCopyNumber\n"
    found = read(header + "1\t1\t9\t-0.13\t0\n1\t10\t20\t-3\t0\n1\t21\t30\t2\t1\n", "purple")
    assert found.frame["total_cn"].to_list() == [0, None, 2]
    assert found.tally.filtered["negative copies: null, kept"] == 1
