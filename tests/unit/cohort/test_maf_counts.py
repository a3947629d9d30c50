"""The counts of the MAF door against a plain recount."""

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncoloom.cohort.importing import import_maf
from oncoloom.cohort.mapping import load_mapping

_FILE = Path(__file__).resolve().parents[2] / "reference" / "naive_maf_counts.py"
_SPEC = importlib.util.spec_from_file_location("naive_maf_counts", _FILE)
assert _SPEC is not None
assert _SPEC.loader is not None
naive = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(naive)

MAF = load_mapping("maf")
# A locus always has the same class and gene, as in a real MAF.
KINDS = ["Missense_Mutation", "Silent", "Nonsense_Mutation", "Intron", "Splice_Site"]
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "Tumor_Sample_Barcode": st.sampled_from(["A", "B", "C"]),
            "Start_Position": st.integers(1, 6).map(str),
            "Tumor_Seq_Allele2": st.sampled_from(["T", "G"]),
            "Mutation_Status": st.sampled_from(["", "Somatic", "Germline"]),
            "FILTER": st.sampled_from(["", "PASS", "weak"]),
            "t_alt_count": st.integers(1, 90).map(str),
        }
    ),
    min_size=1,
    max_size=25,
)


def complete(row):
    kind = KINDS[int(row["Start_Position"]) % len(KINDS)]
    fixed = {"Hugo_Symbol": "TP53", "Chromosome": "17", "Reference_Allele": "C", "t_depth": "100"}
    return fixed | row | {"Variant_Classification": kind}


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_counts_equal_a_plain_recount(tmp_path_factory, rows):
    distinct = {}
    for row in map(complete, rows):  # the first of a repeated variant stands, as in the door
        key = (row["Tumor_Sample_Barcode"], row["Start_Position"], row["Tumor_Seq_Allele2"])
        distinct.setdefault(key, row)
    header = list(complete(rows[0]))
    path = tmp_path_factory.mktemp("t") / "x.maf"
    lines = ["\t".join(header), *("\t".join(complete(row)[name] for name in header) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    frame = import_maf(path, MAF).frame
    want = naive.count(distinct.values())
    got = {
        row["patient_id"]: (row["n_somatic"], row["n_nonsynonymous"], row["max_somatic_af"])
        for row in frame.iter_rows(named=True)
    }
    assert got.keys() == want.keys()
    for patient, (n, changing, highest) in want.items():
        assert got[patient][:2] == (n, changing)
        assert got[patient][2] == (None if highest is None else pytest.approx(highest))
