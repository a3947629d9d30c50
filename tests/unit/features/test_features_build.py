"""The feature step as a whole: drivers, assessability, the row with its reasons, stops, both doors."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pysam
import pytest
from typer.testing import CliRunner

from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.cli.main import app
from oncoloom.config import FeaturesConfig
from oncoloom.errors import InputError, ReferenceMismatchError
from oncoloom.features.build import build_features
from oncoloom.features.contracts import ASSESSABILITY_TABLE, SEGMENTS_TABLE, VARIANTS_TABLE
from oncoloom.features.copy_number.gene_calls import GeneCopies
from oncoloom.features.drivers.copies import COPY_RULES, judge_copies
from oncoloom.features.drivers.rules import RULES, judge_variant
from oncoloom.features.intervals import IntervalSet, read_bed
from oncoloom.features.purity import why_unseen
from oncoloom.features.request import FeatureRequest
from oncoloom.features.schema import (
    DRIVER_GENES,
    FEATURE_NAMES,
    FEATURES,
    FEATURES_TABLE,
    missing_reason_column,
)
from oncoloom.features.testability.assessability import (
    ASSESSED_GENES,
    PROMOTER_GENES,
    AssayView,
    assess_genes,
    detection_limit,
)
from oncoloom.features.variants.vcf_door import import_variants
from oncoloom.reference_data.drivers import gene_roles
from oncoloom.tables import read_table, write_table


@pytest.mark.parametrize(
    ("gene", "term", "change", "rule", "hotspot"),
    [
        ("BRAF", "missense_variant", "p.V600E", "hotspot_same_change", "BRAF V600"),
        ("BRAF", "missense_variant", "p.V600W", "hotspot_other_change", "BRAF V600"),
        ("BRAF", "missense_variant", "p.V600D", "curated_change", "BRAF V600"),
        ("BRAF", "missense_variant", "p.V601E", None, None),
        ("BRAF", "stop_gained", "p.R10*", None, None),
        ("EGFR", "inframe_deletion", "p.E746_A750del", "hotspot_inframe_indel", "EGFR 745-759"),
        ("EGFR", "frameshift_variant", "p.E746fs", None, None),
        ("TP53", "stop_gained", "p.R213*", "truncated_tumor_suppressor", None),
        ("TP53", "synonymous_variant", "p.R175=", None, None),
        ("FLT3", "inframe_insertion", "p.E598_Y599insDYV", "hotspot_inframe_indel", "FLT3 578-613"),
        ("NPM1", "frameshift_variant", "p.W288fs", "npm1_last_exon_frameshift", None),
        ("NPM1", "frameshift_variant", "p.W28fs", None, None),
        ("MLH1", "frameshift_variant", "p.K10fs", "truncated_tumor_suppressor", None),
        ("TTN", "stop_gained", "p.K10*", None, None),
        (None, "missense_variant", "p.V600E", None, None),
    ],
)
def test_driver_rules(gene, term, change, rule, hotspot):
    verdict = judge_variant(gene, [term], change, 100)
    assert verdict.rule == rule
    assert verdict.hotspot == hotspot


def test_a_splice_site_is_found_by_its_residue():
    assert judge_variant("MET", ["splice_donor_variant"], None, 3027).rule == "hotspot_splice_site"
    assert judge_variant("MET", ["splice_donor_variant"], None, 300).rule is None
    assert judge_variant("RB1", ["splice_donor_variant"], None, 300).rule == "splice_site_tumor_suppressor"


@pytest.mark.parametrize(
    ("gene", "state", "rule"),
    [
        ("ERBB2", "amplification", "amplified_oncogene"),
        ("TP53", "amplification", None),
        ("PTEN", "deep deletion", "deleted_tumor_suppressor"),
        ("KRAS", "deep deletion", None),
        ("KRAS", "neither", None),
    ],
)
def test_copy_rules_ask_for_the_role(gene, state, rule):
    level = GeneCopies(gene, 2.0, 1.8, 2.2, None, 9, state, assessable=True)
    assert judge_copies(level) == rule


def test_every_rule_has_an_id_of_its_own_and_every_driver_gene_a_role():
    assert len({*RULES, *COPY_RULES}) == len(RULES) + len(COPY_RULES)
    assert all(gene in gene_roles() for gene in DRIVER_GENES)


def test_detection_limits_fall_with_depth():
    limits = [detection_limit(depth, 3, min_af=0.001) for depth in (10, 50, 100, 500, 2000)]
    assert limits == sorted(limits, reverse=True)
    assert 0.02 < detection_limit(2000, 3, min_af=0.02) < 0.03
    assert detection_limit(2, 3, min_af=0.01) is None


def _view(**changes):
    view = AssayView(
        {"BRAF": [("7", 200, 320), ("7", 420, 600)]},
        IntervalSet([("7", 0, 1000)]),
        {"BRAF": 100.0}.get,
        {"BRAF": GeneCopies("BRAF", 0.0, -0.1, 0.1, 2.0, 5, "neither", assessable=True)},
        "",
        {},
        {},
        0.95,
        0.01,
    )
    return replace(view, **changes)


def _state(view, gene, kind, drivers=None):
    table = assess_genes(view, drivers or {}, patient_id="P", sample_id="S")
    row = table.filter((pl.col("gene") == gene) & (pl.col("alteration_class") == kind)).to_dicts()
    return row[0]["state"], row[0]["cause"]


def test_not_detected_is_only_said_where_it_could_be_seen():
    assert _state(_view(), "BRAF", "small variant") == ("not detected", None)
    assert _state(_view(), "BRAF", "small variant", {"BRAF": {"small variant"}})[0] == "detected"
    assert _state(_view(), "BRAF", "amplification") == ("not detected", None)
    for kind in ("fusion", "exon skipping", "expression"):
        state, cause = _state(_view(), "BRAF", kind)
        assert state == "not tested"
        assert cause
    half = _view(callable_regions=IntervalSet([("7", 200, 320)]))
    assert _state(half, "BRAF", "small variant") == (
        "not assessable",
        "40 % of the coding bases have enough depth; 95 % are needed",
    )
    assert "no coding transcript" in _state(_view(), "KRAS", "small variant")[1]
    assert "no gene models" in _state(_view(coding=None), "BRAF", "small variant")[1]
    assert "only a VCF" in _state(_view(callable_regions=None), "BRAF", "small variant")[1]
    assert _state(_view(copies=None, copies_reason="no normal"), "BRAF", "amplification") == (
        "not assessable",
        "no normal",
    )
    hidden = _view(hidden={"BRAF": "p.V600E is filtered as germline"})
    assert _state(hidden, "BRAF", "small variant") == ("not assessable", "p.V600E is filtered as germline")
    faint = _view(blind_to={"deep deletion": "purity 0.20"})
    assert _state(faint, "BRAF", "deep deletion") == ("not assessable", "purity 0.20")
    assert _state(faint, "BRAF", "amplification") == ("not detected", None)


def test_a_faint_tumor_hides_changes():
    limits = {"min_purity": 0.35, "min_af": 0.2}
    assert why_unseen(0.5, None, **limits) is None
    assert "0.20 is below 0.35" in why_unseen(0.2, 0.9, **limits)
    assert why_unseen(None, 0.3, **limits) is None
    assert "0.10" in why_unseen(None, 0.1, **limits)
    assert "no somatic variant" in why_unseen(None, None, **limits)


def test_intervals_measure_overlap(tmp_path):
    some = IntervalSet([("1", 0, 10), ("1", 5, 20), ("2", 3, 4)])
    assert some.total() == 21
    assert some.overlap("1", 15, 40) == 5
    assert some.contains("2", 3)
    assert not some.contains("2", 4)
    assert some.shared([("1", 8, 12), ("1", 10, 30), ("3", 0, 5)]) == 12
    path = tmp_path / "x.bed"
    path.write_text("chr1\t0\t10\nchr1\t20\t30\tname\n")
    assert read_bed(path, {"1": 30}).intervals == [("1", 0, 10), ("1", 20, 30)]
    path.write_text("1\t5\t3\n")
    with pytest.raises(InputError, match="line 1"):
        read_bed(path, {"1": 30})
    path.write_text("9\t5\t8\n")
    with pytest.raises(ReferenceMismatchError):
        read_bed(path, {"1": 30})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("track name=x\n#none\n", "no interval in this BED file"),
        ("1\t0\t9\n1\t5\t31\n", r"line 2, contig 1: an interval ends behind its contig"),
    ],
)
def test_a_bed_of_nothing_or_of_another_build_is_refused(tmp_path, text, words):
    path = tmp_path / "x.bed"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_bed(path, {"1": 30})


def _bgzip(path, text):
    with pysam.BGZFile(str(path), "wb") as handle:
        handle.write(text.encode())


def _raw(*, amplified=False):
    rng = np.random.default_rng(5)
    rows = []
    for n, start in enumerate(range(0, 1300, 50)):
        for role, mean in (("tumor", 120 * (5 if amplified and 200 <= start < 600 else 1)), ("normal", 60)):
            depth = int(rng.poisson(mean))
            for key, count in ((0, depth * 50), (1, 50), (2, 20 + n % 5)):
                place = {"kind": "coverage", "chrom": "7", "start": start, "end": start + 50, "label": None}
                rows.append(place | {"role": role, "sample_id": role, "key": key, "count": count})
    for n in range(32):
        for role in ("tumor", "normal"):
            for key, count in ((12, 40), (11, 2)):
                place = {"kind": "repeat", "chrom": "8", "start": 20 * n, "end": 20 * n + 12, "label": "A"}
                rows.append(place | {"role": role, "sample_id": role, "key": key, "count": count})
    return pl.DataFrame(rows, schema=FEATURES_RAW_TABLE.polars_schema())


def _write_calls(folder, genome, rows, *, germline=(), **raw):
    folder.mkdir(parents=True, exist_ok=True)
    head = (
        "##fileformat=VCFv4.3\n##tumor_sample=T1\n##normal_sample=N1\n"
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tT1\tN1\n"
    )
    for name, some in (("somatic", rows), ("germline", germline)):
        _bgzip(folder / f"{name}.vcf.gz", head + "".join("\t".join(row) + "\n" for row in some))
    _bgzip(folder / "callable.bed.gz", "7\t150\t1200\n")
    write_table(_raw(**raw), FEATURES_RAW_TABLE, folder / "features_raw.parquet")
    return folder


def _row(genome, pos, alt=None, filters="PASS", gt="0/1", extra=""):
    ref = genome.sequences["7"][pos - 1]
    alt = alt or "ACGT"[("ACGT".index(ref) + 1) % 4]
    cells = (f"{gt}:100:70,30:0.3{extra}", "0/0:60:60,0:0")
    return (
        "7",
        str(pos),
        ".",
        ref,
        alt,
        "50",
        filters,
        "POST=0.99",
        "GT:DP:AD:AF" + (":PS" if extra else ""),
        *cells,
    )


def _stop_in_tp53(genome):
    """Position and base that make a stop codon early in TP53 (minus strand: coding bases read backwards)."""
    sequence = genome.sequences["7"]
    for end in range(1140 - 30, 1060, -3):
        codon = sequence[end - 3 : end]
        for offset in range(3):
            for base in "ACGT":
                changed = codon[:offset] + base + codon[offset + 1 :]
                if changed in ("TTA", "CTA", "TCA") and base != codon[offset]:
                    return end - 3 + offset + 1, base
    raise AssertionError("no such codon in the small genome")


@pytest.fixture
def request_for(genome, tmp_path):
    def make(calls, **changes):
        request = FeatureRequest(
            calls=calls,
            reference=genome.fasta,
            assay="panel",
            patient_id="P1",
            sample_id="T1",
            output=tmp_path / "features" / "P1.parquet",
            gff=genome.gff,
            settings=FeaturesConfig(min_tmb_callable_mb=0.0001),
        )
        return replace(request, **changes)

    return make


def test_reads_give_every_feature_a_value_or_a_reason(genome, tmp_path, request_for):
    pos, alt = _stop_in_tp53(genome)
    rows = [
        _row(genome, 230),
        _row(genome, 260, filters="weak_evidence"),
        _row(genome, 370),
        _row(genome, pos, alt),
    ]
    calls = _write_calls(tmp_path / "calls", genome, rows)
    tables = build_features(request_for(calls))
    row = read_table(tmp_path / "features" / "P1.parquet", FEATURES_TABLE).to_dicts()[0]
    for name in FEATURE_NAMES:
        assert (row[name] is None) != (row[missing_reason_column(name)] is None), name
    assert (row["n_somatic"], row["n_nonsynonymous"]) == (3, 2)
    assert row["tmb_missing_reason"] == "3703.7 is outside the plausible range 0 to 1000"  # 2 in 540 bases
    assert row["max_somatic_af"] == pytest.approx(0.3)
    assert (row["driver_TP53"], row["driver_BRAF"], row["driver_KRAS"]) == (1, 0, None)
    assert (row["msi_score"], row["msi_n_loci"]) == (0.0, 32)
    folder = tmp_path / "features" / "P1"
    variants = read_table(folder / "variants.parquet", VARIANTS_TABLE)
    assert variants.height == 4
    assert variants.filter(pl.col("driver"))["driver_rule"].to_list() == ["truncated_tumor_suppressor"]
    assert read_table(folder / "segments.parquet", SEGMENTS_TABLE).height >= 1
    n_rows = 6 * len(ASSESSED_GENES) + len(PROMOTER_GENES)
    assert read_table(folder / "assessability.parquet", ASSESSABILITY_TABLE).height == n_rows
    assert json.loads((folder / "tally.json").read_text())["variants"]["kept"] == 4
    assert tables.row.height == 1


def test_the_same_input_gives_the_same_bytes(genome, tmp_path, request_for):
    calls = _write_calls(tmp_path / "calls", genome, [_row(genome, 230), _row(genome, 900)])
    outputs = []
    for name in ("a", "b"):
        build_features(request_for(calls, output=tmp_path / name / "P1.parquet"))
        outputs.append([path.read_bytes() for path in sorted((tmp_path / name).rglob("*")) if path.is_file()])
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) == 12


def test_an_amplified_oncogene_is_a_driver(genome, tmp_path, request_for):
    calls = _write_calls(tmp_path / "calls", genome, [], amplified=True)
    tables = build_features(request_for(calls))
    row = tables.row.to_dicts()[0]
    assert (row["driver_BRAF"], row["driver_TP53"]) == (1, 0)
    found = tables.assessability.filter(pl.col("state") == "detected")
    assert found.select("gene", "alteration_class").rows() == [("BRAF", "amplification")]
    assert row["max_somatic_af_missing_reason"] == "no somatic variant"
    assert row["msi_status"] == "indeterminate"
    assert any("purity is unknown" in note for note in tables.notes)


def test_germline_truncations_of_suppressors_are_kept_and_the_rest_counted(genome, tmp_path, request_for):
    pos, alt = _stop_in_tp53(genome)
    germline = [_row(genome, pos, alt), _row(genome, 370)]
    calls = _write_calls(tmp_path / "calls", genome, [], germline=germline)
    tables = build_features(request_for(calls))
    assert tables.variants.select("origin", "driver_rule").rows() == [
        ("germline", "germline_truncated_tumor_suppressor")
    ]
    assert tables.row["n_somatic"][0] == 0
    assert tables.row["driver_TP53"][0] == 1


def test_without_gene_models_nothing_actionable_could_be_assessed(genome, tmp_path, request_for):
    calls = _write_calls(tmp_path / "calls", genome, [_row(genome, 230)])
    tables = build_features(request_for(calls, gff=None))
    assert tables.variants["consequence"].to_list() == [None]
    states = tables.assessability.filter(pl.col("alteration_class") == "small variant")
    assert set(states["state"]) == {"not assessable"}
    assert set(states["cause"]) == {"no gene models for this reference"}
    row = tables.row.to_dicts()[0]
    assert row["n_somatic"] == 1
    assert row["n_nonsynonymous"] is None
    assert row["tmb_missing_reason"] == "no gene models for this reference"
    assert any("no gene models" in note for note in tables.notes)


def test_without_a_normal_a_germline_filter_hides_no_driver(genome, tmp_path, request_for):
    pos, alt = _stop_in_tp53(genome)
    calls = _write_calls(tmp_path / "calls", genome, [_row(genome, pos, alt, filters="germline")])
    raw = read_table(calls / "features_raw.parquet", FEATURES_RAW_TABLE).filter(pl.col("role") == "tumor")
    write_table(raw, FEATURES_RAW_TABLE, calls / "features_raw.parquet")
    row = build_features(request_for(calls)).row.to_dicts()[0]
    assert row["driver_TP53"] is None
    assert "may as well be somatic" in row["driver_TP53_missing_reason"]
    assert row["driver_BRAF"] == 0
    assert row["purity_missing_reason"].startswith("no matched normal and no pool of normals")


def test_a_panel_without_repeat_loci_has_no_msi(genome, tmp_path, request_for):
    calls = _write_calls(tmp_path / "calls", genome, [_row(genome, 230)])
    raw = read_table(calls / "features_raw.parquet", FEATURES_RAW_TABLE).filter(pl.col("kind") != "repeat")
    write_table(raw, FEATURES_RAW_TABLE, calls / "features_raw.parquet")
    row = build_features(request_for(calls)).row.to_dicts()[0]
    assert (row["msi_score"], row["msi_status"]) == (None, None)
    assert row["msi_score_missing_reason"] == row["msi_status_missing_reason"]
    assert "holds 0 microsatellites" in row["msi_score_missing_reason"]


def test_a_tumor_of_purity_a_tenth_is_told_little_and_says_so(genome, tmp_path, request_for):
    rows = [_row(genome, pos) for pos in range(205, 600, 11)]
    faint = [tuple(cell.replace(":100:70,30:0.3", ":100:95,5:0.05") for cell in row) for row in rows]
    tables = build_features(request_for(_write_calls(tmp_path / "calls", genome, faint)))
    row = tables.row.to_dicts()[0]
    assert row["purity"] == pytest.approx(0.1, abs=0.03)
    assert row["msi_status"] == "indeterminate"
    for name in ("hrd_sum", "ploidy", "genome_doubled"):
        assert row[name] is None
        assert row[missing_reason_column(name)]
    unseen = tables.assessability.filter(
        pl.col("gene") == "BRAF", pl.col("alteration_class") == "deep deletion"
    )
    assert unseen["state"].to_list() == ["not assessable"]
    assert "purity" in unseen["cause"][0] or "tumor" in unseen["cause"][0]


def test_calls_of_which_none_passed_count_as_none_and_are_said(genome, tmp_path, request_for):
    calls = _write_calls(tmp_path / "calls", genome, [_row(genome, 230, filters="weak_evidence")])
    tables = build_features(request_for(calls))
    assert tables.row["n_somatic"].to_list() == [0]
    assert "1 variants, none of which passed its filters: they count as none" in tables.notes


def test_burden_of_a_table_needs_consequences_origins_and_a_size(genome, tmp_path):
    def run(folder, size="2"):
        return CliRunner().invoke(
            app, ["features", "tmb", str(folder / "variants.parquet"), "--callable-mb", size]
        )

    bare = _import_folder(genome, tmp_path, "PASS")
    result = run(bare)
    assert result.exit_code == 1
    assert "the variants carry no consequences" in result.output
    assert run(bare, "0.05").exit_code == 1
    for size in ("-1", "nan", "inf", "5000"):
        assert run(bare, size).exit_code == 2
    unknown = run(_import_folder(genome, tmp_path, "PASS", info="."))
    assert unknown.exit_code == 1
    assert "no matched normal tells" in unknown.output


def test_a_stop_gives_tables_without_rows(genome, tmp_path, request_for):
    calls = _write_calls(tmp_path / "calls", genome, [_row(genome, 230)])
    verdict = tmp_path / "qc.json"
    verdict.write_text('{"state": "stopped"}')
    tables = build_features(request_for(calls, qc=verdict))
    assert [t.height for t in (tables.row, tables.variants, tables.segments, tables.assessability)] == [
        0,
        0,
        0,
        0,
    ]
    assert (tmp_path / "features" / "P1" / "variants.parquet").is_file()
    verdict.write_text('{"state": "warned"}')
    assert build_features(request_for(calls, qc=verdict)).row.height == 1


def _import_folder(genome, tmp_path, filters, samples="T1", info="SOMATIC"):
    ref = genome.sequences["7"][229]
    alt = "ACGT"[("ACGT".index(ref) + 1) % 4]
    text = f"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{samples}\n"
    text += f"7\t230\t.\t{ref}\t{alt}\t.\t{filters}\t{info}\tGT:AD\t0/1:30,10\n"
    folder = tmp_path / "imported"
    folder.mkdir(exist_ok=True)
    (folder / "x.vcf").write_text(text)
    frame, _ = import_variants(folder / "x.vcf", genome.fasta, patient_id="P1", sample_id="T1")
    write_table(frame, VARIANTS_TABLE, folder / "variants.parquet")
    return folder


def test_the_vcf_door_says_what_a_vcf_cannot_tell(genome, tmp_path, request_for):
    tables = build_features(request_for(_import_folder(genome, tmp_path, "PASS")))
    row = tables.row.to_dicts()[0]
    assert row["entry"] == "vcf"
    assert row["n_somatic"] == 1
    assert "callable size is unknown" in row["tmb_missing_reason"]
    assert "only a VCF" in row["msi_score_missing_reason"]
    assert "only a VCF" in row["driver_BRAF_missing_reason"]
    assert tables.variants["gene"].to_list() == ["BRAF"]
    unfiltered = build_features(request_for(_import_folder(genome, tmp_path, "."))).row.to_dicts()[0]
    assert unfiltered["n_somatic_missing_reason"] == "the calls were not filtered by their caller"
    unknown = build_features(request_for(_import_folder(genome, tmp_path, "PASS", info="."))).row.to_dicts()[
        0
    ]
    assert "no matched normal" in unknown["n_somatic_missing_reason"]


def test_a_folder_without_calls_is_refused(tmp_path, request_for):
    with pytest.raises(InputError, match="no calls in this folder"):
        build_features(request_for(tmp_path))
    assert not (tmp_path / "features").exists()


def test_the_registry_is_what_the_table_holds():
    names = [column.name for column in FEATURES_TABLE.columns]
    for spec in FEATURES:
        assert names.index(missing_reason_column(spec.name)) == names.index(spec.name) + 1
        assert spec.description


def test_the_commands_answer(genome, tmp_path):
    runner = CliRunner()
    calls = _write_calls(tmp_path / "calls", genome, [_row(genome, 230)])
    out = tmp_path / "f" / "P1.parquet"
    options = ["--calls", calls, "--reference", genome.fasta, "--gff", genome.gff, "--patient-id", "P1"]
    done = runner.invoke(
        app, ["features", *map(str, options), "--sample-id", "T1", "--output", str(out), "--json"]
    )
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["n_somatic"] == 1
    msi = runner.invoke(app, ["features", "msi", str(calls / "features_raw.parquet"), "--json"])
    assert json.loads(msi.stdout)["msi_n_loci"] == 32
    variants = out.with_suffix("") / "variants.parquet"
    tmb = runner.invoke(app, ["features", "tmb", str(variants), "--callable-mb", "2", "--json"])
    assert json.loads(tmb.stdout)["tmb"] == 0.5
    missing = runner.invoke(app, ["features", "--calls", str(calls)])
    assert missing.exit_code == 2
    genes = runner.invoke(app, ["resources", "genes", "MLL3", "--json"])
    assert json.loads(genes.stdout)[0]["symbol"] == "KMT2C"
    assert runner.invoke(app, ["resources", "verify"]).exit_code == 0
    assert len(json.loads(runner.invoke(app, ["resources", "list", "--json"]).stdout)) >= 9
