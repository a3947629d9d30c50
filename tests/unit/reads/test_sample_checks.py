import json

import pytest
from typer.testing import CliRunner

from oncoloom.config import QcProfile
from oncoloom.errors import ConfigError, InputError
from oncoloom.reads.call_qc import (
    CallQc,
    Concordance,
    FractionEstimate,
    SampleQc,
    read_call_qc,
    write_call_qc,
)
from oncoloom.reads.sample_checks import CHECKS, judge_samples, read_folder_qc, read_further_qc

PROFILE = QcProfile()


def sample(name="P_T", **fields):
    values = {
        "sample": name,
        "reads": 1000,
        "used": 900,
        "filtered": {"duplicate": 100},
        "mean_depth": 80.0,
        "duplicate_fraction": 0.1,
        "mapped_fraction": 0.99,
        "median_insert_size": 300,
        "reads_digest": "reads:1000:00000000000000ff",
    }
    return SampleQc(**{**values, **fields})


def call_qc(**fields):
    values = {
        "mode": "tumor_normal",
        "tumors": (sample(),),
        "normal": sample("P_N", mean_depth=40.0),
        "callable_bp": 950,
        "target_bp": 1000,
        "concordance": Concordance(sites=100, concordant=99, fraction=0.99),
        "contamination": FractionEstimate(fraction=0.001, sites=80),
        "tumor_in_normal": FractionEstimate(fraction=0.0, sites=50),
        "inferred_sex": "female",
    }
    return CallQc(**{**values, **fields})


def statuses(verdict):
    return {one.check: one.status for one in verdict.checks}


def test_healthy_samples_pass_every_check():
    verdict = judge_samples("P", call_qc(), PROFILE, expected_sex="female")
    assert verdict.state == "passed"
    assert statuses(verdict) == dict.fromkeys(CHECKS, "pass")
    assert all(one.sentence.endswith(".") for one in verdict.checks)


@pytest.mark.parametrize(
    ("fields", "check"),
    [
        ({"contamination": FractionEstimate(fraction=0.05, sites=80)}, "contamination"),
        ({"tumor_in_normal": FractionEstimate(fraction=0.12, sites=80)}, "tumor_in_normal"),
        ({"tumors": (sample(), sample("T2", mean_depth=3))}, "tumor_depth"),
        ({"normal": sample("P_N", mean_depth=14)}, "normal_depth"),
        ({"tumors": (sample(reads=0, mean_depth=0.0),)}, "tumor_depth"),
        ({"callable_bp": 100}, "callable_fraction"),
        ({"tumors": (sample(duplicate_fraction=0.8),)}, "tumor_duplicates"),
        ({"normal": sample("P_N", duplicate_fraction=0.8)}, "normal_duplicates"),
        ({"tumors": (sample(median_insert_size=60),)}, "insert_size"),
        ({"inferred_sex": "male"}, "sex"),
    ],
)
def test_a_figure_outside_its_limit_warns(fields, check):
    verdict = judge_samples("P", call_qc(**fields), PROFILE, expected_sex="female")
    assert verdict.state == "warned"
    assert statuses(verdict)[check] == "warn"


SWAPPED = call_qc(concordance=Concordance(sites=100, concordant=40, fraction=0.4))


def test_another_person_stops():
    verdict = judge_samples("P", SWAPPED, PROFILE)
    assert verdict.state == "stopped"
    assert statuses(verdict)["identity"] == "stop"
    (identity,) = [one for one in verdict.checks if one.check == "identity"]
    assert (identity.value, identity.limit) == (0.4, 0.8)
    assert "40 of 100" in identity.sentence


def test_a_written_reason_lifts_the_stop_and_stays_visible():
    verdict = judge_samples(
        "P", SWAPPED, PROFILE, override_checks=["identity"], override_reason=" marrow transplant 2019 "
    )
    assert verdict.state == "warned"
    assert statuses(verdict)["identity"] == "overridden"
    assert verdict.override == {"checks": ["identity"], "reason": "marrow transplant 2019"}


@pytest.mark.parametrize(
    ("checks", "reason", "words"),
    [
        (["identity"], "  ", "without a reason"),
        (["identty"], "x", "did you mean identity"),
        (["sex"], "x", "only warn"),
        ([], "x", "no check"),
    ],
)
def test_a_stop_is_not_lifted_in_silence(checks, reason, words):
    with pytest.raises(ConfigError) as caught:
        judge_samples("P", SWAPPED, PROFILE, override_checks=checks, override_reason=reason)
    assert words in str(caught.value)


def test_too_few_sites_are_not_assessable_and_do_not_stop():
    qc = call_qc(concordance=Concordance(sites=9, concordant=0, fraction=0.0))
    verdict = judge_samples("P", qc, PROFILE)
    assert statuses(verdict)["identity"] == "not assessable"
    assert verdict.state == "passed"


def test_a_tumor_alone_has_no_identity():
    verdict = judge_samples("P", call_qc(mode="tumor_only", normal=None), PROFILE)
    assert statuses(verdict)["identity"] == "not assessable"
    assert statuses(verdict)["normal_depth"] == "not assessable"
    assert verdict.state == "passed"


def test_imported_variants_are_not_assessable_at_all(tmp_path):
    (tmp_path / "variants.parquet").touch()
    verdict = judge_samples("P", read_folder_qc(tmp_path), PROFILE)
    assert set(statuses(verdict).values()) == {"not assessable"}
    assert verdict.state == "passed"


def test_a_folder_without_calls_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no calls"):
        read_folder_qc(tmp_path)


def test_qc_json_comes_back_and_a_broken_one_is_named(tmp_path):
    path = tmp_path / "qc.json"
    write_call_qc(path, call_qc())
    assert read_call_qc(path) == call_qc()
    raw = json.loads(path.read_text())
    raw["tumors"][0]["mean_depth"] = -1
    path.write_text(json.dumps(raw))
    with pytest.raises(InputError, match=r"tumors\.0\.mean_depth"):
        read_call_qc(path)


def test_the_command_writes_the_verdict(tmp_path):
    from oncoloom.cli.main import app

    write_call_qc(tmp_path / "qc.json", SWAPPED)
    output = tmp_path / "results/qc/P.json"
    words = ["qc", "--calls", str(tmp_path), "--patient-id", "P", "--assay", "panel", "--sex", "female"]
    result = CliRunner().invoke(app, [*words, "--output", str(output)])
    assert result.exit_code == 0, result.output
    assert "P: stopped" in result.output
    verdict = json.loads(output.read_text())
    assert verdict["state"] == "stopped"
    assert set(verdict) == {"patient_id", "state", "mode", "checks", "override"}
    assert set(verdict["checks"][0]) == {"check", "status", "value", "limit", "sentence"}
    config = tmp_path / "config.yaml"
    config.write_text("qc:\n  panel:\n    min_concordance_stop: 0.3\n")
    result = CliRunner().invoke(app, [*words, "--config", str(config), "--output", str(output), "--json"])
    assert json.loads(result.output)["state"] == "passed"


def test_the_worst_tumor_of_a_patient_counts():
    swapped = call_qc(
        tumors=(sample("P_T2"),), concordance=Concordance(sites=100, concordant=40, fraction=0.4)
    )
    verdict = judge_samples("P", call_qc(), PROFILE, further=[swapped])
    assert verdict.state == "stopped"
    identity = next(one for one in verdict.checks if one.check == "identity")
    assert identity.sentence.startswith("P_T2: Tumor and normal are not of one person")
    assert next(one for one in verdict.checks if one.check == "tumor_depth").sentence.startswith("P_T: ")


def test_checks_of_further_tumors_are_read_by_name(tmp_path):
    for name in ("T3", "T2"):
        write_call_qc(tmp_path / f"tumors/{name}/qc.json", call_qc(tumors=(sample(name),)))
    assert [one.tumors[0].sample for one in read_further_qc(tmp_path)] == ["T2", "T3"]
