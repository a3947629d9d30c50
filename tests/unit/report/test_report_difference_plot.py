"""Differences on one axis: where marks stand, what the ends say, and that no label meets another."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncoloom.report.difference_model import ShownDifference
from oncoloom.report.plots.differences import LETTER_PX, Axis, Look, difference_axis, differences_plot

LOOK = Look(width=377.0, row=36.0, is_lead_bold=True)
share = st.floats(-100, 100)


def row(value, lower=None, upper=None, **cells):
    return ShownDifference(
        label="This patient, 90 %", value=value, lower=lower, upper=upper, text="+1", **cells
    )


def draw(rows, names=("new drug", "old drug"), look=LOOK):
    return differences_plot(rows, names, "A sentence.", difference_axis(rows, look.width), look)


@pytest.mark.parametrize("width", [262.0, 377.0])
@given(ends=st.lists(share, min_size=3, max_size=3).map(sorted))
def test_the_axis_holds_every_interval_and_both_sides_of_zero(width, ends):
    axis = difference_axis([row(ends[1], ends[0], ends[2])], width)
    assert axis.low <= min(ends[0], -axis.step) < 0 < max(ends[2], axis.step) <= axis.high
    ticks = axis.ticks()
    assert 0 in ticks
    assert (ticks[0], ticks[-1]) == (axis.low, axis.high)
    middles = [width * (tick - axis.low) / (axis.high - axis.low) for tick in ticks]
    reach = [LETTER_PX * len(f"{tick:+.0f}") for tick in ticks]
    middles[0], middles[-1] = middles[0] + reach[0] / 2, middles[-1] - reach[-1] / 2  # turned inward
    for (left, a), (right, b) in pairwise(zip(middles, reach, strict=True)):
        assert right - left > (a + b) / 2


def test_marks_stand_at_their_values():
    drawing = draw([row(20, 0, 40), row(-40, -60, -20, randomized=True)])
    axis = Axis(-60, 40, 20)
    at = {
        value: f"{377 * (value + 60) / 100:.2f}".rstrip("0").rstrip(".")
        for value in (-60, -40, -20, 0, 20, 40)
    }
    assert difference_axis([row(20, 0, 40), row(-40, -60, -20)], 377.0) == axis
    parts = "".join(drawing.parts)
    assert f'<line x1="{at[0]}" y1="24" x2="{at[40]}" y2="24" class="s-ink" stroke-width="1.4"/>' in parts
    assert f'<line x1="{at[20]}" y1="17" x2="{at[20]}" y2="31" class="s-ink" stroke-width="2.4"/>' in parts
    assert f'<line x1="{at[-60]}" y1="60" x2="{at[-20]}" y2="60" class="s-ink" stroke-width="1.4"/>' in parts
    assert parts.count("<circle") == 1
    assert f'<circle cx="{at[-40]}" cy="60"' in parts
    zeros = re.findall(rf'<line x1="{at[0]}" y1="\d+" x2="{at[0]}" [^>]*class="s-ink"', parts)
    assert len(zeros) == 2  # one in each row


def test_the_better_therapy_stands_at_its_end():
    parts = draw([row(5)]).parts
    assert '<text x="377" y="68" text-anchor="end" class="t">new drug better</text>' in parts
    assert '<text x="0" y="68" text-anchor="start" class="t">old drug better</text>' in parts


def test_long_names_take_two_lines_and_never_meet():
    names = ("bevacizumab + atezolizumab + carboplatin + paclitaxel", "osimertinib, then " + "x" * 80)
    drawing = draw([row(5)], names)
    words = [re.sub("<.*?>", "", part) for part in drawing.parts if 'y="68"' in part or 'y="82"' in part]
    assert words[:2] == ["osimertinib, then", "xxxxxxxxxxxxxxxxxxxxxxxxxxx…"]
    assert all(len(line) * LETTER_PX < 377 / 2 for line in words)
    assert drawing.height > draw([row(5)]).height


def test_names_cut_to_the_same_are_called_first_and_second():
    drawing = draw([row(5)], ("y" * 90 + "1", "y" * 90 + "2")).inline()
    assert ">first better<" in drawing
    assert ">second better<" in drawing


def test_only_the_lead_is_bold_where_asked():
    lead = draw([row(5), row(6)]).inline()
    every = draw([row(5), row(6)], look=Look(width=377.0, row=36.0)).inline()
    assert lead.count(">This patient, 90 %<") == every.count(">This patient, 90 %<") == 2
    assert len(re.findall('class="t ti b"[^<]*>This patient', lead)) == 1
    assert len(re.findall('class="t ti b"[^<]*>This patient', every)) == 2
