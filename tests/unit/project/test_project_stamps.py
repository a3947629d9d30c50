"""Stamps of inputs: content counts, dates do not."""

import os

from hypothesis import given
from hypothesis import strategies as st

from oncoloom.project.stamps import EDGE_BYTES, content_stamp


def test_the_date_does_not_count_and_the_content_does(tmp_path):
    file = tmp_path / "a.vcf"
    file.write_text("30,10:40\n")
    before = content_stamp([file])
    os.utime(file, (0, 0))
    assert content_stamp([file]) == before
    file.write_text("20,20:40\n")
    os.utime(file, (0, 0))
    assert content_stamp([file]) != before
    assert content_stamp([tmp_path / "absent"]) != before


@given(st.integers(0, 2 * EDGE_BYTES - 1))
def test_any_byte_of_a_file_of_two_edges_counts(tmp_path_factory, place):
    file = tmp_path_factory.mktemp("stamp") / "x"
    content = bytearray(2 * EDGE_BYTES)
    file.write_bytes(content)
    before = content_stamp([file])
    content[place] = 1
    file.write_bytes(content)
    assert content_stamp([file]) != before


def test_the_end_of_a_long_file_counts(tmp_path):
    file = tmp_path / "x"
    file.write_bytes(bytes(5 * EDGE_BYTES))
    before = content_stamp([file])
    file.write_bytes(bytes(5 * EDGE_BYTES - 1) + b"x")
    assert content_stamp([file]) != before
