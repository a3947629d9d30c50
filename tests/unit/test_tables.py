import polars as pl
import pytest

from oncoloom.errors import InputError, TableContractError
from oncoloom.tables import (
    ROW_GROUP_ROWS,
    Column,
    TableSchema,
    read_table,
    table_metadata,
    write_table,
    write_table_parts,
)

SCHEMA = TableSchema(
    name="toy",
    version=2,
    description="A toy table.",
    columns=(
        Column("id", pl.String(), "Key"),
        Column("af", pl.Float64(), "Allele fraction", "fraction", nullable=True, legal=(0, 1)),
        Column("role", pl.String(), "Role", allowed=("tumor", "normal")),
    ),
    sort_by=("id",),
)


def toy(**changes):
    columns = {"id": ["b", "a"], "af": [0.5, None], "role": ["tumor", "normal"], **changes}
    return pl.DataFrame(columns)


def test_round_trip_is_sorted_and_says_its_schema(tmp_path):
    path = tmp_path / "toy.parquet"
    write_table(toy(), SCHEMA, path, metadata={"seed": "1"})
    assert read_table(path, SCHEMA)["id"].to_list() == ["a", "b"]
    assert table_metadata(path)["oncoloom.schema_version"] == "2"


def test_same_rows_in_another_order_give_the_same_bytes(tmp_path):
    write_table(toy(), SCHEMA, tmp_path / "one.parquet")
    write_table(toy().reverse(), SCHEMA, tmp_path / "two.parquet")
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_minus_zero_and_nan_never_reach_a_file(tmp_path):
    write_table(toy(af=[-0.0, float("nan")]), SCHEMA, tmp_path / "t.parquet")
    values = read_table(tmp_path / "t.parquet", SCHEMA)["af"].to_list()
    assert values[0] is None
    assert str(values[1]) == "0.0"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"af": [1.5, 0.1]}, ["af", "out of range", "row 1", "1.5"]),
        ({"role": ["tumour", "normal"]}, ["role", "tumour", "tumor, normal"]),
        ({"id": [None, "a"]}, ["id", "empty", "row 1"]),
        ({"af": ["x", "y"]}, ["af", "Float64"]),
    ],
)
def test_a_broken_column_is_named(tmp_path, changes, words):
    with pytest.raises(TableContractError) as caught:
        write_table(toy(**changes), SCHEMA, tmp_path / "t.parquet")
    assert all(word in str(caught.value) for word in words)
    assert list(tmp_path.iterdir()) == []


def test_missing_extra_and_absent(tmp_path):
    with pytest.raises(TableContractError, match="column missing"):
        write_table(toy().drop("af"), SCHEMA, tmp_path / "t.parquet")
    with pytest.raises(TableContractError, match="does not have"):
        write_table(toy(extra=[1, 2]), SCHEMA, tmp_path / "t.parquet")
    with pytest.raises(InputError, match="no such file"):
        read_table(tmp_path / "none.parquet", SCHEMA)
    (tmp_path / "text.parquet").write_text("no")
    with pytest.raises(InputError, match="not a readable Parquet"):
        read_table(tmp_path / "text.parquet", SCHEMA)


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_a_table_in_parts_is_the_same_however_it_is_cut(tmp_path, monkeypatch, size):
    monkeypatch.setattr("oncoloom.tables.ROW_GROUP_ROWS", 4)
    rows = pl.DataFrame({"id": [f"{n:02}" for n in range(15)], "af": [n / 20 for n in range(15)]})
    rows = rows.with_columns(pl.lit("tumor").alias("role"))
    for name, step in (("whole", 15), ("parts", size)):
        parts = (rows[at : at + step] for at in range(0, 15, step))
        write_table_parts(parts, SCHEMA, tmp_path / f"{name}.parquet", metadata={"seed": "1"})
    assert (tmp_path / "parts.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert read_table(tmp_path / "parts.parquet", SCHEMA).equals(rows)
    assert table_metadata(tmp_path / "parts.parquet")["oncoloom.schema_version"] == "2"
    assert ROW_GROUP_ROWS > 4


def test_a_broken_part_is_named_and_nothing_is_left(tmp_path):
    with pytest.raises(TableContractError, match="out of range"):
        write_table_parts([toy(), toy(af=[1.5, 0.1])], SCHEMA, tmp_path / "t.parquet")
    with pytest.raises(InputError, match="cover the same"):
        write_table_parts(_failing(), SCHEMA, tmp_path / "t.parquet")
    assert list(tmp_path.iterdir()) == []
    write_table_parts([], SCHEMA, tmp_path / "empty.parquet")
    assert read_table(tmp_path / "empty.parquet", SCHEMA).is_empty()


def _failing():
    yield toy()
    raise InputError("two shards cover the same bases")
