"""One invented tumor's reads cut to a genome, an exome and a panel: the feature rows side by side."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pysam
import pytest

from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.config import FeaturesConfig
from oncoloom.features.assay_effects import EFFECTS, effect_of
from oncoloom.features.build import build_features
from oncoloom.features.request import FeatureRequest
from oncoloom.features.schema import FEATURE_NAMES, FEATURES_TABLE, missing_reason_column
from oncoloom.files import write_json
from oncoloom.tables import read_table, write_table

CONTIGS, LENGTH, KB = ("1", "2", "3"), 1_000_000, 1_000
PURITY, DEPTH = 0.6, 80
# Copies (total, minor) of the two halves of each contig.
STATES = {"1": ((2, 1), (1, 0)), "2": ((3, 1), (2, 1)), "3": ((2, 1), (2, 0))}
PLOIDY = np.mean([total for halves in STATES.values() for total, _ in halves])
N_SNVS, N_LOCI = 900, 2_400


@dataclass(frozen=True)
class Sample:
    """What the genome's reads show: fragments by kilobase, sites, mutations, lengths of repeats."""

    sequences: dict[str, str]
    fragments: dict[tuple[str, str], np.ndarray]  # role and contig to (1000,)
    hets: list[tuple[str, int, int, int, int, int]]
    snvs: list[tuple[str, int, str, str, int, int]]
    loci: list[tuple[str, int]]


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(12)
    sequences = {name: "".join(rng.choice(list("ACGT"), LENGTH)) for name in CONTIGS}
    fragments, hets, snvs = {}, [], []
    bias = {name: rng.lognormal(0, 0.15, LENGTH // KB) for name in CONTIGS}
    for name in CONTIGS:
        total = np.repeat([state[0] for state in STATES[name]], LENGTH // KB // 2)
        minor = np.repeat([state[1] for state in STATES[name]], LENGTH // KB // 2)
        mixed = PURITY * total + 2 * (1 - PURITY)
        usual = DEPTH * KB / 200 * bias[name]
        fragments["tumor", name] = rng.poisson(usual * mixed / (PURITY * PLOIDY + 2 * (1 - PURITY)))
        fragments["normal", name] = rng.poisson(usual / 2)
        for kb in range(LENGTH // KB):
            side = (PURITY * minor[kb] + 1 - PURITY) / mixed[kb]
            alt = int(rng.binomial(DEPTH, side if rng.random() < 0.5 else 1 - side))
            ours = int(rng.binomial(40, 0.5))
            hets.append((name, kb * KB + 300, DEPTH - alt, alt, 40 - ours, ours))
        for at in np.sort(rng.choice(np.arange(500, LENGTH - 500, 7), N_SNVS // 3, replace=False)).tolist():
            ref = sequences[name][at]
            alt = int(rng.binomial(DEPTH, PURITY / mixed[at // KB]))
            snvs.append((name, at, ref, "ACGT"["ACGT".index(ref) - 1], DEPTH - alt, alt))
    loci = [
        (name, at)
        for name in CONTIGS
        for at in np.sort(rng.choice(np.arange(0, LENGTH, 50), N_LOCI // 3, replace=False)).tolist()
    ]
    return Sample(sequences, fragments, hets, snvs, loci)


def _regions(assay):
    """Intervals by contig, and whether fragments between them are counted."""
    if assay == "wgs":
        return {name: [(0, LENGTH)] for name in CONTIGS}
    if assay == "exome":
        return {name: [(at, at + 700) for at in range(0, LENGTH, 2_000)] for name in CONTIGS}
    return {name: [(at, at + 1_000) for at in range(4_000, LENGTH, 40_000)] for name in CONTIGS}


def _cut(sample, assay, folder):
    """The call folder of one assay: what of the sample lies in its regions."""
    rng = np.random.default_rng(5)
    regions, rows = _regions(assay), []
    inside = {name: np.zeros(LENGTH, bool) for name in CONTIGS}
    for name, parts in regions.items():
        for start, end in parts:
            inside[name][start:end] = True

    def add(kind, role, name, start, end, label, key, count):
        rows.append(
            (
                kind,
                role,
                "T1" if role == "tumor" else "N1",
                name,
                int(start),
                int(end),
                label,
                key,
                int(count),
            )
        )

    for (role, name), counts in sample.fragments.items():
        for start, end in regions[name]:
            for low in range(start - start % KB, end, KB):
                a, b = max(low, start), min(low + KB, end)
                depth = 200 * rng.binomial(counts[low // KB], (b - a) / KB)
                for key, count in ((0, depth), (1, b - a), (2, (b - a) // 2)):
                    add("coverage", role, name, a, b, None, key, count)
        for low in range(5_500, LENGTH - 20_000, 40_000) if assay == "panel" else ():
            for start in (low, low + 18_000):
                kb = slice(start // KB, start // KB + 18)
                found = rng.binomial(counts[kb].sum(), 0.05)
                for key, count in ((0, found), (1, 18_000), (2, 9_000)):
                    add("off_target", role, name, start, start + 18_000, None, key, count)
    for name, at, *counts in sample.hets:
        if inside[name][at]:
            for (role, key), count in zip(
                (("tumor", 0), ("tumor", 1), ("normal", 0), ("normal", 1)), counts, strict=True
            ):
                add("het", role, name, at, at + 1, "A>C", key, count)
    for name, at in sample.loci:
        if inside[name][at]:
            for role in ("tumor", "normal"):
                for key, count in ((15, 40), (14, 6)):
                    add("repeat", role, name, at, at + 15, "A", key, count)
    folder.mkdir(parents=True)
    table = pl.DataFrame(rows, schema=FEATURES_RAW_TABLE.polars_schema(), orient="row")
    write_table(
        table.sort(list(FEATURES_RAW_TABLE.sort_by)), FEATURES_RAW_TABLE, folder / "features_raw.parquet"
    )
    _vcf(folder / "germline.vcf.gz", [])
    _vcf(folder / "somatic.vcf.gz", [one for one in sample.snvs if inside[one[0]][one[1]]])
    bed = "".join(f"{name}\t{a}\t{b}\n" for name, parts in regions.items() for a, b in parts)
    with pysam.BGZFile(str(folder / "callable.bed.gz"), "wb") as out:
        out.write(bed.encode())
    (folder / "targets.bed").write_text(bed)
    write_json(folder / "qc.json", {"inferred_sex": "female"})
    return folder


def _vcf(path, snvs):
    lines = ["##fileformat=VCFv4.3", "##tumor_sample=T1", "##normal_sample=N1"]
    lines += ["#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tT1\tN1"]
    for name, at, ref, alt, n_ref, n_alt in snvs:
        tumor = f"0/1:{n_ref + n_alt}:{n_ref},{n_alt}:{n_alt / (n_ref + n_alt):.4f}"
        lines.append(
            f"{name}\t{at + 1}\t.\t{ref}\t{alt}\t50\tPASS\tPOST=0.99\tGT:DP:AD:AF\t{tumor}\t0/0:40:40,0:0"
        )
    with pysam.BGZFile(str(path), "wb") as out:
        out.write(("\n".join(lines) + "\n").encode())


@pytest.fixture(scope="module")
def rows(sample, tmp_path_factory):
    """The feature row by assay."""
    folder = tmp_path_factory.mktemp("assays")
    fasta = folder / "ref.fa"
    fasta.write_text("".join(f">{name}\n{bases}\n" for name, bases in sample.sequences.items()))
    pysam.faidx(str(fasta))
    found = {}
    for assay in ("wgs", "exome", "panel"):
        calls = _cut(sample, assay, folder / assay)
        output = folder / f"{assay}.parquet"
        build_features(
            FeatureRequest(
                calls=calls, reference=fasta, assay=assay, patient_id="P", sample_id="T1", output=output,
                targets=None if assay == "wgs" else calls / "targets.bed",
                settings=FeaturesConfig(hrd_min_sites=1_000, off_target_min_fragments=50),
            )
        )  # fmt: skip
        found[assay] = read_table(output, FEATURES_TABLE).row(0, named=True)
    return found


def test_every_feature_has_a_value_or_a_reason_in_every_assay(rows):
    for assay, row in rows.items():
        for name in FEATURE_NAMES:
            assert (row[name] is None) != (row[missing_reason_column(name)] is None), (assay, name)


def test_the_genome_tells_what_is_true(rows):
    genome = rows["wgs"]
    assert genome["purity"] == pytest.approx(PURITY, abs=0.05)
    assert genome["ploidy"] == pytest.approx(PLOIDY, abs=0.2)
    assert genome["fraction_genome_altered"] == pytest.approx(2 / 6, abs=0.03)
    assert genome["fraction_genome_loh"] == pytest.approx(2 / 6, abs=0.03)
    assert genome["genome_doubled"] == 0
    assert genome["msi_status"] == "MSS"


@pytest.mark.parametrize("assay", ["exome", "panel"])
def test_what_is_comparable_agrees_within_intervals_or_is_null(rows, assay):
    genome, other = rows["wgs"], rows[assay]
    told = []
    for name in FEATURE_NAMES:
        if effect_of(name).comparable != "yes" or genome[name] is None or other[name] is None:
            continue
        lower, upper = f"{name}_lower", f"{name}_upper"
        if lower in genome:
            assert other[lower] <= genome[upper], name
            assert genome[lower] <= other[upper], name
            told.append(name)
    assert "msi_score" in told
    if assay == "exome":
        assert {"purity", "ploidy"} <= set(told)
    elif other["purity"] is None:  # few sites: both solutions are named
        assert "purity 0.6" in other[missing_reason_column("purity")]
    assert other["msi_status"] in ("MSS", "indeterminate")
    assert other["genome_doubled"] in (0, None)
    assert other["signature_state"] == genome["signature_state"]
    assert (
        other["msi_score_upper"] - other["msi_score_lower"]
        > genome["msi_score_upper"] - genome["msi_score_lower"]
    )


def test_what_compares_within_one_assay_only_grows_with_it(rows):
    for name in ("n_somatic", "n_sbs", "msi_n_loci"):
        assert rows["panel"][name] < rows["exome"][name] < rows["wgs"][name], name
    assert rows["panel"]["max_somatic_af"] <= rows["exome"]["max_somatic_af"] <= rows["wgs"]["max_somatic_af"]
    for assay in ("exome", "panel"):  # by off-target bins the panel covers the genome, too
        assert rows[assay]["fraction_genome_altered"] == pytest.approx(2 / 6, abs=0.06)


def test_what_an_assay_cannot_show_is_null_and_says_why(rows):
    for row in rows.values():
        for name in (
            "tmb",
            "tmb_harmonized",
            "btmb",
            "driver_TP53",
            "brca1_biallelic",
            "hla_loh",
            "signature_aging",
        ):
            assert row[name] is None, name
            assert row[missing_reason_column(name)], name
    assert rows["panel"]["hrd_sum"] is None


def test_each_line_of_effects_is_used(rows):
    for one in EFFECTS:
        assert any(name.startswith(one.prefixes) for name in FEATURE_NAMES)
        assert one.panel != one.genome or one.panel.startswith("null")
