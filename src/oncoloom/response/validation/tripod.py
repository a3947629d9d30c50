"""The reporting items of TRIPOD+AI (Collins 2024) that a pipeline can answer, and where each is answered."""

# Item, what it asks, section of the report (or what only people can add).
ITEMS: tuple[tuple[str, str, str], ...] = (
    ("3", "Intended use, patients, setting", "model card; the site that uses it adds its own setting"),
    ("5", "Source of data, dates, why representative", "Data; dates of the cohorts: for people to add"),
    ("6", "Participants: eligibility, treatments", "Cohort flow; Therapies"),
    ("7", "Data preparation", "docs/methods/response.md; Predictors"),
    ("8", "Outcome: definition, time, blinding", "Outcomes; blinding: for people to add"),
    ("9", "Predictors: choice, definition, time", "Predictors"),
    ("10", "Sample size", "Outcomes (n, events, smallest gap); Learning curve"),
    ("11", "Missing data", "Predictors; Faults of a table"),
    ("12", "Analysis: data use, models, tuning, performance", "How the champion was chosen; Performance"),
    ("13", "Class imbalance", "none applied: probabilities keep the observed share"),
    ("14", "Fairness", "Subgroups"),
    ("15", "Output: probability, threshold", "Calibration; Decision curves; no threshold is set"),
    ("16", "Training against evaluation data", "Cohort flow"),
    ("18", "Open science: protocol, code, data", "version and digests above; protocol: for people to add"),
    ("20", "Participants: flow and characteristics", "Cohort flow; Predictors; Subgroups"),
    ("21", "Model development: numbers", "Outcomes; How the champion was chosen"),
    ("22", "Full model", "model folder: model.json, arrays.npz (no pickle), baselines beside it"),
    ("23", "Performance with intervals, subgroups", "Performance; Subgroups; Heterogeneity by cohort"),
    ("24", "Model updating", "recalibration on a site's own first outcomes: docs/methods/response.md"),
    ("26", "Limitations", "model card"),
    ("27", "Usability: poor or missing input", "Faults of a table; abstention in Cohort flow"),
)


def tripod_rows() -> list[dict[str, str]]:
    """The items as rows of a table."""
    return [{"item": item, "asks": asks, "answered": where} for item, asks, where in ITEMS]
