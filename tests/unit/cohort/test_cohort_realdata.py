"""The public tables and the cases after bug reports, against the counts that their READMEs state."""

import json
import math

import polars as pl
import pytest

from oncoloom.cohort.cbioportal_door import import_cbioportal
from oncoloom.cohort.importing import import_csv, import_maf
from oncoloom.cohort.mapping import load_mapping
from oncoloom.reference_data.consequence_terms import NONSYNONYMOUS, TRUNCATING

pytestmark = pytest.mark.realdata


def expected(folder):
    return json.loads((folder / "expected.json").read_text())


@pytest.mark.parametrize(
    ("name", "rows", "responders"),
    [("chowell_train", 964, 282), ("chowell_test", 515, 127), ("msk1", 453, 116), ("vanguri_nsclc", 246, 61)],
)
def test_loris_cohorts(shared, name, rows, responders):
    path = shared / "data/clinical/loris_icb" / f"{name}.csv"
    frame = import_csv([path], load_mapping("loris_icb")).frame
    raw = pl.read_csv(path, infer_schema=False)
    assert frame["patient_id"].to_list() == raw["SAMPLE_ID"].to_list()
    assert (frame.height, frame["response"].sum()) == (rows, responders)
    for ours, theirs in (("tmb", "TMB"), ("albumin_g_dl", "Albumin"), ("fraction_genome_altered", "FCNA")):
        assert frame[ours].null_count() == raw[theirs].null_count()
        assert frame[ours].to_list() == pytest.approx(raw[theirs].cast(pl.Float64).to_list(), nan_ok=True)
    months = raw["PFS_Months"].cast(pl.Float64).max()
    assert frame["pfs_days"].max() == pytest.approx(months * 30.4375)


def test_the_published_score_comes_out_of_the_cohort_columns(shared):
    path = shared / "data/clinical/loris_icb/msk_non_icb.csv"
    frame = import_csv([path], load_mapping("loris_icb")).frame
    theirs = pl.read_csv(path)["LORIS_published"].to_list()
    effects = {
        "Bladder": -0.3323, "Breast": -0.3323, "Colorectal": -0.102, "Endometrial": -0.0079,
        "Esophageal": 0.55, "Gastric": 0.2306, "Head & Neck": 0.0678, "Hepatobiliary": -0.1189,
        "Melanoma": -0.0086, "Mesothelioma": 0.1255, "NSCLC": 0.0008, "Ovarian": -0.052,
        "Pancreatic": -1.1169, "Renal": 0.5451, "Sarcoma": 0.0542, "SCLC": -0.0033,
    }  # fmt: skip
    for row, score in zip(frame.iter_rows(named=True), theirs, strict=True):
        total = 0.0371 * min(row["tmb"], 50) - 0.8775 * row["prior_systemic_therapy"] - 2.0886
        total += 0.5382 * row["albumin_g_dl"] - 0.033 * min(row["nlr"], 25)
        total += 0.0049 * min(row["age_years"], 85) + effects[row["tumor_type"]]
        assert 1 / (1 + math.exp(-total)) == pytest.approx(score, abs=0.00093)


def test_vanguri_survival_is_refused_and_its_progression_is_not(shared):
    made = import_csv([shared / "data/clinical/loris_icb/vanguri_nsclc.csv"], load_mapping("loris_icb"))
    assert made.frame["os_days"].null_count() == 246
    assert "recorded only for those who had the event (150 of 246)" in made.frame["os_missing_reason"][0]
    assert made.frame["pfs_event"].sum() == 209


def test_oak_from_variants_to_features(shared):
    folder = shared / "data/clinical/oak"
    made = import_csv([folder / "patients.csv"], load_mapping("oak"), variants=folder / "variants.maf.gz")
    frame, raw = made.frame, pl.read_csv(folder / "patients.csv", infer_schema=False)
    assert frame["patient_id"].to_list() == raw["patient_id"].to_list()
    assert frame["btmb"].to_list() == raw["btmb"].cast(pl.Int32).to_list()
    notes = made.tally["inputs"][0]["variants"]["notes"]
    assert "btmb: table and variants agree in 642 of 642 patients" in notes
    assert dict(frame["therapy"].value_counts().iter_rows()) == {"atezolizumab": 425, "docetaxel": 425}
    assert frame["response"].sum() == 115
    assert frame["n_somatic"].sum() == 8724
    assert frame.filter(pl.col("n_somatic").is_null())["n_somatic_missing_reason"].null_count() == 0
    assert frame["pfs_days"].max() == pytest.approx(raw["pfs_months"].cast(pl.Float64).max() * 30.4375)


def test_btmb_counts_from_the_variants_alone(shared):
    folder = shared / "data/clinical/oak"
    rules = load_mapping("oak")
    columns = {key: rule for key, rule in rules.columns.items() if key != "btmb"}
    evaluable = rules.covariates | {"evaluable": rules.columns["btmb"]}
    rules = rules.model_copy(update={"columns": columns, "covariates": evaluable})
    frame = import_csv([folder / "patients.csv"], rules, variants=folder / "variants.maf.gz").frame
    stated = pl.read_csv(folder / "patients.csv", infer_schema=False)["btmb"].cast(pl.Int32)
    assert frame["btmb"].to_list() == stated.to_list()


def test_tcga_laml(shared):
    folder = shared / "data/clinical/tcga_laml"
    made = import_maf(folder / "tcga_laml.maf.gz", load_mapping("maf"), clinic=folder / "tcga_laml_annot.tsv")
    frame, variants = made.frame, made.variants
    assert variants is not None
    assert (frame.height, variants.height) == (200, 2207)
    assert frame["n_somatic"].null_count() == 7
    assert frame["n_nonsynonymous"].sum() == 1342 + 103 + 92 + 91 + 52 + 42 + 10
    counts = dict(variants["gene"].value_counts().iter_rows())
    assert [counts[gene] for gene in ("DNMT3A", "FLT3", "NPM1", "TET2", "IDH2")] == [54, 52, 34, 27, 20]
    assert frame["os_days"].null_count() == 12
    assert frame.filter(pl.col("os_days") > 0).height == 175
    assert "-Inf" in frame.filter(pl.col("os_days").is_null())["os_missing_reason"][0]
    assert variants["af"].max() <= 1


@pytest.mark.parametrize(("name", "rows", "patients"), [("APL_primary", 269, 124), ("APL_relapse", 161, 58)])
def test_carriage_returns_alone_end_lines(shared, name, rows, patients):
    made = import_maf(shared / "data/clinical/tcga_laml" / f"{name}.maf.gz", load_mapping("maf"))
    assert made.variants is not None
    assert (made.variants.height, made.frame.height) == (rows, patients)


def test_tcga_brca_study(shared):
    made = import_cbioportal(shared / "data/clinical/tcga_brca_cbioportal", load_mapping("cbioportal"))
    frame = made.frame
    assert (frame.height, frame["patient_id"].n_unique()) == (1098, 1098)
    assert frame["os_event"].sum() == 152
    assert frame["os_days"].min() >= 0
    assert frame["pfs_days"].null_count() == 1098
    assert "shifted columns?" in frame["pfs_missing_reason"][0]
    assert made.tally["treatments"]["exact repeats"] == 35
    counts = made.tally["inputs"][0]
    assert (counts["patients_with_several_samples"], counts["patients_without_sample"]) == (7, 3)


def test_the_importers_test_study(shared):
    made = import_cbioportal(shared / "data/clinical/cbioportal_study_es_0", load_mapping("cbioportal"))
    assert made.frame.height == 841
    assert made.frame["os_event"].sum() == 87
    assert made.tally["inputs"][0]["variants"]["n_variants"] == 36
    assert made.frame["driver_KRAS"].null_count() == 841 - made.frame["driver_KRAS"].count()


# --- cases ------------------------------------------------------------------------------------------


def test_case_late_type_change(shared):
    folder = shared / "cases/clinical-06-late-type-change-and-na"
    want, frame = expected(folder), import_csv([folder / "patients.csv"], load_mapping("plain")).frame
    assert frame.height == want["n"]
    assert frame["ldh"].null_count() == want["ldh"]["nulls"]
    assert frame["ldh"].mean() == pytest.approx(want["ldh"]["mean"], abs=1e-4)
    assert frame.filter(pl.col("patient_id") == "L-140")["ldh"].to_list() == [want["ldh"]["L-140"]]
    assert frame["ecog"].null_count() == want["ecog_nulls"]
    assert [frame["response"].sum(), (frame["response"] == 0).sum()] == [80, 79]
    assert "not evaluable" in frame["response_missing_reason"].to_list()


def test_case_several_samples(shared):
    folder = shared / "cases/clinical-10-several-samples-of-a-patient"
    want = expected(folder)
    made = import_cbioportal(folder / "study", load_mapping("cbioportal"))
    assert made.frame.height == want["if_0"]["n_patients"]
    assert made.frame["os_event"].sum() == want["if_0"]["deaths"]
    assert made.tally["therapy_lines"] == want["if_0"]["therapy_lines"]
    assert any("MP-3-06" in note for note in made.tally["inputs"][0]["notes"])
    assert made.frame["prior_lines"].to_list() == [0.0, 1.0, 0.0]


def test_case_death_on_day_zero(shared):
    folder = shared / "cases/response-04-death-on-day-zero"
    made = import_csv([folder / "patients.csv"], load_mapping("plain"))
    at_zero = made.frame.filter(pl.col("os_days") == 0)
    assert made.frame.height == 60
    assert (at_zero.height, at_zero["os_event"].sum()) == (5, 3)
    assert 1 - at_zero["os_event"].sum() / made.frame.height == expected(folder)["km"]["0"]
    assert any("2 censored on day 0" in note for note in made.tally["inputs"][0]["notes"])


CASES = [
    "maf-01-header-repeated-inside",
    "maf-05-position-in-scientific-notation",
    "maf-06-old-and-new-symbol-of-one-gene",
    "maf-10-header-spelling-variants",
    "maf-11-hgvsp-without-prefix-and-odd-forms",
]


@pytest.mark.parametrize("case", CASES)
def test_maf_cases(shared, case):
    folder = shared / "cases" / case
    want = expected(folder)
    made = import_maf(folder / "sample.maf", load_mapping("maf"))
    variants = made.variants
    assert variants is not None
    allowed = want["n_variants"] if "n_variants" in want else want["if_0"]["n_variants"]
    assert variants.height in (allowed if isinstance(allowed, list) else [allowed])
    if "n_samples" in want:
        assert variants["sample_id"].n_unique() == want["n_samples"]
    for gene, n in want.get("patients_with_gene", {}).items():
        assert variants.filter(pl.col("gene") == gene)["patient_id"].n_unique() == n
    for gene, pos in want.get("if_0", {}).get("pos", {}).items():
        assert variants.filter(pl.col("gene") == gene)["pos"].to_list() == [pos]
    for key, change in want.get("protein", {}).items():
        own = variants.filter((pl.col("gene") == key) | (pl.col("sample_id") == key))
        assert own["hgvs_p_short"].to_list() == [change]
    if "nonsynonymous" in want:
        assert variants["consequence"].is_in(NONSYNONYMOUS).sum() == want["nonsynonymous"]
        cut = variants.filter(pl.col("consequence").is_in(TRUNCATING))["sample_id"].to_list()
        assert cut == want["truncating"]
    text = [str(value) for value in variants.to_dict(as_series=False).values()]
    assert not any(str(value) in cell for value in want.get("absent_values", []) for cell in text)
    for word in want.get("must_say", []):
        assert any(word in note for note in made.tally["inputs"][0]["variants"]["notes"])
