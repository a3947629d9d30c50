"""Every feature of the schema has one declared tier, and the tiers hold where nothing is declared."""

from collections import Counter

import polars as pl

from oncoloom.features.schema import FEATURE_NAMES
from oncoloom.response.datamodule import to_arrays
from oncoloom.response.declare import declare
from oncoloom.response.feature_rules import ICB_CORE, rule_of
from oncoloom.response.feature_tiers import TIER_OF, TIERS


def test_every_feature_of_the_schema_has_exactly_one_tier():
    """A feature that is new in the schema is not passed over by the models in silence."""
    declared = Counter(name for tier in TIERS for name in tier.names)
    assert sorted(declared) == sorted(FEATURE_NAMES)
    assert set(declared.values()) == {1}


def test_core_and_offered_features_have_a_rule_and_core_is_the_published_one():
    without = [
        name for name, tier in TIER_OF.items() if tier.tier in ("core", "offered") and rule_of(name) is None
    ]
    assert without == []
    core = {name for name, tier in TIER_OF.items() if tier.tier == "core"}
    assert core == set(ICB_CORE) & set(FEATURE_NAMES)


def test_new_features_are_offered_only_where_nothing_is_declared(trial):
    """Signatures train undeclared, a flag that nobody carries does not, nor does tier never."""
    n = trial.height
    frame = trial.drop("albumin_g_dl").with_columns(
        pl.lit(None, pl.Float64).alias("albumin_g_dl"),  # the published core is not complete
        pl.Series("signature_tobacco", [(i % 7) / 7 for i in range(n)]),
        pl.Series("signature_aging", [1 - (i % 7) / 7 for i in range(n)]),
        pl.Series("brca1_biallelic", [0] * n, pl.Int8),
        pl.Series("genome_doubled", [i % 2 for i in range(n)], pl.Int8),
    )
    declared = declare(to_arrays(frame), (), ())
    assert {"signature_tobacco", "genome_doubled"} <= set(declared.features)
    assert not {"signature_aging", "brca1_biallelic"} & set(declared.features)
    assert declared.left_out["brca1_biallelic"] == "found in 0.0% of the patients"
    by_name = declare(to_arrays(frame), ("signature_aging",), ())
    assert by_name.features == ("signature_aging",)
