"""A project of empty shells, and an `oncoloom` that only makes what a rule promises: for tests of the DAG."""

import os
import stat
import subprocess
import sys
from pathlib import Path

from oncoloom.project.engine import follow, snakemake_command
from oncoloom.project.folder import open_project
from oncoloom.project.layout import FEATURE_TABLES

FAKE = r"""#!{python}
import os, pathlib, sys
words = sys.argv[1:]
print(words)
out = pathlib.Path(words[words.index("--strips" if words[0] == "evidence" else "--output") + 1])
trouble = os.environ.get("FAKE_FAILS", "")
if trouble and all(part in words for part in trouble.split()):
    print("error: this step was told to fail")
    raise SystemExit(1)
def put(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(" ".join(words))
verb = words[0]
if verb == "call" and "--evidence-only" in words:
    put(out / "candidates.parquet")
elif verb in ("call", "call-finish"):
    for name in ("qc.json", "features_raw.parquet"):
        put(out / name)
    for name in ("callable.bed", "somatic.vcf", "germline.vcf"):
        put(out / (name + ".gz"))
        put(out / (name + ".gz.tbi"))
elif verb == "align":
    put(out)
    put(pathlib.Path(str(out) + ".bai"))
elif verb == "features":
    put(out)
    for name in {feature_tables}:
        put(out.with_suffix("") / (name + ".parquet"))
elif verb in ("train", "validate"):
    put(out / "metrics.json")
elif verb == "report" and words[1] == "build":
    for name in ("report.json", "report.html", "report.pdf"):
        put(out / name)
else:
    put(out)
"""

CONFIG = """
reference: {fasta: "ref v1.fa"}
training:
  cohorts:
    - {kind: csv, path: train.csv, mapping: loris_icb, name: known, use: train}
    - {kind: csv, path: test.csv, mapping: loris_icb, name: later, use: test}
"""


def make_project(folder: Path, *, genome: int = 1000, assay: str = "panel", config: str = CONFIG) -> Path:
    """Two patients with BAMs, one with a VCF, one with two lanes of FASTQ; odd characters in their names."""
    reads = folder / "r & d"
    (folder / "config").mkdir(parents=True)
    reads.mkdir()
    (folder / "config/config.yaml").write_text(config)
    (folder / "ref v1.fa").write_text(">1\nACGT\n")
    (folder / "ref v1.fa.fai").write_text(f"1\t{genome}\t3\t60\t61\n")
    (folder / "t [1].bed").write_text("1\t0\t4\n")
    for name in ("train.csv", "test.csv"):
        (folder / name).write_text("id\n")
    rows = ["patient_id\tsample_id\trole\treads\treads_2\tread_group\tvcf\tassay\tassay_bed"]
    bed = "t [1].bed"
    for patient in ("P1", "P2"):
        for role in ("tumor", "normal"):
            name = f"r & d/{patient} {role}'s $x.bam"
            (folder / name).write_text(name)
            rows.append(f"{patient}\t{patient}-{role}\t{role}\t{name}\t\t\t\t{assay}\t{bed}")
    (reads / "(v) [2].vcf").write_text("v")
    rows.append(f"V1\tV1-T\ttumor\t\t\t\tr & d/(v) [2].vcf\t{assay}\t{bed}")
    for lane in ("L1", "L2"):
        for mate in ("1", "2"):
            (reads / f"{lane} #{mate}.fastq").write_text(f"{lane} {mate}\n")
        rows.append(f"F1\tF1-T\ttumor\tr & d/{lane} #1.fastq\tr & d/{lane} #2.fastq\t{lane}\t\tpanel\t{bed}")
    (folder / "config/samples.tsv").write_text("\n".join(rows) + "\n")
    patients = (
        "patient_id\tsex\toncotree_code\nP1\tfemale\tLUAD\nP2\tmale\tMEL\nV1\tmale\tMEL\nF1\tmale\tMEL\n"
    )
    (folder / "config/patients.tsv").write_text(patients)
    return folder / "config/config.yaml"


def fake_environment(tools: Path, fails: str = "") -> dict[str, str]:
    """An environment whose `oncoloom` is the fake; a job whose words hold all of `fails` fails."""
    tools.mkdir(exist_ok=True)
    tool = tools / "oncoloom"
    tables = repr(FEATURE_TABLES)
    tool.write_text(FAKE.replace("{python}", sys.executable).replace("{feature_tables}", tables))
    tool.chmod(tool.stat().st_mode | stat.S_IEXEC)
    python = Path(sys.executable).parent
    return {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{python}{os.pathsep}{os.environ['PATH']}",
        "FAKE_FAILS": fails,
    }


def run_fake(monkeypatch, config: Path, tools: Path, *, fails: str = "", only=None):
    """Run the workflow with the fake; (exit code, progress, sentences told)."""
    environment = fake_environment(tools, fails)
    monkeypatch.setattr("oncoloom.project.engine.job_environment", lambda: environment)
    project = open_project(config, only=only)
    told: list[str] = []
    command = snakemake_command(project, cores=2)
    code, progress = follow(command, project.folder, say=told.append, started=lambda _pid: None)
    return code, progress, told


def plain_snakemake(folder: Path, *words: str, tools: Path | None = None) -> subprocess.CompletedProcess:
    """Call Snakemake as a person would, in the project folder."""
    from oncoloom.bundled import bundled_path

    command = [sys.executable, "-P", "-m", "snakemake", "-s", str(bundled_path("workflow", "Snakefile"))]
    environment = fake_environment(tools) if tools else None
    return subprocess.run(
        [*command, "--cores", "2", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
