"""Invented inputs of the report, made through the schemas that the earlier steps keep."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.config import ProjectConfig, parse_config
from oncoloom.features.contracts import ASSESSABILITY_TABLE, HOTSPOTS_TABLE, SEGMENTS_TABLE, VARIANTS_TABLE
from oncoloom.features.drivers.contracts import DRIVERS_TABLE
from oncoloom.features.msi.contracts import MSI_LOCI_TABLE
from oncoloom.features.schema import FEATURES, FEATURES_TABLE, missing_reason_column
from oncoloom.features.signatures.contracts import SIGNATURES_TABLE, SPECTRUM_TABLE
from oncoloom.report.inputs import ReportInputs, read_inputs
from oncoloom.response.schema import PREDICTIONS_TABLE
from oncoloom.tables import TableSchema, write_table

PATIENT = "P-7F3A"
FIGURES = {
    "tmb": 3.1,
    "tmb_lower": 2.0,
    "tmb_upper": 4.6,
    "n_somatic": 34,
    "n_nonsynonymous": 21,
    "msi_score": 0.02,
    "msi_n_loci": 150,
    "msi_status": "MSS",
    "purity": 0.62,
    "ploidy": 2.3,
}
CHECKS = [
    ("identity concordance", "pass", 0.991, 0.8, "Tumor and normal agree at 99 % of 1,842 positions."),
    ("contamination", "pass", 0.004, 0.02, "Foreign DNA 0.4 %."),
    ("tumor depth", "pass", 212.0, 60, "Mean tumor depth 212 fragments."),
    ("normal depth", "pass", 98.0, 30, "Mean normal depth 98 fragments."),
]
CHROMOSOMES = {
    str(n): length
    for n, length in enumerate(
        (
            249,
            243,
            198,
            191,
            181,
            171,
            159,
            146,
            141,
            136,
            135,
            134,
            115,
            107,
            103,
            90,
            81,
            78,
            59,
            63,
            48,
            51,
        ),
        start=1,
    )
}


def variant(gene: str | None, change: str | None, **fields: Any) -> dict[str, Any]:
    """One row of the variants table; `fields` overrides."""
    row = dict.fromkeys((column.name for column in VARIANTS_TABLE.columns), None)
    row |= {
        "patient_id": PATIENT,
        "sample_id": "T-01",
        "chrom": "7",
        "pos": 55191822,
        "ref": "T",
        "alt": "G",
        "variant_class": "snv",
        "gene": gene,
        "hgvs_p_short": change,
        "hgvs_c": "c.2573T>G",
        "transcript": "NM_005228.5",
        "consequence": "missense_variant",
        "depth": 212,
        "ref_count": 146,
        "alt_count": 66,
        "af": 66 / 212,
        "normal_depth": 98,
        "normal_alt_count": 0,
        "origin": "somatic",
        "filters": "PASS",
        "posterior": 0.99999,
        "driver": False,
        "caller": "oncoloom",
    }
    return row | fields


def driver(row: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The row of the drivers table for a driver variant; `fields` overrides."""
    out = dict.fromkeys((column.name for column in DRIVERS_TABLE.columns), None)
    out |= {
        name: row[name]
        for name in ("patient_id", "sample_id", "gene", "chrom", "pos", "ref", "alt", "origin")
    }
    out |= {
        "alteration_class": "small variant",
        "change": row["hgvs_p_short"],
        "rule": row["driver_rule"] or "hotspot_same_change",
        "reason": "residue seen in 113 tumors of a public list (Cancer Hotspots)",
        "evidence": f"hotspots/cancer_hotspots.tsv.gz: {row['hotspot'] or row['gene']}, 113 tumors",
        "n_tumors": 113,
    }
    return out | fields


def copy_driver(gene: str, alteration_class: str, **fields: Any) -> dict[str, Any]:
    """A row of the drivers table for copies of a gene."""
    amplified = alteration_class == "amplification"
    row = driver(variant(gene, None, ref=None, alt=None))
    return (
        row
        | {
            "alteration_class": alteration_class,
            "rule": "amplified_oncogene" if amplified else "deleted_tumor_suppressor",
            "reason": "9 (8–10) copies of an oncogene; the whole genome has 2.3"
            if amplified
            else "no copy is left",
            "evidence": f"driver_genes/supplement.tsv: {gene}, by its papers",
            "n_tumors": None,
            "copies": 9.0 if amplified else 0.1,
            "copies_lower": 8.1 if amplified else 0.0,
            "copies_upper": 10.2 if amplified else 0.3,
            "log2": 1.4 if amplified else -2.0,
            "n_bins": 20,
        }
        | fields
    )


def verdict(gene: str, alteration_class: str, state: str, **fields: Any) -> dict[str, Any]:
    """One row of the assessability table."""
    row = {
        "patient_id": PATIENT,
        "sample_id": "T-01",
        "gene": gene,
        "alteration_class": alteration_class,
        "state": state,
        "cause": None,
        "covered_fraction": 0.99,
        "detection_limit_af": 0.05,
    }
    return row | fields


def prediction(therapy: str, endpoint: str, event: float, **fields: Any) -> dict[str, Any]:
    """One row of the predictions table; `event` is the probability of the endpoint's event."""
    row = {
        "patient_id": PATIENT,
        "therapy": therapy,
        "received": False,
        "endpoint": endpoint,
        "horizon_days": None if endpoint == "response" else 365,
        "probability": event,
        "probability_lo90": max(0.0, event - 0.13),
        "probability_hi90": min(1.0, event + 0.14),
        "probability_lo50": max(0.0, event - 0.05),
        "probability_hi50": min(1.0, event + 0.06),
        "outcome_set": None,
        "survival_time_lower90_days": None,
        "abstained": False,
        "reason": None,
        "n_similar": 212,
        "observed_similar": min(1.0, max(0.0, event - 0.03)),
        "model_version": "sha256:8d10e4b2" + "0" * 56,
        "cohort_digest": "sha256:5c2e90b7" + "0" * 56,
    }
    return row | fields


def segments(*, copies: bool = True) -> list[dict[str, Any]]:
    """A genome at two copies with a gain, a loss and an amplified gene."""
    rows = []
    for chrom, length in CHROMOSOMES.items():
        cuts = [(0, length, 2.0, 0.5, None)]
        if chrom == "7":
            cuts = [
                (0, 54, 4.0, 0.42, None),
                (54, 56, 6.0, 0.36, "EGFR"),
                (56, 116, 3.0, 0.45, None),
                (116, 117, 9.0, 0.3, "MET"),
                (117, length, 3.0, 0.45, None),
            ]
        if chrom == "3":
            cuts = [(0, 90, 1.0, 0.44, None), (90, length, 3.0, 0.45, None)]
        for start, end, level, baf, gene in cuts:
            log2 = {0: -2.0, 1: -0.4, 2: 0.0, 3: 0.3, 4: 0.55, 6: 0.9, 9: 1.4}[int(level)]
            rows.append(
                {
                    "patient_id": PATIENT,
                    "sample_id": "T-01",
                    "chrom": chrom,
                    "start": start * 1_000_000,
                    "end": end * 1_000_000,
                    "n_bins": 20,
                    "log2": log2,
                    "log2_lower": log2 - 0.05,
                    "log2_upper": log2 + 0.05,
                    "baf": baf,
                    "total_cn": level if copies else None,
                    "minor_cn": None,
                    "gene": gene,
                    "caller": "oncoloom",
                }
            )
    return rows


def default_tables() -> dict[str, list[dict[str, Any]]]:
    """The patient of the drawn page one."""
    genes = ["BRAF", "KRAS", "NRAS", "PIK3CA", "BRCA1", "BRCA2"]
    assess = [verdict(gene, "small variant", "not detected") for gene in genes]
    assess += [verdict(gene, "small variant", "detected") for gene in ("EGFR", "TP53")]
    assess.append(
        verdict(
            "ERBB2",
            "small variant",
            "not assessable",
            cause="62 % of its bases covered enough, 95 % needed",
            covered_fraction=0.62,
            detection_limit_af=None,
        )
    )
    assess += [
        verdict(gene, "amplification", "not detected", detection_limit_af=None) for gene in ("ERBB2", "KRAS")
    ]
    assess.append(verdict("MET", "amplification", "detected"))
    for gene in ("ALK", "RET", "ROS1"):
        assess += [
            verdict(gene, kind, "not tested", cause="No RNA", covered_fraction=None, detection_limit_af=None)
            for kind in ("fusion", "expression")
        ]
    predictions = [
        prediction("osimertinib", "response", 0.78, received=True, observed_similar=0.80),
        prediction(
            "osimertinib", "pfs", 0.42, received=True, observed_similar=0.39, survival_time_lower90_days=120.0
        ),
        prediction("platinum + pemetrexed", "response", 0.34, n_similar=498),
        prediction("platinum + pemetrexed", "pfs", 0.69, n_similar=498),
        *(
            prediction(
                "PD-1 inhibitor alone",
                kind,
                0.5,
                abstained=True,
                n_similar=4,
                observed_similar=None,
                reason="fewer than 10 similar patients received it, 30 are needed",
            )
            for kind in ("response", "pfs")
        ),
    ]
    return {
        "variants": [
            variant("EGFR", "p.L858R", driver=True, driver_rule="hotspot_same_change", hotspot="EGFR L858"),
            variant(
                "TP53",
                "p.R273H",
                driver=True,
                driver_rule="hotspot_same_change",
                hotspot="TP53 R273",
                chrom="17",
                pos=7673802,
                ref="C",
                alt="T",
                alt_count=21,
                depth=172,
                af=21 / 172,
            ),
            variant("KEAP1", "p.G333C", chrom="19", pos=10491881, alt_count=40, depth=180, af=40 / 180),
            variant(
                "BRAF",
                "p.V600E",
                chrom="7",
                pos=140753336,
                alt_count=3,
                depth=240,
                af=3 / 240,
                filters="strand_bias;weak_evidence",
                hotspot="BRAF V600",
            ),
        ],
        "segments": segments(),
        "assessability": assess,
        "predictions": predictions,
    }


def feature_row(figures: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """One row of the features table; what is not given is null with a reason."""
    figures = FIGURES if figures is None else figures
    row: dict[str, Any] = {"patient_id": PATIENT, "sample_id": "T-01", "entry": "reads", "assay": "exome"}
    for spec in FEATURES:
        row[spec.name] = figures.get(spec.name)
        row[missing_reason_column(spec.name)] = None if spec.name in figures else "not tested on this assay"
    return row | fields


def table(rows: list[dict[str, Any]], schema: TableSchema) -> pl.DataFrame:
    """Rows as a table of that schema."""
    return pl.DataFrame(rows, schema=schema.polars_schema(), orient="row") if rows else schema.empty()


def write_inputs(
    folder: Path,
    *,
    patient_id: str = PATIENT,
    tables: dict[str, list[dict[str, Any]]] | None = None,
    state: str = "passed",
    checks: list[tuple[Any, ...]] | None = None,
    override: dict[str, Any] | None = None,
    feature: dict[str, Any] | None = None,
    sheet: tuple[str, str] = ("female", "LUAD"),
) -> dict[str, Path]:
    """Write one patient's files as the pipeline lays them out; option name to path."""
    tables = default_tables() if tables is None else tables
    small = [driver(row) for row in tables.get("variants", []) if row["driver"]]
    copies = [
        copy_driver(row["gene"], row["alteration_class"])
        for row in tables.get("assessability", [])
        if row["state"] == "detected" and row["alteration_class"] in ("amplification", "deep deletion")
    ]
    tables = {**tables, "drivers": tables.get("drivers", []) + copies + small}
    details = folder / "features" / patient_id
    for name, schema in (
        ("variants", VARIANTS_TABLE),
        ("drivers", DRIVERS_TABLE),
        ("segments", SEGMENTS_TABLE),
        ("assessability", ASSESSABILITY_TABLE),
        ("hotspots", HOTSPOTS_TABLE),
        ("spectrum", SPECTRUM_TABLE),
        ("signatures", SIGNATURES_TABLE),
        ("msi_loci", MSI_LOCI_TABLE),
    ):
        rows = [row | {"patient_id": patient_id} for row in tables.get(name, [])]
        write_table(table(rows, schema), schema, details / f"{name}.parquet")
    row = (feature_row() if feature is None else feature) | {"patient_id": patient_id}
    write_table(table([row], FEATURES_TABLE), FEATURES_TABLE, folder / "features" / f"{patient_id}.parquet")
    keys = ("check", "status", "value", "limit", "sentence")
    verdicts = [dict(zip(keys, check, strict=True)) for check in (CHECKS if checks is None else checks)]
    qc = folder / "qc" / f"{patient_id}.json"
    qc.parent.mkdir(parents=True, exist_ok=True)
    qc.write_text(
        json.dumps(
            {
                "patient_id": patient_id,
                "state": state,
                "mode": "tumor-normal",
                "checks": verdicts,
                "override": override,
            }
        )
    )
    patients = folder / "patients.tsv"
    patients.write_text(
        f"patient_id\tsex\toncotree_code\n{patient_id}\t{sheet[0]}\t{sheet[1]}\n", encoding="utf-8"
    )
    paths = {
        "qc": qc,
        "features": folder / "features" / f"{patient_id}.parquet",
        "calls": folder / "calls" / patient_id,
        "patients": patients,
    }
    if "predictions" in tables:
        rows = [row | {"patient_id": patient_id} for row in tables["predictions"]]
        paths["predictions"] = folder / "predictions.parquet"
        write_table(table(rows, PREDICTIONS_TABLE), PREDICTIONS_TABLE, paths["predictions"])
    return paths


def example_config(**report: Any) -> ProjectConfig:
    """A config with gene models and simulated patients."""
    return parse_config(
        {"reference": {"fasta": "ref.fa", "gff": "genes.gff3"}, "report": {"simulated": True, **report}}
    )


def example_inputs(
    folder: Path, *, config: ProjectConfig | None = None, metrics: Path | None = None, **fields: Any
) -> ReportInputs:
    """Written and read again, as the command does."""
    paths = write_inputs(folder, **fields)
    return read_inputs(
        fields.get("patient_id", PATIENT),
        qc=paths["qc"],
        features=paths["features"],
        calls=paths["calls"],
        predictions=paths.get("predictions"),
        patients=paths["patients"],
        config=config or example_config(),
        metrics=metrics,
    )
