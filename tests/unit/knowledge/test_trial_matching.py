import pytest

from oncoloom.errors import UsageError
from oncoloom.knowledge.trials.biomarkers import biomarkers_of, parse_conditions, read_biomarkers
from oncoloom.knowledge.trials.figures import figures_of
from oncoloom.knowledge.trials.matching import find_trials, fitting, make_query
from oncoloom.knowledge.trials.therapies import match_arm, read_therapy
from oncoloom.knowledge.trials.tumor_types import relate, todays_code


def search(tumor_type, biomarkers=(), therapies=(), line=None):
    return find_trials(make_query(tumor_type, read_biomarkers(biomarkers), therapies, line))


def fit(*question, **more):
    return fitting(search(*question, **more).matches)


def trials(matches):
    return list(dict.fromkeys(match.comparison.trial for match in matches))


def test_lung_with_egfr_t790m_is_aura3():
    first = fit("LUAD", ["EGFR T790M"])[0]
    assert first.comparison.trial == "AURA3"
    assert first.kind == "fits"
    assert first.comparison.experimental.therapy == "osimertinib"
    assert figures_of(first.comparison).ratio.ratio < 0.5
    assert fit("NSCLC", ["EGFR T790M"], ["osimertinib"])[0].comparison.trial == "AURA3"
    assert trials(fit("LUAD", ["EGFR T790M"], ["osimertinib", "platinum + pemetrexed"]))[0] == "AURA3"
    assert "ATTENTION" not in trials(fit("LUAD", ["EGFR T790M"]))  # EGFR wild type
    assert "KEYNOTE-024" not in trials(fit("LUAD", ["EGFR T790M"]))  # left EGFR out


def test_lung_with_high_pdl1_is_keynote_024():
    matches = fit("NSCLC", ["PD-L1 >= 50 %"])
    assert [m.comparison.curve for m in matches[:2]] == ["KEYNOTE024_2", "KEYNOTE024_1A"]
    assert figures_of(matches[0].comparison).ratio.ratio == pytest.approx(0.615, abs=1e-3)
    assert trials(fit("LUAD", ["PD-L1 60 %"], ["PD-1 inhibitor", "platinum chemotherapy"])) == ["KEYNOTE-024"]
    assert "KEYNOTE-024" not in trials(fit("NSCLC", ["PD-L1 20 %"]))
    unknown = next(m for m in fit("NSCLC") if m.comparison.trial == "KEYNOTE-024")
    assert unknown.kind == "fits in part"
    assert any("PD-L1" in text for text in unknown.unknowns)


def test_second_line_lung_nivolumab_or_docetaxel_is_checkmate_017_and_057():
    matches = fit("NSCLC", therapies=["nivolumab", "docetaxel"], line="2")
    assert set(trials(matches)) == {"CheckMate 017", "CheckMate 057"}
    assert len(matches) == 4
    for code, trial in (("LUSC", "CheckMate 017"), ("LUAD", "CheckMate 057")):
        mine = fit(code, therapies=["docetaxel", "nivolumab"], line="2")
        assert trials(mine) == [trial]
        assert all(m.kind == "fits" and m.swapped for m in mine)
    first_line = fit("LUSC", therapies=["nivolumab", "docetaxel"], line="1")
    assert all(m.kind == "fits in part" and m.mismatches for m in first_line)
    left = [
        m for m in search("LUAD", therapies=["nivolumab", "docetaxel"]).matches if m.kind == "does not fit"
    ]
    assert trials(left) == ["CheckMate 017"]


def test_colorectal_kras_decides_which_panitumumab_curves_fit():
    wild = fit("COADREAD", ["KRAS wild type"], ["panitumumab + FOLFIRI", "FOLFIRI"])
    assert [m.comparison.curve for m in wild] == ["20050181_2A", "20050181_1A"]
    mutated = fit("COAD", ["KRAS G12D"], ["panitumumab + FOLFIRI", "FOLFIRI"])
    assert [m.comparison.curve for m in mutated] == ["20050181_2B", "20050181_1B"]
    assert trials(fit("COADREAD", ["KRAS mutated"], ["panitumumab"])) == ["20050181"]
    assert {"20050181", "ASPECCT"} <= set(trials(fit("COADREAD", ["KRAS wt"], ["panitumumab"])))
    alone = fit("COADREAD", ["KRAS mutated"], ["panitumumab"])
    assert any("beside fluorouracil" in reason for reason in alone[0].reasons)  # the backbone is named
    assert not fit("COADREAD", ["KRAS wt"], ["panitumumab", "FOLFIRI"])  # nobody got panitumumab alone there


def test_breast_with_her2_leads_with_trials_of_her2():
    matches = fit("BRCA", ["HER2+"])
    selected = [m for m in matches if m.n_conditions_met]
    assert {"CLEOPATRA", "TH3RESA", "MARIANNE", "ALTTO", "NOAH"} <= set(trials(selected))
    assert matches[: len(selected)] == tuple(selected)
    assert not any(
        condition.marker == "HER2" and condition.value == "negative"
        for m in matches
        for condition in m.comparison.conditions
    )


@pytest.mark.parametrize("code", ["HGSOC", "OVARY", "PAAD", "MEL"])
def test_a_tumor_without_trials_gives_none(code):
    found = search(code)
    assert found.matches == ()
    assert found.left_out == {"other tumor type": 304}


def test_drugs_beside_those_asked_for_must_be_in_both_arms():
    # CLEOPATRA adds pertuzumab to trastuzumab + docetaxel: no comparison of pertuzumab with docetaxel.
    assert not fit("BRCA", ["HER2+"], ["pertuzumab", "docetaxel"])
    assert trials(
        fit("BRCA", ["HER2+"], ["pertuzumab + trastuzumab + docetaxel", "trastuzumab + docetaxel"])
    ) == ["CLEOPATRA"]
    assert "LUX-Breast 1" in trials(fit("BRCA", ["HER2+"], ["afatinib", "trastuzumab"]))


def test_tumor_types_relate_by_the_tree():
    assert relate("LUSC", ("NSCLC",), ("LUSC",)) == "other histology"
    assert relate("LUAD", ("NSCLC",), ("LUSC",)) == "within"
    assert relate("LUAD", ("LUSC",)) == "other histology"
    assert relate("NSCLC", ("LUSC",)) == "wider"
    assert relate("SCLC", ("NSCLC",)) == "other"
    assert relate("LUNG", ("PLMESO",)) == "other"
    assert todays_code("luad") == "LUAD"
    with pytest.raises(UsageError, match="OncoTree"):
        todays_code("NOSUCH")


@pytest.mark.parametrize(
    ("asked", "arm", "level"),
    [
        ("nivolumab", "nivolumab", 3),
        ("BMS-936558", "nivolumab", 3),
        ("PD-1 inhibitor", "nivolumab", 2),
        ("PD-1/PD-L1 inhibitor", "pembrolizumab", 2),
        ("pembrolizumab", "nivolumab", 2),
        ("immunotherapy", "nivolumab", 1),
        ("platinum chemotherapy", "cisplatin + pemetrexed", 2),
        ("cisplatin + pemetrexed", "platinum + pemetrexed", 2),
        ("cisplatin + pemetrexed", "platinum chemotherapy", 2),
        ("platinum + pemetrexed", "platinum chemotherapy", 2),
        ("pemetrexed", "platinum chemotherapy", 0),
        ("chemotherapy", "docetaxel", 1),
        ("docetaxel", "taxane", 2),
        ("xelox", "capecitabine + oxaliplatin", 3),
        ("nivolumab + ipilimumab", "nivolumab", 0),
        ("atezolizumab", "nivolumab", 1),
        ("unheard-of", "nivolumab", 0),
    ],
)
def test_level_of_a_therapy(asked, arm, level):
    assert match_arm(read_therapy(asked), read_therapy(arm))[0] == level


def test_questions_that_cannot_be_answered_are_errors():
    for bad, words in (
        ({"therapies": ["unheard-of"]}, "not known"),
        ({"therapies": ["a", "b", "c"]}, "one or two"),
        ({"line": "4"}, "line"),
        ({"biomarkers": ["whatever 7"]}, "not understood"),
        ({"biomarkers": ["HER2+", "HER2-"]}, "contradict"),
        ({"biomarkers": ["PD-L1 300"]}, "percentage"),
    ):
        with pytest.raises(UsageError, match=words):
            search("LUAD", **bad)


@pytest.mark.parametrize(
    ("text", "marker", "state"),
    [
        ("EGFR p.T790M", "EGFR", "mutated"),
        ("EGFR exon 19 deletion", "EGFR", "mutated"),
        ("EGFR exon 20 insertion", "EGFR", "exon 20 insertion"),
        ("EGFR wt", "EGFR", "wild type"),
        ("KRAS Q61H", "KRAS", "mutated"),
        ("ERBB2 amplification", "HER2", "positive"),
        ("HER2-negative", "HER2", "negative"),
        ("ER+", "HR", "positive"),
        ("triple negative", "HR", "negative"),
        ("ALK rearranged", "ALK", "positive"),
        ("MSI-H", "MSI", "high"),
        ("castration-resistant", "castration", "resistant"),
    ],
)
def test_texts_of_biomarkers(text, marker, state):
    assert read_biomarkers([text]).states[marker] == state


def test_biomarkers_of_sequencing_leave_open_what_was_not_seen():
    found = biomarkers_of(
        [("EGFR", "p.E746_A750del"), ("TP53", "p.R273H")],
        [("ERBB2", "amplification")],
        not_detected=[("KRAS", "small variant"), ("ALK", "fusion")],
        pdl1_percent=0.0,
        msi_status="MSS",
    )
    assert found.states == {
        "EGFR": "mutated", "HER2": "positive", "KRAS": "wild type", "ALK": "negative", "MSI": "stable",
    }  # fmt: skip
    condition = parse_conditions("EGFR T790M=mutated; PD-L1>=50; HR=positive; EGFR!=mutated")
    assert [found.check(one) for one in condition] == ["not known", "false", "not known", "false"]
    uncommon = biomarkers_of([("EGFR", "p.G719S")])
    assert uncommon.check(parse_conditions("EGFR=mutated")[0]) == "not known"
    assert biomarkers_of([("EGFR", "p.A767_V769dup")]).states["EGFR"] == "exon 20 insertion"
    assert biomarkers_of([("KRAS", "p.V14I")]).states == {}
