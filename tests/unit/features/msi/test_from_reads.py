"""Repeat lengths straight from reads: what a file of another reference gives, and real pairs."""

import json

import pytest
from typer.testing import CliRunner

from oncoloom.cli.main import app
from oncoloom.errors import ReferenceMismatchError, UsageError
from oncoloom.features.msi.steps import msi_of_file

REFERENCE = "data/seq/ref/dev_ref.fa"


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["example.tumor.only.b37.bam", "example.tumor.only.hg38.bam"])
def test_reads_of_another_reference_are_refused(shared, name):
    bam = shared / "data/msi" / name
    with pytest.raises(ReferenceMismatchError) as caught:
        msi_of_file(bam, reference=shared / REFERENCE)
    assert name in str(caught.value)
    assert caught.value.remedy
    with pytest.raises(UsageError, match="need the reference"):
        msi_of_file(bam)


@pytest.mark.realdata
def test_the_unstable_patient_is_told_from_a_stable_one(shared):
    folder = shared / "data/seq/cohort"
    found = {}
    for patient in ("P01", "P02"):
        found[patient] = msi_of_file(
            folder / patient / "tumor.bam",
            normal=folder / patient / "normal.bam",
            reference=shared / REFERENCE,
            targets=folder / "targets.bed",
            purity=0.65,
        )
    assert found["P01"]["msi_status"] == "MSI-H"
    assert found["P01"]["n_unstable"] >= 6
    assert found["P02"]["n_unstable"] == 0
    assert found["P01"]["msi_shift_spread"] > 3


@pytest.mark.realdata
def test_a_panel_without_microsatellites_says_so(shared, tmp_path):
    bed = tmp_path / "panel.bed"
    bed.write_text("17\t700000\t700200\n")
    folder = shared / "data/seq/cohort/P01"
    command = ["features", "msi", str(folder / "tumor.bam"), "--normal", str(folder / "normal.bam"), "--json"]
    command += ["--reference", str(shared / REFERENCE), "--targets", str(bed)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["msi_status"] is None
    assert "the assay holds 0 microsatellites" in told["reason"]
