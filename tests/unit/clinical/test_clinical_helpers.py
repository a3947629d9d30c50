import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncoloom.clinical.pseudonyms import free_text_reason, key_fingerprint, pseudonym, read_key
from oncoloom.clinical.timelines import Treatment, drug_names, index_line, is_local, therapy_lines
from oncoloom.clinical.units import FACTORS, looks_like_fraction, suspect_unit, unit_factor
from oncoloom.errors import InputError

KEY = b"0123456789abcdef"


def test_a_pseudonym_is_the_keyed_digest_and_needs_the_key():
    digest = hmac.new(KEY, b"P:TCGA-1", hashlib.sha256).digest()[:10]
    import base64

    assert pseudonym("TCGA-1", KEY) == "P" + base64.b32encode(digest).decode()
    assert pseudonym("TCGA-1", KEY) != pseudonym("TCGA-1", KEY + b"x")
    assert pseudonym("TCGA-1", KEY, prefix="S")[1:] != pseudonym("TCGA-1", KEY)[1:]
    assert len(key_fingerprint(KEY)) == 8


@given(st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=50))
def test_different_patients_get_different_pseudonyms(names):
    assert len({pseudonym(name, KEY) for name in names}) == len(names)


def test_a_key_file_is_read_and_a_short_one_refused(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(KEY + b"\n")
    assert read_key(path) == KEY
    path.write_bytes(b"short\n")
    with pytest.raises(InputError, match="too short"):
        read_key(path)
    with pytest.raises(InputError, match="no such key file"):
        read_key(tmp_path / "none")


@pytest.mark.parametrize(
    ("values", "word"),
    [
        (["seen on 2018-03-04"], "date"),
        (["3.4.1961"], "date"),
        (["x" * 121], "121 letters"),
        ([f"note {i} about this very person" for i in range(30)], "30 different texts"),
    ],
)
def test_free_text_is_told_from_categories(values, word):
    assert word in (free_text_reason(values) or "")


def test_categories_and_codes_pass():
    assert free_text_reason(["Infiltrating Ductal Carcinoma", "Lobular"] * 30) is None
    assert free_text_reason([f"C50.{i}" for i in range(40)]) is None


def test_units_convert_and_a_wrong_one_is_named():
    assert unit_factor("g/dL", "g/L") == pytest.approx(0.1)
    assert unit_factor("days", "months") == 30.4375
    assert unit_factor("g/dL", "") == 1.0
    assert unit_factor("g/dL", "stone") is None
    assert "median 41: g/L?" in (suspect_unit([38.0, 41.0, 45.0], "g/dL", (1, 6)) or "")
    assert suspect_unit([4.0, 4.1, 41.0], "g/dL", (1, 6)) is None
    assert all(factor > 0 for factor in FACTORS.values())


def test_a_percent_column_of_fractions_is_seen_only_with_enough_rows():
    assert looks_like_fraction([0.5] * 20)
    assert not looks_like_fraction([0.5] * 19)
    assert not looks_like_fraction([0.0, 1.0] * 20)
    assert not looks_like_fraction([0.5] * 20 + [50.0])


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Doxorubicin Hydrochloride", ["doxorubicin"]),
        ("Carboplatin + Paclitaxel", ["carboplatin", "paclitaxel"]),
        ("AE37 Peptide/GM-CSF Vaccine", ["ae37 peptide", "gm-csf vaccine"]),
        ("", []),
    ],
)
def test_drug_names_lose_salts_and_case(cell, names):
    assert drug_names(cell) == names


def test_lines_group_what_starts_together_and_day_zero_is_the_first_on_or_after_it():
    treatments = [
        Treatment("a", 40.0, 90.0, "Chemotherapy", "Paclitaxel"),
        Treatment("a", 12.0, 30.0, "Chemotherapy", "Cyclophosphamide"),
        Treatment("a", 10.0, None, "Chemotherapy", "Doxorubicin"),
        Treatment("a", 10.0, None, "Chemotherapy", "Doxorubicin"),
        Treatment("a", -60.0, -30.0, "Hormone Therapy", ""),
        Treatment("b", -5.0, None, "Chemotherapy", "Cisplatin"),
    ]
    lines = therapy_lines(treatments, regimen_days=28)
    assert [line.name for line in lines["a"]] == [
        "Hormone Therapy",
        "cyclophosphamide + doxorubicin",
        "paclitaxel",
    ]
    assert lines["a"][1].stop is None
    index, prior = index_line(lines["a"])
    assert index is not None
    assert (index.start, prior) == (10.0, 1)
    assert index_line(lines["b"]) == (None, 1)


def test_local_treatment_is_no_systemic_line():
    assert is_local("Radiation, External Beam", ["radiation", "surgery"])
    assert not is_local("Chemotherapy", ["radiation", "surgery"])
