"""A small made-up randomized trial with a known truth, as a cohort table."""

import numpy as np

from oncoloom.response.scorer import cohort_from_columns

TYPES = ["NSCLC", "Melanoma", "Bladder"]


def small_trial(n=120, seed=0, *, split=None, name="trial"):
    """TMB helps under immunotherapy only, albumin under both; two arms; some values missing."""
    rng = np.random.default_rng(seed)
    tmb = rng.lognormal(1.8, 0.8, n)
    albumin = np.clip(rng.normal(3.9, 0.4, n), 2, 5)
    arm = rng.integers(0, 2, n)
    logit = -0.8 + 1.2 * (albumin - 3.9) / 0.4 + arm * 1.2 * (np.log(tmb) - 1.8)
    p = 1 / (1 + np.exp(-logit))
    response = (rng.random(n) < p).astype(int)
    time = rng.exponential(400 * np.exp(0.5 * logit))
    censored = rng.uniform(100, 900, n)
    columns = {
        "patient_id": [f"T{i:04d}" for i in range(n)],
        "cohort_name": [name] * n,
        "tumor_type": [TYPES[i % 3] for i in range(n)],
        "therapy": ["nivolumab" if a else "docetaxel" for a in arm],
        "therapy_class": ["immunotherapy" if a else "chemotherapy" for a in arm],
        "tmb": [None if i % 17 == 0 else float(v) for i, v in enumerate(tmb)],
        "albumin_g_dl": [float(v) for v in albumin],
        "nlr": [float(v) for v in rng.lognormal(1.2, 0.5, n)],
        "prior_systemic_therapy": [int(v) for v in rng.integers(0, 2, n)],
        "age_years": [float(v) for v in rng.uniform(30, 85, n)],
        "response": [None if i % 29 == 0 else int(v) for i, v in enumerate(response)],
        "os_days": [float(np.ceil(min(t, c))) for t, c in zip(time, censored, strict=True)],
        "os_event": [int(t <= c) for t, c in zip(time, censored, strict=True)],
    }
    if split is not None:
        columns["split"] = [split] * n
    return cohort_from_columns(columns)
