import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncoloom.clinical.endpoints import Endpoints, check_endpoints


def endpoints(n, **columns):
    names = ("response", "pfs_days", "pfs_event", "os_days", "os_event", "entry_days")
    return Endpoints(
        {name: list(columns.get(name, [None] * n)) for name in names},
        {name: [None] * n for name in ("response", "pfs", "os")},
    )


def check(table, incomplete="error", before="error"):
    return check_endpoints(
        table, incomplete=incomplete, before_day_zero=before, where=lambda row: f"line {row + 2}"
    )


def test_a_death_on_day_zero_is_kept_and_a_censoring_there_is_said():
    table = endpoints(3, os_days=[0.0, 0.0, 5.0], os_event=[1, 0, 0])
    assert check(table) == []
    assert table.columns["os_days"] == [0.0, 0.0, 5.0]
    assert table.notes == ["os: 1 events on day 0 are kept; 1 censored on day 0 carry no information"]


def test_a_time_before_day_zero_is_an_error_with_its_row_or_null_where_declared():
    bad = {"os_days": [-3.0, 5.0], "os_event": [1, 0]}
    (fault,) = check(endpoints(2, **bad))
    assert all(word in str(fault) for word in ("line 2", "-3 days", "before day 0"))
    table = endpoints(2, **bad)
    assert check(table, before="null") == []
    assert table.columns["os_event"] == [None, 0]
    assert table.reasons["os"] == ["ended before day 0", None]


def test_half_an_endpoint_is_an_error_or_null_with_its_reason():
    bad = {"os_days": [None, 7.0, 9.0], "os_event": [1, None, 0]}
    faults = check(endpoints(3, **bad))
    assert [fault.record for fault in faults] == ["line 2", "line 3"]
    table = endpoints(3, **bad)
    assert check(table, incomplete="null") == []
    assert "no time for any of the 1 who had the event" in table.reasons["os"][2]


def test_an_endpoint_known_only_for_those_with_the_event_is_refused():
    table = endpoints(20, os_days=[5.0] * 12 + [None] * 8, os_event=[1] * 12 + [None] * 8)
    assert check(table) == []
    assert table.columns["os_days"] == [None] * 20
    assert set(table.reasons["os"]) == {
        "refused: recorded only for those who had the event (12 of 20), which selects on the outcome"
    }


def test_all_events_with_none_missing_is_a_complete_cohort():
    table = endpoints(4, os_days=[1.0, 2.0, 3.0, 4.0], os_event=[1] * 4)
    check(table)
    assert table.columns["os_event"] == [1] * 4


def test_progression_free_after_death_nulls_one_row_and_refuses_a_shifted_column():
    one = endpoints(
        40, pfs_days=[99.0] + [5.0] * 39, pfs_event=[0] * 40, os_days=[10.0] * 40, os_event=[1] * 40
    )
    check(one)
    assert one.reasons["pfs"][0] == "progression-free after death"
    assert one.columns["pfs_days"][1] == 5.0
    many = endpoints(
        10, pfs_days=[99.0] * 5 + [5.0] * 5, pfs_event=[0] * 10, os_days=[10.0] * 10, os_event=[1] * 10
    )
    check(many)
    assert many.columns["pfs_days"] == [None] * 10
    assert "shifted columns?" in many.reasons["pfs"][9]


@pytest.mark.parametrize(("entry", "words"), [(-1.0, "begins before day 0"), (9.0, "after it ended")])
def test_late_entry_lies_inside_the_observation(entry, words):
    (fault,) = check(endpoints(1, os_days=[5.0], os_event=[0], entry_days=[entry]))
    assert words in str(fault)
    assert check(endpoints(1, os_days=[5.0], os_event=[0], entry_days=[5.0])) == []


_TIME = st.one_of(st.none(), st.floats(-5, 50))
_EVENT = st.one_of(st.none(), st.sampled_from([0, 1]))


@given(rows=st.lists(st.tuples(_TIME, _EVENT, _TIME, _EVENT), min_size=1, max_size=30))
def test_whatever_comes_in_no_half_endpoint_and_no_negative_time_comes_out(rows):
    columns = list(zip(*rows, strict=True))
    names = ("pfs_days", "pfs_event", "os_days", "os_event")
    table = endpoints(len(rows), **{name: list(values) for name, values in zip(names, columns, strict=True)})
    assert check(table, incomplete="null", before="null") == []
    for name in ("pfs", "os"):
        days, events = table.columns[f"{name}_days"], table.columns[f"{name}_event"]
        for time, event, reason in zip(days, events, table.reasons[name], strict=True):
            assert (time is None) == (event is None) == (reason is not None)
            assert time is None or time >= 0
