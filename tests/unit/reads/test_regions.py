import pysam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncoloom.errors import FaultList, InputError, ReferenceMismatchError
from oncoloom.reads.contig_style import other_style, rename_contigs, style_of
from oncoloom.reads.regions import (
    Region,
    intersect_regions,
    merge_regions,
    pad_regions,
    read_bed,
    tiles,
    whole_contigs,
)

LENGTHS = {"17": 1_000, "1": 500, "MT": 100}
ORDER = {name: number for number, name in enumerate(LENGTHS)}


def regions_strategy():
    return st.lists(
        st.builds(
            lambda contig, start, length: Region(contig, start, min(start + length, LENGTHS[contig])),
            st.sampled_from(["17", "1"]),
            st.integers(0, 499),
            st.integers(1, 300),
        ),
        max_size=20,
    )


def positions(regions):
    return {(one.contig, at) for one in regions for at in range(one.start, one.end)}


@given(regions_strategy())
def test_merged_regions_cover_the_same_bases_once(regions):
    merged = merge_regions(regions, ORDER)
    assert positions(merged) == positions(regions)
    assert sum(one.end - one.start for one in merged) == len(positions(regions))
    assert merged == sorted(merged, key=lambda one: (ORDER[one.contig], one.start))


@given(regions_strategy(), regions_strategy())
def test_intersection_is_that_of_the_sets(first, second):
    first, second = merge_regions(first, ORDER), merge_regions(second, ORDER)
    assert positions(intersect_regions(first, second)) == positions(first) & positions(second)


@given(regions_strategy(), st.integers(1, 130))
def test_tiles_are_disjoint_cover_and_end_on_the_grid(regions, tile_bp):
    merged = merge_regions(regions, ORDER)
    cut = list(tiles(merged, tile_bp))
    assert positions(cut) == positions(merged)
    assert sum(one.end - one.start for one in cut) == len(positions(merged))
    assert all(one.start // tile_bp == (one.end - 1) // tile_bp for one in cut)


@given(regions_strategy(), st.integers(0, 100))
def test_padding_stays_on_the_contig(regions, padding):
    expected = {
        (contig, near)
        for contig, at in positions(regions)
        for near in range(max(0, at - padding), min(LENGTHS[contig], at + padding + 1))
    }
    assert positions(pad_regions(regions, padding, LENGTHS)) == expected


def write_bed(tmp_path, text):
    path = tmp_path / "targets.bed"
    path.write_text(text)
    return path


def test_a_bed_is_joined_and_put_in_the_reference_order(tmp_path):
    bed = read_bed(
        write_bed(tmp_path, "#x\ntrack a\n1\t5\t9\tname\n17\t20\t30\n17\t10\t20\n17\t25\t28\n"), LENGTHS
    )
    assert bed.regions == (Region("17", 10, 30), Region("1", 5, 9))
    assert (bed.n_intervals, bed.n_bases, bed.n_renamed) == (4, 24, 0)


@pytest.mark.parametrize(
    "head",
    ["chrom\tchromStart\tchromEnd\n", "Chr\tStart\tStop\tGene\n", "\ufeff", 'browser x\ntrack name="a"\n'],
)
def test_what_programs_write_above_the_intervals_is_none(tmp_path, head):
    path = tmp_path / "targets.bed"
    path.write_bytes((head + "1\t5\t9\r\n").encode())
    assert read_bed(path, LENGTHS).regions == (Region("1", 5, 9),)


@pytest.mark.parametrize("lost", ["\v", "\f", "\x1c", "\0"])
def test_a_lost_line_feed_hides_no_interval(tmp_path, lost):
    path = tmp_path / "t.bed"
    path.write_text(f"# targets{lost}1\t100\t300\n1\t400\t500\n")
    with pytest.raises(InputError, match="control character") as error:
        read_bed(path, {"1": 1_000})
    assert error.value.record == "line 1"
    path.write_text("# targets\r\n1\t100\t300\r\n1\t400\t500\r\n", newline="")
    assert [one.start for one in read_bed(path, {"1": 1_000}).regions] == [100, 400]


def test_a_bgzipped_bed_without_its_end_is_refused(tmp_path):
    pysam.tabix_compress(str(write_bed(tmp_path, "1\t5\t9\n")), str(tmp_path / "a.bed.gz"))
    assert read_bed(tmp_path / "a.bed.gz", LENGTHS).n_bases == 4
    cut = tmp_path / "cut.bed.gz"
    cut.write_bytes((tmp_path / "a.bed.gz").read_bytes()[:-28])
    with pytest.raises(InputError, match="end-of-file marker"):
        read_bed(cut, LENGTHS)


def test_other_style_is_renamed_and_counted(tmp_path, caplog):
    bed = read_bed(write_bed(tmp_path, "chr1\t5\t9\nchrM\t1\t2\n17\t1\t2\n"), LENGTHS)
    assert {region.contig for region in bed.regions} == {"1", "MT", "17"}
    assert bed.n_renamed == 2
    assert "renamed" in caplog.text


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", InputError, "no intervals"),
        ("# nothing\n\n", InputError, "no intervals"),
        ("1 5 9\n", InputError, "line 1: not a BED line: its columns are separated by spaces"),
        ("1\t5\n", InputError, "line 1"),
        ("1\tx\t9\n", InputError, "whole numbers"),
        ("1\t1e2\t200\n", InputError, "whole numbers"),
        ("1\t1_0\t200\n", InputError, "whole numbers"),
        ("1\t1,000\t2,000\n", InputError, "whole numbers"),
        ("1\t5\t9\nchrom\tstart\tend\n", InputError, "line 2: start and end"),
        ("1\t9\t5\n", InputError, "end lies before the start"),
        ("1\t5\t5\n", InputError, "holds no base"),
        ("1\t-5\t5\n", InputError, "negative"),
        ("17\t5\t9\n1\t5\t501\n", InputError, "line 2: the interval ends behind its contig"),
        ("2\t5\t9\n", ReferenceMismatchError, "found:    2"),
        ("1\t9\t5\n1\tx\t5\n2\t1\t2\n", FaultList, "3 faults"),
    ],
)
def test_faulty_lines_are_named(tmp_path, text, error, words):
    with pytest.raises(error) as caught:
        read_bed(write_bed(tmp_path, text), LENGTHS)
    assert words in str(caught.value)
    assert "targets.bed" in str(caught.value)


def test_absent_and_broken_files(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_bed(tmp_path / "none.bed", LENGTHS)
    (tmp_path / "x.bed.gz").write_bytes(b"\x1f\x8b\x08\x00")
    with pytest.raises(InputError, match="not a readable BED"):
        read_bed(tmp_path / "x.bed.gz", LENGTHS)


def test_whole_contigs_leave_empty_ones_out():
    assert whole_contigs({"a": 5, "b": 0}) == [Region("a", 0, 5)]


def test_styles():
    assert [other_style(name) for name in ("chr1", "1", "chrM", "MT", "chrX")] == [
        "1",
        "chr1",
        "MT",
        "chrM",
        "X",
    ]
    assert (style_of(["chr1"]), style_of(["1"]), style_of(["1", "chr2"])) == (
        "chr1 style",
        "1 style",
        "mixed",
    )
    assert rename_contigs(["chr1", "17", "9"], LENGTHS) == ({"chr1": "1", "17": "17"}, 1)
