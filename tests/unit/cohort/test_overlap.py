import numpy as np
import polars as pl
import pytest

from oncoloom.cohort.importing import import_csv
from oncoloom.cohort.mapping import load_mapping
from oncoloom.cohort.overlap import find_overlap
from oncoloom.errors import NotAssessableError


def people(n, seed):
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "tmb": np.round(rng.lognormal(1.5, 1.0, n), 1),
            "fraction_genome_altered": np.round(rng.uniform(0, 1, n), 4),
            "age_years": np.round(rng.normal(62, 10, n), 3),
            "sex": rng.choice(["male", "female"], n),
            "tumor_type": rng.choice(["NSCLC", "Melanoma"], n),
        }
    )


def test_shared_patients_are_found_at_the_coarser_precision():
    first, second = people(600, 1), people(300, 2)
    shared = first.slice(100, 40).with_columns(
        pl.col("fraction_genome_altered").round(3), pl.col("age_years") + 1.0
    )
    found = find_overlap(
        first, pl.concat([second.with_columns(pl.col("fraction_genome_altered").round(3)), shared])
    )
    assert set(range(300, 340)) <= set(found.rows)
    assert found.found
    assert found.tolerances["fraction_genome_altered"] == pytest.approx(0.0006)


def test_strangers_match_no_more_than_by_chance():
    found = find_overlap(people(600, 3), people(300, 4))
    assert not found.found
    assert len(found.rows) <= 5


def test_another_sex_is_another_person_and_an_unknown_one_may_be_the_same():
    first = people(100, 5).with_columns(sex=pl.lit("male"))
    assert not find_overlap(first, first.with_columns(sex=pl.lit("female"))).rows
    unknown = first.with_columns(sex=pl.lit(None, dtype=pl.String()))
    assert len(find_overlap(first, unknown).rows) == 100


def test_the_order_of_rows_changes_nothing():
    first, second = people(200, 6), people(200, 6)
    forward, backward = find_overlap(first, second), find_overlap(first.reverse(), second)
    assert forward.rows == backward.rows


def test_too_few_figures_cannot_be_judged():
    with pytest.raises(NotAssessableError, match="second cohort has 10 rows"):
        find_overlap(people(100, 7), people(10, 8))


@pytest.mark.realdata
def test_the_known_overlap_of_public_cohorts(shared):
    folder = shared / "data/clinical/loris_icb"
    rules = load_mapping("loris_icb")
    made = {
        name: import_csv([folder / f"{name}.csv"], rules).frame
        for name in ("chowell_train", "chowell_test", "msk1", "vanguri_nsclc")
    }
    made["chowell"] = pl.concat([made["chowell_train"], made["chowell_test"]])
    flags = pl.read_csv(folder / "vanguri_overlap.csv")
    for name in ("chowell", "chowell_train", "msk1"):
        known = {row for row, flag in enumerate(flags[f"also_in_{name}"].to_list()) if flag}
        found = find_overlap(made[name], made["vanguri_nsclc"])
        assert found.found
        shared_rows = set(found.rows) & known
        assert len(shared_rows) >= 0.95 * max(len(known), len(found.rows))  # recall and precision
    assert not find_overlap(made["chowell_train"], made["chowell_test"]).found
    assert not find_overlap(made["chowell"], made["msk1"]).found
