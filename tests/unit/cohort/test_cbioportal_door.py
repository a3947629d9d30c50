import pytest

from oncoloom.cohort.cbioportal_door import import_cbioportal
from oncoloom.cohort.mapping import load_mapping
from oncoloom.errors import OncoloomError

MAPPING = load_mapping("cbioportal")
PATIENTS = [
    "#Patient\tStatus\tMonths\tSex",
    "#STRING\tSTRING\tNUMBER\tSTRING",
    "PATIENT_ID\tOS_STATUS\tOS_MONTHS\tSEX",
    "A\t1:DECEASED\t10\tFemale",
    "B\t0:LIVING\t20\tMale",
    "C\t1:DECEASED\t[Not Available]\t",
]
SAMPLES = [
    "PATIENT_ID\tSAMPLE_ID\tONCOTREE_CODE\tSAMPLE_TYPE\tTMB_NONSYNONYMOUS",
    "A\tA-06\tSKCM\tMetastasis\t9",
    "A\tA-01\tSKCM\tPrimary\t3",
    "B\tB-06\tSKCM\tMetastasis\t5",
    "X\tX-01\tSKCM\tPrimary\t1",
]
TREATMENTS = [
    "PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\tTREATMENT_TYPE\tAGENT",
    "A\t30\t60\tTREATMENT\tMedical Therapy\tPembrolizumab",
    "A\t30\t60\tTREATMENT\tMedical Therapy\tPembrolizumab",
    "A\t-90\t-60\tTREATMENT\tMedical Therapy\tDacarbazine",
    "A\t0\t\tTREATMENT\tRadiation, External Beam\t",
    "B\t900\t\tTREATMENT\tMedical Therapy\tNivolumab",
]
_MAF_HEADER = (
    "Hugo_Symbol\tChromosome\tStart_Position\tVariant_Classification\tVariant_Type\tReference_Allele\t"
    "Tumor_Seq_Allele2\tTumor_Sample_Barcode\tHGVSp_Short"
)
MAF = [
    _MAF_HEADER,
    "BRAF\t7\t140453136\tMissense_Mutation\tSNP\tA\tT\tA-06\tp.V600E",
]


def clinical(datatype, name):
    return f"genetic_alteration_type: CLINICAL\ndatatype: {datatype}\ndata_filename: {name}\n"


def study(folder, **files):
    """A study folder; patient and sample files carry names that only the meta files know."""
    content = {
        "meta_p.txt": clinical("PATIENT_ATTRIBUTES", "people.txt"),
        "people.txt": "\n".join(PATIENTS) + "\n",
        "meta_s.txt": clinical("SAMPLE_ATTRIBUTES", "tumors.txt"),
        "tumors.txt": "\n".join(SAMPLES) + "\n",
    } | files
    for name, text in content.items():
        if text is not None:
            (folder / name).write_text(text if isinstance(text, str) else "\n".join(text) + "\n")
    return folder


def with_timeline(folder, rows=TREATMENTS, **files):
    return study(folder, **{"meta_t.txt": clinical("TIMELINE", "t.txt"), "t.txt": rows, **files})


def with_maf(folder, **files):
    meta = "genetic_alteration_type: MUTATION_EXTENDED\ndatatype: MAF\ndata_filename: m.maf\n"
    return study(folder, **{"meta_m.txt": meta, "m.maf": MAF, **files})


def test_one_row_per_patient_with_the_primary_tumor(tmp_path):
    made = import_cbioportal(study(tmp_path), MAPPING)
    frame = made.frame
    assert frame["patient_id"].to_list() == ["A", "B", "C"]
    assert frame["sample_id"].to_list() == ["A-01", "B-06", None]
    assert frame["tmb"].to_list() == [3.0, 5.0, None]
    assert frame["os_days"].to_list() == [304.375, 608.75, None]
    assert frame["os_missing_reason"][2] == "os_event without os_days"
    counts = made.tally["inputs"][0]
    assert counts["patients_with_several_samples"] == 1
    assert counts["samples_of_unknown_patients"] == 1
    assert counts["patients_without_sample"] == 1


def test_a_sample_that_contradicts_itself_is_set_aside_and_named(tmp_path):
    samples = [*SAMPLES, "A\tA-01\tSKCM\tMetastasis\t3"]
    made = import_cbioportal(study(tmp_path, **{"tumors.txt": samples}), MAPPING)
    assert made.frame["sample_id"][0] == "A-06"
    assert any("A-01" in note and "SAMPLE_TYPE" in note for note in made.tally["inputs"][0]["notes"])


def test_day_zero_is_the_first_systemic_line_after_the_study_began(tmp_path):
    made = import_cbioportal(with_timeline(tmp_path), MAPPING)
    frame = made.frame
    assert frame["therapy"].to_list() == ["pembrolizumab", None, None]
    assert frame["time_zero"].to_list() == ["index therapy", "study day 0", "study day 0"]
    assert frame["os_days"].to_list() == [304.375 - 30, 608.75, None]
    assert frame["prior_lines"].to_list() == [1.0, 0.0, None]
    assert frame["prior_systemic_therapy"].to_list() == [1, 0, None]
    assert made.tally["therapy_lines"] == 3
    assert made.tally["treatments"]["exact repeats"] == 1
    assert made.tally["treatments"]["index therapy after the end of observation, set aside"] == 1
    assert any("immortal time" in note for note in made.tally["inputs"][0]["notes"])


def test_who_was_not_sequenced_has_null_features_and_the_panel_says_what_was_looked_at(tmp_path):
    files = {
        "meta_g.txt": "genetic_alteration_type: GENE_PANEL_MATRIX\ndatatype: GENE_PANEL_MATRIX\n"
        "data_filename: g.txt\n",
        "g.txt": "SAMPLE_ID\tmutations\nA-06\tNA\nB-06\tSMALL\n",
        "data_gene_panel_small.txt": "stable_id: SMALL\ngene_list: TP53\tBRAF\n",
    }
    frame = import_cbioportal(with_maf(tmp_path, **files), MAPPING).frame
    assert frame["sample_id"].to_list() == ["A-06", "B-06", None]
    assert frame["driver_BRAF"].to_list() == [1, 0, None]
    assert frame["driver_KRAS"].to_list() == [0, None, None]
    assert frame["driver_KRAS_missing_reason"][1] == "KRAS is not on the panel"
    assert frame["n_somatic"].to_list() == [1, 0, None]


def test_a_case_list_says_who_was_sequenced(tmp_path):
    lists = tmp_path / "case_lists"
    lists.mkdir()
    (lists / "seq.txt").write_text("stable_id: s_sequenced\ncase_list_ids: A-06\tB-06\n")
    frame = import_cbioportal(with_maf(tmp_path), MAPPING).frame
    assert frame["n_somatic"].to_list() == [1, 0, None]


def test_files_that_no_door_reads_are_named(tmp_path):
    made = import_cbioportal(study(tmp_path, **{"data_cna.txt": "x\n"}), MAPPING)
    assert made.tally["inputs"][0]["files_not_read"] == ["data_cna.txt"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"people.txt": None}, ["meta_p.txt", "people.txt", "not in the folder"]),
        ({"meta_p.txt": None, "meta_s.txt": None}, ["no clinical table"]),
        ({"people.txt": "PATIENT\tOS_MONTHS\nA\t1\n"}, ["id column", "PATIENT_ID"]),
        ({"people.txt": [*PATIENTS, "A\t0:LIVING\t3\tMale"]}, ["several rows", "lines 4, 7"]),
        ({"people.txt": [*PATIENTS, "D\tdead\t3\tMale"]}, ["line 7", '"dead"', "1:DECEASED"]),
    ],
)
def test_a_broken_study_is_refused(tmp_path, files, words):
    with pytest.raises(OncoloomError) as caught:
        import_cbioportal(study(tmp_path, **files), MAPPING)
    assert all(word in str(caught.value) for word in words)


def test_a_broken_timeline_is_refused(tmp_path):
    rows = [*TREATMENTS, "A\tsoon\t\tTREATMENT\tMedical Therapy\tNivolumab"]
    with pytest.raises(OncoloomError) as caught:
        import_cbioportal(with_timeline(tmp_path, rows), MAPPING)
    assert all(word in str(caught.value) for word in ["line 7", "'soon'"])
    with pytest.raises(OncoloomError, match="a timeline without its columns"):
        import_cbioportal(with_timeline(tmp_path, ["PATIENT_ID\tWHEN", "A\t1"]), MAPPING)


def test_no_folder(tmp_path):
    with pytest.raises(OncoloomError, match="no such study folder"):
        import_cbioportal(tmp_path / "none", MAPPING)


def test_under_a_key_no_note_holds_an_identifier(tmp_path):
    key = tmp_path / "key"
    key.write_text("0123456789abcdef")
    samples = [*SAMPLES, "A\tA-01\tSKCM\tMetastasis\t3"]
    folder = tmp_path / "study"
    folder.mkdir()
    made = import_cbioportal(study(folder, **{"tumors.txt": samples}), MAPPING, key_file=key)
    assert "A-01" not in str(made.tally)
    assert any("comes twice" in note for note in made.tally["inputs"][0]["notes"])


def test_mutations_of_nobody_in_the_study_leave_its_patients_unsequenced(tmp_path):
    maf = [MAF[0], MAF[1].replace("A-06", "Z-01")]
    made = import_cbioportal(with_maf(tmp_path, **{"m.maf": maf}), MAPPING)
    assert made.frame["n_somatic"].to_list() == [None, None, None]
    assert made.tally["inputs"][0]["variants"]["samples_without_patient"] == 1
    assert made.variants is not None
    assert made.variants.height == 0
