"""The benchmark of the reconciler compares every order, and says so where it did not."""

import pytest

from polyactors.bench import reconciling as reconciling_bench
from polyactors.bench.measure import WorkNotDone
from polyactors.bench.paged_account import PagedAccount


def test_every_order_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling_bench, "ORDERS", 250)
    monkeypatch.setattr(reconciling_bench, "RUNS", 1)
    figures = reconciling_bench.reconciling()
    assert [figure.runs for figure in figures] == [1, 1]
    assert all(figure.least > 0 for figure in figures)


def test_orders_that_the_venue_leaves_out_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling_bench, "ORDERS", 250)
    monkeypatch.setattr(reconciling_bench, "RUNS", 1)
    monkeypatch.setattr(reconciling_bench, "PagedAccount", lambda orders: PagedAccount(orders - 1))
    with pytest.raises(WorkNotDone, match=r"expected \(250, 0\), found \(250, 1\)"):
        reconciling_bench.reconciling()
