"""Work in threads: in order, a few items at a time, and beside what follows."""

import threading

import pytest

from oncoloom.calling.threads import beside, map_in_threads, run_in_threads


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_results_come_in_order_and_items_are_drawn_as_they_are_needed(threads):
    drawn = []

    def items():
        for index in range(20):
            drawn.append(index)
            yield index

    given = []
    for result in map_in_threads(lambda x: x * x, items(), threads):
        given.append(result)
        assert len(drawn) <= len(given) + threads
    assert given == [x * x for x in range(20)]


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_of_an_item_is_raised(threads):
    def work(x):
        if x == 3:
            raise ValueError("the third")

    with pytest.raises(ValueError, match="the third"):
        run_in_threads(work, range(6), threads)


@pytest.mark.parametrize(("threads", "apart"), [(1, False), (2, True)])
def test_work_is_done_beside_what_follows_in_the_order_given(threads, apart):
    done, places = [], []
    with beside(threads) as start:
        for index in range(5):
            start(lambda index=index: (done.append(index), places.append(threading.get_ident())))
    assert done == list(range(5))
    assert all((place != threading.get_ident()) == apart for place in places)


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_beside_is_raised_at_the_end(threads):
    def broken():
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"), beside(threads) as start:
        start(broken)
