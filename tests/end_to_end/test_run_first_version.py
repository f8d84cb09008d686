"""`polyactors run --mode live` with orders of the first version, posted by the venue's first client."""

from pathlib import Path

import pytest

from messages.orders import OrderMoved, OrderSigned, OrderState
from tests.end_to_end.live_campaign import ALL_FOUR
from tests.end_to_end.live_world import LIVELY, Trader, check_account, exchange
from tests.end_to_end.program import check_sound, records, run_process

pytest.importorskip("py_clob_client")

FIRST = '[live]\norder_version = "v1"\n'
ACCEPTS_V1 = "[orders]\naccepts_v1 = true\n"


def test_four_strategies_trade_with_orders_of_the_first_version_and_leave_nothing_behind(tmp_path: Path) -> None:
    with exchange(tmp_path, 12, LIVELY + ACCEPTS_V1) as served:
        trader = Trader(tmp_path, served, ALL_FOUR + FIRST)
        assert trader.run("--duration", 6) == 0, trader.log[-3000:]
        check_sound(trader.summary())
        check_account(trader)
        assert trader.count(OrderSigned.__name__) > 10
        requests = served.get("status")["requests"]
        assert not {"401", "500"} & requests.keys(), requests


def test_an_exchange_of_the_second_version_takes_none_of_them(tmp_path: Path) -> None:
    with exchange(tmp_path, 12) as served:
        trader = Trader(tmp_path, served, FIRST)
        assert trader.run("--duration", 3) == 0, trader.log[-3000:]
        ends = [each for each in trader.records() if isinstance(each, OrderMoved) and each.state is OrderState.REJECTED]
        assert ends
        assert all("order_version_mismatch" in each.reason for each in ends), ends
        check_account(trader)


def test_the_embedded_exchange_takes_what_the_configuration_says(tmp_path: Path) -> None:
    (tmp_path / "service.toml").write_text(FIRST)
    ran = run_process(
        "run", "--mode", "live", "--venue", "exchange", "--config", "service.toml", "--duration", 4, "--json",
        "--journal", tmp_path / "journal", cwd=tmp_path,
    )  # fmt: skip
    assert ran.code == 0, ran.err[-3000:]
    states = {each.state for each in records(tmp_path / "journal") if isinstance(each, OrderMoved)}
    assert OrderState.LIVE in states
    assert OrderState.REJECTED not in states
