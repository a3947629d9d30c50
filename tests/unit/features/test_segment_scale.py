"""The scale of segment levels: told by what no tumor can show, by a cohort, or said to be unknown."""

from math import log2, log10

import numpy as np
import pytest

from oncoloom.errors import InputError, UsageError
from oncoloom.features.segment_files.door import import_segments
from oncoloom.features.segment_files.scale import as_log2

_SEG = "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\n"
_ARM = 60_000_000
LOG10_OF_2 = log10(2)


def tumor(name, purity, copies, factor=1.0, ploidy=2):
    """Lines of a genome with one arm-sized segment per entry of `copies`, in log2 times `factor`."""
    lines = []
    for n, total in enumerate(copies):
        ratio = (purity * total + 2 * (1 - purity)) / (purity * ploidy + 2 * (1 - purity))
        chrom, start = 1 + n // 2, 1 + (n % 2) * (_ARM + 1)
        lines.append(
            f"{name}\t{min(chrom, 15)}\t{start}\t{start + _ARM - 1}\t900\t{factor * log2(ratio):.4f}\n"
        )
    return "".join(lines)


ALTERED = [2, 1, 3, 2, 2, 2, 1, 3, 2, 2, 2, 2, 2, 2, 2, 2, 4, 2, 2, 2, 2, 2]
QUIET = [2] * 22


@pytest.fixture
def read(tmp_path):
    def _read(text, source="seg", **options):
        path = tmp_path / "x.seg"
        path.write_text(text)
        return import_segments(path, source, **options)

    return _read


@pytest.fixture
def cohort():
    """Twelve tumors of purities as biopsies have them."""
    purities = np.random.default_rng(1).uniform(0.3, 0.9, 12)

    def _cohort(factor=1.0):
        return _SEG + "".join(tumor(f"t{n}", a, ALTERED, factor) for n, a in enumerate(purities))

    return _cohort


def test_a_log10_cohort_is_not_taken_for_log2(read, cohort):
    with pytest.raises(InputError) as caught:
        read(cohort(LOG10_OF_2))
    for word in ("x.seg", "tumor purities of", "--scale log10", "fit log10 better"):
        assert word in str(caught.value)
    declared = read(cohort(LOG10_OF_2), scale="log10")
    right = read(cohort())
    assert declared.frame["log2"].to_list() == pytest.approx(right.frame["log2"].to_list(), abs=4e-4)
    assert declared.scale.basis == "declared"
    assert right.scale.basis == "evidence"
    assert right.notes == declared.notes == []


def test_a_declared_scale_that_only_looks_odd_is_kept_with_a_warning(read, cohort, caplog):
    found = read(cohort(LOG10_OF_2), scale="log2")
    assert found.frame["log2"].min() > -0.3
    assert "tumor purities of" in found.notes[0]
    assert "tumor purities of" in caplog.text


def test_a_quiet_genome_cannot_tell_its_scale_and_says_so(read):
    found = read(_SEG + tumor("t", 0.6, QUIET))
    assert (found.scale.scale, found.scale.basis) == ("log2", "assumed")
    assert "do not tell whether they are log2 or log10" in found.notes[0]
    assert found.metadata()["scale_basis"] == "assumed"
    assert read(_SEG + tumor("t", 0.6, QUIET), scale="log2").notes == []


@pytest.mark.parametrize("scale", ["log2", "log10", "ln", "ratio", None])
def test_copies_are_no_ratios(read, scale):
    lines = [line.split("\t") for line in tumor("t", 0.6, QUIET).splitlines()]
    whole = _SEG + "".join("\t".join([*cells[:-1], f"{n % 3 + 1}"]) + "\n" for n, cells in enumerate(lines))
    with pytest.raises(InputError, match=r"say --scale copies|--scale ratio or copies") as caught:
        read(whole, scale=scale)
    assert "x.seg" in str(caught.value)
    measured = whole.replace("\t2\n", "\t2.04\n").replace("\t1\n", "\t1.12\n").replace("\t3\n", "\t2.9\n")
    with pytest.raises(InputError, match="--scale copies"):
        read(measured, scale=scale)
    found = read(measured, scale="copies").frame
    assert found["log2"].null_count() == found.height
    assert sorted(set(found["total_cn"])) == [1.12, 2.04, 2.9]


def test_ratios_are_no_logarithms_and_zero_is_no_coverage(read):
    text = _SEG + tumor("t", 0.6, QUIET).replace("\t0.0000\n", "\t1.02\n")
    with pytest.raises(InputError, match="--scale ratio"):
        read(text)
    found = read(text + "t\t16\t1\t90000\t40\t0\nt\t17\t1\t9000000\t400\t2\n", scale="ratio")
    assert found.frame["log2"].to_list()[-2:] == [None, 1.0]
    assert found.tally.filtered["a ratio of 0 means no coverage: null, kept"] == 1


@pytest.mark.parametrize(
    ("level", "scale", "words"),
    [
        ("-0.4", "copies", "below 0"),
        ("-0.4", "ratio", "below 0"),
        ("2.5", "log10", "316 times"),
        ("-2.4", "log10", "line 24"),
        ("5.1", "ln", "--scale log2"),
        ("8.5", "log2", "362 times"),
    ],
)
def test_what_a_scale_cannot_hold_is_refused_with_its_line(read, level, scale, words):
    with pytest.raises(InputError) as caught:
        read(_SEG + tumor("t", 0.6, ALTERED) + f"t\t16\t1\t9000000\t400\t{level}\n", scale=scale)
    assert words in str(caught.value)


def test_calls_are_no_levels(read):
    text = _SEG + "".join(
        f"t\t{n}\t1\t90000000\t40\t{level}\n" for n, level in enumerate([-2, -1, 0, 1, 2], 1)
    )
    with pytest.raises(InputError, match="calls, no measured levels"):
        read(text)


def test_levels_must_lie_on_a_line_over_the_files_own_copies(read):
    copies = [1, 2, 3, 4, 2, 2, 5, 2]
    rows = [(n, c, log2((0.7 * c + 0.6) / 2)) for n, c in enumerate(copies, start=1)]
    header = "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\tC\tM\n"

    def text(factor):
        return header + "".join(f"t\t{n}\t1\t60000000\t900\t{x * factor:.4f}\t{c}\t0\n" for n, c, x in rows)

    assert read(text(1.0), "purecn").scale.basis == "format"
    with pytest.raises(InputError, match="lie on a line only as log10"):
        read(text(LOG10_OF_2), "purecn")


def test_a_clipped_file_is_said_to_be_clipped(read):
    text = _SEG + "".join(
        f"t\t{n % 22 + 1}\t{n * 1000 + 1}\t{n * 1000 + 900}\t9\t{max(-1.2929, -0.03 * n)}\n"
        for n in range(60)
    )
    assert any("share the lowest level -1.2929" in note for note in read(text).notes)


def test_a_scale_is_asked_of_levels_only(read):
    with pytest.raises(UsageError, match="no levels"):
        read("sample\tchr\tstartpos\tendpos\tnMajor\tnMinor\nA\t1\t1\t50\t1\t1\n", "ascat", scale="log2")
    with pytest.raises(UsageError, match="unknown scale"):
        read(_SEG, scale="log3")


def test_bases_agree():
    assert as_log2(LOG10_OF_2, "log10") == pytest.approx(1)
    assert as_log2(0.6931471805599453, "ln") == pytest.approx(1)
    assert as_log2(0.0, "ratio") is None


@pytest.mark.realdata
def test_public_files_of_both_scales(shared):
    folder = shared / "data" / "cnv" / "cnvkit"
    with pytest.raises(InputError, match="log10 better"):
        import_segments(folder / "acgh-log10.seg.gz", "seg")
    found = import_segments(folder / "acgh-log10.seg.gz", "seg", scale="log10")
    assert (found.tally.kept, found.notes) == (10527, [])
    with pytest.raises(InputError, match="times the normal copies"):
        import_segments(folder / "p2-9_2.call.cns", "cnvkit", scale="log10")
    sixteen = import_segments(shared / "data/clinical/tcga_laml/LAML_CBS_segments.tsv.gz", "seg")
    assert any("lowest level -1.29289" in note for note in sixteen.notes)
