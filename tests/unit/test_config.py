import pytest

from oncoloom.config import load_config, parse_config
from oncoloom.errors import ConfigError, FaultList


def test_an_empty_config_is_all_defaults(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("")
    assert load_config(path).calling.min_af == 0.01


def test_an_unknown_key_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean `min_af`"):
        parse_config({"calling": {"min_aff": 0.1}})


def test_all_faults_are_told_at_once():
    with pytest.raises(FaultList) as caught:
        parse_config({"calling": {"min_af": 3}, "sead": 1})
    assert "calling.min_af" in str(caught.value)
    assert "did you mean `seed`" in str(caught.value)


@pytest.mark.parametrize("text", ["a: [", "- 1\n"])
def test_not_a_config(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match="not a"):
        load_config(path)


def test_absent_config_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match="oncoloom init"):
        load_config(tmp_path / "config.yaml")


def test_one_limit_of_an_assay_keeps_its_others():
    config = parse_config({"qc": {"panel": {"max_contamination_warn": 0.05}}})
    assert config.qc.panel.max_contamination_warn == 0.05
    assert config.qc.panel.min_tumor_depth_warn == 50
    assert config.qc.exome.min_tumor_depth_warn == 60
