"""`oncoloom evidence`: every state that a place can be in, and figures equal to the caller's own."""

import gzip
import json

import pytest
from calling_bams import other_base, pairs, random_reference, somatic_pair, write_bam, write_reference
from typer.testing import CliRunner

from oncoloom.calling.look import verdict
from oncoloom.calling.look.inputs import look_at_files
from oncoloom.calling.look.look_at import LookSettings
from oncoloom.calling.look.model import STATES
from oncoloom.calling.look.text import look_text, read_line
from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call
from oncoloom.cli.main import app
from oncoloom.errors import InputError, ReferenceMismatchError


@pytest.fixture(scope="module")
def called(tmp_path_factory):
    """A called pair with targets on contig one only."""
    folder = tmp_path_factory.mktemp("look")
    pair = somatic_pair(folder)
    targets = folder / "targets.bed"
    targets.write_text("one\t100\t2900\n", encoding="ascii")
    calls = folder / "calls"
    inputs = CallInputs(pair["reference"], pair["tumor"], pair["normal"], targets=targets)
    run_call(inputs, calls)
    return pair | {"calls": calls, "targets": targets}


def look(called, place, *, targets=True, **settings):
    return look_at_files(
        place,
        calls=called["calls"],
        reference=called["reference"],
        tumor=called["tumor"],
        normal=called["normal"],
        targets=called["targets"] if targets else None,
        settings=LookSettings(**settings),
    )


def vcf_counts(called, pos):
    """(alternative, reference) fragments of the tumor in somatic.vcf.gz."""
    with gzip.open(called["calls"] / "somatic.vcf.gz", "rt") as handle:
        rows = [line.split("\t") for line in handle if not line.startswith("#")]
    (row,) = [row for row in rows if row[1] == str(pos)]
    ref, alt = row[9].split(":")[2].split(",")
    return int(alt), int(ref)


def test_somatic_call_with_the_vcf_s_own_counts(called):
    seen = look(called, "one:701", most_reads=500)
    assert seen.in_targets
    assert seen.callable_bases == 1
    first = seen.alleles[0]
    assert (first.state, first.filters) == ("passes", ("PASS",))
    assert first.posterior["somatic"] > 0.99
    tumor, normal = first.counts["tumor"], first.counts["normal"]
    assert (tumor.alt, tumor.ref) == vcf_counts(called, 701)
    assert (normal.alt, normal.discordant) == (0, 0)
    assert tumor.forward + tumor.reverse == tumor.alt == tumor.f1r2 + tumor.f2r1
    assert tumor.base_quality == (37, 37, 37)
    assert tumor.mapq == 60.0
    pile = seen.samples["tumor"].pileup
    assert len({read.fragment for read in pile.shown if read.group == "alt"}) == tumor.alt
    assert len({read.fragment for read in pile.shown if read.group == "ref"}) == tumor.ref
    alt = first.alt
    assert all((700, alt, 37) in read.mismatches for read in pile.shown if read.group == "alt")


@pytest.mark.parametrize(
    ("place", "state"),
    [
        ("one:501", "germline"),
        ("one:1102", "passes"),  # the second base of an MNV
        ("one:1801", "passes"),
        ("one:2201", "passes"),
        ("two:700", "outside the targets"),
    ],
)
def test_states(called, place, state):
    seen = look(called, place)
    if state == "outside the targets":
        assert seen.in_targets is False
        return
    assert seen.alleles[0].state == state
    assert seen.alleles[0].state in STATES


def test_what_is_not_there_is_not_seen_and_says_the_limit(called):
    ref = called["contigs"]["one"][650]
    seen = look(called, f"one:651 {ref}>{other_base(ref)}")
    assert [one.state for one in seen.alleles] == ["not seen"]
    said = " ".join(seen.alleles[0].reasons)
    assert "0 reads show it, 2 needed" in said
    assert "95 % power" in said
    assert seen.alleles[0].needed >= 2


def test_a_part_of_a_block_points_to_the_block(called):
    ref = called["contigs"]["one"][1100]
    alt = other_base(ref)
    seen = look(called, f"one:1101 {ref}>{alt}")
    states = {one.name: one for one in seen.alleles}
    assert states[f"{ref}>{alt}"].state == "never a candidate"
    assert "which is the candidate instead" in " ".join(states[f"{ref}>{alt}"].reasons)


def test_ref_that_is_not_the_reference_s(called):
    ref = called["contigs"]["one"][650]
    with pytest.raises(ReferenceMismatchError, match="REF is not"):
        look(called, f"one:651 {other_base(ref)}>{ref}")


def test_without_targets_the_look_says_what_it_cannot_know(called):
    seen = look(called, "one:701", targets=False)
    assert seen.in_targets is None
    assert any("--targets" in note for note in seen.notes)


def test_neighbors_within_reach(called):
    seen = look(called, "one:720")
    assert [(one.pos, one.state) for one in seen.neighbors] == [(701, "passes")]
    assert not look(called, "one:720", neighbors_bp=10).neighbors


def test_same_reads_whenever_asked_and_never_more_than_asked_for(called):
    few = look(called, "one:701", most_reads=12)
    assert few == look(called, "one:701", most_reads=12)
    pile = few.samples["tumor"].pileup
    assert len(pile.shown) == 12
    assert sum(read.group == "alt" for read in pile.shown) == 8
    assert sum(pile.n_reads.values()) > 12


def test_lines_show_what_reads_show(called):
    seen = look(called, "one:1801", most_reads=200)
    alt = next(read for read in seen.samples["tumor"].pileup.shown if read.group == "alt" and read.deletions)
    line = read_line(seen, alt)
    assert len(line) == seen.view_end - seen.view_start + 1
    assert line.count("*") == 3
    text = look_text(seen)
    assert "somatic, passes" in text
    assert f"tumor PAT_T: {len(seen.samples['tumor'].pileup.shown)} of" in text


def test_reads_of_another_sample_are_refused(called):
    with pytest.raises(InputError, match="not those of the call's tumor"):
        look_at_files(
            "one:701",
            calls=called["calls"],
            reference=called["reference"],
            tumor=called["normal"],
            normal=None,
            targets=None,
            settings=LookSettings(),
        )


def test_command_prints_and_writes_a_page(called, tmp_path):
    page = tmp_path / "page.html"
    words = ["evidence", "one:701", "--calls", called["calls"], "--reference", called["reference"]]
    words += ["--tumor", called["tumor"], "--normal", called["normal"], "--html", page]
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    assert "passes" in result.output.splitlines()[-1]
    html = page.read_text(encoding="utf-8")
    assert "<svg" in html
    assert "http" not in html.replace("http-equiv", "")
    result = CliRunner().invoke(app, [*(str(word) for word in words), "--json"])
    value = json.loads(result.output)
    assert value["alleles"][0]["state"] == "passes"
    assert len(value["samples"]["tumor"]["pileup"]["depth"]) == 81


def thin_pair(folder, insert_bp, n_with):
    """A pair on one short contig; `n_with` reads of the tumor show another base at 0-based 300."""
    contigs = {"one": random_reference(3, 620)}
    reference = write_reference(folder / "ref.fa", contigs)
    odd = other_base(contigs["one"][300])
    records = {
        role: pairs(contigs["one"], "one", 40, lambda _: {}, seed=seed, insert_bp=insert_bp)
        for role, seed in (("tumor", 1), ("normal", 2))
    }
    over = [one for one in records["tumor"] if one["pos"] <= 300 < one["pos"] + len(one["bases"])]
    for one in over[:n_with]:
        at = 300 - one["pos"]
        one["bases"] = one["bases"][:at] + odd + one["bases"][at + 1 :]
    paths = {
        role: write_bam(folder / f"{role}.bam", contigs, role[0].upper(), own)
        for role, own in records.items()
    }
    run_call(CallInputs(reference, paths["tumor"], paths["normal"]), folder / "calls")
    return look_at_files(
        "one:301",
        calls=folder / "calls",
        reference=reference,
        targets=None,
        settings=LookSettings(),
        **paths,
    )


def test_one_read_is_no_candidate_and_the_look_says_what_would_do(tmp_path):
    seen = thin_pair(tmp_path, 220, 1)
    (allele,) = seen.alleles
    assert allele.state == "never a candidate"
    said = " ".join(allele.reasons)
    assert "tumor: 1 reads show it, 2 needed" in said
    assert f"would pass with about {allele.needed} supporting fragments; there are 1" in said
    assert allele.counts["tumor"].base_quality == (37, 37, 37)
    assert seen.samples["tumor"].bases[allele.alt] == 1


def test_uncovered_places_say_so(tmp_path):
    seen = thin_pair(tmp_path, 590, 0)
    assert seen.alleles == ()
    assert seen.callable_bases == 0
    assert {note.split(":")[0] for note in seen.notes} == {
        "not covered in the tumor",
        "not covered in the normal",
    }
    assert "no read shows anything but the reference" in look_text(seen)


def test_the_model_asked_again_gives_the_call_s_own_posterior(called, monkeypatch):
    """What a small tile gathers, and the header's rates, lead to the posterior that the whole call wrote."""
    judged = []
    real = verdict.judge_allele

    def spy(*args, **options):
        judged.append(real(*args, **options))
        return judged[-1]

    monkeypatch.setattr(verdict, "judge_allele", spy)
    for pos in (701, 1801, 2201):
        judged.clear()
        seen = look(called, f"one:{pos}")
        assert len(judged) == len(seen.alleles)
        told = next(one for one in seen.alleles if one.state == "passes")
        assert any(abs(one.posterior["somatic"] - told.posterior["somatic"]) < 1e-3 for one in judged)
        assert told.needed <= told.counts["tumor"].alt
