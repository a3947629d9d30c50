"""Snakemake's log, read: steps done, jobs that failed and their logs."""

from oncoloom.project.progress import FailedJob, Progress, culprits

START = """localrule qc:
    input: results/calls/P2/qc.json
    output: results/qc/P2.json
    log: logs/qc/P2.log
    jobid: 8
    wildcards: patient_id=P2
    resources: tmpdir=<TBD>
Shell command: oncoloom qc
"""
FINISHED = """[Wed Nov 25 18:07:32 2026]
Finished jobid: 8 (Rule: qc)
10 of 27 steps (37%) done
"""
FAILED = """[Wed Nov 25 18:07:32 2026]
Error in rule qc:
    message: None
    jobid: 8
    external_jobid: 4711
    input: results/calls/P2/qc.json
    output: results/qc/P2.json
    log: logs/qc/P2.log (check log file(s) for error details)
    shell:
        oncoloom qc
        (command exited with non-zero exit code)
Select jobs to execute...
"""


def feed(progress, text):
    return [sentence for line in text.splitlines(keepends=True) if (sentence := progress.feed(line))]


def test_finished_job_is_one_sentence():
    progress = Progress()
    told = feed(progress, START + FINISHED)
    assert len(told) == 1
    assert told[0].startswith("10 of 27: qc P2, about ")
    assert (progress.done, progress.total) == (10, 27)


def test_goal_of_the_workflow_is_no_step():
    progress = Progress()
    told = feed(progress, "job    count\nall        1\nqc        26\ntotal     27\n" + START + FINISHED)
    assert told[0].startswith("10 of 26: qc P2, about ")


def test_failed_job_has_rule_patient_log_and_slurm_id(tmp_path):
    progress = Progress()
    assert feed(progress, START + FAILED) == ["failed: qc P2"]
    job = progress.failed["8"]
    assert job == FailedJob("qc", "P2", "logs/qc/P2.log", "4711")
    assert job.last_lines(tmp_path) == []
    (tmp_path / "logs/qc").mkdir(parents=True)
    (tmp_path / "logs/qc/P2.log").write_text("".join(f"line {n}\n" for n in range(30)))
    assert job.last_lines(tmp_path) == [f"line {n}" for n in range(10, 30)]


def test_job_that_works_at_the_second_attempt_is_no_failure():
    progress = Progress()
    feed(progress, START + FAILED + START + FINISHED)
    assert progress.failed == {}


def test_log_that_ends_inside_a_block():
    progress = Progress()
    feed(progress, START)
    assert feed(progress, FAILED.partition("    shell")[0]) == []
    assert progress.end() == "failed: qc P2"


def test_of_jobs_that_travelled_together_only_the_telling_one_failed(tmp_path):
    group = (
        "    message: Error in group patient\n    log: /x/.snakemake/slurm_logs/group/14.log (check)\n"
        "    jobs:\n        rule qc:\n            jobid: 8\n"
    )
    blocks = "".join(
        f"    [Wed]\n    Error in rule {rule}:\n        message: None\n        jobid: {job}\n"
        f"        log: logs/{rule}/P2.log (check log file(s) for error details)\n"
        "        shell:\n            x\n"
        for rule, job in (("features", 9), ("qc", 8), ("import_variants", 7))
    )
    progress = Progress()
    told = feed(progress, START + group + blocks + "Removing output files\n")
    assert told == ["failed: features", "failed: qc P2", "failed: import_variants"]
    for rule, text in (("qc", "error: broken\n"), ("import_variants", "1 variants\n")):
        (tmp_path / "logs" / rule).mkdir(parents=True)
        (tmp_path / "logs" / rule / "P2.log").write_text(text)
    assert [job.rule for job in culprits(progress.failed.values(), tmp_path)] == ["qc"]
    assert {job.slurm_id for job in progress.failed.values()} == {"14"}
