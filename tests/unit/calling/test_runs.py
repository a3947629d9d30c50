"""The finish step works run by run: neither their length nor threads nor a file in between change a byte."""

import polars as pl
import pytest
from calling_bams import somatic_pair
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncoloom.calling import call_set, candidate_store, columns, gathering, sample_table, table_store
from oncoloom.calling.options import CallInputs
from oncoloom.calling.patient_tumors import finish_patient
from oncoloom.calling.pipeline import run_call
from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.calling.shard import read_shard

RESULTS = ("somatic.vcf.gz", "germline.vcf.gz", "qc.json", "features_raw.parquet", "tally.json")


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Shards of a pair, with a forced allele, and of its tumor alone, and the files of a call of each."""
    folder = tmp_path_factory.mktemp("runs")
    pair = somatic_pair(folder)
    one = pair["contigs"]["one"]
    text = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    alts = {at: "ACGT"[one[at] == "A"] for at in (500, 700)}
    text += "".join(f"one\t{at + 1}\t.\t{one[at]}\t{alt}\t.\t.\tAF=0.2\n" for at, alt in alts.items())
    (folder / "known.vcf").write_text(text)
    inputs = {name: pair[name] for name in ("reference", "tumor", "normal")}
    inputs |= {"population_af": folder / "known.vcf", "alleles": folder / "known.vcf"}
    found = {}
    for mode, given_ in (("pair", inputs), ("alone", {**inputs, "normal": None})):
        run_call(CallInputs(**given_), folder / mode / "shard", evidence_only=True)
        run_call(CallInputs(**given_), folder / mode / "whole")
        found[mode] = (folder / mode / "shard", bytes_of(folder / mode / "whole"))
    return found


def bytes_of(folder):
    return {name: (folder / name).read_bytes() for name in RESULTS}


@given(st.sampled_from(["pair", "alone"]), st.integers(1, 40), st.integers(1, 3))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_runs_of_any_length_give_the_same_files(shards, tmp_path_factory, mode, run_candidates, threads):
    folder, whole = shards[mode]
    output = tmp_path_factory.mktemp("out")
    finish_patient([[read_shard(folder)]], [folder], output, run_candidates=run_candidates, threads=threads)
    assert bytes_of(output) == whole


def test_raw_sums_are_written_in_the_order_of_their_table(shards):
    for folder, _ in shards.values():
        frame = pl.read_parquet(folder.parent / "whole" / "features_raw.parquet")
        ordered = frame.sort(list(FEATURES_RAW_TABLE.sort_by), nulls_last=True, maintain_order=True)
        assert frame["kind"].n_unique() > 1
        assert frame.equals(ordered)


def test_parts_and_files_in_between_change_nothing(shards, tmp_path, monkeypatch):
    monkeypatch.setattr(gathering, "PART_CANDIDATES", 3)
    monkeypatch.setattr(gathering, "PART_ROWS", 2)
    for module in (candidate_store, table_store, columns):
        monkeypatch.setattr(module, "MOST_IN_MEMORY", 0)
    monkeypatch.setattr(sample_table, "MOST_KEPT", 0)  # nor candidates, read again each time
    monkeypatch.setattr(call_set, "MOST_KNOWN", 0)
    folder, whole = shards["pair"]
    inputs = {name: folder.parents[1] / f"{name}.bam" for name in ("tumor", "normal")}
    known = folder.parents[1] / "known.vcf"
    reference = next(folder.parents[1].glob("*.fa"))
    run_call(CallInputs(reference=reference, population_af=known, alleles=known, **inputs), tmp_path / "out")
    assert bytes_of(tmp_path / "out") == whole
