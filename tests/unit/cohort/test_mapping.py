import pytest

from oncoloom.cohort.mapping import load_mapping, parse_mapping, shipped_mappings
from oncoloom.errors import ConfigError, OncoloomError


def mapping(columns=None, **more):
    return {"name": "t", "columns": {"patient_id": "id", **(columns or {})}, **more}


def test_every_shipped_mapping_is_valid():
    assert set(shipped_mappings()) >= {
        "loris_icb", "oak", "maf", "cbioportal", "plain", "deepsurv", "deepsurv_days"
    }  # fmt: skip
    for name in shipped_mappings():
        assert load_mapping(name).name == name


def test_short_and_long_forms_say_the_same():
    short = parse_mapping(mapping({"age_years": "AGE"}))
    long = parse_mapping(mapping({"age_years": {"from": ["AGE"]}}))
    assert short == long
    assert parse_mapping(mapping({"os_days": {"from": "m", "unit": "months"}})).columns["os_days"].factor(
        "days"
    ) == pytest.approx(365.25 / 12)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (mapping({"albumine_g_dl": "a"}), ["albumine_g_dl", "did you mean `albumin_g_dl`"]),
        (mapping({"ldh": "LDH"}), ["ldh", "covariates"]),
        (mapping({"split": "s"}), ["split"]),
        (mapping({"age_years": {"form": "AGE"}}), ["form", "did you mean `from`"]),
        (mapping(ignored=["x"]), ["ignored", "did you mean `ignore`"]),
        (mapping({"albumin_g_dl": {"from": "a", "unit": "stone"}}), ["stone", "g/L"]),
        (mapping({"albumin_g_dl": {"from": "a", "unit": "g/L", "scale": 2}}), ["not both"]),
        (mapping({"age_years": {"from": "a", "constant": 3}}), ["one of the two"]),
        (mapping({"age_years": {}}), ["one of the two"]),
        (mapping({"age_years": {"row_number": True}}), ["`row_number` is for `patient_id`"]),
        (mapping({"patient_id": {"from": "id", "row_number": True}}), ["one of the two"]),
        (mapping({"sex": {"from": "a", "values": {"1": "man"}}}), ["'man'", "female, male"]),
        (mapping({"response": {"from": "a", "values": {"CR": "yes"}}}), ["'yes'", "0 to 1"]),
        (mapping({"os_event": {"from": "a", "values": {True: 1}}}), ["quote"]),
        (mapping(covariates={"tmb": "TMB"}), ["tmb", "under `columns`"]),
        (mapping(reasons={"tnb": "no"}), ["tnb", "did you mean `tmb`"]),
        ({"name": "t", "columns": {"sex": "s"}}, ["patient_id"]),
        (mapping(maf={"genes": "all"}), ["genes", "genes_tested"]),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_key(raw, words):
    with pytest.raises(OncoloomError) as caught:
        parse_mapping(raw, path="m.yaml")
    assert all(word in str(caught.value) for word in ["m.yaml", *words])


def test_all_faults_are_told_at_once():
    raw = mapping({"age_years": {"from": "a", "wat": 1}, "sex": {"from": "s", "wot": 1}})
    with pytest.raises(OncoloomError) as caught:
        parse_mapping(raw)
    assert "2 faults" in str(caught.value)


def test_an_unknown_name_says_the_nearest_shipped_one(tmp_path):
    with pytest.raises(ConfigError, match="did you mean loris_icb"):
        load_mapping("loris_icbs")
    file = tmp_path / "m.yaml"
    file.write_text("- a\n- b\n")
    with pytest.raises(ConfigError, match="not a mapping"):
        load_mapping(file)
    file.write_text("a: [\n")
    with pytest.raises(ConfigError, match="not a YAML"):
        load_mapping(file)
