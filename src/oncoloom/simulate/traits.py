"""Draws of patients' traits: tumor type, drivers, genome-wide features, clinical covariates."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.simulate.tumor_types import PANEL_GENES, TUMOR_TYPES, TYPE_OF_CODE, TumorType

_Column = NDArray[Any] | list[str]
_EXCLUSIVE = ("EGFR", "BRAF", "KRAS")
_MSI_LOCI = 110


def draw_traits(
    rng: np.random.Generator, patient_ids: list[str], codes: list[str] | None = None
) -> pl.DataFrame:
    """Traits of patients, one row each, columns named as in the feature and clinical schemas.

    Parameters
    ----------
    rng
        Its stream alone decides the result.
    patient_ids
        One id a row.
    codes
        OncoTree codes to use; drawn by their declared share when None.

    Returns
    -------
    polars.DataFrame
        Without missing values; :func:`oncoloom.simulate.cohort_tables` takes some away later.
    """
    if codes is None:
        shares = np.array([kind.share for kind in TUMOR_TYPES])
        codes = [TUMOR_TYPES[at].code for at in rng.choice(len(TUMOR_TYPES), size=len(patient_ids), p=shares)]
    kinds = [TYPE_OF_CODE[code] for code in codes]
    msi_high = rng.random(len(kinds)) < _each(kinds, "msi_high")
    drivers = _drivers(rng, kinds, msi_high)
    return pl.DataFrame(
        {
            "patient_id": patient_ids,
            "oncotree_code": codes,
            "tumor_type": [kind.name for kind in kinds],
            **_clinic(rng, kinds),
            **_genome(rng, kinds, msi_high, drivers),
            **_microsatellites(rng, msi_high),
            **drivers,
        }
    )


def with_known(frame: pl.DataFrame, known: list[dict[str, object]]) -> pl.DataFrame:
    """`frame` with the values that each patient's story fixes, in row order."""
    rows = [{**row, **story} for row, story in zip(frame.to_dicts(), known, strict=True)]
    return pl.DataFrame(rows, schema=frame.schema)


def _each(kinds: list[TumorType], attribute: str) -> NDArray[np.float64]:
    return np.array([getattr(kind, attribute) for kind in kinds], dtype=float)


def _drivers(
    rng: np.random.Generator, kinds: list[TumorType], msi_high: NDArray[np.bool_]
) -> dict[str, NDArray[np.int64]]:
    """One 0/1 column a gene; of EGFR, BRAF and KRAS at most one, as in most tumors."""
    out: dict[str, NDArray[np.bool_]] = {}
    taken = np.zeros(len(kinds), dtype=bool)
    for gene in (*_EXCLUSIVE, *(gene for gene in PANEL_GENES if gene not in _EXCLUSIVE)):
        rate = np.array([kind.drivers.get(gene, 0.004) for kind in kinds])
        if gene == "MLH1":
            rate = np.where(msi_high, 0.45, rate)
        hit = rng.random(len(kinds)) < rate
        if gene in _EXCLUSIVE:
            hit &= ~taken
            taken |= hit
        out[gene] = hit
    return {f"driver_{gene}": out[gene].astype(np.int64) for gene in PANEL_GENES}


def _clinic(rng: np.random.Generator, kinds: list[TumorType]) -> dict[str, _Column]:
    n = len(kinds)
    frailty = rng.normal(size=n)  # one hidden state behind albumin, blood counts and performance
    smoker = rng.random(n) < _each(kinds, "smoker")
    current = rng.random(n) < 0.35
    ecog = np.digitize(0.75 * frailty + 0.66 * rng.normal(size=n), [-0.35, 1.1, 2.4])
    negative = rng.random(n) < _each(kinds, "pdl1_negative")
    return {
        "age_years": np.clip(np.round(rng.normal(_each(kinds, "mean_age"), 10.5)), 24, 90),
        "sex": [
            "female" if draw < kind.female else "male"
            for draw, kind in zip(rng.random(n), kinds, strict=True)
        ],
        "stage_iv": (rng.random(n) < 0.86).astype(np.int64),
        "ecog": ecog.astype(float),
        "prior_systemic_therapy": (rng.random(n) < 0.35).astype(np.int64),
        "smoking": [
            "never" if not ever else "current" if now else "former"
            for ever, now in zip(smoker, current, strict=True)
        ],
        "pdl1_tps": np.where(negative, 0.0, np.clip(np.round(100 * rng.beta(0.75, 1.0, n)), 1, 100)),
        "albumin_g_dl": np.clip(np.round(3.95 - 0.28 * frailty + 0.3 * rng.normal(size=n), 1), 2.0, 5.2),
        "nlr": np.clip(np.round(np.exp(1.22 + 0.28 * frailty + 0.45 * rng.normal(size=n)), 2), 0.6, 40),
        "hemoglobin_g_dl": np.clip(np.round(12.4 - 0.6 * frailty + 1.2 * rng.normal(size=n), 1), 6.5, 17),
        "platelets_10e9_l": np.round(np.exp(5.55 + 0.1 * frailty + 0.3 * rng.normal(size=n))),
        "bmi": np.clip(np.round(rng.normal(26.3, 4.8, n), 1), 15, 48),
        "sum_longest_diameters_mm": np.round(np.exp(4.1 + 0.2 * frailty + 0.5 * rng.normal(size=n))),
        "metastatic_sites": np.clip(1 + rng.poisson(np.exp(0.2 + 0.2 * frailty)), 1, 9).astype(float),
    }


def _genome(
    rng: np.random.Generator,
    kinds: list[TumorType],
    msi_high: NDArray[np.bool_],
    drivers: dict[str, NDArray[np.int64]],
) -> dict[str, _Column]:
    n = len(kinds)
    brca = (drivers["driver_BRCA1"] + drivers["driver_BRCA2"]) > 0
    smoker_like = rng.normal(size=n)
    log_tmb = np.log(_each(kinds, "median_tmb")) + 0.75 * smoker_like - 0.7 * drivers["driver_EGFR"]
    log_tmb = np.where(msi_high, rng.normal(3.6, 0.35, n), log_tmb)
    scars = np.round(np.clip(rng.normal(_each(kinds, "median_hrd") + 25 * brca - 8 * msi_high, 9), 0, 95))
    loss = rng.binomial(scars.astype(np.int64), 0.33)
    imbalance = rng.binomial((scars - loss).astype(np.int64), 0.5)
    altered = np.clip(0.05 + scars / 110 + 0.12 * rng.normal(size=n), 0.0, 0.95)
    doubled = rng.random(n) < 0.15 + 0.35 * (altered > 0.35)
    return {
        "tmb": np.round(np.clip(np.exp(log_tmb), 0.2, 180), 1),
        "purity": np.round(np.clip(rng.beta(4.2, 3.0, n), 0.1, 0.97), 2),
        "ploidy": np.round(np.where(doubled, rng.normal(3.4, 0.35, n), rng.normal(2.05, 0.12, n)), 2),
        "fraction_genome_altered": np.round(altered, 3),
        "hrd_sum": scars.astype(np.int64),
        "hrd_loh": loss.astype(np.int64),
        "hrd_ntai": imbalance.astype(np.int64),
        "hrd_lst": (scars - loss - imbalance).astype(np.int64),
    }


def _microsatellites(rng: np.random.Generator, msi_high: NDArray[np.bool_]) -> dict[str, _Column]:
    n = len(msi_high)
    unstable = rng.binomial(_MSI_LOCI, np.where(msi_high, rng.beta(9, 11, n), rng.beta(1.0, 90, n)))
    score = unstable / _MSI_LOCI
    return {
        "msi_score": np.round(score, 4),
        "msi_n_loci": np.full(n, _MSI_LOCI),
        "msi_status": ["MSI-H" if share >= 0.1 else "MSS" for share in score],
    }
