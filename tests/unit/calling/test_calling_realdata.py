"""Calls on the shared sets with truth: the bars that must hold, and the patients with a trait."""

import json
import subprocess
import sys

import pytest

from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call

pytestmark = pytest.mark.realdata

CONTENT = ("somatic.vcf.gz", "germline.vcf.gz", "callable.bed.gz", "qc.json", "features_raw.parquet")


def f1(shared, folder, output, kind):
    """SNV and indel F1 of somatic or germline calls, by the shared scorer."""
    truth = folder / f"{kind}.truth.vcf.gz"
    scores = output / f"{kind}.json"
    command = [sys.executable, str(shared / "bench" / "score_vcf.py"), "--truth", str(truth)]
    command += ["--calls", str(output / f"{kind}.vcf.gz"), "--bed", str(folder / "callable.bed")]
    command += ["--reference", str(shared / "data/seq/ref/dev_ref.fa"), "--json", str(scores)]
    if kind == "somatic":
        command += ["--background", str(folder / "germline.truth.vcf.gz")]
    subprocess.run(command, check=True, capture_output=True)
    summary = json.loads(scores.read_text())["summary"]
    return summary["SNV"]["F1"], summary["INDEL"]["F1"]


def call(shared, folder, output, *, targets=None, cram=None):
    seq = shared / "data" / "seq"
    reads = [folder / f"{role}.bam" for role in ("tumor", "normal")]
    if cram:
        reads = [seq / "dev_cram" / f"{cram}.{role}.cram" for role in ("tumor", "normal")]
    reference = seq / "ref" / "dev_ref.fa"
    run_call(CallInputs(reference=reference, tumor=reads[0], normal=reads[1], targets=targets), output)
    return json.loads((output / "qc.json").read_text()), json.loads((output / "tally.json").read_text())


def call_patient(shared, patient, output, **options):
    cohort = shared / "data" / "seq" / "cohort"
    return call(shared, cohort / patient, output, targets=cohort / "targets.bed", **options)


def test_wgs_bars(shared, tmp_path):
    folder = shared / "data" / "seq" / "dev_wgs_tn"
    qc, _ = call(shared, folder, tmp_path)
    snv, indel = f1(shared, folder, tmp_path, "somatic")
    assert snv >= 0.92
    assert indel >= 0.92
    snv, indel = f1(shared, folder, tmp_path, "germline")
    assert snv >= 0.997
    assert indel >= 0.975
    assert qc["concordance"]["fraction"] == 1.0


def test_ffpe_panel_bars(shared, tmp_path):
    folder = shared / "data" / "seq" / "dev_panel_tn"
    call(shared, folder, tmp_path, targets=folder / "targets.bed")
    snv, indel = f1(shared, folder, tmp_path, "somatic")
    assert snv >= 0.90
    assert indel >= 0.88


def test_no_somatic_variant_is_none_found(shared, tmp_path):
    _, tally = call_patient(shared, "P07", tmp_path)
    assert tally["somatic"]["kept"] == 0


@pytest.mark.parametrize("patient", ["P05", "P06", "P09"])
def test_patients_with_a_trait(shared, tmp_path, patient):
    qc, _ = call_patient(shared, patient, tmp_path)
    swapped = qc["concordance"]["fraction"] < 0.2
    foreign = (qc["contamination"]["fraction"] or 0.0) > 0.02
    leaked = (qc["tumor_in_normal"]["fraction"] or 0.0) > 0.03
    assert (leaked, swapped, foreign) == (patient == "P05", patient == "P06", patient == "P09")
    if foreign:
        assert qc["contamination"]["fraction"] == pytest.approx(0.05, abs=0.015)
        assert qc["contamination_normal"]["fraction"] < 0.005


def test_cram_gives_the_bytes_of_bam(shared, tmp_path):
    call_patient(shared, "P08", tmp_path / "bam")
    call_patient(shared, "P08", tmp_path / "cram", cram="P08")
    for name in CONTENT:
        assert (tmp_path / "bam" / name).read_bytes() == (tmp_path / "cram" / name).read_bytes(), name


def test_real_pair_agrees_with_the_published_calls(shared, tmp_path):
    """Strelka's own demo: its PASS calls pass here; its low-score call is a germline variant of the other."""
    import gzip

    import pysam

    demo = shared / "data" / "seq" / "real" / "strelka_demo"
    inputs = CallInputs(
        reference=demo / "demo20.fa", tumor=demo / "NA12891_demo20.bam", normal=demo / "NA12892_demo20.bam"
    )
    run_call(inputs, tmp_path)
    theirs = set()
    for name in ("somatic.snvs.vcf.gz", "somatic.indels.vcf.gz"):
        with gzip.open(demo / name, "rt") as handle:
            rows = [line.split("\t") for line in handle if not line.startswith("#")]
        theirs |= {(int(row[1]), row[3], row[4]) for row in rows if row[6] == "PASS"}
    with pysam.VariantFile(str(tmp_path / "somatic.vcf.gz")) as handle:
        ours = {(one.pos, one.ref, one.alts[0]) for one in handle if list(one.filter) == ["PASS"]}
    assert len(theirs) == 18
    assert ours == theirs
