"""Curves, oncoplot and copy number: the drawing says the figures, and nothing leaves it."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncoloom.report.change_model import ChangedGene, FoundChange, KnownResidue
from oncoloom.report.genome_model import Dots, Genome, Segment
from oncoloom.report.model import Interval, Measure
from oncoloom.report.plots.copy_number import copy_number_plot
from oncoloom.report.plots.crowding import evenly_spaced
from oncoloom.report.plots.histogram import tmb_histogram
from oncoloom.report.plots.intervals import interval_row, measure_plot
from oncoloom.report.plots.kaplan_meier import kaplan_meier_plot, product_limit
from oncoloom.report.plots.lollipop import lollipop
from oncoloom.report.plots.oncoplot import MAX_COLUMNS, Column, Group, oncoplot, shares
from oncoloom.report.plots.state_rule import state_rule
from oncoloom.report.svg import DARK, PALETTE, Drawing, class_rules

PATIENTS = st.lists(st.tuples(st.integers(1, 60), st.booleans(), st.integers(0, 20)), min_size=1, max_size=40)


def naive_survival(patients, day):
    """Kaplan-Meier by its definition: one factor for each day with an event."""
    survival = 1.0
    for now in range(1, day + 1):
        at_risk = sum(entry < now <= time for time, _, entry in patients)
        deaths = sum(time == now and happened for time, happened, _ in patients)
        if deaths:
            survival *= 1 - deaths / at_risk
    return survival


@given(PATIENTS)
def test_product_limit_is_the_definition(patients):
    patients = [(time, happened, min(entry, time - 1)) for time, happened, entry in patients]
    curve = product_limit(
        "a", [p[0] for p in patients], [int(p[1]) for p in patients], [p[2] for p in patients]
    )
    for day in (1, 7, 30, 60):
        assert curve.at(day) == pytest.approx(naive_survival(patients, day))
        assert curve.at_risk(day) == sum(entry <= day <= time for time, _, entry in patients)


@given(st.lists(PATIENTS, min_size=1, max_size=4))
def test_curves_of_any_shape_are_drawn_with_their_names(groups):
    curves = [
        product_limit(f"therapy {at}", [30 * p[0] for p in rows], [int(p[1]) for p in rows])
        for at, rows in enumerate(groups)
    ]
    text = kaplan_meier_plot(curves, "Alive by therapy").inline()
    ET.fromstring(text)
    assert all(f">therapy {at}</text>" in text for at in range(len(groups)))


def test_a_curve_without_events_stays_at_one():
    curve = product_limit("a", [100, 200], [0, 0])
    assert (curve.at(300), curve.days, curve.last) == (1.0, (), 200.0)


def test_deaths_on_day_zero_are_a_share_of_all():
    curve = product_limit("a", [0, 0, 0, 50, 100, 200, 300, 400, 500, 600], [1, 1, 0, 0, 0, 0, 1, 0, 0, 0])
    assert curve.at(0) == pytest.approx(0.8)
    assert curve.at(300) == pytest.approx(0.8 * 3 / 4)
    late = product_limit("b", [0, 90, 100, 100], [1, 1, 0, 0], [None, None, 90, 50])
    assert late.at(0) == pytest.approx(1 / 2)
    assert late.at(90) == pytest.approx(1 / 2 * 1 / 2)


def test_oncoplot_shares_are_of_the_assessable():
    missing, hit, clean = frozenset({"not assessable"}), frozenset({"missense"}), frozenset()
    columns = tuple(Column(5.0, {"TP53": kinds}) for kinds in (missing, hit, clean, hit))
    groups = [Group("a", columns)]
    assert shares(groups, "TP53") == (2, 3)
    text = oncoplot(groups, ["TP53"]).inline()
    assert ">67 %</text>" in text
    assert "stroke-dasharray" in text
    assert "TP53 altered in 2 of 3" in text


def interval(**fields):
    base = {
        "estimate": 0.58,
        "lo90": 0.44,
        "hi90": 0.71,
        "lo50": 0.52,
        "hi50": 0.63,
        "observed": 0.61,
        "n_similar": 212,
    }
    return Interval(**(base | fields), text="58 % (44–71)", observed_text="61 % of 212 similar")


def test_interval_marks_stand_at_their_percentages():
    text = interval_row(interval(), alt="Said.").inline()
    assert 'x1="44.00%"' in text
    assert 'x2="71.00%"' in text
    assert 'cx="61.00%"' in text
    assert text.count("58.00%") == 2


@pytest.mark.parametrize("fields", [{"n_similar": 4}, {"observed": None}])
def test_no_ring_for_few_or_unknown(fields):
    assert "<circle" not in interval_row(interval(**fields), alt="Said.").inline()


def test_values_outside_the_axis_stay_inside():
    text = interval_row(interval(lo90=-0.1, hi90=1.2), alt="Said.").inline()
    assert all(0 <= float(value) <= 100 for value in re.findall(r'x[12]="([-\d.]+)%"', text))


@pytest.mark.parametrize("value", [0.0, 36.67, 79.9, 100.0])
def test_measure_is_drawn_with_its_limit(value):
    measure = Measure(
        label="Identity", value=value, limit=80, unit="%", better="higher", alt="Identity below."
    )
    text = measure_plot(measure).inline()
    assert "limit 80 %" in text
    assert f"these samples {value:.0f} %" in text


def genome(**fields):
    segments = (
        Segment(chrom="1", start=0, end=100, copies=2.0, log2=0.0, baf=0.5),
        Segment(chrom="2", start=0, end=50, copies=14.0, log2=2.8, baf=0.1, genes=("MET", "EGFR")),
        Segment(chrom="2", start=50, end=60, copies=None, log2=None, baf=None),
    )
    base = {
        "available": True,
        "text": "",
        "unit": "copies",
        "segments": segments,
        "marked_genes": ("MET",),
        "alt": "Gain.",
    }
    return Genome(**(base | fields))


def test_copy_number_names_only_marked_genes_and_caps_the_axis():
    text = copy_number_plot(genome()).inline()
    assert ">MET 14</text>" in text
    assert "EGFR" not in text
    assert min(float(y) for y in re.findall(r'y1="([\d.]+)"', text)) >= 20


def test_dots_lie_inside_the_axes_and_those_of_an_unknown_contig_nowhere():
    bins = (Dots(chrom="2", at=(0, 30, 50), value=(14.0, -1.0, 3.0)), Dots(chrom="9", at=(1,), value=(2.0,)))
    hets = (Dots(chrom="1", at=(10, 90), value=(0.4, 1.0)),)
    text = copy_number_plot(genome(bins=bins, hets=hets)).inline()
    paths = re.findall(r'<path d="((?:M[\d.]+ [\d.]+h1\.3)+)"', text)
    assert [path.count("M") for path in paths] == [3, 2]
    heights = [float(y) for y in re.findall(r"M[\d.]+ ([\d.]+)h", paths[0])]
    assert heights == [26.0, 194.0, pytest.approx(143.6)]


def test_low_purity_narrows_the_baf_axis_and_says_so():
    assert "axis 0.2 to 0.8" in copy_number_plot(genome(purity=0.2)).inline()
    assert "axis 0.2 to 0.8" not in copy_number_plot(genome(purity=0.5)).inline()


@given(st.lists(st.floats(0, 600), min_size=1, max_size=60))
def test_histogram_counts_everybody(values):
    text = tmb_histogram(values).inline()
    ET.fromstring(text)
    assert f"TMB of {len(values)} patients" in text


@pytest.mark.parametrize("state", ["draft", "reviewed", "signed", "amended", "stopped", "plain"])
def test_every_state_has_its_own_rule(state):
    others = {
        state_rule(name).inline() for name in ("draft", "reviewed", "signed", "amended", "stopped", "plain")
    }
    assert state_rule(state).inline() in others
    assert len(others) == 6


def test_no_such_state():
    with pytest.raises(ValueError, match="no such state"):
        state_rule("lost")


def test_text_is_escaped():
    drawing = Drawing(10, 10, 'says "<a>"')
    drawing.text(0, 0, "<b>&")
    root = ET.fromstring(drawing.standalone())
    assert root.get("aria-label") == 'says "<a>"'
    assert root[-1].text == "<b>&"


def luminance(code):
    channels = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("palette", [PALETTE, DARK])
@pytest.mark.parametrize("name", ["ink", "grey"])
def test_text_colors_are_readable(palette, name):
    light, dark = sorted((luminance(palette["paper"]), luminance(palette[name])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_text_is_ink_or_grey():
    fills = set(re.findall(r"\.t[i]?\{fill:(#\w+)", class_rules()))
    assert fills == {PALETTE["ink"], PALETTE["grey"]}


def test_histogram_has_round_counts_and_no_crowded_numbers():
    values = [5.0] * 108 + [0.4] * 60 + [480.0]
    text = tmb_histogram(values).inline()
    assert "120 patients" in text
    assert ">30<" in text
    numbers = [(float(x), name) for x, name in re.findall(r'<text x="([\d.]+)" y="203"[^>]*>([\d.]+)<', text)]
    assert len(numbers) > 4
    assert all(b[0] - a[0] >= 24 for a, b in pairwise(numbers))


def test_oncoplot_of_a_large_cohort_draws_both_arms_and_counts_all():
    altered, plain = Column(None, {"KRAS": frozenset({"altered"})}), Column(None, {})
    groups = [Group("a", (altered,) * 100 + (plain,) * 325), Group("b", (altered,) * 25 + (plain,) * 400)]
    text = oncoplot(groups, ["KRAS"]).inline()
    assert text.count(">425</text>") == 2
    assert ">15 %</text>" in text
    drawn = [evenly_spaced(group.columns, 850, MAX_COLUMNS) for group in groups]
    assert [len(columns) for columns in drawn] == [130, 130]
    assert [sum(bool(column.seen) for column in columns) for columns in drawn] == [31, 8]


def _changed(found, known=(), length=500):
    return ChangedGene(
        gene="KRAS",
        length=length,
        known=tuple(KnownResidue(residue=at, n_tumors=n) for at, n in known),
        found=tuple(FoundChange(residue=at, name=name, n_tumors=0) for at, name in found),
    )


@given(
    st.lists(
        st.tuples(st.integers(1, 500), st.sampled_from(["p.G12D", "p.E746_A750del"])), min_size=1, max_size=12
    ),
    st.sampled_from([None, 500]),
)
def test_names_of_changes_meet_neither_each_other_nor_the_edge(found, length):
    drawing = lollipop(_changed(sorted(found), [(1, 1), (500, 3000)], length))
    places: dict[float, list[tuple[float, float]]] = {}
    for x, y, words in re.findall(
        r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="start" class="t ti b">([^<]*)', drawing.inline()
    ):
        places.setdefault(float(y), []).append((float(x), float(x) + 7.2 * len(words)))
    assert sum(map(len, places.values())) == len(found)
    for spans in places.values():
        assert all(left >= 0 and right <= 658 + 0.01 for left, right in spans)
        assert all(before[1] < after[0] for before, after in pairwise(sorted(spans)))


def test_a_residue_beyond_the_known_length_stretches_the_bar():
    drawing = lollipop(_changed([(900, "p.G900D")]))
    assert "900 residues" in drawing.inline()
